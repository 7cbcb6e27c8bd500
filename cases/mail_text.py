"""What a mail says in words: its plain text, or what its HTML reads like (rule S8), and a priority in its subject (rule S2).

And by what it is known again, where it comes by two ways, with other bytes.

Bounded, and it never raises.

Pure: no Django, no clock, no I/O.
"""

import re
from hashlib import sha256

from cases import html_mail
from notices.incoming import LONGEST_TEXT, Mail

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
    return _clean(said or html_mail.text_of(mail.html))[:LONGEST_TEXT]


def priority_in(subject: str) -> int | None:
    """The priority that a subject begins with, behind what replies and forwards put before it (rule S2); None where it names none.

    "Priority 1: …", "[Prio 2] …", "SV: Prioritet 1 – …", "P1, …". A sentence that only mentions one asks for none:
    "Priority 1 customers cannot sign in".
    """
    found = _PRIORITY.match(subject[:LONGEST_SUBJECT])
    return next((int(number) for number in found.groups() if number), None) if found else None


def shared_cause(mail: Mail, digest: str) -> str:
    """The same for the same mail, whatever its bytes: of the id, the author, and the date or text. `digest` is that of its bytes."""
    if not mail.message_id:
        return own_cause(digest)
    written = mail.head.first("date") or text_of(mail)
    return f"mail:{sha256(chr(10).join((mail.message_id, mail.author, written)).encode('utf-8', 'replace')).hexdigest()[:40]}"


def own_cause(digest: str) -> str:
    """Of these bytes only."""
    return f"mail:{digest[:40]}"


def same_words(one: str, other: str) -> bool:
    """Whether one is the other, but for space and what a server wrote above or below."""
    first, second = sorted((" ".join(one.split()), " ".join(other.split())), key=len)
    return first in second


def _clean(text: str) -> str:
    """The text without characters that cannot be stored or that move the cursor."""
    return "".join(character if character in "\n\t" or character.isprintable() else " " for character in text)
