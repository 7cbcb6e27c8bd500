"""Price reductions in the books (rules I1, I6): what credit notes took off credit that stays in the ledger.

A credit note of credit that is in the ledger stands against the account of refunds until the ledger has refunded as much. Where
more was credited of a line than was refunded, the price was reduced: for the minutes of its lots that have not been refunded, used
or not. Of those that are left the debt to the client is less from then on; of those that were used, the revenue.

So the lots of a line are worth what is left of it to be credited, whichever came first, the refund or the credit note.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Max, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from core.sentences import Sentence, joined, sentence
from credits.flows import Lot, to_cents
from delivery.money import shares
from invoicing.books import worth
from invoicing.books.chart import Chart
from invoicing.books.recognising import revenue_of
from invoicing.books.vouchers import Posting
from invoicing.models import BookEvent, BookLot, BookMove, BookRow, InvoiceLine, Meaning, Share

USES = (Share.USED, Share.ADJUSTED, Share.LATE_CHANGE, Share.NO_SHOW, Share.EXPIRED)


@dataclass(frozen=True)
class Reduced:
    """Of the line of an invoice so much more was credited than refunded, in the books; the last of it on this day."""

    line: InvoiceLine
    amount: Decimal
    on: date

    @property
    def cause(self) -> str:
        """Which reduction of this line it is."""
        return f"{_cause(self.line)}{BookEvent.objects.filter(cause__startswith=_cause(self.line)).count() + 1}"

    @property
    def text(self) -> Sentence:
        """Of what, and whose."""
        invoice = self.line.invoice
        return joined([sentence(lambda: _("Price reduction")), invoice.number or "", invoice.organisation.name], by=" · ")


def waiting(*lines: int) -> list[Reduced]:
    """What was reduced and is not booked, by line, of all lines or of these. Two queries, and one where there is any."""
    rows = BookRow.objects.filter(meaning=Meaning.REFUNDS, line__isnull=False).annotate(sold=Coalesce("line__credits", "line"))
    refunds = BookMove.objects.filter(share=Share.REFUNDED, lot__in_books__line__isnull=False, event__voucher__isnull=False)
    if lines:
        rows, refunds = rows.filter(sold__in=lines), refunds.filter(lot__in_books__line__in=lines)
    refunded = dict(refunds.values_list("lot__in_books__line").order_by().annotate(sum=Sum("amount")))
    found = {
        line: (to_cents(credited + refunded.get(line, Decimal(0))), on)
        for line, credited, on in rows.values_list("sold").order_by("sold").annotate(sum=Sum("amount"), on=Max("voucher__happened_on"))
        if credited + refunded.get(line, Decimal(0)) > 0
    }
    sold = InvoiceLine.objects.select_related("invoice__organisation").in_bulk(found) if found else {}
    return [Reduced(sold[line], amount, on) for line, (amount, on) in found.items() if amount]


def posting_of(reduced: Reduced, chart: Chart) -> Posting:
    """What it comes to: off each lot of the line by what is left of its price. A cent that no minute bears is rounding.

    Raises AccountMissing.
    """
    posting = Posting()
    lots = list(BookLot.objects.filter(line=reduced.line).select_related("lot").order_by("lot"))
    most = [worth.left(kept).reducible for kept in lots]
    parts = shares(min(reduced.amount, sum(most, Decimal(0))), most) if any(most) else []
    for kept, part in zip(lots, parts, strict=False):
        if part:
            _reduce(posting, kept, part, chart)
    posting.add(chart.of(Meaning.REFUNDS), -reduced.amount, line=reduced.line)
    if posting.difference:
        posting.add(chart.of(Meaning.ROUNDING), -posting.difference)
    return posting


def _reduce(posting: Posting, kept: BookLot, amount: Decimal, chart: Chart) -> None:
    """Less is owed to the client in credit, and less was revenue of what it used."""
    before = worth.left(kept)
    after = before.reduced(amount)
    owed_less = before.worth - after.worth
    posting.moves.append(BookMove(share=Share.REDUCED, lot=kept.lot, minutes=0, amount=-amount, over_minutes=before.here))
    posting.add(chart.of(Meaning.ADVANCES), owed_less, lot=kept.lot)
    for share, part in _by_use(kept.lot, amount - owed_less):
        posting.moves.append(BookMove(share=share, lot=kept.lot, minutes=0, amount=part))
        posting.add(revenue_of(kept, share, chart), part)


def _by_use(lot: Lot, amount: Decimal) -> list[tuple[Share, Decimal]]:
    """What was recognised too much, by what the minutes were used for."""
    moves = BookMove.objects.filter(lot=lot, share__in=USES).values_list("share").order_by("share").annotate(minutes=-Sum("minutes"))
    used = [(Share(share), Decimal(minutes)) for share, minutes in moves if minutes > 0]
    parts = shares(amount, [minutes for _share, minutes in used]) if used else []
    return [(share, part) for (share, _minutes), part in zip(used, parts, strict=True) if part]


def _cause(line: InvoiceLine) -> str:
    return f"reduction:{line.pk}:"
