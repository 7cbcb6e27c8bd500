"""The private calendar at its address, as calendar programs read it, and the page about it (rules R4, SPD11)."""

import logging
import re
from datetime import timedelta
from hashlib import sha256
from io import StringIO

import pytest
import time_machine
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from core.logs import Without
from sessions import changes, feeds
from sessions.models import CalendarFeed, SessionTerms
from tests.cast import NOON
from tests.sessions.booked import TUESDAY, book
from tests.sessions.factories import a_session
from tests.sessions.feeding import address, by_title, fetch, many_sessions

pytestmark = pytest.mark.django_db
PAGE, MAKE, DROP = "/me/calendar/", "/me/calendar/address/", "/me/calendar/removal/"
SHOWN = re.compile(r'value="(http://[^"]+/calendar/([\w-]{43})\.ics)"')


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON, tick=False):
        yield


def make(browser: Browser) -> str:
    """The token that the page shows."""
    return SHOWN.search(browser.post(MAKE).content.decode()).group(2)


# At the address.


def test_r4_a_program_reads_the_calendar_without_signing_in(cast, acme):
    a_session(cast, acme)
    token = feeds.make_feed(person=acme.requester, at=NOON)

    response = fetch(token)

    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert response.headers["Cache-Control"] == "private, max-age=0, must-revalidate"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["X-Robots-Tag"] == "noindex"
    assert response.headers["ETag"] == f'"{sha256(response.content).hexdigest()}"'
    assert list(by_title(response.content)) == ["Disk is full"]


def test_r4_head_is_answered_and_nothing_else_is(acme):
    token = feeds.make_feed(person=acme.requester, at=NOON)
    browser = Browser()

    assert (browser.head(address(token)).status_code, browser.head(address(token)).content) == (200, b"")
    assert {getattr(browser, verb)(address(token)).status_code for verb in ("post", "put", "patch", "delete")} == {405}


@pytest.mark.parametrize("token", ["x", "A" * 43, "é", "%00", "x" * 5000, "..%2f..", "A" * 42 + "\n"])
def test_r4_unknown_tokens_find_nothing_and_lead_nowhere(acme, token):
    feeds.make_feed(person=acme.requester, at=NOON)

    assert Browser().get(f"/calendar/{token}.ics").status_code == 404


def test_r4_the_hash_in_the_database_opens_nothing(acme):
    feeds.make_feed(person=acme.requester, at=NOON)

    assert fetch(CalendarFeed.objects.get().token_hash).status_code == 404


def test_r4_somebody_who_may_no_longer_sign_in_has_no_calendar(acme):
    token = feeds.make_feed(person=acme.requester, at=NOON)
    acme.requester.is_active = False
    acme.requester.save()

    assert fetch(token).status_code == 404


def test_r4_a_renewed_address_is_dead_at_once_and_a_removed_one_too(acme):
    first = feeds.make_feed(person=acme.requester, at=NOON)
    second = feeds.make_feed(person=acme.requester, at=NOON)
    assert (fetch(first).status_code, fetch(second).status_code) == (404, 200)

    feeds.drop_feed(person=acme.requester, at=NOON)

    assert (fetch(second).status_code, CalendarFeed.objects.count()) == (404, 0)
    with pytest.raises(feeds.NoFeed):
        feeds.drop_feed(person=acme.requester, at=NOON)


# Unchanged.


def test_spd11_a_thousand_events_unchanged_are_answered_with_three_queries_that_read_no_document(cast, acme):
    many_sessions(cast, acme, 1000)
    token = feeds.make_feed(person=acme.requester, at=NOON)
    first = fetch(token)
    assert len(by_title(first.content)) == 1
    assert first.content.count(b"BEGIN:VEVENT") == 1000

    with CaptureQueriesContext(
        connection,
    ) as queries:
        again = fetch(token, if_none_match=first.headers["ETag"])

    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    assert len(queries) <= 3
    assert not [query for query in queries if '"document"' in query["sql"] or query["sql"].startswith("UPDATE")]


def test_spd11_the_document_is_written_once_per_change(cast, acme):
    session = book(cast, acme, credit=60)
    token = feeds.make_feed(person=acme.requester, at=NOON)
    first = fetch(token)
    written = CalendarFeed.objects.get().written_at

    with time_machine.travel(NOON + timedelta(minutes=5), tick=False):
        same = fetch(token)
        assert (same.content, CalendarFeed.objects.get().written_at) == (first.content, written)
        changes.cancel(session=session, shown_minutes=0, by=acme.requester, at=NOON + timedelta(minutes=5))
        other = fetch(token, if_none_match=first.headers["ETag"])

    assert other.status_code == 200
    assert list(by_title(other.content)) == ["Cancelled: Disk is full"]
    assert CalendarFeed.objects.get().written_at == NOON + timedelta(minutes=5)


def test_spd11_written_anew_after_a_day_it_is_the_same_to_the_byte(cast, acme):
    book(cast, acme, credit=60)
    token = feeds.make_feed(person=acme.requester, at=NOON)
    first = fetch(token)

    with time_machine.travel(NOON + timedelta(days=1), tick=False):
        again = fetch(token, if_none_match=first.headers["ETag"])

    assert again.status_code == 304
    assert CalendarFeed.objects.get().written_at == NOON + timedelta(days=1)


@pytest.mark.parametrize("changed", ["language", "time_zone", "terms", "purpose", "provider"])
def test_spd11_whatever_it_says_something_of_makes_it_written_anew(cast, acme, changed):
    book(cast, acme, credit=60)
    token = feeds.make_feed(person=acme.requester, at=NOON)
    fetch(token)
    before = CalendarFeed.objects.get().fingerprint

    _change(cast, acme, changed)
    fetch(token)

    assert CalendarFeed.objects.get().fingerprint != before


def _change(cast, acme, changed):
    if changed == "terms":
        SessionTerms.objects.update(cancelled_kept_days=3)
    elif changed == "purpose":
        cast.purpose.name_en = "Servers"
        cast.purpose.save()
    elif changed == "provider":
        cast.provider.name = "Another"
        cast.provider.save()
    else:
        setattr(acme.requester, changed, {"language": "sv", "time_zone": "Asia/Tokyo"}[changed])
        acme.requester.save()


# The page.


def test_r4_the_address_is_shown_once_and_only_its_hash_is_kept(cast, acme, client_of):
    browser = client_of(acme.requester)
    assert "You have no address yet" in browser.get(PAGE).content.decode()

    made = browser.post(MAKE)

    shown, token = SHOWN.search(made.content.decode()).groups()
    assert "no-store" in made.headers["Cache-Control"]
    assert f'value="webcal:{shown.partition(":")[2]}"' in made.content.decode()
    assert fetch(token).status_code == 200
    later = browser.get(PAGE).content.decode()
    assert "It was made Wed 18 Nov 12:00." in later
    assert token not in later
    assert CalendarFeed.objects.get().token_hash == sha256(token.encode()).hexdigest()


def test_r4_making_another_ends_the_first(acme, client_of):
    browser = client_of(acme.requester)

    first, second = make(browser), make(browser)

    assert (fetch(first).status_code, fetch(second).status_code) == (404, 200)


def test_r4_an_address_is_removed_and_a_second_time_that_is_said(acme, client_of):
    browser = client_of(acme.requester)
    token = make(browser)

    assert "get nothing more" in browser.post(DROP, follow=True).content.decode()
    assert fetch(token).status_code == 404
    assert "You have no calendar address." in browser.post(DROP, follow=True).content.decode()


def test_r4_staff_have_the_page_too(cast, client_of):
    browser = client_of(cast.tessa.person)

    assert fetch(make(browser)).status_code == 200


def test_r4_everybody_finds_the_page_and_nobody_else_does(acme, client_of):
    assert PAGE in client_of(acme.requester).get("/me/").content.decode()
    assert [Browser().get(PAGE).status_code, Browser().post(MAKE).status_code, Browser().post(DROP).status_code] == [302] * 3
    assert [client_of(acme.requester).get(url).status_code for url in (MAKE, DROP)] == [405, 405]


def test_r4_one_persons_address_says_nothing_of_anothers(cast, acme, borealis):
    book(cast, acme, credit=60, title="Acme’s disk")
    book(cast, borealis, credit=60, title="Borealis’s disk", starts_at=TUESDAY + timedelta(hours=2))

    ours, theirs = (fetch(feeds.make_feed(person=client.requester, at=NOON)) for client in (acme, borealis))

    assert list(by_title(ours.content)) == ["Acme’s disk"]
    assert list(by_title(theirs.content)) == ["Borealis’s disk"]
    assert "Borealis" not in ours.content.decode()


# Nowhere else.


def test_r4_the_token_is_in_no_log_of_ours_even_where_something_goes_wrong(acme, monkeypatch):
    token, log = feeds.make_feed(person=acme.requester, at=NOON), StringIO()
    (console,) = [handler for handler in logging.getLogger().handlers if any(isinstance(each, Without) for each in handler.filters)]
    assert isinstance(console, logging.StreamHandler)
    before = console.setStream(log)
    try:
        Browser().post(address(token))
        Browser().get(address(token), headers={"if-match": '"other"'})
        Browser(enforce_csrf_checks=True).post(address(token))
        Browser().get(address("x" + token))
        monkeypatch.setattr(feeds, "edition", None)
        Browser(raise_request_exception=False).get(address(token))
    finally:
        console.setStream(before)

    assert log.getvalue().count("/calendar/….ics") >= 5
    assert token not in log.getvalue()
