"""The mails that went out, as the files of a mail server that writes them down."""

import re
from collections import Counter
from pathlib import Path

_ID = re.compile(r"^Message-ID: (.*)$", re.MULTILINE)


def mails_in(folder: Path) -> Counter[str]:
    """How often each went out, by Message-ID."""
    return Counter(name for path in folder.glob("*") if path.is_file() for name in _ID.findall(path.read_text()))
