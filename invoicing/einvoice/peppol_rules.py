"""Rules of Peppol BIS Billing 3.0 beyond EN 16931 (rule I4): references, addresses, currencies, lines, registered numbers."""

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise
from stdnum import ean
from stdnum.be import vat as be_vat
from stdnum.no import orgnr as no_orgnr

from invoicing.einvoice.identifiers import SWEDISH_NUMBER, is_swedish_number
from invoicing.einvoice.reading import Rule, every, figure, is_called, is_near, text, words
from invoicing.einvoice.trees import Element
from invoicing.einvoice.ubl import CUSTOMIZATION

GLN = "0088"
DANISH = re.compile(r"(DK)?\d{8}\Z", re.ASCII)
SLACK = Decimal("0.02")
ONE, NOTHING = Decimal(1), Decimal(0)
PROCESS = re.compile(r"urn:fdc:peppol\.eu:2017:poacc:billing:\d{2}:1\.0\Z")
DIRECT_DEBIT = {"49", "59"}
INVOICE_TYPES = {
    *("71", "80", "82", "84", "102", "218", "219", "331", "380", "382", "383", "386", "388", "393", "395", "553"),
    *("575", "623", "780", "817", "870", "875", "876", "877"),
}
CREDIT_NOTE_TYPES = {"381", "396", "81", "83", "532"}
IN_DOCUMENT_CURRENCY = (
    *("cbc:Amount", "cbc:BaseAmount", "cbc:PriceAmount", "cbc:TaxableAmount", "cbc:LineExtensionAmount", "cbc:TaxExclusiveAmount"),
    *("cbc:TaxInclusiveAmount", "cbc:AllowanceTotalAmount", "cbc:ChargeTotalAmount", "cbc:PrepaidAmount"),
    *("cbc:PayableRoundingAmount", "cbc:PayableAmount"),
)
CATEGORIES_OF_REASONS = {
    "P0104": ("VATEX-EU-G", "G"),
    "P0105": ("VATEX-EU-O", "O"),
    "P0106": ("VATEX-EU-IC", "K"),
    "P0107": ("VATEX-EU-AE", "AE"),
}
NUMBERS: dict[str, tuple[str, StrPromise, Callable[[str], bool]]] = {
    "R040": (GLN, _("A location number (GLN)"), lambda number: number.isdigit() and ean.is_valid(number)),
    "R041": ("0192", _("A Norwegian organisation number"), lambda number: len(number) == 9 and no_orgnr.is_valid(number)),
    "R042": ("0184", _("A Danish organisation number"), lambda number: bool(DANISH.match(number))),
    "R043": ("0208", _("A Belgian enterprise number"), lambda number: len(number) == 10 and be_vat.is_valid(number)),
    "R049": (SWEDISH_NUMBER, _("A Swedish organisation number"), is_swedish_number),
}
"""Of rules of the registers: the scheme, what a number of it is called, and whether a number can be one."""


def _unless(holds: bool, element: Element) -> Iterator[Element]:
    if not holds:
        yield element


def _process_is_named(root: Element) -> Iterator[Element]:
    yield from _unless(bool(every(root, "cbc:ProfileID")), root)


def _process_is_approved(root: Element) -> Iterator[Element]:
    yield from _unless(bool(PROCESS.match(text(root, "cbc:ProfileID"))), root)


def _notes_are_one(root: Element) -> Iterator[Element]:
    is_german = all(_country(party) == "DE" for party in every(root, "*/cac:Party"))
    yield from () if is_german else every(root, "cbc:Note")[1:]


def _buyer_can_refer(root: Element) -> Iterator[Element]:
    yield from _unless(bool(every(root, "cbc:BuyerReference") or every(root, "cac:OrderReference/cbc:ID")), root)


def _specification_is_named(root: Element) -> Iterator[Element]:
    said = text(root, "cbc:CustomizationID")
    yield from _unless(said.startswith(CUSTOMIZATION) and "::" not in said, root)


def _books_have_another_currency(root: Element) -> Iterator[Element]:
    yield from (code for code in every(root, "cbc:TaxCurrencyCode") if words(code) == text(root, "cbc:DocumentCurrencyCode"))


def _nothing_is_empty(root: Element) -> Iterator[Element]:
    yield from (element for element in root.iter("*") if len(element) == 0 and not words(element))


def _buyer_has_address(root: Element) -> Iterator[Element]:
    yield from (party for party in every(root, "cac:AccountingCustomerParty/cac:Party") if not every(party, "cbc:EndpointID"))


def _seller_has_address(root: Element) -> Iterator[Element]:
    yield from (party for party in every(root, "cac:AccountingSupplierParty/cac:Party") if not every(party, "cbc:EndpointID"))


def _amounts_have_the_currency(root: Element) -> Iterator[Element]:
    currency = text(root, "cbc:DocumentCurrencyCode")
    counted = [element for element in root.iter("*") if is_called(element, *IN_DOCUMENT_CURRENCY)]
    broken_down = [total for total in every(root, "cac:TaxTotal") if every(total, "cac:TaxSubtotal")]
    counted += [
        amount for total in broken_down for path in ("cbc:TaxAmount", "cac:TaxSubtotal/cbc:TaxAmount") for amount in every(total, path)
    ]
    yield from (amount for amount in counted if amount.get("currencyID") != currency)


def _vat_is_broken_down_once(root: Element) -> Iterator[Element]:
    yield from _unless(len([total for total in every(root, "cac:TaxTotal") if every(total, "cac:TaxSubtotal")]) == 1, root)


def _vat_in_books_is_told_once(root: Element) -> Iterator[Element]:
    bare = [total for total in every(root, "cac:TaxTotal") if not every(total, "cac:TaxSubtotal")]
    yield from _unless(len(bare) == (1 if every(root, "cbc:TaxCurrencyCode") else 0), root)


def _vat_goes_one_way(root: Element) -> Iterator[Element]:
    if every(root, "cbc:TaxCurrencyCode"):
        ours, theirs = (_vat_in(root, text(root, f"cbc:{name}")) for name in ("TaxCurrencyCode", "DocumentCurrencyCode"))
        yield from _unless(ours is not None and theirs is not None and ours * theirs >= 0, root)


def _debit_has_a_mandate(root: Element) -> Iterator[Element]:
    debits = (means for means in every(root, "cac:PaymentMeans") if text(means, "cbc:PaymentMeansCode") in DIRECT_DEBIT)
    yield from (means for means in debits if not every(means, "cac:PaymentMandate/cbc:ID"))


def _line_nets_follow(root: Element) -> Iterator[Element]:
    for line in _lines(root):
        yield from _unless(is_near(figure(line, "cbc:LineExtensionAmount", NOTHING), _expected_net(line), SLACK), line)


def _bases_are_above_zero(root: Element) -> Iterator[Element]:
    for line in _lines(root):
        base = figure(line, "cac:Price/cbc:BaseQuantity", ONE)
        yield from _unless(base is not None and base > 0, line)


def _bases_have_the_unit(root: Element) -> Iterator[Element]:
    for line in _lines(root):
        units = {element.get("unitCode") for element in line if is_called(element, "cbc:InvoicedQuantity", "cbc:CreditedQuantity")}
        stated = (base for base in every(line, "cac:Price/cbc:BaseQuantity") if base.get("unitCode"))
        yield from (base for base in stated if units and base.get("unitCode") not in units)


def _numbers_are_right(root: Element, scheme: str, is_right: Callable[[str], bool]) -> Iterator[Element]:
    yield from (element for element in _registered(root, scheme) if not (words(element).isascii() and is_right(words(element))))


def _invoice_type_is_allowed(root: Element) -> Iterator[Element]:
    yield from (code for code in every(root, "cbc:InvoiceTypeCode") if words(code) not in INVOICE_TYPES)


def _credit_note_type_is_allowed(root: Element) -> Iterator[Element]:
    yield from (code for code in every(root, "cbc:CreditNoteTypeCode") if words(code) not in CREDIT_NOTE_TYPES)


def _reason_goes_with(root: Element, reason: str, wanted: str) -> Iterator[Element]:
    reasoned = (
        category for category in every(root, ".//cac:TaxCategory") if text(category, "cbc:TaxExemptionReasonCode").upper() == reason
    )
    yield from (category for category in reasoned if text(category, "cbc:ID") != wanted)


def _lines(root: Element) -> list[Element]:
    return [*every(root, "cac:InvoiceLine"), *every(root, "cac:CreditNoteLine")]


def _expected_net(line: Element) -> Decimal | None:
    """What a line comes to; nothing where a part of it is no figure."""
    quantity, price = _quantity(line), figure(line, "cac:Price/cbc:PriceAmount", NOTHING)
    base = figure(line, "cac:Price/cbc:BaseQuantity", ONE)
    more, less = _of_allowances(line, "true"), _of_allowances(line, "false")
    if quantity is None or price is None or base is None or more is None or less is None:
        return None
    return quantity * price / (base or ONE) + more - less


def _quantity(line: Element) -> Decimal | None:
    invoiced = figure(line, "cbc:InvoicedQuantity", NOTHING if every(line, "cbc:CreditedQuantity") else ONE)
    return figure(line, "cbc:CreditedQuantity") if every(line, "cbc:CreditedQuantity") else invoiced


def _of_allowances(line: Element, charge: str) -> Decimal | None:
    counted = [one for one in every(line, "cac:AllowanceCharge") if text(one, "cbc:ChargeIndicator") == charge]
    amounts = [figure(one, "cbc:Amount", NOTHING) for one in counted]
    return None if None in amounts else sum((amount for amount in amounts if amount is not None), NOTHING)


def _vat_in(root: Element, currency: str) -> Decimal | None:
    amounts = (total for total in every(root, "cac:TaxTotal") if every(total, "cbc:TaxAmount")[:1])
    found = [total for total in amounts if every(total, "cbc:TaxAmount")[0].get("currencyID") == currency]
    return figure(found[0], "cbc:TaxAmount") if found else None


def _registered(root: Element, scheme: str) -> Iterator[Element]:
    numbers = [element for element in root.iter("*") if is_called(element, "cbc:EndpointID", "cbc:CompanyID")]
    numbers += every(root, ".//cac:PartyIdentification/cbc:ID")
    yield from (element for element in numbers if element.get("schemeID") == scheme)


def _country(party: Element) -> str:
    return text(party, "cac:PostalAddress/cac:Country/cbc:IdentificationCode")


RULES = (
    Rule("PEPPOL-EN16931-R001", _("The business process is not named."), _process_is_named),
    Rule("PEPPOL-EN16931-R002", _("There is more than one note."), _notes_are_one),
    Rule("PEPPOL-EN16931-R003", _("There is neither a reference of the buyer's nor an order number."), _buyer_can_refer),
    Rule("PEPPOL-EN16931-R004", _("The specification is not that of Peppol BIS Billing 3.0."), _specification_is_named),
    Rule(
        "PEPPOL-EN16931-R005",
        _("The currency of the books is that of the document, and should not be named."),
        _books_have_another_currency,
    ),
    Rule("PEPPOL-EN16931-R007", _("The business process is not an approved one."), _process_is_approved),
    Rule("PEPPOL-EN16931-R008", _("An element is empty."), _nothing_is_empty),
    Rule("PEPPOL-EN16931-R010", _("The buyer has no electronic address."), _buyer_has_address),
    Rule("PEPPOL-EN16931-R020", _("The seller has no electronic address."), _seller_has_address),
    Rule("PEPPOL-EN16931-R051", _("An amount is in another currency than the document."), _amounts_have_the_currency),
    Rule("PEPPOL-EN16931-R053", _("The VAT by rate is not given exactly once."), _vat_is_broken_down_once),
    Rule("PEPPOL-EN16931-R054", _("The VAT in the currency of the books is missing, or too much."), _vat_in_books_is_told_once),
    Rule("PEPPOL-EN16931-R055", _("The VAT is above zero in one currency and below in the other."), _vat_goes_one_way),
    Rule("PEPPOL-EN16931-R061", _("A direct debit names no mandate."), _debit_has_a_mandate),
    Rule("PEPPOL-EN16931-R120", _("The net of a line does not follow from its quantity and price."), _line_nets_follow),
    Rule("PEPPOL-EN16931-R121", _("The quantity that a price is for is not above zero."), _bases_are_above_zero),
    Rule("PEPPOL-EN16931-R130", _("A price is for another unit than the quantity of its line."), _bases_have_the_unit),
    Rule("PEPPOL-EN16931-P0100", _("The type of invoice is not allowed."), _invoice_type_is_allowed),
    Rule("PEPPOL-EN16931-P0101", _("The type of credit note is not allowed."), _credit_note_type_is_allowed),
    *(
        Rule(
            f"PEPPOL-EN16931-{name}",
            _("The reason %(reason)s goes with the category %(category)s only."),
            partial(_reason_goes_with, reason=reason, wanted=wanted),
            named={"reason": reason, "category": wanted},
        )
        for name, (reason, wanted) in CATEGORIES_OF_REASONS.items()
    ),
    *(
        Rule(
            f"PEPPOL-COMMON-{name}",
            _("%(what)s has a wrong form or check digit."),
            partial(_numbers_are_right, scheme=scheme, is_right=is_right),
            named={"what": what},
        )
        for name, (scheme, what, is_right) in NUMBERS.items()
    ),
)
