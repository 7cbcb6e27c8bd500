"""A database of its own for a run, and the proof that what is committed in it is kept."""

from collections.abc import Mapping
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

DURABLE: Mapping[str, str] = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}
"""What a server must say of itself, or its commits may be lost and its figures mean nothing."""


class NotDurable(Exception):
    """This server does not keep what it has acknowledged; says which settings are wrong."""


def address_of(server: str, name: str) -> str:
    """The address of the database `name` in the server that has a database at `server`."""
    return urlsplit(server)._replace(path=f"/{name}").geturl()


def create(server: str, name: str) -> None:
    """Make the database `name` anew and empty."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def exists(server: str, name: str) -> bool:
    """Whether an earlier run has left the database `name`."""
    with psycopg.connect(server) as connection:
        return connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is not None


def checked_durable(address: str) -> dict[str, str]:
    """The server's version and the settings on which durability depends. Raises NotDurable."""
    with psycopg.connect(address) as connection:
        found = {name: _shown(connection, name) for name in ("server_version", *DURABLE, "shared_buffers")}
    wrong = [f"{name} is {found[name]}, not {wanted}" for name, wanted in DURABLE.items() if found[name] != wanted]
    if wrong:
        raise NotDurable("; ".join(wrong))
    return found


def _shown(connection: psycopg.Connection, setting: str) -> str:
    row = connection.execute("SELECT current_setting(%s)", [setting]).fetchone()
    return str(row[0]) if row else ""
