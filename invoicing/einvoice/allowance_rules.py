"""Rules of Peppol for what is added or taken off (R040 to R046, rule I4). We write none such ourselves, and check them all the same."""

from collections.abc import Iterator
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from invoicing.einvoice.reading import Rule, every, figure, is_near, text
from invoicing.einvoice.trees import Element

SLACK = Decimal("0.02")
PLACES = ("cac:AllowanceCharge", "cac:InvoiceLine/cac:AllowanceCharge", "cac:CreditNoteLine/cac:AllowanceCharge")


def _on_document_and_lines(root: Element) -> Iterator[Element]:
    yield from (allowance for place in PLACES for allowance in every(root, place))


def _on_prices(root: Element) -> Iterator[Element]:
    yield from every(root, ".//cac:Price/cac:AllowanceCharge")


def _has_both(allowance: Element) -> bool:
    return bool(every(allowance, "cbc:MultiplierFactorNumeric") and every(allowance, "cbc:BaseAmount"))


def _amounts_follow(root: Element) -> Iterator[Element]:
    for allowance in filter(_has_both, _on_document_and_lines(root)):
        base, percent = figure(allowance, "cbc:BaseAmount"), figure(allowance, "cbc:MultiplierFactorNumeric")
        expected = None if base is None or percent is None else base * percent / 100
        if not is_near(figure(allowance, "cbc:Amount", Decimal(0)), expected, SLACK):
            yield allowance


def _percentages_have_a_base(root: Element) -> Iterator[Element]:
    stated = (one for one in _on_document_and_lines(root) if every(one, "cbc:MultiplierFactorNumeric"))
    yield from (one for one in stated if not every(one, "cbc:BaseAmount"))


def _bases_have_a_percentage(root: Element) -> Iterator[Element]:
    stated = (one for one in _on_document_and_lines(root) if every(one, "cbc:BaseAmount"))
    yield from (one for one in stated if not every(one, "cbc:MultiplierFactorNumeric"))


def _indicators_are_true_or_false(root: Element) -> Iterator[Element]:
    yield from (one for one in _on_document_and_lines(root) if text(one, "cbc:ChargeIndicator") not in {"true", "false"})


def _prices_only_fall(root: Element) -> Iterator[Element]:
    yield from (one for one in _on_prices(root) if text(one, "cbc:ChargeIndicator") != "false")


def _net_prices_follow(root: Element) -> Iterator[Element]:
    for allowance in _on_prices(root):
        gross, off = figure(allowance, "cbc:BaseAmount"), figure(allowance, "cbc:Amount", Decimal(0))
        expected = None if gross is None or off is None else gross - off
        if every(allowance, "cbc:BaseAmount") and not is_near(figure(allowance.getparent(), "cbc:PriceAmount"), expected, Decimal(0)):
            yield allowance


RULES = (
    Rule("PEPPOL-EN16931-R040", _("What is added or taken off does not follow from its base and percentage."), _amounts_follow),
    Rule("PEPPOL-EN16931-R041", _("A percentage is given without the amount it is of."), _percentages_have_a_base),
    Rule("PEPPOL-EN16931-R042", _("An amount is given without the percentage that is taken of it."), _bases_have_a_percentage),
    Rule("PEPPOL-EN16931-R043", _("It is not said whether something is added or taken off."), _indicators_are_true_or_false),
    Rule("PEPPOL-EN16931-R044", _("Something is added to a price; it may only be taken off."), _prices_only_fall),
    Rule("PEPPOL-EN16931-R046", _("A net price does not follow from the gross price and what is taken off."), _net_prices_follow),
)
