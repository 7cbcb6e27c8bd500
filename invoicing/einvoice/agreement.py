"""An invoice must agree with itself before a machine reads it (rules I2, I4). Pure but for the words of its refusal.

EN 16931 adds everything up again, and so do we, before a document is written: lines to nets, nets and rates to VAT, all of it to
what is to be paid. A difference is a fault of ours; the document is not written, and the difference is named.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext as _

from core.errors import DomainError
from invoicing.einvoice.texts import CENT
from invoicing.facts import InvoiceFacts, Kind, Line, VatCategory, VatRow

Treatment = tuple[VatCategory, Decimal]


class NotInAgreement(DomainError):
    """Figures of the invoice contradict each other. `faults` names all of them, in words."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__(faults)
        self.faults = tuple(faults)

    @property
    def message(self) -> str:
        """Every contradiction, in one sentence."""
        return _("The e-invoice was not written, for its figures do not agree: %(faults)s.") % {"faults": "; ".join(self.faults)}


def require_agreement(facts: InvoiceFacts) -> None:
    """Raise NotInAgreement unless every figure of `facts` follows from the lines."""
    faults = [fault for part in (_of_the_lines(facts), _of_the_vat(facts), _of_the_totals(facts), _of_the_form(facts)) for fault in part]
    if faults:
        raise NotInAgreement(faults)


def _of_the_lines(facts: InvoiceFacts) -> Iterator[str]:
    for line in facts.lines:
        yield from _of_a_line(line)
    if len({line.position for line in facts.lines}) != len(facts.lines):
        yield _("two lines have the same position")
    yield from _unequal(_("the net"), facts.net, sum((line.net for line in facts.lines), Decimal(0)))


def _of_a_line(line: Line) -> Iterator[str]:
    if line.base <= 0:
        yield _("line %(position)s has no quantity that its price is for") % {"position": line.position}
        return
    expected = (line.quantity * line.price / line.base).quantize(CENT, rounding=ROUND_HALF_UP)
    if abs(expected - line.net) > CENT:
        yield _("line %(position)s says %(said)s, which should be %(expected)s") % {
            "position": line.position,
            "said": line.net,
            "expected": expected,
        }


def _of_the_vat(facts: InvoiceFacts) -> Iterator[str]:
    nets: defaultdict[Treatment, Decimal] = defaultdict(Decimal)
    for line in facts.lines:
        nets[line.category, line.vat_percent.normalize()] += line.net
    rows = [(row.category, row.percent.normalize()) for row in facts.vat_rows]
    if sorted(rows) != sorted(nets):
        yield _("the VAT is not given once for each rate of the lines")
    if len(nets) > 1 and any(category == VatCategory.OUTSIDE_SCOPE for category, _percent in nets):
        yield _("what is outside the scope of VAT stands beside what is not")
    for row in facts.vat_rows:
        yield from _of_a_row(row, nets.get((row.category, row.percent.normalize()), Decimal(0)), _slack(facts))
    yield from _unequal(_("the VAT"), facts.vat, sum((row.vat for row in facts.vat_rows), Decimal(0)))


def _slack(facts: InvoiceFacts) -> Decimal:
    """What is left of an invoice that was credited in parts can differ by a cent from what its own net gives."""
    return CENT if facts.kind == Kind.CREDIT_NOTE else Decimal(0)


def _of_a_row(row: VatRow, net: Decimal, slack: Decimal) -> Iterator[str]:
    yield from _unequal(_("the net at %(percent)s %%") % {"percent": row.percent}, row.net, net)
    expected = (row.net * row.percent / 100).quantize(CENT, rounding=ROUND_HALF_UP)
    if abs(row.vat - expected) > slack:
        yield from _unequal(_("the VAT at %(percent)s %%") % {"percent": row.percent}, row.vat, expected)
    if (row.percent > 0) != (row.category == VatCategory.STANDARD):
        yield _("a rate of %(percent)s %% does not go with how VAT is treated") % {"percent": row.percent}


def _of_the_totals(facts: InvoiceFacts) -> Iterator[str]:
    yield from _unequal(_("the total"), facts.total, facts.net + facts.vat)
    yield from _unequal(_("the sum to pay"), facts.payable, facts.total - facts.prepaid + facts.rounding)
    if facts.total < 0:
        yield _("the total is below zero, which would be the other kind of document")
    if facts.vat_in_books is not None and facts.vat_in_books * facts.vat < 0:
        yield _("the VAT goes the other way in the other currency")


def _of_the_form(facts: InvoiceFacts) -> Iterator[str]:
    amounts = [facts.net, facts.vat, facts.total, facts.rounding, facts.prepaid, facts.payable, facts.vat_in_books or Decimal(0)]
    amounts += [line.net for line in facts.lines] + [amount for row in facts.vat_rows for amount in (row.net, row.vat)]
    if any(amount != amount.quantize(CENT) for amount in amounts):
        yield _("an amount has more than two decimals")
    if facts.period and facts.period[1] < facts.period[0]:
        yield _("the period ends before it begins")
    for line in facts.lines:
        if line.period and (facts.period is None or line.period[0] < facts.period[0] or line.period[1] > facts.period[1]):
            yield _("the period of a line lies outside of the invoice’s")


def _unequal(what: str, said: Decimal, expected: Decimal) -> Iterator[str]:
    if said != expected:
        yield _("%(what)s says %(said)s, which should be %(expected)s") % {"what": what, "said": said, "expected": expected}
