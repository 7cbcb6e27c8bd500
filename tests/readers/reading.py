"""Readers of calendars that no one here wrote: icalendar and vobject, and in Node.js ical.js and node-ical.

Each makes of the bytes of an object what a calendar program would: when, which, who. The two of Node.js are installed
by `npm ci` where they are not there yet; without Node.js a test that needs them is skipped, and under CI it fails.
"""

import fcntl
import json
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import vobject
from icalendar import Calendar

from tests.left_out import cannot

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Read:
    """What a reader made of one object; every one of its events."""

    method: str
    events: tuple["ReadEvent", ...]


@dataclass(frozen=True)
class ReadEvent:
    """One event, as read. `starts` and `ends` are instants."""

    uid: str
    sequence: int
    status: str
    starts: datetime
    ends: datetime
    summary: str
    organizer: str
    attendees: tuple[str, ...]


def by_icalendar(raw: bytes) -> Read:
    """As the library reads it that also writes them."""
    calendar: Any = Calendar.from_ical(raw)
    events = [
        ReadEvent(
            uid=str(event["uid"]),
            sequence=int(event["sequence"]),
            status=str(event["status"]),
            starts=event["dtstart"].dt,
            ends=event["dtend"].dt,
            summary=str(event["summary"]),
            organizer=_address(event["organizer"]),
            attendees=tuple(_address(one) for one in _list(event["attendee"])),
        )
        for event in calendar.walk("VEVENT")
    ]
    return Read(str(calendar["method"]), tuple(events))


def by_vobject(raw: bytes) -> Read:
    """As vobject reads it."""
    calendar = vobject.readOne(raw.decode())
    events = [
        ReadEvent(
            uid=event.uid.value,
            sequence=int(event.sequence.value),
            status=event.status.value,
            starts=event.dtstart.value.astimezone(UTC),
            ends=event.dtend.value.astimezone(UTC),
            summary=event.summary.value,
            organizer=_address(event.organizer.value),
            attendees=tuple(_address(one.value) for one in event.attendee_list),
        )
        for event in calendar.vevent_list
    ]
    return Read(calendar.method.value, tuple(events))


def by_node(raws: list[bytes]) -> dict[str, list[Read]]:
    """As ical.js and node-ical read them, by the name of the reader."""
    read = in_node(raws)
    return {reader: [_read(object_[reader]) for object_ in read] for reader in ("ical_js", "node_ical")}


def in_node(raws: list[bytes]) -> Any:
    """What `read.mjs` prints of each object."""
    node = _installed()
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / f"{number}.ics" for number in range(len(raws))]
        for file, raw in zip(files, raws, strict=True):
            file.write_bytes(raw)
        said = subprocess.run([node, str(HERE / "read.mjs"), *map(str, files)], capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    return json.loads(said.stdout)


def _installed() -> str:
    """Node.js, with the readers beside `read.mjs`."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not (node and npm):
        cannot("Node.js with npm is not here (Debian's packages nodejs and npm)")
    with (HERE / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several workers of one run come here at once
        if not _is_current():
            done = subprocess.run([str(npm), "ci", "--ignore-scripts"], cwd=HERE, capture_output=True, text=True, check=False)
            if done.returncode:
                cannot(f"npm could not install the readers: {done.stderr.strip()[-300:]}")
    return str(node)


def _is_current() -> bool:
    """Whether what is installed is as new as what is locked."""
    installed = HERE / "node_modules" / ".package-lock.json"
    return installed.exists() and installed.stat().st_mtime >= (HERE / "package-lock.json").stat().st_mtime


def _read(said: dict[str, Any]) -> Read:
    events = [
        ReadEvent(
            uid=event["uid"],
            sequence=event["sequence"],
            status=event["status"],
            starts=datetime.fromtimestamp(event["starts"], UTC),
            ends=datetime.fromtimestamp(event["ends"], UTC),
            summary=event["summary"],
            organizer=event["organizer"],
            attendees=tuple(event["attendees"]),
        )
        for event in said["events"]
    ]
    return Read(said["method"], tuple(events))


def _address(uri: object) -> str:
    return str(uri).removeprefix("mailto:")


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
