"""An estimate as it is read, on a page and on paper: its lines in words, its sums by rate of VAT, what the price means (rules D1, I2).

Words are made when they are asked for, in the language that is active then.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from babel.numbers import format_decimal
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from djmoney.money import Money

from core.formatting import money as priced
from delivery import money
from delivery.models import Basis, Estimate, EstimateKind, EstimateLine, EstimateState, LineKind, Milestone

WHAT_IT_MEANS = {
    Basis.FIXED: gettext_lazy("Fixed price: this is what you pay, whatever time it takes."),
    Basis.CEILING: gettext_lazy(
        "Ceiling: you pay for the hours and expenses that are used, and never more than this sum. Fixed sums are paid as they stand."
    ),
    Basis.RUNNING: gettext_lazy(
        "Running account: you pay for hours and expenses as they are used, within this sum. "
        "If more is needed, nothing more is done until you have accepted a change estimate. Fixed sums are paid as they stand."
    ),
}


@dataclass(frozen=True)
class Row:
    """A line with its money."""

    line: EstimateLine
    currency: str

    @property
    def text(self) -> str:
        """What it is for."""
        return self.line.text

    @property
    def kind(self) -> str:
        """Hours, a fixed sum, travel and so on."""
        return self.line.get_kind_display()

    @property
    def net(self) -> Money:
        """What it comes to, without VAT."""
        return Money(self.line.net, self.currency)

    @property
    def price(self) -> Money:
        """Of an hour, a kilometre or a piece."""
        return Money(self.line.unit_price, self.currency)

    @property
    def quantity(self) -> str:
        """“20 h”, “340 km”, “3”; Swedish “12,5 tim”. Nothing for one fixed sum."""
        said = number(self.line.quantity)
        if self.line.kind in (LineKind.HOURS, LineKind.TRAVEL):
            return _("%(number)s h") % {"number": said}
        if self.line.kind == LineKind.MILEAGE:
            return _("%(number)s km") % {"number": said}
        return "" if self.line.quantity == 1 else said

    @property
    def sentence(self) -> str:
        """The whole line in one, to compare it with another."""
        times = f"{self.quantity} × {priced(self.price)} = " if self.quantity else ""
        return f"{self.kind}: {self.text}. {times}{priced(self.net)}"


@dataclass(frozen=True)
class Part:
    """A milestone with its money."""

    step: Milestone
    currency: str

    @property
    def net(self) -> Money:
        """What of the sum is invoiced then, without VAT."""
        return Money(self.step.net, self.currency)


@dataclass(frozen=True)
class Rate:
    """What bears one rate of VAT, in percent."""

    percent: Decimal
    net: Money
    vat: Money


@dataclass(frozen=True)
class Sheet:
    """The estimate with all that is read of it. `accepted`: what the client has accepted of the task before, without VAT."""

    estimate: Estimate
    rows: Sequence[Row]
    parts: Sequence[Part]
    rates: Sequence[Rate]
    accepted: Money

    @property
    def name(self) -> str:
        """“Estimate D12:1”, or “Change estimate D12:2”."""
        return f"{self.estimate.get_kind_display()} {self.estimate}"

    @property
    def is_change(self) -> bool:
        """Whether it asks for more on top of what is accepted (rule D3)."""
        return self.estimate.kind == EstimateKind.CHANGE

    @property
    def together(self) -> Money:
        """What is accepted with this one."""
        return self.accepted + self.estimate.net_money

    @property
    def meaning(self) -> str:
        """What the price means."""
        return str(WHAT_IT_MEANS[Basis(self.estimate.basis)])

    @property
    def bears_vat(self) -> bool:
        """Whether VAT is added, or who accounts for it is said instead."""
        return self.estimate.vat_treatment == "domestic"

    @property
    def credit_price(self) -> Money | None:
        """What an hour of prepaid credit pays of it, where that is offered (rule D6)."""
        price = self.estimate.credit_price_per_hour
        return None if price is None else Money(price, self.estimate.currency)

    @property
    def sentences(self) -> list[str]:
        """All that it says, a line for each thing, to compare it with another."""
        credit, net, total = self.credit_price, self.estimate.net_money, self.estimate.total_money
        return [
            str(self.estimate.get_basis_display()),
            *self.estimate.intro.splitlines(),
            *(row.sentence for row in self.rows),
            *(_("Milestone: %(title)s. %(net)s") % {"title": part.step.title, "net": priced(part.net)} for part in self.parts),
            _("Without VAT: %(sum)s") % {"sum": priced(net)},
            _("With VAT: %(sum)s") % {"sum": priced(total)},
            *([_("An hour of credit pays %(sum)s") % {"sum": priced(credit)}] if credit else []),
            *self.estimate.terms.splitlines(),
        ]


def of(estimate: Estimate) -> Sheet:
    """The estimate as it is read. Three queries."""
    currency = estimate.currency
    lines = list(estimate.lines.order_by("position"))
    rates = money.totals((line.net, line.vat_percent) for line in lines).by_rate
    return Sheet(
        estimate=estimate,
        rows=[Row(line, currency) for line in lines],
        parts=[Part(step, currency) for step in estimate.milestones.order_by("position")],
        rates=[Rate(percent, Money(net, currency), Money(tax, currency)) for percent, (net, tax) in rates.items()],
        accepted=Money(_accepted_before(estimate), currency),
    )


def number(value: Decimal) -> str:
    """A quantity without zeros that say nothing: “20”, “12.5”, Swedish “12,5”."""
    return format_decimal(value, format="#,##0.##", locale=get_language() or "en")


def _accepted_before(estimate: Estimate) -> Decimal:
    earlier = estimate.task.estimates.filter(state=EstimateState.ACCEPTED, number__lt=estimate.number)
    return sum(earlier.values_list("net", flat=True), Decimal(0))
