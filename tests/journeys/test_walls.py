"""Nobody sees another client's anything: every address with ids that exist, for its own people and for strangers (C14, R6, X2).

A new address with an id in it fails here until it has a line in `belongings`.
"""

from datetime import date

import pytest
import time_machine
from django.test import Client as Browser
from django.urls import reverse

from clients.models import StaffDuty
from credits import topups
from tests.cast import NOON, a_colleague
from tests.journeys.belongings import A_DAY, addresses, belongings, browser_of
from tests.sessions.factories import a_submitted_session

pytestmark = pytest.mark.django_db


@pytest.fixture
def own(cast, acme, borealis):
    """For every address with an id in it, something of Acme's."""
    return belongings(cast, acme)


@pytest.fixture
def strangers(cast, borealis):
    """Another client's people, a technician who is not assigned, an account manager of others."""
    manager = a_colleague("Mona", StaffDuty.ACCOUNT_MANAGER)
    return [borealis.approver, borealis.requester, cast.theo.person, manager]


@time_machine.travel(NOON, tick=False)
def test_every_address_with_an_id_is_known_here(own):
    assert sorted(addresses()) == sorted(own)


@time_machine.travel(NOON, tick=False)
def test_their_own_people_find_every_page(own):
    found = {}
    for name, address in own.items():
        if not address.acts_only:
            found[name] = browser_of(address.person).get(reverse(name, kwargs=address.ids)).status_code

    assert found == dict.fromkeys(found, 200)


@time_machine.travel(NOON, tick=False)
def test_strangers_find_nothing_anywhere_and_the_same_as_where_nothing_is(own, strangers):
    answers, nowhere = {}, {}
    for name, address in own.items():
        for person in strangers + address.strangers:
            browser, url = browser_of(person), reverse(name, kwargs=address.ids)
            answers[name, person.email] = (browser.get(url).status_code, browser.post(url).status_code)
            nothing = reverse(name, kwargs=dict.fromkeys(address.ids, 999_999))
            nowhere[name, person.email] = (browser.get(nothing).status_code, browser.post(nothing).status_code)

    leaks = {who: statuses for who, statuses in answers.items() if not set(statuses) <= {404, 405}}
    assert leaks == {}
    assert answers == nowhere


@time_machine.travel(NOON, tick=False)
def test_who_is_not_signed_in_is_asked_to_and_nothing_happens(own):
    for name, address in own.items():
        response = Browser().post(reverse(name, kwargs=address.ids))

        assert response.status_code in (302, 405), name
        assert response.status_code == 405 or response.headers["Location"].startswith("/accounts/login/"), name


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
