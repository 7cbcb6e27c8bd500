"""What of a calendar matters, found line by line before anything is understood (rules R2, W5).

A calendar may hold twenty years of meetings, pictures, and whatever somebody hostile put into it. Here all that cannot
touch the days in question is left out, in one pass whose cost grows with the length of the text alone, and what remains
is counted: events, dates, and the steps that its recurrences would take. What is too much is refused before it is
expanded. What slips through is ended by the limits on the process that reads (`sessions.busy_apart`).

Pure: no Django, no clock, no I/O.
"""

import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import prod

MOST_EVENTS = 5_000
MOST_DATES = 10_000
MOST_STEPS = 300_000
MOST_LINES_OF_ZONES = 10_000
LONGEST_LINE = 20_000
DEEPEST = 4

NAME = re.compile(r"[A-Za-z0-9-]{1,60}")
DAY = re.compile(r":(\d{8})(?:T\d{6}Z?)?\s*$")
UNTIL = re.compile(r"UNTIL=(\d{8})", re.IGNORECASE)
FOLD = re.compile(r"\n[ \t]")
SHORT = re.compile(r":PT(?:\d{1,2}H)?(?:\d{1,2}M)?(?:\d{1,2}S)?\s*$")
SHORT_DAYS = 5
OF_EVENTS = frozenset(
    "DTSTART DTEND DURATION RRULE RDATE EXDATE RECURRENCE-ID UID SEQUENCE STATUS TRANSP ATTENDEE".split()  # noqa: SIM905 as a list it is a page
)
OF_ZONES = frozenset("TZID DTSTART TZOFFSETFROM TZOFFSETTO RRULE RDATE".split())  # noqa: SIM905 likewise
DAYS_OF = {"HOURLY": 1 / 24, "DAILY": 1, "WEEKLY": 7, "MONTHLY": 30, "YEARLY": 365}
"""How many days one step of a rule takes. Rules by the minute or second are not read: nobody meets so often."""
TIMES_A_DAY = ("BYHOUR", "BYMINUTE", "BYSECOND")
DAYS_A_STEP = ("BYDAY", "BYMONTHDAY", "BYYEARDAY")
FEW_DAYS = timedelta(days=2)
"""Covers any zone, on either side."""
LONG_AGO = timedelta(days=62)
"""What changed an occurrence that began before this may be left out: no meeting lasts two months."""


class NotACalendar(ValueError):
    """This cannot be read as a calendar."""


class TooMuch(ValueError):
    """There are more events or recurrences than we read."""


@dataclass
class Part:
    """An event, or a zone with its rules: its lines as they stand, and those of an event by name."""

    lines: list[str] = field(default_factory=list)
    named: dict[str, list[str]] = field(default_factory=dict)

    def keep(self, name: str, line: str) -> None:
        """Take a line in."""
        if len(line) > LONGEST_LINE:
            raise TooMuch
        self.lines.append(line)
        self.named.setdefault(name, []).append(line)

    def day(self, name: str) -> date | None:
        """The date of a property; None where there is none or it is unclear."""
        found = DAY.search(self.named.get(name, [""])[0])
        return _date(found[1]) if found else None

    def said(self, name: str, otherwise: str = "") -> str:
        """The value of a property as it stands."""
        return self.named[name][0].partition(":")[2].strip() if name in self.named else otherwise

    @property
    def version(self) -> int:
        """Its SEQUENCE."""
        said = self.said("SEQUENCE")
        return int(said) if len(said) < 10 and said.isascii() and said.isdigit() else -1

    def lasts_days(self) -> int | None:
        """Upon how many later days it may still go on; None where that is unclear."""
        if "DURATION" in self.named:
            return SHORT_DAYS if SHORT.search(self.named["DURATION"][0]) else None
        if "DTEND" not in self.named:
            return 1
        start, end = self.day("DTSTART"), self.day("DTEND")
        return max((end - start).days, 0) if start and end else None

    @property
    def rules(self) -> list[str]:
        """Its recurrence rules, without the name of the property."""
        return [line.partition(":")[2].strip().upper() for line in self.named.get("RRULE", [])]


def thin(body: bytes, *, first: date, last: date, owner: str) -> str:
    """The calendar with nothing but what may matter from `first` to `last` to whoever has the e-mail address `owner`.

    Raises NotACalendar, TooMuch.
    """
    sieve = _Sieve(first, last, owner)
    for line in _lines(body):
        sieve.take(line)
    return sieve.rest()


class _Sieve:
    """One pass over the lines."""

    def __init__(self, first: date, last: date, owner: str) -> None:
        self._early, self._late, self._long_ago = first - FEW_DAYS, last + FEW_DAYS, first - LONG_AGO
        self._owner = owner.lower()
        self._inside: list[str] = []
        self._part = Part()
        self._zones: list[str] = []
        self._events: dict[tuple[str, str], Part] = {}
        self._calendars = self._dates = 0
        self._steps = 0.0

    def take(self, line: str) -> None:
        """The next line."""
        found = NAME.match(line)
        name = found[0].upper() if found else ""
        if name == "BEGIN":
            self._begin(line[6:].strip().upper())
        elif name == "END":
            self._end(line[4:].strip().upper())
        elif self._is_wanted(name, line):
            self._part.keep(name, line)
        elif not self._inside and line.strip():
            raise NotACalendar

    def rest(self) -> str:
        """What remains, zones first."""
        if self._inside or not self._calendars:
            raise NotACalendar
        events = [line for event in self._that_matter() for line in [*event.lines, "END:VEVENT"]]
        return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-", *self._zones, *events, "END:VCALENDAR", ""])

    def _begin(self, name: str) -> None:
        if len(self._inside) == DEEPEST or (name == "VCALENDAR") == bool(self._inside):
            raise NotACalendar
        self._inside.append(name)
        if len(self._inside) == 2:
            self._part = Part()
        if self._inside[1:] == ["VEVENT"] or self._is_in_a_zone():
            self._part.lines.append(f"BEGIN:{name}")

    def _end(self, name: str) -> None:
        if not self._inside or self._inside[-1] != name:
            raise NotACalendar
        if self._inside == ["VCALENDAR", "VEVENT"]:
            self._end_event()
        elif self._is_in_a_zone():
            self._end_of_zone(name)
        self._calendars += name == "VCALENDAR"
        self._inside.pop()

    def _is_in_a_zone(self) -> bool:
        return self._inside[1:2] == ["VTIMEZONE"]

    def _is_wanted(self, name: str, line: str) -> bool:
        if self._is_in_a_zone():
            return name in OF_ZONES
        if self._inside != ["VCALENDAR", "VEVENT"] or name not in OF_EVENTS:
            return False
        said = line.lower() if name == "ATTENDEE" else ""
        return not said or ("declined" in said and self._owner in said)

    def _end_event(self) -> None:
        """Of what is said of one event, or of one of its occurrences, more than once, the latest version counts."""
        event = self._part
        if "DTSTART" not in event.named:
            return
        key = (event.said("UID", f"none {len(self._events)}"), event.said("RECURRENCE-ID"))
        before = self._events.get(key)
        if before is None or event.version > before.version:
            self._events[key] = event

    def _that_matter(self) -> list[Part]:
        """The events that may matter, those from which an occurrence was changed that may among them."""
        changed = {uid for (uid, replaced), event in self._events.items() if replaced and self._may_matter(event)}
        kept = [event for (uid, replaced), event in self._events.items() if (uid in changed and not replaced) or self._may_matter(event)]
        for event in kept:
            self._count(event)
        if len(kept) > MOST_EVENTS:
            raise TooMuch
        return kept

    def _end_of_zone(self, name: str) -> None:
        """Each stretch of a zone has rules of its own, which cost as much as those of events."""
        self._count(self._part)
        self._part.lines.append(f"END:{name}")
        self._part.named.clear()
        if name == "VTIMEZONE":
            self._zones += self._part.lines
        if len(self._zones) + len(self._part.lines) > MOST_LINES_OF_ZONES:
            raise TooMuch

    def _may_matter(self, event: Part) -> bool:
        """Whether the event can touch the days in question, by the dates in its lines; where they are unclear, it may."""
        start = event.day("DTSTART")
        if start is None or "RDATE" in event.named:
            return True
        if "RECURRENCE-ID" in event.named:
            return self._may_change(event, start)
        if start > self._late:
            return False
        last_start = max((_until(rule) for rule in event.rules), default=start)
        lasts = event.lasts_days()
        return lasts is None or (self._early - last_start).days <= lasts

    def _may_change(self, event: Part, start: date) -> bool:
        """The same for what replaces one occurrence, or all from one on, of another event."""
        replaced, lasts = event.day("RECURRENCE-ID"), event.lasts_days()
        if replaced is None or lasts is None or event.rules or "RANGE=" in event.named["RECURRENCE-ID"][0].upper():
            return True
        is_past = replaced < self._long_ago and (self._early - start).days > lasts
        return not (is_past or min(replaced, start) > self._late)

    def _count(self, part: Part) -> None:
        self._dates += sum(line.count(",") + 1 for name in ("RDATE", "EXDATE") for line in part.named.get(name, []))
        self._steps += sum(_steps(rule, part.day("DTSTART") or self._late, self._late) for rule in part.rules)
        if self._dates > MOST_DATES or self._steps > MOST_STEPS:
            raise TooMuch


def _lines(body: bytes) -> list[str]:
    """The lines, unfolded (RFC 5545, 3.1), whatever ends them."""
    text = body.decode("utf-8-sig", errors="replace")
    if "\0" in text:
        raise NotACalendar
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return FOLD.sub("", text).split("\n")


def _until(rule: str) -> date:
    """The day after which a rule gives nothing more, as far as one sees."""
    found = UNTIL.search(rule)
    return (found and _date(found[1])) or date.max


def _steps(rule: str, start: date, last: date) -> float:
    """How many steps it takes to follow a rule from `start` to `last`, roughly."""
    named = dict(part.partition("=")[::2] for part in rule.split(";"))
    freq, interval = named.get("FREQ", ""), named.get("INTERVAL", "1")
    if freq in {"MINUTELY", "SECONDLY"}:
        raise TooMuch
    if freq not in DAYS_OF or not re.fullmatch(r"0*[1-9]\d{0,4}", interval):
        raise NotACalendar
    times = max(_length(named, name) for name in DAYS_A_STEP) * prod(_length(named, name) for name in TIMES_A_DAY)
    return max((last - start).days, 0) / DAYS_OF[freq] / int(interval) * times


def _length(named: dict[str, str], name: str) -> int:
    return named.get(name, "").count(",") + 1


def _date(digits: str) -> date | None:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None
