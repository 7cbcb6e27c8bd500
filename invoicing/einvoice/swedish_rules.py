"""Rules of Peppol for sellers in Sweden (SE-R-001 to SE-R-013; rules I2 to I4): numbers, F-tax, rates, bankgiro and plusgiro."""

from collections.abc import Iterator
from decimal import Decimal

from django.utils.translation import gettext_lazy as _
from stdnum import luhn

from invoicing.einvoice.findings import Gravity
from invoicing.einvoice.identifiers import BANKGIRO, PLUSGIRO
from invoicing.einvoice.reading import Rule, every, figure, text, words
from invoicing.einvoice.terms import F_TAX
from invoicing.einvoice.trees import Element

RATES = {Decimal(25), Decimal(12), Decimal(6)}
GIRO_CODES = {"50", "56"}
ACCOUNT = "cac:PayeeFinancialAccount/cbc:ID"
BRANCH = "cac:PayeeFinancialAccount/cac:FinancialInstitutionBranch/cbc:ID"


def _vat_numbers_have_fourteen_marks(root: Element) -> Iterator[Element]:
    yield from (number for number in _swedish_vat_numbers(root) if len(words(number)) != 14)


def _vat_numbers_end_in_digits(root: Element) -> Iterator[Element]:
    yield from (number for number in _swedish_vat_numbers(root) if not _is_digits(words(number)[2:14]))


def _numbers_are_digits(root: Element) -> Iterator[Element]:
    yield from (number for number in _organisation_numbers(root) if not _is_digits(words(number)))


def _numbers_have_ten_digits(root: Element) -> Iterator[Element]:
    yield from (number for number in _organisation_numbers(root) if len(words(number)) != 10)


def _check_digits_are_right(root: Element) -> Iterator[Element]:
    yield from (number for number in _organisation_numbers(root) if not (_is_digits(words(number)) and luhn.is_valid(words(number))))


def _f_tax_is_said_in_its_words(root: Element) -> Iterator[Element]:
    sellers = (seller for seller in _swedish_sellers(root) if every(seller, "cac:PartyLegalEntity/cbc:CompanyID"))
    others = (tax for seller in sellers for tax in every(seller, "cac:PartyTaxScheme") if not _is_vat(tax))
    yield from (number for tax in others for number in every(tax, "cbc:CompanyID") if words(number).upper() != F_TAX.upper())


def _rates_are_swedish(root: Element) -> Iterator[Element]:
    if not list(_swedish_vat_numbers(root)):
        return
    categories = (category for name in ("TaxCategory", "ClassifiedTaxCategory") for category in every(root, f".//cac:{name}"))
    taxed = (category for category in categories if text(category, "cbc:ID") == "S")
    yield from (category for category in taxed if figure(category, "cbc:Percent") not in RATES)


def _plusgiro_is_digits(root: Element) -> Iterator[Element]:
    yield from (account for account in _accounts(root, PLUSGIRO) if not _is_digits(words(account)))


def _plusgiro_has_two_to_eight(root: Element) -> Iterator[Element]:
    yield from (account for account in _accounts(root, PLUSGIRO) if not 2 <= len(words(account)) <= 8)


def _bankgiro_is_digits(root: Element) -> Iterator[Element]:
    yield from (account for account in _accounts(root, BANKGIRO) if not _is_digits(words(account)))


def _bankgiro_has_seven_or_eight(root: Element) -> Iterator[Element]:
    yield from (account for account in _accounts(root, BANKGIRO) if len(words(account)) not in {7, 8})


def _giro_is_no_means_of_its_own(root: Element) -> Iterator[Element]:
    yield from (means for means in _means(root) if text(means, "cbc:PaymentMeansCode") in GIRO_CODES)


def _domestic_transfers_are_thirty(root: Element) -> Iterator[Element]:
    if any(_country(buyer) == "SE" for buyer in every(root, "cac:AccountingCustomerParty/cac:Party")):
        yield from (means for means in _means(root) if text(means, "cbc:PaymentMeansCode") == "31")


def _swedish_sellers(root: Element) -> Iterator[Element]:
    yield from (seller for seller in every(root, "cac:AccountingSupplierParty/cac:Party") if _country(seller) == "SE")


def _swedish_vat_numbers(root: Element) -> Iterator[Element]:
    taxes = (tax for seller in _swedish_sellers(root) for tax in every(seller, "cac:PartyTaxScheme") if _is_vat(tax))
    yield from (number for tax in taxes for number in every(tax, "cbc:CompanyID") if words(number).startswith("SE"))


def _organisation_numbers(root: Element) -> Iterator[Element]:
    yield from (number for seller in _swedish_sellers(root) for number in every(seller, "cac:PartyLegalEntity/cbc:CompanyID"))


def _means(root: Element) -> Iterator[Element]:
    if list(_swedish_sellers(root)):
        yield from every(root, "cac:PaymentMeans")


def _accounts(root: Element, branch: str) -> Iterator[Element]:
    transfers = (means for means in _means(root) if text(means, "cbc:PaymentMeansCode") == "30" and text(means, BRANCH) == branch)
    yield from (account for means in transfers for account in every(means, ACCOUNT))


def _is_vat(tax: Element) -> bool:
    return text(tax, "cac:TaxScheme/cbc:ID").upper() == "VAT"


def _country(party: Element) -> str:
    return text(party, "cac:PostalAddress/cac:Country/cbc:IdentificationCode")


def _is_digits(said: str) -> bool:
    return said.isascii() and said.isdigit()


RULES = (
    Rule("SE-R-001", _("A Swedish VAT number has fourteen characters."), _vat_numbers_have_fourteen_marks),
    Rule("SE-R-002", _("A Swedish VAT number ends in twelve digits."), _vat_numbers_end_in_digits),
    Rule("SE-R-003", _("A Swedish organisation number is written in digits only."), _numbers_are_digits, Gravity.WARNING),
    Rule("SE-R-004", _("A Swedish organisation number has ten digits."), _numbers_have_ten_digits, Gravity.WARNING),
    Rule(
        "SE-R-005",
        _("That a Swedish seller pays F-tax is said in the words “%(words)s”."),
        _f_tax_is_said_in_its_words,
        named={"words": F_TAX},
    ),
    Rule("SE-R-006", _("A Swedish seller's rates of VAT are 25, 12 and 6 percent."), _rates_are_swedish),
    Rule("SE-R-007", _("A plusgiro number is written in digits only."), _plusgiro_is_digits, Gravity.WARNING),
    Rule("SE-R-008", _("A bankgiro number is written in digits only."), _bankgiro_is_digits, Gravity.WARNING),
    Rule("SE-R-009", _("A bankgiro number has seven or eight digits."), _bankgiro_has_seven_or_eight, Gravity.WARNING),
    Rule("SE-R-010", _("A plusgiro number has two to eight digits."), _plusgiro_has_two_to_eight, Gravity.WARNING),
    Rule(
        "SE-R-011",
        _("Bankgiro and plusgiro are a credit transfer (30) to SE:BANKGIRO or SE:PLUSGIRO."),
        _giro_is_no_means_of_its_own,
        Gravity.WARNING,
    ),
    Rule("SE-R-012", _("Within Sweden a credit transfer is written as 30."), _domestic_transfers_are_thirty, Gravity.WARNING),
    Rule(
        "SE-R-013", _("The last digit of a Swedish organisation number is a check digit (Luhn)."), _check_digits_are_right, Gravity.WARNING
    ),
)
