"""The desk's page of the review: all that the client would read, what follows, yes, or back with a reason (rule D1)."""

import pytest
import time_machine
from django.urls import reverse

from delivery import estimates, review
from delivery.models import Estimate, EstimateState
from tests.cast import NOON
from tests.delivery.reviewing import ALL_KINDS, another_manager, handed_in, limits
from tests.delivery.scene import TWENTY_HOURS, delivery_terms

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def terms(cast):
    with time_machine.travel(NOON, tick=False):
        yield delivery_terms()


def text(response):
    return " ".join(response.content.decode().replace("\N{NO-BREAK SPACE}", " ").split())


def page_of(estimate, act=""):
    return reverse(f"desk-delivery-estimate{act}", args=[estimate.pk])


def test_d1_the_reviewer_reads_it_whole_with_who_wrote_it_and_what_follows(client_of, cast, acme):
    estimate = handed_in(cast, acme, *ALL_KINDS, intro="One account for all.")

    page = text(client_of(cast.max).get(page_of(estimate)))

    for said in (
        "One account for all.",
        "Set up the identity provider",
        "SEK 44,589.24",
        "Tessa Testsson",
        "We offer Acme this for SEK 44,589.24 with VAT until and including Fri 18 Dec. Anna Testsson can accept it at once",
        "Approve SEK 35,729.00",
        "Give it back",
    ):
        assert said in page


def test_d1_approving_it_sends_it(client_of, cast, acme):
    estimate, browser = handed_in(cast, acme), client_of(cast.max)

    sent = browser.post(page_of(estimate, "-approve"), {"submission": "1"}, follow=True)
    again = browser.post(page_of(estimate, "-approve"), {"submission": "1"})

    assert "Approved. The client’s approvers have been asked for their answer." in text(sent)
    assert (again.status_code, Estimate.objects.get().state) == (302, EstimateState.OFFERED)


def test_d1_what_was_changed_since_it_was_read_is_refused_on_the_page(client_of, cast, acme):
    estimate, browser = handed_in(cast, acme), client_of(cast.max)
    review.give_back(estimate, reason="More", by=cast.max, at=NOON)
    estimates.write(estimate, estimates.Content([TWENTY_HOURS] * 2), by=cast.tessa.person, at=NOON)
    estimates.submit(estimate, by=cast.tessa.person, at=NOON)

    page = browser.post(page_of(estimate, "-approve"), {"submission": "1"})

    assert page.status_code == 409
    assert "This estimate is no longer the one to act on" in text(page)
    assert Estimate.objects.get().state == EstimateState.REVIEWING


def test_d1_giving_back_takes_a_reason_and_is_done_once(client_of, cast, acme):
    estimate, browser = handed_in(cast, acme), client_of(cast.max)

    empty = browser.post(page_of(estimate, "-give-back"), {"reason": ""})
    sent = browser.post(page_of(estimate, "-give-back"), {"reason": "The visit is missing"})
    again = browser.post(page_of(estimate, "-give-back"), {"reason": "The visit is missing"})

    assert (empty.status_code, sent.status_code, again.status_code) == (422, 302, 409)
    assert Estimate.objects.get().state == EstimateState.DRAFT


def test_d1_who_wrote_it_reads_whom_it_waits_for_and_is_refused(client_of, cast, acme):
    another_manager()
    estimate, browser = handed_in(cast, acme, by=cast.max), client_of(cast.max)

    page = text(browser.get(page_of(estimate)))
    refused = browser.post(page_of(estimate, "-approve"), {"submission": "1"})

    assert "It waits for the approval of Mona Testsson." in page
    assert "Approve SEK" not in page
    assert refused.status_code == 409
    assert "somebody else reviews it. Nothing has changed." in text(refused)


def test_d1_where_nobody_is_left_to_approve_the_page_says_what_to_do(client_of, cast, acme):
    page = text(client_of(cast.max).get(page_of(handed_in(cast, acme, by=cast.max))))

    assert "No account manager is left who neither wrote it nor handed it in." in page


def test_d1_where_the_client_has_no_approver_the_reviewer_reads_so(client_of, cast, acme):
    acme.organisation.memberships.filter(role="approver").delete()

    page = text(client_of(cast.max).get(page_of(handed_in(cast, acme))))

    assert "Nobody there is an approver, so nobody is told: name one first." in page


def test_p1_without_terms_of_delivery_no_estimate_is_begun(client_of, cast, acme, terms):
    task = handed_in(cast, acme).task
    terms.delete()
    url = reverse("desk-delivery-estimate-new", args=[task.pk])

    for answer in (client_of(cast.max).get(url, follow=True), client_of(cast.max).post(url, {"key": "1"}, follow=True)):
        assert "No terms of delivery have been set" in text(answer)


def test_d1_the_second_sees_it_for_as_long_as_it_is_theirs_to_approve(client_of, cast, acme):
    mona = another_manager()
    limits(cast.max, second_above=1)
    estimate, theirs = handed_in(cast, acme), client_of(mona)

    before = theirs.get(page_of(estimate)).status_code
    first = client_of(cast.max).post(page_of(estimate, "-approve"), {"submission": "1"}, follow=True)
    listed = text(theirs.get(reverse("desk-delivery-reviews")))
    sent = theirs.post(page_of(estimate, "-approve"), {"submission": "1"})

    assert before == 404
    assert "The sum takes a second account manager, who has been asked." in text(first)
    assert f"D{estimate.task_id}:1" in listed
    assert (sent.status_code, sent.url) == (302, reverse("desk-delivery-reviews"))
    assert "Nothing waits for you" in text(theirs.get(sent.url))
    assert theirs.get(page_of(estimate)).status_code == 404
    assert Estimate.objects.get().state == EstimateState.OFFERED


def test_sec_the_list_of_reviews_is_for_account_managers(client_of, cast, acme):
    url = reverse("desk-delivery-reviews")

    assert [client_of(person).get(url).status_code for person in (cast.max, cast.tessa.person, acme.approver)] == [200, 404, 404]


def test_sec_the_technician_who_sees_it_does_not_approve(client_of, cast, acme):
    estimate = handed_in(cast, acme)
    browser = client_of(cast.theo.person)

    assert browser.get(page_of(estimate)).status_code == 200
    assert browser.post(page_of(estimate, "-approve"), {"submission": "1"}).status_code == 403
    assert browser.post(page_of(estimate, "-give-back"), {"reason": "No"}).status_code == 403
    assert Estimate.objects.get().state == EstimateState.REVIEWING


def test_p4_a_swedish_manager_reads_the_sums_in_kronor(client_of, cast, acme):
    cast.max.language = "sv"
    cast.max.save()

    page = text(client_of(cast.max).get(page_of(handed_in(cast, acme))))

    assert "24 000,00 kr" in page
