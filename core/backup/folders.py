"""The files of an installation: which there are, and how they come back."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from core.backup.errors import BackupFailed, Damaged

STAGED = ".restoring"
"""In this folder, inside of the one that is restored, files wait until all of them are there."""
NAME = re.compile(r"[^/\\\x00-\x1f\x7f]{1,120}")
ROOM_LEFT = 64 * 1024**2


def files_in(folder: Path) -> Iterator[tuple[str, Path]]:
    """Every regular file with its path inside of the folder, in order; no links are followed."""
    if not folder.is_dir():
        return
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if inside.parts[0] != STAGED and path.is_file() and not path.is_symlink():
            yield inside.as_posix(), path


def is_empty(folder: Path) -> bool:
    """Whether it holds no file."""
    return next(files_in(folder), None) is None


def checked(name: str) -> tuple[str, ...]:
    """The parts of a path in an archive. Raises Damaged for one that could lead out of its folder, or that no file of ours has."""
    parts = tuple(name.split("/"))
    if len(parts) > 20 or not all(NAME.fullmatch(part) and part not in (".", "..", STAGED) for part in parts):
        raise Damaged(f"The archive holds a path that leads elsewhere: {name!r}.")
    return parts


def begin(folder: Path) -> None:
    """Make room for files that wait; what another try left there goes."""
    shutil.rmtree(folder / STAGED, ignore_errors=True)
    (folder / STAGED).mkdir(parents=True, mode=0o700)


def stage(folder: Path, parts: tuple[str, ...], pieces: Iterator[bytes], size: int) -> None:
    """Write one file where it waits."""
    path = (folder / STAGED).joinpath(*parts)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    check_room(path.parent, size)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb") as file:
        file.writelines(pieces)
        sync(file)


def check_room(folder: Path, size: int) -> None:
    """Raises BackupFailed where `size` bytes would fill the disk."""
    if shutil.disk_usage(folder).free < size + ROOM_LEFT:
        raise BackupFailed(f"There is no room for {size:,} bytes in {folder}.")


def put_in_place(folder: Path) -> None:
    """Let the waiting files take the place of all others."""
    for path in folder.iterdir():
        if path.name == STAGED:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    for path in (folder / STAGED).iterdir():
        path.rename(folder / path.name)
    (folder / STAGED).rmdir()
    sync_folder(folder)


def sync(file: IO[bytes]) -> None:
    """Have it written to the disk, not only to memory."""
    file.flush()
    os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Have the names in a folder written to the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
