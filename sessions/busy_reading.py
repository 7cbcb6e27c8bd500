"""When a calendar says that its owner is busy (rules R2, W5).

What is transparent or cancelled takes no time, nor does what the owner declined, nor what has no length; nor do our own
sessions, for a calendar that holds our invitation must not keep its session from being moved. An event of whole days
lasts from local midnight to local midnight, and a time without a zone is meant by the clock, where the owner works.

Pure: no Django, no clock, no I/O. What reads a calendar of unknown origin runs in a process of its own
(`sessions.busy_apart`).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Calendar, Component
from recurring_ical_events import CalendarQuery, ComponentsWithName, EventAdapter, Occurrence

from sessions.busy_scan import NotACalendar, TooMuch, thin
from sessions.slots import MIDNIGHT, instant

__all__ = ["NotACalendar", "Question", "Stretch", "TooMuch", "busy_times"]

MOST_TIMES = 5_000
A_DAY = timedelta(days=1)
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

Stretch = tuple[datetime, datetime]


@dataclass(frozen=True, kw_only=True)
class Question:
    """Between which instants, for whom (`owner`, an e-mail address) in which zone, and whose events are `ours`, by UUID."""

    first: datetime
    last: datetime
    zone: ZoneInfo
    owner: str = ""
    ours: frozenset[str] = frozenset()

    def as_text(self) -> dict[str, Any]:
        """For another process."""
        instants = {"first": self.first.isoformat(), "last": self.last.isoformat()}
        return {**instants, "zone": self.zone.key, "owner": self.owner, "ours": sorted(self.ours)}

    @classmethod
    def from_text(cls, said: dict[str, Any]) -> "Question":
        """What `as_text` said."""
        first, last = datetime.fromisoformat(said["first"]), datetime.fromisoformat(said["last"])
        return cls(first=first, last=last, zone=ZoneInfo(said["zone"]), owner=said["owner"], ours=frozenset(said["ours"]))


def busy_times(body: bytes, question: Question) -> list[Stretch]:
    """The stretches, in UTC, disjoint and in order, within the instants asked for, in which the owner is busy.

    Raises NotACalendar, TooMuch.
    """
    text = thin(body, first=question.first.date(), last=question.last.date(), owner=question.owner)
    try:
        stretches = list(_stretches(text, question))
    except MemoryError:
        raise TooMuch from None
    except Exception:  # the libraries raise whatever they stumble over
        raise NotACalendar from None
    merged = merge(stretches)
    if len(merged) > MOST_TIMES:
        raise TooMuch
    return merged


def merge(stretches: Iterable[Stretch]) -> list[Stretch]:
    """The same times as disjoint stretches in order; those that touch are one."""
    merged: list[Stretch] = []
    for start, end in sorted(stretches):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


class _Event(EventAdapter):
    """An event whose properties can be asked for."""

    @property
    def event(self) -> Component:
        """It, as the calendar has it."""
        event: Component = self._component
        return event


class _Meeting(Occurrence):
    """One occurrence, handed out as it is: the copy of its event that the library makes costs more than all the rest."""

    def as_component(self, keep_recurrence_attributes: bool) -> "_Meeting":
        """It, and nothing else."""
        return self

    @property
    def event(self) -> Component:
        """What occurs."""
        event: Component = self._adapter.event
        return event


def _stretches(text: str, question: Question) -> Iterator[Stretch]:
    calendar = Calendar.from_ical(text)
    if any(event.errors for event in calendar.walk()):
        raise NotACalendar
    query = CalendarQuery(calendar, components=[ComponentsWithName("VEVENT", adapter=_Event, occurrence=_Meeting)])
    for meeting in query.between(question.first - 2 * A_DAY, question.last + 2 * A_DAY):
        if _takes_time(meeting.event, question):
            start, end = _span(meeting, question.zone)
            start, end = max(start, question.first), min(end, question.last)
            if start < end:
                yield start.astimezone(UTC), end.astimezone(UTC)


def _takes_time(event: Component, question: Question) -> bool:
    if _said(event, "TRANSP") == "TRANSPARENT" or _said(event, "STATUS") == "CANCELLED":
        return False
    found = UUID.match(str(event.get("UID", "")).lower())
    return not (found and found[0] in question.ours) and not _declined(event, question.owner)


def _said(event: Component, name: str) -> str:
    return str(event.get(name, "")).strip().upper()


def _declined(event: Component, owner: str) -> bool:
    """Whether the owner's own answer to the invitation was no."""
    attendees = event.get("ATTENDEE", [])
    return any(
        str(attendee).lower().removeprefix("mailto:") == owner.lower() and attendee.params.get("PARTSTAT", "").upper() == "DECLINED"
        for attendee in (attendees if isinstance(attendees, list) else [attendees])
    )


def _span(meeting: _Meeting, zone: ZoneInfo) -> Stretch:
    """When an occurrence begins and ends. A length in hours is that of a stop-watch, also over a clock change."""
    start = _instant(meeting.start, zone)
    length = meeting.event.get("DURATION")
    if length is not None and isinstance(meeting.start, datetime) and length.dt == meeting.end - meeting.start and length.dt < A_DAY:
        return start, start + length.dt
    return start, _instant(meeting.end, zone)


def _instant(moment: date, zone: ZoneInfo) -> datetime:
    if not isinstance(moment, datetime):
        return instant(moment, MIDNIGHT, zone)
    return instant(moment.date(), moment.time(), zone) if moment.tzinfo is None else moment.astimezone(UTC)
