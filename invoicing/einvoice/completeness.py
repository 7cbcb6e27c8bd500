"""What an e-invoice cannot do without (rules I2, I4, I8): asked for in words, never made up.

EN 16931 and the VAT directive (art. 226) want a seller and a buyer with addresses and numbers, a date to pay by, and of a credit note
the invoice it corrects. The Peppol network wants electronic addresses and a reference of the buyer's on top of it.
"""

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _

from core.errors import DomainError
from invoicing.einvoice.identifiers import (
    SWEDISH_NUMBER,
    accounts,
    compact,
    electronic_address,
    is_account,
    is_swedish_number,
    is_vat_number,
    registered,
)
from invoicing.einvoice.terms import is_outside_scope
from invoicing.einvoice.texts import one_line
from invoicing.facts import InvoiceFacts, Kind, Party, VatCategory

UNTAXED_WITH_REASON = {VatCategory.REVERSE_CHARGE, VatCategory.OUTSIDE_SCOPE}


class NotComplete(DomainError):
    """Something that the rules of e-invoices ask for is not there. `missing` names all of it, in words."""

    def __init__(self, missing: Sequence[str]) -> None:
        super().__init__(missing)
        self.missing = tuple(missing)

    @property
    def message(self) -> str:
        """Everything that is missing, in one sentence."""
        return _("The e-invoice was not written, for this is missing: %(missing)s.") % {"missing": "; ".join(self.missing)}


def require_complete(facts: InvoiceFacts) -> None:
    """Raise NotComplete unless `facts` say all that EN 16931 and the law ask of an invoice."""
    _require(_wanted_by_law(facts))


def require_complete_for_peppol(facts: InvoiceFacts) -> None:
    """Raise NotComplete unless `facts` say all that the law and the Peppol network ask of an invoice."""
    _require([*_wanted_by_law(facts), *_wanted_by_peppol(facts)])


def _require(missing: Sequence[str]) -> None:
    if missing:
        raise NotComplete(list(dict.fromkeys(missing)))


def _wanted_by_law(facts: InvoiceFacts) -> list[str]:
    parts = (
        _of_the_document(facts),
        _of_the_seller(facts),
        _of_the_buyer(facts),
        _of_the_lines(facts),
        _of_the_vat(facts),
        _of_the_payment(facts),
    )
    return [word for part in parts for word in part]


def _wanted_by_peppol(facts: InvoiceFacts) -> list[str]:
    return [
        *_if(not (one_line(facts.buyer_reference) or one_line(facts.order_reference)), _("the buyer's reference or an order number")),
        *_if(not all(electronic_address(facts.seller)), _("the seller's electronic address (number and scheme)")),
        *_if(not all(electronic_address(facts.buyer)), _("the buyer's electronic address (number and scheme)")),
        *_if(_is_wrong_swedish_address(facts.seller), _("an electronic address of the seller with a right check digit")),
        *_if(_is_wrong_swedish_address(facts.buyer), _("an electronic address of the buyer with a right check digit")),
    ]


def _of_the_document(facts: InvoiceFacts) -> Iterator[str]:
    yield from _if(not one_line(facts.number), _("the number of the invoice"))
    yield from _if(not _is_code(facts.currency, 3), _("the currency, by its three letters"))
    unnamed = not facts.preceding or not all(one_line(number) for number, _on in facts.preceding)
    yield from _if(facts.kind == Kind.CREDIT_NOTE and unnamed, _("the invoice that is credited"))


def _of_the_seller(facts: InvoiceFacts) -> Iterator[str]:
    seller = facts.seller
    taxed = not is_outside_scope(facts)
    yield from _if(not one_line(seller.name), _("the seller's name"))
    yield from _if(not _has_address(seller), _("the seller's address"))
    yield from _if(not _is_code(seller.country, 2), _("the seller's country, by its two letters"))
    yield from _if(not registered(seller)[1], _("the seller's organisation number"))
    yield from _if(_is_wrong_swedish_number(seller), _("an organisation number of the seller with a right check digit"))
    yield from _if(taxed and not compact(seller.vat_number), _("the seller's VAT number"))
    yield from _if(taxed and _is_wrong_vat_number(seller), _("a VAT number of the seller in its country's form"))


def _of_the_buyer(facts: InvoiceFacts) -> Iterator[str]:
    buyer = facts.buyer
    accounts_for_vat = any(line.category == VatCategory.REVERSE_CHARGE for line in facts.lines)
    yield from _if(not one_line(buyer.name), _("the buyer's name"))
    yield from _if(not _has_address(buyer), _("the buyer's address"))
    yield from _if(not _is_code(buyer.country, 2), _("the buyer's country, by its two letters"))
    yield from _if(_is_wrong_swedish_number(buyer), _("an organisation number of the buyer with a right check digit"))
    yield from _if(accounts_for_vat and not compact(buyer.vat_number), _("the VAT number of the buyer, who accounts for the VAT"))
    yield from _if(not is_outside_scope(facts) and _is_wrong_vat_number(buyer), _("a VAT number of the buyer in its country's form"))


def _of_the_lines(facts: InvoiceFacts) -> Iterator[str]:
    yield from _if(not facts.lines, _("a line"))
    for line in facts.lines:
        yield from _if(not one_line(line.text), _("what line %(position)s is for") % {"position": line.position})


def _of_the_vat(facts: InvoiceFacts) -> Iterator[str]:
    yield from _if(not facts.vat_rows, _("the VAT by rate"))
    for row in facts.vat_rows:
        yield from _if(row.category in UNTAXED_WITH_REASON and not one_line(row.reason), _("why no VAT is charged, in words"))
    if facts.books_currency not in {"", facts.currency} and (facts.vat or facts.vat_in_books is not None):
        yield from _if(not _is_code(facts.books_currency, 3), _("the currency of the books, by its three letters"))
        yield from _if(facts.vat_in_books is None, _("the VAT in %(currency)s") % {"currency": facts.books_currency})
        yield from _if(facts.rate is None or facts.rate_on is None, _("the rate of exchange and its date"))


def _of_the_payment(facts: InvoiceFacts) -> Iterator[str]:
    to_pay = facts.kind == Kind.INVOICE and facts.payable > 0
    known = accounts(facts.payment)
    yield from _if(to_pay and facts.due_on is None and not one_line(facts.terms), _("the day it is due, or terms of payment"))
    yield from _if(to_pay and not known, _("an account to pay to"))
    for institution, account in known:
        yield from _if(not is_account(institution, account), _("a right account number instead of %(account)s") % {"account": account})


def _has_address(party: Party) -> bool:
    return any(one_line(text) for text in (*party.address_lines, party.city))


def _is_wrong_swedish_number(party: Party) -> bool:
    scheme, digits = registered(party)
    return bool(scheme and digits) and not is_swedish_number(digits)


def _is_wrong_vat_number(party: Party) -> bool:
    number = compact(party.vat_number)
    return bool(number) and not is_vat_number(number)


def _is_wrong_swedish_address(party: Party) -> bool:
    scheme, address = electronic_address(party)
    return scheme == SWEDISH_NUMBER and bool(address) and not is_swedish_number(address)


def _is_code(code: str, letters: int) -> bool:
    return len(code) == letters and code.isascii() and code.isalpha() and code.isupper()


def _if(is_missing: bool, words: str) -> list[str]:
    return [words] if is_missing else []
