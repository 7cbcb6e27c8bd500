"""Tries at passwords and codes are counted, whatever else succeeds meanwhile (OWASP ASVS 5, 6.3.1)."""

from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.test import Client as Browser
from django.urls import reverse

from tests.cast import NOON
from tests.sign_in.signing_in import an_app, asks_for_a_code, code_at, is_in, link_in, mail_to, sign_in
from trail.models import Entry, Kind

TEN_MINUTES = 600
NEW = "correct horse battery staple"
WRONG = "000000"


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as travelled:
        yield travelled


def looked_at(what):
    """How many wrong tries were looked at, and not only refused."""
    return Entry.objects.filter(kind=Kind.FAILED, what=what).count()


def second_factor(person, second):
    """Signs in with password and app."""
    return sign_in(person).post(reverse("mfa_authenticate"), {"code": code_at(NOON.timestamp() + second)})


def again_by_code(person, second):
    """Signs in with password and app, and shows with a recovery code that it is still them."""
    browser = sign_in(person)
    codes = RecoveryCodes.activate(person).get_unused_codes()
    browser.post(reverse("mfa_authenticate"), {"code": code_at(NOON.timestamp() + second)})
    return browser.post(reverse("mfa_reauthenticate"), {"code": codes[0]})


def password_link(person, second):
    """Has a link mailed, and chooses another password by it."""
    browser = Browser()
    browser.post(reverse("account_reset_password"), {"email": person.email})
    page = browser.get(link_in(mail_to(person)), follow=True)
    return browser.post(page.redirect_chain[-1][0], {"password1": f"{NEW} {second}", "password2": f"{NEW} {second}"})


@pytest.mark.parametrize("success", [second_factor, again_by_code, password_link])
def test_sec11_nobodys_success_forgives_what_else_was_tried_from_the_address(acme, clock, success):
    if success is not password_link:
        an_app(acme.approver)
    answers = []
    for number in range(100):
        second = number * TEN_MINUTES // 100
        clock.move_to(NOON + timedelta(seconds=second))
        Browser().post(reverse("account_login"), {"login": f"someone{number}@acme.example", "password": "Summer2026!!"})
        clock.shift(timedelta(seconds=1))
        if number % 20 == 10:
            answers.append(success(acme.approver, second).status_code)

    assert answers[0] == 302
    assert looked_at("unknown-address") == 30


def test_sec11_who_chose_another_password_by_a_link_need_not_wait_for_what_was_tried_before(acme, clock):
    for _ in range(6):
        clock.shift(timedelta(seconds=1))
        sign_in(acme.approver, password="wrong")
    waits = not is_in(sign_in(acme.approver))

    password_link(acme.approver, 0)

    assert waits
    assert is_in(sign_in(acme.approver, password=f"{NEW} 0"))


def test_sec11_codes_count_with_passwords_from_the_same_address(acme, borealis, clock):
    people = [acme.approver, acme.requester, borealis.approver, borealis.requester]
    for person in people:
        an_app(person)
    waiting = [sign_in(person) for person in people]
    for number in range(60):
        clock.shift(timedelta(seconds=9))
        Browser().post(reverse("account_login"), {"login": f"someone{number}@acme.example", "password": "Summer2026!!"})
        waiting[number % 4].post(reverse("mfa_authenticate"), {"code": WRONG})

    assert looked_at("unknown-address") + looked_at("wrong-factor") == 30


def test_sec11_of_many_wrong_second_factors_five_in_five_minutes_are_looked_at(acme, clock):
    an_app(acme.approver)
    browsers = [sign_in(acme.approver, browser=Browser(REMOTE_ADDR=f"198.51.100.{number}")) for number in range(3)]
    for number in range(12):
        clock.shift(timedelta(seconds=20))
        browsers[number % 3].post(reverse("mfa_authenticate"), {"code": WRONG})
    wrong = looked_at("wrong-factor")
    browsers[0].post(reverse("mfa_authenticate"), {"code": code_at(NOON.timestamp() + 240)})
    refused = is_in(browsers[0])
    clock.shift(timedelta(seconds=300))
    browsers[0].post(reverse("mfa_authenticate"), {"code": code_at(NOON.timestamp() + 540)})

    assert (wrong, refused, is_in(browsers[0])) == (5, False, True)


@pytest.mark.parametrize(("wrong", "enters"), [(2, True), (3, False)])
def test_sec11_a_mailed_code_is_tried_three_times(acme, clock, wrong, enters):
    browser, code = asks_for_a_code(acme.approver)

    for _ in range(wrong):
        browser.post(reverse("account_confirm_login_code"), {"code": "WRNG-WRNG"})
    browser.post(reverse("account_confirm_login_code"), {"code": code})

    assert is_in(browser) is enters


def test_sec11_a_second_factor_is_asked_for_after_a_mailed_code(acme, clock):
    an_app(acme.approver)
    browser, code = asks_for_a_code(acme.approver)

    asked = browser.post(reverse("account_confirm_login_code"), {"code": code})
    halfway = is_in(browser)
    browser.post(reverse("mfa_authenticate"), {"code": code_at(NOON.timestamp())})

    assert (asked.headers["Location"], halfway, is_in(browser)) == (reverse("mfa_authenticate"), False, True)
