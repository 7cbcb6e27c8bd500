"""What the guards refuse, tried with raw SQL on both databases."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connection, transaction

from clients.models import Plan
from core import guards
from core.guards import Guard
from credits import guards as credit_guards
from credits.models import Entry

MONDAY, TUESDAY, WEDNESDAY, THURSDAY = (f"2026-11-{day} 09:00:00+00:00" for day in (16, 17, 18, 19))
ID = "INTEGER PRIMARY KEY" if connection.vendor == "sqlite" else "SERIAL PRIMARY KEY"
INSTANT = "TEXT" if connection.vendor == "sqlite" else "TIMESTAMPTZ"
ONE_SIDED = {
    "sqlite": ["INSERT OR REPLACE INTO probe (id, name, minutes) VALUES (1, 'other', 10)"],
    "postgresql": ["TRUNCATE probe", "INSERT INTO probe (id, name) VALUES (1, 'other') ON CONFLICT (id) DO UPDATE SET name = 'other'"],
}


def run(*statements: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def rows(query: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())


@pytest.fixture
def probe(db) -> Iterator[None]:
    """A table of our own with one row."""
    run(f"CREATE TABLE probe (id {ID}, name TEXT, minutes INTEGER)", "INSERT INTO probe (name, minutes) VALUES ('first', 10)")
    yield
    run("DROP TABLE probe")


def guarded(guard: Guard) -> Guard:
    run(*guard.install(connection))
    return guard


@pytest.mark.parametrize(
    "statement",
    ["UPDATE probe SET name = 'other'", "UPDATE probe SET id = 7", "DELETE FROM probe", "DELETE FROM probe WHERE id = 1"]
    + ONE_SIDED[connection.vendor],
)
def test_c14_an_append_only_table_refuses(probe, statement):
    guarded(guards.append_only("probe"))

    with pytest.raises(IntegrityError, match="probe_append_only"):
        run(statement)

    assert rows("SELECT id, name FROM probe") == [(1, "first")]


def test_c14_an_append_only_table_takes_new_rows(probe):
    guarded(guards.append_only("probe"))

    run("INSERT INTO probe (name) VALUES ('second')")

    assert rows("SELECT name FROM probe ORDER BY id") == [("first",), ("second",)]


@pytest.mark.parametrize("statement", ["UPDATE probe SET name = 'other'", "UPDATE probe SET name = NULL", "DELETE FROM probe"])
def test_c14_fixed_columns_refuse(probe, statement):
    guarded(guards.columns_fixed("probe", ["name"]))

    with pytest.raises(IntegrityError, match="probe_fixed"):
        run(statement)

    assert rows("SELECT name FROM probe") == [("first",)]


def test_c14_fixed_columns_leave_the_others_free(probe):
    guarded(guards.columns_fixed("probe", ["name"]))

    run("UPDATE probe SET minutes = 20, name = 'first'")

    assert rows("SELECT name, minutes FROM probe") == [("first", 20)]


@pytest.mark.parametrize("statement", ["UPDATE probe SET minutes = NULL", "UPDATE probe SET name = 'other'", "DELETE FROM probe"])
def test_c14_a_closed_row_stays_closed(probe, statement):
    guarded(guards.closed_once("probe", "minutes"))

    with pytest.raises(IntegrityError, match="probe_closed_once"):
        run(statement)

    assert rows("SELECT name, minutes FROM probe") == [("first", 10)]


def test_c14_a_row_that_is_not_closed_yet_is_free(probe):
    run("UPDATE probe SET minutes = NULL")
    guarded(guards.closed_once("probe", "minutes"))

    run("UPDATE probe SET name = 'other'", "UPDATE probe SET minutes = 20", "INSERT INTO probe (name) VALUES ('second')")
    run("DELETE FROM probe WHERE name = 'second'")

    assert rows("SELECT name, minutes FROM probe") == [("other", 20)]


@pytest.fixture
def calendar(db) -> Iterator[None]:
    """Reservations of technicians 1 and 2, guarded; technician 1 is taken from Tuesday to Wednesday."""
    run(f"CREATE TABLE taken (id {ID}, technician INTEGER, starts {INSTANT}, ends {INSTANT}, live BOOLEAN)")
    guarded(guards.no_overlap(table="taken", key="technician", start="starts", end="ends"))
    run(_reservation(1, TUESDAY, WEDNESDAY))
    yield
    run("DROP TABLE taken")


def _reservation(technician: int, starts: str, ends: str, live: str = "TRUE") -> str:
    return f"INSERT INTO taken (technician, starts, ends, live) VALUES ({technician}, '{starts}', '{ends}', {live})"


@pytest.mark.parametrize(
    "statement",
    [
        _reservation(1, TUESDAY, WEDNESDAY),
        _reservation(1, MONDAY, THURSDAY),
        _reservation(1, "2026-11-17 10:00:00+00:00", "2026-11-17 11:00:00+00:00"),
        _reservation(1, MONDAY, "2026-11-17 09:00:01+00:00"),
    ],
    ids=["the same time", "around it", "inside it", "a second too long"],
)
def test_r2_an_overlap_is_refused(calendar, statement):
    with pytest.raises(IntegrityError, match="taken_no_overlap"):
        run(statement)


@pytest.mark.parametrize(
    "statement",
    [
        _reservation(1, MONDAY, TUESDAY),
        _reservation(1, WEDNESDAY, THURSDAY),
        _reservation(2, TUESDAY, WEDNESDAY),
        _reservation(1, TUESDAY, WEDNESDAY, "FALSE"),
        "UPDATE taken SET ends = starts WHERE FALSE",
        f"UPDATE taken SET ends = '{THURSDAY}'",
    ],
    ids=["until it begins", "from when it ends", "somebody else", "given up", "nothing", "itself, longer"],
)
def test_r2_what_shares_no_instant_is_taken(calendar, statement):
    run(statement)


@pytest.mark.parametrize("change", [f"starts = '{TUESDAY}'", "live = TRUE, technician = 1"], ids=["moved", "revived"])
def test_r2_an_overlap_is_refused_when_a_row_is_changed(calendar, change):
    run(_reservation(1, WEDNESDAY, THURSDAY) if "starts" in change else _reservation(2, TUESDAY, WEDNESDAY, "FALSE"))

    with pytest.raises(IntegrityError, match="taken_no_overlap"):
        run(f"UPDATE taken SET {change} WHERE id = 2")


@pytest.mark.django_db
def test_installing_a_guard_twice_is_harmless():
    for guard in guards.declared():
        run(*guard.install(connection))

    assert _missing() == set()


@pytest.mark.django_db
@pytest.mark.parametrize("guard", guards.declared(), ids=lambda guard: guard.sqlite_names[0])
def test_a_guard_can_be_taken_down(guard):
    run(*guard.remove(connection))

    assert _missing() == set(guard.names(connection))


@pytest.mark.django_db(transaction=True)
def test_c14_a_migration_run_puts_the_guards_back_after_a_table_was_remade():
    with connection.schema_editor() as editor:
        _remake(editor)
    fallen = _missing()

    call_command("migrate", verbosity=0)

    assert fallen or connection.vendor == "postgresql"
    assert _missing() == set()


@pytest.mark.django_db(transaction=True)
def test_c14_a_guard_that_cannot_be_put_up_again_leaves_the_old_one_standing(monkeypatch):
    guard = credit_guards.GUARDS[0]
    broken = replace(guard, sqlite=[guard.sqlite[0], "NO SQL"], postgresql=[*guard.postgresql[:2], "NO SQL"])
    monkeypatch.setattr(credit_guards, "GUARDS", [broken])

    with pytest.raises(DatabaseError):
        guards.put_up(app_config=apps.get_app_config("credits"), using="default")

    monkeypatch.undo()
    assert _missing() == set()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL changes a table where it stands")
@pytest.mark.django_db(transaction=True)
def test_a_table_that_triggers_of_others_look_into_can_be_remade():
    mentioning = rows(
        "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name <> 'clients_plan' AND instr(sql, 'clients_plan') > 0"
    )

    with connection.schema_editor() as editor:
        editor._remake_table(Plan)  # type: ignore[attr-defined]
    standing = rows("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    call_command("migrate", verbosity=0)

    assert mentioning != []
    assert set(mentioning) <= set(standing)
    assert _missing() == set()


def _remake(editor) -> None:
    """What Django does to a SQLite table on many schema changes: copies it into a new one, without its triggers."""
    if connection.vendor == "sqlite":
        editor._remake_table(Entry)


def _missing() -> set[str]:
    declared = {name for guard in guards.declared() for name in guard.names(connection)}
    return declared - guards.standing(connection)


@pytest.mark.django_db(transaction=True)
def test_c14_the_guards_stand_again_after_a_test_that_emptied_the_tables():
    assert _missing() == set()
