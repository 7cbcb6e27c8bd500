"""Tillgodo as one command: the web server and the job loop, side by side, until Ctrl-C.

The database is brought up to date first, and the static files are collected where they changed. With `--demo` an empty
database gets the shipped server-support profile and its demo data. Whichever of the two processes ends, the other
is stopped too; none is left behind.
"""

import ctypes
import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections, transaction

from clients.models import Provider

HOST = "127.0.0.1"
PATIENCE_SECONDS = 30
PR_SET_PDEATHSIG = 1

Processes = dict[str, subprocess.Popen[bytes]]


class Command(BaseCommand):
    help = "Bring the database up to date, then run the web server and the job loop until Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")), help="default: PORT, else 8000")
        parser.add_argument("--demo", action="store_true", help="give an empty database the demo")

    def handle(self, *args: Any, port: int, demo: bool, **options: Any) -> None:
        with _stopped_by_signals():
            _refuse_taken(port)
            call_command("migrate", verbosity=0, interactive=False)
            if demo:
                self._fill_if_empty()
            _collect_static()
            connections.close_all()
            with _running({"web server": _web(port), "job loop": _jobs()}) as processes:
                _wait_for(port, processes)
                self._greet(port, demo=demo)
                ended = _first_to_end(processes)
        raise CommandError(f"The {ended} ended by itself, so everything was stopped.")

    def _fill_if_empty(self) -> None:
        if Provider.objects.exists():
            return
        self.stdout.write("The database is empty: loading the server-support profile and the demo")
        with transaction.atomic():
            call_command("load_profile", str(settings.ROOT / "profiles" / "easyredmine.toml"), stdout=self.stdout)
            call_command("load_demo", stdout=self.stdout)

    def _greet(self, port: int, *, demo: bool) -> None:
        if demo:
            call_command("load_demo", show=True, stdout=self.stdout)
            connections.close_all()
        self.stdout.write(f"\nTillgodo runs at http://{HOST}:{port}/ and stops with Ctrl-C")
        self.stdout.flush()


def _refuse_taken(port: int) -> None:
    """Raise CommandError where something else listens on `port`."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise CommandError(f"Port {port} is in use ({error.strerror}). Another one: make run PORT={port + 1}") from error


def _collect_static() -> None:
    """Collect the static files, unless they are those that were collected last time."""
    mark = settings.STATIC_ROOT / ".collected"
    found = hashlib.sha256(settings.STORAGES["staticfiles"]["BACKEND"].encode())
    for finder in get_finders():
        for name, storage in finder.list(["CVS", ".*", "*~"]):
            found.update(f"{name} {storage.size(name)} {storage.get_modified_time(name)}\n".encode())
    if mark.exists() and mark.read_text() == found.hexdigest():
        return
    call_command("collectstatic", interactive=False, verbosity=0)
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.write_text(found.hexdigest())


def _web(port: int) -> list[str]:
    options = ["--worker-class=gthread", "--workers=1", "--threads=8", "--log-level=warning", "--graceful-timeout=2"]
    return [sys.executable, "-m", "gunicorn", "--config=python:config.serving", f"--bind={HOST}:{port}", *options, "config.wsgi"]


def _jobs() -> list[str]:
    return [sys.executable, str(settings.ROOT / "manage.py"), "run_jobs"]


@contextmanager
def _stopped_by_signals() -> Iterator[None]:
    """Until the end of the block, Ctrl-C, SIGTERM and a closed terminal end the program quietly."""

    def stop(number: int, frame: FrameType | None) -> None:
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, signal.SIG_IGN)
        raise SystemExit(0)

    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, stop)
    yield


@contextmanager
def _running(commands: dict[str, list[str]]) -> Iterator[Processes]:
    """The commands as processes, which are all gone at the end of the block."""
    processes: Processes = {}
    try:
        for name, command in commands.items():
            processes[name] = subprocess.Popen(command, cwd=settings.ROOT, preexec_fn=_end_with_parent)  # noqa: PLW1509  no threads here
        yield processes
    finally:
        for process in processes.values():
            process.terminate()
        for process in processes.values():
            try:
                process.wait(PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _end_with_parent() -> None:
    """In a child: have the kernel end it too, should the parent be killed outright (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _wait_for(port: int, processes: Processes) -> None:
    """Return when the web server answers, or a process has ended, or patience has."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and all(process.poll() is None for process in processes.values()):
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.1)


def _first_to_end(processes: Processes) -> str:
    """Wait until one of them is no more, and return its name."""
    while True:
        for name, process in processes.items():
            if process.poll() is not None:
                return name
        time.sleep(0.2)
