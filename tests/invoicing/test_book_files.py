"""Vouchers and files of the books (rule I6): balanced, once each, and the same bytes again."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from clients.models import Provider
from core.errors import NotAllowed
from credits.ledger import EntryKind
from invoicing import crediting
from invoicing.books import files, posting, ties, vouchers
from invoicing.books.files import FileMismatch, NothingNew
from invoicing.models import BookEvent, BookFile, BookFileVoucher, BookMove, BookRow, Books, BookVoucher
from tests.cast import NOON, at_stockholm
from tests.invoicing import sie_reading
from tests.invoicing.books_scene import a_chart, a_paid_lot, penalty, sums, used
from tests.invoicing.scene import an_invoice, invoicing_terms
from tests.proofs.crowd import at_once
from tests.racing import race

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 18)


@pytest.fixture(autouse=True)
def books(cast):
    invoicing_terms()
    a_chart()


def a_life(cast, client):
    """Bought, used, sanctioned, and another order credited."""
    a_paid_lot(client, cast.fia)
    used(client, 47)
    penalty(client, EntryKind.LATE_CHANGE)
    crediting.credit(an_invoice(client, cast.fia), None, reason="Wrong.", by=cast.fia, at=NOON, cause="test:note")


def make(cast, *, until=TODAY, cause="test:file", at=NOON):
    return files.make(until=until, by=cast.fia, at=at, cause=cause)


def test_i6_a_file_is_read_by_another_reader_and_balances(cast, acme):
    a_life(cast, acme)

    file = make(cast)

    read = sie_reading.read(bytes(file.content))
    found: dict[str, Decimal] = {}
    for voucher in read.vouchers:
        assert sum(amount for _account, amount, _text in voucher["rows"]) == 0
        for account, amount, _text in voucher["rows"]:
            found[account] = found.get(account, Decimal(0)) + amount
    assert {account: amount for account, amount in found.items() if amount} == sums()
    assert [voucher["series"] + voucher["number"] for voucher in read.vouchers] == ["B1", "F1", "F2", "F3", "T1", "T2"]
    assert read.one("#ORGNR") == ["556677-8899"]
    assert ["#KONTO", "2420", "Förskott från kunder"] in read.posts
    assert (file.vouchers, file.digest) == (6, sha256(bytes(file.content)).hexdigest())


def test_i6_the_same_vouchers_are_the_same_bytes_again(cast, acme):
    a_life(cast, acme)

    file = make(cast)
    acme.organisation.name = "Another Name"
    acme.organisation.save()
    Provider.objects.update(legal_name="Renamed AB", organisation_number="556036-0793")

    assert files.again(BookFile.objects.get()) == bytes(file.content)


def test_i6_the_same_form_makes_one_file_and_another_finds_nothing_new(cast, acme):
    a_life(cast, acme)

    first = make(cast)

    assert make(cast) == first
    with pytest.raises(FileMismatch):
        make(cast, until=TODAY - timedelta(days=1))
    with pytest.raises(NothingNew):
        make(cast, cause="test:another")


def test_i6_only_what_is_new_and_within_its_day_goes_into_the_next_file(cast, acme):
    a_life(cast, acme)
    make(cast)
    used(acme, 10, on=TODAY + timedelta(days=1), at=NOON + timedelta(days=1))
    used(acme, 20, on=TODAY + timedelta(days=2), at=NOON + timedelta(days=2))

    second = make(cast, until=TODAY + timedelta(days=1), cause="test:second", at=NOON + timedelta(days=2))

    assert [voucher.booked_on for voucher in files.vouchers_of(second)] == [TODAY + timedelta(days=1)]
    assert BookVoucher.objects.filter(in_file=None).count() == 1
    assert ties.check(NOON + timedelta(days=2)) == []


def test_i6_a_file_ends_with_the_year_that_it_begins_in_and_the_next_one_goes_on(cast, acme):
    a_paid_lot(acme, cast.fia)
    new_year = at_stockholm(2027, 1, 4, 9)
    used(acme, 30, on=date(2026, 12, 31), at=at_stockholm(2026, 12, 31, 15))
    used(acme, 20, on=date(2027, 1, 1), at=at_stockholm(2027, 1, 1, 9))

    first, again = (make(cast, until=date(2027, 1, 3), at=new_year) for _ in range(2))
    second = make(cast, until=date(2027, 1, 3), at=new_year, cause="test:second")

    assert again == first
    assert [file.until_on for file in (first, second)] == [date(2026, 12, 31), date(2027, 1, 3)]
    read = [sie_reading.read(bytes(file.content)).vouchers for file in (first, second)]
    assert [{voucher["day"][:4] for voucher in vouchers_of_file} for vouchers_of_file in read] == [{"2026"}, {"2027"}]
    assert [(voucher["series"], voucher["number"]) for voucher in read[1]] == [("T", "1")]
    assert [files.again(file) for file in (first, second)] == [bytes(file.content) for file in (first, second)]
    with pytest.raises(NothingNew):
        make(cast, until=date(2027, 1, 3), at=new_year, cause="test:third")


def test_i6_only_finance_makes_files(cast, acme):
    a_life(cast, acme)

    for person in (cast.max, acme.approver):
        with pytest.raises(NotAllowed):
            files.make(until=TODAY, by=person, at=NOON, cause="test:file")


def test_i6_the_list_beside_the_file_has_a_line_for_each_row(cast, acme):
    acme.organisation.name = "=cmd()"
    acme.organisation.save()
    a_life(cast, acme)
    file = make(cast)

    rows: Sequence[Sequence[Any]] = files.table(files.vouchers_of(file)).rows

    assert len(rows) == BookRow.objects.count()
    debit, credit = (sum(row[column] or 0 for row in rows) for column in (6, 7))
    assert debit == credit > 0


def test_i6_killed_half_way_nothing_half_stands(cast, acme, monkeypatch):
    a_life(cast, acme)
    numbered = vouchers._next_number
    left = [2]

    def dies(voucher):
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return numbered(voucher)

    monkeypatch.setattr(vouchers, "_next_number", dies)
    with pytest.raises(KeyboardInterrupt):
        posting.post(at=NOON)

    assert BookVoucher.objects.filter(closed_at__isnull=False).count() == BookVoucher.objects.count() == BookEvent.objects.count() == 2
    monkeypatch.undo()
    posting.post(at=NOON)
    assert ties.check(NOON) == []


def test_i6_a_file_that_fails_takes_no_voucher(cast, acme, monkeypatch):
    a_life(cast, acme)

    def dies(*_args, **_said):
        raise KeyboardInterrupt

    monkeypatch.setattr(BookFileVoucher.objects, "bulk_create", dies)
    with pytest.raises(KeyboardInterrupt):
        make(cast)

    assert not BookFile.objects.exists()
    monkeypatch.undo()
    assert make(cast).vouchers == 6


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_i6_two_who_make_a_file_at_once_make_one_of_each_voucher(cast, acme):
    a_life(cast, acme)

    outcome = race(2, lambda number: make(cast, cause=f"test:file:{number}"))

    assert [type(error) for error in outcome.errors] == [NothingNew]
    assert BookFile.objects.get().vouchers == BookVoucher.objects.count() == 6


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_i6_many_who_post_at_once_post_each_event_once(cast, acme):
    a_life(cast, acme)

    crowd, _meeting = at_once(4, lambda _number: posting.post(at=NOON))

    assert crowd.errors == []
    assert sum(outcome.posted for outcome in crowd.answers.values()) == BookEvent.objects.count() == 7
    assert ties.check(NOON) == []


def in_sql(statement, *values):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE invoicing_bookrow SET amount = amount + 1",
        "DELETE FROM invoicing_bookrow",
        "UPDATE invoicing_bookvoucher SET text = 'x'",
        "UPDATE invoicing_bookvoucher SET closed_at = NULL, number = NULL",
        "DELETE FROM invoicing_bookvoucher",
        "UPDATE invoicing_bookevent SET cause = cause || 'x'",
        "DELETE FROM invoicing_bookmove",
        "UPDATE invoicing_bookmove SET amount = 0",
        "UPDATE invoicing_booklot SET total = total + 1",
        "UPDATE invoicing_booklot SET used_minutes = 9999",
        "UPDATE invoicing_bookfile SET digest = 'x'",
        "DELETE FROM invoicing_bookfilevoucher",
        "INSERT INTO invoicing_bookfilevoucher (file_id, voucher_id) SELECT file_id, voucher_id FROM invoicing_bookfilevoucher",
        "INSERT INTO invoicing_bookevent (cause, booked_on) SELECT cause, booked_on FROM invoicing_bookevent",
    ],
)
def test_i6_what_is_posted_stays_as_it_is(cast, acme, statement):
    a_life(cast, acme)
    make(cast)

    with pytest.raises(IntegrityError):
        in_sql(statement)


def a_raw_voucher(*amounts):
    voucher = BookVoucher.objects.create(
        series="F", year=2026, booked_on=TODAY, happened_on=TODAY, text="x", cause=f"raw:{amounts}", written_at=NOON
    )
    for position, amount in enumerate(amounts, start=1):
        BookRow.objects.create(voucher=voucher, position=position, meaning="rounding", number="3740", name="x", amount=Decimal(amount))
    return voucher


@pytest.mark.parametrize("amounts", [(), ("0.01",), ("100.10", "-100.11"), ("9999999999.99", "-9999999999.98")])
def test_i6_the_database_closes_no_voucher_that_does_not_balance(cast, amounts):
    voucher = a_raw_voucher(*amounts)

    with pytest.raises(IntegrityError, match="balanced"), transaction.atomic():
        BookVoucher.objects.filter(pk=voucher.pk).update(closed_at=NOON, number=1)


def test_i6_the_database_closes_one_that_balances_and_takes_no_row_after(cast):
    voucher = a_raw_voucher("0.10", "0.20", "-0.30")
    BookVoucher.objects.filter(pk=voucher.pk).update(closed_at=NOON, number=1)

    with pytest.raises(IntegrityError), transaction.atomic():
        BookRow.objects.create(voucher=voucher, position=4, meaning="rounding", number="3740", name="x", amount=1)


def test_i6_the_database_lets_no_voucher_begin_closed_or_go_open_into_a_file(cast):
    with pytest.raises(IntegrityError), transaction.atomic():
        BookVoucher.objects.create(
            series="F", year=2026, number=1, booked_on=TODAY, happened_on=TODAY, text="x", cause="x", written_at=NOON, closed_at=NOON
        )
    file = BookFile.objects.create(
        cause="x", until_on=TODAY, vouchers=1, content=b"", digest="", made_at=NOON, made_on=TODAY, made_by=cast.fia
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        file.contents.create(voucher=a_raw_voucher("1", "-1"))


def test_i6_what_happened_before_the_books_begin_has_no_voucher(cast, acme):
    Books.objects.update(begins_on=TODAY + timedelta(days=1))
    a_paid_lot(acme, cast.fia)
    used(acme, 60)
    later = NOON + timedelta(days=2)
    used(acme, 30, at=later)

    posting.post(at=later)

    assert sums() == {"2420": Decimal(600), "3001": Decimal(-600)}
    assert BookMove.objects.count() == 3
    assert ties.check(later) == []
