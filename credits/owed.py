"""Debt that is invoiced: what is open of it becomes an order of exactly that much, at its own price and VAT (rules C11, I7).

Nobody orders it. Its credit comes when the invoice is issued, and pays the debt with that. Where a top-up pays some of the
debt before, or hours are taken back, the order is replaced by one of what is open then: no minute is invoiced that is paid.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import F, Q, QuerySet

from clients.models import CreditOn
from credits import accounts, topups
from credits.models import Debt, TopUp, TopUpState
from credits.terms import Rate
from people.models import Person

__all__ = ["Debt", "changed", "open_debts", "order", "price"]


def open_debts(*, before: datetime | None = None) -> QuerySet[Debt]:
    """What is owed and costs something, by account and age; with `before`, what was owed before that instant (rule C11)."""
    found = Debt.objects.filter(open_minutes__gt=0, price_per_hour__gt=0)
    if before is not None:
        found = found.filter(entry__recorded_at__lt=before)
    return found.select_related("account__organisation", "entry").order_by("account_id", "pk")


def changed() -> QuerySet[TopUp]:
    """Orders of debts of which another part is open than they say, and that are not credit yet."""
    return TopUp.objects.filter(~Q(minutes=F("debt__open_minutes")), debt__isnull=False, state=TopUpState.ORDERED, lot=None)


def price(debt: Debt) -> topups.Price:
    """What is open of the debt costs, at its own price and VAT (rule C11)."""
    return topups.priced(debt.open_minutes, Rate(price_per_hour=debt.price_per_hour, vat_percent=debt.vat_percent))


@transaction.atomic
def order(*, debt: Debt, by: Person | None, at: datetime) -> TopUp | None:
    """The order of what is open of the debt, to be invoiced (rule C11). The same as long as that much is open.

    None where nothing is open, or what is open costs nothing. `by` is who wants it invoiced now; None: its month is over.
    """
    accounts.lock([debt.account_id])
    debt = Debt.objects.select_related("account", "entry").get(pk=debt.pk)
    live = TopUp.objects.filter(debt=debt).exclude(state=TopUpState.CANCELLED).select_related("account").first()
    if live is not None:
        if live.lot_id is not None or live.minutes == debt.open_minutes:
            return live
        live.state, live.closed_at, live.closed_by = TopUpState.CANCELLED, at, by
        live.save(update_fields=["state", "closed_at", "closed_by"])
    costs = price(debt)
    if not debt.open_minutes or not costs.net.amount:
        return None
    return TopUp.objects.create(
        account=debt.account,
        debt=debt,
        cause=f"debt:{debt.pk}:{debt.top_ups.count() + 1}",
        minutes=debt.open_minutes,
        price_per_hour=debt.price_per_hour,
        net=costs.net,
        vat_percent=costs.vat_percent,
        vat=costs.vat,
        total=costs.total,
        reference=debt.account.reference,
        credit_on=CreditOn.ISSUE,
        state=TopUpState.ORDERED,
        ordered_at=at,
        ordered_by=by,
    )
