"""The books tie to the ledger and to themselves (rules C15, I6): proved over the whole database, naming what differs first.

Each proof is a sentence of what must hold. Everything is posted before: what waits is told first.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, Max, Q, Sum
from django.utils.translation import gettext as _

from clients.agreements import local_date
from core.errors import DomainError
from credits import flows
from invoicing.books import chart, files, posting, reducing, report, worth
from invoicing.models import BookEvent, BookFile, BookLot, BookMove, BookRow, BookVoucher, Meaning, Share

ARRIVALS = (Share.SOLD, Share.TAKEN_OVER, Share.GIVEN, Share.MOVED_IN)
UNBOOKED = (*ARRIVALS, Share.MOVED_OUT)
"""Shares that no voucher of ours books: their invoice does, another system did, or nothing changes on the account."""


def check(at: datetime) -> list[str]:
    """What does not tie, a sentence for the first difference of each proof; nothing where all do, or where there are no books."""
    if not chart.offered():
        return []
    return [difference for prove in PROOFS if (difference := next(prove(at), None))]


def count() -> int:
    """How many proofs there are: none where there are no books."""
    return len(PROOFS) if chart.offered() else 0


def _all_is_posted(at: datetime) -> Iterator[str]:
    waiting = posting.unposted(until=local_date(at))
    if waiting:
        yield _("%(number)s events wait to be posted.") % {"number": waiting}


def _vouchers_balance(_at: datetime) -> Iterator[str]:
    summed = BookVoucher.objects.annotate(sum=Sum("rows__amount"), rows_in_it=Count("rows"))
    for voucher in summed.filter(Q(closed_at=None) | Q(rows_in_it=0) | Q(sum__gt=Decimal("0.004")) | Q(sum__lt=Decimal("-0.004"))):
        yield _("Voucher %(voucher)s (%(cause)s) is open or does not balance.") % {"voucher": voucher, "cause": voucher.cause}


def _numbers_have_no_gaps(_at: datetime) -> Iterator[str]:
    counted = BookVoucher.objects.values("series", "year").order_by("series", "year").annotate(all=Count("pk"), last=Max("number"))
    for row in counted:
        if row["last"] != row["all"]:
            yield _("Series %(series)s of %(year)s has gaps.") % {"series": row["series"], "year": row["year"]}


def _lots_are_what_the_ledger_says(_at: datetime) -> Iterator[str]:
    ledger, ours = flows.left_in_lots(), _left("lot")
    for pk in sorted({*ledger, *ours}):
        if ledger.get(pk, 0) != ours.get(pk, 0):
            said = _("Lot %(lot)s has %(ledger)s min left in the ledger and %(books)s in the books.")
            yield said % {"lot": pk, "ledger": ledger.get(pk, 0), "books": ours.get(pk, 0)}


def _debts_are_what_the_ledger_says(_at: datetime) -> Iterator[str]:
    ledger, ours = flows.open_debts(), _left("debt")
    for pk in sorted({*ledger, *ours}):
        if ledger.get(pk, 0) != ours.get(pk, 0):
            said = _("Debt %(debt)s has %(ledger)s min open in the ledger and %(books)s in the books.")
            yield said % {"debt": pk, "ledger": ledger.get(pk, 0), "books": ours.get(pk, 0)}


def _lots_are_worth_what_is_left(_at: datetime) -> Iterator[str]:
    """Recognised, refunded, moved and left are together what a lot was sold for, to the cent."""
    amounts = dict(BookMove.objects.exclude(lot=None).values_list("lot").order_by("lot").annotate(sum=Sum("amount")))
    reductions = worth.reductions_of()
    for kept in BookLot.objects.order_by("lot"):
        left, found = worth.left(kept, reductions), flows.to_cents(amounts.get(kept.lot_id, Decimal(0)))
        if left.worth != found:
            yield _("Lot %(lot)s is worth %(left)s, and the books have %(found)s.") % {
                "lot": kept.lot_id,
                "left": left.worth,
                "found": found,
            }


def _use_is_booked_as_it_was_recognised(_at: datetime) -> Iterator[str]:
    """The rows on prepaid credit of each entry, and of each reduced price, are what it did to its lots."""
    moved = Sum("moves__amount", filter=Q(moves__lot__isnull=False) & ~Q(moves__share__in=UNBOOKED))
    changes_lots = Q(entry__isnull=False) | Q(moves__share=Share.REDUCED)
    events = BookEvent.objects.filter(pk__in=BookEvent.objects.filter(changes_lots).values("pk"), voucher__isnull=False)
    events = events.annotate(moved=moved).order_by("pk")
    booked = _booked(Meaning.ADVANCES)
    for event in events:
        if flows.to_cents((event.moved or Decimal(0)) + booked.get(event.voucher_id or 0, Decimal(0))):
            yield _("Voucher %(voucher)s books another sum than its entry came to.") % {"voucher": event.voucher}


def _sold_credit_is_what_its_invoice_said(_at: datetime) -> Iterator[str]:
    """What came into the ledger from an invoice is what that invoice booked as prepaid, less what was credited before."""
    rows = BookRow.objects.filter(meaning=Meaning.ADVANCES, line__isnull=False)
    booked: dict[int, Decimal] = {}
    for line, credited, amount in rows.values_list("line", "line__credits", "amount"):
        booked[credited or line] = booked.get(credited or line, Decimal(0)) - amount
    for kept in BookLot.objects.filter(line__isnull=False, lot__origin=None).order_by("lot"):
        if kept.line_id in booked and booked[kept.line_id] != kept.total:
            said = _("Lot %(lot)s was sold for %(total)s, and its invoice booked %(booked)s.")
            yield said % {"lot": kept.lot_id, "total": kept.total, "booked": booked[kept.line_id]}


def _what_was_credited_was_refunded_or_the_price_reduced(_at: datetime) -> Iterator[str]:
    """No more of a line was credited than the ledger refunded, once reduced prices are booked."""
    for reduced in reducing.waiting():
        said = _("Of invoice %(invoice)s %(amount)s more was credited than was refunded, and the price of its credit was not reduced.")
        yield said % {"invoice": reduced.line.invoice.number, "amount": reduced.amount}


def _lots_and_the_account_of_prepaid_credit_agree(at: datetime) -> Iterator[str]:
    found = report.bridge(local_date(at))
    if not found.ties:
        said = _("The account of prepaid credit has %(account)s, and the lots explain %(expected)s.")
        yield said % {"account": found.account, "expected": found.expected}


def _files_are_what_their_vouchers_say(_at: datetime) -> Iterator[str]:
    for file in BookFile.objects.order_by("pk"):
        if _written_again(file) != bytes(file.content):
            yield _("File %(file)s is not what its vouchers say.") % {"file": file}


def _written_again(file: BookFile) -> bytes | None:
    """The file as its vouchers say it now; None where they cannot be written."""
    try:
        return files.again(file)
    except DomainError:
        return None


def _left(column: str) -> dict[int, int]:
    """What the books say is left of each lot, or open of each debt, in minutes; without those of which nothing is."""
    rows = BookMove.objects.exclude(**{column: None}).values_list(column).order_by(column).annotate(sum=Sum("minutes"))
    return {pk: minutes for pk, minutes in rows if minutes}


def _booked(meaning: Meaning) -> dict[int, Decimal]:
    """The sum of each voucher's rows on an account."""
    return dict(BookRow.objects.filter(meaning=meaning).values_list("voucher").order_by("voucher").annotate(sum=Sum("amount")))


PROOFS: tuple[Callable[[datetime], Iterator[str]], ...] = (
    _all_is_posted,
    _vouchers_balance,
    _numbers_have_no_gaps,
    _lots_are_what_the_ledger_says,
    _debts_are_what_the_ledger_says,
    _lots_are_worth_what_is_left,
    _use_is_booked_as_it_was_recognised,
    _sold_credit_is_what_its_invoice_said,
    _what_was_credited_was_refunded_or_the_price_reduced,
    _lots_and_the_account_of_prepaid_credit_agree,
    _files_are_what_their_vouchers_say,
)
