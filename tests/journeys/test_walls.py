"""Their own people find every address with an id, and may act there (rules C14, R6).

A new address with an id in it fails here until it has a line in `belongings`. What strangers and everybody else are
answered there stands in `tests/proofs/access_matrix.txt`.
"""

from datetime import date

import pytest
import time_machine
from django.urls import reverse

from credits import topups
from tests.cast import NOON
from tests.journeys.belongings import A_DAY, addresses, belongings, browser_of
from tests.sessions.factories import a_submitted_session

pytestmark = pytest.mark.django_db


@pytest.fixture
def own(cast, acme, borealis):
    """For every address with an id in it, something of Acme's."""
    return belongings(cast, acme)


@time_machine.travel(NOON, tick=False)
def test_every_address_with_an_id_is_known_here(own):
    assert sorted(addresses()) == sorted(own)


@time_machine.travel(NOON, tick=False)
def test_their_own_people_find_every_page(own):
    found = {}
    for name, address in own.items():
        if not address.acts_only:
            found[name] = browser_of(address.person).get(reverse(name, kwargs=address.ids)).status_code

    ask_for_the_password_again = ["client-data-file", "my-data-file"]
    assert found == dict.fromkeys(found, 200) | dict.fromkeys(ask_for_the_password_again, 302)


@time_machine.travel(NOON, tick=False)
def test_their_own_people_may_act_where_only_acts_are(own):
    for name, address in own.items():
        if address.acts_only:
            browser, url = browser_of(address.person), reverse(name, kwargs=address.ids)

            assert browser.post(url).status_code in (200, 302, 409, 422), name


def test_a_statement_lists_nothing_of_anybody_else(cast, acme, borealis):
    with time_machine.travel(NOON, tick=False):
        a_submitted_session(cast, acme, starts_at=NOON - A_DAY, title="Secret of Acme")
        topups.order(account=acme.account, minutes=480, cause="form:1", by=acme.approver, at=NOON, reference="PO Acme")
        pages = [
            "/",
            "/sessions/",
            "/credit/",
            "/top-ups/",
            f"/credit/{borealis.account.pk}/statement/?first=2026-01-01&last={date(2026, 12, 31)}",
        ]
        texts = [browser_of(borealis.approver).get(page, follow=True).content.decode() for page in pages]

    assert not [text for text in texts if "Acme" in text]
