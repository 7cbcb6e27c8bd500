"""Months of the books (rule I6): open until finance locks them, one after the other, and locked for ever.

What comes to light later of a locked month is booked on the first day that is open, with its true date in the text.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Count, Q
from django.db.models.functions import TruncMonth
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from clients.agreements import local_date
from core.errors import DomainError
from core.formatting import long_day
from invoicing import life
from invoicing.books import accruals, chart, months, posting, vouchers
from invoicing.models import BookEvent, BookPeriod, BookVoucher
from people.models import Person


class MonthNotOver(DomainError):
    """The month is not over yet."""

    message = _("This month is not over yet. Nothing has changed.")


class EarlierOpen(DomainError):
    """A month before it is open."""

    def __init__(self, first_on: date) -> None:
        super().__init__(first_on)
        self.first_on = first_on

    @property
    def message(self) -> str:
        """Which month."""
        return _("%(month)s is open still: months are locked one after the other. Nothing has changed.") % {
            "month": capfirst(named(self.first_on))
        }


class NotAllPosted(DomainError):
    """Something of the month is not in the books."""

    def __init__(self, waiting: int, why: str) -> None:
        super().__init__(waiting, why)
        self.waiting, self.why = waiting, why

    @property
    def message(self) -> str:
        """How much, and why."""
        said = ngettext(
            "%(waiting)s event until its end is not posted. Nothing has changed. %(why)s",
            "%(waiting)s events until its end are not posted. Nothing has changed. %(why)s",
            self.waiting,
        )
        return (said % {"waiting": self.waiting, "why": self.why}).strip()


@dataclass(frozen=True)
class Month:
    """A month as it stands: its vouchers, how many of them no file has, and what waits to be posted."""

    first_on: date
    last_on: date
    vouchers: int
    not_in_files: int
    unposted: int
    locked_at: datetime | None
    locked_by: Person | None
    is_over: bool
    is_next: bool

    @property
    def name(self) -> str:
        """The month in words."""
        return named(self.first_on)

    @property
    def over_on(self) -> date:
        """The first day on which it can be locked."""
        return months.following(self.first_on)

    @property
    def code(self) -> str:
        """As it stands in addresses: 2026-11."""
        return f"{self.first_on:%Y-%m}"


def lock(month: date, *, by: Person, at: datetime) -> BookPeriod:
    """Lock the month of a day for good (rule I6): all of it is posted, and what waits for confirmation accrued. Twice is harmless.

    Raises NotAllowed for anybody but finance, BooksNotSet, MonthNotOver, EarlierOpen(first_on), NotAllPosted(waiting, why), AccountMissing.
    """
    life.check_finance(by)
    if months.last_of(month) >= local_date(at):
        raise MonthNotOver
    outcome = posting.post(at=at)
    with transaction.atomic():
        books = vouchers.locked()
        period = months.row_of(month)
        if period.locked_at is not None:
            return period
        _check(period, outcome)
        accruals.accrue(books, period, chart.current(), at=at)
        period.locked_at, period.locked_by = at, by
        period.save(update_fields=["locked_at", "locked_by"])
        return period


def not_yet(month: date, *, at: datetime) -> str:
    """Why the month of a day cannot be locked at `at`, in words; nothing where it can be tried."""
    if months.last_of(month) >= local_date(at):
        said = _("%(month)s is not over: it can be locked from %(day)s on.")
        return said % {"month": capfirst(named(month)), "day": long_day(months.following(month))}
    earlier = _first_open(before=months.first_of(month))
    if earlier is not None:
        said = _("%(earlier)s is open still: months are locked one after the other. Lock that one first.")
        return said % {"earlier": capfirst(named(earlier))}
    return ""


def standing(*, at: datetime) -> list[Month]:
    """The months from the first in the books until now, the latest first."""
    today, first = local_date(at), _first()
    if first is None:
        return []
    kept = {period.first_on: period for period in BookPeriod.objects.select_related("locked_by")}
    counts = _counts()
    waiting = _waiting_by_month()
    found = []
    is_next = True
    for month in months.between(first, today):
        period = kept.get(month)
        is_locked = period is not None and period.locked_at is not None
        found.append(
            Month(
                first_on=month,
                last_on=months.last_of(month),
                vouchers=counts.get(month, (0, 0))[0],
                not_in_files=counts.get(month, (0, 0))[1],
                unposted=waiting.get(month, 0),
                locked_at=period.locked_at if period else None,
                locked_by=period.locked_by if period else None,
                is_over=months.last_of(month) < today,
                is_next=is_next and not is_locked,
            )
        )
        is_next = is_next and is_locked
    return found[::-1]


def named(day: date) -> str:
    """The month of `day` in words, as it stands inside a sentence: November 2026, in Swedish november 2026."""
    return date_format(day, "F Y")


def _check(period: BookPeriod, outcome: posting.Outcome) -> None:
    earlier = _first_open(before=period.first_on)
    if earlier is not None:
        raise EarlierOpen(earlier)
    waiting = posting.unposted(until=period.last_on)
    if waiting:
        raise NotAllPosted(waiting, next(iter(outcome.refused.values()), ""))


def _first_open(*, before: date) -> date | None:
    """The earliest month of the books before that day that is not locked; None where all are."""
    first = _first()
    if first is None or first >= before:
        return None
    locked = set(BookPeriod.objects.filter(locked_at__isnull=False).values_list("first_on", flat=True))
    return next((month for month in months.between(first, before) if month < before and month not in locked), None)


def _first() -> date | None:
    """The first day of anything posted."""
    return BookEvent.objects.order_by("booked_on").values_list("booked_on", flat=True).first()


def _counts() -> dict[date, tuple[int, int]]:
    """Of each month: its vouchers, and those that no file has. One query."""
    rows = BookVoucher.objects.annotate(month=TruncMonth("booked_on")).values("month").order_by()
    counted = rows.annotate(all=Count("pk"), new=Count("pk", filter=Q(in_file=None)))
    return {row["month"]: (row["all"], row["new"]) for row in counted}


def _waiting_by_month() -> dict[date, int]:
    """Of each month how many events wait to be posted. Three queries."""
    found: dict[date, int] = {}
    for rows, column in ((posting.invoices(), "issued_on"), (posting.payments(), "paid_on"), (posting.entries(), "occurred_on")):
        counted = rows.annotate(month=TruncMonth(column)).values("month").order_by().annotate(all=Count("pk"))
        for row in counted:
            found[row["month"]] = found.get(row["month"], 0) + row["all"]
    return found
