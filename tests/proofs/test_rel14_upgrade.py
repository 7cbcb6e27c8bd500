"""REL14.

A release changes the tables of ledger, cases and bookings as docs/migrations.md says, while readers and writers of the version before
work, one of whom holds a table for long. Nobody waits for more than two seconds, and the old code goes on all the while.
"""

import os
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter, sleep

import environ
import psycopg
import pytest
from django.core.management import call_command
from django.core.management.commands import migrate
from django.db import connection, migrations, models
from django.db.migrations import Migration
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from benchmarks import preload, queues
from core import databases
from core.migrating import AddCheckBeside, AddIndexBeside, InBatches
from tests.backup.places import standing_in
from tests.proofs.clusters import clusters
from tests.proofs.sizes import SIZE, SMALL, say

ENTRIES = int(os.environ.get("PROOF_ENTRIES", "1000000"))
LONGEST_SECONDS = 2
"""Who waits for a lock so long is refused by the server, and the proof fails: a busy machine alone makes nobody wait for a lock."""
TABLES = {"credits.Entry": "credits_entry", "cases.Case": "cases_case", "support_sessions.Session": "support_sessions_session"}

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(SIZE is SMALL or connection.vendor == "sqlite", reason="minutes long: `make soak` runs it, on PostgreSQL"),
]


def test_rel14_a_release_is_put_in_place_while_people_work(monkeypatch, settings):
    monkeypatch.setattr(queues, "MANY", ENTRIES // 10)
    with clusters(1) as (live,):
        live.initialise()
        live.start()
        with psycopg.connect(live.url("postgres"), autocommit=True) as server:
            server.execute("CREATE DATABASE live")
        with databases.opened("live", environ.Env.db_url_config(live.url("live"))), standing_in("live"):
            call_command("migrate", run_syncdb=True, verbosity=0, interactive=False)
            preload.fill(preload.Size(accounts=max(10, ENTRIES // 500), entries=ENTRIES, long=1))
            queues.fill()
            told: list[str] = []
            begun, release = perf_counter(), Release()
            monkeypatch.setattr(migrate.Command, "handle", lambda *_args, **_options: release.go_on())
            with working(live.url("live")) as work:
                call_command("migrate", stderr=_Told(told))
                taken = perf_counter() - begun
            with connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM cases_case WHERE checked IS DISTINCT FROM 'yes'")
                unchanged = cursor.fetchone()[0]

    figures = {"entries": ENTRIES, "seconds": f"{taken:.1f}", "stepped_back": len(told), "acts": work.acts}
    say("REL14", **figures, longest_act=f"{max(work.waits):.3f} s")
    assert work.errors == []
    assert unchanged == 0
    assert len(told) >= 1, "nobody was in the way, and nothing was proven"


class _Told:
    """What the command says, line by line."""

    def __init__(self, told):
        self.told = told

    def write(self, text):
        self.told.append(text)

    def isatty(self):
        return False


class Release:
    """The migrations of a release that is not there: for each table a column, an index, a check; then rows in batches."""

    def __init__(self):
        self.left: list[tuple[str, bool, list[Operation]]] = []
        self.number = 0
        for label in TABLES:
            app, name = label.split(".")
            column: models.CharField[str | None, str | None] = models.CharField(max_length=20, null=True)
            self.left.append((app, True, [migrations.AddField(name, "checked", column)]))
            index = models.Index(fields=["checked"], name=f"rel14_{name.lower()}_index")
            check = models.CheckConstraint(condition=~models.Q(checked="no"), name=f"rel14_{name.lower()}_check")
            self.left.append((app, False, [AddIndexBeside(name, index), AddCheckBeside(name, check)]))
        self.left.append(("credits", False, [InBatches("credits.Move", nothing, nothing), InBatches("cases.Case", mark_cases, nothing)]))
        self.state = ProjectState.from_apps(django_apps())

    def go_on(self):
        """As `migrate` does: each migration whole or not at all, from where the last try ended."""
        while self.left:
            app, atomic, operations = self.left[0]
            kind = type("Migration", (Migration,), {"operations": operations, "atomic": atomic})
            with connection.schema_editor(atomic=atomic) as editor:
                state = kind(f"9{self.number:03}_release", app).apply(self.state.clone(), editor)
            self.state, self.number = state, self.number + 1
            self.left.pop(0)


def django_apps():
    from django.apps import apps  # noqa: PLC0415

    return apps


def nothing(*_):
    """Changes no row."""


def mark_cases(apps, alias, first, last):
    apps.get_model("cases.Case").objects.using(alias).filter(pk__range=(first, last)).update(checked="yes")


@dataclass
class Work:
    """How long each act of those who worked took, in seconds."""

    waits: list[float] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def acts(self):
        return len(self.waits)


@contextmanager
def working(url):
    """Readers and a writer on every table, and one who reads for three seconds in one transaction, again and again."""
    work = Work()
    acts = [f"SELECT id FROM {table} ORDER BY id DESC LIMIT 20" for table in TABLES.values()]
    acts += ["UPDATE cases_case SET subject = subject WHERE id = (SELECT max(id) FROM cases_case)"]
    threads = [threading.Thread(target=_act, args=[url, sql, work]) for sql in acts]
    threads.append(threading.Thread(target=_linger, args=[url, work]))
    for thread in threads:
        thread.start()
    sleep(1)
    try:
        yield work
    finally:
        work.ended.set()
        for thread in threads:
            thread.join()


def _act(url, sql, work):
    try:
        with psycopg.connect(url, autocommit=True, prepare_threshold=None) as other:
            other.execute("SELECT set_config('lock_timeout', %s, false)", [f"{LONGEST_SECONDS}s"])
            while not work.ended.wait(0.01):
                begun = perf_counter()
                other.execute(sql)
                work.waits.append(perf_counter() - begun)
    except Exception as error:
        work.errors.append(error)


def _linger(url, work):
    with psycopg.connect(url) as other:
        while not work.ended.is_set():
            other.execute("SELECT count(*) FROM cases_case")
            work.ended.wait(3)
            other.rollback()
            work.ended.wait(0.5)
