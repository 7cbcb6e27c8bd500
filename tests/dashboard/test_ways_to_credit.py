"""Who looks after a client finds what waits and what can be corrected from the pages they work with (rules C10, C13, P5)."""

from datetime import date, timedelta

import pytest
import time_machine
from django.urls import reverse

from clients.models import Agreement
from credits import closing
from tests.cast import at_stockholm
from tests.sessions.penalised import POSTED, a_late_cancellation, disputed

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def a_week_later():
    with time_machine.travel(POSTED + timedelta(days=10), tick=False) as clock:
        yield clock


@pytest.fixture
def late(cast, acme):
    session, penalty = a_late_cancellation(cast, acme)
    disputed(penalty, acme)
    return session, penalty


def text(response):
    return " ".join(response.content.decode().split())


def test_c10_a_disputed_penalty_stands_in_the_list_of_disputes_and_is_overdue_there(cast, late, client_of):
    page = text(client_of(cast.max).get(reverse("desk-disputes")))

    for said in ("Disputed penalties", "The train stood still", "Overdue", reverse("desk-penalty", args=[late[1].pk])):
        assert said in page
    assert "No disputes" not in page


def test_c10_it_waits_in_the_day_of_the_account_manager(cast, late, client_of):
    page = text(client_of(cast.max).get(reverse("desk-day")))

    assert "A penalty is disputed. Settle it by Mon 30 Nov 14:00." in page
    assert reverse("desk-penalty", args=[late[1].pk]) in page


@pytest.mark.parametrize("name", ["desk-client", "desk-session"])
def test_c13_the_client_and_the_session_lead_to_the_penalty(cast, acme, late, client_of, name):
    number = acme.organisation.pk if name == "desk-client" else late[0].pk

    assert reverse("desk-penalty", args=[late[1].pk]) in text(client_of(cast.max).get(reverse(name, args=[number])))


def test_c13_the_client_leads_to_its_accounts_and_says_which_are_closed(cast, acme, client_of):
    closing.close(account=acme.account, reason="Merged", by=cast.max, at=at_stockholm(2026, 12, 3, 9))

    page = text(client_of(cast.max).get(reverse("desk-client", args=[acme.organisation.pk])))

    assert reverse("desk-account", args=[acme.account.pk]) in page
    assert "Closed" in page


def test_p5_the_client_leads_to_the_agreement_that_waits_to_be_wound_up(cast, acme, client_of, a_week_later):
    Agreement.objects.update(ends_on=date(2026, 12, 1))
    address = reverse("desk-winding-up", args=[Agreement.objects.get().pk])
    browser, client = client_of(cast.max), reverse("desk-client", args=[acme.organisation.pk])

    shown = address in text(browser.get(client))
    a_week_later.move_to(at_stockholm(2026, 11, 30, 23))

    assert (shown, address in text(browser.get(client))) == (True, False)


@pytest.mark.parametrize("name", ["topups", "statement"])
def test_p5_a_closed_account_is_readable_and_not_offered_to_top_up(cast, acme, client_of, name):
    closing.close(account=acme.account, reason="Merged", by=cast.max, at=at_stockholm(2026, 12, 3, 9))

    page = client_of(acme.approver).get(reverse(name, args=[acme.account.pk]))

    assert page.status_code == 200
    assert reverse("topup-new", args=[acme.account.pk]) not in text(page)
