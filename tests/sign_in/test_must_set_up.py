"""Staff sign in with a second factor, where the installation says so, and reach nothing without one (OWASP ASVS 5, 6.3.3)."""

import pytest
from django.test import Client as Browser
from django.urls import NoReverseMatch, get_resolver, reverse
from django.urls.resolvers import URLResolver

from sign_in.must_set_up import OPEN
from tests.sign_in.signing_in import an_app, is_in, sign_in

SECURITY = "/me/security/"


@pytest.fixture(autouse=True)
def _required(settings):
    settings.STAFF_SECOND_FACTOR = True


def names(patterns=None, space=""):
    """Every address that needs no id, the administration's too."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            yield from names(pattern.url_patterns, f"{pattern.namespace}:" if pattern.namespace else space)
        elif pattern.name:
            yield f"{space}{pattern.name}"


def test_sec11_staff_without_a_factor_reach_nothing_but_its_setting_up(cast, client_of):
    browser, led, open_ = client_of(cast.ada), [], set()
    for name in dict.fromkeys(names()):
        try:
            url = reverse(name)
        except NoReverseMatch:
            continue
        if name in OPEN:
            open_.add(name)
            continue
        led.append((browser.get(url), browser.post(url), browser.get(url, headers={"accept": "application/json"})))

    assert len(led) > 60
    assert {answer.headers["Location"] for answer, _post, _data in led} == {SECURITY}
    assert {(post.status_code, data.status_code) for _page, post, data in led} == {(403, 403)}
    assert b"Set one up" in led[0][1].content


@pytest.mark.parametrize("who", ["ada", "max", "fia", "tessa"])
def test_everybody_of_the_provider_is_asked_and_a_factor_opens_the_house(cast, client_of, who):
    person = getattr(cast, who)
    person = getattr(person, "person", person)
    browser = client_of(person)
    before = [browser.get(path).url for path in ("/desk/", "/admin/")]
    page = browser.get(SECURITY)

    an_app(person)

    assert before == [SECURITY, SECURITY]
    assert "Set up an authenticator app or a passkey" in page.content.decode()
    assert browser.get("/desk/", follow=True).status_code == 200


def test_who_lost_the_last_factor_is_led_again_and_clients_are_not_asked(cast, acme, client_of):
    browser, factor = client_of(cast.max), an_app(cast.max)
    before = browser.get("/desk/day/").status_code
    factor.delete()

    assert (before, browser.get("/desk/day/").url) == (200, SECURITY)
    assert client_of(acme.approver).get("/").status_code == 200


def test_parts_of_pages_lead_the_whole_page(cast, client_of):
    answer = client_of(cast.max).get("/desk/", headers={"hx-request": "true"})

    assert (answer.status_code, answer.headers["HX-Redirect"]) == (200, SECURITY)


def test_the_administration_is_entered_by_the_same_door(cast):
    an_app(cast.ada)
    browser = Browser()
    led = browser.get("/admin/", follow=True).redirect_chain[-1][0]
    sign_in(cast.ada, browser=browser)

    assert led.startswith("/accounts/login/?next=")
    assert browser.get("/admin/login/").status_code == 302
    assert not is_in(browser)
    assert browser.get("/admin/password_change/").status_code in (301, 302)


def test_the_demo_asks_nobody(cast, client_of, settings):
    settings.STAFF_SECOND_FACTOR = False

    assert client_of(cast.max).get("/desk/", follow=True).status_code == 200
