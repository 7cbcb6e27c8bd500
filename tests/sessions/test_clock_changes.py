"""Hourly slots on the days when clocks change, for people in three zones (rules W5, R2, C10)."""

import re
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.template import Context, Template
from django.utils import timezone

from sessions.availability import Wanted, open_slots
from sessions.cover import start_of
from sessions.forms import InstantField
from sessions.models import SessionTerms, Technician, WeeklyHours
from tests.cast import at_stockholm
from tests.sessions.booked import book

GREENWICH = ZoneInfo("UTC")
NEW_YORK, HELSINKI, KOLKATA = ZoneInfo("America/New_York"), ZoneInfo("Europe/Helsinki"), ZoneInfo("Asia/Kolkata")
SPRING, AUTUMN = date(2027, 3, 28), date(2026, 10, 25)
HOUR = timedelta(hours=1)


@pytest.fixture
def round_the_clock(cast):
    """Tessa alone, in a zone, at all hours; sessions begin on the hour."""
    SessionTerms.objects.update(slot_step_minutes=60, furthest_ahead_days=200)
    Technician.objects.filter(pk=cast.theo.pk).update(bookable=False)

    def of(zone, opens=time(0), closes=time(0)):
        Technician.objects.filter(pk=cast.tessa.pk).update(time_zone=zone.key, country="XX")
        WeeklyHours.objects.filter(technician=cast.tessa).delete()
        for weekday in range(7):
            WeeklyHours.objects.create(technician=cast.tessa, weekday=weekday, opens=opens, closes=closes)

    return of


def slots(cast, day, zone):
    at = datetime(2026, 10, 1, tzinfo=UTC)
    return open_slots(wanted=Wanted(purpose=cast.purpose, minutes=60), first=day, days=1, zone=zone, at=at)


def labels(found, zone):
    """What the reader in `zone` sees in the picker: the days, and the clock of each slot."""
    with timezone.override(zone):
        grid = Template("{% slot_grid slots %}").render(Context({"slots": found}))
    return re.findall(r'aria-label="(\w+)', grid), re.findall(r"<span>(.*?)</span>", grid)


@pytest.mark.parametrize("works_in", [HELSINKI, KOLKATA, NEW_YORK])
@pytest.mark.parametrize(("day", "hours"), [(SPRING, 23), (AUTUMN, 25), (date(2026, 11, 24), 24)])
def test_w5_a_day_of_the_providers_has_as_many_hourly_slots_as_hours(cast, round_the_clock, works_in, day, hours):
    round_the_clock(works_in)

    found = slots(cast, day, cast.provider.zone)

    assert len(found) == hours
    assert {later.starts_at - earlier.starts_at for earlier, later in pairwise(found)} == {HOUR}


def test_w5_the_hour_that_exists_twice_is_labelled_with_its_offset_for_who_has_it_twice(cast, round_the_clock):
    round_the_clock(HELSINKI)
    found = slots(cast, AUTUMN, cast.provider.zone)[:5]

    in_stockholm, in_new_york, in_kolkata = (labels(found, zone) for zone in (cast.provider.zone, NEW_YORK, KOLKATA))

    assert in_stockholm == (["Sunday"], ["00:00", "01:00", "02:00 (UTC+2)", "02:00 (UTC+1)", "03:00"])
    assert in_new_york == (["Saturday"], ["18:00", "19:00", "20:00", "21:00", "22:00"])
    assert in_kolkata == (["Sunday"], ["03:30", "04:30", "05:30", "06:30", "07:30"])


def test_w5_the_readers_own_change_is_labelled_where_the_provider_has_none(cast, round_the_clock):
    round_the_clock(KOLKATA)
    found = slots(cast, date(2026, 11, 1), NEW_YORK)

    days, clocks = labels(found, NEW_YORK)

    assert (days, len(found)) == (["Sunday"], 25)
    assert clocks[:4] == ["00:00", "01:00 (UTC−4)", "01:00 (UTC−5)", "02:00"]


def test_w5_the_hour_that_is_skipped_is_no_slot(cast, round_the_clock):
    round_the_clock(KOLKATA)
    found = slots(cast, SPRING, cast.provider.zone)[:4]

    assert labels(found, cast.provider.zone)[1] == ["00:00", "01:00", "03:00", "04:00"]
    assert labels(found, NEW_YORK) == (["Saturday"], ["19:00", "20:00", "21:00", "22:00"])


@pytest.mark.parametrize(
    ("day", "works_in", "first_utc"),
    [
        (SPRING, HELSINKI, 5),  # eight o'clock there is UTC+3 from this day on
        (date(2027, 3, 27), HELSINKI, 6),
        (SPRING, KOLKATA, 3),  # eight o'clock there is half past two: the next full hour of the provider's
        (AUTUMN, HELSINKI, 6),
        (AUTUMN, NEW_YORK, 12),  # New York changes a week later
        (date(2026, 11, 1), NEW_YORK, 13),
    ],
)
def test_w5_hours_stay_where_the_technicians_clock_has_them(cast, round_the_clock, day, works_in, first_utc):
    round_the_clock(works_in, time(8), time(17))

    assert slots(cast, day, GREENWICH)[0].starts_at.hour == first_utc


def test_w5_each_of_two_hours_alike_is_booked_by_itself(cast, acme, round_the_clock):
    round_the_clock(HELSINKI)
    first, second = datetime(2026, 10, 25, 0, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)
    at = at_stockholm(2026, 10, 20, 12)

    sessions = [book(cast, acme, credit=120, starts_at=start, at=at) for start in (first, second)]

    starts = [start_of(session) for session in sessions]
    assert starts == [first, second]
    assert {start.astimezone(cast.provider.zone).strftime("%H:%M") for start in starts} == {"02:00"}
    assert [session.ends_at for session in sessions] == [start + HOUR for start in starts]


# What a form may say: an instant with its offset, never the clock alone.


@pytest.mark.parametrize(
    "typed",
    [
        "2027-03-28T02:30",  # does not exist in Stockholm
        "2026-10-25T02:30",  # exists twice
        "2026-10-25T02:30[Europe/Stockholm]",
        "2026-13-01T09:00+01:00",
        "1999-01-01T00:00+00:00",
        "9999-12-31T23:59+00:00",
        "tomorrow",
    ],
)
def test_w5_a_clock_time_without_its_offset_books_nothing(typed):
    field = InstantField()

    with pytest.raises(ValidationError, match="Choose one of the open times"):
        field.clean(typed)


@pytest.mark.parametrize(
    ("typed", "instant"),
    [
        ("2026-10-25T02:30+02:00", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("2026-10-25T02:30+01:00", datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
        ("2027-03-28T02:30+01:00", datetime(2027, 3, 28, 1, 30, tzinfo=UTC)),
    ],
)
def test_w5_an_offset_says_which_of_two_hours_is_meant(typed, instant):
    assert InstantField().clean(typed) == instant
