"""What is in a part of an invoice that nobody pays (rule I6): its shares of each rate of VAT, and of the sale.

The VAT of a debt that is given up is not owed to the state any more. Only where there was any: reverse charge, sales outside its
scope and late charges have none to take back. The same shares stand in the books and in the figures for the return.
"""

from dataclasses import dataclass
from decimal import Decimal

from clients.vat import Treatment
from credits.flows import to_cents
from invoicing.books.shares import in_books
from invoicing.models import Invoice


@dataclass(frozen=True)
class Part:
    """Of one rate of VAT: percent, net and VAT in the invoice's currency, and VAT in that of the books."""

    percent: Decimal
    net: Decimal
    vat: Decimal
    vat_in_books: Decimal


def parts(invoice: Invoice, amount: Decimal) -> list[Part]:
    """What `amount` of an invoice consists of, by rate; of less than nothing as of more. Nothing where it bears no VAT."""
    if invoice.vat_treatment != Treatment.DOMESTIC or not invoice.payable:
        return []
    share, rate = amount / invoice.payable, invoice.rate or Decimal(1)
    rows = [
        (Decimal(row["percent"]), to_cents(Decimal(row["net"]) * share), to_cents(Decimal(row["vat"]) * share)) for row in invoice.vat_rows
    ]
    return [Part(percent, net, vat, in_books(vat, rate)) for percent, net, vat in rows if vat]
