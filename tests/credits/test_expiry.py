"""Credit whose last day is over expires by itself (rule C12)."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from credits import jobs
from credits.audit import audit
from credits.models import Entry
from tests.cast import at_stockholm
from tests.credits.posting import figures, grant, hold

pytestmark = pytest.mark.django_db
LAST_DAY = date(2026, 11, 20)
MIDNIGHT = at_stockholm(2026, 11, 21)


def test_c12_available_credit_expires_at_the_end_of_its_local_day_and_held_credit_does_not(acme):
    grant(acme.account, 90, expires_on=LAST_DAY)
    hold(acme.account, 30)

    assert jobs.expire_due(at=MIDNIGHT - timedelta(seconds=1)) == 0
    assert jobs.expire_due(at=MIDNIGHT) == 1

    assert figures(acme.account) == (0, 30, 0, 30)
    assert audit().findings == []


def test_c12_expiring_twice_posts_once(acme):
    grant(acme.account, 90, expires_on=LAST_DAY)

    assert [jobs.expire_due(at=MIDNIGHT) for _ in range(2)] == [1, 0]

    entry = Entry.objects.get(account=acme.account, kind="expiry")
    assert (entry.minutes, entry.occurred_on, entry.by) == (-90, LAST_DAY, None)


def test_c12_accounts_without_anything_due_are_not_touched(acme, borealis):
    grant(acme.account, 90)
    grant(borealis.account, 90, expires_on=LAST_DAY + timedelta(days=1))

    assert jobs.expire_due(at=MIDNIGHT) == 0


@pytest.mark.parametrize("shorter", [None, LAST_DAY - timedelta(days=1)])
def test_c12_the_database_never_shortens_the_life_of_a_lot(acme, shorter):
    lot = grant(acme.account, 90, expires_on=LAST_DAY)

    with pytest.raises(IntegrityError, match="credits_lot_never_shortened"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE credits_lot SET expires_on = %s WHERE id = %s", [shorter, lot.pk])


def test_c12_the_database_never_lets_a_lot_expire_that_never_did(acme):
    lot = grant(acme.account, 90)

    with pytest.raises(IntegrityError, match="credits_lot_never_shortened"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE credits_lot SET expires_on = %s WHERE id = %s", [LAST_DAY, lot.pk])
