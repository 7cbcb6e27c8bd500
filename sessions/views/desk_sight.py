"""A session as one person of the provider sees it: what there is, and what this person can do with it now.

Possible is what the verbs would not refuse for the person and the state of the session; the verbs decide again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from clients.access import manages
from credits.ledger import HoldState
from people.models import Person
from sessions import compensation, crew, factors, no_shows, pauses, receipts
from sessions.consents import WORKABLE
from sessions.factors import Factor
from sessions.models import Consent, Session, State, WorkEntry
from sessions.models.sessions import BEFORE_WORK, EventKind
from sessions.pauses import Pause
from sessions.starts import EARLY

WORKING = (State.IN_PROGRESS, State.PAUSED)
BOOKED = (State.AWAITING_TOP_UP, State.SCHEDULED)


@dataclass(frozen=True, kw_only=True)
class Sight:
    """A session as one person of the provider sees it at one moment, read once."""

    session: Session
    person: Person
    now: datetime
    crew: Sequence[Person]
    entries: Sequence[WorkEntry]
    consents: Sequence[Consent]
    pauses: Sequence[Pause]
    called: bool
    came_late: bool
    must_stop: bool
    runs: bool
    manages: bool

    @property
    def live(self) -> list[WorkEntry]:
        """The time that counts: what was not taken back."""
        return [entry for entry in self.entries if entry.live]

    @property
    def logged_minutes(self) -> int:
        """What is logged so far, and was not taken back."""
        return sum(entry.minutes for entry in self.live)

    @property
    def factor(self) -> Factor:
        """What the hours of the session are multiplied by (rule C17)."""
        return factors.of(self.session)

    @property
    def pause(self) -> Pause | None:
        """Since when the session stands still, and why, where it does (rule R6)."""
        return self.pauses[-1] if self.session.state == State.PAUSED else None

    @property
    def is_proposed(self) -> bool:
        """Whether it is unplanned work that the client has not answered yet (rule R8)."""
        return self.session.state == State.REQUESTED and self.session.hold is None

    @property
    def awaits_top_up(self) -> bool:
        """Whether it cannot begin for want of credit: a booking, or unplanned work that was agreed to (rules C6, R8)."""
        waits = self.session.hold is not None and self.session.hold.state == HoldState.WAITING
        return self.session.state == State.AWAITING_TOP_UP or (self.session.state == State.REQUESTED and waits)

    @property
    def can_start(self) -> bool:
        """Whether the work can begin, now or from `start_from` on."""
        agreed = self.session.state == State.REQUESTED and not (self.is_proposed or self.awaits_top_up)
        return self.runs and (agreed or self.session.state == State.SCHEDULED)

    @property
    def start_from(self) -> datetime | None:
        """From when the session can be started, while that is still ahead."""
        opens = self.session.starts_at - EARLY if self.session.starts_at else None
        return opens if opens and opens > self.now else None

    @property
    def is_expected(self) -> bool:
        """Whether the client should be there by now and nothing was worked yet (rule C10)."""
        begun = self.session.starts_at is not None and self.session.starts_at <= self.now
        return self.runs and begun and self.session.state in (State.SCHEDULED, State.IN_PROGRESS) and not self.live

    @property
    def waits_until(self) -> datetime:
        """Until when to wait for the client."""
        return no_shows.waits_until(self.session)

    @property
    def can_miss(self) -> bool:
        """Whether the session can be ended as missed: waited and called in time, or access was promised (rule C10)."""
        waited = self.called and self.now >= self.waits_until
        return self.is_expected and not self.came_late and (self.session.access_arranged or waited)

    @property
    def loggers(self) -> list[Person]:
        """For whom this person can log time now: for themselves, the account manager for the whole crew."""
        if self.session.state not in WORKING:
            return []
        return [worker for worker in self.crew if self.manages or worker.pk == self.person.pk]

    @property
    def can_pause(self) -> bool:
        """Whether the session can be made to stand still (rule R6)."""
        return self.runs and self.session.state == State.IN_PROGRESS

    @property
    def can_resume(self) -> bool:
        """Whether the session can go on (rule R6)."""
        return self.runs and self.session.state == State.PAUSED

    @property
    def can_abort(self) -> bool:
        """Whether the session can be broken off (rule R6)."""
        return (self.runs or self.manages) and self.session.state in WORKING

    @property
    def can_submit(self) -> bool:
        """Whether the hours can be submitted."""
        return self.runs and self.session.state in WORKING

    @property
    def can_ask(self) -> bool:
        """Whether the client can be asked for more time: one question at a time (rule C8)."""
        waiting = any(consent.given is None for consent in self.consents)
        return self.runs and self.session.state in WORKABLE and not waiting

    @property
    def can_reopen(self) -> bool:
        """Whether submitted hours can be opened again."""
        return (self.runs or self.manages) and self.session.state == State.SUBMITTED

    @property
    def can_move(self) -> bool:
        """Whether we can move the session to another time."""
        return (self.runs or self.manages) and self.session.state in BOOKED

    @property
    def can_call_off(self) -> bool:
        """Whether we can cancel the session."""
        return (self.runs or self.manages) and self.session.state in BEFORE_WORK

    @property
    def can_allow(self) -> bool:
        """Whether the start can be allowed without cover, in an outage (rules C6, R8)."""
        return self.manages and self.awaits_top_up

    def can_change(self, entry: WorkEntry) -> bool:
        """Whether an entry can be corrected or taken back by this person."""
        return entry.live and entry.person_id in {person.pk for person in self.loggers}


def look(session: Session, person: Person, *, at: datetime) -> Sight:
    """Read what the page and its acts need, in a fixed number of queries."""
    technicians = crew.crew(session).select_related("person")
    calls = session.events.filter(kind=EventKind.CALL_ATTEMPTED, facts__start=session.start_number)
    return Sight(
        session=session,
        person=person,
        now=at,
        crew=[technician.person for technician in technicians],
        entries=list(session.work.select_related("person", "late").order_by("started_at", "pk")),
        consents=list(session.consents.select_related("answered_by").order_by("pk")),
        pauses=pauses.pauses_of(session),
        called=calls.exists(),
        came_late=session.state in (State.SCHEDULED, State.IN_PROGRESS) and compensation.came_late(session, at=at),
        must_stop=session.state in WORKING and receipts.must_stop(session),
        runs=crew.may_run(person, session),
        manages=manages(person, session.organisation),
    )
