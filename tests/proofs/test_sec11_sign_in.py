"""Proof SEC11: signing in gives nothing away, lets nobody guess, and ends everywhere at once."""

import time
from statistics import median

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.contrib.auth import hashers
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client as Browser
from django.urls import reverse

from notices.models import Notice
from people.models import Person
from sign_in import sign_ins
from tests.cast import NOON, PASSWORD
from tests.proofs.sizes import LARGE, SIZE, say
from tests.sign_in.signing_in import an_app, code_at, is_in, link_in, mail_to, sign_in

pytestmark = pytest.mark.django_db

NEW = "correct horse battery staple"
TARGETS = [
    f"{scheme}{host}{end}"
    for scheme in ("https://", "http://", "//", "///", "/\\", "\\\\", "https:", "https:/", "http:\\\\", "//user@")
    for host in ("evil.example", "testserver@evil.example", "evil.example\t.testserver", "[::1].evil.example")
    for end in ("/desk/",)
] + [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "\x00//evil.example",
    "\t//evil.example",
    " //evil.example",
    "ftp://testserver/",
    "//testserver:81/x",
    "http://testserver.evil.example/",
    "https://127.0.0.1/x",
    "http://localhost/x",
]


@pytest.fixture
def counted(monkeypatch):
    """How often a password was really checked: each time the hasher worked."""
    calls = []
    hasher = hashers.get_hasher()
    encode = type(hasher).encode

    def counting(self, *args, **kwargs):
        calls.append(args)
        return encode(self, *args, **kwargs)

    monkeypatch.setattr(type(hasher), "encode", counting)
    return calls


def test_sec11_of_many_wrong_passwords_at_most_ten_in_ten_minutes_are_looked_at(acme, counted):
    """From one address for each try, so that it is the account that is guarded, and not only where tries come from."""
    with time_machine.travel(NOON, tick=False) as clock:
        for number in range(SIZE.guesses):
            clock.move_to(NOON.timestamp() + 600 * number / SIZE.guesses)
            where = f"198.51.{number // 250}.{number % 250}"
            Browser(REMOTE_ADDR=where).post(reverse("account_login"), {"login": acme.approver.email, "password": f"wrong {number}"})

    say("SEC11", guesses=SIZE.guesses, looked_at=len(counted))
    assert 0 < len(counted) <= 10


def test_sec11_one_address_tries_no_more_than_thirty_passwords_in_ten_minutes(acme, counted):
    """Whatever accounts it names: few of many is as good to a guesser as many of one."""
    with time_machine.travel(NOON, tick=False) as clock:
        for number in range(40):
            clock.move_to(NOON.timestamp() + number * 10)
            Browser().post(reverse("account_login"), {"login": f"someone{number}@acme.example", "password": "Summer2026!!"})

    assert len(counted) <= 30


@pytest.mark.parametrize("forwarded", ["203.0.113.9", "203.0.113.9, 10.0.0.1"])
def test_sec11_a_forwarded_address_is_believed_only_behind_our_own_proxies(acme, counted, settings, forwarded):
    for number in range(40):
        said = {"X-Forwarded-For": f"198.51.100.{number}, {forwarded}"}
        Browser().post(reverse("account_login"), {"login": f"a{number}@acme.example", "password": "wrong"}, headers=said)
    forged = len(counted)
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = len(forwarded.split(","))
    cache.clear()
    for number in range(40):
        said = {"X-Forwarded-For": f"198.51.100.{number}, {forwarded}"}
        Browser().post(reverse("account_login"), {"login": f"b{number}@acme.example", "password": "wrong"}, headers=said)

    assert (forged, len(counted) - forged) == (30, 30)


def test_sec11_the_hasher_works_for_unknown_people_and_those_without_a_password_too(acme, counted):
    Person.objects.filter(pk=acme.requester.pk).update(password=hashers.make_password(None))
    looked_at = []
    for login in (acme.approver.email, acme.requester.email, "nobody@acme.example"):
        counted.clear()
        Browser().post(reverse("account_login"), {"login": login, "password": "wrong"})
        looked_at.append(len(counted))

    assert looked_at == [1, 1, 1]


@pytest.mark.skipif(SIZE is not LARGE, reason="measures time: only in the large size, on a machine that does nothing else")
def test_sec11_known_and_unknown_take_the_same_time(acme, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    acme.approver.set_password(PASSWORD)
    acme.approver.save()
    settings.ACCOUNT_RATE_LIMITS = False
    took: dict[str, list[float]] = {acme.approver.email: [], "nobody@acme.example": []}
    for _ in range(40):
        for login, times in took.items():
            before = time.perf_counter()
            Browser().post(reverse("account_login"), {"login": login, "password": "wrong"})
            times.append(time.perf_counter() - before)

    known, unknown = (median(times) for times in took.values())
    say("SEC11", ratio=f"{known / unknown:.3f}")
    assert 0.9 <= known / unknown <= 1.1


@pytest.mark.parametrize("door", ["account_reset_password", "account_request_login_code"])
def test_sec11_known_and_unknown_get_the_same_answer_and_one_mail_each(acme, door):
    answers = []
    for email in (acme.approver.email, "nobody@acme.example"):
        browser = Browser()
        sent = browser.post(reverse(door), {"email": email})
        page = browser.get(sent.headers["Location"])
        main = page.content.decode().split("<main")[1].replace(email, "")
        answers.append((sent.status_code, sent.headers["Location"], [line for line in main.splitlines() if "csrf" not in line]))

    assert answers[0] == answers[1]
    assert list(Notice.objects.order_by("pk").values_list("address", flat=True)) == [acme.approver.email, "nobody@acme.example"]


def test_sec11_a_password_link_works_once_for_an_hour_and_signs_everybody_out(acme, client):
    with time_machine.travel(NOON, tick=False) as clock:
        devices = [sign_in(acme.approver), sign_in(acme.approver)]
        for _ in range(2):
            client.post(reverse("account_reset_password"), {"email": acme.approver.email})
        first, second = (link_in(notice) for notice in Notice.objects.filter(cause__startswith="sign-in:"))
        before = [is_in(device) for device in devices]
        page = client.get(first, follow=True)
        client.post(page.redirect_chain[-1][0], {"password1": NEW, "password2": NEW})
        again = [Browser().get(link, follow=True).content.decode() for link in (first, second)]
        client.post(reverse("account_reset_password"), {"email": acme.approver.email})
        late = link_in(mail_to(acme.approver))
        clock.shift(3601)
        again.append(Browser().get(late, follow=True).content.decode())

    assert before == [True, True]
    assert [is_in(device) for device in devices] == [False, False]
    assert [("password1" in html, "does not work any more" in html) for html in again] == [(False, True)] * 3
    assert Notice.objects.filter(cause__startswith="security:", subject="Your password was changed").count() == 1


def test_sec11_another_password_ends_all_sign_ins_but_this_one(acme):
    here, there, old = sign_in(acme.approver), sign_in(acme.approver), Browser()
    old.cookies["sessionid"] = here.cookies["sessionid"].value

    here.post(reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})

    assert [is_in(browser) for browser in (here, there, old)] == [True, False, False]
    assert [each.is_this for each in sign_ins.open_of(person=acme.approver, this=here.session.session_key)] == [True]
    assert Session.objects.filter(session_key=there.cookies["sessionid"].value).count() == 0
    assert mail_to(acme.approver).subject == "Your password was changed"


def test_sec11_a_session_that_was_planted_is_left_at_every_step(acme):
    an_app(acme.approver)
    with time_machine.travel(NOON, tick=False):
        browser = Browser()
        browser.get(reverse("account_login"))
        store = browser.session
        store["planted"] = "x"
        store.save()
        browser.cookies["sessionid"] = planted = str(store.session_key)
        sign_in(acme.approver, browser=browser)
        halfway = is_in(browser)
        browser.post(reverse("mfa_authenticate"), {"code": code_at(NOON.timestamp())})
        thief = Browser()
        thief.cookies["sessionid"] = planted

        assert (halfway, is_in(browser), is_in(thief)) == (False, True, False)
        assert browser.cookies["sessionid"].value != planted


def test_sec11_a_code_of_the_app_works_once_and_not_after_its_time(acme):
    an_app(acme.approver)
    with time_machine.travel(NOON, tick=False) as clock:
        codes = [code_at(NOON.timestamp()), code_at(NOON.timestamp()), code_at(NOON.timestamp() - 30), code_at(NOON.timestamp() + 30)]
        tries = []
        for code in codes:
            browser = sign_in(acme.approver)
            browser.post(reverse("mfa_authenticate"), {"code": code})
            tries.append(is_in(browser))
        clock.shift(30)
        browser = sign_in(acme.approver)
        browser.post(reverse("mfa_authenticate"), {"code": codes[0]})
        tries.append(is_in(browser))

    assert tries == [True, False, False, False, False]


def test_sec11_nobody_is_led_out_of_the_house(acme):
    assert len(TARGETS) >= 50
    for number, target in enumerate(TARGETS):
        cache.clear()
        browser = Browser()
        answer = browser.post(reverse("account_login"), {"login": acme.approver.email, "password": PASSWORD, "next": target})
        inside = browser.get(reverse("account_login"), {"next": target})
        assert (answer.headers["Location"], inside.headers["Location"]) == ("/", "/"), f"{number}: {target!r}"


def test_sec11_nothing_signs_in_or_out_by_being_opened(acme):
    typed = {"login": acme.approver.email, "password": PASSWORD}
    browser = Browser()
    browser.get(reverse("account_login"), typed)
    nobody = is_in(browser)
    sign_in(acme.approver, browser=browser)
    browser.get(reverse("account_logout"))

    assert (nobody, is_in(browser)) == (False, True)


def test_sec11_an_address_of_before_signs_nobody_in(acme):
    """A code by mail is no note that the address is this person's for ever: it is the provider's to change."""
    browser = Browser()
    browser.post(reverse("account_request_login_code"), {"email": acme.approver.email})
    code = next(line for line in mail_to(acme.approver).body.splitlines() if line and line.upper() == line and " " not in line)
    browser.post(reverse("account_confirm_login_code"), {"code": code})
    entered = is_in(browser)
    Person.objects.filter(pk=acme.approver.pk).update(email="new@acme.example")

    Browser().post(reverse("account_request_login_code"), {"email": "anna@acme.example"})

    assert entered
    assert EmailAddress.objects.filter(verified=True).count() == 0
    assert Notice.objects.latest("pk").person is None
