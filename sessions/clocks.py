"""The clock of a session that runs: how much of what is held its running time has used by now (rules C5, C8).

Time passes for everybody who does the session, not in pauses, and counts by the factor that was agreed. It is what
will come to be logged, if nobody rests: what is charged in the end is what was logged. When most of what is held
(*setting*) is used, those who do the session and who booked it are told, once for every amount that is held.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction

from core.batches import each
from sessions import crew, life, messages, pauses
from sessions import terms as session_terms
from sessions.models import Session, State
from sessions.models.sessions import EventKind
from sessions.pauses import Pause

RUNNING = (State.IN_PROGRESS, State.PAUSED)


@dataclass(frozen=True, kw_only=True)
class Clock:
    """How far a session has come. `elapsed_seconds` of time, for each of `people`; the rest in minutes. Pure."""

    elapsed_seconds: int
    people: int
    factor_percent: int
    held_minutes: int
    logged_minutes: int
    warn_percent: int
    stands_still: bool

    @property
    def elapsed_minutes(self) -> int:
        """Whole minutes of time so far."""
        return self.elapsed_seconds // 60

    @property
    def worked_minutes(self) -> int:
        """Man-minutes so far."""
        return self.elapsed_minutes * self.people

    @property
    def used_minutes(self) -> int:
        """What that comes to in credit, before it is rounded."""
        return self.worked_minutes * self.factor_percent // 100

    @property
    def left_minutes(self) -> int:
        """What of the held credit is left."""
        return max(self.held_minutes - self.used_minutes, 0)

    @property
    def warns(self) -> bool:
        """Whether so much is used that it is time to say so."""
        return self.worked_minutes * self.factor_percent >= self.held_minutes * self.warn_percent

    @property
    def warn_share(self) -> Decimal:
        """The share from which it warns, as a percentage to be written."""
        return Decimal(self.warn_percent)

    @property
    def within_percent(self) -> int:
        """How much of the drawing is what is held: less than all of it where more is used."""
        return self.held_minutes * 100 // self._whole

    @property
    def solid_percent(self) -> int:
        """How much of the drawing is used of what is held."""
        return min(self.used_minutes, self.held_minutes) * 100 // self._whole

    @property
    def _whole(self) -> int:
        return max(self.held_minutes, self.used_minutes, 1)


def clock_of(session: Session, *, at: datetime, stood_still: Iterable[Pause] | None = None, logged_minutes: int = 0) -> Clock | None:
    """The clock of `session`; None where it does not run, or runs again for hours to be corrected."""
    if session.state not in RUNNING or session.submitted_at is not None or session.hold is None:
        return None
    stood_still = pauses.pauses_of(session) if stood_still is None else stood_still
    return Clock(
        elapsed_seconds=elapsed_seconds(session, stood_still, at=at),
        people=session.technician_count,
        factor_percent=session.factor_percent,
        held_minutes=session.hold.minutes,
        logged_minutes=logged_minutes,
        warn_percent=session_terms.current().warn_percent,
        stands_still=session.state == State.PAUSED,
    )


def elapsed_seconds(session: Session, stood_still: Iterable[Pause], *, at: datetime) -> int:
    """For how many seconds a session has run by `at`, without its pauses."""
    elapsed = at - (session.started_at or at) - sum((pause.lasted(at=at) for pause in stood_still), timedelta())
    return max(int(elapsed.total_seconds()), 0)


def warn_used(at: datetime) -> int:
    """Tell of sessions that have used most of what is held for them, once for every amount held; how many (rule C8)."""
    running = Session.objects.filter(state__in=RUNNING, submitted_at=None, hold__isnull=False, started_at__lte=at)
    return each(running.select_related("hold").order_by("pk"), lambda session: _warn(session, at=at))


def _warn(session: Session, *, at: datetime) -> bool:
    """Look without a lock first: most sessions that run have been told of, or need not be."""
    return _is_due(session, at=at) and _tell(session, at=at)


@transaction.atomic
def _tell(session: Session, *, at: datetime) -> bool:
    session = life.locked(session)
    clock = clock_of(session, at=at)
    if clock is None or not _is_due(session, at=at):
        return False
    event = life.note(session, EventKind.USED_UP, at=at, by=None, facts={"held_minutes": clock.held_minutes})
    messages.inform("used_up", session, event, crew.crew(session).select_related("person"), clock=clock)
    return True


def _is_due(session: Session, *, at: datetime) -> bool:
    clock = clock_of(session, at=at)
    if clock is None or not clock.warns:
        return False
    return not session.events.filter(kind=EventKind.USED_UP, facts__held_minutes=clock.held_minutes).exists()
