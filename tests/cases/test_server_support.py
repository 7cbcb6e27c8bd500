"""Server support: the client is asked before the first minute of credit, and the case goes on elsewhere when they agree (rule T3)."""

from datetime import timedelta

import pytest

from cases import replay, server_support, solutions, triage, words
from cases.life import CaseClosed
from cases.models import ClosedAs, DeliveryGround, EventKind, State, TriageDecision
from cases.server_support import ConsentMissing, QuestionAnswered
from cases.triage import AlreadyJudged, Judgement
from cases.words import Said
from clients.models import StaffDuty
from core.errors import NotAllowed
from core.reasons import ReasonMissing
from notices.models import Notice
from tests.cases.judged import MAY_WE, agree_to_credit, ask
from tests.cases.opened import a_case, a_dispatcher, a_plan, bind
from tests.cast import a_colleague, at_stockholm

pytestmark = pytest.mark.django_db
NINE, TEN, ELEVEN, NOON = (at_stockholm(2026, 11, 23, hour) for hour in (9, 10, 11, 12))
ROLES = ["requester", "approver", "stranger", "technician", "finance", "administrator", "dispatcher", "manager", "deputy"]


@pytest.fixture
def disa(acme):
    return a_dispatcher()


@pytest.fixture
def case(acme, disa):
    """Six hours to the solution, from Monday 09:00."""
    bind(acme, a_plan(solution={3: 360}))
    return a_case(acme, at=NINE)


def answer(decision, by, *, agreed=True, at=ELEVEN, reason=""):
    return server_support.answer_credit(decision, agreed=agreed, by=by, at=at, reason=reason)


def solution_clock(case):
    return case.clocks.get(kind="solution", met_at=None, ended_at=None)


def agrees(case):
    return [str(found) for found in replay.differences(case)] == []


def test_t3_the_client_is_asked_in_the_case_which_waits_while_the_solution_clock_stands_still(acme, disa, case):
    decision = ask(case, disa, at=TEN)

    case.refresh_from_db()
    assert (case.state, decision.way, decision.reason, decision.agreed) == (State.WAITING, "server_support", MAY_WE, None)
    assert (solution_clock(case).due_at, solution_clock(case).stands_still) == (None, True)
    assert case.messages.order_by("pk").last().text == MAY_WE
    assert case.clocks.get(kind="response").met_at == TEN
    assert agrees(case)


def test_t3_the_reporter_and_the_approvers_are_asked_by_one_mail_each(acme, disa, case):
    ask(case, disa, at=TEN)

    asked = Notice.objects.filter(body__contains=MAY_WE)
    assert sorted(notice.person.name for notice in asked) == ["Anna Testsson", "Rolf Testsson"]
    assert "Nothing is used before you agree" in asked[0].body


def test_t3_agreed_the_case_goes_on_and_whoever_asked_is_told(acme, disa, case):
    decision = answer(ask(case, disa, at=TEN), acme.approver)

    case.refresh_from_db()
    assert (case.state, decision.agreed, decision.answered_by, decision.answered_at) == (State.OPEN, True, acme.approver, ELEVEN)
    assert (solution_clock(case).due_at, case.last_word_by_client) == (at_stockholm(2026, 11, 23, 16), True)
    assert case.events.get(kind=EventKind.CREDIT_AGREED).by == acme.approver
    assert [notice.person for notice in Notice.objects.filter(subject__contains="agrees to use credit")] == [disa]
    assert server_support.has_consent(case)
    assert agrees(case)


def test_t3_refused_the_case_goes_on_without_credit_and_can_be_judged_again(acme, disa, case):
    decision = answer(ask(case, disa, at=TEN), acme.approver, agreed=False, reason="Too much")

    case.refresh_from_db()
    event = case.events.get(kind=EventKind.CREDIT_REFUSED)
    assert (case.state, decision.agreed, event.reason, server_support.has_consent(case)) == (State.OPEN, False, "Too much", False)
    assert triage.call_support(case, by=disa, at=NOON).way == "support"
    assert agrees(case)


def test_t3_the_same_answer_again_changes_nothing_and_another_is_refused(acme, disa, case):
    decision = answer(ask(case, disa, at=TEN), acme.approver)

    assert answer(decision, acme.approver, at=NOON).answered_at == ELEVEN
    with pytest.raises(QuestionAnswered):
        answer(decision, acme.approver, agreed=False, at=NOON)
    with pytest.raises(QuestionAnswered):
        answer(decision, acme.requester, at=NOON)

    assert case.events.filter(kind=EventKind.CREDIT_AGREED).count() == 1


def test_t3_the_same_form_asks_once_and_with_other_words_not_again(acme, disa, case):
    first = ask(case, disa, at=TEN, cause="f")

    assert ask(case, disa, at=ELEVEN, cause="f") == first
    assert (TriageDecision.objects.count(), case.messages.count()) == (1, 2)


def test_t3_a_word_of_the_clients_lets_the_case_go_on_and_the_question_still_waits(acme, disa, case):
    decision = ask(case, disa, at=TEN)
    words.client_says(case, Said("What would it cost?"), by=acme.requester, at=ELEVEN, cause="w")

    assert triage.question(case) == decision
    assert answer(decision, acme.approver, at=NOON).agreed is True
    assert case.events.filter(kind=EventKind.RESUMED).count() == 1
    assert agrees(case)


def test_t3_the_question_is_taken_back_with_a_reason(acme, disa, case):
    decision = ask(case, disa, at=TEN)

    with pytest.raises(ReasonMissing):
        server_support.take_back_question(decision, reason="", by=disa, at=ELEVEN)
    server_support.take_back_question(decision, reason="A restart was enough", by=disa, at=ELEVEN)

    case.refresh_from_db()
    assert (case.state, triage.question(case), server_support.has_consent(case)) == (State.OPEN, None, False)
    assert [notice.person for notice in Notice.objects.filter(subject__contains="No credit is needed")] == [acme.requester]
    with pytest.raises(QuestionAnswered):
        answer(decision, acme.approver, at=NOON)
    assert agrees(case)


def test_t3_a_case_that_was_closed_meanwhile_takes_no_answer(acme, disa, case):
    decision = ask(case, disa, at=TEN)
    solutions.withdraw(case, reason="Found it", by=acme.requester, at=TEN)

    with pytest.raises(CaseClosed):
        answer(decision, acme.approver)
    with pytest.raises(CaseClosed):
        server_support.take_back_question(decision, reason="x", by=disa, at=ELEVEN)

    decision.refresh_from_db()
    assert decision.answered_at is None


def test_t3_whoever_agreed_is_not_asked_twice(acme, disa, case):
    agree_to_credit(case, disa, acme.approver)

    with pytest.raises(AlreadyJudged):
        ask(case, disa, at=NOON)


def test_t3_consent_is_that_of_the_last_judgement(acme, disa, case):
    agree_to_credit(case, disa, acme.approver)
    assert server_support.require_consent(case, by=disa) == case

    triage.call_support(case, by=disa, at=NOON)

    with pytest.raises(ConsentMissing):
        server_support.require_consent(case, by=disa)
    assert server_support.require_consent(case, by=acme.requester) == case


def test_t3_a_delivery_cannot_be_answered_as_if_it_asked_for_credit(acme, disa, case):
    decision = triage.close_as_delivery(case, Judgement(DeliveryGround.OTHER, "Delivery"), by=disa, at=TEN, cause="t")

    with pytest.raises(QuestionAnswered):
        answer(decision, acme.approver)


def test_r8_only_under_the_top_priority_may_work_begin_unasked(acme, disa, case):
    urgent = a_case(acme, at=NINE, priority=1)

    assert server_support.require_urgency(urgent, by=disa) == urgent
    with pytest.raises(ConsentMissing):
        server_support.require_urgency(case, by=disa)


def test_t3_going_on_in_a_session_closes_the_case_and_it_can_be_reopened(acme, disa, case):
    agree_to_credit(case, disa, acme.approver)

    server_support.goes_on_in(7, server_support.require_consent(case, by=disa), title="Look together", by=disa, at=NOON)

    case.refresh_from_db()
    assert (case.state, case.closed_as) == (State.CLOSED, ClosedAs.SERVER_SUPPORT)
    assert case.events.get(kind=EventKind.SESSION_BOOKED).facts == {"session": 7, "title": "Look together"}
    assert [notice.person for notice in Notice.objects.filter(subject__contains="Goes on as server support")] == [acme.requester]
    solutions.reopen(case, reason="The session was cancelled", by=acme.requester, at=NOON + timedelta(days=1))
    case.refresh_from_db()
    assert case.state == State.OPEN
    assert agrees(case)


@pytest.mark.parametrize("who", ROLES)
def test_t3_who_may_ask_and_who_may_answer(cast, acme, borealis, disa, case, who):
    acme.organisation.deputy_manager = a_colleague("Dag", StaffDuty.ACCOUNT_MANAGER)
    acme.organisation.save()
    people = {"requester": acme.requester, "approver": acme.approver, "stranger": borealis.approver, "technician": cast.tessa.person}
    people |= {"finance": cast.fia, "administrator": cast.ada, "dispatcher": disa, "manager": cast.max}
    person = (people | {"deputy": acme.organisation.deputy_manager})[who]
    other = a_case(acme, at=NINE)
    waiting = ask(other, disa, at=TEN)

    def done(act):
        try:
            act()
        except NotAllowed:
            return False
        return True

    asks = done(lambda: ask(case, person, at=TEN))
    takes_back = done(lambda: server_support.take_back_question(ask(a_case(acme, at=NINE), disa, at=TEN), reason="x", by=person, at=ELEVEN))
    answers = done(lambda: answer(waiting, person))

    staff = who in ("dispatcher", "manager", "deputy")
    assert (asks, takes_back, answers) == (staff, staff, who in ("requester", "approver"))
