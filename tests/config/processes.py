"""Real workers and beats for tests, what they log, and how to see that one of them is held up in the middle of a job."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from credits import accounts
from credits.models import CreditAccount
from tests.config.brokers import Broker

PATIENCE_SECONDS = 600


class Process:
    """A worker or a beat, with all that it starts."""

    def __init__(self, name: str, command: list[str], environment: dict[str, str], log: Path) -> None:
        self.name, self._log = name, log
        with log.open("w") as told:
            self._main = subprocess.Popen(
                [sys.executable, "-m", "celery", "-A", "tests.config.celery_app", *command],
                cwd=settings.ROOT,
                env=environment,
                stdout=told,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def log(self) -> str:
        return self._log.read_text()

    @property
    def child(self) -> int:
        """The process of a worker that does the jobs."""
        (child,) = self._children()
        return child

    def is_held_up(self) -> bool:
        """Whether a job of this worker waits to write to SQLite: only then is the gate (`core/sqlite`) opened."""
        return any(f"{connection.settings_dict['NAME']}.gate" in opened(process) for process in self._children())

    def kill(self) -> None:
        """As the kernel does when memory runs out: at once, and its children too."""
        if self._main.poll() is None:
            os.killpg(self._main.pid, signal.SIGKILL)
        self._main.wait()

    def _children(self) -> list[int]:
        try:
            return [int(child) for child in Path(f"/proc/{self._main.pid}/task/{self._main.pid}/children").read_text().split()]
        except OSError:
            return []


class Crew:
    """The processes of one test, which reach its broker at `url`."""

    def __init__(self, broker: Broker, url: str, folder: Path, *, seconds_a_mail: float = 0) -> None:
        self._broker, self._url, self._folder, self._seconds_a_mail = broker, url, folder, seconds_a_mail
        self._processes: list[Process] = []

    def worker(self, **transport_options: Any) -> Process:
        return self._start("worker", ["--concurrency=1", "--without-mingle"], transport_options)

    def beat(self) -> Process:
        return self._start("beat", [], {})

    def succeeded(self, job: str = "") -> int:
        """How many times a job, or any, was done."""
        return sum(len(re.findall(rf"Task {job}.*succeeded", process.log)) for process in self._processes)

    def held_up(self) -> int:
        """How many workers wait for a row in the middle of a job."""
        if connection.vendor == "sqlite":
            return sum(process.is_held_up() for process in self._processes)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
            return int(cursor.fetchone()[0])

    def until(self, is_so: Callable[[], bool]) -> None:
        """Wait until it is so. Fails with what the processes logged."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not is_so():
            assert time.monotonic() < deadline, "\n".join([f"── {process.name}\n{process.log}" for process in self._processes])
            time.sleep(0.05)

    def mails(self) -> list[str]:
        """The mails that went out, by Message-ID."""
        texts = [path.read_text() for path in (self._folder / "mail").glob("*")]
        return [found for text in texts for found in re.findall(r"^Message-ID: (.*)$", text, re.MULTILINE)]

    def dismiss(self) -> None:
        for process in self._processes:
            process.kill()

    def _start(self, kind: str, options: list[str], transport_options: dict[str, Any]) -> Process:
        name = f"{kind}{len(self._processes) + 1}"
        ours = {
            "CELERY_BROKER_URL": self._url,
            "TILLGODO_VAR": str(self._folder),
            "TEST_DATABASE_NAME": str(connection.settings_dict["NAME"]),
            "TEST_PREFIX": self._broker.prefix,
            "TEST_SECONDS_A_MAIL": str(self._seconds_a_mail),
            "TEST_TRANSPORT_OPTIONS": json.dumps(transport_options),
        }
        named = ["--hostname", f"{self._broker.prefix}-{name}@%h"] if kind == "worker" else []
        command = [kind, "--loglevel=info", *named, *options]
        process = Process(name, command, os.environ | ours, self._folder / f"{name}.log")
        self._processes.append(process)
        return process


@contextmanager
def locked(account: CreditAccount) -> Iterator[None]:
    """Nobody gets further with this account meanwhile."""
    with transaction.atomic():
        accounts.lock([account.pk])
        yield


def opened(process: int) -> set[str]:
    """The files that a process has open."""
    try:
        return {os.readlink(each) for each in Path(f"/proc/{process}/fd").iterdir()}
    except OSError:
        return set()
