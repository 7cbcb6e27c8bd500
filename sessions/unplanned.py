"""Server support without a slot: a ten-minute fix, asynchronous work (rule R8).

A technician, a dispatcher or the account manager proposes it, and an approver of the client is asked at once. A *yes*
holds the estimate; where credit is missing the hold waits, as that of a booking does, and the work cannot be started
until it is covered or the account manager allows it in an outage. A *no* ends it at no cost. Only what is worked
after the yes counts, up to the estimate and its tolerance.

Urgent work starts at once and is asked about meanwhile. Until there is an answer it counts up to a cap that was
agreed (and never beyond what is asked for), for which credit is claimed at the start. A *no* means that work has to
stop: what was worked by then counts, up to the cap, and what is worked later is free. From then on everything is like
any session: rounding, confirmation, dispute, deduction. Who starts urgent work says why it cannot wait.

Work for a case needs the client's yes to using credit for it, unless it is urgent work under the top priority; the case
goes on here, and is closed (rule T3).
"""

from dataclasses import dataclass, replace
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from cases import server_support
from cases.models import Case
from clients import agreements, processing
from clients.access import has_duty, manages
from clients.models import Organisation, StaffDuty
from core.errors import DomainError, NotAllowed
from core.reasons import reasoned
from credits import accounts, ledger
from credits.accounts import CreditAccount
from credits.ledger import AccountClosed, HoldState
from people.models import Person
from sessions import bookings, counting, cover, factors, life, receipts, unplanned_messages
from sessions import terms as session_terms
from sessions.models import Consent, Purpose, Session, SessionKind, State, Technician
from sessions.models.sessions import EventKind

__all__ = [
    "NotAllowed",
    "Proposal",
    "PurposeNotDone",
    "UrgentNotOffered",
    "WrongCase",
    "accounts_for",
    "allow_start",
    "begin_urgently",
    "conclude",
    "is_proposal",
    "propose",
    "workers_for",
]


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """What is to be done for a client, why, in how many minutes, by whom, and for which case of theirs, if for one."""

    purpose: Purpose
    title: str
    reason: str
    estimate_minutes: int
    worker: Technician
    case: Case | None = None


class WrongCase(DomainError):
    """The case is another client's."""

    message = _("That case is another client’s. Nothing was proposed.")


class PurposeNotDone(DomainError):
    """The technician does not do this kind of work."""

    message = _("This technician does not do this kind of work. Nothing was proposed.")


class UrgentNotOffered(DomainError):
    """Nothing may be worked before the client has agreed: the terms say so."""

    message = _("Work before the client’s yes is not offered. Nothing was started; propose it, and start when the client has agreed.")


@transaction.atomic
def propose(*, account: CreditAccount, proposal: Proposal, cause: str, by: Person, at: datetime) -> Session:
    """Ask the client's approvers to agree to unplanned work (rule R8). The same `cause` returns its session.

    Nothing is held before the answer. Raises NotAllowed, AccountClosed, AgreementEnded(ends_on), ProcessingAgreementMissing,
    PurposeWithdrawn, PurposeNotDone, OffStep, ReasonMissing, RequestMismatch, WrongCase, CaseClosed, ConsentMissing.
    """
    if session := _sent_before(account, proposal, cause=cause, by=by):
        return session
    if proposal.case is not None:
        proposal = replace(proposal, case=server_support.require_consent(_own_case(account, proposal.case), by=by))
    session = _create(account, proposal, kind=SessionKind.UNPLANNED, cause=cause, by=by, at=at)
    consent = _ask(session, proposal, by=by, at=at)
    unplanned_messages.proposed(consent, at=at)
    return session


@transaction.atomic
def begin_urgently(*, account: CreditAccount, proposal: Proposal, urgency: str, cause: str, by: Person, at: datetime) -> Session:
    """Start urgent work at once, and ask the client meanwhile; `urgency` is why it cannot wait (rule R8).

    What may be worked before the answer is claimed, as far as there is credit. The same `cause` returns its session.
    Raises as `propose` does, and UrgentNotOffered.
    """
    if session := _sent_before(account, proposal, cause=cause, by=by):
        return session
    urgency = reasoned(urgency)
    if proposal.case is not None:
        proposal = replace(proposal, case=server_support.require_urgency(_own_case(account, proposal.case), by=by))
    session = _create(account, proposal, kind=SessionKind.URGENT, cause=cause, by=by, at=at)
    if not session.urgent_cap_minutes:
        raise UrgentNotOffered
    held = counting.held(min(session.urgent_cap_minutes, session.estimated_minutes), session.counting)
    rate, today = session_terms.rate(session), agreements.local_date(at)
    hold = ledger.claim(account=session.account, minutes=held, rate=rate, cause=_hold_cause(session), at=at, due_on=today)
    consent = _ask(session, proposal, by=by, at=at)
    life.step(session, to=State.IN_PROGRESS, at=at, hold=hold, started_at=at)
    event = life.note(session, EventKind.STARTED, at=at, by=by, reason=urgency, facts={"start": session.start_number})
    unplanned_messages.urgent_started(consent, event)
    return session


@transaction.atomic
def allow_start(*, session: Session, by: Person, at: datetime, reason: str) -> Session:
    """Let agreed work start that credit does not cover: in an outage, by the account manager, with a reason (rules C6, R8).

    Its hold covers what it can; the rest is owed on confirmation (rule C11). Raises NotAllowed, SessionMovedOn,
    ReasonMissing.
    """
    accounts.lock([session.account_id])
    session = life.locked(session)
    if not manages(by, session.organisation):
        raise NotAllowed
    life.require(session, State.REQUESTED)
    hold = life.hold(session)
    if hold.state != HoldState.WAITING:
        raise life.SessionMovedOn
    reason = reasoned(reason)
    hold = ledger.resize_hold(hold=hold, minutes=hold.minutes, at=at)
    life.amend(session, hold=hold, agreed_at=at)
    facts = {"start": session.start_number, "uncovered_minutes": hold.missing_minutes}
    event = life.note(session, EventKind.OUTAGE_RELEASE, at=at, by=by, reason=reason, facts=facts)
    unplanned_messages.covered(session, event, uncovered=hold.missing_minutes)
    return session


def is_proposal(consent: Consent) -> bool:
    """Whether this is the question with which unplanned work began, and not one for more time (rule R8)."""
    return consent.session.kind != SessionKind.BOOKED and not consent.session.consents.filter(pk__lt=consent.pk).exists()


def conclude(consent: Consent, *, at: datetime) -> None:
    """What the client's answer to a proposal brings about (rule R8). The session is locked, and its account before it."""
    session = consent.session
    if session.kind == SessionKind.URGENT:
        if consent.given:
            hold = life.hold(session)
            hold = ledger.grow_hold(hold=hold, minutes=session.held_minutes, at=at)
            life.amend(session, hold=hold, agreed_at=at)
    elif consent.given:
        _hold_estimate(session, at=at)
    else:
        life.step(session, to=State.CANCELLED, at=at)
    unplanned_messages.answered(consent, at=at)


def accounts_for(person: Person) -> QuerySet[CreditAccount]:
    """The accounts for whose clients `person` may propose work: all for technicians and dispatchers, else of those they manage."""
    found = CreditAccount.objects.filter(closed_at=None).select_related("organisation")
    if not has_duty(person, StaffDuty.TECHNICIAN, StaffDuty.DISPATCHER):
        found = found.filter(organisation__in=Organisation.objects.managed_by(person))
    return found.order_by("organisation__name", "name", "pk")


def workers_for(person: Person) -> QuerySet[Technician]:
    """Whom `person` may name for unplanned work: a technician themselves, dispatchers and account managers anybody."""
    found = Technician.objects.filter(person__is_active=True).select_related("person").order_by("person__name", "pk")
    if has_duty(person, StaffDuty.DISPATCHER, StaffDuty.ACCOUNT_MANAGER):
        return found
    return found.filter(person=person)


def _sent_before(account: CreditAccount, proposal: Proposal, *, cause: str, by: Person) -> Session | None:
    """The session that the same form made before, if it said the same. Locks the account, and refuses who may not propose."""
    (account,) = accounts.lock([account.pk])
    if not (has_duty(by, StaffDuty.TECHNICIAN, StaffDuty.DISPATCHER) or manages(by, account.organisation)):
        raise NotAllowed
    if session := Session.objects.filter(cause=cause).first():
        proposed = session.events.filter(kind=EventKind.PROPOSED).first()
        same_sender = (session.account_id, session.requested_by_id) == (account.pk, by.pk)
        if not same_sender or proposed is None or proposed.facts != _facts(proposal):
            raise bookings.RequestMismatch
        return session
    if account.closed_at is not None:
        raise AccountClosed
    return None


def _create(account: CreditAccount, proposal: Proposal, *, kind: SessionKind, cause: str, by: Person, at: datetime) -> Session:
    _check(proposal, by=by)
    agreements.require(account.organisation, on=agreements.local_date(at))
    processing.require(account.organisation, on=agreements.local_date(at))
    factor = factors.at_booking(purpose=proposal.purpose, starts_at=at if kind == SessionKind.URGENT else None)
    try:
        with transaction.atomic():
            return Session.objects.create(
                organisation=account.organisation,
                account=account,
                cause=cause,
                kind=kind,
                worker=proposal.worker,
                purpose=proposal.purpose,
                title=proposal.title,
                description=proposal.reason,
                state=State.REQUESTED,
                estimate_minutes=proposal.estimate_minutes,
                requested_at=at,
                requested_by=by,
                case=proposal.case,
                **session_terms.freeze(organisation=account.organisation, at=at),
                **factor.columns,
            )
    except IntegrityError as refused:
        if Session.objects.filter(cause=cause).exists():  # from another account, at the same moment
            raise bookings.RequestMismatch from refused
        raise


def _check(proposal: Proposal, *, by: Person) -> None:
    step = session_terms.current().estimate_step_minutes
    reasoned(proposal.reason)
    if not workers_for(by).filter(pk=proposal.worker.pk).exists():
        raise NotAllowed
    if not proposal.purpose.offered:
        raise bookings.PurposeWithdrawn
    if proposal.estimate_minutes <= 0 or proposal.estimate_minutes % step:
        raise bookings.OffStep(step_minutes=step)
    does = proposal.worker.purposes
    if does.exists() and not does.filter(pk=proposal.purpose.pk).exists():
        raise PurposeNotDone


def _ask(session: Session, proposal: Proposal, *, by: Person, at: datetime) -> Consent:
    """Ask the client whether this may be done, up to the estimate and its tolerance."""
    reason = reasoned(proposal.reason)
    most = receipts.tolerated_minutes(session)
    consent = Consent.objects.create(session=session, minutes=most, reason=reason, asked_at=at, asked_by=by)
    life.note(session, EventKind.PROPOSED, at=at, by=by, reason=reason, facts=_facts(proposal))
    if proposal.case is not None:
        server_support.goes_on_in(session.pk, proposal.case, title=session.title, by=by, at=at)
    return consent


def _own_case(account: CreditAccount, case: Case) -> Case:
    if case.organisation_id != account.organisation_id:
        raise WrongCase
    return case


def _hold_estimate(session: Session, *, at: datetime) -> None:
    """Hold the estimate of agreed work, or let it wait for the credit that is missing (rules C5, C6).

    Raises AgreementEnded(ends_on), MonthlyLimitReached(limit, left).
    """
    rate, today = session_terms.rate(session), agreements.local_date(at)
    agreements.require(session.organisation, on=today)
    place = cover.wanted_hold(session)
    hold = place(account=session.account, minutes=session.held_minutes, rate=rate, cause=_hold_cause(session), at=at, due_on=today)
    life.amend(session, hold=hold, agreed_at=at if hold.state == HoldState.PLACED else None)
    if hold.state == HoldState.WAITING:
        missing = cover.missing_minutes(session)
        event = life.note(session, EventKind.AWAITING_TOP_UP, at=at, by=None, facts={"missing_minutes": missing})
        unplanned_messages.awaiting_top_up(session, event, missing=missing)


def _hold_cause(session: Session) -> str:
    return f"session:{session.pk}:hold"


def _facts(proposal: Proposal) -> dict[str, str | int]:
    """What was proposed, as the event keeps it."""
    of_case: dict[str, str | int] = {"case": proposal.case.pk} if proposal.case else {}
    return of_case | {
        "purpose": proposal.purpose.code,
        "title": proposal.title,
        "minutes": proposal.estimate_minutes,
        "technician": proposal.worker.pk,
    }
