"""SEC13. The headers and cookies of a production installation, whole: a new one, or one that is gone, is a change to look at."""

import pytest
from django.conf import settings as product
from django.test import Client

from config import serving
from tests.cast import PASSWORD
from tests.config.living import HOST, environment, read

pytestmark = pytest.mark.django_db
OURS = ("SECURE", "SESSION_COOKIE", "CSRF_COOKIE", "LANGUAGE_COOKIE", "ALLOWED_HOSTS", "BASE_URL", "CONTENT_SECURITY_POLICY", "X_FRAME")
CHANGING = ("X-Request-ID", "Content-Length", "Content-Language", "Content-Type", "Location", "Vary")
EVERYWHERE = {
    "Content-Security-Policy": "base-uri 'self'; default-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; img-src 'self' data:; object-src 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), "
    "magnetometer=(), microphone=(), midi=(), payment=(), screen-wake-lock=(), serial=(), usb=(), xr-spatial-tracking=()",
    "Referrer-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
NEVER_KEPT = {"Cache-Control": "no-store"}
NEVER_CACHED = {"Cache-Control": "max-age=0, no-cache, no-store, must-revalidate, private"}


@pytest.fixture
def browser(settings, monkeypatch):
    """One that comes by https to the host of production."""
    for name, value in read(monkeypatch, environment()).items():
        if name.startswith(OURS) and name != "SECURE_PROXY_SSL_HEADER":
            setattr(settings, name, value)
    return Client(SERVER_NAME=HOST, headers={"X-Forwarded-Proto": "https"})


def headers(answer):
    found = {name: value for name, value in answer.headers.items() if name not in (*CHANGING, "Expires")}
    return found | {"Content-Security-Policy": "; ".join(sorted(found["Content-Security-Policy"].split("; ")))}


def cookies(answer):
    return {
        name: {key: value for key, value in morsel.items() if value and key not in ("expires", "max-age")}
        for name, morsel in answer.cookies.items()
    }


def test_sec13_headers_of_a_page_for_strangers_and_of_a_private_one(browser, acme):
    sign_in = browser.get("/accounts/login/", secure=True)
    browser.force_login(acme.approver)
    home = browser.get("/", secure=True)

    assert headers(sign_in) == EVERYWHERE | NEVER_CACHED
    assert headers(home) == EVERYWHERE | NEVER_KEPT


@pytest.mark.parametrize("path", ["/no/such/page", "/plans/", "/healthz", "/.well-known/security.txt"])
def test_sec13_other_answers_bear_the_same(browser, cast, path):
    assert headers(browser.get(path, secure=True)) == EVERYWHERE | NEVER_KEPT


def test_sec13_cookies_are_for_this_host_https_and_no_script(browser, acme):
    answer = browser.post("/accounts/login/", {"login": acme.approver.email, "password": PASSWORD}, secure=True)

    strict = {"path": "/", "samesite": "Lax", "secure": True, "httponly": True}
    assert answer.status_code == 302
    assert dict.fromkeys(cookies(answer), strict) == cookies(answer)
    assert (
        {"__Host-sessionid", "__Host-csrftoken"}
        <= set(cookies(answer))
        <= {"__Host-sessionid", "__Host-csrftoken", "known_device", "messages"}
    )


def test_sec13_plain_http_leads_to_https_and_only_machines_may_stay(browser, cast):
    answer = browser.get("/plans/?x=1")

    assert (answer.status_code, answer.headers["Location"]) == (301, f"https://{HOST}/plans/?x=1")
    assert browser.get("/healthz").status_code == 200
    assert browser.get("/healthz", SERVER_NAME="evil.example").status_code == 400


def test_sec13_a_header_of_a_proxy_is_believed_only_where_it_was_named(browser, settings, cast):
    assert browser.get("/plans/").status_code == 301
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert browser.get("/plans/").status_code == 200


def test_sec13_the_server_names_no_version():
    from gunicorn.http import wsgi  # noqa: PLC0415

    assert (wsgi.SERVER, serving.secure_scheme_headers) == ("Tillgodo", {})
    assert not product.DEBUG
