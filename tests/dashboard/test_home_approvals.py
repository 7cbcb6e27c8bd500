"""What a client's home page says waits for the reader's yes as an approver (rules: People, C16)."""

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from credits import topups, transfers
from credits.accounts import open_account
from credits.transfers import Wish
from sessions.confirmation import confirm
from tests.approving import a_deputy, an_approver, limited, only
from tests.cast import NOON
from tests.credits.posting import grant
from tests.sessions.factories import a_submitted_session

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def dora(acme):
    return an_approver(acme, "Dora", limit=0)


def home(client_of, person):
    return " ".join(client_of(person).get("/").content.decode().replace("\xa0", " ").split())


def order(acme, *, cause="form:1"):
    limited(acme, 0)
    return topups.order(account=acme.account, minutes=480, cause=cause, by=acme.approver, at=NOON)


def test_an_order_waits_for_who_can_be_the_second_approver(acme, dora, client_of):
    url = reverse("topup-approval", args=[order(acme).pk])

    pages = {person: url in home(client_of, person) for person in (acme.approver, acme.requester, dora)}

    assert pages == {acme.approver: False, acme.requester: False, dora: True}
    assert "Order 8 h for SEK 12,000.00?" in home(client_of, dora)


def test_c16_a_transfer_waits_for_the_side_that_has_not_agreed(acme, dora, client_of):
    branch = open_account(organisation=acme.organisation, name="Branch")
    only(acme.account, acme.approver)
    only(branch, dora)
    wish = Wish(source=acme.account, target=branch, minutes=60, reason="Their share")
    transfers.propose(wish=wish, cause="form:1", by=acme.approver, at=NOON)

    assert "Move 1 h from IT to Branch?" in home(client_of, dora)
    assert "Move 1 h from IT" not in home(client_of, acme.approver)


def test_c8_hours_with_a_first_yes_wait_for_the_second_approver(cast, acme, dora, client_of):
    limited(acme, 0)
    session = a_submitted_session(cast, acme)
    confirm(session=session, by=acme.approver, at=NOON)

    assert "Look and confirm" in home(client_of, dora)
    assert "An approver confirms them: Dora Testsson" in home(client_of, acme.approver)


def test_c16_only_accounts_to_spend_from_offer_a_booking(acme, dora, client_of):
    grant(acme.account, 60)
    only(acme.account, dora)

    pages = [home(client_of, person) for person in (dora, acme.requester, acme.approver)]

    assert [f"/sessions/new/?account={acme.account.pk}" in page for page in pages] == [True, False, False]
    assert [reverse("topup-new", args=[acme.account.pk]) in page for page in pages] == [True, False, False]


def test_a_deputy_finds_the_word_to_top_up_and_what_waits(cast, acme, client_of):
    a_submitted_session(cast, acme)
    assert reverse("topup-orders") not in home(client_of, acme.requester)

    a_deputy(acme, acme.requester)

    page = home(client_of, acme.requester)
    assert reverse("topup-orders") in page
    assert "Look and confirm" in page
    assert reverse("deputies") in page


def test_much_that_waits_takes_as_many_queries_as_little(cast, acme, dora, client_of):
    def something(number):
        order(acme, cause=f"form:{number}")
        branch = open_account(organisation=acme.organisation, name=f"Branch {number}")
        only(branch, dora)
        only(acme.account, *([acme.approver, dora] if number == 1 else []))
        wish = Wish(source=acme.account, target=branch, minutes=60, reason="Their share")
        transfers.propose(wish=wish, cause=f"transfer:{number}", by=acme.approver, at=NOON)

    browser = client_of(dora)
    something(1)
    with CaptureQueriesContext(connection) as little:
        browser.get("/")
    something(2)
    something(3)

    with CaptureQueriesContext(connection) as much:
        browser.get("/")

    assert len(much) == len(little)
