"""REL11.

The application's own role in PostgreSQL adds to append-only tables and cannot change them, and can do all its work
(rule C14).
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError, IntegrityError, ProgrammingError, connection, transaction

from clients.privacy import erasures
from core import guards, roles
from credits import ledger, topups
from credits.audit import audit
from tests.cast import NOON
from tests.clients.leaving import EMAIL, NAMESAKE, leaving
from tests.clients.naming import places_that_name
from tests.credits.posting import grant, hold, voucher
from tests.journeys.story import Story, travel
from tests.journeys.test_credit_loop import test_c15_the_whole_loop_adds_up_and_everybody_can_see_why as the_whole_loop
from tests.proofs.sizes import say

pytestmark = pytest.mark.django_db
on_postgresql = pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has no roles")
ROLE = f"tillgodo_application_{os.getpid()}"
STATEMENTS = {"UPDATE": "UPDATE {table} SET id = id", "DELETE": "DELETE FROM {table}", "TRUNCATE": "TRUNCATE {table} CASCADE"}


@pytest.fixture
def role() -> str:
    """A role of its own; like everything here it is gone when the test's transaction is undone."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {ROLE} NOLOGIN")
    call_command("database_role", ROLE, verbosity=0)
    return ROLE


@contextmanager
def acting_as(role: str) -> Iterator[None]:
    """Everything inside is done by `role`."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET ROLE {role}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")


def refusal_of(statement: str) -> type[DatabaseError] | None:
    """By what the database refuses a statement; None where it does not."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    except DatabaseError as refusal:
        return type(refusal)
    return None


def refusals() -> dict[tuple[str, str], type[DatabaseError] | None]:
    """How each append-only table answers each way of changing what stands in it."""
    tables = roles.append_only_tables()
    return {(table, verb): refusal_of(sql.format(table=table)) for table in tables for verb, sql in STATEMENTS.items()}


@pytest.fixture
def worked(acme):
    """Something in the ledger, so that there is something to change."""
    grant(acme.account, 480)
    ledger.capture(hold=hold(acme.account, 60), minutes=60, voucher=voucher())
    connection.check_constraints()


def test_c14_every_append_only_guard_is_of_a_table_that_the_grants_know():
    declared = {guard.table for guard in guards.declared() if any("append_only" in name for name in guard.postgresql_names)}

    assert {"credits_entry", "credits_move", "support_sessions_sessionevent"} <= declared
    assert set(roles.append_only_tables()) == declared


@on_postgresql
def test_c14_grants_refuse_the_application_every_change_of_an_append_only_table(role, worked):
    with acting_as(role):
        found = refusals()

    say("REL11", tables=len(roles.append_only_tables()), refused_by_grants=len(found))
    assert set(found.values()) == {ProgrammingError}


@on_postgresql
def test_c14_triggers_refuse_even_the_owner(worked):
    found = refusals()

    assert {refused for (_, verb), refused in found.items() if verb == "TRUNCATE"} == {IntegrityError}
    assert {found[table, verb] for table in ("credits_entry", "credits_move") for verb in STATEMENTS} == {IntegrityError}


@on_postgresql
def test_c14_the_application_cannot_switch_a_guard_off(role):
    with acting_as(role):
        switched = [
            refusal_of("ALTER TABLE credits_entry DISABLE TRIGGER USER"),
            refusal_of("DROP FUNCTION credits_entry_append_only CASCADE"),
        ]
        forgotten = refusal_of("DELETE FROM django_migrations")

    assert [*switched, forgotten] == [ProgrammingError] * 3


@on_postgresql
def test_c14_the_application_can_do_a_full_posting(role, cast, acme):
    with acting_as(role):
        order = topups.order(account=acme.account, minutes=480, cause="form:1", by=acme.approver, at=NOON)
        topups.mark_paid(top_up=order, paid_on=date(2026, 11, 18), amount=order.total, payment_reference="BG 1", by=cast.fia, at=NOON)
        entry = ledger.capture(hold=hold(acme.account, 60), minutes=50, voucher=voucher())
        ledger.void(hold=hold(acme.account, 90), at=NOON)
        ledger.reverse(entry=entry, voucher=voucher(reason="not our work"))
        findings = audit().findings

    assert findings == []


@on_postgresql
def test_c14_the_whole_credit_loop_runs_as_the_application(role, cast, acme):
    with acting_as(role):
        cache.clear()
        with travel(18, 10):
            story = Story(cast, acme)
        the_whole_loop(story)


@on_postgresql
def test_c14_the_application_erases_somebody_whole_and_cannot_rewrite_history_otherwise(role, cast, acme):
    asa = leaving(cast, acme)
    erasure = erasures.ask(person=asa.person, by=asa.person, at=NOON)
    rewritten = "UPDATE clients_historicalinvitation SET email = 'somebody@else.example'"
    with acting_as(role):
        before = refusal_of(rewritten)
        erasures.propose(erasure, also="", by=cast.ada, at=NOON)
        erasures.approve(erasure, by=asa.alva, at=NOON)
        meanwhile = refusal_of(rewritten)
        done = erasures.carry_on_due(at=NOON)

    assert (before, meanwhile, done) == (IntegrityError, IntegrityError, 1)
    assert places_that_name(EMAIL, but=NAMESAKE) == set()


@on_postgresql
def test_c14_giving_the_rights_again_changes_nothing_and_takes_back_what_is_too_much(role):
    with connection.cursor() as cursor:
        cursor.execute(f"GRANT ALL ON credits_entry TO {role}")

    call_command("database_role", role, verbosity=0)

    assert roles.still_allowed(role=role, connection=connection) == []


@on_postgresql
def test_c14_a_right_that_came_another_way_is_named(role):
    with connection.cursor() as cursor:
        cursor.execute("GRANT UPDATE ON credits_move TO PUBLIC")

    with pytest.raises(CommandError, match="UPDATE credits_move"):
        call_command("database_role", role)


@on_postgresql
def test_c14_a_role_that_is_unknown_or_owns_the_tables_gets_no_rights():
    with pytest.raises(CommandError, match="There is no role nobody_here"):
        call_command("database_role", "nobody_here")
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        owner = cursor.fetchone()[0]
    with pytest.raises(CommandError, match="owns tables"):
        call_command("database_role", owner)


@on_postgresql
def test_c14_the_statements_can_be_read_first(capsys):
    call_command("database_role", "app", "--show")

    said = capsys.readouterr().out
    assert 'GRANT SELECT, INSERT ON "credits_entry" TO "app";' in said
    assert 'GRANT SELECT, INSERT, UPDATE, DELETE ON "credits_lot" TO "app";' in said


@pytest.mark.skipif(connection.vendor == "postgresql", reason="PostgreSQL has roles")
def test_c14_sqlite_says_that_it_has_no_roles():
    with pytest.raises(CommandError, match="SQLite has no roles"):
        call_command("database_role", "app")
