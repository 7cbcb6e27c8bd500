"""Signing in as a browser does, without the browser."""

import re
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.test import Client as Browser
from django.urls import reverse

from notices.models import Notice
from people.models import Person
from tests.cast import PASSWORD

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
"""What an app of the tests makes its codes of."""


def sign_in(person: Person, *, password: str = PASSWORD, browser: Browser | None = None, **typed: Any) -> Browser:
    """A browser in which somebody wrote address and password, right or wrong."""
    used = browser or Browser()
    used.post(reverse("account_login"), {"login": person.email, "password": password, **typed})
    return used


def again(browser: Browser, *, password: str = PASSWORD) -> Browser:
    """The same browser, in which somebody wrote the password once more."""
    browser.post(reverse("account_reauthenticate"), {"password": password})
    return browser


def is_in(browser: Browser) -> bool:
    """Whether somebody is signed in there."""
    return browser.get(reverse("preferences")).status_code == 200


def an_app(person: Person) -> Authenticator:
    """An authenticator app of the person."""
    made: Authenticator = TOTP.activate(person, SECRET).instance
    return made


def code_at(seconds: float) -> str:
    """What the app shows at that time."""
    shown: str = format_hotp_value(hotp_value(SECRET, int(seconds) // 30))
    return shown


def link_in(notice: Notice) -> str:
    """The path of the link in a mail."""
    (path,) = re.findall(r"http://127\.0\.0\.1:8000(/\S+)", notice.body)
    return str(path)


def mail_to(person: Person) -> Notice:
    """The latest mail to the person."""
    return Notice.objects.filter(address=person.email).latest("pk")


def asks_for_a_code(person: Person) -> tuple[Browser, str]:
    """A browser to which a code was mailed, and the code."""
    browser = Browser()
    browser.post(reverse("account_request_login_code"), {"email": person.email})
    lines = mail_to(person).body.splitlines()
    return browser, next(line for line in lines if line and line.upper() == line and " " not in line)
