"""Issued invoices and credit notes in the books (rules C3, I2, I6), in their currency at the rate that stands on them.

What is to be paid is a receivable. A top-up is prepaid credit until it is used; everything else is revenue at once. What a
credit note takes back of credit that was in the ledger already only meets the refund of it there.
"""

from decimal import Decimal

from django.db.models import Q, Sum

from core.sentences import Sentence, sentence
from credits.flows import to_cents
from invoicing.books import worth
from invoicing.books.chart import Chart
from invoicing.books.shares import in_books
from invoicing.books.vouchers import Posting
from invoicing.models import BookAccount, BookRow, Invoice, InvoiceKind, InvoiceLine, InvoiceState, Meaning

READ_WITH = ("invoice", "top_up__lot", "billable", "credits__top_up__lot", "credits__billable", "credits__invoice")


def posting_of(invoice: Invoice, chart: Chart) -> Posting:
    """What the invoice or credit note comes to. Raises AccountMissing, RateMissing."""
    sign = -1 if invoice.kind == InvoiceKind.CREDIT_NOTE else 1
    rate = invoice.rate or Decimal(1)
    posting = Posting()
    posting.add(chart.of(Meaning.RECEIVABLES), sign * _receivable(invoice))
    exchanged = Decimal(0)
    for line in invoice.lines.select_related(*READ_WITH).order_by("position"):
        amount = in_books(line.net, rate)
        booked = worth.sold_for(line) if line.top_up else amount
        exchanged += amount - booked
        for account, part in _split(line, invoice, booked, chart):
            posting.add(account, -sign * part, line=line)
    for percent, tax in _vat_of(invoice, rate):
        posting.add(chart.of(Meaning.VAT, percent), -sign * tax)
    exchange(posting, exchanged, chart)
    if posting.difference:
        posting.add(chart.of(Meaning.ROUNDING), -posting.difference)
    return posting


def cleared(invoice: Invoice, amount: Decimal) -> Decimal:
    """What leaves the receivable in the books when `amount` of the invoice is paid or credited; the last of it clears the rest."""
    rate = invoice.rate or Decimal(1)
    if rate != 1 and amount == _open(invoice) and BookRow.objects.filter(voucher__event__invoice=invoice).exists():
        return _open_in_books(invoice)
    return in_books(amount, rate)


def exchange(posting: Posting, amount: Decimal, chart: Chart) -> None:
    """A gain is credit, a loss is debit."""
    if amount:
        posting.add(chart.of(Meaning.EXCHANGE_GAINS if amount > 0 else Meaning.EXCHANGE_LOSSES), -amount)


def text_of(invoice: Invoice) -> Sentence:
    """Which document, and whose."""
    return sentence(lambda: f"{invoice.get_kind_display()} {invoice.number} · {invoice.organisation.name}")


def _split(line: InvoiceLine, invoice: Invoice, amount: Decimal, chart: Chart) -> list[tuple[BookAccount, Decimal]]:
    """Where the amount of a line goes by what it sells; a credit note's line goes by the line that it credits."""
    sold = line.credits or line
    if sold.top_up is not None:
        return [(chart.of(Meaning.REFUNDS if line.credits and worth.was_credit(line) else Meaning.ADVANCES), amount)]
    if (late := sold.late_charge) is not None:
        interest = to_cents(amount * late.interest / (late.interest + late.fees + late.compensation))
        parts = ((Meaning.LATE_INTEREST, interest), (Meaning.REMINDER_FEES, amount - interest))
        return [(chart.of(meaning), part) for meaning, part in parts if part]
    return [(chart.sales(_meaning(sold), treatment=invoice.vat_treatment, percent=line.vat_percent), amount)]


def _meaning(sold: InvoiceLine) -> Meaning:
    """What a line sells that is neither credit nor a late charge."""
    if sold.billable_id is not None:
        return Meaning.DELIVERIES
    return Meaning.SERVER_SUPPORT if sold.plan_charge_id is None else Meaning.PLAN_FEES


def _vat_of(invoice: Invoice, rate: Decimal) -> list[tuple[Decimal, Decimal]]:
    """The VAT of each rate, in the books; together what the invoice says it is there."""
    rows = [(Decimal(row["percent"]).quantize(Decimal("0.01")), in_books(Decimal(row["vat"]), rate)) for row in invoice.vat_rows]
    found = [(percent, tax) for percent, tax in rows if tax]
    if found and invoice.vat_in_books is not None:
        percent, tax = found[-1]
        found[-1] = percent, tax + invoice.vat_in_books - sum((each for _percent, each in found), Decimal(0))
    return found


def _receivable(invoice: Invoice) -> Decimal:
    """What is to be paid of it, or by how much a credit note lessens that, in the books."""
    if invoice.preceding is None:
        return in_books(invoice.payable, invoice.rate or Decimal(1))
    return cleared(invoice.preceding, _owed_less(invoice))


def _owed_less(note: Invoice) -> Decimal:
    """By how much less is owed: what brought the invoice to whole units goes with the last credit note of it.

    They are taken in the order in which they were issued, which is not that in which they were drafted.
    """
    first = note.preceding
    assert first is not None  # noqa: S101 - a credit note corrects an invoice, as the database holds
    left, net, less = first.payable, first.net, Decimal(0)
    for each in first.credit_notes.filter(state=InvoiceState.ISSUED).order_by("year", "sequence"):
        net -= each.net
        less = min(each.payable, left) if net > 0 else left
        left -= less
        if each.pk == note.pk:
            break
    return less


def _open(invoice: Invoice) -> Decimal:
    """What is open of it after what has been posted, in its own currency."""
    notes = invoice.credit_notes.filter(book_event__isnull=False).select_related("preceding")
    paid = invoice.payments.filter(book_event__isnull=False).aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
    return invoice.payable - paid - sum((_owed_less(note) for note in notes), Decimal(0))


def _open_in_books(invoice: Invoice) -> Decimal:
    event = "voucher__event__"
    about = Q(**{f"{event}invoice": invoice}) | Q(**{f"{event}invoice__preceding": invoice}) | Q(**{f"{event}payment__invoice": invoice})
    return BookRow.objects.filter(about, meaning=Meaning.RECEIVABLES).aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
