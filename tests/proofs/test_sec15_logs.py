"""SEC15. A run through many pages and all jobs, and what it logged holds nothing of people, forms, or keys (rules R3, R4)."""

import json
import logging
from io import StringIO

import pytest
import time_machine
from django.conf import settings as product
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from config.logs import SHARED
from core import logs
from dashboard.due import FETCHERS, JOBS, run_due
from people.models import Person
from sessions import feeds
from tests.cast import NOON, PASSWORD
from tests.journeys.belongings import belongings, browser_of
from tests.proofs import addresses
from tests.proofs.sizes import LARGE, SIZE, say

pytestmark = pytest.mark.django_db
TYPED = "typed-words-of-a-client"
FACTS = {"timestamp", "level", "logger", "event", "request", "code", "ms", "request_id", "person_id", "job", "job_id", "exception"}


@pytest.fixture
def log():
    """Whatever reaches the log, as the product writes it."""
    written, handler, root = StringIO(), logging.StreamHandler(), logging.getLogger()
    handler.setStream(written)
    handler.setFormatter(logs.formatter("json", SHARED))
    root.addHandler(handler)
    yield written
    root.removeHandler(handler)


def test_sec15_no_log_tells_of_people_forms_or_keys(log, cast, acme, borealis, monkeypatch):
    with time_machine.travel(NOON, tick=False):
        own = belongings(cast, acme)
        token = feeds.make_feed(person=acme.requester, at=NOON)
        asked = walk(own, browser_of(acme.approver), 0) + walk(own, browser_of(cast.ada), 6)
        stranger = Client(raise_request_exception=False)
        wrong = {"login": acme.approver.email, "password": f"wrong-{PASSWORD}"}
        stranger.post("/accounts/login/", wrong, headers={"Authorization": f"Bearer {TYPED}"})
        stranger.get(
            f"/calendar/x{token}.ics?q={TYPED}", headers={"Cookie": f"a={TYPED}", "User-Agent": TYPED, "Referer": f"http://x/{TYPED}"}
        )
        Client(enforce_csrf_checks=True).post(f"/accounts/password/reset/key/1-{'0a1b2c' * 6}/", {"password1": TYPED})
        run_due(at=timezone.now(), jobs={name: job for name, job in JOBS.items() if job not in FETCHERS} | {"break": broken})
        secrets = kept_from_logs(token)

    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    say("SEC15", requests=asked, lines=len(lines), secrets=len(secrets))
    assert asked >= 40
    assert {name for line in lines for name in line} <= FACTS
    assert [secret for secret in secrets if secret in log.getvalue()] == []
    assert len({line["request"] for line in lines if "request" in line}) >= 20


def broken(at):
    """A job that fails with something in its hand that it must not show."""
    raise IntegrityError(f"duplicate key\nDETAIL:  Key (email, words)=({TYPED}@acme.example, {TYPED}) already exists.")


def walk(own, browser, first):
    """Ask for every twelfth page from `first` on, with something typed in each; how many that were."""
    pages = [address for address in addresses.ours() if address.name in own or not address.ids]
    some = pages if SIZE is LARGE else pages[first::12]
    for address in some:
        browser.get(url_of(address, own) + f"?q={TYPED}")
        browser.post(url_of(address, own), {"text": TYPED, "subject": TYPED, "email": f"{TYPED}@acme.example"})
    return 2 * len(some)


def url_of(address, own):
    return reverse(address.name, kwargs=own[address.name].ids if address.ids else {})


def kept_from_logs(token):
    """What must not stand there."""
    people = list(Person.objects.all())
    names = [person.email for person in people] + [person.name for person in people] + [person.mobile for person in people if person.mobile]
    return [*names, TYPED, PASSWORD, token, product.SECRET_KEY, *product.SEALING_KEYS, "Disk is full"]
