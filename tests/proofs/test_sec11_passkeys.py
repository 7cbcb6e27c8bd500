"""Proof SEC11: what a passkey answers holds for one question, one host and one person."""

import json

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client as Browser
from django.urls import reverse

from tests.proofs.sizes import say
from tests.sign_in.signing_in import again, is_in, mail_to, sign_in
from tests.sign_in.software_key import PRESENT, SoftwareKey

pytestmark = pytest.mark.django_db
ASK = {"accept": "application/json"}


def a_passkey(person, **key):
    """A key that the person added on the page for it, and the browser in which that was done."""
    browser, made = again(sign_in(person, browser=at_home())), SoftwareKey(**key)
    options = browser.get(reverse("mfa_add_webauthn")).context["js_data"]["creation_options"]
    answer = made.registered(json.loads(json.dumps(options, default=str)))
    browser.post(reverse("mfa_add_webauthn"), {"name": "Phone", "credential": answer, "passwordless": "on"})
    return made, browser


def at_home():
    """A browser that opens http://localhost, the one host without TLS that has passkeys."""
    return Browser(HTTP_HOST="localhost")


def asked(browser):
    """What the sign-in page asks a passkey."""
    return browser.get(reverse("mfa_login_webauthn"), headers=ASK).json()["request_options"]


def shown(browser, answer):
    """Whether that answer signed somebody in."""
    status = browser.post(reverse("mfa_login_webauthn"), {"credential": answer}).status_code
    assert status == 302
    return is_in(browser)


def test_sec11_a_passkey_signs_in_by_itself_and_its_person_is_told(acme):
    key, _browser = a_passkey(acme.approver)
    told = mail_to(acme.approver).subject
    browser = at_home()

    signed_in = shown(browser, key.shown(asked(browser)))

    assert (told, signed_in) == ("A passkey was added", True)
    assert browser.session["_auth_user_id"] == str(acme.approver.pk)


def test_sec11_an_answer_is_good_for_one_question_one_host_and_one_person(acme, borealis):
    key, _browser = a_passkey(acme.approver)
    other, _browser = a_passkey(borealis.approver)
    strange = SoftwareKey(credential_id=key.credential_id, user=key.user)
    elsewhere = SoftwareKey(origin="https://evil.example", credential_id=key.credential_id, private=key.private, user=key.user)
    first, later = at_home(), at_home()
    answer = key.shown(asked(first))
    asked(later)
    tries = {
        "first": shown(first, answer),
        "in another browser": shown(later, answer),
        "again": shown(first_out(first), answer),
        "of another host": refused(elsewhere),
        "signed by another key": refused(strange),
        "for another person": refused(key, user=other.user),
        "without fingerprint or PIN": refused(key, flags=PRESENT),
    }

    say("SEC11", answers=len(tries))
    assert tries == dict.fromkeys(tries, False) | {"first": True}


@pytest.mark.parametrize(
    "nonsense", ["", "{}", "[]", "1", "null", '"x"', '{"id": 1, "rawId": "x", "response": {}}', "{", '{"response": null}']
)
def test_sec11_nonsense_instead_of_a_passkey_is_refused_calmly(acme, nonsense):
    key, member = a_passkey(acme.approver)
    browser = at_home()
    bent = json.loads(key.shown(asked(browser)))
    for answer in (nonsense, json.dumps(bent | {"response": bent["response"] | {"userHandle": None}})):
        asked(browser)
        assert not shown(browser, answer)
    assert member.post(reverse("mfa_add_webauthn"), {"name": "x", "credential": nonsense}).status_code == 200
    assert Authenticator.objects.filter(type="webauthn").count() == 1


def refused(key, **bent):
    browser = at_home()
    return shown(browser, key.shown(asked(browser), **bent))


def first_out(browser):
    """The same browser, signed out."""
    browser.post(reverse("account_logout"))
    asked(browser)
    return browser
