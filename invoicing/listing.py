"""The list of invoices at the desk: which there are, how they stand, and how old is what is open (rules I1, I5)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Count, DecimalField, ExpressionWrapper, F, Q, Sum
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from djmoney.money import Money

from invoicing import standing
from invoicing.models import Invoice, InvoiceKind, InvoiceQuerySet, InvoiceState
from invoicing.standing import Standing, Sums
from people.models import Person

DRAFTS, OPEN, OVERDUE, PAID, CREDIT_NOTES, ALL = "drafts", "open", "overdue", "paid", "credit-notes", "all"
WRITTEN_OFF = "written-off"
TABS: dict[str, str | Promise] = {
    DRAFTS: _("Drafts"),
    OPEN: pgettext_lazy("invoices", "Open"),
    OVERDUE: pgettext_lazy("invoices", "Overdue"),
    PAID: pgettext_lazy("invoices", "Paid"),
    WRITTEN_OFF: pgettext_lazy("invoices", "Written off"),
    CREDIT_NOTES: _("Credit notes"),
    ALL: pgettext_lazy("invoices", "All"),
}
HALF_A_CENT = Decimal("0.005")
LEFT = ExpressionWrapper(F("payable") - F("credited") - F("paid"), output_field=DecimalField(max_digits=14, decimal_places=2))
AGES = (0, 30, 60, 90)
"""Days overdue up to which an open invoice belongs in each group of the age analysis; beyond the last is a group of its own."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the list is narrowed to. Days are those of the document; of a draft, the one it was made on."""

    tab: str = OPEN
    client: int | None = None
    first: date | None = None
    last: date | None = None
    words: str = ""


@dataclass(frozen=True)
class Row:
    """An invoice as it stands today. `refusal`: why it was not issued just now, or cannot be as it is."""

    invoice: Invoice
    standing: Standing
    days_overdue: int
    refusal: str = ""


@dataclass(frozen=True)
class Tab:
    """One of the lists, and how much is on it."""

    code: str
    label: str | Promise
    count: int


@dataclass(frozen=True)
class Age:
    """What is open in one currency: not due, and overdue by up to 30, 60 and 90 days and by more."""

    groups: list[Money]
    together: Money

    @property
    def overdue(self) -> Money:
        """What of it is overdue."""
        return self.together - self.groups[0]


def found(wanted: Wanted, *, person: Person, today: date) -> InvoiceQuerySet:
    """The documents asked for, the latest first."""
    return _narrowed(wanted, person).filter(_of_tab(wanted.tab, today)).select_related("organisation__buyer", "preceding").order_by("-pk")


def tabs(wanted: Wanted, *, person: Person, today: date) -> list[Tab]:
    """How much is on each list, with the filters kept. One query."""
    counted = {code.replace("-", "_"): Count("pk", filter=_of_tab(code, today)) for code in TABS}
    counts = _narrowed(wanted, person).aggregate(**counted)
    return [Tab(code, label, counts[code.replace("-", "_")]) for code, label in TABS.items()]


def ages(wanted: Wanted, *, person: Person, today: date) -> list[Age]:
    """How old is what is open, by currency. One query."""
    due = [today - timedelta(days=days) for days in AGES]
    within = [Q(due_on__gte=due[0]), *(Q(due_on__lt=due[at], due_on__gte=due[at + 1]) for at in range(len(due) - 1)), Q(due_on__lt=due[-1])]
    sums = {f"age_{number}": Sum("left", filter=condition) for number, condition in enumerate(within)}
    listed = _narrowed(wanted, person).filter(_of_tab(OPEN, today)).values("currency").annotate(**sums).order_by("currency")
    return [_age([row[name] or Decimal(0) for name in sums], row["currency"]) for row in listed]


def rows(invoices: Iterable[Invoice], *, today: date, refused: dict[int, str] | None = None) -> list[Row]:
    """Each of them as it stands today."""
    said = refused or {}
    return [_row(invoice, today, said.get(invoice.pk, "")) for invoice in invoices]


def standing_of(invoice: Invoice, *, today: date) -> Standing:
    """How it stands on that day."""
    sums = Sums(payable=invoice.payable, paid=invoice.paid, credited=invoice.credited, written_off=invoice.written_off)
    return standing.of(kind=invoice.kind, state=invoice.state, sums=sums, due_on=invoice.due_on, today=today)


def _row(invoice: Invoice, today: date, refusal: str) -> Row:
    stands = standing_of(invoice, today=today)
    return Row(invoice, stands, standing.days_overdue(invoice.due_on, today) if stands == standing.OVERDUE else 0, refusal)


def _age(sums: list[Decimal], currency: str) -> Age:
    return Age([Money(amount, currency) for amount in sums], Money(sum(sums, Decimal(0)), currency))


def _narrowed(wanted: Wanted, person: Person) -> InvoiceQuerySet:
    invoices = Invoice.objects.visible_to(person).annotate(left=LEFT)
    if wanted.client is not None:
        invoices = invoices.filter(organisation=wanted.client)
    for day, comparison in ((wanted.first, "gte"), (wanted.last, "lte")):
        if day is not None:
            drafted = Q(issued_on=None, **{f"drafted_at__date__{comparison}": day})
            invoices = invoices.filter(Q(**{f"issued_on__{comparison}": day}) | drafted)
    return invoices.filter(_named(wanted.words)) if wanted.words else invoices


def _named(words: str) -> Q:
    """By the beginning of a number, a reference of a payment as it is typed, or the client."""
    digits = "".join(words.split())
    by_reference = Q(ocr__startswith=digits) if digits.isascii() and digits.isdigit() else Q()
    return Q(number__istartswith=digits) | by_reference | Q(organisation__name__icontains=words)


def _of_tab(tab: str, today: date) -> Q:
    issued = Q(state=InvoiceState.ISSUED, kind=InvoiceKind.INVOICE)
    conditions = {
        DRAFTS: Q(state=InvoiceState.DRAFT),
        OPEN: issued & Q(left__gt=HALF_A_CENT),
        OVERDUE: issued & Q(left__gt=HALF_A_CENT, due_on__lt=today),
        PAID: issued & Q(left__lte=HALF_A_CENT, written_off=0),
        WRITTEN_OFF: issued & Q(written_off__gt=0),
        CREDIT_NOTES: Q(state=InvoiceState.ISSUED, kind=InvoiceKind.CREDIT_NOTE),
    }
    return conditions.get(tab, ~Q(pk=None))
