"""What waits too long is asked of others, once for each thing (rules: People, C8, C10, R6)."""

from datetime import timedelta

import pytest

from clients.models import Organisation, Provider, StaffDuty
from sessions import confirmation, consents, disputes, escalation, worklogs
from sessions.models import Session, WorkEntry
from tests.approving import a_deputy, an_approver, limited, only
from tests.cast import NOON, a_colleague
from tests.sessions.booked import mails, trace
from tests.sessions.factories import a_started_session, a_submitted_session

pytestmark = pytest.mark.django_db
A_DAY = timedelta(days=1)
SUBMITTED = NOON
"""A Wednesday: three working days later it is Monday."""
MONDAY = NOON + 5 * A_DAY


@pytest.fixture
def session(cast, acme):
    return a_submitted_session(cast, acme, submitted_at=SUBMITTED, starts_at=NOON - A_DAY)


def told():
    return sorted(mails("waits for an answer since"))


def escalated(session):
    return [event.facts["what"] for event in session.events.filter(kind="escalated")]


def test_c8_hours_that_wait_three_working_days_are_asked_of_the_deputy(acme, session):
    an_approver(acme, "Dora")
    a_deputy(acme, acme.requester, at=MONDAY - A_DAY)

    assert escalation.escalate(MONDAY - timedelta(seconds=1)) == 0
    assert escalation.escalate(MONDAY) == 1

    assert told() == ["rolf"]
    assert "50 min for “Disk is full” wait to be confirmed since Wed 18 Nov" in mails("waits for an answer")["rolf"]
    assert f"/sessions/{session.pk}/hours/" in mails("waits for an answer")["rolf"]
    assert escalated(session) == ["hours:1"]
    assert trace(session)[-1] == ("escalated", None, "")


def test_c8_without_a_deputy_everybody_else_who_decides_is_asked(acme, session):
    an_approver(acme, "Dora")

    escalation.escalate(MONDAY)

    assert told() == ["anna", "dora"]


def test_c8_a_second_run_asks_nobody_again_and_a_new_round_asks_anew(cast, acme, session):
    escalation.escalate(MONDAY)
    assert escalation.escalate(MONDAY + A_DAY) == 0

    again = worklogs.reopen(session=session, by=cast.tessa.person, at=MONDAY, reason="Forgot")
    worklogs.submit(session=again, summary="Again", by=cast.tessa.person, at=MONDAY)
    assert escalation.escalate(MONDAY + 2 * A_DAY) == 0
    assert escalation.escalate(MONDAY + 3 * A_DAY) == 1
    assert escalated(session) == ["hours:1", "hours:2"]


def test_c8_how_long_that_is_the_provider_says(session):
    Provider.objects.update(escalation_days=1)

    assert escalation.escalate(SUBMITTED + A_DAY) == 1


def test_c8_what_was_answered_is_asked_of_nobody(acme, session):
    confirmation.confirm(session=session, by=acme.approver, at=MONDAY)

    assert escalation.escalate(MONDAY + 9 * A_DAY) == 0


def test_c16_the_deputy_of_an_approver_whom_the_account_does_not_name_is_not_asked(acme, session):
    dora = an_approver(acme, "Dora")
    only(acme.account, dora)
    a_deputy(acme, acme.requester, at=MONDAY - A_DAY)

    escalation.escalate(MONDAY)

    assert told() == ["dora"]


def test_c8_where_nobody_can_be_asked_it_is_tried_again_later(acme, session):
    acme.organisation.memberships.filter(role="approver").delete()
    assert escalation.escalate(MONDAY) == 0

    an_approver(acme, "Dora")
    assert escalation.escalate(MONDAY + A_DAY) == 1


def test_c8_a_second_yes_waits_from_the_first_one_on(acme, session):
    limited(acme, 0)
    an_approver(acme, "Dora", limit=0)
    confirmation.confirm(session=session, by=acme.approver, at=MONDAY - A_DAY)

    assert escalation.escalate(MONDAY) == 0
    assert escalation.escalate(MONDAY + 3 * A_DAY) == 1
    assert (told(), escalated(session)) == (["dora"], ["second_yes:1"])


def test_c8_a_question_that_nobody_answers_is_asked_of_others(cast, acme):
    running = a_started_session(cast, acme)
    asked = consents.ask_consent(session=running, minutes=120, reason="More logs", by=cast.tessa.person, at=NOON)

    assert escalation.escalate(MONDAY) == 1
    assert f"/consents/{asked.pk}/" in mails("waits for an answer")["anna"]


def test_c8_a_dispute_goes_to_the_deputy_of_the_account_manager(acme, session):
    mona = a_colleague("Mona", StaffDuty.ACCOUNT_MANAGER)
    dispute = disputes.dispute(
        session=session, claims={WorkEntry.objects.get(session=session).pk: 10}, reason="Too much", by=acme.approver, at=SUBMITTED
    )
    assert escalation.escalate(MONDAY) == 0

    Organisation.objects.update(deputy_manager=mona)
    assert escalation.escalate(MONDAY) == 1

    assert told() == ["mona"]
    assert f"/desk/disputes/{dispute.pk}/" in mails("waits for an answer")["mona"]


def test_c8_many_that_wait_take_as_many_queries_to_find_as_one(cast, acme, session, django_assert_max_num_queries):
    for days in (2, 3, 4):
        a_submitted_session(cast, acme, submitted_at=SUBMITTED, starts_at=NOON - days * A_DAY)
    escalation.escalate(MONDAY)

    with django_assert_max_num_queries(9):
        assert escalation.escalate(MONDAY) == 0
    assert Session.objects.count() == 4
