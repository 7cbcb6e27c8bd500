"""One archive as a stream: gzip of a tar (POSIX ustar), with `header.json` first and `manifest.json` last.

`tar xzf` reads it where it is not sealed. We read it ourselves, and less than tar can say: regular files with plain names
and bounded sizes, nothing else, so that no archive writes outside of its folder, makes links or devices, or unpacks
to far more than it is.
"""

import gzip
import io
import json
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import IO, Any, BinaryIO

from core.backup.errors import BackupFailed, Damaged
from core.backup.sealed import MAGIC, OpeningReader, Secret

HEADER, MANIFEST = "header.json", "manifest.json"
BLOCK = 512
PIECE = 1024 * 1024
LEVEL = 3
LARGEST_MEMBER = 8 * 1024**3 - 1
LARGEST_TEXT = 64 * 1024**2
"""Of header and manifest, which are read into memory."""
FREE_GROWTH = 64 * 1024**2
MOST_GROWTH = 200
"""To how much more than it is an archive may unpack, once it is larger than FREE_GROWTH. What is ours shrinks to a tenth at best."""


class Writer:
    """Writes members in order, each with its size known beforehand."""

    def __init__(self, below: BinaryIO) -> None:
        self._gzip = gzip.GzipFile(filename="", fileobj=below, mode="wb", compresslevel=LEVEL, mtime=0)

    def put(self, name: str, content: IO[bytes], size: int) -> str:
        """Write `size` bytes of `content` under `name`; returns their SHA-256. Raises BackupFailed where there are fewer."""
        info = tarfile.TarInfo(name)
        info.size, info.mode = size, 0o600
        try:
            self._gzip.write(info.tobuf(tarfile.USTAR_FORMAT))
        except ValueError as error:
            raise BackupFailed(f"{name} cannot be kept in an archive: {error}") from None
        digest, left = sha256(), size
        while left:
            piece = content.read(min(PIECE, left))
            if not piece:
                raise BackupFailed(f"{name} became shorter while it was read. Nothing was kept; try again.")
            digest.update(piece)
            self._gzip.write(piece)
            left -= len(piece)
        self._gzip.write(b"\0" * (-size % BLOCK))
        return digest.hexdigest()

    def put_bytes(self, name: str, content: bytes) -> str:
        """The same for what is in memory."""
        return self.put(name, io.BytesIO(content), len(content))

    def put_json(self, name: str, content: object) -> str:
        """The same for header and manifest."""
        return self.put_bytes(name, json.dumps(content, indent=1, sort_keys=True).encode())

    def close(self) -> None:
        """Write the end, without which an archive is damaged."""
        self._gzip.write(b"\0" * 2 * BLOCK)
        self._gzip.close()


@dataclass
class Member:
    """One file of an archive: read it to its end before the next is asked for."""

    name: str
    size: int
    content: "_Part"


class Reader:
    """Reads members in order. Everything that is wrong with an archive raises Damaged."""

    def __init__(self, below: BinaryIO, secret: Secret | None) -> None:
        start = below.read(len(MAGIC))
        if start == MAGIC:
            if secret is None:
                raise BackupFailed("The archive is sealed: name its passphrase or key.")
            opened: BinaryIO = OpeningReader(below, secret)  # type: ignore[assignment]
        else:
            below.seek(0)
            opened = below
        self.is_sealed = start == MAGIC
        self._counted = _Counted(opened)
        self._gzip = gzip.GzipFile(fileobj=io.BufferedReader(self._counted, PIECE), mode="rb")
        self._out = 0

    def members(self) -> Iterator[Member]:
        """Each in turn, until the end that the writer wrote."""
        names: set[str] = set()
        while (block := self.read(BLOCK)) != b"\0" * BLOCK:
            info = _info(block)
            if info.name in names:
                raise Damaged(f"{info.name} stands twice in the archive.")
            names.add(info.name)
            part = _Part(self, info.size)
            yield Member(info.name, info.size, part)
            part.finish()
            self.read(-info.size % BLOCK)
        if self.read(BLOCK).strip(b"\0") or self._more():
            raise Damaged("Something stands behind the end of the archive.")

    def read(self, size: int) -> bytes:
        """Exactly `size` bytes."""
        try:
            found: bytes = self._gzip.read(size)
        except (EOFError, OSError, zlib.error) as error:
            raise Damaged(f"The archive is cut off or damaged: {error}") from error
        if len(found) != size:
            raise Damaged("The archive is cut off.")
        self._out += size
        if self._out > FREE_GROWTH and self._out > MOST_GROWTH * self._counted.read_bytes:
            raise Damaged("The archive unpacks to far more than it is. It is none of ours.")
        return found

    def _more(self) -> bool:
        try:
            return bool(self._gzip.read(1))
        except (EOFError, OSError, zlib.error) as error:
            raise Damaged(f"The archive is cut off or damaged: {error}") from error


class _Part(io.RawIOBase):
    """The bytes of one member."""

    def __init__(self, reader: Reader, size: int) -> None:
        self._reader, self._left, self._digest = reader, size, sha256()

    def take(self) -> bytes:
        """The next piece; empty at the end."""
        piece = self._reader.read(min(PIECE, self._left))
        self._left -= len(piece)
        self._digest.update(piece)
        return piece

    def finish(self) -> str:
        """Read what is left; returns the SHA-256 of the whole."""
        while self._left:
            self.take()
        return self._digest.hexdigest()

    def json(self) -> Any:
        """The whole as JSON. Raises Damaged."""
        if self._left > LARGEST_TEXT:
            raise Damaged("The list of contents is larger than any of ours.")
        content = b"".join(iter(self.take, b""))
        try:
            return json.loads(content)
        except (ValueError, RecursionError) as error:
            raise Damaged(f"The list of contents cannot be read: {error}") from None


class _Counted(io.RawIOBase):
    """How much of the archive itself was read."""

    def __init__(self, below: BinaryIO) -> None:
        self._below, self.read_bytes = below, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        found = self._below.read(len(buffer))
        buffer[: len(found)] = found
        self.read_bytes += len(found)
        return len(found)


def _info(block: bytes) -> tarfile.TarInfo:
    try:
        info = tarfile.TarInfo.frombuf(block, "utf-8", "strict")
    except (tarfile.HeaderError, UnicodeDecodeError) as error:
        raise Damaged(f"The archive is damaged: {error}") from None
    if info.type != tarfile.REGTYPE or not 0 <= info.size <= LARGEST_MEMBER:
        raise Damaged(f"The archive holds something that is no plain file: {info.name!r}.")
    return info
