"""PostgreSQL servers of a proof's own, that can be copied while they run and brought back to a point in time."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from time import monotonic, sleep

import psycopg

from scripts.postgres import binaries_folder, free_port, unprivileged_account

PATIENCE = 900
"""Seconds after which a server that does not come, or an archive that does not fill, is given up."""
ARCHIVING = "-c wal_level=replica -c archive_mode=on -c archive_timeout=60 -c max_wal_senders=4"


@dataclass
class Cluster:
    """One server, in a folder of its own."""

    home: Path
    archive: Path
    port: int = field(default_factory=free_port)

    @property
    def data(self) -> Path:
        return self.home / "data"

    def url(self, database: str) -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/{database}"

    def initialise(self) -> None:
        self.run("initdb", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync", "--pgdata", str(self.data))

    def start(self, options: str = "") -> None:
        base = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c shared_buffers=128MB -c max_wal_size=2GB"
        self.run(
            "pg_ctl",
            "--pgdata",
            str(self.data),
            "--wait",
            "--timeout=900",
            "--log",
            str(self.home / "log"),
            "--options",
            f"{base} {options}",
            "start",
        )

    def stop(self) -> None:
        if (self.data / "postmaster.pid").exists():
            self.run("pg_ctl", "--pgdata", str(self.data), "--mode=fast", "--wait", "stop")

    def start_archiving(self) -> None:
        self.start(f"{ARCHIVING} -c archive_command='test ! -f {self.archive}/%f && cp %p {self.archive}/%f'")

    def copy_to(self, other: "Cluster") -> None:
        """A base backup, while everybody works."""
        self.run(
            "pg_basebackup", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "-D", str(other.data), "-X", "none", "-c", "fast"
        )

    def archive_all(self) -> None:
        """Wait until everything that was written lies in the archive."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            [(name,)] = connection.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchall()
        _wait_for((self.archive / name).exists)

    def recover(self, to: datetime) -> None:
        """Start from the base backup and the archive, as everything was at `to`."""
        with (self.data / "postgresql.auto.conf").open("a") as conf:
            conf.write(f"restore_command = 'cp {self.archive}/%f %p'\nrecovery_target_time = '{to.isoformat()}'\n")
            conf.write("recovery_target_action = 'promote'\n")
        (self.data / "recovery.signal").touch()
        self.start()
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            _wait_for(lambda: connection.execute("SELECT pg_is_in_recovery()").fetchall() == [(False,)])

    def run(self, program: str, *arguments: str) -> None:
        folder = binaries_folder()
        assert folder is not None
        done = subprocess.run(
            [str(folder / program), *arguments], cwd=self.home, user=unprivileged_account(), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, (
            f"{program}: {done.stderr} {(self.home / 'log').read_text()[-2000:] if (self.home / 'log').exists() else ''}"
        )


@contextmanager
def clusters(count: int) -> Iterator[list[Cluster]]:
    """So many, none of them made yet, with one archive; all are stopped and gone at the end."""
    with tempfile.TemporaryDirectory(prefix="tillgodo-clusters-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        places = [folder / "archive", *(folder / str(number) for number in range(count))]
        for place in places:
            place.mkdir()
            if account := unprivileged_account():
                shutil.chown(place, account)
        made = [Cluster(place, places[0]) for place in places[1:]]
        try:
            yield made
        finally:
            for cluster in made:
                cluster.stop()


def _wait_for(happened) -> None:
    ends = monotonic() + PATIENCE
    while not happened():
        assert monotonic() < ends, "it never happened"
        sleep(0.1)
