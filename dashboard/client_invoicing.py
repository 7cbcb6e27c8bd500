"""A client's invoices in short, on its page at the desk: what is open of them, and whether the client is reminded (rules I1, I5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from clients.access import has_duty
from clients.models import Organisation, StaffDuty
from invoicing import listing, terms
from invoicing.listing import Age, Wanted
from invoicing.models import Buyer, Invoice
from people.models import Person

READING = (StaffDuty.FINANCE, StaffDuty.ADMINISTRATOR)


@dataclass(frozen=True)
class ClientInvoicing:
    """What is `open` by currency and age, whether there is any invoice to be shown, and what the client asks."""

    open: Sequence[Age]
    has_invoices: bool
    buyer: Buyer


def of(organisation: Organisation, *, person: Person, today: date) -> ClientInvoicing | None:
    """The client's invoices for who reads them at the desk; None for anybody else, and where nothing is invoiced. Three queries."""
    if terms.offered() is None or not has_duty(person, *READING):
        return None
    wanted = Wanted(client=organisation.pk)
    return ClientInvoicing(
        open=listing.ages(wanted, person=person, today=today),
        has_invoices=Invoice.objects.visible_to(person).filter(organisation=organisation).exists(),
        buyer=terms.buyer_of(organisation),
    )
