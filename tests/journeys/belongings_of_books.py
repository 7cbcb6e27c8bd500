"""Vouchers and a file of the books, for the walk through every address (see `belongings.py`)."""

from types import SimpleNamespace

from invoicing.books import files
from invoicing.models import BookAccount, BookVoucher, InvoicingTerms
from tests.cast import NOON, Cast, Client
from tests.invoicing.books_scene import a_chart
from tests.invoicing.scene import an_invoice, invoicing_terms
from tests.journeys.belongings import Own


def book_pages(cast: Cast, acme: Client) -> dict[str, Own]:
    """Pages about one month, voucher or file, which are for finance only."""
    things = in_the_books(cast, acme)
    others = [acme.approver, cast.tessa.person, cast.max]
    month = {"month": "2026-11"}
    return {
        "desk-books-voucher": Own({"voucher_id": things.voucher.pk}, cast.fia, strangers=others),
        "desk-books-month": Own(month, cast.fia, strangers=others),
        "desk-books-lock": Own(month, cast.fia, strangers=others),
        "desk-books-month-file": Own({**month, "kind": "csv"}, cast.fia, strangers=others),
        "desk-books-sie": Own({"file_id": things.file.pk}, cast.fia, strangers=others),
        "desk-books-list": Own({"file_id": things.file.pk}, cast.fia, strangers=others),
    }


def in_the_books(cast: Cast, client: Client) -> SimpleNamespace:
    """A chart of accounts, an invoice that is posted, and a file that has it."""
    if not InvoicingTerms.objects.exists():
        invoicing_terms()
    if not BookAccount.objects.exists():
        a_chart()
    invoice = an_invoice(client, cast.fia)
    file = files.make(until=NOON.date(), by=cast.fia, at=NOON, cause="test:books")
    return SimpleNamespace(file=file, voucher=BookVoucher.objects.get(event__invoice=invoice))
