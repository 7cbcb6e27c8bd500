"""Writers to SQLite wait in turn: nobody is told "database is locked", and the gate is never left shut."""

import fcntl
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import IntegrityError, OperationalError, connections, transaction

from core.sqlite.base import DatabaseWrapper

WRITERS = 8
ROUNDS = 15
HURRIED = settings.SQLITE_OPTIONS | {"timeout": 0.5}
"""Half a second is more than a turn takes, and far less than a starving writer waits."""


class Ledger:
    """A SQLite file of its own, whatever database the tests run on, with one table `line(writer UNIQUE)`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def connect(self) -> DatabaseWrapper:
        """A connection of the calling thread, behind the alias `ledger`."""
        defaults = connections.settings["default"] | {"CONN_MAX_AGE": 0, "TIME_ZONE": None}
        connection = DatabaseWrapper(defaults | {"NAME": str(self.path), "OPTIONS": dict(HURRIED)}, "ledger")
        connections["ledger"] = connection
        return connection

    def add(self, line: str) -> None:
        """Write one line with the connection of the calling thread."""
        with connections["ledger"].cursor() as cursor:
            cursor.execute("INSERT INTO line (writer) VALUES (%s)", [line])

    def lines(self) -> list[str]:
        """What stands in the table."""
        with connections["ledger"].cursor() as cursor:
            return [line for (line,) in cursor.execute("SELECT writer FROM line ORDER BY id").fetchall()]

    def gate_is_open(self) -> bool:
        """Whether another could begin to write now."""
        gate = os.open(f"{self.path}.gate", os.O_RDWR | os.O_CREAT)
        try:
            fcntl.flock(gate, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        else:
            return True
        finally:
            os.close(gate)

    def at_once(self, *writers: Callable[[str], None]) -> list[BaseException]:
        """Run the writers in threads that begin together, each with a connection of its own; what they raised."""
        begin = threading.Barrier(len(writers))
        raised: list[BaseException] = []

        def run(number: int, writer: Callable[[str], None]) -> None:
            connection = self.connect()
            try:
                begin.wait()
                for turn in range(ROUNDS):
                    writer(f"{number}/{turn}")
            except BaseException as error:
                raised.append(error)
            finally:
                connection.close()

        threads = [threading.Thread(target=run, args=item) for item in enumerate(writers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return raised


@pytest.fixture
def ledger(tmp_path: Path, django_db_blocker) -> Iterator[Ledger]:
    ledger = Ledger(tmp_path / "ledger.sqlite3")
    with django_db_blocker.unblock():
        connection = ledger.connect()
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE line (id INTEGER PRIMARY KEY, writer TEXT UNIQUE)")
        yield ledger
        connection.close()
        del connections["ledger"]


@pytest.mark.race
def test_many_writers_in_atomic_blocks_are_never_told_that_the_database_is_locked(ledger):
    def slow(line: str) -> None:
        with transaction.atomic(using="ledger"):
            ledger.add(line)
            time.sleep(0.005)

    raised = ledger.at_once(*[slow] * WRITERS)

    assert raised == []
    assert len(ledger.lines()) == WRITERS * ROUNDS


@pytest.mark.race
def test_single_statements_wait_in_the_same_queue_as_atomic_blocks(ledger):
    def slow(line: str) -> None:
        with transaction.atomic(using="ledger"):
            ledger.add(line)
            time.sleep(0.01)

    raised = ledger.at_once(*[slow] * (WRITERS // 2), *[ledger.add] * (WRITERS // 2))

    assert raised == []
    assert len(ledger.lines()) == WRITERS * ROUNDS


@pytest.mark.race
def test_without_the_gate_the_same_writers_are_told_so(ledger, monkeypatch):
    """The control: it shows that the tests above can fail."""
    monkeypatch.setattr(DatabaseWrapper, "_take_gate", lambda _: None)

    def slow(line: str) -> None:
        with transaction.atomic(using="ledger"):
            ledger.add(line)
            time.sleep(0.2)

    raised = ledger.at_once(*[slow] * WRITERS)

    assert raised
    assert {str(error) for error in raised} == {"database is locked"}


def test_the_gate_is_shut_inside_a_block_and_open_after_it(ledger):
    with transaction.atomic(using="ledger"):
        inside = ledger.gate_is_open()

    assert (inside, ledger.gate_is_open()) == (False, True)


def test_an_inner_block_neither_waits_for_itself_nor_opens_the_gate(ledger):
    with transaction.atomic(using="ledger"):
        with transaction.atomic(using="ledger"):
            ledger.add("inner")
        after_inner = ledger.gate_is_open()
        ledger.add("outer")

    assert after_inner is False
    assert ledger.lines() == ["inner", "outer"]
    assert ledger.gate_is_open()


def test_the_gate_is_open_after_a_rollback(ledger):
    with pytest.raises(ZeroDivisionError), transaction.atomic(using="ledger"):
        ledger.add("gone")
        raise ZeroDivisionError

    assert ledger.lines() == []
    assert ledger.gate_is_open()


def test_the_gate_stays_shut_when_only_an_inner_block_is_rolled_back(ledger):
    with transaction.atomic(using="ledger"):
        ledger.add("kept")
        with pytest.raises(IntegrityError), transaction.atomic(using="ledger"):
            ledger.add("kept")
        after_inner = ledger.gate_is_open()

    assert after_inner is False
    assert ledger.lines() == ["kept"]


def test_the_gate_is_open_after_a_begin_that_failed(ledger):
    connection = ledger.connect()
    connection.ensure_connection()
    connection.transaction_mode = "SIDEWAYS"

    with pytest.raises(OperationalError), transaction.atomic(using="ledger"):
        pytest.fail("a transaction of an unknown kind was begun")

    assert ledger.gate_is_open()


def test_the_gate_is_open_after_the_connection_was_closed_inside_a_block(ledger):
    with pytest.raises(ZeroDivisionError), transaction.atomic(using="ledger"):
        ledger.add("gone")
        connections["ledger"].close()
        raise ZeroDivisionError

    assert ledger.gate_is_open()


def test_the_gate_is_open_after_a_single_statement_that_failed(ledger):
    ledger.add("kept")

    with pytest.raises(IntegrityError):
        ledger.add("kept")

    assert ledger.gate_is_open()


def test_readers_do_not_wait_for_a_writer(ledger):
    seen: list[list[str]] = []

    def read() -> None:
        connection = ledger.connect()
        seen.append(ledger.lines())
        connection.close()

    with transaction.atomic(using="ledger"):
        ledger.add("not yet")
        reader = threading.Thread(target=read)
        reader.start()
        reader.join()

    assert seen == [[]]
