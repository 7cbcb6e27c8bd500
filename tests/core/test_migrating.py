"""Changing the schema while people work: on PostgreSQL nobody waits, and on SQLite it is the same in the end (rel14)."""

import threading
from io import StringIO

import psycopg
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import IntegrityError, NotSupportedError, connection, models, transaction
from django.db.migrations import Migration
from django.db.migrations.state import ModelState, ProjectState

from core.migrating import AddCheckBeside, AddIndexBeside, InBatches, lock_timeout

pytestmark = pytest.mark.django_db(transaction=True)
on_postgresql = pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has no locks of tables to wait for")
INDEX = models.Index(fields=["sum"], name="order_sum_beside")
CHECK = models.CheckConstraint(condition=models.Q(sum__gt=0), name="order_sum_positive")
TABLE = "shop_order"


@pytest.fixture
def state():
    """A table of its own, with three rows."""
    found = ProjectState()
    found.add_model(ModelState("shop", "Order", [("id", models.BigAutoField(primary_key=True)), ("sum", models.IntegerField())]))
    model = found.apps.get_model("shop", "Order")
    with connection.schema_editor() as editor:
        editor.create_model(model)
    model.objects.bulk_create([model(sum=number) for number in (1, 2, 3)])
    yield found
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {TABLE}")


def run(state, *operations, atomic=False, backwards=False):
    migration = type("Migration", (Migration,), {"operations": list(operations), "atomic": atomic})("0002", "shop")
    with connection.schema_editor(atomic=atomic) as editor:
        if backwards:
            return migration.unapply(state, editor)
        return migration.apply(state, editor)


def constraints():
    with connection.cursor() as cursor:
        return connection.introspection.get_constraints(cursor, TABLE)


def change(apps, alias, first, last):
    apps.get_model("shop.Order").objects.using(alias).filter(pk__range=(first, last)).update(sum=models.F("sum") * 10)


def undo(apps, alias, first, last):
    apps.get_model("shop.Order").objects.using(alias).filter(pk__range=(first, last)).update(sum=models.F("sum") / 10)


def sums(state):
    return sorted(state.apps.get_model("shop.Order").objects.values_list("sum", flat=True))


def test_rel14_an_index_and_a_check_are_made_beside_the_work_and_taken_back(state):
    operations = AddIndexBeside("order", INDEX), AddCheckBeside("order", CHECK)

    after = run(state.clone(), *operations)

    assert {"order_sum_beside", "order_sum_positive"} <= constraints().keys()
    with pytest.raises(IntegrityError), transaction.atomic():
        after.apps.get_model("shop.Order").objects.create(sum=0)
    run(state.clone(), *operations, backwards=True)
    assert not {"order_sum_beside", "order_sum_positive"} & constraints().keys()


def test_rel14_rows_are_changed_in_batches_and_back(state, monkeypatch):
    monkeypatch.setattr("core.migrating.BATCH", 2)

    run(state.clone(), InBatches("shop.Order", change, undo))
    assert sums(state) == [10, 20, 30]
    run(state.clone(), InBatches("shop.Order", change, undo), backwards=True)
    assert sums(state) == [1, 2, 3]


@on_postgresql
def test_rel14_what_runs_beside_the_work_refuses_to_hold_a_transaction(state):
    for operation in (AddIndexBeside("order", INDEX), AddCheckBeside("order", CHECK)):
        with pytest.raises(NotSupportedError, match="atomic = False"):
            run(state.clone(), operation, atomic=True)


@on_postgresql
def test_rel14_an_index_that_was_left_invalid_is_made_anew(state):
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE INDEX order_sum_beside ON {TABLE} (id)")

    run(state.clone(), AddIndexBeside("order", INDEX))

    assert constraints()["order_sum_beside"]["columns"] == ["sum"]


@on_postgresql
def test_rel14_the_command_steps_back_from_a_table_in_use_and_tries_again(state, settings, monkeypatch):
    settings.LOCK_TIMEOUT_SECONDS, settings.LOCK_TRIES = 1, 3
    released = threading.Event()
    monkeypatch.setattr("core.management.commands.migrate.time.sleep", lambda _seconds: released.set())
    monkeypatch.setattr(migrate.Command, "handle", lambda *_args, **_options: alter())
    said = StringIO()
    with reading(until=released):
        call_command("migrate", stderr=said)

    assert said.getvalue() == "A table is in use; stepping back (1 of 3).\n"
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone()[0] == "30s"
    settings.LOCK_TRIES = 1
    with reading(until=threading.Event()), pytest.raises(CommandError, match="in use at every try"):
        call_command("migrate", stderr=said)


def alter():
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {TABLE} ALTER COLUMN sum SET DEFAULT 1")


class reading:  # noqa: N801 - it is read as a word
    """Somebody has the table until an event comes, or the block ends."""

    def __init__(self, *, until):
        self.until = until

    def __enter__(self):
        self.other = psycopg.connect(**connection.get_connection_params() | {"cursor_factory": psycopg.Cursor})
        self.other.execute(f"SELECT * FROM {TABLE}")
        self.thread = threading.Thread(target=self._end, daemon=True)
        self.thread.start()

    def _end(self):
        self.until.wait(30)
        self.other.rollback()

    def __exit__(self, *_):
        self.until.set()
        self.thread.join()
        self.other.close()


@on_postgresql
def test_rel14_the_time_to_wait_is_put_back(state):
    with lock_timeout(connection, 3), connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone()[0] == "3s"
