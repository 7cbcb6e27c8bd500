"""What we owe clients, by client and currency (rules C13, P5, I3): for finance's list, and for the client's own page."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import F, QuerySet, Sum
from djmoney.money import Money

from clients.models import Organisation
from invoicing import payouts, terms
from invoicing.models import Invoice, InvoiceKind, Payment, Payout
from invoicing.models.payouts import LIVE

ZERO = Decimal(0)


@dataclass(kw_only=True)
class Owed:
    """In one currency: `surplus` of invoices that were credited, money `kept`, `refunds` of credit that no invoice of ours sold.

    `payouts` are those that are not closed, and take their sums of what is kept. `least`: less than this is left where it is.
    """

    organisation: Organisation
    currency: str
    surplus: Decimal = ZERO
    kept: Decimal = ZERO
    refunds: Decimal = ZERO
    payouts: list[Payout] = field(default_factory=list)
    least: Decimal = ZERO

    @property
    def together(self) -> Money:
        """All that we owe."""
        return Money(self.surplus + self.kept + self.refunds, self.currency)

    @property
    def set_aside(self) -> Money:
        """What payouts take of it."""
        return Money(sum((payout.amount for payout in self.payouts), ZERO), self.currency)

    @property
    def free(self) -> Money:
        """What no payout takes."""
        return self.together - self.set_aside

    @property
    def kept_money(self) -> Money:
        """What is kept, with what payouts take of it."""
        return Money(self.kept, self.currency)

    @property
    def kept_free(self) -> Money:
        """What is kept, and no payout takes: as much can be used at once."""
        return self.kept_money - self.set_aside

    @property
    def waits(self) -> bool:
        """Whether something is to be done about it."""
        return ZERO < self.free.amount >= self.least

    @property
    def parts(self) -> list[tuple[str, Money]]:
        """What it is made of, by the name of each part; what is nothing is left out."""
        named = [("surplus", self.surplus), ("kept", self.kept), ("refunds", self.refunds)]
        return [(name, Money(amount, self.currency)) for name, amount in named if amount]


def owed(organisations: Iterable[int] | None = None) -> list[Owed]:
    """What we owe, by name of the client; of these clients only where they are named. A fixed number of queries."""
    wanted = None if organisations is None else set(organisations)
    offered = terms.offered()
    found: dict[tuple[int, str], Owed] = {}

    def add(organisation: int, currency: str, name: str, amount: Decimal) -> None:
        one = found.setdefault((organisation, currency), Owed(organisation=clients[organisation], currency=currency))
        setattr(one, name, getattr(one, name) + amount)

    sums, live = list(_sums(wanted)), _live(wanted)
    clients = Organisation.objects.in_bulk({organisation for organisation, *_rest in sums})
    for row in sums:
        add(*row)
    for one in found.values():
        one.least = offered.overpaid_left if offered is not None else ZERO
        one.payouts = live.get((one.organisation.pk, one.currency), [])
    listed = [one for one in found.values() if one.together.amount or one.payouts]
    return sorted(listed, key=lambda one: (one.organisation.name, one.currency))


def of_one(organisation: Organisation, currency: str) -> Owed:
    """What we owe one client in a currency, be it nothing."""
    found = [one for one in owed([organisation.pk]) if one.currency == currency]
    return found[0] if found else Owed(organisation=organisation, currency=currency)


def open_invoices(organisation: Organisation, currency: str) -> QuerySet[Invoice]:
    """What the client owes us in that currency, the first due first."""
    invoices = Invoice.objects.issued().filter(organisation=organisation, currency=currency, kind=InvoiceKind.INVOICE)
    return invoices.filter(payable__gt=F("paid") + F("credited") + Decimal("0.005")).order_by("due_on", "pk")


def _sums(wanted: set[int] | None) -> Iterable[tuple[int, str, str, Decimal]]:
    """Client, currency, part and sum."""
    sums: list[tuple[str, QuerySet[Any], Any]] = [
        ("surplus", payouts.overpaid(), Sum(F("paid") + F("credited") - F("payable"))),
        ("kept", Payment.objects.filter(invoice=None), Sum("amount")),
    ]
    for name, rows, sum_of in sums:
        narrowed = rows if wanted is None else rows.filter(organisation__in=wanted)
        for row in narrowed.order_by().values("organisation_id", "currency").annotate(sum=sum_of):
            yield row["organisation_id"], row["currency"], name, row["sum"]
    for refund in payouts.unsold_refunds(wanted):
        yield refund.entry.account.organisation_id, str(refund.total.currency), "refunds", refund.total.amount


def _live(wanted: set[int] | None) -> dict[tuple[int, str], list[Payout]]:
    """The payouts that are not closed, of each client in each currency, in the order in which they were proposed."""
    live = Payout.objects.filter(state__in=LIVE)
    found: dict[tuple[int, str], list[Payout]] = {}
    for payout in (live if wanted is None else live.filter(organisation__in=wanted)).order_by("pk"):
        found.setdefault((payout.organisation_id, payout.currency), []).append(payout)
    return found
