"""The report of prepaid credit (rule I6): a lot's whole life, in minutes and money, tied to the ledger and the vouchers."""

from datetime import date
from decimal import Decimal

import pytest
from djmoney.money import Money

from credits import ledger
from credits.ledger import EntryKind, LotSource, LotTerms
from credits.models import CreditAccount
from delivery.report_files import as_xlsx
from invoicing.books import posting, report, ties
from tests.cast import NOON, a_client, at_stockholm
from tests.invoicing.books_scene import a_chart, a_paid_lot, a_voucher, on_advances, penalty, used
from tests.invoicing.scene import an_invoice, invoicing_terms

pytestmark = pytest.mark.django_db
NOVEMBER, DECEMBER = date(2026, 11, 1), date(2026, 12, 1)
IN_DECEMBER = at_stockholm(2026, 12, 3, 9)


@pytest.fixture(autouse=True)
def books(cast):
    invoicing_terms()
    a_chart()


@pytest.fixture
def life(cast, acme):
    """A lot of 480 min for 9 600: 110 used and 120 taken as a penalty in November; in December 100 refunded, 60 moved, 30 used."""
    lot = a_paid_lot(acme, cast.fia)
    used(acme, 110)
    penalty(acme, EntryKind.LATE_CHANGE)
    other = CreditAccount.objects.create(organisation=acme.organisation, name="Other")
    ledger.refund(lot=lot, minutes=100, voucher=a_voucher(at=IN_DECEMBER, reason="Not needed."))
    ledger.transfer(source=acme.account, target=other, minutes=60, voucher=a_voucher(at=IN_DECEMBER, reason="As agreed."))
    used(acme, 30, at=IN_DECEMBER)
    posting.post(at=IN_DECEMBER)
    return lot


def said(line):
    return {name: (figure.minutes, figure.amount) for name, figure in line.figures.items() if figure.minutes or figure.amount}


def test_i6_the_report_follows_a_lot_through_its_months(life):
    [november] = report.lines(NOVEMBER, report.LOT)
    first, moved = report.lines(DECEMBER, report.LOT)

    assert said(november) == {
        "sold": (480, Decimal(9600)),
        "used": (-110, Decimal(-2200)),
        "penalties": (-120, Decimal(-2400)),
        "closing": (250, Decimal(5000)),
    }
    assert said(first if first.about["lot"] == life.pk else moved) == {
        "opening": (250, Decimal(5000)),
        "used": (-30, Decimal(-600)),
        "refunded": (-100, Decimal(-2000)),
        "moved": (-60, Decimal(-1200)),
        "closing": (60, Decimal(1200)),
    }


def test_i6_moved_credit_cancels_out_in_the_whole(life):
    assert said(report.total(DECEMBER)) == {
        "opening": (250, Decimal(5000)),
        "used": (-30, Decimal(-600)),
        "refunded": (-100, Decimal(-2000)),
        "closing": (120, Decimal(2400)),
    }
    assert [line.client for line in report.lines(DECEMBER, report.ACCOUNT)] == ["Acme · IT", "Acme · Other"]
    [rate] = report.lines(DECEMBER, report.RATE)
    assert (rate.about["lot__vat_percent"], rate.about["lot__in_books__vat_treatment"]) == (Decimal(25), "domestic")


def test_c15_the_closing_minutes_are_the_balance_and_the_money_is_the_account(life, acme):
    closing, owed = report.total(DECEMBER).figures["closing"], report.owed(DECEMBER)

    assert closing.minutes - owed.minutes == sum(account.balance_minutes for account in CreditAccount.objects.all())
    assert closing.amount == on_advances()
    assert report.bridge(date(2026, 12, 31)).ties
    assert ties.check(IN_DECEMBER) == []


def test_i6_the_bridge_names_what_is_no_credit_yet_and_what_was_never_ours(cast, acme):
    opening = LotTerms(source=LotSource.OPENING, price_per_hour=Money(1000, "SEK"), total_price=Money(1000, "SEK"), vat_percent=Decimal(25))
    ledger.grant(account=acme.account, minutes=60, terms=opening, voucher=a_voucher())
    used(acme, 30)
    an_invoice(acme, cast.fia)
    a_paid_lot(a_client(cast, "Other"), cast.fia)
    posting.post(at=NOON)

    found = report.bridge(date(2026, 11, 30))

    assert found == report.Bridge(lots=Decimal(10100), not_yet_credit=Decimal(9600), not_ours=Decimal(1000), account=Decimal(18700))
    assert found.ties


def test_i6_debt_is_told_beside(cast, acme):
    used(acme, 90)
    posting.post(at=NOON)

    assert report.owed(NOVEMBER) == report.Figure(90, Decimal(1800))
    assert report.lines(NOVEMBER, report.LOT) == []


def test_i6_the_report_is_a_list_with_numbers(life):
    table = report.table(NOVEMBER)

    [row] = table.rows
    assert len(row) == len(table.headings) == 5 + 18
    assert row[1:5] == ["Acme", "IT", "2026-11-18", Decimal(25)]
    assert row[-2:] == [250, Decimal(5000)]
    assert as_xlsx([table])
