"""An indexed fee changes once a year, if that was announced in time (rules I7, P3)."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from djmoney.money import Money

from clients import fees
from clients.fees import NoticeTooShort
from core.errors import NotAllowed
from invoicing import indexing, plan_fees
from invoicing.models import IndexNotice, PriceIndex
from notices.models import Notice
from tests.cast import NOON
from tests.invoicing.plan_scene import a_paid_plan, at_noon, bound, charged, charging_terms

pytestmark = pytest.mark.django_db
NEW_YEAR = date(2027, 1, 1)
CLAUSE: dict[str, Any] = {
    "index_name": "SCB LCI",
    "index_month": date(2025, 9, 1),
    "index_value": Decimal("120.0000"),
    "index_from": "january",
}
IN_OCTOBER = at_noon(date(2026, 10, 20))


@pytest.fixture
def row(acme, cast):
    """Acme pays 3 000 a month since 2025, and more or less with an index from each January on: 120 then, 126 now."""
    charging_terms()
    index("126", cast.fia)
    return bound(acme, a_paid_plan(), starts_on=date(2025, 9, 15), **CLAUSE)


def index(value, by, month=date(2026, 9, 1)):
    return indexing.write_down(name="SCB LCI", month=month, value=Decimal(value), by=by, at=IN_OCTOBER)


def announced(row, by, shown="3150.00", at=IN_OCTOBER, on=NEW_YEAR):
    return indexing.announce(row, starts_on=on, shown=shown, by=by, at=at)


def test_i7_a_fee_that_was_announced_in_time_is_raised_and_the_client_was_told(acme, cast, row):
    notice, again = announced(row, cast.fia), announced(row, cast.fia)

    plan_fees.charge_due(at_noon(date(2026, 12, 2)))

    told = Notice.objects.get(cause=f"index:{notice.pk}", address=acme.approver.email)
    assert (notice, notice.fee) == (again, Decimal("3150.00"))
    assert charged(row)[-2:] == [("2026-12-01", "2027-01-01", "3000.00"), ("2027-01-01", "2027-02-01", "3150.00")]
    assert "SEK 3,150.00 instead of SEK 3,000.00" in told.body.replace("\u00a0", " ")


def test_p3_without_notice_in_time_nothing_is_raised(cast, row):
    with pytest.raises(NoticeTooShort):
        announced(row, cast.fia, at=at_noon(date(2026, 11, 3)))
    plan_fees.charge_due(at_noon(date(2026, 12, 2)))

    assert charged(row)[-1] == ("2027-01-01", "2027-02-01", "3000.00")
    assert announced(row, cast.fia, at=at_noon(date(2026, 11, 2))).starts_on == NEW_YEAR


def test_i7_what_was_charged_before_is_not_rewritten_and_a_period_is_divided(acme, cast):
    charging_terms(plan_ahead_days=365)
    index("126", cast.fia)
    row = bound(acme, a_paid_plan(fee="9000", per="quarter"), starts_on=date(2026, 1, 16), **(CLAUSE | {"index_from": "anniversary"}))
    plan_fees.charge_due(at_noon(date(2026, 1, 2)))
    before = charged(row)

    announced(row, cast.fia, shown="9450.00", on=date(2027, 1, 16))
    plan_fees.charge_due(at_noon(date(2026, 12, 2)))

    assert charged(row)[: len(before)] == before
    assert charged(row)[len(before)] == ("2027-04-01", "2027-07-01", "9450.00")


def test_i7_the_anniversary_divides_the_period_it_falls_into(acme, cast):
    charging_terms()
    index("126", cast.fia)
    row = bound(acme, a_paid_plan(), starts_on=date(2026, 1, 16), **(CLAUSE | {"index_from": "anniversary"}))
    announced(row, cast.fia, on=date(2027, 1, 16))

    plan_fees.charge_due(at_noon(date(2026, 12, 2)))

    assert charged(row)[-2:] == [("2027-01-01", "2027-01-16", "1451.61"), ("2027-01-16", "2027-02-01", "1625.81")]


def test_i7_every_year_starts_from_the_base_so_that_nothing_piles_up(cast, row):
    announced(row, cast.fia)
    index("123", cast.fia, month=date(2026, 9, 1))  # a correction afterwards changes nothing that was announced
    PriceIndex.objects.create(name="SCB LCI", month=date(2027, 9, 1), value=Decimal(132))

    announced(row, cast.fia, shown="3300.00", at=at_noon(date(2027, 10, 20)), on=date(2028, 1, 1))

    assert [fee.amount for fee in plan_fees.fees_of(row)] == [Decimal(3000), Decimal(3150), Decimal(3300)]


def test_i7_with_a_clause_the_fee_follows_the_index_and_no_price_list(cast, row):
    another = fees.OtherFee(fee=Money(9999, "SEK"), per="month", starts_on=date(2027, 2, 1), reason="Costs rose")
    fees.announce(plan=row.plan, other=another, by=cast.fia, at=NOON)

    assert [fee.amount for fee in plan_fees.fees_of(row)] == [Decimal(3000)]


@pytest.mark.parametrize(
    ("told", "refused"),
    [
        ({"shown": "3151.00"}, indexing.FeeChanged),
        ({"on": date(2027, 1, 2)}, indexing.NoClause),
        ({"on": date(2028, 1, 1), "shown": "3150.00"}, indexing.IndexUnknown),
    ],
)
def test_i7_refusals(cast, row, told, refused):
    with pytest.raises(refused):
        announced(row, cast.fia, **told)
    assert IndexNotice.objects.count() == 0


def test_i7_only_finance_writes_down_and_announces(acme, cast, row):
    for person in (cast.max, cast.ada, acme.approver):
        with pytest.raises(NotAllowed):
            announced(row, person)
        with pytest.raises(NotAllowed):
            index("127", person)


@pytest.mark.parametrize(
    ("month", "value"), [(date(2026, 12, 1), "120"), (date(2026, 8, 1), "0"), (date(2026, 8, 1), "-1"), (date(2026, 8, 1), "NaN")]
)
def test_i7_an_index_is_a_number_of_a_month_that_has_been(cast, row, month, value):
    with pytest.raises(indexing.NotAMonth):
        index(value, cast.fia, month=month)


def test_i7_what_comes_is_shown_with_its_last_day(cast, row):
    [coming] = indexing.coming(indexing.current_clauses(on=IN_OCTOBER.date()), on=IN_OCTOBER.date())

    assert (coming.starts_on, coming.month, coming.last_day) == (NEW_YEAR, date(2026, 9, 1), date(2026, 11, 2))
    assert (coming.before, coming.fee) == (Money(3000, "SEK"), Money("3150.00", "SEK"))
    assert coming.can_be_announced(date(2026, 11, 2))
    assert not coming.can_be_announced(date(2026, 11, 3))


def test_i7_what_was_announced_stands_for_ever(cast, row):
    announced(row, cast.fia)

    for change in (lambda: IndexNotice.objects.update(fee=1), lambda: IndexNotice.objects.all().delete()):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()
