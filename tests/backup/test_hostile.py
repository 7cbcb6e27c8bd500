"""Archives that are damaged, cut off or made to do harm change nothing (rel13)."""

import gzip
import io
import json
import tarfile
from hashlib import sha256

import pytest

from core.backup import archive, reading
from core.backup.archive import HEADER, MANIFEST, Writer
from core.backup.errors import BackupFailed, Damaged
from core.backup.folders import stage
from core.backup.making import FORMAT

HEAD = {"format": FORMAT, "version": "0", "made_at": "", "engine": "sqlite", "migrations": [], "salt": "00", "keys": {}}
DATABASE = b"rows"


def members(**more):
    """What a sound archive holds, by name; `more` comes before the manifest."""
    return {HEADER: HEAD, "database/00000000": DATABASE} | more | {MANIFEST: manifest(more)}


def manifest(more):
    files = {name: {"size": len(content), "sha256": sha256(content).hexdigest()} for name, content in more.items()}
    database = {"size": len(DATABASE), "sha256": sha256(DATABASE).hexdigest(), "pieces": 1}
    return HEAD | {"database": database, "files": files, "tables": {"a_table": {"rows": 0, "digest": "0"}}}


def written(parts, *, end=True):
    below = io.BytesIO()
    writer = Writer(below)
    for name, content in parts.items() if isinstance(parts, dict) else parts:
        writer.put_bytes(name, content if isinstance(content, bytes) else json.dumps(content).encode())
    if end:
        writer.close()
    else:
        writer._gzip.close()
    return below.getvalue()


def read(path, content):
    path.write_bytes(content)
    return reading.read(path, secret=None, to=reading.Nobody())


def test_rel13_a_sound_archive_is_read_and_tar_reads_it_too(tmp_path):
    content = written(members(**{"files/a/b": b"x", "mail/c": b""}))

    assert read(tmp_path / "copy", content)["files"].keys() == {"files/a/b", "mail/c"}
    with tarfile.open(fileobj=io.BytesIO(content)) as known:
        assert known.getnames() == [HEADER, "database/00000000", "files/a/b", "mail/c", MANIFEST]


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_rel13_an_archive_that_was_cut_off_is_refused(tmp_path, share):
    content = written(members(**{"files/a": bytes(range(256)) * 10}))

    with pytest.raises(Damaged):
        read(tmp_path / "copy", content[: int(len(content) * share)])


def test_rel13_each_bit_that_changed_is_found(tmp_path):
    content = written(members(**{"files/a": b"x" * 50}))

    for place in range(12, len(content), 37):
        changed = bytearray(content)
        changed[place] ^= 4
        with pytest.raises(BackupFailed):
            read(tmp_path / "copy", bytes(changed))


def a_link(kind):
    info = tarfile.TarInfo("files/link")
    info.type, info.linkname = kind, "/etc/passwd"
    return info.tobuf(tarfile.USTAR_FORMAT)


NAMES = [
    "files/../../etc/cron.d/x",
    "/etc/passwd",
    "files//x",
    "files/.",
    "files/a\\..\\b",
    "files/.restoring/x",
    "files/a\nb",
    "x",
    "files/" + "/".join("a" * 25),
]
WRONG = {
    **{f"a name {name!r}": written(members(**{name: b"x"})) for name in NAMES},
    "nothing": b"",
    "no archive": b"PK\x03\x04 something else",
    "no end": written(members(), end=False),
    "no head": written({MANIFEST: manifest({})}),
    "no list": written({HEADER: HEAD, "database/00000000": DATABASE}),
    "a file that the list does not name": written({**members(), MANIFEST: manifest({"files/a": b""})}),
    "a file twice": written([*list(members(**{"files/a": b"1"}).items())[:-1], ("files/a", b"1"), (MANIFEST, manifest({"files/a": b"1"}))]),
    "something after the list": written([*members().items(), ("files/a", b"1")]),
    "a piece of the database missing": written({HEADER: HEAD, "database/00000001": DATABASE, MANIFEST: manifest({})}),
    "another database": written(members() | {"database/00000000": b"r0ws"}),
    "no tables": written(members() | {MANIFEST: {**manifest({}), "tables": None}}),
    "a list that is none": written(members() | {MANIFEST: []}),
    "head and list disagree": written(members() | {MANIFEST: {**manifest({}), "version": "1"}}),
    "deep": written(members() | {MANIFEST: b"[" * 100_000}),
    "a strange head": written(members() | {HEADER: {**HEAD, "migrations": "all"}}),
    "a symbolic link": gzip.compress(a_link(tarfile.SYMTYPE) + b"\0" * 1024),
    "a device": gzip.compress(a_link(tarfile.CHRTYPE) + b"\0" * 1024),
    "endless names": gzip.compress(a_link(tarfile.GNUTYPE_LONGNAME) + b"\0" * 1024),
    "something behind the end": written(members()) + b"more",
}


@pytest.mark.parametrize("harm", WRONG)
def test_rel13_what_no_copy_of_ours_holds_is_refused(tmp_path, harm):
    with pytest.raises(Damaged):
        read(tmp_path / "copy", WRONG[harm])

    assert [path.name for path in tmp_path.iterdir()] == ["copy"]


def test_rel13_an_archive_that_unpacks_to_far_more_than_it_is_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "FREE_GROWTH", 1024**2)

    with pytest.raises(Damaged, match="far more than it is"):
        read(tmp_path / "copy", written(members(**{"files/zeros": b"\0" * 4 * 1024**2})))


@pytest.mark.parametrize(
    ("said", "told"), [({"format": 2}, "format 2"), ({"migrations": [["cases", "0099_later"]]}, r"newer version.*cases\.0099_later")]
)
def test_rel13_a_newer_archive_is_refused(tmp_path, said, told):
    with pytest.raises(BackupFailed, match=told):
        read(tmp_path / "copy", written(members() | {HEADER: HEAD | said}))


def test_rel13_a_disk_without_room_is_told_before_it_is_full(tmp_path):
    with pytest.raises(BackupFailed, match="no room"):
        stage(tmp_path, ("a",), iter([b""]), 10**18)
