"""The name of a file that somebody sent, made fit to be shown and downloaded by (rule S1). Pure.

It names nothing on our disks: there a file lies under a random name.
"""

import re
import unicodedata

LONGEST = 200
LONGEST_ENDING = 20
NAMELESS = "file"
OCTETS = "application/octet-stream"
UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Characters that are not seen: control, those that turn the direction of writing, halves of pairs, line separators."""
TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,48}/[a-z0-9][a-z0-9.+-]{0,48}\Z")


def clean_name(name: str) -> str:
    """`name` without folders and without what is not seen, at most 200 characters with its ending kept; "file" where nothing is left."""
    whole = unicodedata.normalize("NFC", name.encode("utf-8", "surrogatepass").decode("utf-8", "replace"))
    seen = "".join(" " if mark.isspace() else mark for mark in whole if mark.isspace() or unicodedata.category(mark) not in UNSEEN)
    last = re.split(r"[/\\]", seen)[-1]
    plain = re.sub(r"\s+", " ", re.sub(r'[<>:"|?*]', "_", last)).strip(" .")
    return _shortened(plain) or NAMELESS


def clean_type(content_type: str) -> str:
    """What the sender called the content, where that is a type at all."""
    said = content_type.partition(";")[0].strip().lower()
    return said if TYPE.match(said) else OCTETS


def _shortened(name: str) -> str:
    if len(name) <= LONGEST:
        return name
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending) > LONGEST_ENDING:
        return name[:LONGEST]
    return f"{stem[: LONGEST - len(ending) - 1]}.{ending}"
