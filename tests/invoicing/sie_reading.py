"""A reader of SIE 4 that shares nothing with our writer: by the rules of the SIE group's format document, as a books' system reads."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any


@dataclass
class Read:
    posts: list[list[str]] = field(default_factory=list)
    vouchers: list[dict[str, Any]] = field(default_factory=list)

    def one(self, label: str) -> list[str]:
        [found] = [post[1:] for post in self.posts if post[0] == label]
        return found

    def labels(self) -> list[str]:
        return list(dict.fromkeys(post[0] for post in self.posts))


def read(raw: bytes) -> Read:
    assert raw.endswith(b"\r\n")
    assert not set(raw) & (set(range(32)) - {10, 13} | {127}), "control characters are not allowed"
    found = Read()
    inside = False
    for line in raw.decode("cp437").removesuffix("\r\n").split("\r\n"):
        if line == "{":
            inside = True
        elif line == "}":
            inside = False
        else:
            fields = _fields(line)
            assert fields[0].startswith("#")
            assert inside == (fields[0] == "#TRANS")
            _take(found, fields)
    assert not inside
    return found


def _take(found: Read, fields: list[str]) -> None:
    if fields[0] == "#VER":
        series, number, day, text = fields[1:]
        found.vouchers.append({"series": series, "number": number, "day": day, "text": text, "rows": []})
    elif fields[0] == "#TRANS":
        account, objects, amount, *rest = fields[1:]
        assert objects == "{}"
        assert not rest or rest[0] == ""
        found.vouchers[-1]["rows"].append((account, Decimal(amount), rest[1] if rest else ""))
    else:
        found.posts.append(fields)


def _fields(line: str) -> list[str]:
    fields, at = [], 0
    while at < len(line):
        if line[at] in " \t":
            at += 1
        elif line[at] == '"':
            text, at = _until_quote(line, at + 1)
            fields.append(text)
        else:
            end = next((place for place in range(at, len(line)) if line[place] in " \t"), len(line))
            fields.append(line[at:end])
            at = end
    return fields


def _until_quote(line: str, at: int) -> tuple[str, int]:
    text = ""
    while line[at] != '"':
        at += line[at : at + 2] == '\\"'
        text += line[at]
        at += 1
    return text, at + 1
