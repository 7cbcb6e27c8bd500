"""The page on which a person sees how they sign in and where (rules: People)."""

from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import decrypt
from allauth.usersessions.models import UserSession
from cryptography.fernet import Fernet
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from notices.models import Notice
from sign_in import jobs
from sign_in.models import SharedCacheEntry
from tests.cast import NOON
from tests.sign_in.signing_in import SECRET, again, an_app, is_in, sign_in

URL = "/me/security/"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 (KHTML, like Gecko) Version/18.0 Safari/604"


def test_it_shows_how_and_where_one_is_signed_in(acme):
    browser, _phone = sign_in(acme.approver), sign_in(acme.approver)
    UserSession.objects.filter(session_key=_phone.session.session_key).update(user_agent=PHONE, ip="198.51.100.7")

    html = browser.get(URL).content.decode()

    assert "Safari, iPhone" in html
    assert "198.51.100.7" in html
    assert html.count("This device") == 1
    assert "Sign out everywhere else" in html


def test_one_sign_in_or_all_others_are_ended(acme):
    here, phone, tablet = (sign_in(acme.approver) for _ in range(3))
    row = UserSession.objects.get(session_key=phone.session.session_key)

    here.post(reverse("sign-in-end", args=[row.pk]))
    one = [is_in(browser) for browser in (here, phone, tablet)]
    here.post(reverse("sign-ins-end"))

    assert one == [True, False, True]
    assert [is_in(browser) for browser in (here, tablet)] == [True, False]


def test_a_strangers_sign_in_is_not_there(acme, borealis, client_of):
    sign_in(acme.approver)

    answer = client_of(borealis.approver).post(reverse("sign-in-end", args=[UserSession.objects.get().pk]))

    assert answer.status_code == 302
    assert UserSession.objects.count() == 1


def test_nobody_in_particular_is_sent_to_sign_in(client, db):
    assert client.get(URL).url == f"/accounts/login/?next={URL}"


@pytest.mark.parametrize("name", ["mfa_activate_totp", "mfa_add_webauthn", "mfa_generate_recovery_codes"])
def test_who_wants_to_change_factors_shows_again_that_it_is_them(acme, name):
    with time_machine.travel(NOON, tick=False) as clock:
        browser = sign_in(acme.approver)
        before = browser.get(reverse(name)).headers["Location"]
        now = again(browser).get(reverse(name)).status_code
        clock.shift(timedelta(minutes=6))
        later = browser.get(reverse(name)).headers["Location"]

    assert now == 200
    assert before == later
    assert later.startswith(reverse("account_reauthenticate"))


def test_m4_a_sign_in_on_a_new_device_is_told_and_on_a_known_one_is_not(acme):
    def told():
        return Notice.objects.filter(address=acme.approver.email, subject="A sign-in on a new device").count()

    browser = sign_in(acme.approver)
    first = told()
    browser.post(reverse("account_logout"))
    sign_in(acme.approver, browser=browser)
    known = told()
    phone = sign_in(acme.approver)
    phone.post(reverse("account_logout"))

    assert (first, known, told()) == (0, 0, 1)
    assert f"http://127.0.0.1:8000{URL}" in Notice.objects.latest("pk").body


def test_a_sign_in_ends_when_it_is_not_used_and_at_the_latest_after_a_week(acme, settings):
    settings.SESSION_IDLE, settings.SESSION_LIFETIME = timedelta(hours=12), timedelta(days=7)
    with time_machine.travel(NOON, tick=False) as clock:
        idle, busy = sign_in(acme.approver), sign_in(acme.approver)
        stays = []
        for _ in range(15):
            clock.shift(settings.SESSION_IDLE - timedelta(minutes=1))
            stays.append(is_in(busy))
        clock.move_to(NOON + settings.SESSION_IDLE)
        left = is_in(idle)

    assert left is False
    assert stays == [True] * 14 + [False]


def test_secrets_of_apps_are_sealed_and_sealed_anew(acme, settings):
    app = an_app(acme.approver)
    before = app.data["secret"]
    settings.SEALING_KEYS = [Fernet.generate_key().decode(), *settings.SEALING_KEYS]

    call_command("reseal", verbosity=0)
    settings.SEALING_KEYS = settings.SEALING_KEYS[:1]
    kept = Authenticator.objects.get().data["secret"]

    assert SECRET not in before
    assert kept != before
    assert decrypt(kept) == SECRET


def test_what_is_over_is_forgotten(acme):
    browser = sign_in(acme.approver)
    key, now = browser.session.session_key, timezone.now()
    Session.objects.filter(session_key=key).update(expire_date=now - timedelta(minutes=1))
    UserSession.objects.update(last_seen_at=now - timedelta(days=2))
    SharedCacheEntry.objects.create(cache_key="old", value="", expires=now - timedelta(days=1))

    assert jobs.forget_ended(at=now) == 1
    assert (jobs.forget_ended(at=now), UserSession.objects.count()) == (0, 0)
    assert not SharedCacheEntry.objects.filter(cache_key="old").exists()
