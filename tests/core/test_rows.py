"""Rows that are read and written without the ORM's queries are the ORM's rows (docs/performance.md)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Model
from django.test.utils import CaptureQueriesContext

from core import rows
from credits.models import CreditAccount, CreditTerms, Entry, Hold, HoldPart, Lot
from tests.cast import NOON
from tests.credits.posting import RATE, grant, hold, worked


def values(row: Model) -> dict[str, object]:
    """All that the database keeps of a row, as Python sees it."""
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


@pytest.mark.parametrize("model", [CreditAccount, CreditTerms, Entry, Hold, HoldPart, Lot])
def test_a_row_that_is_read_is_the_orm_s(acme, model):
    grant(acme.account, 480, expires_on=date(2027, 1, 31))
    worked(acme.account, 60)
    hold(acme.account, 30)

    found = rows.read(model, "id > %s ORDER BY id", 0)

    assert [values(row) for row in found] == [values(row) for row in model.objects.order_by("pk")]
    assert found
    assert not any(row._state.adding for row in found)


def test_instants_are_compared_as_instants(acme):
    entry = worked(acme.account, 60)

    assert rows.read(Entry, "recorded_at >= %s", NOON) == [entry]
    assert rows.read(Entry, "recorded_at >= %s", NOON + timedelta(microseconds=1)) == []


def test_find_gives_one_row_or_none(acme, borealis):
    assert rows.find(CreditAccount, "name = %s ORDER BY id DESC", "IT") == borealis.account
    assert rows.find(CreditAccount, "name = %s", "HR") is None


def test_rows_are_found_by_their_keys_in_ascending_order(acme, borealis):
    accounts = [acme.account, borealis.account]

    assert list(rows.by_key(CreditAccount, [borealis.account.pk, acme.account.pk, acme.account.pk])) == accounts
    assert list(rows.by_key(CreditAccount, [])) == []


def test_new_rows_are_written_in_one_statement_and_get_their_keys(acme):
    new = [a_hold(acme.account, f"session:{number}") for number in range(3)]

    with CaptureQueriesContext(connection) as statements:
        rows.insert(*new)

    assert len(statements) == 1
    assert [values(row) for row in new] == [values(row) for row in Hold.objects.order_by("pk")]
    assert [row.cause for row in Hold.objects.order_by("pk")] == ["session:0", "session:1", "session:2"]


def test_what_came_to_a_row_is_added_to_what_stands_not_to_what_was_read(acme):
    read_before = CreditAccount.objects.get(pk=acme.account.pk)
    CreditAccount.objects.update(available_minutes=100)

    rows.update(read_before, available_minutes=-30, held_minutes=30)

    stands = CreditAccount.objects.get(pk=acme.account.pk)
    assert (stands.available_minutes, stands.held_minutes) == (70, 30)


def test_a_check_judges_what_stands(acme):
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(acme.account, available_minutes=-1)


def test_only_named_fields_are_written(acme):
    lot = grant(acme.account, 480, expires_on=date(2027, 1, 31))
    lot.expires_on, lot.reason = date(2027, 2, 28), "not written"

    rows.update(lot, "expires_on")

    stands = Lot.objects.get(pk=lot.pk)
    assert (stands.expires_on, stands.reason) == (date(2027, 2, 28), "")


def test_nothing_to_write_is_no_statement(acme, django_assert_num_queries):
    with django_assert_num_queries(0):
        rows.update(acme.account, available_minutes=0)
        rows.insert()
        rows.delete()


def test_a_row_that_is_gone_is_not_written_in_silence(acme):
    grant(acme.account, 480)
    placed = hold(acme.account, 60)
    part = HoldPart.objects.get(hold=placed)
    rows.delete(part)

    assert not HoldPart.objects.exists()
    with pytest.raises(rows.RowGone):
        rows.update(part, minutes=1)
    with pytest.raises(rows.RowGone):
        rows.delete(part)


def test_a_relation_that_the_row_no_longer_points_at_is_read_anew(acme):
    other = grant(acme.account, 480)
    placed = hold(acme.account, 60)
    late = Entry(account=acme.account, hold=None, lot=other)
    late.hold_id = placed.pk  # what stands in the row, while what was joined to it is older

    stands = rows.as_it_stands(late)

    assert (stands.hold, stands.lot) == (placed, other)


def a_hold(account: CreditAccount, cause: str) -> Hold:
    return Hold(
        account=account,
        cause=cause,
        state="waiting",
        minutes=60,
        price_per_hour=RATE.price_per_hour,
        vat_percent=Decimal("25.00"),
        placed_at=NOON,
    )
