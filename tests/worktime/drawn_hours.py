"""Working hours at random, and a counter that walks through them minute by minute (rules W1, W5)."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from worktime.arithmetic import WorkingHours

ZONES = [
    "Europe/Stockholm",
    "America/New_York",
    "Australia/Lord_Howe",  # half an hour of summer time
    "Pacific/Apia",  # had no 30 December 2011
    "Asia/Kathmandu",
    "America/Havana",  # clocks change at midnight
    "Africa/Casablanca",
    "Etc/UTC",
]
MINUTE = timedelta(minutes=1)
A_DAY = timedelta(days=1)


@st.composite
def openings(draw, most=3):
    """The openings of a day, apart and in order; the last may end at midnight."""
    marks = sorted(draw(st.sets(st.integers(0, 24 * 4), max_size=2 * most)))
    clocks = [time(mark // 4 % 24, mark % 4 * 15) for mark in marks]
    return tuple(zip(clocks[::2], clocks[1::2], strict=False))


@st.composite
def working_hours(draw, near):
    """Hours of any kind, whose holidays and overrides lie near a date."""
    close = st.integers(-6, 12).map(lambda days: near + timedelta(days=days))
    holidays = draw(st.frozensets(close, max_size=4))
    weekly = draw(st.lists(openings(), min_size=7, max_size=7).filter(any))
    return WorkingHours(
        zone=ZoneInfo(draw(st.sampled_from(ZONES))),
        weekly=tuple(weekly),
        eve=draw(st.none() | openings(most=1)),
        holidays=lambda year: frozenset(day for day in holidays if day.year == year),
        overrides=draw(st.dictionaries(close, openings(), max_size=3)),
    )


CLOCK_CHANGES = [date(2026, 3, 8), date(2026, 3, 29), date(2026, 4, 5), date(2026, 10, 4), date(2026, 10, 25), date(2011, 12, 29)]
dates = st.dates(date(1950, 1, 1), date(2150, 12, 31)) | st.sampled_from(CLOCK_CHANGES) | st.dates(date(2026, 12, 28), date(2027, 1, 4))


@st.composite
def cases(draw):
    """Hours and an instant near which they are told apart."""
    day = draw(dates)
    hours = draw(working_hours(day))
    start = datetime.combine(day, time(), tzinfo=UTC) + timedelta(minutes=draw(st.integers(-720, 24 * 60)))
    return hours, start


def open_minutes(hours, start, until):
    """The minutes from `start` on, before `until`, that are open, each by its beginning: found by looking at every clock.

    Clocks that are set back show again what was past already: hours that began go on until the clocks show their end for
    the first time.
    """
    now = start - 2 * A_DAY
    latest = now.astimezone(hours.zone).replace(tzinfo=None)
    while now < until:
        latest = max(latest, now.astimezone(hours.zone).replace(tzinfo=None, fold=0))
        if now >= start and _is_open(hours, latest):
            yield now
        now += MINUTE


def _is_open(hours, wall):
    ends = [(opens, datetime.combine(wall.date() + A_DAY * (closes == time()), closes)) for opens, closes in hours.openings_on(wall.date())]
    return any(opens <= wall.time() and wall < end for opens, end in ends)
