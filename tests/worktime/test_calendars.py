"""Calendars are edited in one place, with history, and with a new version each time (rules W1, S6)."""

from datetime import date, datetime, time, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from tests.worktime.calendars_of import NOW, SQ, calendar
from worktime import calendars
from worktime.calendars import DatedHours, Hours, OwnHoliday
from worktime.models import BusinessCalendar, WeeklyOpening, YearlyHoliday

pytestmark = pytest.mark.django_db

STOCKHOLM = ZoneInfo("Europe/Stockholm")
EIGHT, NOON, FIVE = time(8), time(12), time(17)
MONDAY = date(2026, 11, 23)


def replaced(found, hours, by, **changed):
    return calendars.replace_hours(
        **{"calendar": found, "hours": hours, "shown": found.version, "by": by, "at": NOW, "reason": "We open later"} | changed
    )


def test_w1_hours_are_replaced_with_history_and_a_new_version(cast):
    found = calendar(SQ)
    start = datetime(2026, 11, 23, 7, tzinfo=STOCKHOLM)
    assert found.add(start, timedelta(hours=1)) == datetime(2026, 11, 23, 9, tzinfo=STOCKHOLM)

    changed = replaced(found, Hours(weekly={0: [(time(10), FIVE)]}, eve=[(EIGHT, NOON)]), cast.ada)

    assert changed.version != found.version
    assert BusinessCalendar.objects.get().add(start, timedelta(hours=1)) == datetime(2026, 11, 23, 11, tzinfo=STOCKHOLM)
    entry = WeeklyOpening.history.filter(history_type="+").latest()
    assert (entry.history_user, entry.history_date, entry.history_change_reason) == (cast.ada, NOW, "We open later")
    assert WeeklyOpening.history.filter(history_type="-", history_user=cast.ada).count() == 5
    assert changed.history.latest().history_user == cast.ada


def test_w1_what_changes_nothing_leaves_no_trace(cast):
    found = calendar(SQ)
    before = found.history.count()

    same = replaced(found, calendars.written(found), cast.ada, shown=uuid4())

    assert same.version == found.version
    assert found.history.count() == before


def test_w1_who_saw_an_older_version_is_refused(cast):
    found = calendar(SQ)
    replaced(found, Hours(weekly={0: [(EIGHT, NOON)]}), cast.ada)

    with pytest.raises(calendars.CalendarChanged):
        replaced(found, Hours(weekly={0: [(EIGHT, FIVE)]}), cast.ada)


@pytest.mark.parametrize(
    ("hours", "refusal"),
    [
        (Hours(weekly={0: [(FIVE, EIGHT)]}), calendars.HoursBackwards),
        (Hours(weekly={0: [(EIGHT, EIGHT)]}), calendars.HoursBackwards),
        (Hours(weekly={0: [(EIGHT, NOON), (time(11), FIVE)]}), calendars.HoursOverlap),
        (Hours(weekly={0: [(NOON, time()), (FIVE, time(18))]}), calendars.HoursOverlap),
        (Hours(eve=[(EIGHT, NOON), (EIGHT, FIVE)]), calendars.HoursOverlap),
        (Hours(dated=[DatedHours(MONDAY), DatedHours(MONDAY, EIGHT, NOON)]), calendars.HoursOverlap),
        (Hours(dated=[DatedHours(MONDAY, EIGHT)]), calendars.HoursBackwards),
        (Hours(dated=[DatedHours(MONDAY, NOON, EIGHT)]), calendars.HoursBackwards),
        (Hours(yearly=[OwnHoliday("a", "a")]), calendars.HolidayWithoutDate),
        (Hours(yearly=[OwnHoliday("a", "a", month=1)]), calendars.HolidayWithoutDate),
        (Hours(yearly=[OwnHoliday("a", "a", month=1, day=1, from_easter=1)]), calendars.HolidayWithoutDate),
    ],
)
def test_w1_hours_that_cannot_be_are_refused_and_nothing_changes(cast, hours, refusal):
    found = calendar(SQ)
    was = calendars.written(found)

    with pytest.raises(refusal):
        replaced(found, hours, cast.ada)

    assert calendars.written(found) == was
    assert BusinessCalendar.objects.get().version == found.version


def test_w1_hours_that_touch_and_hours_until_midnight_are_accepted(cast):
    hours = Hours(weekly={0: [(EIGHT, NOON), (NOON, FIVE), (time(20), time())]}, yearly=[OwnHoliday("Leap", "Skott", month=2, day=29)])

    found = replaced(calendar(SQ), hours, cast.ada)

    assert found.timetable.hours.weekly[0] == ((EIGHT, NOON), (NOON, FIVE), (time(20), time()))
    assert [YearlyHoliday.objects.get().on(year) for year in (2027, 2028)] == [None, date(2028, 2, 29)]


def test_w1_a_date_is_closed_opened_and_restored(cast):
    found, noon = calendar(SQ), datetime(2026, 11, 23, 12, tzinfo=STOCKHOLM)

    closed = calendars.give_date_hours(calendar=found, on=MONDAY, openings=[], note="Moving", by=cast.ada, at=NOW)
    assert not closed.is_open(noon)
    opened = calendars.give_date_hours(calendar=found, on=MONDAY, openings=[(time(11), time(13))], note="Move done", by=cast.ada, at=NOW)
    assert opened.is_open(noon)
    assert opened.dated_openings.get().note == "Move done"
    restored = calendars.restore_date(calendar=found, on=MONDAY, by=cast.ada, at=NOW)

    assert restored.is_open(noon)
    assert restored.is_open(noon - timedelta(hours=3))
    with pytest.raises(calendars.DateRestored):
        calendars.restore_date(calendar=found, on=MONDAY, by=cast.ada, at=NOW)
