"""SEC6, SEC11. Nobody is led elsewhere, nothing is believed that a request says of where it came to, no form of elsewhere is taken.

OWASP ASVS 5: 3.5.1 (forgery), 3.7.2 (redirects), 4.1.3 (what proxies say).
"""

import re
from urllib.parse import urljoin, urlsplit

import pytest
import time_machine
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.test import Client as Browser
from django.test import RequestFactory
from django.urls import reverse

from core.middleware import RefusalMiddleware
from credits.ledger.holding import NotEnoughCredit
from notices.models import Notice
from sessions import feeds
from tests.cast import NOON, PASSWORD
from tests.journeys.belongings import browser_of
from tests.journeys.test_hostile_input import WAYS_OUT
from tests.proofs import addresses
from tests.proofs.sizes import SIZE, chance, say

pytestmark = pytest.mark.django_db
TARGETS = [
    *WAYS_OUT,
    *(
        "https://evil.example/",
        "HTTPS:evil.example",
        "https:/evil.example",
        "https:\\\\evil.example",
        "http:evil.example",
        "//evil.example:80",
    ),
    *(
        "//evil%2eexample",
        "//%65vil.example",
        "/%2f/evil.example",
        "/%5cevil.example",
        "/.//evil.example",
        "/..//evil.example",
        "//;@evil.example",
    ),
    *(
        "https://testserver@evil.example",
        "https://testserver%40evil.example",
        "https://evil.example#testserver",
        "https://evil.example?testserver",
    ),
    *(
        "https://evil.example\\@testserver",
        "http://[::1]/",
        "http://[evil.example",
        "http://127.0.0.1.evil.example/",
        "https://ⓔvil.example",
        "//ｅvil.example",
    ),
    *(
        "\x00//evil.example",
        "\x0b//evil.example",
        "\u2028//evil.example",
        "\u00a0//evil.example",
        "vbscript:x",
        "blob:https://evil.example/x",
        "mailto:x@evil.example",
    ),
    *(
        "javascript://testserver/%0aalert(1)",
        "java\nscript:alert(1)",
        "&#106;avascript:alert(1)",
        "data:,x",
        "file:///etc/passwd",
        "tel:+46",
        "//evil.example%00.testserver",
    ),
    *(
        "http://testserver.evil.example/",
        "http://testserver:evil@evil.example/",
        "https://evil.example/testserver",
        "///",
        "//",
        "\\",
        "x" * 5_000,
    ),
]
OURS = {"", "testserver", "localhost", "127.0.0.1", "[::1]"}


def leads_elsewhere(location: str) -> bool:
    """Whether a browser, which takes \\ for / and drops what is blank, would go to another host or run what stands there."""
    asked = re.sub(r"[\t\r\n]", "", location.strip("".join(map(chr, range(33))))).replace("\\", "/")
    try:
        parts = urlsplit(urljoin("http://testserver/here/", asked))
    except ValueError:
        return True
    return parts.scheme not in {"http", "https"} or (parts.hostname or "") not in {host.strip("[]") for host in OURS}


@time_machine.travel(NOON, tick=False)
def test_sec11_no_address_to_go_on_to_leads_elsewhere(cast, acme):
    wrong, tried = [], chance("SEC11").sample(TARGETS, min(SIZE.targets, len(TARGETS)))
    for target in tried:
        cache.clear()
        anna, ada = browser_of(acme.approver), browser_of(cast.ada)
        typed = {"login": acme.approver.email, "password": PASSWORD, "next": target}
        answers = {
            "signing in": Browser().post("/accounts/login/", typed),
            "signed in": anna.get("/accounts/login/", {"next": target}),
            "who it is": anna.post("/accounts/reauthenticate/", {"password": PASSWORD, "next": target}),
            "the password": anna.get("/accounts/password/set/", {"next": target}),
            "preferences": anna.get(
                reverse("preferences"), {"next": target}, headers={"Referer": target.encode("ascii", "replace").decode()}
            ),
            "the administration": ada.get("/admin/login/", {"next": target}),
            "the queue": ada.post(reverse("desk-cases-assign"), {"query": target, "next": target}),
            "signing out": anna.post("/accounts/logout/", {"next": target}),
        }
        wrong += [(what, target) for what, answer in answers.items() if leads_elsewhere(answer.headers.get("Location", "/"))]
        wrong += [(what, target) for what, answer in answers.items() if answer.status_code >= 500]

    say("SEC11 targets", targets=len(tried), asked=8 * len(tried), led_elsewhere=wrong)
    assert len(TARGETS) >= 50
    assert wrong == []


def test_sec11_the_control_a_way_out_is_seen():
    assert [
        target for target in WAYS_OUT if target.strip().startswith(("http:///", "ftp://testserver")) or not leads_elsewhere(target)
    ] != WAYS_OUT
    assert all(leads_elsewhere(target) for target in ("//evil.example", r"/\evil.example", "/\t/evil.example", "javascript:alert(1)"))
    assert not leads_elsewhere("/desk/?a=//evil.example")


def refusal_page(request: HttpRequest) -> str:
    """What somebody reads whose credit is not enough."""
    middleware = RefusalMiddleware(lambda _request: HttpResponse())
    return middleware.process_exception(request, NotEnoughCredit(wanted=60, available=0)).content.decode()


@pytest.mark.parametrize(
    "came_from", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "http://testserver.evil.example/", ""]
)
def test_sec6_the_way_back_from_a_refusal_leads_to_our_own_pages_only(came_from):
    request = RequestFactory().get("/", headers={"Referer": came_from})

    page = refusal_page(request)

    assert "evil.example" not in page
    assert "javascript:" not in page


def test_sec6_the_way_back_from_a_refusal_is_where_one_was():
    request = RequestFactory().get("/", headers={"Referer": "http://testserver/sessions/1/"})

    page = refusal_page(request)

    assert 'href="http://testserver/sessions/1/"' in page


@pytest.mark.parametrize(
    "claimed",
    [{"Host": "evil.example"}, {"X-Forwarded-Host": "evil.example"}, {"Forwarded": "host=evil.example"}, {"X-Host": "evil.example"}],
    ids=lambda claimed: next(iter(claimed)),
)
def test_sec6_no_mail_and_no_address_is_built_of_what_a_request_calls_its_host(acme, settings, claimed):
    settings.ALLOWED_HOSTS = ["*"]
    cache.clear()

    Browser().post("/accounts/password/reset/", {"email": acme.approver.email}, headers=claimed)
    made = browser_of(acme.approver).post(reverse("my-calendar-make"), headers=claimed).content.decode()

    (notice,) = Notice.objects.filter(cause__startswith="sign-in:")
    assert f"{settings.BASE_URL}/accounts/password/reset/key/" in notice.body
    assert "evil.example" not in notice.body + render_to_string("notices/mail.html", {"notice": notice}) + made
    assert f"{settings.BASE_URL}/calendar/" in made


def test_sec6_a_calendar_names_no_host_of_a_request(cast, acme, settings):
    settings.ALLOWED_HOSTS = ["*"]
    url = reverse("calendar-feed", args=[feeds.make_feed(person=acme.requester, at=NOON)])

    assert b"evil.example" not in Browser().get(url, headers={"Host": "evil.example"}).content


def test_sec4_no_form_of_elsewhere_is_taken_at_any_address(cast):
    nobody, ada = Browser(enforce_csrf_checks=True), Browser(enforce_csrf_checks=True)
    ada.force_login(cast.ada)
    urls = [(address.name, address.at_nothing()) for address in addresses.every()]
    urls += [
        ("admin", f"/admin/{path}") for path in ("", "login/", "logout/", "people/person/add/", "password_change/", "clients/organisation/")
    ]
    headers = {"Origin": "https://evil.example", "Referer": "https://evil.example/"}

    ways = [(nobody, {}), (nobody, headers), (ada, {}), (ada, headers)]
    taken = {name for number, (name, url) in enumerate(urls) if not is_refused(ways[number % 4][0], url, ways[number % 4][1])}

    say("SEC4 forms of elsewhere", addresses=len(urls), taken=sorted(taken))
    assert taken == set()


def is_refused(browser: Browser, url: str, headers: dict[str, str]) -> bool:
    """Whether a form without a token is refused, or no form is taken there."""
    return browser.post(url, {"a": "b"}, headers=headers).status_code in {403, 405}
