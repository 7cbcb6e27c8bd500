"""What of the provider's own terms of invoicing cannot be (rules P1, I3, I4): said where they are written, before an invoice shows it.

Whoever is to pay reads an account number off the paper, and a number with a wrong digit leads to somebody else or to nobody.
"""

from collections.abc import Callable, Iterator

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.colours import is_colour
from core.errors import DomainError
from invoicing import bank_numbers, endpoints, look
from invoicing.models import InvoicingTerms

ACCOUNTS: dict[str, Callable[[str], str]] = {
    "bankgiro": bank_numbers.bankgiro,
    "plusgiro": bank_numbers.plusgiro,
    "iban": bank_numbers.iban,
}
NUMBERS = ACCOUNTS | {"bic": bank_numbers.bic}


def wrong_with(terms: InvoicingTerms) -> dict[str, str | Promise]:
    """Why, by the field that is wrong; empty where nothing is."""
    return dict(_wrong(terms))


def _wrong(terms: InvoicingTerms) -> Iterator[tuple[str, str | Promise]]:
    yield from _wrong_numbers(terms)
    if not any(getattr(terms, name) for name in ACCOUNTS):
        yield "bankgiro", _("Say at least one account to which invoices are paid: a bankgiro, a plusgiro or an IBAN.")
    if wrong := endpoints.wrong_with(terms.endpoint_scheme, terms.endpoint):
        yield wrong.field, wrong.why
    if terms.colour and not is_colour(terms.colour):
        yield "colour", _("Write a colour as # and six digits from 0 to f, like #0b6b57.")
    if terms.logo and not look.logo_of(terms.logo):
        yield "logo", _("There is no such file in the static folder.")


def _wrong_numbers(terms: InvoicingTerms) -> Iterator[tuple[str, str]]:
    for name, read in NUMBERS.items():
        if number := getattr(terms, name):
            try:
                read(number)
            except DomainError as refusal:
                yield name, str(refusal)
