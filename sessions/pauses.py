"""A session that runs stands still for a while, and goes on (rule R6).

Those who do it pause it with a reason, which the client sees with the time since when. Nothing is worked in a pause:
the client has been told so, and time that lies in one cannot be logged, also where somebody forgot to go on. A pause
ends when the session goes on, or with the session.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from clients.timelog import whole_minute
from core.errors import DomainError, NotAllowed
from core.formatting import moment
from core.reasons import reasoned
from people.models import Person
from sessions import life
from sessions.crew import may_run
from sessions.models import Session, SessionEvent, State
from sessions.models.sessions import EventKind

ENDS = (EventKind.RESUMED, EventKind.SUBMITTED, EventKind.ABORTED)
TRACES = (EventKind.PAUSED, *ENDS)
"""What has to be read of a session's events to know its pauses."""


class WorkDuringPause(DomainError):
    """The session stood still then, `since` and `until` (None: it still does)."""

    def __init__(self, *, since: datetime, until: datetime | None) -> None:
        super().__init__(since, until)
        self.since, self.until = since, until

    @property
    def message(self) -> str:
        """The sentence with the pause."""
        if self.until is None:
            return _("The session has been paused since %(since)s, and nothing is worked in a pause. Nothing was logged.") % {
                "since": moment(self.since)
            }
        return _("The session was paused from %(since)s to %(until)s, and nothing is worked in a pause. Nothing was logged.") % {
            "since": moment(self.since),
            "until": moment(self.until),
        }


@dataclass(frozen=True)
class Pause:
    """The session stood still `since` then, until `until` (None: it still does). Half-open."""

    since: datetime
    until: datetime | None
    reason: str
    by: Person | None

    def touches(self, started_at: datetime, ended_at: datetime) -> bool:
        """Whether whole minutes of it lie in the stretch: work is logged to the minute, a pause is pressed in between."""
        begins = whole_minute(self.since + timedelta(minutes=1) - timedelta(microseconds=1))
        ends = ended_at if self.until is None else whole_minute(self.until)
        return max(begins, started_at) < min(ends, ended_at)

    def lasted(self, *, at: datetime) -> timedelta:
        """How long it has lasted by `at`."""
        return (self.until or at) - self.since


@transaction.atomic
def pause(*, session: Session, by: Person, at: datetime, reason: str) -> Session:
    """Let the session stand still, with a reason that the client reads (rule R6).

    Raises NotAllowed, ReasonMissing, SessionMovedOn where it does not run.
    """
    session = _locked(session, State.IN_PROGRESS, by=by)
    reason = reasoned(reason)
    life.step(session, to=State.PAUSED, at=at)
    life.note(session, EventKind.PAUSED, at=at, by=by, reason=reason)
    return session


@transaction.atomic
def resume(*, session: Session, by: Person, at: datetime) -> Session:
    """Let the session go on (rule R6). Raises NotAllowed, SessionMovedOn where it does not stand still."""
    session = _locked(session, State.PAUSED, by=by)
    life.step(session, to=State.IN_PROGRESS, at=at)
    life.note(session, EventKind.RESUMED, at=at, by=by)
    return session


def pauses_of(session: Session) -> list[Pause]:
    """The pauses of `session`, in order."""
    return read(session.events.filter(kind__in=TRACES).select_related("by").order_by("pk"))


def read(events: Iterable[SessionEvent]) -> list[Pause]:
    """The pauses that `events` of one session tell of, given in order; others than TRACES are passed over. Pure."""
    found: list[Pause] = []
    begun: SessionEvent | None = None
    for event in events:
        if event.kind == EventKind.PAUSED:
            begun = event
        elif begun is not None and event.kind in ENDS:
            found.append(_between(begun, event.at))
            begun = None
    return [*found, _between(begun, None)] if begun is not None else found


def check_outside(session: Session, *, started_at: datetime, ended_at: datetime) -> None:
    """Refuse work that lies in a pause of the locked `session`. Raises WorkDuringPause(since, until)."""
    for stood_still in pauses_of(session):
        if stood_still.touches(started_at, ended_at):
            raise WorkDuringPause(since=stood_still.since, until=stood_still.until)


def _locked(session: Session, state: State, *, by: Person) -> Session:
    session = life.locked(session)
    if not may_run(by, session):
        raise NotAllowed
    life.require(session, state)
    return session


def _between(begun: SessionEvent, until: datetime | None) -> Pause:
    return Pause(since=begun.at, until=until, reason=begun.reason, by=begun.by)
