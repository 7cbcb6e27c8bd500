"""The page of automatic top-ups, for clients and at the desk (rules C2, C16)."""

from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse

from clients.models import MemberRole, Membership
from credits import auto_top_ups, topups
from credits.auto_top_ups import AutoTopUp, AutoTopUpState
from tests.approving import an_approver, limited
from tests.cast import NOON
from tests.credits.agreeing import DAY, agreed

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


def typed(**fields):
    return {"below": "2,5", "days": "1,5", "most_a_month": "2", "reference": "PO 4500", "key": str(uuid4())} | fields


def page_of(client):
    return reverse("auto-top-up", args=[client.account.pk])


def at(name, agreement):
    return reverse(f"auto-top-up-{name}", args=[agreement.pk])


def text(response):
    return " ".join(response.content.decode().replace("\xa0", " ").split())


def test_c2_an_approver_agrees_and_sees_what_was_agreed(acme, client_of):
    browser = client_of(acme.approver)
    assert "Let credit be ordered by itself" in text(browser.get(page_of(acme)))

    page = text(browser.post(page_of(acme), typed(), follow=True))

    agreement = AutoTopUp.objects.get()
    assert (agreement.below_minutes, agreement.minutes, agreement.most_a_month, agreement.reference) == (150, 720, 2, "PO 4500")
    for said in ("12 h when less than 2 h 30 min is available", "SEK 14,400.00 without VAT", "0 of at most 2 ordered", "PO 4500"):
        assert said in page


@pytest.mark.parametrize(
    ("wrong", "status", "said"),
    [
        ({"below": "0"}, 409, "have to be above nothing"),
        ({"below": "-1"}, 422, "greater than or equal to 0"),
        ({"days": "0.5"}, 409, "The smallest top-up is 8 h"),
        ({"days": "0"}, 422, "does not come to whole minutes"),
        ({"days": "NaN"}, 422, "Enter a number"),
        ({"days": "99999999"}, 422, "less than or equal to"),
        ({"most_a_month": "32"}, 422, "less than or equal to 31"),
        ({"reference": "x" * 81}, 422, "at most 80 characters"),
    ],
)
def test_c2_what_cannot_be_agreed_is_said(acme, client_of, wrong, status, said):
    answer = client_of(acme.approver).post(page_of(acme), typed(**wrong))

    assert (answer.status_code, said in text(answer)) == (status, True)
    assert not AutoTopUp.objects.exists()


def test_c2_a_requester_and_ours_read_and_do_not_agree(cast, acme, client_of):
    for person in (acme.requester, cast.max, cast.fia):
        browser = client_of(person)
        assert "Nothing is ordered automatically" in text(browser.get(page_of(acme)))
        assert browser.post(page_of(acme), typed()).status_code == 403


def test_c2_strangers_find_nothing(cast, acme, borealis, client_of):
    agreement = agreed(acme)
    for stranger in (borealis.approver, cast.tessa.person):
        browser = client_of(stranger)
        assert browser.get(page_of(acme)).status_code == 404
        assert [browser.post(at(act, agreement), {"reason": "x"}).status_code for act in ("approve", "stop", "issuing")] == [404] * 3


def test_people_the_second_approver_finds_the_button(acme, client_of):
    second = an_approver(acme, "Dora")
    limited(acme, 100)
    agreement = agreed(acme)

    assert "It waits for your yes" not in text(client_of(acme.approver).get(page_of(acme)))
    early = client_of(acme.approver).post(at("approve", agreement))
    assert (early.status_code, "above the sum that you decide alone" in text(early)) == (409, True)
    assert "It waits for your yes" in text(client_of(second).get(page_of(acme)))
    client_of(second).post(at("approve", agreement))
    agreement.refresh_from_db()
    assert agreement.state == AutoTopUpState.ON


def test_c2_it_is_stopped_from_either_side_and_can_be_agreed_anew(cast, acme, client_of):
    agreement = agreed(acme)
    assert client_of(acme.requester).post(at("stop", agreement), {"reason": "x"}).status_code == 403
    assert client_of(cast.max).post(at("stop", agreement), {"reason": ""}).status_code == 422

    client_of(cast.max).post(at("stop", agreement), {"reason": "They asked by phone"})
    page = text(client_of(acme.approver).get(page_of(acme)))

    assert ("They asked by phone" in page, "Let credit be ordered by itself" in page) == (True, True)


def test_i1_finance_says_when_its_invoices_are_issued(cast, acme, client_of):
    agreement = agreed(acme)
    assert "Issue its invoices at once" not in text(client_of(cast.max).get(page_of(acme)))
    assert client_of(cast.max).post(at("issuing", agreement), {"at_once": "on"}).status_code == 403

    client_of(cast.fia).post(at("issuing", agreement), {"at_once": "on"})

    agreement.refresh_from_db()
    assert agreement.issues_at_once


def test_c2_what_keeps_it_from_ordering_stands_on_the_page(acme, client_of):
    an_approver(acme, "Dora")
    agreed(acme)
    Membership.objects.filter(person=acme.approver).update(role=MemberRole.REQUESTER)

    auto_top_ups.order_due(at=NOON)

    assert "no longer decides about this account" in text(client_of(acme.requester).get(page_of(acme)))


def test_c2_the_list_of_top_ups_says_what_was_ordered_automatically(acme, client_of, django_assert_max_num_queries):
    agreed(acme, most_a_month=9)
    address, browser = reverse("topups", args=[acme.account.pk]), client_of(acme.approver)
    auto_top_ups.order_due(at=NOON)
    page = text(browser.get(address))
    assert ("ordered automatically" in page, "Automatic: on" in page) == (True, True)

    with django_assert_max_num_queries(20) as few:
        browser.get(address)
    for number in range(6):
        topups.order(account=acme.account, minutes=DAY, cause=f"more:{number}", by=acme.approver, at=NOON)
    with django_assert_max_num_queries(len(few)):
        browser.get(address)
