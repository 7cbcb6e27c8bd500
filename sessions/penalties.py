"""Penalties that the client disputes, and penalties that are taken back (rules C10, C13).

A late change and a no-show are charged at once. Who decides about the account may dispute each once, with a reason, within the days
that were agreed, counted to the minute from when it was posted. The account manager or the deputy settles it, and
nobody who was in the session: the penalty is reversed, or it stands, and the client is told why. Besides, the
account manager may waive any penalty at any time. What comes back is credit again and serves what waits.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from clients import provider
from clients.access import manages
from clients.models import Organisation
from core.errors import DomainError, NotAllowed
from core.formatting import moment
from core.reasons import reasoned
from credits import accounts, ledger, spending
from credits.accounts import CreditAccount
from credits.ledger import Entry, EntryKind, LotSource, LotTerms, Voucher
from people.models import Person
from sessions import cover, crew, life, penalty_messages
from sessions.disputes import WorkedOnIt
from sessions.models import PenaltyDispute, PenaltyOutcome, Session, WorkEntry
from sessions.models.sessions import EventKind

__all__ = [
    "AlreadyDisputed",
    "DisputeSettled",
    "DisputeTimeOver",
    "Penalty",
    "PenaltyReversed",
    "WorkedOnIt",
    "disputable",
    "dispute",
    "let_stand",
    "look",
    "may_settle",
    "of_session",
    "open_disputes",
    "reverse",
    "visible_to",
    "waive",
]

KINDS = (EntryKind.LATE_CHANGE, EntryKind.NO_SHOW)
CAUSE = re.compile(r"session:(?P<session>\d+):start:\d+:(?:late|no-show)")
"""What names a penalty in the ledger: the session, and which of its agreed starts was missed or left."""


class PenaltyReversed(DomainError):
    """The penalty was taken back before."""

    message = _("This penalty has been taken back already. Nothing has changed.")


class AlreadyDisputed(DomainError):
    """A penalty is disputed once."""

    message = _("This penalty has been disputed already. Nothing has changed.")


class DisputeTimeOver(DomainError):
    """The days in which a penalty can be disputed are over."""

    def __init__(self, *, until: datetime) -> None:
        super().__init__(until)
        self.until = until

    @property
    def message(self) -> str:
        """The sentence with the last moment there was."""
        return _("This could be disputed until %(until)s. Your account manager can still waive it. Nothing has changed.") % {
            "until": moment(self.until)
        }


class DisputeSettled(DomainError):
    """The dispute was settled before."""

    message = _("This dispute has been settled already. Nothing has changed.")


@dataclass(frozen=True)
class Penalty:
    """A penalty in the ledger with what was said about it. `reversal` took it back."""

    entry: Entry
    session: Session
    dispute: PenaltyDispute | None
    reversal: Entry | None

    @property
    def minutes(self) -> int:
        """What it costs."""
        return -self.entry.minutes

    @property
    def disputable_until(self) -> datetime:
        """The last instant at which an approver can dispute it: so many times 24 hours after it was posted (rule C10)."""
        return self.entry.recorded_at + timedelta(days=self.session.penalty_dispute_days)

    @property
    def is_open(self) -> bool:
        """Whether it is disputed, and nobody has settled that."""
        return self.dispute is not None and not self.dispute.outcome

    def can_be_disputed(self, at: datetime) -> bool:
        """Whether an approver could dispute it now."""
        return self.dispute is None and self.reversal is None and at <= self.disputable_until


@transaction.atomic
def dispute(*, penalty: Entry, reason: str, by: Person, at: datetime) -> PenaltyDispute:
    """Object to a penalty, once; it goes to the account manager with a due date (rule C10). Sent twice, it is one dispute.

    Raises NotAllowed for anybody who does not decide about the account, ReasonMissing, ReasonTooLong, PenaltyReversed, AlreadyDisputed,
    DisputeTimeOver(until).
    """
    found = _locked(penalty)
    session = found.session
    if not spending.may_decide(by, session.account, at=at):
        raise NotAllowed
    reason = reasoned(reason)
    if found.dispute is not None and (found.dispute.raised_by_id, found.dispute.reason) == (by.pk, reason):
        return found.dispute
    if not found.can_be_disputed(at):
        raise _why_not(found)
    due_at = provider.working_days().add(at, session.settlement_days)
    raised = PenaltyDispute.objects.create(session=session, entry=penalty, reason=reason, raised_at=at, raised_by=by, due_at=due_at)
    life.note(session, EventKind.PENALTY_DISPUTED, at=at, by=by, reason=reason, facts=_facts(found))
    penalty_messages.disputed(raised, at=at)
    return raised


@transaction.atomic
def reverse(*, dispute: PenaltyDispute, reason: str, by: Person, at: datetime) -> PenaltyDispute:
    """Settle a dispute for the client: the penalty is reversed in the ledger (rules C10, C14).

    Raises NotAllowed for anybody but the account manager and the deputy, WorkedOnIt, ReasonMissing, ReasonTooLong,
    DisputeSettled, PenaltyReversed, AccountClosed.
    """
    found, raised = _to_settle(dispute, by=by)
    reason = reasoned(reason)
    _settle(raised, PenaltyOutcome.REVERSED, reason=reason, by=by, at=at)
    _take_back(found, reason=reason, by=by, at=at)
    return raised


@transaction.atomic
def let_stand(*, dispute: PenaltyDispute, reason: str, by: Person, at: datetime) -> PenaltyDispute:
    """Settle a dispute: the penalty stands, and the client is told why (rule C10).

    Raises NotAllowed for anybody but the account manager and the deputy, WorkedOnIt, ReasonMissing, ReasonTooLong,
    DisputeSettled.
    """
    found, raised = _to_settle(dispute, by=by)
    reason = reasoned(reason)
    _settle(raised, PenaltyOutcome.STANDS, reason=reason, by=by, at=at)
    event = life.note(found.session, EventKind.PENALTY_STANDS, at=at, by=by, reason=reason, facts=_facts(found))
    penalty_messages.stands(raised, event)
    return raised


@transaction.atomic
def waive(*, penalty: Entry, reason: str, by: Person, at: datetime) -> Entry:
    """Take a penalty back, at any time, with a reason; the reversal (rule C13). An open dispute is settled by it.

    Raises NotAllowed for anybody but the account manager and the deputy, WorkedOnIt where it settles a dispute,
    ReasonMissing, ReasonTooLong, PenaltyReversed, AccountClosed.
    """
    found = _locked(penalty)
    if not manages(by, found.session.organisation):
        raise NotAllowed
    reason = reasoned(reason)
    if found.dispute is not None and found.is_open:
        _check_apart(found, by)
        _settle(found.dispute, PenaltyOutcome.REVERSED, reason=reason, by=by, at=at)
    return _take_back(found, reason=reason, by=by, at=at)


def visible_to(person: Person) -> QuerySet[Entry]:
    """The penalties in the accounts that `person` may read."""
    return Entry.objects.filter(kind__in=KINDS, account__in=CreditAccount.objects.visible_to(person))


def look(entry: Entry) -> Penalty:
    """A penalty with its session and what was said about it. Raises Session.DoesNotExist for what is none of a session."""
    named = CAUSE.fullmatch(entry.cause)
    if named is None:
        raise Session.DoesNotExist
    session = Session.objects.select_related("organisation__account_manager", "account").get(pk=named["session"])
    return _penalty(entry, session)


def of_session(session: Session) -> list[Penalty]:
    """The penalties of `session`, newest first. Two queries."""
    causes = [f"session:{session.pk}:start:{start}:{kind}" for start in range(1, session.start_number + 1) for kind in ("late", "no-show")]
    entries = Entry.objects.filter(kind__in=KINDS, cause__in=causes).select_related("reversed_by").order_by("-number")
    said = {raised.entry_id: raised for raised in session.penalty_disputes.select_related("raised_by", "settled_by")}
    return [Penalty(entry, session, said.get(entry.pk), getattr(entry, "reversed_by", None)) for entry in entries]


def disputable(listed: Iterable[CreditAccount] | QuerySet[CreditAccount], *, at: datetime) -> list[Penalty]:
    """The penalties in these accounts that can still be disputed at `at`, in the order in which that ends. Two queries."""
    said = PenaltyDispute.objects.filter(entry=OuterRef("pk"))
    entries = Entry.objects.filter(~Exists(said), account__in=listed, kind__in=KINDS, reversed_by=None)
    named = [(entry, int(match["session"])) for entry in entries if (match := CAUSE.fullmatch(entry.cause))]
    sessions = Session.objects.in_bulk({session for _entry, session in named})
    found = [Penalty(entry, sessions[session], None, None) for entry, session in named if session in sessions]
    return sorted((penalty for penalty in found if penalty.can_be_disputed(at)), key=lambda penalty: penalty.disputable_until)


def open_disputes(organisations: Iterable[Organisation] | QuerySet[Organisation]) -> QuerySet[PenaltyDispute]:
    """The disputes of penalties of these clients that nobody has settled, the one due first on top."""
    found = PenaltyDispute.objects.filter(outcome="", session__organisation__in=organisations)
    return found.select_related("session__organisation", "raised_by", "entry").order_by("due_at", "pk")


def may_settle(person: Person, penalty: Penalty) -> bool:
    """Whether `person` may settle a dispute of the penalty: its account manager or deputy, unless they were in the session."""
    return manages(person, penalty.session.organisation) and not _was_in_it(person, penalty)


def _penalty(entry: Entry, session: Session) -> Penalty:
    raised = PenaltyDispute.objects.filter(entry=entry).select_related("raised_by", "settled_by").first()
    reversal = Entry.objects.filter(reverses=entry).select_related("by").first()
    return Penalty(entry, session, raised, reversal)


def _locked(entry: Entry) -> Penalty:
    """The penalty as it is now: account, session and dispute are locked, in this order."""
    accounts.lock([entry.account_id])
    session = life.locked(look(entry).session)
    list(PenaltyDispute.objects.select_for_update().filter(entry=entry))
    return _penalty(entry, session)


def _why_not(penalty: Penalty) -> DomainError:
    if penalty.reversal is not None:
        return PenaltyReversed()
    return AlreadyDisputed() if penalty.dispute is not None else DisputeTimeOver(until=penalty.disputable_until)


def _to_settle(dispute: PenaltyDispute, *, by: Person) -> tuple[Penalty, PenaltyDispute]:
    """The penalty and its dispute, locked, for somebody who may settle it."""
    found = _locked(dispute.entry)
    if not manages(by, found.session.organisation):
        raise NotAllowed
    _check_apart(found, by)
    if found.dispute is None or not found.is_open:
        raise DisputeSettled
    return found, found.dispute


def _check_apart(penalty: Penalty, by: Person) -> None:
    if _was_in_it(by, penalty):
        raise WorkedOnIt


def _was_in_it(person: Person, penalty: Penalty) -> bool:
    """Whether `person` worked in the session, was to do so, or charged the penalty."""
    if person.pk == penalty.entry.by_id or crew.is_assigned(person, penalty.session):
        return True
    return WorkEntry.objects.filter(session=penalty.session, person=person, live=True).exists()


def _settle(dispute: PenaltyDispute, outcome: PenaltyOutcome, *, reason: str, by: Person, at: datetime) -> None:
    dispute.outcome, dispute.settlement, dispute.settled_by, dispute.settled_at = outcome, reason, by, at
    dispute.save(update_fields=["outcome", "settlement", "settled_by", "settled_at"])


def _take_back(penalty: Penalty, *, reason: str, by: Person, at: datetime) -> Entry:
    """Reverse the entry; what comes free serves what waits, and the bookings follow.

    What it had taken from credit whose last day has passed since would be lost again at once: the client gets as much
    as free credit instead.
    """
    if penalty.reversal is not None:
        raise PenaltyReversed
    entry, session = penalty.entry, penalty.session
    voucher = Voucher(cause=f"{entry.cause}:waived", at=at, by=by, reason=reason, text=session.title)
    reversal = ledger.reverse(entry=entry, voucher=voucher)
    if lost := _expired_at_once(reversal):
        ledger.grant(account=session.account, minutes=lost, terms=LotTerms.free(source=LotSource.GOODWILL, reason=reason), voucher=voucher)
    facts = _facts(penalty) | {"credited_minutes": reversal.minutes}
    event = life.note(session, EventKind.PENALTY_WAIVED, at=at, by=by, reason=reason, facts=facts)
    penalty_messages.waived(session, event, minutes=reversal.minutes, disputed=penalty.dispute is not None)
    cover.follow_account(account_id=session.account_id, at=at)
    return reversal


def _expired_at_once(reversal: Entry) -> int:
    """What of a reversal that was posted just now, in the locked account, has expired with it (minutes, rule C12)."""
    lots = reversal.moves.values("lot")
    after = Entry.objects.filter(account=reversal.account_id, kind=EntryKind.EXPIRY, number__gt=reversal.number, lot__in=lots)
    return -sum(expiry.minutes for expiry in after)


def _facts(penalty: Penalty) -> dict[str, int]:
    return {"entry": penalty.entry.pk}
