"""What an estimate says: its lines, its milestones, and what no estimate may say (rules D1, D3, D6, I2).

Quantities and prices have two decimals at most, so that what is printed comes to what is charged. Sums are without VAT;
VAT is rounded once per rate.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from clients import sales, vat
from clients.agreements import local_date
from clients.vat import Treatment
from core.errors import DomainError
from delivery import money, terms
from delivery.models import Basis, Estimate, EstimateLine, EstimateState, LineKind, Milestone
from people.models import Language

LONGEST_VALIDITY = timedelta(days=366)
LONGEST_LINE, LONGEST_STEP, LONGEST_TEXT = 200, 120, 20_000
MOST_ROWS = 200
MOST_QUANTITY = 100_000
MOST_CREDIT_PRICE = 1_000_000


class LineRefused(DomainError):
    """A line has no text, or a quantity or price that is zero, negative, finer than a hundredth or beyond reason."""

    def __init__(self, position: int) -> None:
        super().__init__(position)
        self.position = position

    @property
    def message(self) -> str:
        """Which line."""
        said = _(
            "Line %(number)s needs a text, a quantity and a price, both above zero, within reason and with two decimals at most. "
            "Nothing has changed."
        )
        return said % {"number": self.position}


class SumAbsurd(DomainError):
    """The sum is beyond all reason: a slip of the pen."""

    message = _("The sum is 100 million or more: that must be a slip of the pen. Nothing has changed.")


class MilestonesOff(DomainError):
    """The milestones do not come to the estimate's sum."""

    message = _("The milestones have to come to the sum of the lines without VAT, each above zero and with a title. Nothing has changed.")


class BasisDiffers(DomainError):
    """A change estimate extends what is accepted, on the same basis."""

    message = _("A change estimate has the basis of what is accepted: fixed price, ceiling or running account. Nothing has changed.")


class CurrenciesMixed(DomainError):
    """One task, one currency."""

    message = _("All sums of a task are in one currency. Nothing has changed.")


class ValidityRefused(DomainError):
    """The last day lies in the past, or more than a year ahead."""

    message = _("An estimate is valid until a day from today to a year ahead. Nothing has changed.")


class CreditPriceRefused(DomainError):
    """What an hour of credit pays is negative, or beyond reason."""

    message = _("What an hour of credit pays is a sum above zero within reason, or left empty. Nothing has changed.")


class TextTooLong(DomainError):
    """More words than an estimate has room for, or more rows."""

    message = _("That is too long for an estimate: 20,000 characters of text and 200 lines at most. Nothing has changed.")


@dataclass(frozen=True)
class Line:
    """One line: `quantity` hours, kilometres or pieces at `unit_price` without VAT. `vat_percent` None: the provider's rate."""

    kind: LineKind
    text: str
    quantity: Decimal
    unit_price: Decimal
    vat_percent: Decimal | None = None


@dataclass(frozen=True)
class Step:
    """A milestone: what is reached, and which part of the net is invoiced then."""

    title: str
    net: Decimal
    planned_on: date | None = None


@dataclass(frozen=True)
class Content:
    """What an estimate says. `currency` "": the task's. `valid_until` None: the provider's usual days from when it is handed in.

    `terms` "": the provider's, in the client's language. `credit_price_per_hour` None: the provider's, where it offers
    one at all; 0: not offered here (rule D6).
    """

    lines: Sequence[Line]
    basis: Basis = Basis.CEILING
    intro: str = ""
    terms: str = ""
    valid_until: date | None = None
    milestones: Sequence[Step] = ()
    currency: str = ""
    credit_price_per_hour: Decimal | None = None


def of(estimate: Estimate) -> Content:
    """What `estimate` says, to begin another one from. A rate of VAT that followed from the buyer is found anew."""
    domestic = estimate.vat_treatment == Treatment.DOMESTIC
    return Content(
        lines=[
            Line(LineKind(line.kind), line.text, line.quantity, line.unit_price, line.vat_percent if domestic else None)
            for line in estimate.lines.order_by("position")
        ],
        basis=Basis(estimate.basis),
        intro=estimate.intro,
        terms=estimate.terms,
        valid_until=estimate.valid_until,
        milestones=[Step(step.title, step.net, step.planned_on) for step in estimate.milestones.order_by("position")],
        credit_price_per_hour=estimate.credit_price_per_hour or Decimal(0),
    )


def says(estimate: Estimate, content: Content) -> bool:
    """Whether `estimate` says just this: the form that began it was sent twice."""
    said = of(estimate)
    lines = [(line.kind, _clean(line.text), line.quantity, line.unit_price, _percent(estimate, line)) for line in content.lines]
    stands = [(line.kind, line.text, line.quantity, line.unit_price, _percent(estimate, line)) for line in said.lines]
    steps = [(_clean(step.title), step.net, step.planned_on) for step in content.milestones]
    words = (content.basis, _clean(content.intro), content.valid_until or estimate.valid_until)
    return (
        lines == stands
        and steps == [(step.title, step.net, step.planned_on) for step in said.milestones]
        and words == (said.basis, said.intro, said.valid_until)
    )


def check(estimate: Estimate, content: Content, *, at: datetime) -> None:
    """Refuse what no estimate of this task may say.

    Raises LineRefused, SumAbsurd, MilestonesOff, BasisDiffers, CurrenciesMixed, ValidityRefused, CreditPriceRefused,
    TextTooLong.
    """
    _check_rows(content)
    if content.currency not in ("", estimate.task.currency):
        raise CurrenciesMixed
    if not (content.credit_price_per_hour is None or _is_amount(content.credit_price_per_hour, below=MOST_CREDIT_PRICE, least=0)):
        raise CreditPriceRefused
    first = estimate.task.estimates.filter(state=EstimateState.ACCEPTED).order_by("number").first()
    if first is not None and content.basis != first.basis:
        raise BasisDiffers
    today = local_date(at)
    if content.valid_until is not None and not today <= content.valid_until <= today + LONGEST_VALIDITY:
        raise ValidityRefused


def fill(estimate: Estimate, content: Content) -> None:
    """The columns that the content gives, with the sums."""
    estimate.basis, estimate.intro = content.basis, _clean(content.intro)
    estimate.terms = _clean(content.terms) or usual_terms(estimate)
    estimate.valid_until, estimate.vat_treatment = content.valid_until, treatment_of(estimate)
    asked, offered = content.credit_price_per_hour, terms.offered()
    usual = offered.credit_price_per_hour if offered else None
    estimate.credit_price_per_hour = usual if asked is None else asked or None
    found = totals(estimate, content.lines)
    estimate.net, estimate.vat, estimate.total = found.net, found.vat, found.total


def write_rows(estimate: Estimate, content: Content) -> None:
    """The lines and milestones of a draft, in place of those that it had."""
    estimate.lines.all().delete()
    estimate.milestones.all().delete()
    EstimateLine.objects.bulk_create(
        EstimateLine(
            estimate=estimate,
            position=position,
            kind=line.kind,
            text=_clean(line.text),
            quantity=line.quantity,
            unit_price=line.unit_price,
            net=money.line_net(line.quantity, line.unit_price),
            vat_percent=_percent(estimate, line),
        )
        for position, line in enumerate(content.lines, start=1)
    )
    Milestone.objects.bulk_create(
        Milestone(estimate=estimate, position=position, title=_clean(step.title), net=step.net, planned_on=step.planned_on)
        for position, step in enumerate(content.milestones, start=1)
    )


def totals(estimate: Estimate, lines: Sequence[Line]) -> money.Totals:
    """What `lines` come to, with the VAT that the client of the estimate bears."""
    return money.totals((money.line_net(line.quantity, line.unit_price), _percent(estimate, line)) for line in lines)


def treatment_of(estimate: Estimate) -> Treatment:
    """How VAT is treated between the provider and the client as they are now (rule I2)."""
    return sales.treatment(estimate.task.organisation)


def usual_terms(estimate: Estimate) -> str:
    """The provider's terms, in the client's language."""
    offered = terms.offered()
    if offered is None:
        return ""
    return offered.terms_sv if estimate.task.organisation.language == Language.SWEDISH else offered.terms_en


def _check_rows(content: Content) -> None:
    """Each line for itself, then what they come to, alone and by milestone."""
    for position, line in enumerate(content.lines, start=1):
        if not _is_sound(line):
            raise LineRefused(position)
    if len(content.lines) + len(content.milestones) > MOST_ROWS or max(len(content.intro), len(content.terms)) > LONGEST_TEXT:
        raise TextTooLong
    net = sum((money.line_net(line.quantity, line.unit_price) for line in content.lines), Decimal(0))
    if net >= money.MOST_NET:
        raise SumAbsurd
    if content.milestones and not _adds_up(content.milestones, net):
        raise MilestonesOff


def _clean(text: str) -> str:
    return text.replace("\0", "").replace("\r\n", "\n").strip()


def _is_sound(line: Line) -> bool:
    amounts = _is_amount(line.quantity, below=MOST_QUANTITY) and _is_amount(line.unit_price, below=money.MOST_NET)
    share = line.vat_percent is None or _is_amount(line.vat_percent, below=Decimal("100.01"), least=0)
    return amounts and share and money.line_net(line.quantity, line.unit_price) > 0 and 0 < len(_clean(line.text)) <= LONGEST_LINE


def _is_amount(value: Decimal, *, below: Decimal | int, least: Decimal | int = money.CENT) -> bool:
    """A number with two decimals at most, from `least` and `below` an end."""
    return value.is_finite() and least <= value < below and value == money.to_cents(value)


def _adds_up(steps: Sequence[Step], net: Decimal) -> bool:
    sound = all(_is_amount(step.net, below=money.MOST_NET) and 0 < len(_clean(step.title)) <= LONGEST_STEP for step in steps)
    return sound and sum((step.net for step in steps), Decimal(0)) == net


def _percent(estimate: Estimate, line: Line) -> Decimal:
    """The VAT of a line: none where the treatment has none, else its own rate, or the provider's."""
    domestic = line.vat_percent if line.vat_percent is not None else terms.current().vat_percent
    return vat.percent(vat.Treatment(estimate.vat_treatment), domestic)
