"""The application's own role makes copies that come back whole, and brings none back itself (rules C14, C15)."""

import os

import pytest
from django.core.management import call_command
from django.db import ProgrammingError, connection, connections

from core import databases
from core.backup import checksums, making, restoring, unfinished
from credits.models import Entry
from tests.backup.places import another, at_folder, finish
from tests.cast import NOON
from tests.credits.posting import grant, hold

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has no roles"),
]
ROLE = f"tillgodo_copying_{os.getpid()}"


@pytest.fixture
def place(acme, tmp_path):
    """The installation with credit in it, as its application's role reaches it."""
    grant(acme.account, 480)
    hold(acme.account, 60)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {ROLE} LOGIN PASSWORD 'of-this-test'")
    try:
        call_command("database_role", ROLE, verbosity=0)
        described = {key: value for key, value in connection.settings_dict.items() if key != "TEST"}
        with databases.opened("as_role", described | {"USER": ROLE, "PASSWORD": "of-this-test"}):
            yield at_folder("as_role", tmp_path)
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP OWNED BY {ROLE}")
            cursor.execute(f"DROP ROLE {ROLE}")


def sums(alias):
    return checksums.of_tables(checksums.models_of(alias), alias)


def last_numbers(alias):
    """How far the numbers of rows have come."""
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public'")
        return dict(cursor.fetchall())


def test_c14_a_copy_that_the_applications_role_made_comes_back_whole(place, tmp_path):
    making.make(tmp_path / "copy", place, secret=None, at=NOON)

    with another(tmp_path) as restored:
        restoring.restore(tmp_path / "copy", restored, secret=None, replace=False, finish=finish)
        differs = checksums.differences(sums("default"), sums("restored"))
        numbers = last_numbers("restored")
        entries = Entry.objects.using("restored").count()

    assert [told.partition(":")[0] for told in differs] == ["notices_outgoinghold"]
    assert {name for name, value in numbers.items() if value != last_numbers("default")[name]} == {"notices_outgoinghold_id_seq"}
    assert entries > 0


def test_c14_the_applications_role_reads_numbers_and_sets_none(place):
    with pytest.raises(ProgrammingError, match="permission denied"), connections["as_role"].cursor() as cursor:
        cursor.execute("SELECT setval('credits_entry_id_seq', 1)")


def test_c14_only_the_owner_brings_a_copy_back(place, tmp_path):
    making.make(tmp_path / "copy", place, secret=None, at=NOON)
    before = sums("default")

    with pytest.raises(ProgrammingError, match="permission denied"):
        restoring.restore(tmp_path / "copy", place, secret=None, replace=True, finish=finish)

    assert sums("default") == before
    assert not unfinished.path(place.var).exists()
