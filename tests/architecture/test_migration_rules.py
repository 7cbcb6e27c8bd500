"""Migrations after the baseline let people work on while they run (docs/migrations.md).

The baseline is what nobody has data of yet. MIGRATION_BASELINE=write has this test write it anew.
"""

import os
from pathlib import Path
from typing import Any

import pytest
from django.contrib.postgres.operations import AddIndexConcurrently
from django.core.management import get_commands
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ModelState, ProjectState

from core.migrating import AddCheckBeside, AddIndexBeside, InBatches
from tests.architecture.house import our_apps
from tests.architecture.migration_exceptions import EXCEPTIONS
from tests.architecture.migration_rules import faults

BASELINE = Path(__file__).with_name("migration_baseline.txt")


@pytest.fixture
def loader(settings):
    """All migrations, which the other tests do without."""
    settings.MIGRATION_MODULES = {}
    return MigrationLoader(None)


def test_rel14_migrations_after_the_baseline_let_people_work_on(loader):
    ours = {config.label for config in our_apps()}
    named = sorted(key for key in loader.disk_migrations if key[0] in ours)
    if os.environ.get("MIGRATION_BASELINE") == "write":
        BASELINE.write_text("".join(f"{app} {name}\n" for app, name in named))
    known = {tuple(line.split()) for line in BASELINE.read_text().splitlines()}
    found = {
        (f"{app}.{name}", fault)
        for app, name in named
        if (app, name) not in known
        for fault in faults(loader.disk_migrations[app, name], loader.project_state((app, name), at_end=False))
    }

    assert sorted(found - EXCEPTIONS.keys()) == []
    assert sorted(EXCEPTIONS.keys() - found) == [], "an exception that nothing needs any more"
    assert all(len(reason) > 20 for reason in EXCEPTIONS.values())


def test_rel14_the_ordinary_command_waits_briefly_for_locks():
    assert get_commands()["migrate"] == "core"


def before():
    state = ProjectState()
    columns: list[tuple[str, models.Field[Any, Any]]] = [
        ("id", models.BigAutoField(primary_key=True)),
        ("name", models.CharField(max_length=20)),
        ("sum", models.IntegerField(null=True)),
    ]
    state.add_model(ModelState("shop", "Order", columns))
    return state


def nothing(*_):
    """Changes no row."""


def of(*operations, atomic=True):
    migration = type("Migration", (migrations.Migration,), {"operations": list(operations), "atomic": atomic, "__module__": __name__})
    return [fault.partition(": ")[2] for fault in faults(migration("0002_more", "shop"), before())]


class Operation(migrations.operations.base.Operation):
    """Of somebody else's, or our own: who knows what it does?"""

    model_name_lower = "order"

    def state_forwards(self, app_label, state):
        """Tells Django nothing."""


class OwnAddField(migrations.AddField):
    """Adds a column in a way of its own."""


class OwnBeside(AddIndexBeside):
    """Builds an index in a way of its own."""


INDEX = models.Index(fields=["sum"], name="order_sum")
CHECK = models.CheckConstraint(condition=models.Q(sum__gt=0), name="order_sum_positive")
FLAGGED = {
    "cannot add rows": migrations.AddField("order", "state", models.CharField(max_length=5, default="new")),
    "index locks out writers": migrations.AddField("order", "twin", models.OneToOneField("shop.Order", models.PROTECT, null=True)),
    "computes rewrites": migrations.AddField("order", "at", models.DateTimeField(db_default=models.functions.Now())),
    "computed column": migrations.AddField(
        "order", "half", models.GeneratedField(expression=models.F("sum") / 2, output_field=models.IntegerField(), db_persist=True)
    ),
    "rewrites the table": migrations.AlterField("order", "sum", models.BigIntegerField(null=True)),
    "to varchar(10) rewrites": migrations.AlterField("order", "name", models.CharField(max_length=10)),
    "NOT NULL locks": migrations.AlterField("order", "sum", models.IntegerField(default=0)),
    "may still use it": migrations.RemoveField("order", "sum"),
    "old name": migrations.RenameField("order", "sum", "total"),
    "AddIndexBeside": migrations.AddIndex("order", INDEX),
    "AddCheckBeside": migrations.AddConstraint("order", CHECK),
    "in batches": migrations.RunPython(nothing, nothing),
    "looked at by people": migrations.RunSQL("SELECT 1", "SELECT 1"),
    "UNIQUE as docs": migrations.AlterUniqueTogether("order", {("name", "sum")}),
    "while it is built: AddIndexBeside": migrations.AlterIndexTogether("order", {("name", "sum")}),
    "is not renamed": migrations.RenameIndex("order", new_name="order_total", old_name="order_sum"),
    "without its column": migrations.AlterOrderWithRespectTo("order", "shop"),
    "Operation is not known here": Operation(),
    "OwnAddField is not known here": OwnAddField("order", "note", models.TextField(null=True)),
    "AddIndexConcurrently is not known here": AddIndexConcurrently("order", INDEX),
}
ALLOWED = [
    migrations.AddField("order", "state", models.CharField(max_length=5, db_default="new")),
    migrations.AddField("order", "note", models.TextField(null=True)),
    migrations.AlterField("order", "name", models.CharField(max_length=40)),
    migrations.AlterModelOptions("order", {"verbose_name": "order"}),
    migrations.CreateModel(
        "Line", [("id", models.BigAutoField(primary_key=True)), ("order", models.ForeignKey("shop.Order", models.PROTECT))]
    ),
]


@pytest.mark.parametrize("told", FLAGGED)
def test_rel14_what_makes_people_wait_is_flagged(told):
    assert [told in fault for fault in of(FLAGGED[told])] == [True]


def test_rel14_what_makes_nobody_wait_is_allowed():
    assert of(*ALLOWED) == []
    assert of(AddIndexBeside("order", INDEX), AddCheckBeside("order", CHECK), atomic=False) == []
    assert of(InBatches("shop.Order", nothing, nothing), atomic=False) == []
    assert of(migrations.CreateModel("Line", [("id", models.BigAutoField(primary_key=True))]), migrations.AddIndex("line", INDEX)) == []


def separated(*done, told=()):
    return migrations.SeparateDatabaseAndState(database_operations=list(done), state_operations=list(told))


@pytest.mark.parametrize("told", FLAGGED)
def test_rel14_what_is_done_apart_from_what_django_is_told_is_flagged_too(told):
    assert [told in fault for fault in of(separated(separated(FLAGGED[told])))] == [True]


def test_rel14_what_django_alone_is_told_makes_nobody_wait():
    line = migrations.CreateModel("Line", [("id", models.BigAutoField(primary_key=True)), ("sum", models.IntegerField())])

    assert of(separated(*ALLOWED)) == []
    assert of(separated(told=[migrations.AddIndex("order", INDEX)])) == []
    assert of(separated(line, told=[line]), migrations.AddIndex("line", INDEX)) == []
    assert ["AddIndexBeside" in fault for fault in of(separated(told=[line]), migrations.AddIndex("line", INDEX))] == [True]


def test_rel14_an_operation_that_nobody_knows_is_flagged_though_its_table_is_new_or_it_says_that_it_runs_beside():
    line = migrations.CreateModel("Order", [("id", models.BigAutoField(primary_key=True))])

    assert ["is not known here" in fault for fault in of(separated(line), Operation())] == [True]
    assert ["is not known here" in fault for fault in of(OwnBeside("order", INDEX), atomic=False)] == [True]


def test_rel14_what_runs_beside_inside_of_another_holds_no_transaction_either():
    assert len(of(separated(AddIndexBeside("order", INDEX)))) == 1
    assert of(separated(AddIndexBeside("order", INDEX)), atomic=False) == []


def test_rel14_what_runs_beside_the_work_holds_no_transaction():
    assert len(of(AddIndexBeside("order", INDEX))) == 1
    assert len(of(InBatches("shop.Order", nothing, nothing), ALLOWED[0], atomic=False)) == 1
