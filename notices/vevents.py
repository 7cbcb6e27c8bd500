"""Something that takes place as one event of a calendar (rule R4; RFC 5545): the same for an invitation by mail and for a feed.

Pure: no Django, no clock, no I/O. Instants are aware and written in UTC; texts are finished, in their reader's language.
Nothing that stands in them can end its line and become a property of its own.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from unicodedata import category

from icalendar import Event


class Status(StrEnum):
    """What a calendar says of an event (STATUS, RFC 5545)."""

    CONFIRMED = "CONFIRMED"
    TENTATIVE = "TENTATIVE"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the event says. `stamp` is when it last changed; `sequence` grows with every change, `uid` never changes."""

    uid: str
    sequence: int
    stamp: datetime
    starts_at: datetime
    ends_at: datetime
    status: Status
    summary: str
    description: str
    url: str


def event(facts: Facts) -> Event:
    """The VEVENT. One that is cancelled takes nobody's time. Raises ValueError for a naive instant."""
    made = Event()
    made.add("uid", facts.uid)
    made.add("sequence", facts.sequence)
    made.add("dtstamp", in_utc(facts.stamp))
    made.add("dtstart", in_utc(facts.starts_at))
    made.add("dtend", in_utc(facts.ends_at))
    made.add("status", facts.status.value)
    made.add("transp", "TRANSPARENT" if facts.status is Status.CANCELLED else "OPAQUE")
    made.add("summary", printable(facts.summary, keep=""))
    made.add("description", printable(facts.description))
    made.add("url", facts.url)
    return made


def in_utc(instant: datetime) -> datetime:
    """The instant in UTC, to the second, as calendars write it. Raises ValueError for a naive one."""
    if instant.utcoffset() is None:
        msg = f"{instant} has no time zone"
        raise ValueError(msg)
    return instant.astimezone(UTC).replace(microsecond=0)


def printable(text: str, keep: str = "\n") -> str:
    """The text without control characters, each a space instead; all line ends are LF, and stay only where `keep` says so."""
    lines = "\n".join(text.splitlines())
    return "".join(" " if category(character) in ("Cc", "Cs") and character not in keep else character for character in lines).strip()
