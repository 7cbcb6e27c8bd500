"""HTML of strangers, written anew so that reading it costs no more than its length (rule S8).

A browser's way of reading HTML repairs it: whatever was opened and not closed is opened again in each next paragraph, and
what is nested deeply is walked through again and again. A letter of 200 kB can be made to become gigabytes so. Here it is
gone through once: only the tags that may be shown are kept, each is closed where it must be, and none is nested deeply. What
comes out needs no repair. It is not safe by that: cleaning it comes after.

Pure: no Django, no clock, no I/O.
"""

import re
from collections.abc import Collection, Mapping

DEEPEST = 60
LONGEST_VALUE = 2_000
EMPTY = {"br", "hr"}
CELLS = {"td", "th"}
TABLES = {"table", "thead", "tbody", "tr"}
BELONG_IN = {
    "td": TABLES,
    "th": TABLES,
    "tr": {"table", "thead", "tbody"},
    "thead": {"table"},
    "tbody": {"table"},
    "li": {"ul", "ol"},
    "dt": {"dl"},
    "dd": {"dl"},
}
BLOCKS = {"p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "hr", "table", "ul", "ol", "li", "dl", "dt", "dd"}

_ATTRIBUTES = r"""((?:[^<>"']++|"[^"]*+"|'[^']*+')*+)"""
_UNSEEN = r"<(script|style|title|head|template|noscript|textarea|iframe|xmp)(?=[\s/>]).*?(?:</\1(?=[\s/>])[^<>]*+>|\Z)"
_PIECE = re.compile(
    rf"<!--.*?(?:-->|\Z)|<[!?][^>]*+(?:>|\Z)|{_UNSEEN}|<(/?)([a-z][a-z0-9]{{0,20}}){_ATTRIBUTES}>", re.IGNORECASE | re.DOTALL
)
_VALUE = re.compile(r"""(?:^|[\s"'/])([a-z]{1,10})\s*+=\s*+("[^"]*+"|'[^']*+'|[^\s"'>]++)""", re.IGNORECASE)


def tidied(html: str, tags: Collection[str], attributes: Mapping[str, Collection[str]]) -> str:
    """The same HTML with these tags and attributes only, every tag closed in order, at most sixty within each other."""
    page = _Page(tags, attributes)
    at = 0
    for found in _PIECE.finditer(html):
        page.say(html[at : found.start()])
        at = found.end()
        if name := found[3]:
            page.end(name.lower()) if found[2] else page.start(name.lower(), found[4])
    page.say(html[at:])
    page.close_above(0)
    return "".join(page.written)


class _Page:
    """What is written so far, and what is open in it."""

    def __init__(self, tags: Collection[str], attributes: Mapping[str, Collection[str]]) -> None:
        self.tags, self.attributes = tags, attributes
        self.written: list[str] = []
        self.open: list[str] = []

    def say(self, text: str) -> None:
        """Words. What looks like a tag and is none is said, too."""
        self.written.append(text.replace("<", "&lt;"))

    def start(self, name: str, attributes: str) -> None:
        """Open a tag where it may stand; what may not stand around it is closed before."""
        if name not in self.tags:
            return
        if name in BELONG_IN:
            place = self.nearest(BELONG_IN[name])
            if place < 0 and name in CELLS | TABLES:
                return
            self.close_above(place + 1 if place >= 0 else min(self.last(name), self.last("p")))
        elif name in BLOCKS:
            self.close_above(self.last("p"))
        if name in ("a", "table"):
            self.close_above(self.last(name))
        if name in EMPTY:
            self.written.append(f"<{name}>")
        elif len(self.open) < DEEPEST:
            self.open.append(name)
            self.written.append(f"<{name}{self.kept(name, attributes)}>")

    def end(self, name: str) -> None:
        """Close a tag and all within it, if it is open; never a table from within a cell of it."""
        place = self.nearest({name}) if name in TABLES else self.last(name)
        self.close_above(place if place >= 0 else len(self.open))

    def nearest(self, names: Collection[str]) -> int:
        """Where the innermost of these is open; -1 where none is."""
        return next((at for at in range(len(self.open) - 1, -1, -1) if self.open[at] in names), -1)

    def last(self, name: str) -> int:
        """Where `name` is open within the innermost cell; behind all that is open where it is not."""
        at = self.nearest({name, *CELLS})
        return at if at >= 0 and self.open[at] == name else len(self.open)

    def close_above(self, place: int) -> None:
        """Close what was opened from there on."""
        while len(self.open) > place:
            self.written.append(f"</{self.open.pop()}>")

    def kept(self, name: str, attributes: str) -> str:
        """The attributes that are kept, as they stand in a tag."""
        wanted = self.attributes.get(name, ())
        found = {key.lower(): _bare(value)[:LONGEST_VALUE] for key, value in _VALUE.findall(attributes)} if wanted else {}
        return "".join(f' {key}="{found[key].replace(chr(34), "&quot;")}"' for key in sorted(wanted) if key in found)


def _bare(value: str) -> str:
    """A value without the quotes around it."""
    return value[1:-1] if value[:1] in ("'", '"') else value
