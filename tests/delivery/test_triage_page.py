"""The pages on which a case is judged, the client answers and objects, and the objection is decided (rules T1 to T3)."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils.translation import gettext, override

from cases import server_support, triage
from cases.models import Case, ClosedAs, State, TriageDecision
from credits.models import Spender
from delivery import objections
from delivery.models import DeliveryTask, TaskState
from tests.cases.judged import a_service, agree_to_credit, ask
from tests.cases.opened import a_case, a_dispatcher, a_plan, bind
from tests.cast import NOON
from tests.delivery.scene import a_task_from_case, accept, an_offered, delivery_terms
from tests.sessions.factories import a_lot

pytestmark = pytest.mark.django_db
ONE, TWO = NOON + timedelta(hours=1), NOON + timedelta(hours=2)


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(ONE, tick=False):
        yield


@pytest.fixture
def disa(acme):
    delivery_terms()
    bind(acme, a_plan(solution={3: 240}))
    return a_dispatcher()


@pytest.fixture
def case(acme, disa):
    return a_case(acme)


@pytest.fixture
def task(acme, disa):
    return a_task_from_case(acme, disa)


def text(response):
    return " ".join(response.content.decode().replace("\N{NO-BREAK SPACE}", " ").split())


def url(name, *numbers):
    return reverse(name, args=numbers)


def said(page, way, **fields):
    """What the form of a way sends, as it stands on the page, and what is typed besides."""
    form = page.context["forms"][way]
    return {name: form[name].value() or "" for name in form.fields} | fields


# Judging.


def test_t1_the_agreed_services_stand_beside_what_the_client_wrote(acme, disa, case, client_of):
    a_service(acme, "Identity", description="Accounts and sign-on")

    page = client_of(disa).get(url("desk-delivery-triage", case.pk))

    shown = text(page)
    for words in (
        "The synchronisation creates no users",
        "Identity",
        "Accounts and sign-on",
        "It is support",
        "Ask the client",
        "Close as delivery",
    ):
        assert words in shown
    assert "A visit that your plan does not include" in shown


def test_t2_delivery_by_one_press_and_the_same_press_again_is_the_same_task(acme, disa, case, client_of):
    browser, address = client_of(disa), url("desk-delivery-triage", case.pk)
    sent = said(browser.get(address), "delivery", ground="integration", reason="A new integration.")

    answers = [browser.post(address, sent) for _ in range(2)]

    task = DeliveryTask.objects.get()
    assert [(answer.status_code, answer.url) for answer in answers] == [(302, url("desk-delivery-task", task.pk))] * 2
    case.refresh_from_db()
    assert (case.closed_as, task.decision.ground, task.decision.reason) == (ClosedAs.DELIVERY, "integration", "A new integration.")
    assert url("desk-delivery-task", task.pk) in text(browser.get(url("desk-case", case.pk)))


def test_p4_the_words_that_are_proposed_are_in_the_language_of_the_case(acme, disa, client_of):
    case = a_case(acme, language="sv")

    page = client_of(disa).get(url("desk-delivery-triage", case.pk))

    english = client_of(disa).get(url("desk-delivery-triage", a_case(acme).pk)).context["forms"]
    for way in ("server_support", "delivery"):
        words = english[way]["reason"].value()
        with override("sv"):
            assert page.context["forms"][way]["reason"].value() == gettext(words)


def test_t3_the_client_is_asked(disa, case, client_of):
    browser, address = client_of(disa), url("desk-delivery-triage", case.pk)

    answer = browser.post(address, said(browser.get(address), "server_support"))

    case.refresh_from_db()
    assert (answer.status_code, answer.url, case.state) == (302, url("desk-case", case.pk), State.WAITING)
    assert "Take the question back" in text(browser.get(url("desk-case", case.pk)))
    assert browser.get(address).status_code == 302


def test_t1_support_with_a_service(acme, disa, case, client_of):
    service, browser, address = a_service(acme), client_of(disa), url("desk-delivery-triage", case.pk)

    answer = browser.post(address, said(browser.get(address), "support", service=service.pk))

    assert (answer.status_code, triage.latest(case).service) == (302, service)
    assert "Judged by Disa" in text(browser.get(url("desk-case", case.pk)))


def test_t2_what_is_missing_is_said_and_what_was_typed_is_kept(disa, case, client_of):
    browser, address = client_of(disa), url("desk-delivery-triage", case.pk)

    answer = browser.post(address, said(browser.get(address), "delivery", reason="My own words"))

    assert answer.status_code == 422
    assert "My own words" in text(answer)
    assert TriageDecision.objects.count() == 0


def test_t2_a_refusal_stands_on_the_page(acme, disa, case, client_of):
    browser, address = client_of(disa), url("desk-delivery-triage", case.pk)
    sent = said(browser.get(address), "support")
    ask(case, disa)

    answer = browser.post(address, sent)

    assert answer.status_code == 409
    assert "Take the question back first" in text(answer)


def test_s12_a_visit_is_no_ground_where_the_plan_includes_it(acme, client_of, borealis):
    bind(acme, a_plan("with-visits", visit_included=True))
    case, disa = a_case(acme), a_dispatcher()
    browser, address = client_of(disa), url("desk-delivery-triage", case.pk)

    page = browser.get(address)
    answer = browser.post(address, said(page, "delivery", ground="visit"))

    assert "A visit that your plan does not include" not in text(page)
    assert (answer.status_code, TriageDecision.objects.count()) == (422, 0)


def test_t2_similar_decisions_and_the_last_one_of_the_case_are_shown(acme, disa, task, client_of):
    case = a_case(acme)
    triage.call_support(case, note="Theirs", by=disa, at=NOON)

    shown = text(client_of(disa).get(url("desk-delivery-triage", case.pk)))

    assert f"#{task.case_id} Users are not created" in shown
    assert "This case was judged before: Support, by Disa Testsson." in shown


def test_t2_the_page_takes_as_many_queries_with_many_hints_as_with_one(acme, disa, client_of, django_assert_max_num_queries):
    a_task_from_case(acme, disa)
    case, browser = a_case(acme), client_of(disa)
    with django_assert_max_num_queries(60) as counted:
        browser.get(url("desk-delivery-triage", case.pk))
    first = len(counted)
    for _ in range(3):
        a_task_from_case(acme, disa)

    with django_assert_max_num_queries(first):
        browser.get(url("desk-delivery-triage", case.pk))


def test_t2_who_may_not_judge_is_refused_and_strangers_find_nothing(cast, acme, borealis, case, client_of):
    for person, status in (
        (cast.tessa.person, 403),
        (cast.ada, 403),
        (cast.fia, 404),
        (acme.approver, 404),
        (borealis.approver, 404),
        (cast.max, 200),
    ):
        assert client_of(person).get(url("desk-delivery-triage", case.pk)).status_code == status
    assert client_of(cast.tessa.person).post(url("desk-delivery-triage", case.pk), {"way": "support"}).status_code == 403
    assert client_of(cast.max).get(url("desk-delivery-triage", case.pk + 99)).status_code == 404


# Credit.


def test_t3_the_client_agrees_on_a_page_that_says_what_is_available(acme, disa, case, client_of):
    a_lot(acme.account, 480)
    ask(case, disa)
    browser, address = client_of(acme.requester), url("delivery-credit", case.pk)

    assert address in text(browser.get(url("case", case.pk)))
    page = browser.get(address)
    answer = browser.post(address, {"answer": "yes"})

    assert "8 h" in text(page)
    assert "Nothing is used now" in text(page)
    assert (answer.status_code, server_support.has_consent(case)) == (302, True)
    assert f"{reverse('session-new')}?case={case.pk}" in text(browser.get(url("case", case.pk)))


def test_t3_the_client_does_not_agree_and_says_why(acme, disa, case, client_of):
    ask(case, disa)
    browser, address = client_of(acme.approver), url("delivery-credit", case.pk)

    answer = browser.post(address, {"answer": "no", "reason": "Too much"})

    assert (answer.status_code, triage.latest(case).agreed) == (302, False)
    assert case.events.get(kind="credit_refused").reason == "Too much"
    assert browser.post(address, {"answer": "yes"}, follow=True).redirect_chain[0][0] == url("case", case.pk)
    assert triage.latest(case).agreed is False


def test_t3_a_member_who_may_not_book_sees_who_answers(acme, disa, case, client_of):
    Spender.objects.create(account=acme.account, person=acme.approver)
    ask(case, disa)
    browser, address = client_of(acme.requester), url("delivery-credit", case.pk)

    page = browser.get(address)

    assert "An approver, or somebody who may book" in text(page)
    assert "Anna Testsson" in text(page)
    assert 'name="answer"' not in text(page)
    assert browser.post(address, {"answer": "yes"}).status_code == 403
    assert triage.latest(case).agreed is None


def test_t3_strangers_find_no_question(cast, acme, borealis, disa, case, client_of):
    ask(case, disa)

    for person in (borealis.approver, cast.tessa.person, cast.max, cast.fia):
        assert client_of(person).get(url("delivery-credit", case.pk)).status_code == 404
        assert client_of(person).post(url("delivery-credit", case.pk), {"answer": "yes"}).status_code == 404
    assert triage.latest(case).agreed is None


def test_t3_without_a_question_the_page_leads_back(acme, disa, case, client_of):
    answer = client_of(acme.approver).get(url("delivery-credit", case.pk))

    assert (answer.status_code, answer.url) == (302, url("case", case.pk))


def test_t3_the_question_is_taken_back_on_a_page(cast, acme, disa, case, client_of):
    ask(case, disa)
    browser, address = client_of(disa), url("desk-delivery-question", case.pk)

    assert browser.post(address, {"reason": ""}).status_code == 422
    assert client_of(cast.tessa.person).post(address, {"reason": "x"}).status_code == 403
    answer = browser.post(address, {"reason": "A restart was enough"})

    assert (answer.status_code, triage.question(case)) == (302, None)
    assert browser.get(address).status_code == 302


# Objecting.


def test_t2_the_closed_case_says_that_it_is_delivery_and_links_the_task_and_the_objection(acme, task, client_of):
    shown = text(client_of(acme.requester).get(url("case", task.case_id)))

    for words in ("It is delivery, not support", task.decision.reason, url("delivery-task", task.pk), url("delivery-objection", task.pk)):
        assert words in shown


def test_t2_objected_on_a_page_once(acme, task, client_of):
    browser, address = client_of(acme.requester), url("delivery-objection", task.pk)

    assert "gives the objection up" in text(browser.get(address))
    assert browser.post(address, {"reason": ""}).status_code == 422
    first = browser.post(address, {"reason": "It worked yesterday"})
    second = browser.post(address, {"reason": "It worked yesterday"})

    assert (first.status_code, first.url, second.status_code) == (302, url("case", task.case_id), 409)
    assert TriageDecision.objects.get().objection == "It worked yesterday"
    shown = text(browser.get(url("case", task.case_id)))
    assert "You have objected." in shown
    assert address not in shown


def test_t2_what_is_accepted_is_not_objected_to_on_the_page_either(cast, acme, task, client_of):
    accept(an_offered(task, cast.tessa.person, cast.max), acme)
    browser, address = client_of(acme.requester), url("delivery-objection", task.pk)

    assert browser.get(address).status_code == 302
    assert browser.post(address, {"reason": "x"}).status_code == 409


def test_t2_strangers_find_no_objection_to_make_or_to_decide(cast, acme, borealis, task, client_of):
    objections.object_to(task.decision, reason="It is", by=acme.requester, at=ONE)

    for person in (borealis.approver, cast.tessa.person, cast.max):
        assert client_of(person).post(url("delivery-objection", task.pk), {"reason": "x"}).status_code == 404
    for person, status in ((borealis.approver, 404), (acme.approver, 404), (cast.tessa.person, 403), (cast.fia, 403), (cast.ada, 403)):
        assert client_of(person).get(url("desk-delivery-objection", task.pk)).status_code == status
        assert client_of(person).post(url("desk-delivery-objection", task.pk), {"verdict": "no", "reason": "x"}).status_code == status
    assert TriageDecision.objects.get().settled_at is None


def test_t2_the_decision_is_made_with_the_deadlines_before_ones_eyes(cast, acme, disa, task, client_of):
    objections.object_to(task.decision, reason="It worked yesterday", by=acme.requester, at=ONE)
    browser, address = client_of(cast.max), url("desk-delivery-objection", task.pk)

    assert address in text(browser.get(url("desk-case", task.case_id)))
    assert address not in text(client_of(disa).get(url("desk-case", task.case_id)))
    page = text(browser.get(address))
    answer = browser.post(address, {"verdict": "no", "reason": "It is a fault"})

    assert "It worked yesterday" in page
    assert "Solution: due Wed 18 Nov 15:00." in page
    task.refresh_from_db()
    assert (answer.status_code, task.state, Case.objects.get(pk=task.case_id).state) == (302, TaskState.WITHDRAWN, State.OPEN)
    assert browser.get(address).status_code == 302


def test_t2_whoever_judged_is_refused_on_the_page(acme, disa, task, client_of):
    objections.object_to(task.decision, reason="It is", by=acme.requester, at=ONE)

    answer = client_of(disa).post(url("desk-delivery-objection", task.pk), {"verdict": "yes", "reason": "x"})

    assert answer.status_code == 409
    assert "Somebody else than the one who judged" in text(answer)


def test_t3_the_desk_offers_a_session_only_when_the_client_has_agreed(cast, acme, disa, case, client_of):
    browser = client_of(cast.max)
    booking = f"{url('desk-session-new', acme.organisation.pk)}?case={case.pk}"

    assert booking not in text(browser.get(url("desk-case", case.pk)))
    agree_to_credit(case, disa, acme.approver)

    shown = text(browser.get(url("desk-case", case.pk)))
    assert booking in shown
    assert f"{reverse('desk-unplanned')}?case={case.pk}" in shown
