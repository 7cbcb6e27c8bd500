"""The books in Chromium (rule I6): from an empty month to a file, on a phone and on a desk."""

from datetime import date

import pytest
import time_machine

from credits import ledger
from credits.ledger import EntryKind
from invoicing.books import periods, posting
from invoicing.models import BookFile, BookVoucher
from tests.browser.cases import WIDTHS
from tests.cast import a_client, at_stockholm
from tests.invoicing.books_scene import a_chart, a_paid_lot, a_voucher, penalty, used
from tests.invoicing.scene import an_invoice, invoicing_terms

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
IN_DECEMBER = at_stockholm(2026, 12, 3, 9)


@pytest.fixture(autouse=True)
def december():
    with time_machine.travel(IN_DECEMBER, tick=False):
        yield


def a_busy_november(cast, acme):
    """Two clients with credit that is used, sanctioned and refunded, and an invoice that is not paid."""
    invoicing_terms()
    a_chart()
    lot = a_paid_lot(acme, cast.fia)
    a_paid_lot(a_client(cast, "Borealis"), cast.fia, 960)
    used(acme, 110)
    penalty(acme, EntryKind.LATE_CHANGE)
    ledger.refund(lot=lot, minutes=60, voucher=a_voucher(reason="Not needed."))
    an_invoice(acme, cast.fia)


@pytest.mark.parametrize("width", WIDTHS)
def test_i6_finance_makes_a_file_and_walks_from_the_month_to_what_a_voucher_comes_from(window_of, cast, acme, width):
    a_busy_november(cast, acme)
    window = window_of(cast.fia, width=width)
    window.open("/desk/books/")
    window.press("form[action$='/books/posting/'] button")
    window.press("section[aria-labelledby=make] form button")
    assert BookFile.objects.get().vouchers == BookVoucher.objects.count() == 8

    window.press("a[href$='/books/months/2026-11/']")
    assert "Ties" in window.text
    window.open("/desk/books/vouchers/?month=2026-11")
    window.press(f"a[href$='/books/vouchers/{BookVoucher.objects.get(series='T', number=1).pk}/']")
    assert "Hours deducted" in window.text


@pytest.mark.parametrize("width", WIDTHS)
def test_i6_a_month_is_locked_from_its_row(window_of, cast, acme, width):
    a_busy_november(cast, acme)
    posting.post(at=IN_DECEMBER)
    window = window_of(cast.fia, width=width)
    window.open("/desk/books/")

    window.press("a[href$='/2026-11/locking/']")
    window.press(".consequence button")

    assert "Locked" in window.text
    assert periods.standing(at=IN_DECEMBER)[-1].first_on == date(2026, 11, 1)
