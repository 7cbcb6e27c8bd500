"""Faults put in from outside: a query that fails, a disk that is full, a mail server in a bad mood. The product has no switch for any."""

import errno
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.core.files.base import File
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.db import InterfaceError, OperationalError, connection


class Said(Exception):
    """What a driver raises, with the code of the server."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__(f"the server said {sqlstate}")
        self.sqlstate = sqlstate


class Counter:
    """How many queries there were."""

    def __init__(self) -> None:
        self.queries = 0


@contextmanager
def query_fails(number: int, fault: str, *, times: int = 1) -> Iterator[Counter]:
    """The query of this number (from 1), and as many after it as `times` says, raise before the database hears of them.

    What only counts costly requests is none: what cannot be counted is let through (`core/rate_limits.py`).
    """
    count = Counter()

    def run(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        if "core_tally" in sql:
            return execute(sql, params, many, context)
        count.queries += 1
        if number <= count.queries < number + times:
            if fault == "lost":
                raise InterfaceError("the connection is closed")
            raise OperationalError(f"could not go on: {fault}") from Said(fault)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(run):
        yield count


@contextmanager
def disk_full_after(most: int) -> Iterator[None]:
    """Of what storages write, only so many bytes find room; the file that does not is left half."""
    room, chunks = [most], File.chunks

    def narrow(file: "File[Any]", chunk_size: int | None = None) -> Iterator[Any]:
        for chunk in chunks(file, chunk_size):
            fits, room[0] = chunk[: room[0]], max(0, room[0] - len(chunk))
            yield fits
            if len(fits) < len(chunk):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(File, "chunks", narrow)
        patch.setattr(InMemoryUploadedFile, "chunks", narrow)
        yield


class Moody:
    """What a mail server answers to each mail: `mood` is its first line, and "hang" is none at all."""

    def __init__(self) -> None:
        self.mood = "250 OK"
        self.taken: list[bytes] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 -- the name is aiosmtpd's
        """The end of a mail."""
        if self.mood == "hang":
            time.sleep(0.4)
            return "451 too late"
        if self.mood.startswith("250"):
            self.taken.append(envelope.content)
        return self.mood


@contextmanager
def mail_server(mail: Moody) -> Iterator[int]:
    """It listens on a port of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    controller = Controller(mail, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()
