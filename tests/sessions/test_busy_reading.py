"""What a calendar says about when its owner is busy."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from sessions import busy_apart
from sessions.busy_reading import NotACalendar, Question, TooMuch, busy_times, merge
from tests.cast import NOON, STOCKHOLM, at_stockholm
from tests.sessions.ics import a_calendar, an_event, at

OUR_UID = UUID("0b8f1f1e-7a54-4b43-9d3a-0d6a2b0c4a11")
TESSA = "tessa@provider.example"
CUSTOM_ZONE = """BEGIN:VTIMEZONE
TZID:Our office
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE"""


def question(*, first=NOON - timedelta(days=1), days=60, zone=STOCKHOLM):
    return Question(first=first, last=first + timedelta(days=days), zone=zone, owner=TESSA, ours=frozenset([str(OUR_UID)]))


def read(*events, **asked):
    """The busy times by the clock in Stockholm, to the minute."""
    times = busy_times(a_calendar(*events), question(**asked))
    return [f"{start.astimezone(STOCKHOLM):%a %d %b %H:%M}–{end.astimezone(STOCKHOLM):%a %H:%M}" for start, end in times]


MEETING = at("20261201T0900", "20261201T1000")


def test_r2_a_meeting_takes_its_time():
    assert read(an_event(*MEETING)) == ["Tue 01 Dec 09:00–Tue 10:00"]


@pytest.mark.parametrize(
    "lines",
    [
        ["TRANSP:TRANSPARENT"],
        ["transp:transparent"],
        ["STATUS:CANCELLED"],
        [f"ATTENDEE;CN=Tessa;PARTSTAT=DECLINED;RSVP=TRUE:mailto:{TESSA}"],
        [f"ATTENDEE;PARTSTAT=ACCEPTED:mailto:other@x.example\r\nATTENDEE;PARTSTAT=DECLINED:MAILTO:{TESSA.upper()}"],
        [f"ATTENDEE;ROLE=REQ-PARTICIPANT;PARTSTAT=DEC\r\n LINED:mailto:{TESSA}"],
    ],
)
def test_r2_what_is_free_cancelled_or_declined_takes_none(lines):
    assert read(an_event(*MEETING, *lines)) == []


@pytest.mark.parametrize(
    "lines",
    [
        ["TRANSP:OPAQUE", "STATUS:TENTATIVE"],
        [f"ATTENDEE;PARTSTAT=ACCEPTED:mailto:{TESSA}", "ATTENDEE;PARTSTAT=DECLINED:mailto:other@x.example"],
        [f"ATTENDEE;PARTSTAT=TENTATIVE:mailto:{TESSA}"],
        [f'ATTENDEE;CN="{TESSA} DECLINED":mailto:other@x.example'],
    ],
)
def test_r2_what_others_declined_still_takes_its_time(lines):
    assert len(read(an_event(*MEETING, *lines))) == 1


@pytest.mark.parametrize("uid", [str(OUR_UID), f"{OUR_UID}@support.example", f"{str(OUR_UID).upper()}@support.example"])
def test_r2_our_own_session_does_not_block_its_own_move(uid):
    assert read(an_event(*MEETING, uid=uid), an_event(*at("20261202T0900", "20261202T1000"), uid=f"x-{uid}")) == [
        "Wed 02 Dec 09:00–Wed 10:00"
    ]


def test_r2_what_has_no_length_takes_no_time():
    assert read(an_event("DTSTART:20261201T090000Z"), an_event(*at("20261201T0900", "20261201T0900"))) == []


def test_w5_whole_days_last_from_midnight_to_midnight_where_the_technician_works():
    day = an_event("DTSTART;VALUE=DATE:20261201", "DTEND;VALUE=DATE:20261203")
    alone = an_event("DTSTART;VALUE=DATE:20261210")

    assert read(day, alone) == ["Tue 01 Dec 00:00–Thu 00:00", "Thu 10 Dec 00:00–Fri 00:00"]
    assert read(day, alone, zone=ZoneInfo("America/New_York")) == ["Tue 01 Dec 06:00–Thu 06:00", "Thu 10 Dec 06:00–Fri 06:00"]


@pytest.mark.parametrize(("day", "after", "hours"), [("20270328", "20270329", 23), ("20261025", "20261026", 25)])
def test_w5_a_whole_day_with_a_clock_change_has_its_own_length(day, after, hours):
    body = a_calendar(an_event(f"DTSTART;VALUE=DATE:{day}", f"DTEND;VALUE=DATE:{after}"))

    ((start, end),) = busy_times(body, question(first=at_stockholm(2026, 10, 20), days=200))

    assert end - start == timedelta(hours=hours)


def test_w5_a_weekly_meeting_stays_at_its_time_over_a_clock_change():
    weekly = an_event(*at("20270321T0900", "20270321T1000"), "RRULE:FREQ=WEEKLY;COUNT=2")

    times = busy_times(a_calendar(weekly), question(first=at_stockholm(2027, 3, 20), days=20))

    assert [start for start, _end in times] == [at_stockholm(2027, 3, 21, 9), at_stockholm(2027, 3, 28, 9)]


def test_w5_a_length_in_hours_is_that_of_a_stop_watch():
    night = an_event("DTSTART;TZID=Europe/Stockholm:20270328T010000", "DURATION:PT2H")

    assert read(night, first=at_stockholm(2027, 3, 20)) == ["Sun 28 Mar 01:00–Sun 04:00"]


@pytest.mark.parametrize(
    ("zone", "seen"),
    [
        ("", "09:00–Tue 10:00"),
        ("America/New_York", "15:00–Tue 16:00"),
        ("W. Europe Standard Time", "09:00–Tue 10:00"),
        ("Pacific Standard Time", "18:00–Tue 19:00"),
        ("Our office", "09:00–Tue 10:00"),
        ("Nobody knows", "09:00–Tue 10:00"),
    ],
)
def test_w5_zones_are_understood_by_any_of_their_names(zone, seen):
    assert read(CUSTOM_ZONE, an_event(*at("20261201T0900", "20261201T1000", zone))) == [f"Tue 01 Dec {seen}"]


def test_w5_a_zone_of_the_calendars_own_keeps_summer_and_winter():
    weekly = an_event(*at("20200101T0900", "20200101T1000", "Our office"), "RRULE:FREQ=MONTHLY")

    assert read(CUSTOM_ZONE, weekly, first=at_stockholm(2027, 2, 20), days=75) == [
        "Mon 01 Mar 09:00–Mon 10:00",
        "Thu 01 Apr 09:00–Thu 10:00",
        "Sat 01 May 09:00–Sat 10:00",
    ]


def test_r2_recurrences_have_exceptions_changes_and_additions():
    weekly = an_event(
        *at("20200107T0900", "20200107T1000"),
        "RRULE:FREQ=WEEKLY",
        "EXDATE;TZID=Europe/Stockholm:20261124T090000",
        "RDATE;TZID=Europe/Stockholm:20261126T090000",
        uid="weekly",
    )
    moved = an_event(*at("20261202T1300", "20261202T1400"), "RECURRENCE-ID;TZID=Europe/Stockholm:20261201T090000", uid="weekly")
    dropped = an_event(
        *at("20261208T0900", "20261208T1000"), "RECURRENCE-ID;TZID=Europe/Stockholm:20261208T090000", "STATUS:CANCELLED", uid="weekly"
    )

    assert read(weekly, moved, dropped, days=30) == [
        "Thu 26 Nov 09:00–Thu 10:00",
        "Wed 02 Dec 13:00–Wed 14:00",
        "Tue 15 Dec 09:00–Tue 10:00",
    ]


def test_r2_an_occurrence_moved_away_from_the_days_in_question_is_gone():
    weekly = an_event(*at("20261103T0900", "20261103T1000"), "RRULE:FREQ=WEEKLY;UNTIL=20261124T235959Z", uid="weekly")
    earlier = an_event(*at("20260302T0900", "20260302T1000"), "RECURRENCE-ID;TZID=Europe/Stockholm:20261124T090000", uid="weekly")

    assert read(weekly, earlier) == []


def test_r2_the_latest_version_of_an_event_counts():
    early, late = at("20261201T0900", "20261201T1000"), at("20290101T0900", "20290101T1000")

    assert read(an_event(*early, "SEQUENCE:1", uid="x"), an_event(*late, "SEQUENCE:2", uid="x")) == []
    assert len(read(an_event(*early, "SEQUENCE:10", uid="x"), an_event(*late, "SEQUENCE:9", uid="x"))) == 1
    assert len(read(an_event(*early).replace("UID", "X-ID"), an_event(*late).replace("UID", "X-ID"))) == 1


def test_r2_what_overlaps_or_touches_is_one_and_nothing_reaches_beyond():
    events = [
        an_event(*at("20261110T0000", "20261118T0000")),
        an_event(*at("20261201T0900", "20261201T1000")),
        an_event(*at("20261201T1000", "20261201T1100")),
        an_event(*at("20261201T0930", "20261201T0945")),
        an_event(*at("20270110T0000", "20270301T0000")),
    ]

    assert read(*events, days=60) == ["Tue 17 Nov 12:00–Wed 00:00", "Tue 01 Dec 09:00–Tue 11:00", "Sun 10 Jan 00:00–Sat 12:00"]


def test_r2_long_and_unclear_lengths_are_read_where_they_still_matter():
    long = an_event("DTSTART:20260101T000000Z", "DURATION:P330D")
    backwards = an_event(*at("20261203T1000", "20261203T0900"))

    assert read(long)[0] == "Tue 17 Nov 12:00–Fri 01:00"
    assert len(read(backwards)) <= 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<!doctype html><p>Sign in",
        b"BEGIN:VCALENDAR\r\nEND:VEVENT\r\nEND:VCALENDAR",
        a_calendar(an_event(*MEETING))[:-20],
        a_calendar(an_event("DTSTART:yesterday")),
        a_calendar(an_event("DTSTART:20261399T000000Z")),
        a_calendar(an_event(*MEETING, "RRULE:FREQ=FORTNIGHTLY")),
        a_calendar(an_event(*MEETING, "RRULE:FREQ=DAILY;INTERVAL=0")),
        a_calendar(an_event(*MEETING, "RRULE:FREQ=DAILY;SURPRISE=1")),
        a_calendar(an_event(*MEETING).replace("DTSTAMP", "\0")),
        a_calendar("BEGIN:VEVENT\r\n" * 9 + "END:VEVENT\r\n" * 9),
        "BEGIN:VCALENDAR\r\nEND:VCALENDAR".encode("utf-16"),
    ],
    ids=range(12),
)
def test_what_is_no_calendar_is_told_as_such(body):
    with pytest.raises(NotACalendar):
        busy_times(body, question())


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_any_line_ends_a_byte_order_mark_and_several_calendars_are_read(end):
    text = a_calendar(an_event(*MEETING)).decode() + a_calendar(an_event(*at("20261202T0900", "20261202T1000"))).decode()

    assert len(busy_times(b"\xef\xbb\xbf" + text.replace("\r\n", end).encode(), question())) == 2


def test_what_is_past_costs_nothing_however_much_it_is():
    past = an_event(*at("20200101T0900", "20200101T1000"), "DESCRIPTION:" + "x" * 200)
    ended = an_event(*at("20100101T0900", "20100101T1000"), "RRULE:FREQ=SECONDLY;UNTIL=20110101T000000Z")

    assert read(*[past] * 6_000, ended, an_event(*MEETING)) == ["Tue 01 Dec 09:00–Tue 10:00"]


@pytest.mark.parametrize(
    "events",
    [
        [an_event(*MEETING, "RRULE:FREQ=SECONDLY")],
        [an_event(*MEETING, "RRULE:FREQ=MINUTELY;COUNT=100000000")],
        [an_event("DTSTART:00010101T000000Z", "DURATION:PT1M", "RRULE:FREQ=DAILY")],
        [an_event(*at("20200101T0900", "20200101T0901"), "RRULE:FREQ=DAILY;BYHOUR=1,2,3,4,5,6;BYMINUTE=1,2,3,4,5;BYSECOND=1,2,3,4,5")],
        [an_event(*MEETING, "RDATE:" + ",".join(["20261201T000000Z"] * 1_100)) for _ in range(10)],
        [an_event(*MEETING, "EXDATE:" + "x" * 30_000)],
        [an_event(*MEETING) for _ in range(5_001)],
        [an_event(*at("20000101T0900", "20000101T0901"), "RRULE:FREQ=HOURLY") for _ in range(2)],
        [CUSTOM_ZONE] * 1_000,
    ],
    ids=range(9),
)
def test_too_much_is_refused_before_it_is_expanded(events):
    with pytest.raises(TooMuch):
        busy_times(a_calendar(*events), question())


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(1, 60))))
def test_merged_times_are_disjoint_in_order_and_the_same_minutes(spans):
    stretches = [(NOON + timedelta(minutes=start), NOON + timedelta(minutes=start + length)) for start, length in spans]

    merged = merge(stretches)

    assert all(earlier[1] < later[0] for earlier, later in pairwise(merged))
    minutes = {start + offset for start, length in spans for offset in range(length)}
    assert sum((end - start for start, end in merged), timedelta()) == timedelta(minutes=len(minutes))


def test_apart_the_same_is_answered():
    body = a_calendar(an_event(*MEETING, "SUMMARY:Möte"))

    assert busy_apart.busy_times(body, question()) == busy_times(body, question())
    assert Question.from_text(question().as_text()) == question()


@pytest.mark.parametrize(("body", "refusal"), [(b"hello", NotACalendar), (a_calendar(an_event(*MEETING, "RRULE:FREQ=SECONDLY")), TooMuch)])
def test_apart_the_same_is_refused(body, refusal):
    with pytest.raises(refusal):
        busy_apart.busy_times(body, question())


def test_apart_a_rule_that_leads_nowhere_is_ended_by_the_kernel():
    nowhere = an_event(*at("20200101T0900", "20200101T1000"), "RRULE:FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30")

    with pytest.raises(TooMuch):
        busy_apart.busy_times(a_calendar(nowhere), question())


def test_apart_a_machine_without_time_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(busy_apart, "MOST_SECONDS", 0.01)

    with pytest.raises(TooMuch):
        busy_apart.busy_times(a_calendar(), question())


def test_the_reader_loads_no_django_and_so_no_settings():
    code = "import sessions.busy_child, sessions.busy_reading, sys; print('django' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], cwd=settings.ROOT, capture_output=True, check=True)

    assert told.stdout.strip() == b"False"


def test_the_reader_is_given_no_secret(monkeypatch):
    monkeypatch.setenv("SEALING_KEYS", "secret")
    code = "import os, sys; sys.exit('SEALING_KEYS' in os.environ or print('[]'))"
    monkeypatch.setattr(busy_apart, "COMMAND", [sys.executable, "-c", code])

    assert busy_apart.busy_times(a_calendar(), question()) == []


def test_times_are_in_utc():
    ((start, _end),) = busy_times(a_calendar(an_event(*MEETING)), question())

    assert start == datetime(2026, 12, 1, 8, tzinfo=UTC)
    assert start.tzinfo is UTC
