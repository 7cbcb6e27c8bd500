"""The day of somebody of the provider: what is booked, what runs now, and what waits to be done.

A technician sees the sessions reserved for them, a dispatcher all, an account manager those of their clients.
Nothing is decided here; every rule is asked where it lives.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Exists, OuterRef, Prefetch, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from clients.access import has_duty
from clients.models import StaffDuty
from core.formatting import clock, hours, moment
from people.models import Person
from sessions import clocks, consents, late_work, pauses
from sessions.models import Consent, LateWork, Reservation, Session, SessionEvent, SessionQuerySet, State, WorkEntry
from sessions.models.sessions import EventKind
from sessions.no_shows import waits_until
from sessions.receipts import limit_minutes
from sessions.views.desk_crew import crew_names, with_crew
from sessions.views.desk_disputes import open_disputes, open_penalties

RUNNING = (State.IN_PROGRESS, State.PAUSED)
GIVEN_UP = (State.CANCELLED, State.RELEASED)
LOOKS = {
    State.REQUESTED: "held",
    State.AWAITING_TOP_UP: "held",
    State.SCHEDULED: "",
    State.IN_PROGRESS: "running",
    State.PAUSED: "running",
}


@dataclass(frozen=True)
class Appointment:
    """A session in the day. `look` is how it is drawn; `after_now` marks the first that is still ahead."""

    session: Session
    technicians: list[str]
    look: str
    after_now: bool


@dataclass(frozen=True)
class Running:
    """A session that runs: for how long, and how much of the client's time, in man-minutes, has passed of what is agreed.

    Pauses do not count; `paused_since` where it stands still now (rule R6).
    """

    session: Session
    technicians: list[str]
    elapsed_minutes: int
    agreed_minutes: int
    paused_since: datetime | None

    @property
    def used_minutes(self) -> int:
        """What has passed, for everybody who works in it."""
        return self.elapsed_minutes * self.session.technician_count


@dataclass(frozen=True)
class Waiting:
    """Something to do: since or until when, in which session, what it is, and where it is done."""

    at: datetime
    session: Session
    text: str
    url: str
    urgent: bool = False


def sessions_of(person: Person) -> SessionQuerySet:
    """What `person` has to do with: a technician without other duties only what is theirs now, reserved or unplanned."""
    seen = Session.objects.visible_to(person)
    if has_duty(person, StaffDuty.DISPATCHER, StaffDuty.ACCOUNT_MANAGER, StaffDuty.FINANCE, StaffDuty.ADMINISTRATOR):
        return seen
    mine = Reservation.objects.filter(session=OuterRef("pk"), technician__person=person)
    now_mine = Exists(mine.filter(blocked_from__lte=OuterRef("starts_at"), blocked_until__gt=OuterRef("starts_at")))
    return seen.filter(now_mine | Q(worker__person=person))


def appointments(*, person: Person, on: date, at: datetime) -> list[Appointment]:
    """The sessions that start on the day `on` of the reader's calendar, in order of time."""
    zone = timezone.get_current_timezone()
    begins, ends = datetime.combine(on, time(), zone), datetime.combine(on + timedelta(days=1), time(), zone)
    found = sessions_of(person).filter(starts_at__gte=begins, starts_at__lt=ends).exclude(state__in=GIVEN_UP)
    day = list(with_crew(found.select_related("organisation", "hold")).order_by("starts_at", "pk"))
    ahead = next((session.pk for session in day if session.starts_at and session.starts_at > at), None)
    return [Appointment(session, crew_names(session), _look(session, at), session.pk == ahead) for session in day]


def running(*, person: Person, at: datetime) -> list[Running]:
    """The sessions that run now for the first time, longest first. One whose hours were opened again only waits."""
    found = sessions_of(person).filter(state__in=RUNNING, submitted_at=None)
    given = Prefetch("consents", queryset=Consent.objects.filter(given=True))
    traces = Prefetch("events", queryset=SessionEvent.objects.filter(kind__in=pauses.TRACES).select_related("by").order_by("pk"))
    found = with_crew(found.select_related("organisation")).prefetch_related(given, traces).order_by("started_at", "pk")
    return [_running(session, at) for session in found]


def waiting(*, person: Person, at: datetime) -> list[Waiting]:
    """What waits to be done, the oldest first: clients who are late, hours to submit, work to begin, answers, disputes."""
    work = [*_late(person, at), *_unsubmitted(person, at), *_agreed(person)]
    answers = [*_asked(person), *_logged_late(person), *_disputed(person, at)]
    return sorted([*work, *answers], key=lambda item: (item.at, item.session.pk))


def _look(session: Session, at: datetime) -> str:
    if session.state == State.SCHEDULED and session.starts_at and session.starts_at <= at:
        return "late"
    return LOOKS.get(State(session.state), "done")


def _running(session: Session, at: datetime) -> Running:
    stood_still = pauses.read(session.events.all())
    return Running(
        session=session,
        technicians=crew_names(session),
        elapsed_minutes=clocks.elapsed_seconds(session, stood_still, at=at) // 60,
        agreed_minutes=max([limit_minutes(session), *(consent.minutes for consent in session.consents.all())]),
        paused_since=stood_still[-1].since if session.state == State.PAUSED else None,
    )


def _late(person: Person, at: datetime) -> Iterator[Waiting]:
    """Sessions that should have begun (rule C10)."""
    calls = Prefetch("events", queryset=SessionEvent.objects.filter(kind=EventKind.CALL_ATTEMPTED))
    found = sessions_of(person).filter(state=State.SCHEDULED, starts_at__lte=at)
    for session in found.select_related("organisation").prefetch_related(calls):
        called = [call.at for call in session.events.all() if call.facts.get("start") == session.start_number]
        yield Waiting(session.starts_at or at, session, _what_now(session, called, at), _page(session), urgent=True)


def _what_now(session: Session, called: list[datetime], at: datetime) -> str:
    until = waits_until(session)
    if at >= until and not any(call < until for call in called):
        return _("Has not begun, and it is us who are late. Start it, move it, or call it off.")
    if not called:
        return _("Has not begun. Start it, or call the client and log the call.")
    if at < until:
        return _("Has not begun. Wait for the client until %(until)s.") % {"until": clock(until)}
    return _("Has not begun, and the client was called. It can be recorded as a no-show.")


def _unsubmitted(person: Person, at: datetime) -> Iterator[Waiting]:
    """Sessions past their end, or opened again, whose hours are not submitted. Unplanned work should take its estimate."""
    logged = Prefetch("work", queryset=WorkEntry.objects.filter(live=True))
    found = sessions_of(person).filter(state__in=RUNNING).exclude(submitted_at=None, ends_at__gt=at)
    for session in found.select_related("organisation").prefetch_related(logged):
        ends_at = session.ends_at or (session.started_at or at) + timedelta(minutes=session.estimate_minutes)
        if session.submitted_at is not None or ends_at <= at:
            minutes = hours(sum(entry.minutes for entry in session.work.all()))
            text = _("%(hours)s logged, not submitted yet.") % {"hours": minutes}
            yield Waiting(ends_at, session, text, _page(session))


def _agreed(person: Person) -> Iterator[Waiting]:
    """Unplanned work that the client agreed to: it can begin, or waits for credit (rule R8)."""
    found = sessions_of(person).filter(state=State.REQUESTED, hold__isnull=False)
    for session in found.select_related("organisation"):
        text = _("The client has agreed. It can be started.") if session.agreed_at else _("The client has agreed, and credit is missing.")
        yield Waiting(session.agreed_at or session.requested_at, session, text, _page(session))


def _asked(person: Person) -> Iterator[Waiting]:
    """Questions for more time, or for unplanned work, that the client has not answered (rules C8, R8)."""
    found = Consent.objects.filter(given=None, session__in=sessions_of(person), session__state__in=consents.ANSWERABLE)
    for consent in found.select_related("session__organisation"):
        text = _("The client was asked to agree to %(hours)s in all, and has not answered.") % {"hours": hours(consent.minutes)}
        yield Waiting(consent.asked_at, consent.session, text, _page(consent.session))


def _logged_late(person: Person) -> Iterator[Waiting]:
    """Work that was logged late, and that the client has neither accepted nor refused (rule R6)."""
    found = LateWork.objects.filter(accepted=None, entry__live=True, entry__session__in=sessions_of(person))
    for late in found.filter(entry__session__state__in=late_work.ANSWERABLE).select_related("entry__session__organisation"):
        text = _("The client was asked to accept %(hours)s that were logged late, and has not answered.")
        session = late.entry.session
        yield Waiting(late.asked_at, session, text % {"hours": hours(late.entry.minutes)}, _page(session))


def _disputed(person: Person, at: datetime) -> Iterator[Waiting]:
    """Disputes of the clients that `person` manages (rule C8)."""
    if not has_duty(person, StaffDuty.ACCOUNT_MANAGER):
        return
    for dispute in open_disputes(person).select_related("session__organisation"):
        text = _("Disputed. Settle it by %(due)s, or the client’s figures stand.") % {"due": moment(dispute.due_at)}
        yield Waiting(dispute.due_at, dispute.session, text, reverse("desk-dispute", args=[dispute.pk]), urgent=dispute.due_at <= at)
    for penalty in open_penalties(person):
        text = _("A penalty is disputed. Settle it by %(due)s.") % {"due": moment(penalty.due_at)}
        yield Waiting(penalty.due_at, penalty.session, text, reverse("desk-penalty", args=[penalty.entry_id]), urgent=penalty.due_at <= at)


def _page(session: Session) -> str:
    return reverse("desk-session", args=[session.pk])
