"""Devices: what to call one, and which a person has signed in on before.

A browser that somebody signed in on keeps a signed cookie with the numbers of its people. It opens nothing: without it
there is only one mail more, about a sign-in on a device that was not seen before.
"""

import re
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from people.models import Person

COOKIE = "known_device"
FIRST = "sign_in.first"
SALT = "sign_in.devices"
KEPT_FOR = timedelta(days=400)
"""As long as browsers keep any cookie."""
MOST_PEOPLE = 10

BROWSERS = [
    ("Edge", r"Edg(e|A|iOS)?/"),
    ("Opera", r"OPR/"),
    ("Firefox", r"Firefox/|FxiOS/"),
    ("Chrome", r"Chrome/|CriOS/"),
    ("Safari", r"Safari/"),
]
SYSTEMS = [
    ("iPhone", r"iPhone"),
    ("iPad", r"iPad"),
    ("Android", r"Android"),
    ("Windows", r"Windows"),
    ("Mac", r"Macintosh"),
    ("ChromeOS", r"CrOS"),
    ("Linux", r"Linux"),
]


def name_of(user_agent: str) -> str:
    """What to call the device that says so of itself, "Firefox, Windows"; never its own words, which anybody can choose."""
    names = [next((name for name, mark in marks if re.search(mark, user_agent)), "") for marks in (BROWSERS, SYSTEMS)]
    return ", ".join(filter(None, names)) or _("another program")


def is_known(request: HttpRequest, person: Person) -> bool:
    """Whether this person has signed in on this device before."""
    return person.pk in _people(request)


def remember(request: HttpRequest, response: HttpResponse, person: Person) -> None:
    """Let the device keep that this person has signed in on it."""
    people = [person.pk, *_people(request)][:MOST_PEOPLE]
    response.set_cookie(
        COOKIE,
        signing.dumps(people, salt=SALT),
        max_age=KEPT_FOR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _people(request: HttpRequest) -> list[int]:
    try:
        return list(signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=KEPT_FOR))
    except signing.BadSignature:
        return []
