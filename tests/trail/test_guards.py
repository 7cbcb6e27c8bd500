"""What the database refuses of the audit log and of history (rule C14)."""

import pytest
from django.db import IntegrityError, connection, transaction

from clients.models import Membership, Organisation, Plan
from core.guards import columns_fixed, declared, standing
from core.roles import append_only_tables
from invoicing.models import Buyer
from tests.cases.opened import a_plan
from tests.cast import NOON
from tests.emptying import forget_history
from trail import addresses, earlier
from trail.changes import histories
from trail.entries import write
from trail.models import Entry, Kind, Whereabouts
from trail.origin import Origin, coming_from

pytestmark = pytest.mark.django_db


def refuses(act):
    try:
        with transaction.atomic():
            act()
    except IntegrityError:
        return True
    return False


def test_c14_nothing_changes_or_removes_an_entry_or_a_row_of_history(acme):
    a_plan()
    history = [Entry.objects, Membership.history, Plan.history]

    assert [refuses(lambda rows=rows: rows.all().delete()) for rows in history] == [True] * 3
    assert refuses(lambda: Entry.objects.update(person=None))
    assert refuses(lambda: Membership.history.update(history_user=None))
    assert refuses(lambda: Plan.history.update(code="x"))


def test_c14_every_table_of_history_is_append_only():
    every = {history._meta.db_table for history in histories().values()}

    assert every | {"trail_entry"} <= set(append_only_tables())


def test_c14_what_history_says_of_a_person_changes_in_no_way_but_by_an_erasure(acme):
    Buyer.objects.create(organisation=acme.organisation, email="anna@acme.example")

    assert refuses(lambda: Buyer.history.update(email=""))
    assert refuses(lambda: Organisation.history.update(address=""))
    assert refuses(lambda: Buyer.history.update(organisation=None))
    assert refuses(lambda: Organisation.history.all().delete())


def test_c14_a_guard_that_let_history_be_overwritten_goes_when_the_stricter_one_comes(acme):
    Buyer.objects.create(organisation=acme.organisation, email="anna@acme.example")
    table = Buyer.history.model._meta.db_table
    former, (today,) = columns_fixed(table, ["history_id", "email"]), [guard for guard in declared() if guard.table == table]
    run([*today.remove(connection), *former.install(connection)])

    run(today.install(connection))

    assert set(former.names(connection)).isdisjoint(standing(connection))
    assert set(today.names(connection)) <= standing(connection)


def run(statements):
    connection.check_constraints()
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def test_c14_an_empty_of_the_whole_table_is_refused_on_postgresql(acme):
    if connection.vendor == "postgresql":
        connection.check_constraints()
        with connection.cursor() as cursor:
            assert refuses(lambda: cursor.execute("TRUNCATE trail_entry CASCADE"))
            assert refuses(lambda: cursor.execute("TRUNCATE clients_historicalmembership"))
            assert refuses(lambda: cursor.execute("TRUNCATE invoicing_historicalbuyer"))


def test_sec15_network_addresses_are_never_changed_and_forgotten_when_their_time_is_over(cast, settings):
    settings.AUDIT_ADDRESS_DAYS = 30
    with coming_from(Origin(via="account_login", address="192.0.2.7")):
        for day in (1, 20):
            write(Kind.SIGN_IN, "signed-in", person=cast.ada.pk, at=NOON.replace(day=day, month=10 if day == 1 else 11))

    assert refuses(lambda: Whereabouts.objects.update(address="192.0.2.8"))
    assert (addresses.forget_due(at=NOON), addresses.forget_due(at=NOON)) == (1, 0)
    assert Whereabouts.objects.count() == 1
    assert Entry.objects.filter(kind=Kind.SIGN_IN).count() == 2


def test_c14_what_was_before_the_log_is_told_of_once(acme):
    told = Entry.objects.filter(kind=Kind.CHANGE)
    before = set(told.values_list("thing", "source", "what", "organisation", "at"))
    forget_history(connection, "trail_entry")

    written = earlier.tell()

    assert set(told.values_list("thing", "source", "what", "organisation", "at")) == before
    assert (written, earlier.tell()) == (len(before), 0)
