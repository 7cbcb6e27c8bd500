"""Private calendars, made and read by several at once; real threads and connections (rule R4)."""

import pytest

from sessions import feeds
from sessions.models import CalendarFeed
from tests.cast import NOON, a_client, a_provider
from tests.racing import race
from tests.sessions.booked import book
from tests.sessions.feeding import fetch

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def test_r4_of_addresses_made_at_once_exactly_one_lives():
    acme = a_client(a_provider())

    outcome = race(6, lambda _number: feeds.make_feed(person=acme.requester, at=NOON))

    assert (outcome.errors, outcome.most_inside >= 2) == ([], True)
    assert len(set(outcome.results)) == 6
    assert sorted(fetch(token).status_code for token in outcome.results) == [200, *[404] * 5]


def test_spd11_read_by_many_at_once_it_is_written_once_and_all_get_the_same():
    cast = a_provider()
    acme = a_client(cast)
    book(cast, acme, credit=60)
    token = feeds.make_feed(person=acme.requester, at=NOON)

    outcome = race(6, lambda _number: fetch(token))

    assert (outcome.errors, outcome.most_inside >= 2) == ([], True)
    assert len({(response.status_code, response.content, response.headers["ETag"]) for response in outcome.results}) == 1
    assert f'"{CalendarFeed.objects.get().etag}"' == outcome.results[0].headers["ETag"]
