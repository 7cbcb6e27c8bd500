"""What the database refuses of the audit log and of history (rule C14)."""

import pytest
from django.db import IntegrityError, connection, transaction

from clients.models import Membership, Organisation, Plan
from core.roles import append_only_tables
from invoicing.models import Buyer
from tests.cases.opened import a_plan
from tests.cast import NOON
from tests.emptying import forget_history
from trail import addresses, earlier
from trail.changes import histories
from trail.entries import write
from trail.guards import PERSONAL
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


def test_c14_every_table_of_history_is_guarded():
    personal = {histories()[label.lower()]._meta.db_table for label in PERSONAL}
    every = {history._meta.db_table for history in histories().values()}

    assert every - personal <= set(append_only_tables())
    assert "trail_entry" in append_only_tables()


def test_c14_what_history_says_of_a_person_can_be_overwritten_and_nothing_else(acme):
    Buyer.objects.create(organisation=acme.organisation, email="anna@acme.example")

    Buyer.history.update(email="")
    Organisation.history.update(address="")

    assert refuses(lambda: Buyer.history.update(organisation=None))
    assert refuses(lambda: Organisation.history.update(organisation_number="1"))
    assert refuses(lambda: Organisation.history.all().delete())


def test_c14_an_empty_of_the_whole_table_is_refused_on_postgresql(acme):
    if connection.vendor == "postgresql":
        connection.check_constraints()
        with connection.cursor() as cursor:
            assert refuses(lambda: cursor.execute("TRUNCATE trail_entry CASCADE"))
            assert refuses(lambda: cursor.execute("TRUNCATE clients_historicalmembership"))


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
