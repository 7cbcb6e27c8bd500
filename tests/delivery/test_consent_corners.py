"""Corners of the client's word about their credit: a no stands, also where work is urgent (rules T3, R8)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from cases import server_support
from cases.models import State
from cases.server_support import CreditRefused
from delivery import consent
from sessions import unplanned
from sessions.models import Session, SessionKind
from tests.cases.judged import ask
from tests.cases.opened import a_case, a_dispatcher, a_plan, bind
from tests.cast import NOON
from tests.sessions.factories import a_lot
from tests.sessions.proposing import a_proposal

pytestmark = pytest.mark.django_db


@pytest.fixture
def question(acme):
    bind(acme, a_plan())
    a_lot(acme.account, 300)
    return ask(a_case(acme, at=NOON - timedelta(hours=1), priority=1), a_dispatcher())


def begin(cast, acme, case):
    proposal = replace(a_proposal(cast), case=case)
    return unplanned.begin_urgently(
        account=acme.account, proposal=proposal, urgency="Mail is down", cause="form:urgent", by=cast.tessa.person, at=NOON
    )


def test_t3_no_urgent_work_uses_the_credit_that_the_client_has_refused(cast, acme, question):
    consent.answer(question, agreed=False, by=acme.approver, at=NOON, reason="Not with our credit")

    with pytest.raises(CreditRefused):
        begin(cast, acme, question.case)

    question.case.refresh_from_db()
    acme.account.refresh_from_db()
    assert (Session.objects.count(), question.case.state != State.CLOSED, acme.account.held_minutes) == (0, True, 0)


def test_r8_a_question_that_we_took_back_is_no_refusal(cast, acme, question):
    server_support.take_back_question(question, reason="It is urgent now", by=question.decided_by, at=NOON)

    assert begin(cast, acme, question.case).kind == SessionKind.URGENT


def test_t3_asked_again_and_agreed_the_earlier_no_stands_no_more(cast, acme, question):
    consent.answer(question, agreed=False, by=acme.approver, at=NOON)
    again = ask(question.case, question.decided_by, at=NOON)
    consent.answer(again, agreed=True, by=acme.approver, at=NOON)

    assert begin(cast, acme, question.case).case == question.case
