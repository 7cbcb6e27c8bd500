"""The account manager sees what has waited too long at their clients (rules: People)."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clients.models import Organisation, StaffDuty
from credits import topups, transfers
from credits.accounts import open_account
from credits.transfers import Wish
from sessions import consents, disputes
from sessions.models import WorkEntry
from tests.approving import an_approver, limited, only
from tests.cast import NOON, a_client, a_colleague
from tests.sessions.factories import a_started_session, a_submitted_session

pytestmark = pytest.mark.django_db
A_DAY = timedelta(days=1)
BEFORE = NOON - 7 * A_DAY
LIST = reverse("desk-clients")


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


def text(response):
    return " ".join(response.content.decode().replace("\xa0", " ").split())


def something_of_everything(cast, client, *, number=1):
    """Hours, a question, a dispute, an order and a transfer that wait for a week."""
    day = BEFORE - number * 3 * A_DAY
    a_submitted_session(cast, client, submitted_at=BEFORE, starts_at=day, title=f"Hours {number}")
    running = a_started_session(cast, client, starts_at=day + timedelta(hours=3), title=f"Question {number}")
    consents.ask_consent(session=running, minutes=120, reason="More", by=cast.tessa.person, at=BEFORE)
    disputed = a_submitted_session(cast, client, submitted_at=BEFORE, starts_at=day + timedelta(hours=6), title=f"Dispute {number}")
    claims = {WorkEntry.objects.get(session=disputed).pk: 10}
    disputes.dispute(session=disputed, claims=claims, reason="x", by=client.approver, at=BEFORE)
    limited(client, 0)
    topups.order(account=client.account, minutes=480, cause=f"form:{number}", by=client.approver, at=BEFORE)
    limited(client, None)
    branch = open_account(organisation=client.organisation, name=f"Branch {number}")
    only(branch, an_approver(client, f"Emil{number}"))
    wish = Wish(source=client.account, target=branch, minutes=60, reason="Their share")
    transfers.propose(wish=wish, cause=f"form:{client.organisation}:{number}", by=client.approver, at=BEFORE)


def test_the_account_manager_sees_all_that_waits_too_long(cast, acme, client_of):
    an_approver(acme, "Dora")
    something_of_everything(cast, acme)

    page = text(client_of(cast.max).get(LIST))

    assert "Waits too long" in page
    for said in (
        "Hours 1",
        "Hours to confirm",
        "Question 1",
        "Dispute 1",
        "Order of 8 h",
        "1 h from IT to Branch 1",
        "Acme · Waits for approval",
    ):
        assert said in page


def test_what_has_not_waited_long_does_not_stand_there(cast, acme, client_of):
    a_submitted_session(cast, acme, submitted_at=NOON, starts_at=NOON - A_DAY)

    assert "Waits too long" not in text(client_of(cast.max).get(LIST))


def test_only_who_looks_after_the_client_sees_it(cast, acme, client_of):
    an_approver(acme, "Dora")
    something_of_everything(cast, acme)
    mona, deputy = a_colleague("Mona", StaffDuty.ACCOUNT_MANAGER), a_colleague("Dagny", StaffDuty.ACCOUNT_MANAGER)
    Organisation.objects.update(deputy_manager=deputy)

    seen = {person.name.split()[0]: "Waits too long" in text(client_of(person).get(LIST)) for person in (mona, deputy, cast.fia, cast.ada)}

    assert seen == {"Mona": False, "Dagny": True, "Fia": False, "Ada": True}


def test_much_that_waits_takes_as_many_queries_as_little(cast, acme, client_of):
    an_approver(acme, "Dora")
    browser = client_of(cast.max)
    something_of_everything(cast, acme)
    with CaptureQueriesContext(connection) as little:
        browser.get(LIST)
    something_of_everything(cast, acme, number=2)
    other = a_client(cast, "Other")
    an_approver(other, "Dora")
    something_of_everything(cast, other, number=3)

    with CaptureQueriesContext(connection) as much:
        assert "Dispute 3" in text(browser.get(LIST))

    assert len(much) == len(little)
