"""What a mail says in words: its plain text, or what its HTML reads like (rule S8), and a priority in its subject (rule S2).

Bounded, and it never raises.

Pure: no Django, no clock, no I/O.
"""

import re
from html.parser import HTMLParser

from notices.incoming import LONGEST_TEXT, Mail

UNSEEN = frozenset({"script", "style", "head", "title", "template", "noscript"})
BLOCKS = frozenset({"p", "div", "tr", "table", "ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "hr", "br"})
LONGEST_HTML = 1024 * 1024
MOST_INLINE_TEXTS = 50
LONGEST_SUBJECT = 200

_BEFORE = r"(?:(?:re|sv|aw|fw|fwd|vb|wg)\s{0,3}:\s*|\[[^\[\]]{1,40}\]\s*)*"
_NAMED = r"(?:priority|prioritet|prio|p)[\s.:#-]{0,3}([0-9]{1,2})"
_PRIORITY = re.compile(
    rf"\s*{_BEFORE}(?:\[\s*{_NAMED}\s*\]|\(\s*{_NAMED}\s*\)|{_NAMED}\s*(?:[:;,.!](?=\s|$)|\s[-–—](?=\s)|[–—](?!\d)|$))",
    re.IGNORECASE,
)


def text_of(mail: Mail) -> str:
    """All that stands in the mail as text, also after a picture or file between; else its HTML as text."""
    plain = [
        part.text(LONGEST_TEXT) for part in mail.parts if part.content_type == "text/plain" and not part.is_attachment and not part.name
    ][:MOST_INLINE_TEXTS]
    said = "\n\n".join(text.strip("\n") for text in plain if text.strip())
    return _clean(said or readable(mail.html))[:LONGEST_TEXT]


def readable(html: str) -> str:
    """HTML as a person reads it: blocks are lines, list items have a dash, links their address."""
    reader = _Reader()
    try:
        reader.feed(html[:LONGEST_HTML])
        reader.close()
    except Exception:  # whatever strangers write; what was read until then is there
        reader.broken = True
    return reader.text()


def priority_in(subject: str) -> int | None:
    """The priority that a subject begins with, behind what replies and forwards put before it (rule S2); None where it names none.

    "Priority 1: …", "[Prio 2] …", "SV: Prioritet 1 – …", "P1, …". A sentence that only mentions one asks for none:
    "Priority 1 customers cannot sign in".
    """
    found = _PRIORITY.match(subject[:LONGEST_SUBJECT])
    return next((int(number) for number in found.groups() if number), None) if found else None


class _Reader(HTMLParser):
    """Collects words; what is not meant to be read is passed over."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.unseen = ""
        self.address = ""
        self.broken = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A block begins a line."""
        if self.unseen:
            return
        if tag in UNSEEN:
            self.unseen = tag
        elif tag in BLOCKS:
            self.pieces.append("\n– " if tag == "li" else "\n")
        elif tag == "a":
            self.address = dict(attrs).get("href") or ""

    def handle_endtag(self, tag: str) -> None:
        """A block ends its line, a link tells where it leads."""
        if self.unseen:
            self.unseen = "" if tag == self.unseen else self.unseen
        elif tag == "a" and self.address.startswith(("http://", "https://")):
            if self.address not in "".join(self.pieces[-3:]):
                self.pieces.append(f" <{self.address[:2000]}>")
            self.address = ""
        elif tag in BLOCKS:
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        """Words, with their spaces drawn together."""
        if not self.unseen:
            self.pieces.append(" ".join(data.split()) if data.strip() else " ")
            if data[-1:].isspace():
                self.pieces.append(" ")

    def text(self) -> str:
        """All of it, never more than one empty line in a row."""
        lines = [" ".join(line.split()) for line in "".join(self.pieces).splitlines()]
        kept: list[str] = []
        for line in lines:
            if line or (kept and kept[-1]):
                kept.append(line)
        return "\n".join(kept).strip()


def _clean(text: str) -> str:
    """The text without characters that cannot be stored or that move the cursor."""
    return "".join(character if character in "\n\t" or character.isprintable() else " " for character in text)
