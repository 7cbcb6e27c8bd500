"""Months of the books (rule I6): accruals at their end, and locked for ever."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from core.errors import NotAllowed
from invoicing.books import periods, posting, ties, vouchers
from invoicing.books.chart import BooksNotSet
from invoicing.books.periods import EarlierOpen, MonthNotOver, NotAllPosted
from invoicing.models import BookAccount, BookEvent, BookPeriod, BookVoucher
from sessions import confirmation
from tests.cast import NOON, at_stockholm
from tests.invoicing.books_scene import a_chart, a_paid_lot, rows_of, sums, used
from tests.invoicing.scene import invoicing_terms
from tests.racing import race
from tests.sessions.factories import a_submitted_session

pytestmark = pytest.mark.django_db
NOVEMBER, DECEMBER = date(2026, 11, 1), date(2026, 12, 1)
END_OF_NOVEMBER = date(2026, 11, 30)
IN_DECEMBER = at_stockholm(2026, 12, 3, 9)
IN_JANUARY = at_stockholm(2027, 1, 8, 9)


@pytest.fixture(autouse=True)
def books(cast):
    invoicing_terms()
    a_chart()


def accruals():
    found = BookVoucher.objects.filter(series="P").order_by("booked_on", "pk")
    return [(voucher.booked_on, rows_of(voucher)) for voucher in found]


def of_november(cast, acme, *, worked=(47,)):
    """A session whose hours were submitted in November and wait for the client."""
    a_paid_lot(acme, cast.fia)
    return a_submitted_session(cast, acme, credit=0, worked=worked)


def test_i6_hours_not_confirmed_at_the_months_end_are_accrued_and_taken_back(cast, acme):
    of_november(cast, acme)

    posting.post(at=IN_DECEMBER)

    assert accruals() == [
        (END_OF_NOVEMBER, [("1790", Decimal(1000)), ("3001", Decimal(-1000))]),
        (DECEMBER, [("1790", Decimal(-1000)), ("3001", Decimal(1000))]),
    ]
    assert ties.check(IN_DECEMBER) == []


def test_i6_before_the_month_is_over_nothing_is_accrued_and_then_only_once(cast, acme):
    of_november(cast, acme)

    posting.post(at=NOON)
    assert accruals() == []
    posting.post(at=IN_DECEMBER)
    posting.post(at=IN_DECEMBER)

    assert len(accruals()) == 2


def test_i6_accrued_hours_are_booked_where_their_accrual_was_taken_back(cast, acme):
    session = of_november(cast, acme)
    posting.post(at=IN_DECEMBER)

    confirmation.confirm(session=session, by=acme.approver, at=IN_DECEMBER + timedelta(hours=1))
    posting.post(at=IN_DECEMBER + timedelta(hours=1))

    voucher = BookVoucher.objects.get(event__entry__kind="deduction")
    assert (voucher.booked_on, voucher.happened_on) == (DECEMBER, date(2026, 11, 18))
    assert voucher.text.endswith("(of 2026-11-18)")
    assert sums()["3001"] == Decimal(-1000)


def test_i6_hours_confirmed_before_the_accrual_is_made_are_booked_on_their_day(cast, acme):
    session = of_november(cast, acme)

    confirmation.confirm(session=session, by=acme.approver, at=at_stockholm(2026, 12, 1, 8))
    posting.post(at=IN_DECEMBER)

    assert accruals() == []
    assert BookVoucher.objects.get(event__entry__kind="deduction").booked_on == date(2026, 11, 18)


def test_i6_hours_beyond_the_credit_are_accrued_at_the_price_of_the_booking(cast, acme):
    a_submitted_session(cast, acme, credit=0)

    posting.post(at=IN_DECEMBER)
    assert accruals()[0] == (END_OF_NOVEMBER, [("1790", Decimal(1000)), ("3001", Decimal(-1000))])
    a_paid_lot(acme, cast.fia, at=IN_DECEMBER)
    later = a_submitted_session(cast, acme, credit=0, starts_at=at_stockholm(2026, 12, 4, 9), worked=(500,), estimate=600)
    posting.post(at=IN_JANUARY)

    assert later.charged_minutes == 500
    at_the_end = [amount for day, rows in accruals() for number, amount in rows if (day, number) == (date(2026, 12, 31), "3001")]
    assert sorted(at_the_end) == [Decimal(-10000), Decimal(-1000)]


def test_i6_hours_that_wait_over_two_ends_are_accrued_at_both(cast, acme):
    of_november(cast, acme)

    posting.post(at=IN_JANUARY)

    assert [day for day, _rows in accruals()] == [END_OF_NOVEMBER, DECEMBER, date(2026, 12, 31), date(2027, 1, 1)]
    assert "1790" not in sums()


def test_i6_a_locked_month_takes_no_voucher_and_what_is_late_is_booked_on_the_first_open_day(cast, acme):
    a_paid_lot(acme, cast.fia)
    period = periods.lock(NOVEMBER, by=cast.fia, at=IN_DECEMBER)
    assert (period.locked_by, period.locked_at) == (cast.fia, IN_DECEMBER)

    used(acme, 60, on=date(2026, 11, 20), at=IN_DECEMBER)
    posting.post(at=IN_DECEMBER)

    voucher = BookVoucher.objects.get(event__entry__kind="deduction")
    assert (voucher.booked_on, voucher.happened_on) == (DECEMBER, date(2026, 11, 20))
    assert voucher.text.endswith("(of 2026-11-20)")
    assert ties.check(IN_DECEMBER) == []


def test_i6_locking_posts_what_waits_and_twice_is_harmless(cast, acme):
    of_november(cast, acme)

    first = periods.lock(NOVEMBER, by=cast.fia, at=IN_DECEMBER)
    again = periods.lock(NOVEMBER, by=cast.fia, at=IN_DECEMBER + timedelta(hours=1))

    assert first == again
    assert again.locked_at == IN_DECEMBER
    assert len(accruals()) == 2


def test_i6_a_month_is_locked_when_it_is_over_and_after_those_before_it(cast, acme):
    a_paid_lot(acme, cast.fia)

    with pytest.raises(MonthNotOver):
        periods.lock(DECEMBER, by=cast.fia, at=IN_DECEMBER)
    assert not BookEvent.objects.exists()
    with pytest.raises(EarlierOpen) as refusal:
        periods.lock(DECEMBER, by=cast.fia, at=IN_JANUARY)
    assert "November 2026" in str(refusal.value)
    periods.lock(NOVEMBER, by=cast.fia, at=IN_JANUARY)
    periods.lock(DECEMBER, by=cast.fia, at=IN_JANUARY)


def test_i6_what_keeps_a_month_from_being_locked_is_known_before(cast, acme):
    a_paid_lot(acme, cast.fia)
    posting.post(at=IN_DECEMBER)

    assert "is not over" in periods.not_yet(DECEMBER, at=IN_DECEMBER)
    assert periods.not_yet(DECEMBER, at=IN_JANUARY).startswith("November 2026 is open still")
    assert periods.not_yet(NOVEMBER, at=IN_JANUARY) == ""
    periods.lock(NOVEMBER, by=cast.fia, at=IN_JANUARY)
    assert periods.not_yet(DECEMBER, at=IN_JANUARY) == ""


def test_i6_a_month_with_something_unposted_is_not_locked(cast, acme):
    a_paid_lot(acme, cast.fia)
    used(acme, 60)
    BookAccount.objects.filter(meaning="server_support").delete()

    with pytest.raises(NotAllPosted) as refusal:
        periods.lock(NOVEMBER, by=cast.fia, at=IN_DECEMBER)

    assert "1 event " in str(refusal.value)
    assert "Server support" in str(refusal.value)
    assert not BookPeriod.objects.filter(locked_at__isnull=False).exists()


def test_i6_only_finance_locks_and_only_with_a_chart(cast, acme):
    for person in (cast.max, cast.tessa.person, acme.approver):
        with pytest.raises(NotAllowed):
            periods.lock(NOVEMBER, by=person, at=IN_DECEMBER)
    BookAccount.objects.all().delete()
    with pytest.raises(BooksNotSet):
        periods.lock(NOVEMBER, by=cast.fia, at=IN_DECEMBER)


def test_i6_the_months_say_how_they_stand(cast, acme, django_assert_num_queries):
    a_paid_lot(acme, cast.fia)
    periods.lock(NOVEMBER, by=cast.fia, at=IN_DECEMBER)
    used(acme, 60, at=IN_DECEMBER)

    with django_assert_num_queries(7):
        december, november = periods.standing(at=IN_DECEMBER)

    assert (november.code, november.vouchers, november.not_in_files, november.unposted, november.is_next) == ("2026-11", 2, 2, 0, False)
    assert (december.code, december.unposted, december.is_over, december.is_next) == ("2026-12", 1, False, True)


def in_sql(statement, *values):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


INSERT = (
    "INSERT INTO invoicing_bookvoucher (series, year, booked_on, happened_on, text, cause, written_at) "
    "VALUES ('F', 2026, %s, %s, 'x', %s, '2026-12-03 09:00:00')"
)


def test_i6_the_database_refuses_a_voucher_in_a_locked_month(cast, acme):
    a_paid_lot(acme, cast.fia)
    periods.lock(NOVEMBER, by=cast.fia, at=IN_DECEMBER)

    for day in (NOVEMBER, END_OF_NOVEMBER):
        with pytest.raises(IntegrityError, match="begins_open"):
            in_sql(INSERT, day, day, f"raw:{day}")
    in_sql(INSERT, DECEMBER, DECEMBER, "raw:december")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE invoicing_bookperiod SET locked_at = NULL, locked_by_id = NULL",
        "UPDATE invoicing_bookperiod SET first_on = '2026-10-01'",
        "DELETE FROM invoicing_bookperiod",
    ],
)
def test_i6_the_database_never_opens_a_locked_month(cast, acme, statement):
    a_paid_lot(acme, cast.fia)
    periods.lock(NOVEMBER, by=cast.fia, at=IN_DECEMBER)

    with pytest.raises(IntegrityError):
        in_sql(statement)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_i6_posting_and_locking_at_once_leave_a_month_whole(cast, acme):
    a_paid_lot(acme, cast.fia)
    for _number in range(3):
        used(acme, 10)

    def act(number):
        return periods.lock(NOVEMBER, by=cast.fia, at=IN_DECEMBER) if number == 0 else posting.post(at=IN_DECEMBER)

    outcome = race(4, act)

    assert outcome.errors == []
    assert ties.check(IN_DECEMBER) == []
    assert BookVoucher.objects.count() == 5
    assert {voucher.booked_on.month for voucher in BookVoucher.objects.all()} == {11}
    assert vouchers.first_open_day() == DECEMBER
