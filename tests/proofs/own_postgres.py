"""A PostgreSQL server of a proof's own, which it may kill: durable as it comes, on a port and in a folder of its own."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
from django.conf import settings

from scripts.postgres import binaries_folder, free_port, unprivileged_account
from tests.left_out import cannot
from tests.proofs.sizes import SIZE, chance

PATIENCE_SECONDS = 60
LONGEST_END_SECONDS = 600


class OwnPostgres:
    """The server in `folder`."""

    def __init__(self, folder: Path, binaries: Path) -> None:
        self._binaries, self._data, self._user, self.port = binaries, folder / "data", unprivileged_account(), free_port()
        self.address = f"postgres://postgres@127.0.0.1:{self.port}/postgres"
        if self._user:
            shutil.chown(folder, self._user)
        command = [str(binaries / "initdb"), "--pgdata", str(self._data), "--username=postgres", "--auth=trust", "--encoding=UTF8"]
        subprocess.run([*command, "--no-locale"], cwd=folder, user=self._user, check=True, stdout=subprocess.DEVNULL)
        self._main: subprocess.Popen[bytes] | None = None

    def start(self) -> float:
        """Start it; returns the seconds until it served. What a killed one left is recovered by itself."""
        begun = time.monotonic()
        options = ["-p", str(self.port), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]
        self._main = subprocess.Popen(
            [str(self._binaries / "postgres"), "-D", str(self._data), *options],
            user=self._user,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self._data,
            start_new_session=True,
        )
        while time.monotonic() < begun + PATIENCE_SECONDS:
            with suppress(psycopg.Error):
                psycopg.connect(self.address, connect_timeout=2).close()
                return time.monotonic() - begun
            time.sleep(0.02)
        raise TimeoutError

    def kill(self) -> None:
        """The server and all its processes, at once (kill -9), as a machine does that loses its power but not its disk."""
        if self._main is None:
            return
        own = [self._main.pid, *map(int, Path(f"/proc/{self._main.pid}/task/{self._main.pid}/children").read_text().split())]
        for process in own:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        self._main.wait()
        self._main = None
        for process in own[1:]:
            while Path(f"/proc/{process}").exists() and "Z" not in Path(f"/proc/{process}/stat").read_text().split()[2]:
                time.sleep(0.005)


@contextmanager
def own_postgres() -> Iterator[OwnPostgres | None]:
    """It runs when the block begins, and is gone afterwards; None where this machine has no such programs."""
    binaries = binaries_folder()
    if binaries is None:
        yield None
        return
    with TemporaryDirectory(prefix="tillgodo-rel7-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)
        server = OwnPostgres(Path(folder), binaries)
        server.start()
        try:
            yield server
        finally:
            server.kill()


def killed_again_and_again(server: OwnPostgres, name: str) -> list[float]:
    """Let people act for a while and kill it, so many times; when it served again each time, by the clock all processes share."""
    dice, served = chance(name), []
    for _ in range(SIZE.kills):
        time.sleep(dice.uniform(0.2, 1.0))
        server.kill()
        server.start()
        served.append(time.monotonic())
    time.sleep(1.0)
    return served


def killed_under(name: str, module: str, *given: str) -> tuple[list[float], dict[str, Any]]:
    """Kill a server of its own under a process that works with it; when it served again, and what the process said in the end, in JSON.

    The process says READY when it has begun, and ends when its input ends.
    """
    with own_postgres() as server:
        if server is None:
            cannot("the programs of PostgreSQL are not here")
        load = subprocess.Popen(
            [sys.executable, "-m", module, *given],
            cwd=settings.ROOT,
            env=os.environ | {"DATABASE_URL": server.address, "LOG_LEVEL": "CRITICAL"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert load.stdout is not None
            assert load.stdout.readline() == "READY\n"
            served = killed_again_and_again(server, name)
            said, _ = load.communicate(input="", timeout=LONGEST_END_SECONDS)
        finally:
            load.kill()
            load.communicate()
    return served, json.loads(said)
