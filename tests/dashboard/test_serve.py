"""The product as one command: both processes run, and neither outlives the other. Real processes, on a port of their own."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import settings

PATIENCE_SECONDS = 600


@dataclass(frozen=True)
class Ended:
    """A start that was told to stop: what it said, how it ended, and which processes it had."""

    folder: Path
    port: int
    said: str
    returncode: int
    children: list[int]


@pytest.fixture
def port() -> int:
    return a_free_port()


@pytest.fixture(scope="module")
def first_start(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """From nothing until it answers, and then told to stop. Once for all: making the database takes most of it."""
    folder, port = tmp_path_factory.mktemp("first"), a_free_port()
    server = started(folder, port)
    try:
        until(lambda: answers(port))
        children = children_of(server.pid)
        server.send_signal(signal.SIGTERM)
        said, _ = server.communicate(timeout=PATIENCE_SECONDS)
    finally:
        server.kill()
        server.communicate()
    return Ended(folder, port, said, server.returncode, children)


@pytest.fixture
def after_the_first_start(first_start: Ended, tmp_path: Path) -> None:
    for file in first_start.folder.glob("db.sqlite3*"):
        shutil.copy(file, tmp_path / file.name)


@pytest.fixture
def serve(tmp_path: Path, port: int) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """Start it in the folder of the test; whatever a test leaves running is ended."""
    processes: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        processes.append(started(tmp_path, port))
        return processes[-1]

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def test_it_answers_until_it_is_told_to_stop_and_leaves_nothing_behind(first_start):
    assert first_start.returncode == 0
    assert f"http://127.0.0.1:{first_start.port}/" in first_start.said
    assert len(first_start.children) == 2
    assert [child for child in first_start.children if runs(child)] == []


def test_when_one_of_the_two_ends_the_other_is_stopped_and_that_is_said(after_the_first_start, serve, port):
    server = serve()
    until(lambda: answers(port))
    (job_loop,) = [child for child in children_of(server.pid) if "run_jobs" in command_of(child)]

    os.kill(job_loop, signal.SIGKILL)
    said, _ = server.communicate(timeout=PATIENCE_SECONDS)

    assert server.returncode == 1
    assert "The job loop ended by itself" in said
    assert not answers(port)


def test_killed_outright_it_takes_its_children_along(after_the_first_start, serve, port):
    server = serve()
    until(lambda: answers(port))
    children = children_of(server.pid)

    server.kill()
    server.wait()

    until(lambda: not any(runs(child) for child in children))
    assert not answers(port)


def test_a_port_in_use_is_said_at_once(serve, port):
    with socket.create_server(("127.0.0.1", port)):
        server = serve()
        said, _ = server.communicate(timeout=PATIENCE_SECONDS)

    assert server.returncode == 1
    assert f"Port {port} is in use" in said
    assert f"make run PORT={port + 1}" in said


def a_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def started(folder: Path, port: int) -> subprocess.Popen[str]:
    """The command, with its database and everything else of it in the folder."""
    ours = {
        "TILLGODO_VAR": str(folder),
        "DATABASE_URL": f"sqlite:///{folder}/db.sqlite3",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    command = [sys.executable, "manage.py", "serve", "--port", str(port)]
    return subprocess.Popen(command, cwd=settings.ROOT, env=os.environ | ours, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, "it did not come so far in time"
        time.sleep(0.1)


def answers(port: int) -> bool:
    """Whether a web server of ours answers there, with whatever page."""
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/accounts/login/", timeout=30).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def children_of(process: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def command_of(process: int) -> str:
    return Path(f"/proc/{process}/cmdline").read_text().replace("\0", " ")


def runs(process: int) -> bool:
    """Whether it is there, and no zombie."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
