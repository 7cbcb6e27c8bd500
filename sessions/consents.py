"""The client's consent to more time (rule C8).

Minutes beyond the estimate and its tolerance count only if the client has agreed to them before they are worked.
A technician asks for a total and says why; an approver, or who booked the session, gives or refuses it. One
question stands at a time, and what is given is never taken away by a later refusal. What is agreed to is held as far
as credit is left; the rest is owed on confirmation (rule C5). Where the question names a later end, the time of those
who do the session grows with it (`sessions.extensions`), or nothing changes. Unplanned work begins with such a
question, whose answer is the approvers' alone (rule R8).
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, NotAllowed
from core.formatting import hours
from core.reasons import reasoned
from credits import accounts, ledger, spending
from credits.ledger import HoldState
from people.models import Person
from sessions import crew, hours_messages, life, messages, reach, unplanned
from sessions.models import Consent, Session, SessionKind, State
from sessions.models.sessions import EventKind
from sessions.receipts import agreed_minutes, charge_of

WORKABLE = (State.SCHEDULED, State.IN_PROGRESS, State.PAUSED)
"""Where more time can be asked for."""
ANSWERABLE = (State.REQUESTED, *WORKABLE)
"""Where a question still waits for its answer."""


class ConsentNotNeeded(DomainError):
    """The client has already agreed to that much: `agreed` man-minutes in all."""

    def __init__(self, *, agreed: int) -> None:
        super().__init__(agreed)
        self.agreed = agreed

    @property
    def message(self) -> str:
        """The sentence with what needs no asking."""
        return _("Up to %(agreed)s in all needs no further consent. Nothing has changed.") % {"agreed": hours(self.agreed)}


class ConsentAlreadyAsked(DomainError):
    """A question still waits for its answer."""

    message = _("The client has already been asked and has not answered yet. Nothing has changed.")


class ConsentAlreadyAnswered(DomainError):
    """Somebody answered before."""

    message = _("This has already been answered. Nothing has changed.")


@transaction.atomic
def ask_consent(*, session: Session, minutes: int, reason: str, by: Person, at: datetime, ends_at: datetime | None = None) -> Consent:
    """Ask the client to agree to `minutes` in all, in man-minutes, before they are worked (rule C8).

    `ends_at` is when the session is to end then, if its calendars are to grow (see `sessions.extensions`).
    Raises NotAllowed, ReasonMissing, ConsentNotNeeded(agreed), ConsentAlreadyAsked, SessionMovedOn.
    """
    session = life.locked(session)
    if not crew.may_run(by, session):
        raise NotAllowed
    life.require(session, *WORKABLE)
    reason = reasoned(reason)
    agreed = agreed_minutes(session)
    if minutes <= agreed:
        raise ConsentNotNeeded(agreed=agreed)
    if session.consents.filter(given=None).exists():
        raise ConsentAlreadyAsked
    later = ends_at if ends_at is not None and session.ends_at is not None and ends_at > session.ends_at else None
    consent = Consent.objects.create(session=session, minutes=minutes, reason=reason, asked_at=at, asked_by=by, ends_at=later)
    life.note(session, EventKind.CONSENT_ASKED, at=at, by=by, reason=reason, facts={"minutes": minutes})
    hours_messages.consent_asked(consent, at=at)
    return consent


@transaction.atomic
def give_consent(*, consent: Consent, by: Person, at: datetime) -> Consent:
    """Agree to the time asked for: what is worked from now on counts, up to that total (rule C8).

    The session goes on until the end that was asked for, if one was. Raises NotAllowed, ConsentAlreadyAnswered,
    SessionMovedOn, MonthlyLimitReached(limit, left), TechnicianTaken(free_minutes) where somebody of the crew was
    booked meanwhile: then nothing is agreed to.
    """
    return _answer(consent, given=True, by=by, at=at)


@transaction.atomic
def refuse_consent(*, consent: Consent, by: Person, at: datetime) -> Consent:
    """Refuse the time asked for: what goes beyond what was agreed before is free (rule C8).

    Raises NotAllowed, ConsentAlreadyAnswered, SessionMovedOn.
    """
    return _answer(consent, given=False, by=by, at=at)


def missing_minutes(session: Session, *, held: int) -> int:
    """How much credit is missing for `held` minutes to be held, as things are now: what is worked of that would be owed (rule C5).

    Nothing is missing to who pays afterwards (rule I7).
    """
    if session.postpaid:
        return 0
    more = max(held - (session.hold.minutes if session.hold else 0), 0)
    return max(more - session.account.available_minutes, 0)


def may_answer(person: Person, session: Session, *, at: datetime) -> bool:
    """Whether `person` may agree to more time: an approver of the client, or who booked the session (rules C8, R8)."""
    if session.kind != SessionKind.BOOKED:
        return spending.may_decide(person, session.account, at=at)
    booked = person.pk == session.requested_by_id and spending.may_spend(person, session.account, at=at)
    return booked or spending.may_decide(person, session.account, at=at)


def _answer(consent: Consent, *, given: bool, by: Person, at: datetime) -> Consent:
    accounts.lock([consent.session.account_id])
    session = life.locked(consent.session)
    if not may_answer(by, session, at=at):
        raise NotAllowed
    life.require(session, *ANSWERABLE)
    if not Consent.objects.filter(pk=consent.pk, given=None).update(given=given, answered_at=at, answered_by=by):
        raise ConsentAlreadyAnswered
    consent.refresh_from_db()
    consent.session = session
    begins = unplanned.is_proposal(consent)
    kind = EventKind.CONSENT_GIVEN if given else EventKind.CONSENT_REFUSED
    life.note(session, kind, at=at, by=by, facts={"minutes": consent.minutes} | ({"proposal": True} if begins else {}))
    if begins:
        unplanned.conclude(consent, at=at)
    elif given:
        _go_on(session, consent, by=by, at=at)
        _hold_more(session, consent, at=at)
    return consent


def _go_on(session: Session, consent: Consent, *, by: Person, at: datetime) -> None:
    """Let the session end later, where that was asked for; both sides are told (rules R2, C8)."""
    was = session.ends_at
    if was is None or consent.ends_at is None or consent.ends_at <= was:
        return
    reach.grow(session, ends_at=consent.ends_at)
    facts = {"ends_at": consent.ends_at.isoformat(), "was": was.isoformat(), "minutes": consent.minutes}
    event = life.note(session, EventKind.EXTENDED, at=at, by=by, facts=facts)
    messages.changed("extended", session, event, crew.crew(session).select_related("person"), was=was, consent=consent)


def _hold_more(session: Session, consent: Consent, *, at: datetime) -> None:
    """Let the hold grow to what was agreed to now; it covers what credit is left (rule C5)."""
    hold, wanted = life.hold(session), charge_of(session, consent.minutes)
    if hold.state == HoldState.PLACED and wanted > hold.minutes:
        session.hold = ledger.grow_hold(hold=hold, minutes=wanted, at=at)
