"""Reading an archive to its end and comparing everything in it with its manifest, before anything is believed."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

from core.backup import checksums, folders
from core.backup.archive import HEADER, MANIFEST, Member, Reader
from core.backup.checksums import TableSum
from core.backup.errors import BackupFailed, Damaged
from core.backup.making import FORMAT
from core.backup.sealed import Secret

Facts = dict[str, Any]
ENGINES = ("sqlite", "postgresql")


class Taker(Protocol):
    """Who wants what is in an archive. Each piece must be taken to its end."""

    def begin(self, header: Facts) -> None:
        """What the archive says of itself, before anything else of it."""

    def database(self, piece: bytes) -> None:
        """The next piece of the database."""

    def file(self, folder: str, parts: tuple[str, ...], pieces: Iterator[bytes], size: int) -> None:
        """One file of a folder."""


class Nobody:
    """Takes nothing: the archive is only checked."""

    def begin(self, header: Facts) -> None:
        """Nothing."""

    def database(self, piece: bytes) -> None:
        """Nothing."""

    def file(self, folder: str, parts: tuple[str, ...], pieces: Iterator[bytes], size: int) -> None:
        """Read, so that it is checked."""
        for _piece in pieces:
            pass


@dataclass
class _Found:
    """What was met on the way."""

    digest: Any = field(default_factory=sha256)
    size: int = 0
    pieces: int = 0
    files: dict[str, Facts] = field(default_factory=dict)
    manifest: Facts | None = None


def read(path: Path, *, secret: Secret | None, to: Taker) -> Facts:
    """Read it all, giving `to` what it holds; returns the manifest. Raises Damaged where anything disagrees, or BackupFailed."""
    with _opened(path, secret) as reader:
        members, found = reader.members(), _Found()
        header = _header(next(members, None))
        to.begin(header)
        for member in members:
            if found.manifest is not None:
                raise Damaged("Something stands behind the list of contents.")
            _take(member, found, to)
    return _agreed(header, found)


def tables_of(facts: Facts) -> dict[str, TableSum]:
    """The sums of the tables that the manifest names. Raises Damaged."""
    try:
        return {str(table): TableSum(int(total["rows"]), str(total["digest"])) for table, total in facts["tables"].items()}
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Damaged("The list of contents names no tables.") from None


@contextmanager
def _opened(path: Path, secret: Secret | None) -> Iterator[Reader]:
    try:
        file = path.open("rb")
    except OSError as error:
        raise BackupFailed(f"{path} cannot be read: {error.strerror}") from error
    with file:
        yield Reader(file, secret)


def _header(member: Member | None) -> Facts:
    if member is None or member.name != HEADER:
        raise Damaged("This is no archive of Tillgodo.")
    header = member.content.json()
    if not isinstance(header, dict) or header.get("engine") not in ENGINES:
        raise Damaged("The head of the archive says nothing that we know.")
    if header.get("format") != FORMAT:
        raise BackupFailed(f"The archive has format {header.get('format')!r}, and this version reads {FORMAT}. A newer one may read it.")
    _check_shape(header)
    if newer := {tuple(each) for each in header["migrations"]} - checksums.known():
        told = ", ".join(sorted(".".join(each) for each in newer)[:3])
        raise BackupFailed(f"The archive is of a newer version ({header.get('version')}): this one does not know {told}.")
    return header


def _check_shape(header: Facts) -> None:
    try:
        bytes.fromhex(header["salt"])
        sound = all(len(each) == 2 and all(isinstance(part, str) for part in each) for each in header["migrations"])
        sound = sound and all(isinstance(key, str) for keys in header["keys"].values() for key in keys)
    except (KeyError, TypeError, ValueError, AttributeError):
        sound = False
    if not sound:
        raise Damaged("The head of the archive is damaged.")


def _take(member: Member, found: _Found, to: Taker) -> None:
    place, _, rest = member.name.partition("/")
    if member.name == MANIFEST:
        manifest = member.content.json()
        if not isinstance(manifest, dict):
            raise Damaged("The list of contents cannot be read.")
        found.manifest = manifest
    elif place == "database":
        if rest != f"{found.pieces:08}":
            raise Damaged("A piece of the database is missing or out of its place.")
        for piece in iter(member.content.take, b""):
            found.digest.update(piece)
            to.database(piece)
        found.size, found.pieces = found.size + member.size, found.pieces + 1
    else:
        parts = folders.checked(member.name)
        if len(parts) < 2:
            raise Damaged(f"The archive holds something that no copy of ours does: {member.name!r}.")
        to.file(place, parts[1:], iter(member.content.take, b""), member.size)
        found.files[member.name] = {"size": member.size, "sha256": member.content.finish()}


def _agreed(header: Facts, found: _Found) -> Facts:
    """The manifest, where everything that was met is what it says."""
    facts = found.manifest
    if facts is None:
        raise Damaged("The archive has no list of contents: it was cut off.")
    if any(facts.get(name) != value for name, value in header.items()):
        raise Damaged("Head and list of contents disagree.")
    database: Mapping[str, Any] = {"size": found.size, "sha256": found.digest.hexdigest(), "pieces": found.pieces}
    if facts.get("database") != database:
        raise Damaged("The database in the archive is not the one that was written.")
    if facts.get("files") != found.files:
        raise Damaged("The files in the archive are not those that were written.")
    tables_of(facts)
    return facts
