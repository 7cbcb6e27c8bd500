"""A PostgreSQL server for tests: one that was named, one that is found, or one of our own in a temporary folder."""

import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

OLDEST = 15
USUAL = "postgres://postgres@127.0.0.1:5432/postgres"


class Unavailable(Exception):
    """There is no server, and none can be started; says why."""


class Unusable(Exception):
    """The server that was named cannot be used; says why."""


@dataclass(frozen=True)
class Server:
    """A server, by the address of a database in it that always exists; `what` describes it to a reader."""

    address: str
    what: str

    def database(self, name: str) -> str:
        """The address of another database in the same server."""
        return urlsplit(self.address)._replace(path=f"/{name}").geturl()

    def drop(self, prefix: str) -> None:
        """Drop every database whose name begins so."""
        with psycopg.connect(self.address, autocommit=True) as connection:
            for (name,) in connection.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [prefix]).fetchall():
                connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def a_server(folder: Path, *, install: Callable[[], None]) -> Iterator[Server]:
    """The server that TEST_DATABASE_URL names, else the one on 127.0.0.1:5432, else one of our own in `folder`.

    `install` is called where no binaries are found. Raises Unusable for the first, Unavailable for the last.
    """
    named = os.environ.get("TEST_DATABASE_URL")
    if named:
        if reason := _what_is_wrong(named):
            raise Unusable(f"the server that TEST_DATABASE_URL names cannot be used: {reason}")
        yield Server(named, "the server that TEST_DATABASE_URL names")
    elif not _what_is_wrong(USUAL):
        yield Server(USUAL, "the server on 127.0.0.1:5432")
    else:
        with _own_server(folder, install) as own:
            yield own


def _what_is_wrong(address: str) -> str:
    """Why the tests cannot use this server; empty when they can."""
    try:
        with psycopg.connect(address, connect_timeout=3) as connection:
            allowed = connection.execute("SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
            version = connection.info.server_version // 10_000
    except psycopg.Error as error:
        return str(error).strip()
    if version < OLDEST:
        return f"it is PostgreSQL {version}, and {OLDEST} is the oldest that will do"
    return "" if allowed and allowed[0] else "its user may not create databases"


@contextmanager
def _own_server(folder: Path, install: Callable[[], None]) -> Iterator[Server]:
    binaries = binaries_folder()
    if binaries is None:
        install()
        binaries = binaries_folder()
    if binaries is None:
        raise Unavailable("no PostgreSQL server was found, nor the programs to start one")
    port = free_port()
    home = folder / "postgresql"
    home.mkdir()
    account = unprivileged_account()
    if account:
        shutil.chown(home, account)

    def run(program: str, *arguments: str) -> None:
        command = [str(binaries / program), "--pgdata", str(home / "data"), *arguments]
        done = subprocess.run(command, cwd=home, user=account, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
        if done.returncode:
            raise Unavailable(f"{program} failed: {done.stderr.strip()}")

    run("initdb", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
    run("pg_ctl", "--wait", "--log", str(home / "log"), "--options", options, "start")
    try:
        yield Server(f"postgres://postgres@127.0.0.1:{port}/postgres", "a server of its own")
    finally:
        run("pg_ctl", "--mode=immediate", "stop")


def binaries_folder() -> Path | None:
    """The folder of `initdb` and its kin: the newest of Debian's, else the one on the PATH."""
    debian = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb") if path.parents[1].name.isdigit()]
    if debian:
        return max(debian, key=lambda path: int(path.parent.name))
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


def unprivileged_account() -> str | None:
    """The server refuses to run as root: then it runs as somebody who may do little."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in known), None)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
