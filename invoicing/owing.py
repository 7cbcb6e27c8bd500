"""What is owed, for people: by account at the desk, debt by debt for the client, and when it is invoiced (rules C11, I7)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Q, QuerySet
from djmoney.money import Money

from clients import agreements
from clients.agreements import local_date
from credits import owed
from credits.accounts import CreditAccount
from credits.owed import Debt
from credits.topups import TopUpState
from invoicing import debts
from invoicing.models import Invoice, InvoiceLine, InvoiceState


@dataclass(frozen=True)
class OwedDebt:
    """One debt with the sum, without VAT, of what is open; the `invoice` that it stands on, or the day on which it is drafted."""

    debt: Debt
    net: Money
    invoice: Invoice | None
    drafted_on: date


@dataclass(frozen=True)
class OwedAccount:
    """What an account owes: minutes, money by currency without VAT, since when, on which drafts, or when it is drafted."""

    account: CreditAccount
    minutes: int
    nets: list[Money]
    since: datetime | None
    drafts: list[Invoice]
    drafted_on: date | None
    is_postpaid: bool


def accounts_that_owe() -> QuerySet[CreditAccount]:
    """The accounts that owe something, by client."""
    return CreditAccount.objects.filter(debt_minutes__gt=0).select_related("organisation").order_by("organisation__name", "name", "pk")


def by_account(listed: Iterable[CreditAccount], *, at: datetime) -> list[OwedAccount]:
    """How these accounts stand. Three queries, however many there are."""
    accounts = list(listed)
    found: defaultdict[int, list[OwedDebt]] = defaultdict(list)
    for one in of_accounts(accounts):
        found[one.debt.account_id].append(one)
    postpaid = agreements.postpaid_among({account.organisation_id for account in accounts}, on=local_date(at))
    return [_summed(account, found[account.pk], is_postpaid=account.organisation_id in postpaid) for account in accounts]


def of_accounts(listed: Iterable[CreditAccount]) -> list[OwedDebt]:
    """The debts that are open in these accounts, by age, each with where it is invoiced. Two queries."""
    mine = list(owed.open_debts().filter(account__in=[account.pk for account in listed]))
    lines = InvoiceLine.objects.filter(top_up__debt__in=mine, invoice__state=InvoiceState.DRAFT).select_related("invoice", "top_up")
    drafts = {line.top_up.debt_id: line.invoice for line in lines if line.top_up is not None}
    return [OwedDebt(debt, owed.price(debt).net, drafts.get(debt.pk), _drafted_on(debt)) for debt in mine]


def invoices_of(account: CreditAccount) -> QuerySet[Invoice]:
    """The invoices of what the account owed once, the latest first."""
    about = Q(lines__top_up__debt__account=account) & ~Q(lines__top_up__state=TopUpState.CANCELLED)
    return Invoice.objects.issued().filter(about).distinct().order_by("-issued_on", "-pk")


def _summed(account: CreditAccount, found: list[OwedDebt], *, is_postpaid: bool) -> OwedAccount:
    nets: dict[str, Decimal] = {}
    for one in found:
        nets[str(one.net.currency)] = nets.get(str(one.net.currency), Decimal(0)) + one.net.amount
    return OwedAccount(
        account=account,
        minutes=account.debt_minutes,
        nets=[Money(net, currency) for currency, net in nets.items()],
        since=min((one.debt.entry.recorded_at for one in found), default=None),
        drafts=list({one.invoice.pk: one.invoice for one in found if one.invoice is not None}.values()),
        drafted_on=min((one.drafted_on for one in found if one.invoice is None), default=None),
        is_postpaid=is_postpaid,
    )


def _drafted_on(debt: Debt) -> date:
    """The first day of the month after the one in which it came to be owed."""
    return debts.month_after(local_date(debt.entry.recorded_at))
