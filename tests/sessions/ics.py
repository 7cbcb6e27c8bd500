"""Calendars as other programs write them, for tests."""

from itertools import count

_numbers = count(1)


def a_calendar(*parts: str) -> bytes:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//somebody//else//EN", *parts, "END:VCALENDAR", ""]
    return "\r\n".join(lines).encode()


def an_event(*lines: str, uid: str = "") -> str:
    """An event with these lines: `DTSTART:…`, `RRULE:…`."""
    return "\r\n".join(["BEGIN:VEVENT", f"UID:{uid or next(_numbers)}", "DTSTAMP:20261101T000000Z", *lines, "END:VEVENT"])


def at(start: str, end: str, zone: str = "Europe/Stockholm") -> tuple[str, str]:
    """`at("20261201T0900", "20261201T1000")`; without a zone by the clock."""
    where = f";TZID={zone}" if zone else ""
    return f"DTSTART{where}:{start}00", f"DTEND{where}:{end}00"
