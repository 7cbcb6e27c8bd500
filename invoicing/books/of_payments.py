"""Money in the books (rules I3, I6): payments of invoices, those that were taken back, and clients' money with us.

Money in another currency is booked at the rate of its day; what it differs from the invoice's is gained or lost on exchange.
The payment after which nothing of an invoice is open clears the rest of the receivable, to the cent.
"""

from decimal import Decimal

from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _

from clients import provider
from core.errors import DomainError
from core.sentences import Sentence, joined, sentence
from credits.flows import to_cents
from invoicing import bad_debts, terms
from invoicing.books import of_invoices
from invoicing.books.chart import Chart
from invoicing.books.shares import in_books
from invoicing.books.vouchers import Posting
from invoicing.models import BookRow, Invoice, Meaning, Payment, PaymentWay

MONEY = {
    "bank": Meaning.PAID_BANK,
    "payout": Meaning.PAID_BANK,
    "hand": Meaning.PAID_HAND,
    "card": Meaning.PAID_CARD,
    "rounding": Meaning.ROUNDING,
}
CREDIT = PaymentWay.CREDIT


class WayUnknown(DomainError):
    """Nobody has said which account money that comes this way is on."""

    def __init__(self, way: str) -> None:
        super().__init__(way)
        self.way = way

    @property
    def message(self) -> str:
        """Which way."""
        return _("No account is known for payments by “%(way)s”. It was not posted.") % {"way": self.way}


def posting_of(payment: Payment, chart: Chart) -> Posting:
    """What the payment comes to; nothing where it is the other side of one of an invoice. Raises AccountMissing, RateMissing."""
    posting = Posting()
    if payment.invoice is not None:
        _of_invoice(posting, payment, payment.invoice, chart)
    elif payment.way != CREDIT:
        _of_client(posting, payment, chart)
    return posting


def text_of(payment: Payment) -> Sentence:
    """Whose money, and for what."""
    about = payment.invoice.number or "" if payment.invoice else ""
    return joined([sentence(payment.get_way_display), payment.organisation.name, about], by=" · ")


def _of_invoice(posting: Posting, payment: Payment, invoice: Invoice, chart: Chart) -> None:
    """A payment, or one that was taken back; the client's own money, or what was over and becomes that; or a debt that was given up."""
    owed = of_invoices.cleared(invoice, payment.amount)
    if payment.way == PaymentWay.BAD_DEBT:
        _given_up(posting, payment, invoice, owed, chart)
        return
    by_credit = payment.way == CREDIT
    came = _at_its_day(payment)
    if by_credit:
        came = _released(payment, payment.amount) if payment.amount > 0 else owed
    posting.add(chart.of(Meaning.CLIENT_MONEY if by_credit else _money(payment)), came)
    posting.add(chart.of(Meaning.RECEIVABLES), -owed)
    of_invoices.exchange(posting, posting.difference, chart)


def _given_up(posting: Posting, payment: Payment, invoice: Invoice, owed: Decimal, chart: Chart) -> None:
    """What nobody will pay is lost, but for its VAT, which is not owed to the state any more."""
    for part in bad_debts.parts(invoice, payment.amount):
        posting.add(chart.of(Meaning.VAT, part.percent), part.vat_in_books)
    posting.add(chart.of(Meaning.RECEIVABLES), -owed)
    posting.add(chart.of(Meaning.BAD_DEBTS), -posting.difference)


def _of_client(posting: Posting, payment: Payment, chart: Chart) -> None:
    """Money is kept for the client, or goes back; of refunded credit that none of our invoices had sold, with its VAT."""
    came = _at_its_day(payment)
    posting.add(chart.of(Meaning.CLIENT_MONEY), -came if payment.amount > 0 else _released(payment, -payment.amount))
    if (refund := payment.refund) is None:
        posting.add(chart.of(_money(payment)), came)
        of_invoices.exchange(posting, posting.difference, chart)
        return
    tax = in_books(refund.vat.amount, _rate(payment))
    if tax:
        posting.add(chart.of(Meaning.VAT, refund.vat_percent), tax)
    posting.add(chart.of(Meaning.REFUNDS), came - tax)


def _money(payment: Payment) -> Meaning:
    """Where the money is; a difference in öre is on no account of money, but lost or gained. Raises WayUnknown."""
    found = MONEY.get(PaymentWay(payment.way)) if payment.way in PaymentWay.values else None
    if found is None:
        raise WayUnknown(payment.way)
    return found


def _at_its_day(payment: Payment) -> Decimal:
    return in_books(payment.amount, _rate(payment))


def _rate(payment: Payment) -> Decimal:
    """The rate of the day of the payment; one that is taken back, of the day it was made."""
    made = payment.reverses or payment
    rate, _since = terms.rate_to_books(payment.currency, books=provider.current().currency, on=made.paid_on)
    return rate


def _released(payment: Payment, amount: Decimal) -> Decimal:
    """What so much of the client's money was worth when it came: its share of all that is kept in that currency."""
    if payment.currency == provider.current().currency:
        return amount
    posted = Payment.objects.filter(organisation=payment.organisation, currency=payment.currency, book_event__voucher__isnull=False)
    kept = _sum(posted.filter(invoice=None).exclude(way=CREDIT)) - _sum(posted.filter(way=CREDIT).exclude(invoice=None))
    rows = BookRow.objects.filter(meaning=Meaning.CLIENT_MONEY, voucher__event__payment__in=posted)
    return to_cents(-_sum(rows) * amount / kept) if kept > 0 else in_books(amount, _rate(payment))


def _sum(rows: QuerySet[Payment] | QuerySet[BookRow]) -> Decimal:
    return rows.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
