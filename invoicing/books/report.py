"""What we owe clients in prepaid credit, month by month (rule I6): by lot, by account, by rate of VAT, in minutes and in money.

Opening, what was sold, used, taken as penalties, expired, refunded and moved, closing: each lot's sums are those of its moves
in the books, so that they tie to the ledger in minutes and to the vouchers in money.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q, Sum
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from djmoney.money import Money

from clients import provider, vat
from clients.agreements import local_date
from core.formatting import percent
from credits.flows import to_cents
from delivery.report_files import Cell, Table
from invoicing.books import months
from invoicing.models import BookMove, BookRow, Meaning, Share

COLUMNS: dict[str, tuple[Share, ...]] = {
    "sold": (Share.SOLD, Share.TAKEN_OVER, Share.GIVEN),
    "used": (Share.USED, Share.ADJUSTED),
    "penalties": (Share.LATE_CHANGE, Share.NO_SHOW),
    "expired": (Share.EXPIRED,),
    "refunded": (Share.REFUNDED,),
    "reduced": (Share.REDUCED,),
    "moved": (Share.MOVED_IN, Share.MOVED_OUT),
}
HEADINGS = {
    "opening": pgettext_lazy("of a month", "Opening"),
    "sold": gettext_lazy("Sold"),
    "used": gettext_lazy("Used"),
    "penalties": gettext_lazy("Penalties"),
    "expired": gettext_lazy("Expired"),
    "refunded": gettext_lazy("Refunded"),
    "reduced": gettext_lazy("Price reduced"),
    "moved": gettext_lazy("Moved"),
    "closing": pgettext_lazy("of a month", "Closing"),
}
LOT = ("lot", "lot__account__organisation__name", "lot__account__name", "lot__granted_at", "lot__source", "lot__vat_percent")
ACCOUNT = ("lot__account__organisation__name", "lot__account__name")
RATE = ("lot__vat_percent", "lot__in_books__vat_treatment")
MOVED = (Share.MOVED_IN, Share.MOVED_OUT)


@dataclass(frozen=True)
class Figure:
    """Minutes, and what they are worth in the books."""

    minutes: int
    amount: Decimal

    @property
    def money(self) -> Money:
        """The amount in the currency of the books."""
        return in_money(self.amount)


@dataclass(frozen=True)
class Line:
    """One line of the report: what it is about, by the names of its columns, and its figures in their order."""

    about: dict[str, Any]
    figures: dict[str, Figure]

    @property
    def client(self) -> str:
        """The client and the account."""
        return f"{self.about['lot__account__organisation__name']} · {self.about['lot__account__name']}"

    @property
    def rate(self) -> str:
        """The rate of VAT, or why there is none."""
        treatment = vat.Treatment(self.about["lot__in_books__vat_treatment"])
        return percent(self.about["lot__vat_percent"]) if treatment == vat.Treatment.DOMESTIC else str(treatment.label)

    @property
    def cells(self) -> list[tuple[str | Promise, Figure]]:
        """The figures with their headings."""
        return [(HEADINGS[name], figure) for name, figure in self.figures.items()]


@dataclass(frozen=True)
class Bridge:
    """From the lots to the account of prepaid credit at the end of a day, in money of the books."""

    lots: Decimal
    not_yet_credit: Decimal
    not_ours: Decimal
    account: Decimal

    @property
    def expected(self) -> Decimal:
        """What the account comes to by the lots."""
        return self.lots + self.not_yet_credit - self.not_ours

    @property
    def ties(self) -> bool:
        """Whether it does."""
        return self.expected == self.account

    @property
    def steps(self) -> list[tuple[str, Money]]:
        """What it is made of, in words."""
        return [
            (_("Left in lots"), in_money(self.lots)),
            (_("Invoiced, and not credit yet"), in_money(self.not_yet_credit)),
            (_("Taken over, and in no voucher of ours"), in_money(-self.not_ours)),
            (_("On the account of prepaid credit"), in_money(self.account)),
        ]


def lines(month: date, by: tuple[str, ...]) -> list[Line]:
    """The report of a month by what is named: LOT, ACCOUNT or RATE; without what had nothing and did nothing. One query."""
    rows = _moves(months.last_of(month)).values(*by).order_by(*by[1:], by[0]).annotate(**_sums(months.first_of(month)))
    found = (Line({name: row[name] for name in by}, _figures(row)) for row in rows)
    return [line for line in found if any(figure.minutes or figure.amount for figure in line.figures.values())]


def total(month: date) -> Line:
    """The whole report in one line. One query."""
    return Line({}, _figures(_moves(months.last_of(month)).aggregate(**_sums(months.first_of(month)))))


def owed(month: date) -> Figure:
    """Work that no credit has paid yet, at the end of the month: accrued income."""
    sums = BookMove.objects.filter(lot=None, booked_on__lte=months.last_of(month)).aggregate(minutes=Sum("minutes"), amount=Sum("amount"))
    return Figure(sums["minutes"] or 0, to_cents(sums["amount"] or Decimal(0)))


def bridge(day: date) -> Bridge:
    """How the lots and the account of prepaid credit stand to each other at the end of a day. Four queries."""
    moves = _moves(day)
    by_line = _sum(moves.filter(share=Share.SOLD, lot__in_books__line__isnull=False), "amount")
    unbooked = _sum(moves.filter(event__voucher=None).exclude(share__in=MOVED), "amount")
    rows = BookRow.objects.filter(meaning=Meaning.ADVANCES, voucher__booked_on__lte=day)
    return Bridge(
        lots=_sum(moves, "amount"),
        not_yet_credit=-_sum(rows.filter(line__isnull=False), "amount") - by_line,
        not_ours=unbooked - by_line,
        account=-_sum(rows, "amount"),
    )


def in_money(amount: Decimal) -> Money:
    """An amount in the currency of the books."""
    return Money(amount, provider.current().currency)


def table(month: date) -> Table:
    """The report by lot as a list, in the active language."""
    headings = [_("Lot"), _("Client"), _("Account"), _("Bought"), _("VAT (percent)")]
    for heading in HEADINGS.values():
        headings += [_("%(column)s (minutes)") % {"column": heading}, str(heading)]
    return Table(f"{month:%Y-%m}", headings, [_cells(line) for line in lines(month, LOT)])


def _cells(line: Line) -> list[Cell]:
    about = line.about
    bought, rate = local_date(about["lot__granted_at"]).isoformat(), about["lot__vat_percent"]
    head: list[Cell] = [about["lot"], *(about[name] for name in ACCOUNT), bought, rate]
    return [*head, *(cell for figure in line.figures.values() for cell in (figure.minutes, figure.amount))]


def _moves(day: date) -> Any:
    return BookMove.objects.filter(lot__isnull=False, booked_on__lte=day)


def _sums(first: date) -> dict[str, Sum]:
    """The sums of a month that begins on `first`, of moves until its end: of each column its minutes and its amount."""
    within = Q(booked_on__gte=first)
    filters = {"opening": ~within, **{name: within & Q(share__in=shares) for name, shares in COLUMNS.items()}, "closing": Q()}
    return {f"{name}_{what}": Sum(what, filter=chosen) for name, chosen in filters.items() for what in ("minutes", "amount")}


def _figures(row: dict[str, Any]) -> dict[str, Figure]:
    return {name: Figure(row[f"{name}_minutes"] or 0, to_cents(row[f"{name}_amount"] or Decimal(0))) for name in HEADINGS}


def _sum(rows: Any, column: str) -> Decimal:
    return to_cents(rows.aggregate(sum=Sum(column))["sum"] or Decimal(0))
