"""Pages about orders above the sum that an approver decides alone (rules: People)."""

from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse

from credits import topups
from credits.models import CreditAccount
from credits.topups import TopUp, TopUpState
from tests.approving import a_deputy, an_approver, limited, only
from tests.cast import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def dora(acme):
    return an_approver(acme, "Dora")


@pytest.fixture
def waiting(acme, dora):
    """An order of Anna's, who decides 100 kr alone."""
    limited(acme, 100)
    return topups.order(account=acme.account, minutes=480, cause="form:0", by=acme.approver, at=NOON)


def text(response):
    return " ".join(response.content.decode().replace("\xa0", " ").split())


def new(acme):
    return reverse("topup-new", args=[acme.account.pk])


def form():
    return {"quantity": "1", "unit": "days", "reference": "", "key": str(uuid4()), "shown_total": "12000.00"}


def approval(top_up):
    return reverse("topup-approval", args=[top_up.pk])


def test_above_the_limit_the_page_says_so_before_and_after_the_order(acme, dora, client_of):
    limited(acme, 100)
    browser = client_of(acme.approver)

    page, ordered = text(browser.get(new(acme))), browser.post(new(acme), form(), follow=True)

    assert "That is above SEK 100.00 without VAT, which you decide alone" in page
    assert "Who can agree: Dora Testsson" in page
    assert "The order of 8 h waits for a second approver" in text(ordered)
    assert "Waits for a second approver" in text(ordered)
    assert TopUp.objects.get().state == TopUpState.AWAITING_APPROVAL


def test_where_nobody_could_agree_the_page_says_what_to_do(acme, client_of):
    limited(acme, 0)
    browser = client_of(acme.approver)

    page, refused = browser.get(new(acme)), browser.post(new(acme), form())

    assert "Ask your account manager to name another approver, or to raise your limit." in text(page)
    assert refused.status_code == 409
    assert "nobody else of yours could be the second approver" in text(refused)
    assert not TopUp.objects.exists()


def test_within_the_limit_the_page_says_nothing_of_it(acme, dora, client_of):
    assert "which you decide alone" not in text(client_of(acme.approver).get(new(acme)))


def test_a_second_approver_reads_it_and_agrees(acme, waiting, dora, client_of):
    browser = client_of(dora)

    page, done = text(browser.get(approval(waiting))), text(browser.post(approval(waiting), follow=True))

    for said in ("Anna Testsson, Wed 18 Nov 12:00", "SEK 9,600.00", "Agree to SEK 12,000.00"):
        assert said in page
    assert "8 h ordered. It becomes credit when the payment has arrived." in done
    assert "approved by Dora Testsson" in done


def test_who_ordered_it_sees_for_whom_it_waits_and_cannot_agree(acme, waiting, client_of):
    browser = client_of(acme.approver)

    page, refused = text(browser.get(approval(waiting))), browser.post(approval(waiting))

    assert "Nothing is ordered until somebody else agrees: Dora Testsson" in page
    assert "Withdraw it" in page
    assert "Agree to" not in page
    assert refused.status_code == 409
    assert "another approver has to agree to it" in text(refused)


def test_it_is_declined_from_the_same_page(acme, waiting, dora, client_of):
    page = text(client_of(dora).get(approval(waiting)))
    client_of(dora).post(reverse("topup-cancel", args=[waiting.pk]))

    waiting.refresh_from_db()
    assert "Decline" in page
    assert (waiting.state, waiting.closed_by) == (TopUpState.CANCELLED, dora)
    assert "Withdrawn" in text(client_of(dora).get(approval(waiting)))
    assert client_of(dora).post(approval(waiting)).status_code == 409


def test_a_requester_reads_it_and_may_not_agree(acme, waiting, client_of):
    browser = client_of(acme.requester)

    assert "Agree to" not in text(browser.get(approval(waiting)))
    assert browser.post(approval(waiting)).status_code == 403


def test_strangers_and_staff_find_nothing(cast, acme, borealis, waiting, client_of):
    for person in (borealis.approver, cast.max, cast.fia):
        assert [client_of(person).get(approval(waiting)).status_code, client_of(person).post(approval(waiting)).status_code] == [404, 404]


def test_finance_does_not_find_it_among_what_is_to_be_paid(cast, waiting, client_of):
    assert "Acme" not in text(client_of(cast.fia).get(reverse("desk-topups")))


def test_a_deputy_sees_the_limit_of_the_approver(acme, dora, client_of):
    limited(acme, 100)
    a_deputy(acme, acme.requester)

    assert "That is above SEK 100.00" in text(client_of(acme.requester).get(new(acme)))


def test_c16_the_reference_of_the_account_stands_in_the_form(acme, client_of):
    CreditAccount.objects.update(reference="PO 4711")

    assert 'value="PO 4711"' in text(client_of(acme.approver).get(new(acme)))
    assert 'value="PO 1"' in text(client_of(acme.approver).get(new(acme), {"reference": "PO 1"}))


def test_c16_an_approver_whom_the_account_does_not_name_reads_who_orders(acme, dora, client_of):
    only(acme.account, dora)
    browser = client_of(acme.approver)

    page, refused = text(browser.get(new(acme))), browser.post(new(acme), form())

    assert "dora@acme.example" in page
    assert "anna@acme.example" not in page.split("</header>")[1]
    assert refused.status_code == 403
