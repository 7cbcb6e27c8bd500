"""A mail that came in, as far as it can be read (rule S8): who wrote it, to whom, about what, in answer to what.

Reading never raises and never decides; what cannot be read is empty. Addresses are in lower case. Whose word a mail
is can only be said where exactly one address stands in exactly one From; everything else has no `author`.

Pure: no Django, no clock, no I/O.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property

from notices.mime import Head, Part, Structure, to_text, walk

LARGEST_CALENDAR = 256 * 1024
MOST_CALENDARS = 10
LONGEST_TEXT = 200_000
CALENDAR_TYPES = ("text/calendar", "application/ics", "text/x-vcalendar")

_ADDRESS = re.compile(r"[^\s@<>\"(),:;\\\[\]]{1,64}@[^\s@<>\"(),:;\\\[\]]{1,190}")
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,250}>")
_METHOD = re.compile(rb"^METHOD[^:\r\n]{0,100}:[ \t]*([A-Za-z-]{1,20})", re.MULTILINE | re.IGNORECASE)
_QUOTED = re.compile(r"\"(?:[^\"\\]|\\.)*\"")
_COMMENT = re.compile(r"\([^()]*\)")


@dataclass(frozen=True)
class CalendarPart:
    """An iCalendar object in a mail, and its METHOD in capitals; empty where it has none."""

    content: bytes
    method: str


@dataclass(frozen=True)
class Mail:
    """What could be read of a mail."""

    structure: Structure

    @property
    def head(self) -> Head:
        """The fields of the mail itself."""
        return self.structure.head

    @property
    def parts(self) -> tuple[Part, ...]:
        """Its parts, in order; the first thousand."""
        return self.structure.parts

    @cached_property
    def message_id(self) -> str:
        """With its angle brackets."""
        return next(iter(_message_ids(self.head.all("message-id"))), "")

    @cached_property
    def answers_to(self) -> tuple[str, ...]:
        """The mails that this one answers, nearest first: In-Reply-To, then every References, from its end."""
        found = [*_message_ids(self.head.all("in-reply-to")), *reversed(_message_ids(self.head.all("references")))]
        return tuple(dict.fromkeys(found))

    @cached_property
    def author(self) -> str:
        """The address that the mail claims to be from; empty where there is none, or more than one."""
        values = self.head.all("from")
        found = addresses(values)
        return found[0] if len(values) == len(found) == 1 else ""

    @cached_property
    def sent_by(self) -> str:
        """The address in Sender, where somebody else than the author sent it."""
        return next(iter(addresses(self.head.all("sender"))), "")

    @cached_property
    def recipients(self) -> tuple[str, ...]:
        """Every address that it was for: To, Cc, and what mail servers noted of its delivery."""
        names = ("to", "cc", "delivered-to", "x-original-to", "envelope-to")
        return tuple(dict.fromkeys(addresses(value for name in names for value in self.head.all(name))))

    @cached_property
    def return_path(self) -> str | None:
        """Where failures to deliver it would go: None where it is not said, empty for nowhere."""
        values = self.head.all("return-path")
        return next(iter(addresses(values)), "") if values else None

    @cached_property
    def subject(self) -> str:
        """As people read it, in one line."""
        return " ".join(_without_controls(self.head.words("subject")).split())

    @cached_property
    def dated_at(self) -> datetime | None:
        """When it says it was written."""
        try:
            written = parsedate_to_datetime(self.head.first("date")[:200])
            return (written if written.tzinfo else written.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, TypeError, IndexError, OverflowError):
            return None

    @cached_property
    def text(self) -> str:
        """Its plain text, at most 200,000 characters; empty where there is only HTML or nothing."""
        return self._first_text("text/plain")

    @cached_property
    def html(self) -> str:
        """The same for HTML, as it came: not fit to be shown."""
        return self._first_text("text/html")

    @cached_property
    def calendars(self) -> tuple[CalendarPart, ...]:
        """The iCalendar objects in it, also those attached; the first ten."""
        found = [part for part in self.parts if part.content_type in CALENDAR_TYPES or part.name.lower().endswith(".ics")]
        return tuple(_calendar(part) for part in found[:MOST_CALENDARS])

    def _first_text(self, content_type: str) -> str:
        part = next((part for part in self.parts if part.content_type == content_type and not part.is_attachment), None)
        return _without_controls(part.text(), keep="\n\t")[:LONGEST_TEXT] if part else ""


def parse(raw: bytes) -> Mail:
    """Read a mail, whatever its bytes are. Its parts are decoded when they are asked for."""
    return Mail(walk(raw))


def addresses(values: Iterable[str]) -> list[str]:
    """The addresses in fields such as To, in lower case, in order. What is no address, or two at once, is left out."""
    found = []
    for value in values:
        plain = _COMMENT.sub(" ", _QUOTED.sub(" ", value))
        for piece in re.split(r"[,;]", plain):
            inside = re.findall(r"<([^<>]*)>", piece)
            candidate = inside[0] if inside else piece.rpartition(":")[2]
            if len(inside) <= 1 and _ADDRESS.fullmatch(candidate.strip()):
                found.append(candidate.strip().lower())
    return found


def _message_ids(values: Iterable[str]) -> list[str]:
    return [found for value in values for found in _MESSAGE_ID.findall(value)]


def _calendar(part: Part) -> CalendarPart:
    content = part.content(LARGEST_CALENDAR)
    said = _METHOD.search(content)
    method = to_text(said[1]) if said else part.parameters.get("method", "")
    return CalendarPart(content, method.strip().upper())


def _without_controls(text: str, keep: str = "") -> str:
    """The text without characters that end lines, move the cursor or cannot be stored."""
    return "".join(character if character in keep or character.isprintable() else " " for character in text)
