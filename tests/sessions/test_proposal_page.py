"""What a client sees and answers of unplanned and urgent work (rules R8, C6)."""

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from sessions import changes, consents, worklogs
from sessions.models import Session, SkillLevel, State
from tests.cast import NOON
from tests.sessions.factories import account_of, minutes
from tests.sessions.proposing import agreed, begun, proposed, question, urgent, works

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def ten_past():
    with time_machine.travel(NOON + minutes(10), tick=False):
        yield


def text(response):
    return " ".join(response.content.decode().split())


def asked(session):
    return reverse("consent", args=[question(session).pk])


def page_of(session, browser):
    return text(browser.get(reverse("session", args=[session.pk])))


def test_r8_the_page_says_what_a_yes_holds_and_a_no_costs(cast, acme, client_of):
    session = proposed(cast, acme, credit=120)

    page = text(client_of(acme.approver).get(asked(session)))

    for said in (
        "May we do this: “Disk fills up”?",
        "30 min of work by Tessa Testsson",
        "It is full by tonight",
        "If you agree, 30 min of your credit is held.",
        "never more than 34 min of work",
        "You have 2 h of credit available.",
        "A no costs nothing.",
        "Agree, and hold 0 h 30",
    ):
        assert said in page


def test_r8_an_approver_agrees_and_the_session_is_about_to_begin(cast, acme, client_of):
    session, browser = proposed(cast, acme, credit=120), client_of(acme.approver)

    response = browser.post(asked(session), {"answer": "give"})

    assert response.status_code == 302
    assert account_of(session).held_minutes == 30
    page = page_of(session, browser)
    for said in ("Agreed, and about to begin", "30 min is held.", "Work agreed: up to 34 min in all", "Cancel it"):
        assert said in page


def test_r8_an_approver_refuses_and_it_is_cancelled(cast, acme, client_of):
    session, browser = proposed(cast, acme, credit=120), client_of(acme.approver)

    browser.post(asked(session), {"answer": "refuse"})

    page = page_of(session, browser)
    assert Session.objects.get().state == State.CANCELLED
    assert "Work refused: up to 34 min in all" in page
    assert "Cancel it" not in page


def test_r8_opening_the_address_of_the_mail_agrees_to_nothing(cast, acme, client_of):
    session = proposed(cast, acme, credit=120)

    client_of(acme.approver).get(asked(session), {"answer": "give"})

    assert (question(session).given, account_of(session).held_minutes) == (None, 0)


def test_c6_what_is_missing_is_said_exactly_with_the_way_to_top_up(cast, acme, client_of):
    session, browser = proposed(cast, acme, credit=20), client_of(acme.approver)
    top_up = f"{reverse('topup-new', args=[acme.account.pk])}?at_least=10"

    before = text(browser.get(asked(session)))
    browser.post(asked(session), {"answer": "give"})
    after, home = page_of(session, browser), text(browser.get(reverse("home")))

    assert "You have 20 min of credit available: <b>10 min is missing</b>" in before
    assert top_up in before
    assert "10 min is missing" in after
    assert top_up in after
    assert "10 min is missing for “Disk fills up”" in home
    assert "It begins when the credit is there." in home


def test_c17_the_factor_stands_beside_what_it_costs(cast, acme, client_of):
    level = SkillLevel.objects.create(code="db", name_en="Databases", name_sv="Databaser", position=1, factor_percent=150)
    cast.purpose.skill_level = level
    cast.purpose.save()
    session = proposed(cast, acme, credit=120, estimate_minutes=60)

    page = text(client_of(acme.approver).get(asked(session)))

    assert "Databases 150%: <b>1 h → 1 h 30 min</b>" in page
    assert "Agree, and hold 1 h 30" in page


def test_r8_a_requester_sees_who_answers_and_may_not(cast, acme, client_of):
    session, browser = proposed(cast, acme, credit=120), client_of(acme.requester)

    page, response = text(browser.get(asked(session))), browser.post(asked(session), {"answer": "give"})
    home = text(browser.get(reverse("home")))

    assert "An approver answers: Anna Testsson" in page
    assert (response.status_code, question(session).given) == (403, None)
    assert "May we do this, 30 min: “Disk fills up”?" not in home


def test_r8_it_stands_among_what_waits_and_in_the_list_without_a_time(cast, acme, client_of):
    proposed(cast, acme, credit=120)
    browser = client_of(acme.approver)

    home, listed = text(browser.get(reverse("home"))), text(browser.get(reverse("sessions")))

    assert "May we do this, 30 min: “Disk fills up”?" in home
    assert "Unplanned" in listed
    assert "Tessa Testsson" in listed


def test_r8_work_that_was_withdrawn_is_no_longer_asked(cast, acme, client_of):
    session, browser = proposed(cast, acme, credit=120), client_of(acme.approver)
    url = asked(session)
    changes.call_off(session=session, by=cast.tessa.person, at=NOON, reason="Not needed")

    page, response = text(browser.get(url)), browser.post(url, {"answer": "give"})

    assert "This is no longer asked." in page
    assert response.status_code == 409
    assert "May we do this" not in text(browser.get(reverse("home")))


def test_r8_agreed_work_is_cancelled_free_before_it_begins(cast, acme, client_of):
    session, browser = agreed(cast, acme, credit=120), client_of(acme.approver)
    url = reverse("session-cancel", args=[session.pk])

    page = text(browser.get(url))
    response = browser.post(url, {"shown_minutes": "0", "start": "1", "reason": ""})

    assert "Cancel this work?" in page
    assert "Cancelling is free." in page
    assert (response.status_code, Session.objects.get().state) == (302, State.CANCELLED)


def test_r8_a_proposal_is_answered_and_not_cancelled(cast, acme, client_of):
    session = proposed(cast, acme, credit=120)

    response = client_of(acme.requester).post(
        reverse("session-cancel", args=[session.pk]), {"shown_minutes": "0", "start": "1", "reason": ""}
    )

    assert (response.status_code, Session.objects.get().state) == (302, State.REQUESTED)


def test_r8_urgent_work_says_why_it_could_not_wait_and_what_counts_meanwhile(cast, acme, client_of):
    session, browser = urgent(cast, acme, credit=20, estimate_minutes=120), client_of(acme.approver)

    page, home = text(browser.get(asked(session))), text(browser.get(reverse("home")))

    assert "Urgent work has begun: “Disk fills up”. May we go on, 2 h in all?" in home
    assert "20 min is held. Until you answer at most 1 h counts." in page_of(session, browser)
    for said in (
        "Urgent work has begun: “Disk fills up”",
        "Mail is down",
        "Until you answer at most 1 h counts.",
        "No, stop the work",
        "<b>1 h is missing</b>, and what is worked of that will be owed.",
    ):
        assert said in page


def test_r8_after_a_no_the_client_reads_that_the_work_has_to_stop(cast, acme, client_of):
    session, browser = urgent(cast, acme, credit=120), client_of(acme.approver)

    browser.post(asked(session), {"answer": "refuse"})

    assert "the work has to stop" in page_of(session, browser)


def test_r8_hours_of_unplanned_work_are_confirmed_like_any_other(cast, acme, client_of):
    session, browser = begun(cast, acme, credit=120), client_of(acme.approver)
    with time_machine.travel(NOON + minutes(60), tick=False):
        works(session, cast, start=10, length=20)
        worklogs.submit(session=session, summary="Done", by=cast.tessa.person, at=NOON + minutes(30))

        page = text(browser.get(reverse("session-hours", args=[session.pk])))
        response = browser.post(reverse("session-confirm", args=[session.pk]), {"shown": "1:20"})

    assert "Confirm 0 h 20" in page
    assert (response.status_code, Session.objects.get().state) == (302, State.CONFIRMED)


def test_the_pages_ask_the_database_no_more_often_for_five_proposals_than_for_one(cast, acme, client_of):
    browser = client_of(acme.approver)
    counts = []
    for _ in range(2):
        proposed(cast, acme, credit=60)
        consents.give_consent(consent=question(proposed(cast, acme)), by=acme.approver, at=NOON)
        urgent(cast, acme)
        with CaptureQueriesContext(connection) as queries:
            browser.get(reverse("home"))
            browser.get(reverse("sessions"))
        counts.append(len(queries))

    assert counts[0] == counts[1]
