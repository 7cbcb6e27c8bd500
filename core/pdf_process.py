"""Orders for documents, and the process that draws them (`core/pdf_drawing.py`): each process of ours begins one when it first needs it.

What goes there and back is JSON, and nothing is run of what comes. A drawing process that was killed is begun anew, and the order
given once more, for drawing does nothing but draw. One that took too long is ended, and not tried again.

Nobody may ever be given the document of somebody else. An order bears a number, which its answer repeats; and whoever leaves without
having read the answer, as a job whose time is up, ends the process, so that nobody after them reads it.
"""

import atexit
import json
import logging
import os
import signal
import subprocess
import sys
import time
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from multiprocessing import Pipe
from pathlib import Path
from threading import Event, RLock, Timer, get_ident
from typing import Any, Self
from uuid import uuid4

ROOT = Path(__file__).resolve().parents[1]
STYLE_SHEET = "tillgodo/pdf.css"
MOST_SECONDS = 120
"""Of a core, for one document: the longest of ours takes some twenty."""
MOST_SECONDS_BY_THE_CLOCK = 300
"""For the same, however little of a core it is left; less than a job is given (`dashboard/jobs.py`)."""
WAITS_SECONDS = 60
"""For others of the same process of ours, whose documents are drawn before."""
MOST_WAITING = 4
"""Behind the one that is drawn, in one process of ours, which has eight threads as it is delivered."""
TRIES = 2
PASSED_ON = {
    *("PATH", "PYTHONPATH", "PYTHONHOME", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH"),
    *("XDG_CACHE_HOME", "FONTCONFIG_FILE", "FONTCONFIG_PATH"),
}
"""Of our environment, in which secrets stand, that process knows these alone."""

logger = logging.getLogger("weasyprint")


class FetchRefused(Exception):
    """A document asked for something that is not ours to give. An error of its template, never of who asked for it."""


class NotDrawn(Exception):
    """There is no document: the drawing process failed, or was ended; says how."""


class TooBusyToDraw(NotDrawn):
    """There is none for now: others' documents, or others who want the core, took too long. It may be asked for again."""


@dataclass(frozen=True, kw_only=True)
class Inside:
    """A file inside an archived document, which says the same as it for machines; `metadata` tells them so, as RDF descriptions."""

    name: str
    content: bytes
    description: str
    metadata: bytes = b""


@dataclass(frozen=True, kw_only=True)
class Order:
    """A page to be drawn: with which files of `folder`, and which bytes given for some of them; #rrggbb for its accents, or ""."""

    html: str
    folder: Path
    variant: str
    identifier: bytes
    made_at: datetime
    accent: str = ""
    inside: Inside | None = None
    files: Mapping[str, bytes] = field(default_factory=dict)
    number: str = field(default_factory=lambda: uuid4().hex, compare=False)

    def written(self) -> bytes:
        """For the drawing process."""
        return json.dumps(asdict(self), default=_plain).encode()

    @classmethod
    def read(cls, written: bytes) -> Self:
        """In the drawing process."""
        said: dict[str, Any] = json.loads(written)
        inside = said["inside"]
        if inside:
            inside |= {name: b64decode(inside[name]) for name in ("content", "metadata")}
        known = {
            "folder": Path(said["folder"]),
            "identifier": b64decode(said["identifier"]),
            "made_at": datetime.fromisoformat(said["made_at"]),
            "inside": Inside(**inside) if inside else None,
            "files": {name: b64decode(content) for name, content in said["files"].items()},
        }
        return cls(**{**said, **known})


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """What became of an order: its document, or what it asked for that it must not, or how it failed; and what was warned of.

    `errno`: where it is the machine that failed, as by a full disk.
    """

    number: str
    content: bytes = b""
    refused: str = ""
    failed: str = ""
    errno: int = 0
    said: tuple[str, ...] = ()

    def written(self) -> bytes:
        """For whoever ordered."""
        return json.dumps(asdict(self), default=_plain).encode()

    @classmethod
    def read(cls, written: bytes) -> Self:
        """By whoever ordered."""
        said: dict[str, Any] = json.loads(written)
        return cls(**{**said, "content": b64decode(said["content"]), "said": tuple(said["said"])})


class _Drawing:
    """The process and our end of its connection."""

    def __init__(self) -> None:
        self.orders, theirs = Pipe()
        command = [sys.executable, "-m", "core.pdf_drawing", str(theirs.fileno())]
        known = {name: value for name, value in os.environ.items() if name in PASSED_ON}
        with theirs:
            self.process = subprocess.Popen(  # noqa: S603  a module of ours
                command, cwd=ROOT, env=known, stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()]
            )

    def draw(self, order: bytes, *, until: float) -> bytes:
        """What it answers. Raises EOFError or OSError where it has ended, TooBusyToDraw where it had to be by then (monotonic)."""
        late = Event()
        timer = Timer(max(0.0, until - time.monotonic()), self._give_up, [late])
        timer.daemon = True
        timer.start()
        try:
            self.orders.send_bytes(order)
            return self.orders.recv_bytes()
        except (EOFError, OSError) as error:
            if late.is_set():
                raise TooBusyToDraw(f"it was not drawn within {MOST_SECONDS_BY_THE_CLOCK} seconds") from error
            raise
        finally:
            timer.cancel()

    def _give_up(self, late: Event) -> None:
        late.set()
        self.process.kill()

    def ended(self) -> int:
        """Have it end, and say how it did: the number of a signal, negative, or 0."""
        self.orders.close()
        try:
            return self.process.wait(1)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    def forget(self) -> None:
        """In a process that was forked from whoever began it: it is no child of this one, and nobody waits for it here."""
        self.orders.close()
        self.process.returncode = 0


class _Desk:
    """Where one process of ours orders: one document at a time."""

    def __init__(self) -> None:
        self.lock = RLock()  # so that it is not lost to a job whose time is up between taking it and what comes next
        self.waiting: set[int] = set()
        self.drawing: _Drawing | None = None

    def begun(self) -> _Drawing:
        """The drawing process, begun where there is none."""
        self.drawing = self.drawing or _Drawing()
        return self.drawing

    def end(self) -> int:
        """End it, and say how it did."""
        drawing, self.drawing = self.drawing, None
        return drawing.ended() if drawing else 0

    def drawn(self, order: Order) -> Drawn:
        """What became of the order, when those before it are drawn. Raises NotDrawn, TooBusyToDraw where too many wait, or for too long."""
        this = get_ident()
        if len(self.waiting - {this}) > MOST_WAITING:
            raise TooBusyToDraw(f"more than {MOST_WAITING} wait")
        self.waiting.add(this)
        try:
            if not self.lock.acquire(timeout=WAITS_SECONDS):
                raise TooBusyToDraw(f"others took more than {WAITS_SECONDS} seconds")
            try:
                return self.answer(order)
            finally:
                self.lock.release()
        finally:
            self.waiting.discard(this)

    def answer(self, order: Order) -> Drawn:
        """What the drawing process makes of the order, begun anew where it was killed. Raises NotDrawn."""
        written, how, until = order.written(), 0, time.monotonic() + MOST_SECONDS_BY_THE_CLOCK
        for _ in range(TRIES):
            try:
                drawn = Drawn.read(self.begun().draw(written, until=until))
            except (EOFError, OSError):
                how = self.end()
            except BaseException:  # the answer was not read: whoever orders next would read it
                self.end()
                raise
            else:
                return self._of(order, drawn)
            if how == -signal.SIGPROF:
                raise NotDrawn(f"it took more than {MOST_SECONDS} seconds of a core")
        raise NotDrawn(f"the drawing process ended with {how}")

    def _of(self, order: Order, drawn: Drawn) -> Drawn:
        if drawn.number not in {order.number, ""}:  # "": it could not even be read
            self.end()
            raise NotDrawn("another order was answered")
        return drawn


_desks: dict[int, _Desk] = {}
"""By the number of the process that orders there: one that was forked from another has its own."""


def draw(order: Order) -> bytes:
    """The document, as the drawing process draws it: several at once wait for each other.

    Raises FetchRefused, NotDrawn, TooBusyToDraw, and OSError as the drawing process did.
    """
    drawn = _desk().drawn(order)
    for line in drawn.said:
        logger.warning("%s", line)
    if drawn.refused:
        raise FetchRefused(drawn.refused)
    if drawn.errno:
        raise OSError(drawn.errno, drawn.failed)
    if drawn.failed:
        raise NotDrawn(drawn.failed)
    return drawn.content


def process_id() -> int:
    """Of the process that draws, which is begun where there is none."""
    desk = _desk()
    with desk.lock:
        return desk.begun().process.pid


def end() -> None:
    """End the drawing process, if there is one; the next order begins another."""
    _desk().end()


def _desk() -> _Desk:
    return _desks.setdefault(os.getpid(), _Desk())


def _forget() -> None:
    for desk in _desks.values():
        if desk.drawing:
            desk.drawing.forget()
    _desks.clear()


def _plain(value: object) -> str:
    """What JSON has no word for."""
    if isinstance(value, bytes):
        return b64encode(value).decode()
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    raise TypeError(value)


atexit.register(end)
os.register_at_fork(after_in_child=_forget)
