"""Hours that the client disputes, and how they are settled (rule C8).

An approver says which lines are wrong and what they should be. The account manager or the deputy, and nobody who
worked the hours, upholds or corrects them with a reason, in time; else the client's figures stand. Then the hours
are deducted. Hours that silence confirmed can be contested afterwards: their deduction is reversed and the
dispute takes its course.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from clients import provider
from clients.access import manages
from core.errors import DomainError, NotAllowed
from core.reasons import reasoned
from credits import accounts, ledger, spending
from people.models import Person
from sessions import confirmation, cover, hours_messages, life, terms
from sessions.models import Dispute, DisputeLine, DisputeOutcome, Session, State, WorkEntry
from sessions.models.sessions import EventKind
from sessions.receipts import receipt
from sessions.second_yes import FORGOTTEN


class LineUnknown(DomainError):
    """The figures name a line that is not there, or is not disputed."""

    message = _("One of these lines no longer stands. Look at the hours again; nothing has changed.")


class FigureOutOfRange(DomainError):
    """A line is between nothing and what was logged."""

    message = _("A line can be anything from 0 to the minutes that were logged. Nothing has changed.")


class NothingDisputed(DomainError):
    """No line differs from what was logged."""

    message = _("Say for at least one line how many minutes it should be. Nothing has changed.")


class WorkedOnIt(DomainError):
    """Who worked the hours does not settle a dispute about them."""

    message = _("You worked in this session, so somebody else settles this dispute. Nothing has changed.")


class SettlementTimeOver(DomainError):
    """The time to settle has run out, so the client's figures stand."""

    message = _("The time to settle this is over: the client’s figures stand. Nothing has changed.")


class SettlementTimeLeft(DomainError):
    """The account manager still has time to settle."""

    message = _("There is still time to settle this. Nothing has changed.")


class NotContestable(DomainError):
    """Only hours that silence confirmed can be contested, and only for a while."""

    message = _("Only hours that were confirmed by silence can be contested, and only for a limited time. Nothing has changed.")


@transaction.atomic
def dispute(*, session: Session, claims: Mapping[int, int], reason: str, by: Person, at: datetime) -> Dispute:
    """Object to submitted hours: `claims` are the minutes that lines should be, by entry id (rule C8).

    Lines whose figure is the logged one are left out. Raises NotAllowed for anybody but an approver, ReasonMissing,
    LineUnknown, FigureOutOfRange, NothingDisputed, SessionMovedOn.
    """
    session = life.locked_as_read(session)
    if not spending.may_decide(by, session.account, at=at):
        raise NotAllowed
    life.require(session, State.SUBMITTED)
    return _raise(session, claims=claims, reason=reasoned(reason), by=by, at=at)


@transaction.atomic
def contest(*, session: Session, claims: Mapping[int, int], reason: str, by: Person, at: datetime) -> Dispute:
    """Object to hours that silence confirmed: their deduction is reversed, and the dispute takes its course (rule C8).

    The hours are claimed again, and what the reversal gives back covers them, even past its last day. Raises as `dispute` does, and
    NotContestable where an approver confirmed them or the time to contest is over.
    """
    accounts.lock([session.account_id])
    session = life.locked_as_read(session)
    if not spending.may_decide(by, session.account, at=at):
        raise NotAllowed
    life.require(session, State.CONFIRMED)
    reason = reasoned(reason)
    until = confirmation.contest_until(session)
    if until is None or at > until or not session.charged_minutes:
        raise NotContestable
    deduction = ledger.Entry.objects.get(kind=ledger.EntryKind.DEDUCTION, cause=confirmation.settlement_cause(session))
    cause = f"session:{session.pk}:contest:{session.round}"
    rate = terms.rate(session)
    session.hold = ledger.claim(
        account=session.account, minutes=session.charged_minutes, rate=rate, cause=cause, at=at, due_on=deduction.occurred_on
    )
    voucher = ledger.Voucher(cause=cause, at=at, by=by, reason=reason, text=session.title)
    ledger.reverse(entry=deduction, voucher=voucher, to=session.hold)
    session.round += 1
    raised = _raise(session, claims=claims, reason=reason, by=by, at=at)
    cover.follow_account(account_id=session.account_id, at=at)
    return raised


@transaction.atomic
def uphold(*, dispute: Dispute, by: Person, at: datetime, reason: str) -> Dispute:
    """Let the logged hours stand, and deduct them (rule C8).

    Raises NotAllowed for anybody but the account manager and the deputy, WorkedOnIt, SettlementTimeOver, ReasonMissing,
    SessionMovedOn where it has been settled.
    """
    dispute = _to_settle(dispute, by=by, at=at)
    ruling = _Ruling(DisputeOutcome.UPHELD, _logged(dispute), by=by, at=at, reason=reasoned(reason))
    return _settle(dispute, ruling)


@transaction.atomic
def correct(*, dispute: Dispute, minutes: Mapping[int, int], by: Person, at: datetime, reason: str) -> Dispute:
    """Set disputed lines to `minutes`, by entry id, and deduct what the hours then come to (rule C8).

    Disputed lines that are not named stay as logged. Raises as `uphold` does, and LineUnknown, FigureOutOfRange.
    """
    dispute = _to_settle(dispute, by=by, at=at)
    logged = _logged(dispute)
    _check_figures(minutes, logged)
    ruling = _Ruling(DisputeOutcome.CORRECTED, {**logged, **minutes}, by=by, at=at, reason=reasoned(reason))
    return _settle(dispute, ruling)


@transaction.atomic
def lapse(*, dispute: Dispute, at: datetime) -> Dispute:
    """Let the client's figures stand, because nobody settled the dispute in time (rule C8).

    Raises SettlementTimeLeft, SessionMovedOn where it has been settled.
    """
    dispute = _locked(dispute)
    if at <= dispute.due_at:
        raise SettlementTimeLeft
    return _settle(dispute, _Ruling(DisputeOutcome.LAPSED, claims_of(dispute), by=None, at=at, reason=""))


def claims_of(dispute: Dispute) -> dict[int, int]:
    """What the client says the disputed lines should be: minutes by entry id."""
    return dict(dispute.lines.order_by("entry").values_list("entry", "claimed_minutes"))


def may_settle(person: Person, session: Session) -> bool:
    """Whether `person` may settle a dispute about `session`: its account manager or deputy, unless they worked in it."""
    return manages(person, session.organisation) and not _worked(person, session)


@dataclass(frozen=True)
class _Ruling:
    """How a dispute ends: the minutes of its lines, by entry id; whose word it is, and why. `by` None is time itself."""

    outcome: DisputeOutcome
    figures: Mapping[int, int]
    by: Person | None
    at: datetime
    reason: str


def _raise(session: Session, *, claims: Mapping[int, int], reason: str, by: Person, at: datetime) -> Dispute:
    logged = {entry.pk: entry.minutes for entry in WorkEntry.objects.filter(session=session, live=True)}
    _check_figures(claims, logged)
    differing = {entry: minutes for entry, minutes in sorted(claims.items()) if minutes != logged[entry]}
    if not differing:
        raise NothingDisputed
    due_at = provider.working_days().add(at, session.settlement_days)
    raised = Dispute.objects.create(session=session, round=session.round, reason=reason, raised_at=at, raised_by=by, due_at=due_at)
    DisputeLine.objects.bulk_create(
        DisputeLine(dispute=raised, entry_id=entry, claimed_minutes=minutes) for entry, minutes in differing.items()
    )
    life.step(session, to=State.DISPUTED, at=at, round=session.round, hold=session.hold, **FORGOTTEN)
    claimed = receipt(session, figures=differing).charged_minutes
    facts = {"round": session.round, "charged_minutes": session.charged_minutes, "claimed_minutes": claimed}
    life.note(session, EventKind.DISPUTED, at=at, by=by, reason=reason, facts=facts)
    hours_messages.disputed(raised, claimed_minutes=claimed, at=at)
    return raised


def _check_figures(figures: Mapping[int, int], logged: Mapping[int, int]) -> None:
    for entry, minutes in figures.items():
        if entry not in logged:
            raise LineUnknown
        if not 0 <= minutes <= logged[entry]:
            raise FigureOutOfRange


def _locked(dispute: Dispute) -> Dispute:
    """The dispute as it is now, with its session, both locked after the account. Refuses one that has been settled."""
    accounts.lock([dispute.session.account_id])
    session = life.locked(dispute.session)
    life.require(session, State.DISPUTED)
    dispute = Dispute.objects.select_for_update().get(pk=dispute.pk)
    if dispute.outcome:
        raise life.SessionMovedOn
    dispute.session = session
    return dispute


def _to_settle(dispute: Dispute, *, by: Person, at: datetime) -> Dispute:
    if not manages(by, dispute.session.organisation):
        raise NotAllowed
    dispute = _locked(dispute)
    if _worked(by, dispute.session):
        raise WorkedOnIt
    if at > dispute.due_at:
        raise SettlementTimeOver
    return dispute


def _worked(person: Person, session: Session) -> bool:
    return WorkEntry.objects.filter(session=session, person=person, live=True).exists()


def _logged(dispute: Dispute) -> dict[int, int]:
    return {line.entry_id: line.entry.minutes for line in dispute.lines.select_related("entry")}


def _settle(dispute: Dispute, ruling: _Ruling) -> Dispute:
    session = dispute.session
    for line in dispute.lines.order_by("pk"):
        line.settled_minutes = ruling.figures[line.entry_id]
        line.save(update_fields=["settled_minutes"])
    dispute.outcome, dispute.settlement = ruling.outcome, ruling.reason
    dispute.settled_at, dispute.settled_by = ruling.at, ruling.by
    dispute.save(update_fields=["outcome", "settlement", "settled_at", "settled_by"])
    bill = receipt(session, figures=ruling.figures)
    submitted = session.charged_minutes
    figures = {"raw_minutes": bill.raw_minutes, "free_minutes": bill.free_minutes, "charged_minutes": bill.charged_minutes}
    life.step(session, to=State.SETTLED, at=ruling.at, **figures)
    confirmation.deduct(session=session, by=ruling.by, at=ruling.at, reason=ruling.reason)
    kind = EventKind.SETTLED if ruling.by else EventKind.SETTLED_BY_TIME
    facts = {"round": session.round, "submitted_minutes": submitted, "charged_minutes": bill.charged_minutes}
    life.note(session, kind, at=ruling.at, by=ruling.by, reason=ruling.reason, facts=facts)
    hours_messages.settled(dispute, submitted_minutes=submitted, at=ruling.at)
    cover.follow_account(account_id=session.account_id, at=ruling.at)
    return dispute
