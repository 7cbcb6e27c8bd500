"""What the account manager does with one lot at the desk: extend, freeze, release, refund (rules C12, C13, I5)."""

from datetime import date, timedelta

import pytest
import time_machine
from django.urls import reverse

from clients.models import StaffDuty
from credits import corrections, ledger
from credits.accounts import CreditAccount
from credits.ledger import Entry, Lot, LotSource, LotTerms, Refund
from notices.models import Notice
from sessions.models import Session, State
from tests.cast import NOON, a_colleague
from tests.credits.posting import grant, hold, voucher
from tests.sessions.booked import book

pytestmark = pytest.mark.django_db

ACTS = ("extend", "freeze", "unfreeze", "refund")


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


def address(lot, act):
    return reverse(f"desk-lot-{act}", args=[lot.pk])


def said(**more):
    return {"reason": "agreed by phone", "key": "k"} | more


def text(response):
    return " ".join(response.content.decode().replace("\N{NO-BREAK SPACE}", " ").split())


def figures():
    account = CreditAccount.objects.get()
    return account.available_minutes, account.held_minutes, account.frozen_minutes


def an_expired_lot(client):
    lot = grant(client.account, 90, expires_on=date(2026, 11, 10), at=NOON - timedelta(days=30))
    ledger.expire(account=client.account, at=NOON)
    return lot


def test_c12_a_lot_is_extended_and_what_had_expired_comes_back(cast, acme, client_of):
    lot = an_expired_lot(acme)
    waiting = book(cast, acme)
    browser = client_of(cast.max)
    before = text(browser.get(address(lot, "extend")))

    after = browser.post(address(lot, "extend"), said(expires_on="2027-03-31"), follow=True)

    assert "1 h 30 min of it has expired and comes back." in before
    assert "1 booking gets credit that it lacks." in before
    assert "The credit can be used until Wed 31 Mar 2027. 1 waiting booking moved on." in text(after)
    assert (figures(), Session.objects.get(pk=waiting.pk).state) == ((30, 60, 0), State.SCHEDULED)


@pytest.mark.parametrize(("until", "status"), [("2026-11-10", 409), ("2026-11-17", 409), ("", 422), ("9999-12-31", 422), ("soon", 422)])
def test_c12_to_a_day_that_is_no_later_or_none_nothing_is_extended(cast, acme, client_of, until, status):
    lot = an_expired_lot(acme)

    response = client_of(cast.max).post(address(lot, "extend"), said(expires_on=until))

    assert (response.status_code, figures()) == (status, (0, 0, 0))


def test_i5_a_lot_is_frozen_with_its_effect_shown_and_released(cast, acme, client_of):
    lot = grant(acme.account, 480)
    hold(acme.account, 60)
    browser = client_of(cast.max)
    before = text(browser.get(address(lot, "freeze")))

    browser.post(address(lot, "freeze"), said())
    frozen, between = figures(), text(browser.get(address(lot, "unfreeze")))
    browser.post(address(lot, "unfreeze"), said(key="l"))

    assert "7 h cannot be used until it is released. 1 h stays held for bookings" in before
    assert "7 h can be used again." in between
    assert (frozen, figures()) == ((0, 60, 420), (420, 60, 0))


def test_i5_a_release_after_the_last_day_says_that_it_expires(cast, acme, client_of):
    lot = grant(acme.account, 60, expires_on=date(2026, 11, 10), at=NOON - timedelta(days=30))
    corrections.freeze(lot=lot, reason="x", cause="form:0", by=cast.max, at=NOON - timedelta(days=20))

    page = text(client_of(cast.max).get(address(lot, "unfreeze")))

    assert "Its last day was Tue 10 Nov, so 1 h expires at once. Extend it first" in page


@pytest.mark.parametrize("act", ["freeze", "unfreeze"])
def test_i5_twice_the_same_is_done_once(cast, acme, client_of, act):
    lot = grant(acme.account, 60)
    if act == "unfreeze":
        corrections.freeze(lot=lot, reason="x", cause="form:0", by=cast.max, at=NOON)
    browser = client_of(cast.max)

    answers = [browser.post(address(lot, act), said()).status_code for _again in range(2)]
    other = browser.post(address(lot, act), said(key="another")).status_code

    assert (answers, other) == ([302, 302], 409)
    assert Entry.objects.filter(kind=act).count() == 1


def test_c13_the_sum_of_a_refund_is_shown_before_it_is_done(cast, acme, client_of):
    lot = grant(acme.account, 480)
    browser = client_of(cast.max)

    asked = text(browser.get(address(lot, "refund")))
    shown = text(browser.post(address(lot, "refund"), said(minutes="180", act="preview")))
    nothing = Refund.objects.exists()
    done = browser.post(address(lot, "refund"), said(minutes="180", act="carry-out", shown_total="4500.00"), follow=True)

    assert "8 h is unused of what was bought" in asked
    for sentence in ("Acme gets SEK 4,500.00 back for 3 h.", "Refund SEK 4,500.00", "SEK 3,600.00", "SEK 900.00"):
        assert sentence in shown
    assert (nothing, figures()) == (False, (300, 0, 0))
    assert "3 h is refunded, and finance has been told." in text(done)
    assert Notice.objects.filter(address=cast.fia.email, subject__contains="To pay back to Acme").count() == 1


@pytest.mark.parametrize("shown", ["", "1.00", "4500,00", "NaN"])
def test_c13_where_another_sum_was_shown_nothing_is_refunded(cast, acme, client_of, shown):
    lot = grant(acme.account, 480)

    response = client_of(cast.max).post(address(lot, "refund"), said(minutes="180", act="carry-out", shown_total=shown))

    assert "The sum has changed meanwhile." in text(response)
    assert not Refund.objects.exists()


def test_c14_a_refund_sent_twice_is_paid_back_once(cast, acme, client_of):
    lot = grant(acme.account, 480)
    browser = client_of(cast.max)
    sent = said(minutes="480", act="carry-out", shown_total="12000.00")

    answers = [browser.post(address(lot, "refund"), sent).status_code for _again in range(2)]

    assert (answers, Refund.objects.count()) == ([302, 302], 1)


@pytest.mark.parametrize("act", ["preview", "carry-out"])
def test_c12_free_credit_and_what_is_in_use_is_not_refunded(cast, acme, client_of, act):
    terms = LotTerms.free(source=LotSource.GOODWILL, reason="Welcome")
    free = ledger.grant(account=acme.account, minutes=60, terms=terms, voucher=voucher())
    paid = grant(acme.account, 60)
    hold(acme.account, 90)
    browser = client_of(cast.max)

    gift = browser.post(address(free, "refund"), said(minutes="1", act=act))
    used = browser.post(address(paid, "refund"), said(minutes="31", act=act))

    assert ("never" in text(gift) or "was free" in text(gift), "Only 30 min of this credit is unused" in text(used)) == (True, True)
    assert (gift.status_code, used.status_code, Refund.objects.exists()) == (409, 409, False)


@pytest.mark.parametrize("act", ACTS)
def test_c13_nothing_is_done_without_a_reason(cast, acme, client_of, act):
    lot = an_expired_lot(acme)
    before = Entry.objects.count()

    response = client_of(cast.max).post(
        address(lot, act), {"reason": " ", "key": "k", "minutes": "1", "expires_on": "2027-01-01", "act": "carry-out"}
    )

    assert (response.status_code, Entry.objects.count()) == (422, before)


@pytest.mark.parametrize("act", ACTS)
def test_who_only_reads_is_refused_and_strangers_find_nothing(cast, acme, borealis, client_of, act):
    lot = grant(acme.account, 60)
    sent = said(minutes="1", expires_on="2027-01-01", act="carry-out", shown_total="25.00")
    strangers = [acme.approver, borealis.approver, cast.tessa.person, a_colleague("Mia", StaffDuty.ACCOUNT_MANAGER)]

    readers = {client_of(person).post(address(lot, act), sent).status_code for person in (cast.fia, cast.ada)}
    answers = {client_of(person).post(address(lot, act), sent).status_code for person in strangers}
    pages = {client_of(person).get(address(lot, act)).status_code for person in strangers}

    assert (readers, answers, pages) == ({403}, {404}, {404})
    assert Lot.objects.get().available_minutes == 60
