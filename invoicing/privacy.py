"""What invoicing holds about a person: the books, which stay byte for byte (GDPR articles 15, 17(3)(b); rules I1, I6)."""

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from invoicing.models import Buyer
from people import duties, keeping, personal
from people.keeping import Keeping
from people.models import Person
from people.personal import Erasing

BOOKS = gettext_lazy(
    "Books: kept as they are for seven years after the end of the calendar year (Swedish Bookkeeping Act, chapter 7, section 2)."
)
ACTS = (
    *("PlanCredit", "IndexNotice", "Invoice", "InvoiceEvent", "IssueBatch", "BankFile", "BankTransaction", "Payment", "BookPeriod"),
    *("BookFile", "CardPayment", "Compensation", "PayoutFile", "Payout", "Reminder", "InvoiceStop", "InvoiceContest", "LateCharge"),
    *("Transmission", "VatCheck"),
)
PAPERS = (
    *("PlanCharge", "InvoiceLine", "InvoiceDocument", "IssueBatchRow", "BookAccount", "BookVoucher", "BookRow", "BookEvent"),
    *("CardEvent", "PlanHours", "NumberSeries", "BookLot", "BookMove", "BookFileVoucher", "InvoiceFreeze"),
)


def declare() -> None:
    """Say it."""
    personal.exported("invoicing", *(f"invoicing.{name}" for name in ACTS), erasing=Erasing.KEEP, why=BOOKS)
    personal.exported("invoicing", "invoicing.Buyer")
    personal.left_out(BOOKS, *(f"invoicing.{name}" for name in PAPERS), erasing=Erasing.KEEP)
    personal.left_out(
        gettext_lazy("Settings of the provider, of nobody in particular."),
        *("invoicing.InvoicingTerms", "invoicing.PriceIndex", "invoicing.PaperLogo"),
    )
    personal.coded("invoicing.PaperLogo", "digest")
    duties.register("invoicing", standing)
    keeping.register(
        Keeping(
            name="books",
            title=gettext_lazy("Invoices and their documents, payments, bank files, vouchers and reports"),
            why=BOOKS,
            days=None,
        )
    )


def standing(person: Person, _at: datetime) -> Iterator[str]:
    """Invoices that go to the person's own address."""
    for buyer in Buyer.objects.filter(email__iexact=person.email).select_related("organisation").order_by("organisation__name"):
        yield _("Invoices of %(client)s go to their address: enter another.") % {"client": buyer.organisation}
