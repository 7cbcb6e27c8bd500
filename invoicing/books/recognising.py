"""The use of credit in the books (rules C10 to C14, I6): each entry, at its lots' prices, on the date of the work.

Prepaid credit is a debt to the client until it is used, expires, or is taken as a penalty: then it is revenue. Work that no
credit covered is revenue too, at the debt's own price, against accrued income, until a lot pays the debt. A reversal takes
back what was recognised. Moved credit stays a debt to the client; refunded credit waits for its credit note.
"""

from decimal import Decimal

from core.sentences import Sentence, joined, sentence
from credits.flows import GONE_IN, SPENT_IN, Entry, EntryKind, Lot, LotPocket, LotSource, Move, child_of, moves_of
from invoicing.books import worth
from invoicing.books.chart import Chart
from invoicing.books.shares import Left
from invoicing.books.vouchers import Posting
from invoicing.models import BookAccount, BookLot, BookMove, Meaning, Share

SHARES = {
    EntryKind.DEDUCTION: Share.USED,
    EntryKind.LATE_CHANGE: Share.LATE_CHANGE,
    EntryKind.NO_SHOW: Share.NO_SHOW,
    EntryKind.EXPIRY: Share.EXPIRED,
    EntryKind.ADJUSTMENT: Share.ADJUSTED,
    EntryKind.REFUND: Share.REFUNDED,
    EntryKind.TRANSFER_OUT: Share.MOVED_OUT,
    EntryKind.TRANSFER_IN: Share.MOVED_IN,
}
REVENUE = {Share.LATE_CHANGE: Meaning.LATE_CHANGES, Share.NO_SHOW: Meaning.NO_SHOWS, Share.EXPIRED: Meaning.EXPIRED}
"""What is not server support has an account of its own: it can be taxed differently (rule C10)."""


def posting_of(entry: Entry, chart: Chart) -> Posting:
    """What the entry comes to. Raises AccountMissing, RateMissing, LotUnknown."""
    posting = Posting()
    for move in moves_of(entry):
        if move.lot is None:
            _of_debt(posting, move, chart)
        elif move.from_pocket == LotPocket.OUTSIDE:
            _granted(posting, move.lot, move)
        else:
            _of_lot(posting, move.lot, move, chart)
    return posting


def text_of(entry: Entry) -> Sentence:
    """What happened, for whom, and what it was about."""
    return joined([entry.account.organisation.name, sentence(entry.get_kind_display), entry.text], by=" · ")


def _granted(posting: Posting, lot: Lot, move: Move) -> None:
    """A lot comes into being: bought, taken over, given, or moved here with its worth."""
    kept = BookLot.objects.filter(lot=lot).first() or worth.begun(lot)
    posting.moves.append(BookMove(share=_arrival(kept, move), lot=lot, minutes=move.minutes, amount=kept.total))


def _arrival(kept: BookLot, move: Move) -> Share:
    if move.entry.kind == EntryKind.TRANSFER_IN:
        return Share.MOVED_IN
    if not kept.total:
        return Share.GIVEN
    return Share.SOLD if kept.lot.source == LotSource.TOP_UP else Share.TAKEN_OVER


def _of_lot(posting: Posting, lot: Lot, move: Move, chart: Chart) -> None:
    """Minutes of a lot are used or go, or come back; between what is available, held and frozen nothing changes."""
    used = move.minutes * ((move.to_pocket in SPENT_IN) - (move.from_pocket in SPENT_IN))
    gone = move.minutes * (move.to_pocket in GONE_IN)
    if not used and not gone:
        return
    kept = worth.of(lot)
    before = worth.left(kept)
    after = before.after(used=used, gone=gone)
    kept.used_minutes, kept.gone_minutes = after.used, after.gone
    kept.save(update_fields=["used_minutes", "gone_minutes"])
    share = _share_of(move.pays.entry if move.pays else move.entry)
    posting.moves.append(BookMove(share=share, lot=lot, minutes=-used - gone, amount=after.worth - before.worth))
    _book(posting, kept, share, before, after, chart)
    if share == Share.MOVED_OUT:
        _hand_over(kept, child_of(lot, move.entry), before, after)


def _book(posting: Posting, kept: BookLot, share: Share, before: Left, after: Left, chart: Chart) -> None:
    less = before.worth - after.worth
    if less and share != Share.MOVED_OUT:
        against = chart.of(Meaning.REFUNDS) if share == Share.REFUNDED else revenue_of(kept, share, chart)
        posting.add(chart.of(Meaning.ADVANCES), less, against=against, lot=kept.lot)


def _hand_over(kept: BookLot, child: Lot, before: Left, after: Left) -> None:
    """The part that was moved is a lot of its own, worth what left the first."""
    BookLot.objects.create(
        lot=child,
        line=kept.line,
        total=before.worth - after.worth,
        vat_treatment=kept.vat_treatment,
        granted_minutes=child.granted_minutes,
    )


def _of_debt(posting: Posting, move: Move, chart: Chart) -> None:
    """Minutes are owed, paid from a lot, or taken back."""
    debt = move.debt
    assert debt is not None  # noqa: S101 - a move is of a lot or of a debt, as the database holds
    opened = move.minutes * ((move.to_pocket == "open") - (move.from_pocket == "open"))
    if not opened:
        return
    before = worth.owed(debt).after(_opened_here(posting, debt.pk))
    more = before.after(opened).worth - before.worth
    share = {"none": Share.OWED}.get(move.from_pocket, Share.REPAID if move.to_pocket == "paid" else Share.TAKEN_BACK)
    posting.moves.append(BookMove(share=share, debt=debt, minutes=opened, amount=more))
    if more:
        meaning = REVENUE.get(_share_of(debt.entry), Meaning.SERVER_SUPPORT)
        percent, treatment = debt.vat_percent, worth.treatment_of(debt.vat_percent, debt)
        posting.add(chart.of(Meaning.ACCRUED), more, against=_revenue(chart, meaning, treatment, percent), debt=debt)


def revenue_of(kept: BookLot, share: Share, chart: Chart) -> BookAccount:
    """Where the use of a lot is revenue. Raises AccountMissing."""
    return _revenue(chart, REVENUE.get(share, Meaning.SERVER_SUPPORT), kept.vat_treatment, kept.lot.vat_percent)


def _revenue(chart: Chart, meaning: Meaning, treatment: str, percent: Decimal) -> BookAccount:
    return chart.of(meaning) if meaning in REVENUE.values() else chart.sales(meaning, treatment=treatment, percent=percent)


def _opened_here(posting: Posting, debt_id: int) -> int:
    """What this entry has opened or paid of the debt so far."""
    return sum(move.minutes for move in posting.moves if move.debt_id == debt_id)


def _share_of(entry: Entry) -> Share:
    """What an entry, or the one that it reverses, is about."""
    about = entry.reverses if entry.reverses else entry
    return SHARES.get(EntryKind(about.kind), Share.ADJUSTED)
