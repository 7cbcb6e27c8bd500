"""Calendar months of the books."""

from collections.abc import Iterator
from datetime import date, timedelta

from invoicing.models import BookPeriod


def first_of(day: date) -> date:
    """The first day of the month of `day`."""
    return day.replace(day=1)


def last_of(day: date) -> date:
    """The last day of the month of `day`."""
    return following(day) - timedelta(days=1)


def following(day: date) -> date:
    """The first day of the month after that of `day`."""
    return first_of(first_of(day) + timedelta(days=31))


def between(first: date, last: date) -> Iterator[date]:
    """The first days of the months from that of `first` to that of `last`."""
    month = first_of(first)
    while month <= last:
        yield month
        month = following(month)


def row_of(day: date) -> BookPeriod:
    """The row of the month of `day`."""
    return BookPeriod.objects.get_or_create(first_on=first_of(day), defaults={"last_on": last_of(day)})[0]
