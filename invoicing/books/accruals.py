"""Hours that were submitted and not confirmed at a month's end (rule I6): revenue of that month, taken back on the next day.

They are work that is done. What they will cost is what their hold covers, at its lots' prices, and the rest at the hold's.
When they are confirmed later, they are booked where the accrual was taken back, with their true date in the text.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from django.utils.translation import gettext as _

from clients import provider
from clients.agreements import local_date
from core.sentences import Sentence, sentence
from credits.flows import Hold, HoldPart, to_cents
from invoicing.books import worth
from invoicing.books.chart import Chart
from invoicing.books.recognising import revenue_of
from invoicing.books.vouchers import Happened, Posting, write
from invoicing.models import BookEvent, BookLot, BookPeriod, Books, Meaning, Series, Share
from sessions.confirmation import last_day
from sessions.models import Session, State

WAITING = (State.SUBMITTED, State.DISPUTED)


def accrue(books: Books, period: BookPeriod, chart: Chart, *, at: datetime) -> int:
    """Accrue what waits of the month, and take it back the day after, once: how many sessions. The books are locked.

    Raises AccountMissing, RateMissing: then nothing of the month is accrued.
    """
    if period.accrued_at is not None:
        return 0
    found = 0
    for session, hold, day in _waiting(period.last_on):
        posting = _posting_of(hold, day, chart)
        if not posting.parts or (books.begins_on and day < books.begins_on):
            continue
        end = Happened(cause=f"accrual:{period}:{hold.pk}", series=Series.ACCRUALS, on=period.last_on, text=_text(session), hold=hold)
        write(books, end, posting, at=at)
        write(books, replace(end, cause=f"{end.cause}:back", on=period.last_on + timedelta(days=1)), posting.turned(), at=at)
        found += 1
    period.accrued_at = at
    period.save(update_fields=["accrued_at"])
    return found


def first_day() -> date | None:
    """The first day on which hours were submitted that wait still."""
    first = Session.objects.filter(state__in=WAITING, submitted_at__isnull=False).order_by("submitted_at").first()
    return local_date(first.submitted_at) if first and first.submitted_at else None


def taken_back_on(hold: Hold) -> date | None:
    """The last day on which an accrual of what the hold promises was taken back: it is not booked before that."""
    return BookEvent.objects.filter(hold=hold).order_by("-booked_on").values_list("booked_on", flat=True).first()


def _waiting(last_on: date) -> Iterator[tuple[Session, Hold, date]]:
    """Sessions whose work was done and whose hours were submitted by the end of that day, with their hold and day of work."""
    ends_at = datetime.combine(last_on + timedelta(days=1), time(), tzinfo=provider.current().zone)
    sessions = Session.objects.filter(state__in=WAITING, submitted_at__lt=ends_at).exclude(hold=None)
    for session in sessions.select_related("account__organisation", "hold__account__organisation").order_by("pk"):
        day = last_day(session)
        if day is not None and session.hold is not None and day <= last_on:
            yield session, session.hold, day


def _posting_of(hold: Hold, day: date, chart: Chart) -> Posting:
    posting = Posting()
    accrued = chart.of(Meaning.ACCRUED)
    for part in HoldPart.objects.filter(hold=hold).select_related("lot").order_by("lot"):
        kept = BookLot.objects.select_related("lot").filter(lot=part.lot).first()
        if kept is not None:
            before = worth.left(kept)
            amount = before.worth - before.after(used=part.minutes).worth
            if amount:
                posting.add(accrued, amount, against=revenue_of(kept, Share.USED, chart))
    uncovered = hold.minutes - hold.covered_minutes
    if uncovered:
        price, treatment = hold.price_per_hour, worth.treatment_of(hold.vat_percent, hold)
        amount = worth.at_rate_of(to_cents(price.amount * uncovered / worth.MINUTES_OF_AN_HOUR), str(price.currency), day)
        revenue = chart.sales(Meaning.SERVER_SUPPORT, treatment=treatment, percent=hold.vat_percent)
        posting.add(accrued, amount, against=revenue)
    return posting


def _text(session: Session) -> Sentence:
    said = {"client": session.account.organisation.name, "session": session.title}
    return sentence(lambda: _("%(client)s · hours not confirmed yet · %(session)s") % said)
