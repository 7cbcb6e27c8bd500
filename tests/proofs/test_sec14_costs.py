"""SEC14. What costs us much is given a bounded number of times a minute, to each person and to each client (OWASP ASVS 5, 2.4.1)."""

from datetime import timedelta

import pytest
import time_machine
from django.db import OperationalError, connection
from django.test import Client as Browser
from django.test import override_settings
from django.urls import reverse

from config.settings import COSTLY_A_MINUTE
from core import rate_limits
from core.models import Tally
from people.models import Person
from tests.cast import NOON
from tests.journeys.belongings import belongings, browser_of
from tests.proofs import addresses
from tests.proofs.sizes import say

pytestmark = pytest.mark.django_db
CHEAP = {"case-file", "desk-mail-in-bytes", "desk-delivery-evidence", "security-txt", "healthz", "readyz-pages"}
"""Files as they lie there, which cost a read."""
NEVER = dict.fromkeys(COSTLY_A_MINUTE, (0, 0))


@pytest.fixture(autouse=True)
def _a_fresh_minute():
    for remembered in (rate_limits._here, rate_limits._refused):
        remembered.clear()
    with time_machine.travel(NOON, tick=False):
        yield
    for remembered in (rate_limits._here, rate_limits._refused):
        remembered.clear()


@pytest.fixture
def limits(settings):
    """Sets how many statements on paper a person, and a client, may ask for in a minute."""

    def set_to(person, client):
        settings.COSTLY_A_MINUTE = COSTLY_A_MINUTE | {"paper": (person, client)}

    return set_to


def asked(person: Person, url: str) -> int:
    return browser_of(person).head(url).status_code


def test_sec14_whoever_asks_too_often_is_told_when_to_ask_again_and_others_notice_nothing(acme, borealis, limits):
    limits(2, 10)
    url, theirs = (reverse("statement-pdf", args=[client.account.pk]) for client in (acme, borealis))

    answers = [asked(acme.approver, url) for _ in range(3)]

    assert answers == [200, 200, 429]
    refused = browser_of(acme.approver).get(url)
    assert (refused.status_code, refused.headers["Retry-After"], refused.headers["Cache-Control"]) == (429, "60", "private, no-store")
    assert "Wait 60 seconds, then try again." in refused.content.decode()
    assert browser_of(acme.approver).get("/").status_code == 200
    assert asked(acme.approver, reverse("statement-csv", args=[acme.account.pk])) == 200
    assert (asked(acme.requester, url), asked(borealis.approver, theirs)) == (200, 200)


def test_sec14_the_people_of_one_client_together_are_limited_too(acme, borealis, limits):
    limits(2, 3)
    url, theirs = (reverse("statement-pdf", args=[client.account.pk]) for client in (acme, borealis))

    answers = [asked(person, url) for person in (acme.approver, acme.requester) for _ in range(2)]

    assert answers == [200, 200, 200, 429]
    assert asked(borealis.approver, theirs) == 200


def test_sec14_the_next_minute_begins_anew(acme, limits):
    limits(1, 10)
    url = reverse("statement-pdf", args=[acme.account.pk])
    with time_machine.travel(NOON + timedelta(seconds=45), tick=False):
        assert asked(acme.approver, url) == 200
        assert browser_of(acme.approver).head(url).headers["Retry-After"] == "15"

    with time_machine.travel(NOON + timedelta(seconds=60), tick=False):
        assert asked(acme.approver, url) == 200


def test_sec14_the_page_is_calm_in_swedish_too(acme, limits):
    limits(0, 10)
    Person.objects.filter(pk=acme.approver.pk).update(language="sv")

    page = browser_of(acme.approver).get(reverse("statement-pdf", args=[acme.account.pk])).content.decode()

    assert '<html lang="sv"' in page


def test_sec14_a_calendar_counts_by_its_address_which_is_kept_nowhere(cast, acme, settings):
    settings.COSTLY_A_MINUTE = COSTLY_A_MINUTE | {"calendar": (1, 1)}
    url = reverse("calendar-feed", kwargs=belongings(cast, acme)["calendar-feed"].ids)

    answers = [Browser().get(url).status_code for _ in range(2)] + [Browser().get("/calendar/another.ics").status_code]

    assert answers == [200, 429, 404]
    kept = [name for _minute, name in rate_limits._here]
    assert len(kept) == 2
    assert not [name for name in kept if url.split("/")[-1].removesuffix(".ics") in name]


def test_sec14_to_refuse_again_asks_no_database_and_says_the_same(acme, limits, django_assert_num_queries):
    limits(1, 10)
    Person.objects.filter(pk=acme.approver.pk).update(language="sv")
    browser, url = browser_of(acme.approver), reverse("statement-pdf", args=[acme.account.pk])
    first, refused = (browser.get(url) for _ in range(2))

    with django_assert_num_queries(0):
        again = browser.get(url)

    assert (first.status_code, refused.status_code, again.status_code) == (200, 429, 429)
    assert (again.content, again.headers["Retry-After"]) == (refused.content, "60")
    assert '<html lang="sv"' in again.content.decode()
    assert (browser.get("/").status_code, browser.head(reverse("statement-csv", args=[acme.account.pk])).status_code) == (200, 200)
    with time_machine.travel(NOON + timedelta(seconds=60), tick=False):
        assert browser.get(url).status_code == 200


def test_sec14_what_is_remembered_of_the_refused_is_no_secret_and_bounded(cast, acme, settings, django_assert_num_queries):
    settings.COSTLY_A_MINUTE = NEVER
    feed = reverse("calendar-feed", kwargs=belongings(cast, acme)["calendar-feed"].ids)
    signed_in, somebody = browser_of(acme.approver), Browser()
    signed_in.get(reverse("session-new"))
    somebody.get(feed)
    with django_assert_num_queries(0):
        assert somebody.get(feed).status_code == 429

    for number in range(3):
        somebody.cookies[settings.SESSION_COOKIE_NAME] = f"made up {number}"
        assert somebody.get(feed).status_code == 429

    kept = {known for known, _kind in rate_limits._refused}
    assert len(kept) == 2
    assert all(len(known) == 64 for known in kept)
    assert not kept & {signed_in.cookies[settings.SESSION_COOKIE_NAME].value, feed}


def test_sec14_every_address_that_makes_a_file_or_searches_is_limited(cast, acme, settings):
    own = belongings(cast, acme)
    free = []
    for address in addresses.ours():
        person, ids = (own[address.name].person, own[address.name].ids) if address.ids else (cast.ada, {})
        url = reverse(address.name, kwargs=ids)
        with override_settings(COSTLY_A_MINUTE=dict.fromkeys(COSTLY_A_MINUTE, (9_999, 9_999))):
            given = browser_of(person).get(url)
        if given.status_code == 200 and not given.headers["Content-Type"].startswith("text/html"):
            with override_settings(COSTLY_A_MINUTE=NEVER):
                free += [address.name] if browser_of(person).get(url).status_code != 429 else []

    say("SEC14", costly=len(settings.COSTLY_ADDRESSES), free=sorted(free))
    assert set(free) == CHEAP
    assert settings.COSTLY_ADDRESSES.keys() <= {address.name for address in addresses.ours()}


def test_sec14_what_cannot_be_counted_is_let_through(acme, limits):
    limits(1, 1)

    def locked(execute, sql, params, many, context):
        if "core_tally" in sql:
            raise OperationalError
        return execute(sql, params, many, context)

    url = reverse("statement-pdf", args=[acme.account.pk])

    with connection.execute_wrapper(locked):
        assert [asked(acme.approver, url) for _ in range(2)] == [200, 200]


def test_sec14_what_was_counted_is_forgotten(acme, limits):
    limits(1, 1)
    asked(acme.approver, reverse("statement-pdf", args=[acme.account.pk]))

    assert rate_limits.forget_before(NOON.timestamp()) == 0
    assert rate_limits.forget_before(NOON.timestamp() + 60) == 2
    assert not Tally.objects.exists()
