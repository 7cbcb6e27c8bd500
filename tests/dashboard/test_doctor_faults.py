"""Each fault that doctor finds in the database and on this machine, made for real, and told with what mends it."""

import os
import shutil
import sys
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import time_machine
from django.conf import settings as ours
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

import core
from core import roles
from dashboard.health import database, machine, servers
from dashboard.health.findings import State

pytestmark = pytest.mark.django_db
on_postgresql = pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has no roles, and the clock of its machine")
SCRIPT, FONT = "tillgodo/tillgodo.js", "vendor/ibm-plex-sans/IBMPlexSans-SemiBold-Pi.woff2"
COLLECT, ANEW = "manage.py collectstatic", "Install the product anew"
ROLE = f"tillgodo_of_doctor_{os.getpid()}"


@pytest.fixture
def static(settings, tmp_path) -> Path:
    """The static files of the product, collected into folders of the test; the one that is returned they come from."""
    source: Path = tmp_path / "source"
    shutil.copytree(ours.ROOT / "static", source)
    settings.STATICFILES_DIRS, settings.STATIC_ROOT = [source], tmp_path / "collected"
    call_command("collectstatic", interactive=False, verbosity=0)
    return source


def not_migrated(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MIGRATION_MODULES = {}  # the tests' own tables come from the models
    monkeypatch.setattr(database, "_seen_well", {})


def without_pango(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    class Lame(ModuleType):
        def __getattr__(self, name: str) -> object:
            raise OSError("cannot load library 'libpango-1.0-0'")

    monkeypatch.setitem(sys.modules, "weasyprint", Lame("weasyprint"))
    monkeypatch.delitem(sys.modules, "core.pdf_drawing", raising=False)
    monkeypatch.delattr(core, "pdf_drawing", raising=False)


def a_cache_that_keeps_nothing(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}


def the_owner_runs_it(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.PRODUCTION = True


def a_role_without_rights(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    become()


def a_role_with_too_many(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    become(*roles.statements(role=ROLE, connection=connection), f"GRANT DELETE ON credits_entry TO {ROLE}")


def become(*statements: str) -> None:
    """Go on, until the test's transaction is undone, as a role of its own, which these statements give its rights."""
    with connection.cursor() as cursor:
        for statement in (f"CREATE ROLE {ROLE} NOLOGIN", *statements, f"SET LOCAL ROLE {ROLE}"):
            cursor.execute(statement)


def another_zone(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL TIME ZONE 'Europe/Stockholm'")


def lax(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")


DATABASE_ROLE = "As the owner of the tables, run `manage.py database_role"


@pytest.mark.parametrize(
    ("make", "check", "says", "advice"),
    [
        (not_migrated, database.migrated, "migrations have not run, the first is", "run `manage.py migrate`"),
        (a_cache_that_keeps_nothing, servers.caches, "what is put into the cache is not found there again", "runs and has room"),
        (without_pango, machine.documents, "WeasyPrint does not find its libraries", "Install libpango-1.0-0"),
        pytest.param(the_owner_runs_it, database.role, "owns the tables or is a superuser", DATABASE_ROLE, marks=on_postgresql),
        pytest.param(a_role_without_rights, database.role, "the role {role} may not read", DATABASE_ROLE, marks=on_postgresql),
        pytest.param(a_role_with_too_many, database.role, "the role {role} may DELETE", DATABASE_ROLE, marks=on_postgresql),
        pytest.param(another_zone, database.clock, "in the time zone Europe/Stockholm", "out of DATABASE_URL", marks=on_postgresql),
        pytest.param(lax, database.upkeep, "synchronous_commit is off", "Set synchronous_commit = on", marks=on_postgresql),
    ],
)
def test_a_fault_is_told_with_what_mends_it(settings, monkeypatch, make, check, says, advice):
    make(settings, monkeypatch)

    said = check(timezone.now())

    assert said.state is State.FAULT
    assert says.format(role=ROLE) in said.says
    assert advice in said.advice


@on_postgresql
def test_a_role_with_its_rights_and_no_more_is_well():
    become(*roles.statements(role=ROLE, connection=connection))

    assert database.role(timezone.now()).says == f"the role {ROLE} has its rights and no more"


WELL = dict.fromkeys((*database.KEEPS, *database.CLEARS), "on")


@pytest.mark.parametrize(
    ("name", "state"),
    [("fsync", State.FAULT), ("full_page_writes", State.FAULT), ("autovacuum", State.NOTE), ("track_counts", State.NOTE), ("", State.OK)],
)
def test_a_server_that_loses_or_never_clears_away_is_told(name, state):
    said = database.upkept(WELL | ({name: "off"} if name else {}))

    assert (said.state, name in said.advice) == (state, True)


@on_postgresql
@pytest.mark.parametrize("commits", ["on", "off"])
def test_the_server_is_asked_itself(commits):
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL synchronous_commit = {commits}")
        cursor.execute("SELECT current_setting('fsync'), current_setting('full_page_writes'), current_setting('autovacuum')")
        fsync, pages, clears = cursor.fetchone()
    keeps = "off" not in (commits, fsync, pages)

    said = database.upkeep(timezone.now())

    assert said.state is (State.FAULT if not keeps else State.OK if clears == "on" else State.NOTE)


@on_postgresql
@pytest.mark.parametrize("apart", [timedelta(hours=-1), timedelta(seconds=10)])
def test_a_clock_that_is_not_the_databases_is_told(apart):
    with time_machine.travel(timezone.now() + apart):
        said = database.clock(timezone.now())

    assert said.says.startswith("the clocks of this machine and of the database are")
    assert said.advice == "Keep both set by NTP."


def test_a_clock_before_our_time_is_told():
    said = database.clock(database.BEGUN - timedelta(days=1))

    assert (said.says, said.advice[:14]) == ("this machine believes that it is 2025-12-31", "Set its clock,")


@pytest.mark.parametrize(
    ("spoil", "check", "says", "advice"),
    [
        (lambda source, out: shutil.rmtree(out), machine.static_files, "static files were not collected", COLLECT),
        (lambda source, out: (out / SCRIPT).unlink(), machine.static_files, f"not collected, {SCRIPT} among them", COLLECT),
        (lambda source, out: (out / SCRIPT).write_text("old"), machine.static_files, f"{SCRIPT} is of another release", COLLECT),
        (lambda source, out: (source / FONT).unlink() or (out / FONT).unlink(), machine.static_files, Path(FONT).name, COLLECT),
        (lambda source, out: (source / FONT).unlink(), machine.documents, Path(FONT).name, ANEW),
        (lambda source, out: (source / "tillgodo/pdf.css").unlink(), machine.documents, "the style sheet of documents is missing", ANEW),
    ],
)
def test_a_file_of_ours_that_is_missing_or_old_is_told(settings, static, spoil, check, says, advice):
    assert check(timezone.now()).state is State.OK

    spoil(static, Path(settings.STATIC_ROOT))

    said = check(timezone.now())
    assert said.state is State.FAULT
    assert says.format(role=ROLE) in said.says
    assert advice in said.advice
