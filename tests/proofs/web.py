"""A real web server for proofs: gunicorn, whose workers a test may kill, and browsers that press the same form until it is answered."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from django.conf import settings
from django.db import connection

from people.models import Person
from tests.journeys.belongings import browser_of

PATIENCE_SECONDS = 600
TOKEN = "a" * 32


@dataclass
class Answers:
    """What browsers were answered: how often which status, when and how long each took, and how often nobody answered at all."""

    statuses: Counter[int] = field(default_factory=Counter)
    took: list[tuple[float, float]] = field(default_factory=list)
    unanswered: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def p95(self, since: float = 0, until: float = float("inf")) -> float:
        """Of a hundred answers of this while ninety-five were quicker."""
        ordered = sorted(seconds for when, seconds in self.took if since <= when < until)
        return ordered[int(len(ordered) * 0.95)] if ordered else 0.0


class Web:
    """The server; `port` is where it listens."""

    def __init__(self, folder: Path, *, workers: int = 2, threads: int = 8) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        ours = {
            "TILLGODO_VAR": str(folder),
            "TMPDIR": str(folder),
            "TEST_DATABASE_NAME": str(connection.settings_dict["NAME"]),
            "SECRET_KEY": settings.SECRET_KEY,
        }
        served_as = ["--config=python:config.serving", f"--workers={workers}", f"--threads={threads}"]
        with (folder / "gunicorn.log").open("w") as told:
            self._main = subprocess.Popen(
                [sys.executable, "-m", "gunicorn", f"--bind=127.0.0.1:{self.port}", *served_as, "tests.proofs.wsgi"],
                cwd=settings.ROOT,
                env=os.environ | ours,
                stdout=told,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def workers(self) -> list[int]:
        """The processes that answer."""
        return _begun_by(self._main.pid)

    def memory_mib(self) -> int:
        """What they hold together, with those that draw documents for them."""
        pages, workers = 0, self.workers()
        for process in [*workers, *(drawing for worker in workers for drawing in _begun_by(worker))]:
            with suppress(OSError):
                pages += int(Path(f"/proc/{process}/statm").read_text().split()[1])
        return pages * 4096 // 2**20

    def end(self) -> None:
        """All of it, at once."""
        if self._main.poll() is None:
            os.killpg(self._main.pid, signal.SIGKILL)
        self._main.wait()


def _begun_by(process: int) -> list[int]:
    """The numbers of the processes that any thread of this one began."""
    children: list[int] = []
    for thread in Path(f"/proc/{process}/task").glob("*/children"):
        with suppress(OSError):
            children += [int(child) for child in thread.read_text().split()]
    return children


@contextmanager
def a_web(folder: Path, **options: int) -> Iterator[Web]:
    """Until the end of the block; it answers when the block begins."""
    web = Web(folder, **options)
    try:
        browser = Browser(web.port, "", Answers())
        deadline = time.monotonic() + PATIENCE_SECONDS
        while browser.once("GET", "/accounts/login/") is None:
            assert time.monotonic() < deadline, (folder / "gunicorn.log").read_text()
            time.sleep(0.1)
        yield web
    finally:
        web.end()


class Browser:
    """Somebody signed in, by the cookie of their session; `sent_to` is where the last answer sent them on, or nothing."""

    def __init__(self, port: int, session: str, answers: Answers) -> None:
        self._port, self._answers = port, answers
        self.sent_to = ""
        self._headers = {"Cookie": f"sessionid={session}; csrftoken={TOKEN}"}

    def look(self, path: str) -> int:
        """The status of a page; asked once more where nobody answered."""
        return self._until_answered("GET", path, "")

    def press(self, path: str, typed: dict[str, object]) -> int:
        """The status of a form, which is pressed again, with the same key, until it is answered."""
        return self._until_answered("POST", path, urlencode(typed | {"csrfmiddlewaretoken": TOKEN}))

    def once(self, method: str, path: str, body: str = "") -> int | None:
        """The status, or None where nobody answers."""
        headers = self._headers | ({"Content-Type": "application/x-www-form-urlencoded"} if body else {})
        line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=90)
        try:
            line.request(method, path, body or None, headers)
            answer = line.getresponse()
            answer.read()
            self.sent_to = answer.headers.get("Location", "")
        except (OSError, http.client.HTTPException):
            return None
        finally:
            line.close()
        return answer.status

    def _until_answered(self, method: str, path: str, body: str) -> int:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            begun = time.monotonic()
            status = self.once(method, path, body)
            with self._answers.lock:
                if status is None:
                    self._answers.unanswered += 1
                else:
                    self._answers.statuses[status] += 1
                    self._answers.took.append((begun, time.monotonic() - begun))
            if status is not None and status < 500:
                return status
            assert time.monotonic() < deadline, path
            time.sleep(0.05)


def session_of(person: Person) -> str:
    """A session of theirs, kept by the database."""
    return browser_of(person).cookies["sessionid"].value
