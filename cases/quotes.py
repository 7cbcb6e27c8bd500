"""Which parts of a mail only repeat what was written before: folded when shown, never cut (rule S8).

Line by line and once through, so that no mail can be made to take long: the libraries that do this strip lines, swallow
whatever looks like a signature, and search with expressions that a hostile mail can keep busy for hours.

Pure: no Django, no clock, no I/O.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

MOST_LINES = 5_000
"""Further ones are shown as they are."""
LONGEST_INTRODUCTION = 300

_WROTE = re.compile(
    r"(?:on|am|le|el|den|ons|mån|tis|tor|tors|fre|lör|sön|\d{1,4})\b.{0,250}\b(?:wrote|skrev|schrieb|a écrit|escribió)\b.{0,100}:",
    re.IGNORECASE,
)
_ORIGINAL = re.compile(
    r"-{2,}\s*(?:original message|ursprungligt meddelande|ursprüngliche nachricht|forwarded message|vidarebefordrat)\s*-{2,}", re.IGNORECASE
)
_FROM = re.compile(r"\*?(?:from|från|von)\*?\s*:", re.IGNORECASE)
_SENT = re.compile(r"\*?(?:sent|skickat|gesendet|date|datum)\*?\s*:", re.IGNORECASE)


@dataclass(frozen=True)
class Segment:
    """A stretch of a message: said now, or `quoted` from before."""

    text: str
    quoted: bool


def segments(text: str) -> list[Segment]:
    """The message in stretches, in order; joined by line ends they are the whole text."""
    lines = text.split("\n")
    marked = list(_marked(lines[:MOST_LINES])) + [False] * max(len(lines) - MOST_LINES, 0)
    found: list[Segment] = []
    begins = 0
    for at in range(1, len(lines) + 1):
        if at == len(lines) or marked[at] != marked[begins]:
            found.append(Segment("\n".join(lines[begins:at]), marked[begins]))
            begins = at
    return found


def _marked(lines: Sequence[str]) -> Iterator[bool]:
    """Whether each line is quoted. After what introduces a whole mail everything is."""
    rest_is_quoted = False
    introduces = 0
    for at, line in enumerate(lines):
        if not rest_is_quoted and not introduces:
            rest_is_quoted = at > 0 and _introduces_a_mail(lines, at)
            introduces = _introduction(lines, at)
        quoted = rest_is_quoted or introduces > 0 or line.startswith(">") or _between_quotes(lines, at)
        introduces = max(introduces - 1, 0)
        yield quoted


def _introduction(lines: Sequence[str], at: int) -> int:
    """How many lines from here on are "On … somebody wrote:" above a quotation; 0 where they are not."""
    for count in (1, 2) if lines[at].strip() else ():
        told = " ".join(lines[at : at + count]).strip()
        if len(told) <= LONGEST_INTRODUCTION and _WROTE.fullmatch(told):
            following = next((line for line in lines[at + count : at + count + 3] if line.strip()), "")
            return count if following.startswith(">") else 0
    return 0


def _introduces_a_mail(lines: Sequence[str], at: int) -> bool:
    """Whether a whole mail stands below: as Outlook and others put it there, without marks."""
    line = lines[at].strip()
    if _ORIGINAL.fullmatch(line[:LONGEST_INTRODUCTION]):
        return True
    if len(line) <= LONGEST_INTRODUCTION and _WROTE.fullmatch(line) and re.search(r"\d", line):
        return not any(below.startswith(">") for below in lines[at + 1 : at + 4])
    return bool(_FROM.match(line)) and any(_SENT.match(below.strip()) for below in lines[at + 1 : at + 4])


def _between_quotes(lines: Sequence[str], at: int) -> bool:
    """An empty line with quotations on both sides."""
    if lines[at].strip():
        return False
    return at > 0 and at + 1 < len(lines) and lines[at - 1].startswith(">") and lines[at + 1].startswith(">")
