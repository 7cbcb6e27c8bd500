"""REL8. Processes of the web server that end at the same moment: the others go on, and new ones take their places."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings

ANSWERING = "def application(environ, start_response):\n    start_response('200 OK', [])\n    return [b'here']\n"
PATIENCE_SECONDS = 600
GAPS_SECONDS = (0.0, 0.04)
WHEN_ONE_ENDS = """
import os, sys
from types import SimpleNamespace
from config import serving

serving.on_starting(None)
known = set(sys.modules)
serving.child_exit(None, SimpleNamespace(pid=os.getpid()))
serving.on_exit(None)
print(sorted(set(sys.modules) - known))
"""


def test_rel8_nothing_is_imported_in_the_signal_handler_that_hears_of_an_end(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", WHEN_ONE_ENDS],
        cwd=settings.ROOT,
        env=os.environ | {"TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "[]\n"
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def server(tmp_path):
    """The process of gunicorn that keeps two others."""
    (tmp_path / "answering.py").write_text(ANSWERING)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "--config=python:config.serving", f"--bind=127.0.0.1:{port}", "--workers=2"]
    with (tmp_path / "log").open("w") as told:
        process = subprocess.Popen(
            [*command, f"--pythonpath={tmp_path}", "answering"], cwd=settings.ROOT, stdout=told, stderr=subprocess.STDOUT
        )
    yield process
    process.terminate()
    process.wait()


@pytest.mark.parametrize("gap_seconds", GAPS_SECONDS)
def test_rel8_the_server_outlives_both_of_its_processes(server, gap_seconds):
    first, second = two_of(server, but=set())
    os.kill(first, signal.SIGKILL)
    time.sleep(gap_seconds)
    os.kill(second, signal.SIGKILL)

    assert len(two_of(server, but={first, second})) == 2


def two_of(server, *, but):
    """Both processes, once there are two besides those; none where the server itself has ended."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
        if len(found := sorted({int(child) for child in children} - but)) == 2:
            return found
        time.sleep(0.05)
    return []
