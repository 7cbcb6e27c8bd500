"""Everything of one session on one page for staff: the facts, what happened, and the acts that are possible now.

Possible is what the verbs would not refuse for the person and the state of the session; the verbs decide again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from clients.access import manages
from people.models import Person
from sessions import crew, no_shows
from sessions import terms as session_terms
from sessions.chronicle import chronicle
from sessions.consents import WORKABLE
from sessions.cover import missing_minutes
from sessions.desk_forms import ActForm, CallForm, ConsentForm, LogForm, ReasonForm, SubmitForm
from sessions.models import Consent, Session, State, WorkEntry
from sessions.models.sessions import BEFORE_WORK, EventKind
from sessions.receipts import agreed_minutes, receipt
from sessions.views.desk_access import StaffRequest
from sessions.worklogs import EARLY

WORKING = (State.IN_PROGRESS, State.PAUSED)
BOOKED = (State.AWAITING_TOP_UP, State.SCHEDULED)
WITH_HOURS = (State.SUBMITTED, State.DISPUTED, State.CONFIRMED, State.SETTLED)


@dataclass(frozen=True, kw_only=True)
class Sight:
    """A session as one person of the provider sees it at one moment, read once."""

    session: Session
    person: Person
    now: datetime
    crew: Sequence[Person]
    entries: Sequence[WorkEntry]
    consents: Sequence[Consent]
    called: bool
    runs: bool
    manages: bool

    @property
    def live(self) -> list[WorkEntry]:
        """The time that counts: what was not taken back."""
        return [entry for entry in self.entries if entry.live]

    @property
    def can_start(self) -> bool:
        """Whether the work can begin, now or from `start_from` on."""
        return self.runs and self.session.state == State.SCHEDULED

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
        """Whether the session can be ended as missed: waited and called, or access was promised."""
        return self.is_expected and (self.session.access_arranged or (self.called and self.now >= self.waits_until))

    @property
    def loggers(self) -> list[Person]:
        """For whom this person can log time now: for themselves, the account manager for the whole crew."""
        if self.session.state not in WORKING:
            return []
        return [worker for worker in self.crew if self.manages or worker.pk == self.person.pk]

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
        """Whether the start can be allowed without cover, in an outage (rule C6)."""
        return self.manages and self.session.state == State.AWAITING_TOP_UP

    def can_change(self, entry: WorkEntry) -> bool:
        """Whether an entry can be corrected or taken back by this person."""
        return entry.live and entry.person_id in {person.pk for person in self.loggers}


def find(request: StaffRequest, session_id: int) -> Session:
    """The session, if it is visible to who asks; 404 otherwise."""
    visible = Session.objects.visible_to(request.user)
    return get_object_or_404(visible.select_related("organisation", "account", "hold", "purpose", "requested_by"), pk=session_id)


def look(session: Session, person: Person, *, at: datetime) -> Sight:
    """Read what the page and its acts need, in a fixed number of queries."""
    technicians = crew.crew(session).select_related("person")
    runs = crew.may_run(person, session)
    calls = session.events.filter(kind=EventKind.CALL_ATTEMPTED, facts__start=session.start_number)
    return Sight(
        session=session,
        person=person,
        now=at,
        crew=[technician.person for technician in technicians],
        entries=list(session.work.select_related("person").order_by("started_at", "pk")),
        consents=list(session.consents.select_related("answered_by").order_by("pk")),
        called=calls.exists(),
        runs=runs,
        manages=manages(person, session.organisation),
    )


def show(request: StaffRequest, session_id: int, *, refused: Mapping[str, ActForm] | None = None) -> HttpResponse:
    """The page of the session. `refused` is the form that was sent and not accepted: it stands as it was typed."""
    session = find(request, session_id)
    sight = look(session, request.user, at=timezone.now())
    possible = _forms(sight) | dict(refused or {})
    awaits = session.state == State.AWAITING_TOP_UP
    context = {
        "session": session,
        "sight": sight,
        "work": [(entry, sight.can_change(entry)) for entry in sight.entries],
        "forms": possible,
        "bill": receipt(session),
        "agreed_minutes": agreed_minutes(session),
        "missing_minutes": missing_minutes(session) if awaits else 0,
        "events": chronicle(session),
        "dispute": session.disputes.order_by("-pk").first(),
        "has_hours": session.state in WITH_HOURS,
        "idle": not (possible or awaits or sight.entries or sight.consents or session.state in WITH_HOURS),
    }
    status = max((form.status for form in (refused or {}).values()), default=200)
    return render(request, "sessions/desk/session.html", context, status=status)


def sent(request: StaffRequest) -> QueryDict | None:
    """What was sent with the form; nothing where its page is only looked at."""
    return request.POST if request.method == "POST" else None


def _log_initial(sight: Sight) -> dict[str, Any]:
    """What is most likely to be logged next: from the last entry's end, or the start, until now."""
    ends = [entry.ended_at for entry in sight.live if entry.person_id == sight.person.pk or sight.manages]
    began = max(ends, default=sight.session.started_at or sight.now)
    begins, now = timezone.localtime(began), timezone.localtime(sight.now)
    same_day = begins.date() == now.date() and now - begins >= timedelta(minutes=1)
    return {"on": begins.date(), "begins": begins.time(), "ends": now.time() if same_day else None}


def _forms(sight: Sight) -> dict[str, ActForm]:
    """The forms of the acts that are possible now, by name."""
    session = sight.session
    found: dict[str, ActForm] = {}
    if sight.can_start:
        found["start"] = ActForm(auto_id="start_%s")
    if sight.is_expected:
        found["call"] = CallForm(auto_id="call_%s")
    if sight.loggers:
        found["log"] = LogForm(crew=sight.loggers, initial=_log_initial(sight), auto_id="log_%s")
    if sight.can_ask:
        step = session_terms.current().estimate_step_minutes
        found["ask"] = ConsentForm(agreed=agreed_minutes(session), step=step, auto_id="ask_%s")
    if sight.can_submit:
        found["submit"] = SubmitForm(initial={"summary": session.summary}, auto_id="submit_%s")
    if sight.can_reopen:
        found["reopen"] = ReasonForm(auto_id="reopen_%s")
    return found
