"""The dates of a series as its pages show them, and those of one that is only wished for (rules C5, C10, C17, R2, W5)."""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import islice

from sessions import availability, bookings, factors, notice, portal, recurrence, series_messages
from sessions import terms as session_terms
from sessions.factors import Factor
from sessions.models import PassedOver, Series
from sessions.models.sessions import OPEN
from sessions.portal import Row
from sessions.series import SeriesWish, booked_from, wish_for

__all__ = ["Dates", "Occurrence", "Planned", "dates", "planned"]

AHEAD = 6
"""Dates that are not booked yet, on a page."""
EARLIER = 24
"""Dates that are over, on a page: two years of months."""


@dataclass(frozen=True, kw_only=True)
class Occurrence:
    """A date of a series: its session as lists show it, or why there is none, or from when it is booked.

    `is_skipped`: the clocks never show the series' time on that date; it begins at the first instant after.
    """

    on: date
    starts_at: datetime
    row: Row | None = None
    passed: PassedOver | None = None
    booked_from: datetime | None = None
    is_skipped: bool = False

    @property
    def by_hand(self) -> str:
        """The address at which another time is booked for a date that was passed over."""
        return series_messages.by_hand(self.passed) if self.passed else ""


@dataclass(frozen=True)
class Dates:
    """The dates of a series: those that come or are open, in order, and those that are over, latest first."""

    coming: Sequence[Occurrence]
    earlier: Sequence[Occurrence]


@dataclass(frozen=True, kw_only=True)
class Planned:
    """What a date of a series would be, by the terms in force now: minutes held by the `factor`, from when, free until when.

    `is_open` says whether somebody is free then as things stand; None so far ahead that nobody plans yet.
    """

    on: date
    starts_at: datetime
    held_minutes: int
    booked_from: datetime
    free_until: datetime
    is_skipped: bool
    is_open: bool | None
    factor: Factor = field(default_factory=Factor)


def dates(*, series: Series, at: datetime) -> Dates:
    """The dates of a series; a fixed number of queries, however many there are (rule R2)."""
    rows = {row.session.series_on: row for row in portal.rows(series.sessions.all(), at=at)}
    passed = {over.on: over for over in series.passed_over.all()}
    today = at.astimezone(series.zone).date()
    handled = [_occurrence(series, on, row=rows.get(on), passed=passed.get(on)) for on in {*rows, *passed} if on]
    coming: list[Occurrence] = []
    over: list[Occurrence] = []
    for occurrence in sorted(handled, key=_by_date):
        (coming if occurrence.on >= today or _is_open(occurrence) else over).append(occurrence)
    coming += islice(_ahead(series, {*rows, *passed}, at), AHEAD)
    return Dates(sorted(coming, key=_by_date), over[: -EARLIER - 1 : -1])


def planned(*, wish: SeriesWish, at: datetime) -> list[Planned]:
    """The next dates of a series that passed `sessions.series.check`, with what each would hold (rules C5, C17)."""
    series, terms = wish.series, session_terms.current()
    found: list[Planned] = []
    for occurrence in islice(_ahead(series, (), at), AHEAD):
        booking = wish_for(series, occurrence.on)
        wanted = bookings.wanted(booking)
        tariff = factors.tariff(wanted)
        factor = tariff.at(booking.starts_at)
        far = booking.starts_at >= at + timedelta(days=terms.furthest_ahead_days)
        found.append(
            Planned(
                on=occurrence.on,
                starts_at=booking.starts_at,
                factor=factor,
                held_minutes=tariff.held_minutes(factor),
                booked_from=max(booked_from(booking.starts_at, terms=terms), at),
                free_until=notice.free_until(starts_at=booking.starts_at, notice=terms.notice),
                is_skipped=occurrence.is_skipped,
                is_open=None if far else availability.slot_at(wanted=wanted, starts_at=booking.starts_at, at=at) is not None,
            )
        )
    return found


def _ahead(series: Series, handled: Container[date | None], at: datetime) -> Iterator[Occurrence]:
    """The coming dates of a running series that are neither booked nor passed over, in order, with when they are booked."""
    if series.ended_at is not None:
        return
    terms = session_terms.current()
    for on in recurrence.dates(series.rule, since=at.astimezone(series.zone).date(), until=date.max):
        starts_at = series.starts_at(on)
        if on not in handled and starts_at > at:
            yield _occurrence(series, on, booked_from=booked_from(starts_at, terms=terms))


def _occurrence(
    series: Series, on: date, *, row: Row | None = None, passed: PassedOver | None = None, booked_from: datetime | None = None
) -> Occurrence:
    return Occurrence(
        on=on,
        starts_at=series.starts_at(on),
        row=row,
        passed=passed,
        booked_from=booked_from,
        is_skipped=recurrence.is_skipped(on, series.at_clock, series.zone),
    )


def _is_open(occurrence: Occurrence) -> bool:
    return occurrence.row is not None and occurrence.row.session.state in OPEN


def _by_date(occurrence: Occurrence) -> date:
    return occurrence.on
