"""What becomes of a client's credit when its agreement has ended (rule P5).

Unused paid credit is refunded at its lots' own prices if we ended the agreement, else as was agreed: refunded, or
forfeited. Free credit is taken back: it never turns into money. What is owed stays, to be invoiced (rule C11). The
accounts that are empty then are closed. It is done in one step, once, when nothing is on its way any more; whoever
spends credit looks first whether anything is open on their side.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from djmoney.money import Money

from clients import agreements
from clients.access import manages
from clients.models import Agreement, EndedBy, Organisation, UnusedCredit
from core.errors import DomainError, NotAllowed
from core.formatting import hours
from credits import accounts, closing, correction_messages, ledger
from credits.corrections import price_of_refund, reasoned
from credits.ledger import Lot, Refund, Voucher
from credits.ledger.lots import PAID
from credits.models import CreditAccount
from credits.topups import Price
from notices import outbox
from people.models import Person

__all__ = ["AgreementRuns", "AlreadyWoundUp", "Leftover", "NotReady", "RefundDue", "WindingUp", "hindrances", "leftovers", "wind_up"]


class AgreementRuns(DomainError):
    """The agreement has not ended, or another one follows it."""

    message = gettext_lazy("This agreement has not ended, or another one follows it. Nothing has changed.")


class AlreadyWoundUp(DomainError):
    """It was done before."""

    message = gettext_lazy("This agreement has been wound up already. Nothing has changed.")


class NotReady(DomainError):
    """Something is on its way still. `hindrances` are sentences."""

    def __init__(self, hindrances: list[str]) -> None:
        super().__init__(hindrances)
        self.hindrances = hindrances

    @property
    def message(self) -> str:
        """What has to be dealt with first."""
        return " ".join([_("This cannot be wound up yet."), *self.hindrances, _("Nothing has changed.")])


@dataclass(frozen=True)
class RefundDue:
    """Unused `minutes` of a lot that will be refunded, and their price."""

    lot: Lot
    minutes: int
    price: Price


@dataclass(frozen=True)
class Leftover:
    """What is left in one account: what will be refunded, what is taken back without money, and what is owed (minutes)."""

    account: CreditAccount
    refunds: Sequence[RefundDue]
    taken_minutes: int
    owed_minutes: int


@dataclass(frozen=True)
class WindingUp:
    """What was done: refunds, minutes taken back by account, accounts that owe, and accounts that were closed."""

    agreement: Agreement
    refunds: Sequence[Refund]
    taken: Sequence[tuple[CreditAccount, int]]
    owing: Sequence[CreditAccount]
    closed: Sequence[CreditAccount]

    @property
    def totals(self) -> list[Money]:
        """What is paid back in all, with VAT, by currency."""
        sums: dict[str, Money] = {}
        for refund in self.refunds:
            sums[str(refund.total.currency)] = sums.get(str(refund.total.currency), Money(0, refund.total.currency)) + refund.total
        return list(sums.values())


def refunds_unused(agreement: Agreement) -> bool:
    """Whether unused paid credit is refunded: always where we ended the agreement, else as agreed (rule P5)."""
    return agreement.ended_by == EndedBy.PROVIDER or agreement.unused_credit == UnusedCredit.REFUND


def hindrances(organisation: Organisation) -> list[str]:
    """What is on its way in the client's accounts or frozen there, a sentence each with the account's name."""
    return [f"{account.name}: {sentence}" for account in _open_accounts(organisation) for sentence in _undecided(account)]


def leftovers(agreement: Agreement) -> list[Leftover]:
    """What winding up would do to each open account, as things are. Changes nothing."""
    return [_leftover(agreement, account) for account in _open_accounts(agreement.organisation)]


@transaction.atomic
def wind_up(*, agreement: Agreement, reason: str, by: Person, at: datetime) -> WindingUp:
    """Refund or take back what is unused, close the accounts that are empty, and note that it is done (rule P5).

    The client is told, and finance what to pay and to invoice. Raises NotAllowed, ReasonMissing, ReasonTooLong,
    AlreadyWoundUp, AgreementRuns, NotReady(hindrances).
    """
    if not manages(by, agreement.organisation):
        raise NotAllowed
    reason = reasoned(reason)
    accounts.lock(account.pk for account in _open_accounts(agreement.organisation))
    agreement = Agreement.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=agreement.pk)
    _check(agreement, at)
    work = _Work(agreement, reason=reason, by=by, at=at)
    for account in _open_accounts(agreement.organisation):
        work.empty(account)
    agreement.wound_up_at = at
    agreement.save(update_fields=["wound_up_at"])
    done = work.done()
    context = {"agreement": agreement, "done": done, "refunds": done.refunds, "owing": done.owing, "reason": reason, "by": by}
    correction_messages.wound_up(agreement.organisation, cause=f"agreement:{agreement.pk}", context=context, at=at)
    return done


class _Work:
    """Winding up, account by account; the accounts are locked. Causes name the agreement, so that nothing is done twice."""

    def __init__(self, agreement: Agreement, *, reason: str, by: Person, at: datetime) -> None:
        self.agreement, self.reason, self.by, self.at = agreement, reason, by, at
        self.refunds: list[Refund] = []
        self.taken: list[tuple[CreditAccount, int]] = []
        self.owing: list[CreditAccount] = []
        self.closed: list[CreditAccount] = []

    def empty(self, account: CreditAccount) -> None:
        """Leave nothing available in the account, and close it unless it owes."""
        low_before = account.low_crossings
        ledger.expire(account=account, at=self.at)
        for due in _leftover(self.agreement, CreditAccount.objects.get(pk=account.pk)).refunds:
            self.refunds.append(ledger.refund(lot=due.lot, minutes=due.minutes, voucher=self._voucher(f"lot:{due.lot.pk}")))
        account.refresh_from_db()
        if left := account.available_minutes:
            ledger.adjust(account=account, minutes=-left, voucher=self._voucher(f"account:{account.pk}"))
            self.taken.append((account, left))
        account.refresh_from_db()
        for crossing in range(low_before, account.low_crossings):  # nobody needs to top up what we have just emptied
            outbox.withdraw(cause=f"account:{account.pk}:low:{crossing + 1}")
        self._end(account)

    def done(self) -> WindingUp:
        """What came of it."""
        return WindingUp(self.agreement, self.refunds, self.taken, self.owing, self.closed)

    def _end(self, account: CreditAccount) -> None:
        if account.debt_minutes:
            self.owing.append(account)
        if closing.is_empty(account):
            account.closed_at = self.at
            account.save(update_fields=["closed_at"])
            self.closed.append(account)

    def _voucher(self, what: str) -> Voucher:
        return Voucher(cause=f"agreement:{self.agreement.pk}:{what}", at=self.at, by=self.by, reason=self.reason)


def _check(agreement: Agreement, at: datetime) -> None:
    if agreement.wound_up_at is not None:
        raise AlreadyWoundUp
    if not agreements.to_wind_up(on=agreements.local_date(at)).filter(pk=agreement.pk).exists():
        raise AgreementRuns
    if found := hindrances(agreement.organisation):
        raise NotReady(found)


def _open_accounts(organisation: Organisation) -> list[CreditAccount]:
    return list(CreditAccount.objects.filter(organisation=organisation, closed_at=None).order_by("pk"))


def _undecided(account: CreditAccount) -> list[str]:
    """What somebody has to deal with first. Whether frozen credit is the client's, only a person can say."""
    frozen = [_("%(size)s of credit is frozen.") % {"size": hours(account.frozen_minutes)}] if account.frozen_minutes else []
    return [*frozen, *closing.pending(account)]


def _leftover(agreement: Agreement, account: CreditAccount) -> Leftover:
    due = list(_refunds_due(account)) if refunds_unused(agreement) else []
    return Leftover(account, due, account.available_minutes - sum(refund.minutes for refund in due), account.debt_minutes)


def _refunds_due(account: CreditAccount) -> Iterable[RefundDue]:
    """The paid lots of which something is unused, in order of age."""
    for lot in Lot.objects.filter(account=account, source__in=PAID, total_price__gt=0, available_minutes__gt=0).order_by("pk"):
        yield RefundDue(lot, lot.available_minutes, price_of_refund(lot, lot.available_minutes))
