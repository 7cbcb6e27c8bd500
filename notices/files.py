"""Files that go with a mail: kept by whoever made them, named in the outbox, and read when the mail is sent (rule M4).

The outbox keeps where a file is, under which name it goes, and the SHA-256 of its bytes: what is sent is what was meant, or
nothing is. A higher floor says in `AppConfig.ready` how files of its kind are read (`read_by`).
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

from notices.models import Notice

Read = Callable[[int], bytes | None]

_readers: dict[str, Read] = {}


class FileMissing(Exception):
    """A file that was to go with a mail is not there any more, or is not what it was."""


@dataclass(frozen=True, kw_only=True)
class File:
    """A file by its kind and key; `digest` is the SHA-256 of its bytes, in hexadecimal."""

    kind: str
    key: int
    name: str
    content_type: str
    digest: str


@dataclass(frozen=True)
class Files:
    """What goes with a mail."""

    files: tuple[File, ...]

    @property
    def columns(self) -> dict[str, Any]:
        """The columns of a notice that keep it."""
        return {"files": [asdict(file) for file in self.files]}

    def subject(self, text: str) -> str:
        """The subject as it is."""
        return text


def read_by(kind: str, read: Read) -> None:
    """Files of this kind are read so: by their key; None where there is none."""
    _readers[kind] = read


def of(notice: Notice) -> Iterator[tuple[File, bytes]]:
    """The files of a notice, one at a time. Raises FileMissing."""
    for said in notice.files:
        file = File(**said)
        read = _readers.get(file.kind)
        content = read(file.key) if read else None
        if content is None or sha256(content).hexdigest() != file.digest:
            raise FileMissing(file.name)
        yield file, content
