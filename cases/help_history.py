"""Who wrote what in a help article, and when: every saving with the lines that came and went (rule S14)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import unified_diff
from typing import Any

from cases.models import HelpArticle
from people.models import Language, Person


@dataclass(frozen=True)
class Line:
    """A line of a difference. `sign`: "+" came, "-" went, " " stands around them."""

    sign: str
    words: str


@dataclass(frozen=True)
class Change:
    """One saving of an article in one language; `published` is None where that did not change."""

    at: datetime
    by: Person | None
    source: str
    language: str
    is_first: bool
    published: bool | None
    title_before: str
    title: str
    lines: Sequence[Line]


def changes_of(slug: str) -> list[Change]:
    """Every saving, the latest first. One query."""
    records = HelpArticle.history.filter(slug=slug).select_related("history_user").order_by("history_date", "history_id")
    before: dict[str, Any] = {}
    changes = []
    for record in records:
        changes.append(_change(before.get(record.language), record))
        before[record.language] = record
    return changes[::-1]


def _change(before: Any, now: Any) -> Change:
    text, title = (before.text, before.title) if before else ("", "")
    was_published = bool(before and before.published)
    return Change(
        at=now.history_date,
        by=now.history_user,
        source=now.history_change_reason or "",
        language=str(Language(now.language).label),
        is_first=before is None,
        published=now.published if now.published != was_published else None,
        title_before=title if before and title != now.title else "",
        title=now.title,
        lines=_difference(text, now.text),
    )


def _difference(before: str, now: str) -> list[Line]:
    found = list(unified_diff(before.splitlines(), now.splitlines(), lineterm="", n=1))[2:]
    return [Line("…", "") if line.startswith("@@") else Line(line[:1], line[1:]) for line in found]
