"""Calendars as nobody should write them: made by chance, and made to do harm."""

import random
from collections.abc import Callable

from tests.sessions.ics import a_calendar, an_event, at

ZONES = ["", "Europe/Stockholm", "America/New_York", "W. Europe Standard Time"]
ODD_ZONES = ["Mars/Olympus", '"Europe/Stockholm"', "UTC", "", "\u2028"]
FREQS = ["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]
ODD_FREQS = ["HOURLY", "SECONDLY", "daily", "", "FORTNIGHTLY"]
PARTS = [
    *("COUNT=5", "UNTIL=20261231T000000Z", "INTERVAL=2", "BYDAY=MO,WE", "BYMONTHDAY=31", "BYMONTHDAY=-1"),
    *("WKST=SU", "BYMONTH=1,11,12"),
]
ODD_PARTS = [
    *("COUNT=0", "COUNT=-1", "COUNT=99999999999", "UNTIL=20261231", "UNTIL=x", "INTERVAL=-1", "BYDAY=-1SU"),
    *("BYDAY=99XX", "BYSETPOS=1", "BYHOUR=9,10", "BYHOUR=25", "BYWEEKNO=53", "BYYEARDAY=366", "BYYEARDAY=999", "X=1", "=", ""),
]
LINES = [
    *("STATUS:CANCELLED", "STATUS:CONFIRMED", "TRANSP:TRANSPARENT", "TRANSP:OPAQUE", "SEQUENCE:1", "SUMMARY:ÅÄÖ \\, \\; \\n"),
    *("EXDATE:20261201T090000Z", "RDATE:20261203T090000Z", "ATTENDEE;PARTSTAT=DECLINED:mailto:t@x.example"),
    *("RECURRENCE-ID:20261201T090000Z", "BEGIN:VALARM\r\nEND:VALARM", "DESCRIPTION:" + "a" * 500),
]
ODD_LINES = [
    *("TRANSP:", "SEQUENCE:x", "DURATION:PT1H", "DURATION:P-1D", "DURATION:-PT1H", "EXDATE;VALUE=DATE:20261201", "RDATE:", "NO COLON"),
    *("RDATE;VALUE=PERIOD:20261202T090000Z/PT1H", "RECURRENCE-ID;RANGE=THISANDFUTURE:20261208T090000Z", ":", "DTSTART", "\u2028"),
    *('X-A;B="c:d":e', "BEGIN:VALARM"),
]


def a_sound_one(dice: random.Random) -> bytes:
    """A few events such as calendars hold, from years back to years ahead."""
    return a_calendar(*[_a_sound_event(dice, number) for number in range(dice.randint(1, 12))])


def a_strange_one(dice: random.Random) -> bytes:
    """A sound one or one of odd dates, rules and lines; of either, one in three with its bytes disturbed."""
    odd = a_calendar(*[_an_event(dice) for _number in range(dice.randint(0, 4))])
    body = dice.choice([a_sound_one(dice), odd])
    return dice.choice(DISTURBANCES)(dice, body) if dice.random() < 0.35 else body


def attacks() -> dict[str, bytes]:
    """What is made to cost more than it may."""
    return _of_rules() | _of_numbers() | _of_texts()


def _a_sound_event(dice: random.Random, number: int) -> str:
    zone = dice.choice(ZONES)
    day = f"{dice.choice([2026, 2026, 2026, 2025, 2020, 2027])}{dice.choice([11, 12, 1, 3, 10]):02}{dice.randint(1, 28):02}"
    lines = list(at(f"{day}T{dice.randint(0, 22):02}00", f"{day}T23{dice.randint(0, 59):02}", zone))
    if dice.random() < 0.15:
        lines = [f"DTSTART;VALUE=DATE:{day}"]
    if dice.random() < 0.4:
        ends = dice.choice([[], [], ["COUNT=5"], ["UNTIL=20261231T000000Z"]])
        parts = [*ends, *dice.sample(PARTS[2:], dice.randint(0, 2))]
        lines.append("RRULE:" + ";".join([f"FREQ={dice.choice(FREQS)}", *parts]))
    lines += [line for line in LINES if dice.random() < 0.05]
    return an_event(*lines, uid=dice.choice(["same", str(number), str(number)]))


def _an_event(dice: random.Random) -> str:
    zone = dice.choice(dice.choice([ZONES, ODD_ZONES]))
    start = _moment(dice)
    lines = [f"DTSTART{f';TZID={zone}' if zone else ''}:{start}"]
    if dice.random() < 0.7:
        lines.append(f"DTEND{f';TZID={zone}' if zone else ''}:{dice.choice([_moment(dice), start[:9] + '235900', start])}")
    if dice.random() < 0.4:
        parts = [dice.choice(dice.choice([PARTS, PARTS, ODD_PARTS])) for _part in range(dice.randint(0, 3))]
        lines.append("RRULE:" + ";".join([f"FREQ={dice.choice(dice.choice([FREQS, FREQS, ODD_FREQS]))}", *parts]))
    lines += [dice.choice(dice.choice([LINES, ODD_LINES])) for _line in range(dice.randint(0, 3)) if dice.random() < 0.5]
    return an_event(*lines, uid=dice.choice(["", "same", "other"]))


def _moment(dice: random.Random) -> str:
    year, month = dice.choice([2026, 2026, 2026, 2027, 2020, 1970, 9999]), dice.choice([11, 12, 1, 3, 10, dice.randint(0, 13)])
    date = f"{year}{month:02}{dice.randint(0, 31):02}"
    return dice.choice([f"{date}T{dice.randint(0, 24):02}{dice.randint(0, 60):02}00", f"{date}T{dice.randint(0, 23):02}0000Z", date])


def _of_rules() -> dict[str, bytes]:
    start, end = at("20261201T0900", "20261201T0901")
    hours = ",".join(map(str, range(24)))
    minutes = ",".join(map(str, range(60)))
    return {
        "every second without an end": a_calendar(an_event(start, end, "RRULE:FREQ=SECONDLY")),
        "every second a billion times": a_calendar(an_event(start, end, "RRULE:FREQ=SECONDLY;COUNT=1000000000")),
        "a billion times": a_calendar(an_event(*at("19700101T0900", "19700101T0901"), "RRULE:FREQ=HOURLY;COUNT=1000000000")),
        "an interval of nothing": a_calendar(an_event(start, end, "RRULE:FREQ=DAILY;INTERVAL=0")),
        "since the year 1": a_calendar(an_event("DTSTART:00010101T000000", "DTEND:00010101T000001", "RRULE:FREQ=SECONDLY")),
        "minutes since the year 1": a_calendar(an_event("DTSTART:00010101T000000Z", "DURATION:PT1S", "RRULE:FREQ=MINUTELY")),
        "days since the year 1": a_calendar(an_event("DTSTART:00010101T000000Z", "DURATION:PT1S", "RRULE:FREQ=DAILY")),
        "until the year 9999": a_calendar(an_event(start, end, "RRULE:FREQ=DAILY;UNTIL=99991231T235959Z")),
        "every second by lists": a_calendar(an_event(start, end, f"RRULE:FREQ=DAILY;BYHOUR={hours};BYMINUTE={minutes};BYSECOND={minutes}")),
        "a rule that leads nowhere": a_calendar(an_event(start, end, "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30")),
        "hours that lead nowhere": a_calendar(an_event(start, end, "RRULE:FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30")),
        "many that lead nowhere": a_calendar(*[an_event(start, end, "RRULE:FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=2")] * 900),
    }


def _of_numbers() -> dict[str, bytes]:
    start, end = at("20261201T0900", "20261201T0901")
    dates = ",".join(["20261201T090000Z"] * 900)
    return {
        "a flood of dates": a_calendar(*[an_event(start, end, f"RDATE:{dates}", f"EXDATE:{dates}") for _number in range(200)]),
        "one long flood of dates": a_calendar(an_event(start, end, "RDATE:" + ",".join([dates] * 200))),
        "20,000 events": a_calendar(*[an_event(start, end) for _number in range(20_000)]),
        "20,000 past events": a_calendar(*[an_event(*at("20200101T0900", "20200101T0901"), uid="x")] * 20_000),
        "100,000 recurrences": a_calendar(an_event(*at("20200101T0900", "20200101T0901"), "RRULE:FREQ=MINUTELY;COUNT=100000")),
        "daily meetings by the thousand": a_calendar(
            *[an_event(*at("20200101T0900", "20200101T0901"), "RRULE:FREQ=DAILY", uid=str(number)) for number in range(1_100)]
        ),
        "changes of one event": a_calendar(
            *[an_event(start, end, f"RECURRENCE-ID:2026120{day % 9 + 1}T0{day % 10}0000Z", uid="x") for day in range(4_900)]
        ),
    }


def _of_texts() -> dict[str, bytes]:
    start, end = at("20261201T0900", "20261201T0901")
    meeting = an_event(start, end)
    return {
        "deep nesting": a_calendar("BEGIN:VEVENT\r\n" * 50_000),
        "nested calendars": b"BEGIN:VCALENDAR\r\n" * 50_000,
        "no end": a_calendar(meeting)[:-16],
        "one line of a megabyte": a_calendar(an_event(start, end, "SUMMARY:" + "a" * 1_000_000)),
        "one name of a megabyte": a_calendar("A" * 1_000_000 + ":b"),
        "one long rule": a_calendar(an_event(start, end, "RRULE:FREQ=DAILY;BYDAY=" + ",".join(["MO"] * 300_000))),
        "folds alone": b"BEGIN:VCALENDAR" + b"\r\n " * 1_000_000 + b"\r\nEND:VCALENDAR\r\n",
        "empty lines alone": b"BEGIN:VCALENDAR" + b"\n" * 4_900_000 + b"END:VCALENDAR\r\n",
        "NUL bytes": a_calendar("\0" * 1_000_000),
        "no text": bytes(range(256)) * 10_000,
        "quotes without an end": a_calendar(an_event('DTSTART;TZID="' + 'a"' * 9_000 + ":20261201T090000", end)),
        "zones by the thousand": a_calendar(*["BEGIN:VTIMEZONE\r\nTZID:a\r\nEND:VTIMEZONE"] * 20_000, meeting),
        "a zone that changes every hour": a_calendar(
            "BEGIN:VTIMEZONE\r\nTZID:odd\r\nBEGIN:STANDARD\r\nDTSTART:19000101T000000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\n"
            "RRULE:FREQ=HOURLY\r\nEND:STANDARD\r\nEND:VTIMEZONE",
            an_event(*at("20261201T0900", "20261201T1000", "odd")),
        ),
        "a zone that changes nowhere": a_calendar(
            "BEGIN:VTIMEZONE\r\nTZID:odd\r\nBEGIN:STANDARD\r\nDTSTART:20260101T000000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\n"
            "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30\r\nEND:STANDARD\r\nEND:VTIMEZONE",
            an_event(*at("20261201T0900", "20261201T1000", "odd")),
        ),
    }


def _cut(dice: random.Random, body: bytes) -> bytes:
    return body[: dice.randint(0, len(body))]


def _flipped(dice: random.Random, body: bytes) -> bytes:
    changed = bytearray(body)
    for _time in range(dice.randint(1, 8)):
        changed[dice.randrange(len(changed))] = dice.randrange(256)
    return bytes(changed)


def _repeated(dice: random.Random, body: bytes) -> bytes:
    place = dice.randint(0, len(body))
    return body[:place] + body[: dice.randint(0, len(body))] + body[place:]


def _with_other_ends(dice: random.Random, body: bytes) -> bytes:
    return body.replace(b"\r\n", dice.choice([b"\n", b"\r", b"\r\r\n", b"\r\n ", b"\n\n"]))


DISTURBANCES: list[Callable[[random.Random, bytes], bytes]] = [_cut, _flipped, _repeated, _with_other_ends]
