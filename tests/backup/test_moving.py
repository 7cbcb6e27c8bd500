"""Moving from SQLite to PostgreSQL: every row or none, with the guards in force and the numbers continued (rel13)."""

import os
from functools import partial
from io import StringIO

import environ
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError, IntegrityError, connection, connections, transaction

from core import databases, guards, moving
from core.backup import checksums
from core.backup.errors import BackupFailed
from credits.audit import audit
from dashboard.management.commands import move_database
from invoicing import issuing
from invoicing.checking import check
from notices import delivery, holding, outbox
from notices.models import Notice
from scripts.postgres import a_server
from tests.backup.places import standing_in
from tests.cast import NOON
from tests.credits.posting import grant, hold
from tests.invoicing.scene import a_draft, an_invoice, invoicing_terms

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "postgresql", reason="it moves away from SQLite"),
]


@pytest.fixture
def address(tmp_path):
    """Leads to a PostgreSQL database in which nothing is."""
    name = f"tillgodo_moved_{os.getpid()}"
    with a_server(tmp_path, install=lambda: None) as server:
        server.drop(name)
        with databases.opened("maker", environ.Env.db_url_config(server.address)) as maker, maker.cursor() as cursor:
            cursor.execute(f'CREATE DATABASE "{name}"')
        yield server.database(name)
        server.drop(name)


@pytest.fixture
def target(address):
    """An empty PostgreSQL database with the product's tables."""
    with databases.opened("target", environ.Env.db_url_config(address)):
        call_command("migrate", database="target", run_syncdb=True, verbosity=0, interactive=False)
        yield connections["target"]


def test_rel13_all_that_was_there_is_there_and_goes_on(cast, acme, target):
    invoicing_terms()
    an_invoice(acme, cast.fia)
    grant(acme.account, 480)
    hold(acme.account, 60)
    last = outbox.write(cause="session:1:booked", person=acme.approver, subject="Å", body="Ä 𝄞", at=NOON).pk
    Notice.objects.filter(pk=last).delete()
    done: list[str] = []

    with pytest.raises(KeyboardInterrupt), pytest.MonkeyPatch.context() as patch:
        patch.setattr(checksums, "differences", interrupted)
        moving.move(source="default", target="target", finish=done.append)
    found = moving.move(source="default", target="target", finish=done.append)

    assert found == checksums.of_tables(checksums.models_of("default"), "default")
    assert {name for guard in guards.declared() for name in guard.names(target)} <= guards.standing(target)
    with standing_in("target"):
        assert [*audit().findings, *check(at=NOON).faults] == []
        with pytest.raises((IntegrityError, DatabaseError)), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("DELETE FROM credits_entry")
        assert issuing.issue(a_draft(acme), by=cast.fia, at=NOON).sequence == 2
        assert outbox.write(cause="session:2:booked", person=acme.approver, subject="B", body="C", at=NOON).pk > last
    assert done == ["default"]
    with pytest.raises(BackupFailed, match="something in the other database"):
        moving.move(source="default", target="target", finish=done.append)


def interrupted(*_):
    raise KeyboardInterrupt


@pytest.fixture
def tables_of_models(monkeypatch):
    """The command's own `migrate` makes tables from the models, as those of all tests are made."""
    monkeypatch.setattr(move_database, "call_command", partial(call_command, run_syncdb=True))


def test_rel13_the_command_moves_all_rows_says_so_and_lets_one_of_both_send(cast, acme, address, tables_of_models):
    grant(acme.account, 480)
    outbox.write(cause="session:1:booked", person=acme.approver, subject="Å", body="Ä", at=NOON)
    models, told = checksums.models_of("default"), StringIO()
    rows = sum(model._base_manager.count() for model in models)

    with pytest.raises(CommandError, match="would not be the same: credits_entry"), pytest.MonkeyPatch.context() as patch:
        patch.setattr(checksums, "differences", lambda *_: ["credits_entry"])
        call_command("move_database", to=address)
    assert not holding.is_held()
    call_command("move_database", to=address, stdout=told)

    assert told.getvalue().splitlines() == [
        f"Moved {len(models)} tables with {rows:,} rows; every table has the same sum in both databases.",
        "Name the other database in DATABASE_URL and start again. Nothing leaves the old one any more.",
    ]
    assert holding.reason() == holding.MOVED
    assert delivery.deliver_due(at=NOON) == 0
    with databases.opened("target", environ.Env.db_url_config(address)), standing_in("target"):
        assert sum(model._base_manager.count() for model in models) == rows
        assert not holding.is_held()
        assert delivery.deliver_due(at=NOON) == 1
    with pytest.raises(CommandError, match="something in the other database"):
        call_command("move_database", to=address)


@pytest.mark.parametrize("url", ["sqlite:////tmp/other.sqlite3", "mysql://u:p@h/d", "nonsense", ""])
def test_rel13_only_postgresql_is_moved_to(url):
    with pytest.raises(CommandError, match="--to names a PostgreSQL database"):
        call_command("move_database", to=url)
