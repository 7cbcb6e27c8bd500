"""Disputing a penalty, correcting credit and winding an agreement up in Chromium, on a phone and on a desk (C10, C12, C13, P5)."""

from datetime import date

import pytest
import time_machine

from clients.models import Agreement
from credits.accounts import CreditAccount
from credits.audit import audit
from sessions.models import PenaltyDispute, Session
from tests.cast import at_stockholm
from tests.credits.posting import grant
from tests.sessions.booked import book
from tests.sessions.penalised import POSTED, a_late_cancellation

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CARRY_OUT = "button[name=act][value=carry-out]"


def account():
    return CreditAccount.objects.get()


@pytest.mark.parametrize("width", [390, 1280])
def test_c10_a_penalty_is_disputed_and_given_back(cast, acme, window_of, width):
    session, penalty = a_late_cancellation(cast, acme)
    with time_machine.travel(POSTED):
        anna, max_ = window_of(acme.approver, width=width), window_of(cast.max, width=width)
        anna.open(f"/sessions/{session.pk}/")
        anna.press(f"a[href='/penalties/{penalty.pk}/']")
        anna.page.fill("textarea[name=reason]", "The train stood still")
        anna.press("form:has(textarea) button[type=submit]")
        assert "Your account manager settles this" in anna.text

        max_.open(f"/desk/penalties/{penalty.pk}/")
        assert "The train stood still" in max_.text
        max_.page.fill("#reverse_reason", "It did")
        max_.press("button[value=reverse]")

        anna.open(f"/penalties/{penalty.pk}/")
        assert "2 h went back to your credit" in anna.text
    assert (PenaltyDispute.objects.get().outcome, account().available_minutes) == ("reversed", 300)


@pytest.mark.parametrize("width", [390, 1280])
def test_c13_credit_is_adjusted_extended_frozen_and_refunded(cast, acme, window_of, width):
    lot = grant(acme.account, 480, expires_on=date(2026, 12, 31))
    book(cast, acme)
    with time_machine.travel(POSTED):
        max_ = window_of(cast.max, width=width)
        max_.open(f"/desk/accounts/{acme.account.pk}/")
        max_.press(f"a[href='/desk/accounts/{acme.account.pk}/adjustment/']")
        max_.page.fill("input[name=minutes]", "30")
        max_.page.fill("textarea[name=reason]", "Sorry")
        max_.press("button[value=preview]")
        assert "30 min of free credit is added" in max_.text
        max_.press(CARRY_OUT)
        assert "The credit is adjusted by +0 h 30." in max_.text

        max_.press(f"a[href='/desk/lots/{lot.pk}/extension/']")
        max_.page.fill("input[name=expires_on]", "2027-12-31")
        decide(max_, "Agreed")
        for act, said in (("freezing", "7 h cannot be used"), ("release", "7 h can be used again")):
            max_.press(f"a[href='/desk/lots/{lot.pk}/{act}/']")
            assert said in max_.text
            decide(max_, "For a while")

        max_.press(f"a[href='/desk/lots/{lot.pk}/refund/']")
        max_.page.fill("textarea[name=reason]", "Not needed")
        max_.press("button[value=preview]")
        assert "Acme gets SEK 10,500.00 back for 7 h." in max_.text
        max_.press(CARRY_OUT)
    assert (account().available_minutes, account().held_minutes) == (30, 60)
    assert audit().findings == []


@pytest.mark.parametrize("width", [390, 1280])
def test_p5_an_agreement_is_wound_up(cast, acme, window_of, width):
    grant(acme.account, 480)
    Agreement.objects.update(ends_on=date(2026, 12, 1))
    book(cast, acme)
    agreement = Agreement.objects.get()
    with time_machine.travel(at_stockholm(2026, 12, 1, 9)):
        max_ = window_of(cast.max, width=width)
        max_.open(f"/desk/agreements/{agreement.pk}/winding-up/")
        assert "It runs, or is cancelled free of charge" in max_.text
        max_.open(f"/desk/sessions/{Session.objects.get().pk}/calling-off/")
        decide(max_, "The end")
        max_.open(f"/desk/agreements/{agreement.pk}/winding-up/")
        decide(max_, "Agreed with Anna")
        assert "It was wound up" in max_.text
        max_.open(f"/desk/accounts/{acme.account.pk}/")
        assert "This account was closed" in max_.text
        max_.press(f"a[href='/desk/accounts/{acme.account.pk}/reopening/']")
        decide(max_, "They came back")
        max_.open(f"/desk/accounts/{acme.account.pk}/closing/")
        decide(max_, "They left again")
    assert account().closed_at
    assert audit().findings == []


def decide(window, reason):
    """Give the reason on a consequence card, and press its button."""
    window.page.fill("textarea[name=reason]", reason)
    window.press(".consequence button[type=submit]")
