"""The spellings of a person, and what stands for them once they are erased (GDPR article 17).

Pure but for the names of tables: what is looked for, where a match begins and ends, and which replacement does it. A name
of one word could be anybody's, or a word of the language: it is not looked for in texts. A name is found whatever its case
and however its words are set apart, an address whatever its case, and neither as a part of a longer one.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

SHORTEST = 3
EDGE = "\x01"
"""Stands where a text of a structure begins and ends; people do not write it."""


@dataclass(frozen=True)
class Spelling:
    """What is looked for, and what takes its place."""

    pattern: re.Pattern[str]
    new: str


def new_name(number: int) -> str:
    """The name of an erased person, by number."""
    return f"Erased person {number}"


def new_email(number: int) -> str:
    """An address that reaches nobody (RFC 2606)."""
    return f"erased-{number}@erased.invalid"


def spellings(*, number: int, name: str, emails: Iterable[str], mobile: str, also: Iterable[str] = ()) -> list[Spelling]:
    """What is looked for, the longest first."""
    found = [(email, _address(email), new_email(number)) for email in emails if email]
    names = [said.strip() for said in (name, *also) if said.strip()]
    found += [(said, _address(said), new_email(number)) for said in names if "@" in said]
    found += [(said, _name(said), new_name(number)) for said in names if "@" not in said and is_searched(said)]
    if len(mobile) > SHORTEST:
        found.append((mobile, re.compile(rf"(?<!\d){re.escape(mobile)}(?!\d)"), "erased"))
    return [Spelling(pattern, new) for _said, pattern, new in sorted(found, key=lambda item: -len(item[0]))]


def is_searched(name: str) -> bool:
    """Whether a name is looked for in texts: one word alone is not."""
    return len(name.split()) > 1


def replacements(text: str, looked_for: Iterable[Spelling]) -> Iterator[tuple[str, str]]:
    """What has to be replaced in `text`, as (old, new), one after the other: plain replacing does then what the patterns say."""
    for spelling in looked_for:
        done = 0
        while match := spelling.pattern.search(text, done):
            old, new = match.group(), spelling.new
            done = match.start() + len(new)
            if _inside_others(text, old, spelling):
                old, new = _with_neighbour(text, match, new)
            text = text.replace(old, new)
            yield old, new


def holds(text: str, looked_for: Iterable[Spelling]) -> bool:
    """Whether `text` names the person."""
    return any(spelling.pattern.search(text) for spelling in looked_for)


def of_json(value: object) -> str:
    """All texts in a structure, keys too, each between two edges: what stands in it, without how JSON writes it."""
    return EDGE + "".join(text + EDGE for text in _texts(value))


def in_json(old: str, new: str) -> list[tuple[str, str]]:
    """A replacement in `of_json` as it is made in JSON, where letters stand as they are, and where they are escapes."""
    made = _written(new, as_ascii=False)
    return list(dict.fromkeys((_written(old, as_ascii=as_ascii), made) for as_ascii in (False, True)))


def unfolded(text: str) -> str:
    """A text without the folds of iCalendar (RFC 5545, 3.1) and of mail heads (RFC 5322, 2.2.3)."""
    return re.sub(r"\r?\n[ \t]", "", text)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from _texts([*value, *value.values()])
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)


def _written(text: str, *, as_ascii: bool) -> str:
    """As it stands between the quotes of JSON; an edge is a quote itself."""
    return '"'.join(json.dumps(part, ensure_ascii=as_ascii)[1:-1] for part in text.split(EDGE))


def _inside_others(text: str, old: str, spelling: Spelling) -> bool:
    """Whether `old` also stands where the pattern does not match: inside somebody else's address or name."""
    matched = sum(1 for match in spelling.pattern.finditer(text) if match.group() == old)
    return text.count(old) != matched


def _with_neighbour(text: str, match: re.Match[str], new: str) -> tuple[str, str]:
    """The match with the letter before it, or, at the beginning, with the one after."""
    if match.start():
        before = text[match.start() - 1]
        return before + match.group(), before + new
    after = text[match.end() : match.end() + 1]
    return match.group() + after, new + after


def _address(email: str) -> re.Pattern[str]:
    """The address, also as it stands in a link."""
    written = re.escape(email).replace("@", "(?:@|%40)")
    return re.compile(rf"(?<![\w.+-]){written}(?![\w-]|\.\w)", re.IGNORECASE)


def _name(name: str) -> re.Pattern[str]:
    return re.compile(r"(?<!\w)" + r"\s+".join(re.escape(word) for word in name.split()) + r"(?!\w)", re.IGNORECASE)
