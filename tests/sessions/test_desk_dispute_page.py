"""Disputes at the desk: what waits, what each outcome charges, and who may settle (rule C8)."""

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clients.models import StaffDuty, StaffRole
from credits.ledger import EntryKind
from sessions import disputes, worklogs
from sessions.models import Dispute, DisputeOutcome, Technician
from tests.cast import NOON, a_colleague
from tests.sessions.factories import a_started_session, a_submitted_session, entry_ids, minutes, postings, work

pytestmark = pytest.mark.django_db
DAY = 24 * 60


@pytest.fixture(autouse=True)
def three_o_clock():
    with time_machine.travel(NOON + minutes(180), tick=False):
        yield


def a_dispute(cast, client, *, starts_at=NOON):
    """47 minutes were logged, the client says 20."""
    session = a_submitted_session(cast, client, starts_at=starts_at)
    (entry,) = entry_ids(session)
    at = starts_at + minutes(120)
    return disputes.dispute(session=session, claims={entry: 20}, reason="We stopped early.", by=client.approver, at=at)


def address(dispute):
    return reverse("desk-dispute", args=[dispute.pk])


def line(dispute):
    return f"line_{dispute.lines.get().entry_id}"


def text(response):
    return " ".join(response.content.decode().split())


def test_the_disputes_of_ones_clients_are_listed_with_the_time_they_are_due(cast, acme, client_of):
    a_dispute(cast, acme)

    page = text(client_of(cast.max).get(reverse("desk-disputes")))

    for said in ("Disk is full", "Acme", "We stopped early.", "Wed 25 Nov 14:00"):
        assert said in page


def test_where_nothing_is_disputed_the_page_says_so(cast, client_of):
    assert "No disputes" in text(client_of(cast.max).get(reverse("desk-disputes")))


def test_another_account_manager_has_none_and_a_technician_no_list(cast, acme, client_of):
    a_dispute(cast, acme)
    mia = a_colleague("Mia", StaffDuty.ACCOUNT_MANAGER)

    assert "No disputes" in text(client_of(mia).get(reverse("desk-disputes")))
    assert [client_of(person).get(reverse("desk-disputes")).status_code for person in (cast.tessa.person, acme.approver)] == [404, 404]


def test_an_administrator_sees_all_and_settles_none(cast, acme, client_of):
    dispute = a_dispute(cast, acme)
    browser = client_of(cast.ada)

    page = text(browser.get(address(dispute)))

    assert "Disk is full" in text(browser.get(reverse("desk-disputes")))
    assert "Max Testsson looks after this client." in page
    assert "Let the hours stand" not in page


def test_c8_the_page_shows_what_each_outcome_charges(cast, acme, client_of):
    dispute = a_dispute(cast, acme)

    page = client_of(cast.max).get(address(dispute))

    assert (page.context["as_logged"].charged_minutes, page.context["as_claimed"].charged_minutes) == (50, 20)
    assert "Let 0 h 50 stand" in text(page)
    assert 'value="20"' in text(page)


def test_c8_hours_are_upheld_with_a_reason(cast, acme, client_of):
    dispute = a_dispute(cast, acme)

    response = client_of(cast.max).post(address(dispute), {"act": "uphold", "reason": "The log shows the work."})

    dispute.refresh_from_db()
    assert response.status_code == 302
    assert (dispute.outcome, dispute.settlement) == (DisputeOutcome.UPHELD, "The log shows the work.")
    assert postings(dispute.session) == [(EntryKind.DEDUCTION, -50)]
    assert "The log shows the work." in text(client_of(cast.max).get(address(dispute)))


def test_c8_hours_are_corrected_line_by_line(cast, acme, client_of):
    dispute = a_dispute(cast, acme)

    response = client_of(cast.max).post(address(dispute), {"act": "correct", "reason": "Half and half.", line(dispute): 32})

    assert response.status_code == 302
    assert dispute.lines.get().settled_minutes == 32
    assert postings(dispute.session) == [(EntryKind.DEDUCTION, -30)]


def test_what_other_figures_would_charge_is_shown_without_a_reason_and_settles_nothing(cast, acme, client_of):
    dispute = a_dispute(cast, acme)

    response = client_of(cast.max).post(address(dispute), {"act": "preview", "reason": "", line(dispute): 36})

    assert response.status_code == 200
    assert response.context["as_typed"].charged_minutes == 40
    assert Dispute.objects.get().outcome == ""


@pytest.mark.parametrize(
    ("act", "reason", "figure"), [("uphold", "", 20), ("correct", "", 32), ("correct", "More than was logged", 48), ("correct", "None", "")]
)
def test_c8_nothing_is_settled_without_a_reason_or_above_what_was_logged(cast, acme, client_of, act, reason, figure):
    dispute = a_dispute(cast, acme)

    response = client_of(cast.max).post(address(dispute), {"act": act, "reason": reason, line(dispute): figure})

    assert response.status_code == 422
    assert Dispute.objects.get().outcome == ""


def test_c8_who_worked_the_hours_is_told_before_and_has_no_form(cast, acme, client_of):
    StaffRole.objects.create(person=cast.max, duty=StaffDuty.TECHNICIAN)
    technician = Technician.objects.create(person=cast.max, time_zone="Europe/Stockholm")
    session = a_started_session(cast, acme, technicians=[technician])
    entry = work(session, technician, length=47).pk
    worklogs.submit(session=session, summary="Removed old logs.", by=cast.max, at=NOON + minutes(60))
    dispute = disputes.dispute(session=session, claims={entry: 20}, reason="Too long", by=acme.approver, at=NOON + minutes(120))
    browser = client_of(cast.max)

    page, response = text(browser.get(address(dispute))), browser.post(address(dispute), {"act": "uphold", "reason": "I was there."})

    assert "Who worked the hours does not settle a dispute about them." in page
    assert "Let the hours stand" not in page
    assert response.status_code == 409
    assert Dispute.objects.get().outcome == ""


def test_c8_after_the_time_to_settle_the_page_says_that_the_client_is_right(cast, acme, client_of):
    dispute = a_dispute(cast, acme)

    with time_machine.travel(dispute.due_at + minutes(1), tick=False):
        browser = client_of(cast.max)
        page, response = text(browser.get(address(dispute))), browser.post(address(dispute), {"act": "uphold", "reason": "Late"})

    assert "The time to settle this is over" in page
    assert response.status_code == 409


def test_the_technician_who_worked_reads_it_and_cannot_settle(cast, acme, client_of):
    dispute = a_dispute(cast, acme)
    browser = client_of(cast.tessa.person)

    page, response = browser.get(address(dispute)), browser.post(address(dispute), {"act": "uphold", "reason": "I was there."})

    assert page.status_code == 200
    assert response.status_code == 403


def test_five_disputes_ask_the_database_no_more_often_than_one(cast, acme, client_of):
    a_dispute(cast, acme)
    browser = client_of(cast.max)

    few = _queries(browser)
    for number in range(1, 5):
        a_dispute(cast, acme, starts_at=NOON - minutes(DAY * number))
    many = _queries(browser)

    assert few == many


def test_strangers_do_not_find_a_dispute(cast, acme, borealis, client_of):
    dispute = a_dispute(cast, acme)
    strangers = [acme.approver, borealis.approver, cast.theo.person, a_colleague("Mia", StaffDuty.ACCOUNT_MANAGER)]

    answers = [client_of(person).get(address(dispute)).status_code for person in strangers]
    acts = [client_of(person).post(address(dispute), {"act": "uphold", "reason": "No"}).status_code for person in strangers]

    assert (answers, acts) == ([404] * 4, [404] * 4)


def _queries(browser):
    with CaptureQueriesContext(connection) as asked:
        browser.get(reverse("desk-disputes"))
    return len(asked)
