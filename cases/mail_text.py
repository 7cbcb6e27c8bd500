"""What a mail says in words: its plain text, or what its HTML reads like (rule S8). Bounded, and it never raises.

Pure: no Django, no clock, no I/O.
"""

from cases import html_mail
from notices.incoming import LONGEST_TEXT, Mail

MOST_INLINE_TEXTS = 50


def text_of(mail: Mail) -> str:
    """All that stands in the mail as text, also after a picture or file between; else its HTML as text."""
    plain = [
        part.text(LONGEST_TEXT) for part in mail.parts if part.content_type == "text/plain" and not part.is_attachment and not part.name
    ][:MOST_INLINE_TEXTS]
    said = "\n\n".join(text.strip("\n") for text in plain if text.strip())
    return _clean(said or html_mail.text_of(mail.html))[:LONGEST_TEXT]


def _clean(text: str) -> str:
    """The text without characters that cannot be stored or that move the cursor."""
    return "".join(character if character in "\n\t" or character.isprintable() else " " for character in text)
