"""Debt at month's end: what credit did not cover is invoiced by itself, at its own price (rules C11, I7).

When the provider's month is over, each debt from before it becomes an order of exactly what is open of it (`credits.owed`),
and all those of an account stand on one draft, a line for each: what, and when. Issued, each grants a lot of that size that
pays it. Finance may do so at any time. A postpaid client pays all its hours like that.

Until it is issued a draft follows its debts: where a top-up paid some of one, or hours were taken back, it is dropped and
drafted anew. What is open is read under the lock of the account, here and when it is issued: no paid minute is invoiced.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import groupby

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from clients import provider
from clients.agreements import local_date
from core.errors import DomainError
from core.formatting import day_month
from core.sentences import sentence
from credits import accounts, owed
from credits.accounts import CreditAccount
from credits.ledger import Entry, EntryKind
from credits.owed import Debt
from credits.topups import TopUp, TopUpState
from invoicing import composing, life, sources, terms
from invoicing.facts import Unit
from invoicing.models import Invoice, InvoiceLine, InvoiceState
from people.models import Person

LONGEST_TEXT = 300


class NothingOwed(DomainError):
    """The account owes nothing that is not invoiced already."""

    message = gettext_lazy("Nothing is owed here that is not invoiced already. Nothing has changed.")


def invoice_debts_due(at: datetime) -> int:
    """Draft what was owed at the end of the last month, and draft anew what has changed; how many drafts (rule C11). A job."""
    return len(pull_debts(by=None, at=at)) if terms.offered() is not None else 0


def pull_debts(*, by: Person | None, at: datetime) -> list[Invoice]:
    """A draft for each account with debts of a month that is over, and anew for those that changed (rule C11).

    Late, twice or by two at once is harmless.
    """
    drafts = [invoice for draft in outdated() for invoice in renew(draft, at=at)]
    by_account = groupby(due(at=at), key=lambda debt: debt.account_id)
    found = [invoice for _account, debts in by_account for invoice in draft_debts(list(debts), by=by, at=at)]
    return drafts + found


def due(*, at: datetime) -> QuerySet[Debt]:
    """What was owed before this month of the provider's, and stands on no draft or invoice yet, by account (rule C11)."""
    return not_invoiced(owed.open_debts(before=month_began(at)))


def not_invoiced(debts: QuerySet[Debt]) -> QuerySet[Debt]:
    """Those of `debts` that no draft and no invoice has a line about."""
    lines = InvoiceLine.objects.filter(top_up__debt__isnull=False).exclude(top_up__state=TopUpState.CANCELLED)
    return debts.exclude(pk__in=lines.values("top_up__debt"))


def month_began(at: datetime) -> datetime:
    """The instant at which the present month began in the provider's zone."""
    first = datetime.combine(local_date(at).replace(day=1), time.min, tzinfo=provider.current().zone)
    return first.astimezone(UTC)


def month_after(day: date) -> date:
    """The first day of the following month: what came to be owed on `day` is invoiced then."""
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)


def outdated() -> QuerySet[Invoice]:
    """Drafts with debts of which another part is open now."""
    drafts = Invoice.objects.filter(state=InvoiceState.DRAFT, lines__top_up__in=owed.changed())
    return drafts.order_by("pk").distinct()


@transaction.atomic
def invoice_now(*, account: CreditAccount, by: Person, at: datetime) -> list[Invoice]:
    """Draft all that the account owes, without waiting for the month's end (rule C11): a draft for each currency.

    Where it stands on drafts already, those. Raises NotAllowed for anybody but finance, InvoicingNotSet, NothingOwed.
    """
    life.check_finance(by)
    terms.current()
    accounts.lock([account.pk])
    mine = owed.open_debts().filter(account=account)
    made = draft_debts(list(not_invoiced(mine)), by=by, at=at)
    standing = Invoice.objects.filter(state=InvoiceState.DRAFT, lines__top_up__debt__in=mine.order_by().values("pk"))
    found = made or list(standing.order_by("pk").distinct())
    if not found:
        raise NothingOwed
    return found


@transaction.atomic
def draft_debts(debts: Iterable[Debt], *, by: Person | None, at: datetime) -> list[Invoice]:
    """What is open of these debts of one account, on one draft for each currency; none where somebody was first (rule C11)."""
    debts = list(debts)
    accounts.lock({debt.account_id for debt in debts})
    orders = [order for debt in debts if (order := owed.order(debt=debt, by=by, at=at)) and order.lot_id is None]
    orders.sort(key=lambda order: str(order.net.currency))
    found = (_drafted(list(same), by=by, at=at) for _currency, same in groupby(orders, key=lambda order: str(order.net.currency)))
    return [invoice for invoice in found if invoice is not None]


@transaction.atomic
def renew(draft: Invoice, *, at: datetime) -> list[Invoice]:
    """Drop a draft whose debts have changed, and draft what is open of them now (rule C11). Twice is harmless."""
    sources.lock_accounts(draft)
    draft = life.locked(draft)
    orders = sources.top_ups_of(draft)
    if draft.state != InvoiceState.DRAFT or not any(has_changed(order) for order in orders):
        return []
    reason = sentence(lambda: _("Some of what is owed has been paid or taken back meanwhile."))
    composing.dropped(draft, reason=reason, by=None, at=at)
    return draft_debts([order.debt for order in orders if order.debt is not None], by=draft.drafted_by, at=at)


def has_changed(order: TopUp) -> bool:
    """Whether another part of its debt is open than the order says. Its account is locked."""
    return order.debt is not None and order.lot_id is None and order.debt.open_minutes != order.minutes


def _drafted(orders: list[TopUp], *, by: Person | None, at: datetime) -> Invoice | None:
    account = orders[0].account
    draft = composing.empty(
        account.organisation, cause=f"debts:{account.pk}:{orders[0].pk}", currency=str(orders[0].net.currency), by=by, at=at
    )
    draft.order_reference = account.reference or draft.order_reference
    return composing.written(draft, [_line(order) for order in orders], at=at, by=by)


def _line(order: TopUp) -> InvoiceLine:
    """By the minute with the price of an hour (rule I2); what was done stands in the entry that left the debt."""
    entry = order.debt.entry if order.debt is not None else None
    with override(order.account.organisation.language):
        text = said(entry, order.account) if entry is not None else ""
    return InvoiceLine(
        text=text,
        quantity=Decimal(order.minutes),
        unit=Unit.MINUTE,
        price=order.price_per_hour.amount,
        base=composing.MINUTES_OF_AN_HOUR,
        net=order.net.amount,
        vat_percent=order.vat_percent,
        top_up=order,
    )


def said(entry: Entry, account: CreditAccount) -> str:
    """What the entry was for, and when: as far as it says so, and which account it belongs to."""
    what = _("Server support") if entry.kind == EntryKind.DEDUCTION else str(entry.get_kind_display())
    parts = [f"{what} {day_month(entry.occurred_on, date.min)}", entry.text, account.name]
    return " · ".join(part for part in parts if part)[:LONGEST_TEXT]
