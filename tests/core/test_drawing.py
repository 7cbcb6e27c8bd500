"""Bars and rulers: what they show is true."""

from datetime import UTC, datetime

import pytest

from core import drawing

BOOKED = datetime(2026, 11, 12, 9, 0, tzinfo=UTC)
FREE_UNTIL = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
STARTS = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def place(now: datetime) -> tuple[int, int]:
    return drawing.ruler(booked_at=BOOKED, free_until=FREE_UNTIL, starts_at=STARTS, now=now)


def test_the_parts_of_a_bar_fill_it_exactly() -> None:
    assert drawing.widths([760, 180, 500]) == [5277, 1250, 3473]
    assert sum(drawing.widths([1, 1, 1])) == drawing.WHOLE


def test_an_empty_bar_has_no_parts() -> None:
    assert drawing.widths([0, 0]) == [0, 0]


@pytest.mark.parametrize(("share", "written"), [(0, "0.00%"), (5, "0.05%"), (5283, "52.83%"), (10_000, "100.00%")])
def test_a_share_as_an_attribute(share: int, written: str) -> None:
    assert drawing.css_percent(share) == written


def test_the_ruler_begins_at_booking_and_ends_at_the_start() -> None:
    assert (place(BOOKED), place(FREE_UNTIL), place(STARTS)) == ((6200, 0), (6200, 6200), (6200, 10_000))


def test_nothing_lies_outside_the_ruler() -> None:
    assert (place(BOOKED.replace(day=1)), place(STARTS.replace(day=30))) == ((6200, 0), (6200, 10_000))


def test_c10_one_hour_after_the_free_stretch_is_past_its_end() -> None:
    assert place(FREE_UNTIL.replace(hour=15)) == (6200, 6200 + 950)


def test_c10_booked_when_it_was_late_there_is_no_free_stretch() -> None:
    now = STARTS.replace(hour=3)

    placed = drawing.ruler(booked_at=FREE_UNTIL.replace(hour=21), free_until=FREE_UNTIL, starts_at=STARTS, now=now)

    assert placed == (0, 5000)


def test_a_stretch_without_length_is_over() -> None:
    assert drawing.share_between(STARTS, STARTS, STARTS) == drawing.WHOLE
