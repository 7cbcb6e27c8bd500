"""What somebody sends who wishes us ill, or whose program is broken; drawn by a seed, so that it can be sent again."""

import random
import re
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.test import Client as Browser
from django.urls import reverse

from clients.models import StaffDuty
from people.models import Person
from tests.cast import Cast, Client, a_colleague
from tests.journeys.belongings import belongings, browser_of
from tests.journeys.visitor import Form, Page

TAG = '"><img src=x onerror=alert(1)>'
NUMBERS = ["-1", "0", "1.5", "1,5", "1e400", "NaN", "-Infinity", "0x10", "²", "٣", "2147483648", "9223372036854775808", "9" * 5000]
DAYS = ["0001-01-01", "9999-12-31", "2026-02-30", "10000-01-01", "12/31/9999", "00:00", "24:00", "02:30", "23:59:59.999999"]
INSTANTS = [
    "0001-01-01T00:00:00+00:00",
    "9999-12-31T23:59:59-23:59",
    "2098-12-31T23:59:59-12:00",
    "2026-11-24T09:00:00+24:00",
    "2026-11-24T09:00",
    "2026-11-24T08:00:00.000001+00:00",
    "2026-W48-2T08:00:00+00:00",
]
TEXTS = ["", " ", "a\x00b", "🦊" * 50, "\u202eevil", "\r\nBcc: x@evil.example", TAG, "{{ 7 }}%s%(x)s", "' OR 1=1 --", "x" * 501, "x" * 4001]
CHOICES = ["on", "None", "[]", "99999999", "give", "refuse", "uphold", "correct", "preview", "access", "days", "hours", "ordered"]
HUGE = "A" * 1_000_000
ASKED = [
    "page",
    "from",
    "first",
    "last",
    "on",
    "date",
    "state",
    "q",
    "account",
    "purpose",
    "minutes",
    "technicians",
    "starts_at",
    "at_least",
]


@dataclass
class Door:
    """A form on a page that somebody can open, or the page itself, which can be asked for anything."""

    browser: Browser
    url: str
    form: Form | None
    fields: list[str]


def doors(cast: Cast, acme: Client) -> list[Door]:
    """Every page of the product, as those see it who may, with every form on it."""
    dora = a_colleague("Dora", StaffDuty.DISPATCHER)
    lists = {
        acme.approver: ["sessions", "session-new", "series-list", "series-new", "preferences"],
        cast.max: ["desk-day", "desk-clients", "desk-disputes"],
        cast.fia: ["desk-topups"],
        cast.ada: ["desk-mail", "desk-mails-in", "desk-calendars", "desk-holidays", "desk-audit"],
        dora: ["desk-day", "desk-sessions"],
    }
    wanted = [(address.person, reverse(name, kwargs=address.ids)) for name, address in belongings(cast, acme).items()]
    wanted += [(person, reverse(name)) for person, names in lists.items() for name in names]
    return [door for person, url in wanted for door in _doors(person, url)]


def knock(door: Door, chance: random.Random) -> Any:
    """Send something hostile through the door, and undo what it did; returns the response."""
    with transaction.atomic():
        response = _send(door, chance)
        transaction.set_rollback(True)
    return response


def _doors(person: Person, url: str) -> list[Door]:
    browser = browser_of(person)
    response = browser.get(url)
    if response.status_code != 200 or not response.headers["Content-Type"].startswith("text/html"):
        return []
    page = Page(url, 200, response.content.decode())
    names = set(re.findall(r'name="([^"]+)"', page.html)) - {"viewport", "color-scheme", "htmx-config"}
    forms = [form for form in page.forms if "logout" not in form.action]
    return [Door(browser, url, None, [])] + [Door(browser, form.action or url, form, sorted(names | set(form.fields))) for form in forms]


def _send(door: Door, chance: random.Random) -> Any:
    if door.form is None or door.form.method == "get":
        asked = {name: _value(chance) for name in chance.sample(ASKED, 3)}
        return door.browser.get(door.url, {name: value for name, value in asked.items() if len(value) < 6000})
    fields: dict[str, Any] = {name: list(values) for name, values in door.form.fields.items()}
    if door.form.buttons:
        name, value = chance.choice(sorted(door.form.buttons))
        fields |= {name: [value]} if name else {}
    fields |= {
        name: chance.choice(["x", "1", "2026-11-18", "10:30"]) for name in door.fields if name not in fields and chance.random() < 0.4
    }
    for name in chance.sample(door.fields, min(len(door.fields), chance.choice([1, 1, 2, 4]))):
        fields[name] = [_value(chance) for _ in range(chance.choice([1, 1, 2]))]
    return door.browser.post(door.url, fields)


def _value(chance: random.Random) -> str:
    if chance.random() < 0.01:
        return HUGE
    return chance.choice(chance.choice([NUMBERS, DAYS, INSTANTS, TEXTS, CHOICES]))
