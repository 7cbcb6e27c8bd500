"""The pages of the course of a case: what follows is said first, and only sending does it (rules S5, S9 to S11, S13)."""

from datetime import timedelta

import pytest
import time_machine
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.urls import reverse

from cases import course, escalations, objections, priorities, solutions, words
from cases.models import Case, Environment, EventKind, State
from cases.words import Said
from clients.models import Priority
from tests.cases.opened import a_case, a_dispatcher, a_plan, bind
from tests.cast import at_stockholm

NINE, TEN = at_stockholm(2026, 11, 23, 9), at_stockholm(2026, 11, 23, 10)
PORTAL_PARTS = ("_solution", "_priority", "_escalation", "_reopen")
DESK_PARTS = ("_priority", "_solution", "_calls", "_validity", "_escalation")


@pytest.fixture
def disa(acme):
    return a_dispatcher()


@pytest.fixture
def case(acme, disa):
    bind(acme, a_plan(solution={1: 240, 2: 480, 3: 960}, call_after_answers=1))
    return a_case(acme, at=NINE)


def text(response):
    return response.content.decode().replace("\N{NO-BREAK SPACE}", " ")


@time_machine.travel(TEN, tick=False)
def test_s5_a_change_of_priority_shows_the_deadlines_before_and_tells_them_after(disa, case, client_of):
    browser, url = client_of(disa), reverse("desk-case-priority", args=[case.pk])

    page = browser.get(url)
    sent = browser.post(url, {"to": "1", "reason": "All are hit"})

    assert "Response: Mon 23 Nov 12:00" in " ".join(text(page).split())
    assert (sent.status_code, sent.url) == (302, reverse("desk-case", args=[case.pk]))
    case.refresh_from_db()
    assert case.priority == 1
    assert browser.post(url, {"to": "1", "reason": "Twice"}).status_code == 422
    assert browser.post(url, {"to": "2", "reason": ""}).status_code == 422


@time_machine.travel(TEN, tick=False)
def test_s11_the_client_approves_what_was_proposed_and_reopens(acme, disa, case, client_of):
    staff, client = client_of(disa), client_of(acme.requester)
    url = reverse("desk-case-propose", args=[case.pk])
    key = staff.get(url).context["form"]["key"].value()
    for _ in range(2):
        staff.post(url, {"text": "Restart it.", "key": key})
    assert case.solutions.count() == 1

    assert "Restart it." in text(client.get(reverse("case-approve", args=[case.pk])))
    assert client.get(reverse("case-refuse", args=[case.pk])).status_code == 200
    assert Case.objects.get(pk=case.pk).state == State.PROPOSED
    client.post(reverse("case-approve", args=[case.pk]))
    assert Case.objects.get(pk=case.pk).state == State.CLOSED
    assert client.post(reverse("case-refuse", args=[case.pk]), {"reason": "No"}).status_code == 302
    client.post(reverse("case-reopen", args=[case.pk]), {"reason": "It is back"})
    assert Case.objects.get(pk=case.pk).state == State.OPEN


@time_machine.travel(TEN, tick=False)
def test_s9_calls_stand_in_a_list_and_leave_it(disa, case, client_of):
    browser = client_of(disa)
    assert "No calls to make" in text(browser.get(reverse("desk-calls")))
    words.answer(case, Said("Try this"), by=disa, at=TEN, cause="a")
    task = case.call_tasks.get()

    assert "Users are not created" not in text(browser.get(reverse("desk-calls")))
    assert f"#{case.pk}" in text(browser.get(reverse("desk-calls")))
    assert browser.get(reverse("desk-call-drop", args=[task.pk])).status_code == 200
    page = browser.get(reverse("desk-case-call", args=[case.pk]))
    browser.post(reverse("desk-case-call", args=[case.pk]), {"text": "Agreed", "key": page.context["form"]["key"].value()})

    task.refresh_from_db()
    assert task.note == "Agreed"
    browser.post(reverse("desk-case-estimate", args=[case.pk]), {"hours": "5"})
    assert case.events.filter(facts__estimate_minutes=300).exists()


@time_machine.travel(TEN, tick=False)
def test_s13_facts_and_marks_have_pages(disa, case, client_of):
    browser = client_of(disa)
    for name, typed in (
        ("external", {"reason": "A clean trial works", "mark": "on"}),
        ("facts", {"kind": "incident", "environment": "staging", "version": "13.1", "service": ""}),
    ):
        url = reverse(f"desk-case-{name}", args=[case.pk])
        assert browser.get(url).status_code == 200
        assert browser.post(url, typed).status_code == 302

    case.refresh_from_db()
    assert (case.external_cause, case.environment, case.version) == (True, "staging", "13.1")


@time_machine.travel(TEN, tick=False)
def test_s5_wishes_objections_and_escalations_go_from_side_to_side(acme, cast, disa, client_of):
    bind(acme, a_plan())
    Priority.objects.filter(number__lte=2).update(production_only=True, lowered_to=3)
    case = a_case(acme, at=NINE, priority=1, environment=Environment.STAGING)
    client, staff = client_of(acme.requester), client_of(disa)

    for name, typed in (("case-objection", {"reason": "We sell it"}), ("case-escalation", {"reason": "Slow"})):
        assert client.get(reverse(name, args=[case.pk])).status_code == 200
        assert client.post(reverse(name, args=[case.pk]), typed).status_code == 302
    for name, typed in (
        ("desk-case-objection", {"verdict": "no", "reason": "Right"}),
        ("desk-case-escalation", {"reason": "Two of us"}),
    ):
        assert staff.get(reverse(name, args=[case.pk])).status_code == 200
        assert staff.post(reverse(name, args=[case.pk]), typed).status_code == 302

    case.refresh_from_db()
    assert (case.priority, case.escalated_at) == (1, None)


@time_machine.travel(TEN, tick=False)
def test_s5_a_wish_is_asked_and_decided_on_pages(acme, disa, case, client_of):
    client, staff = client_of(acme.requester), client_of(disa)
    url = reverse("case-priority", args=[case.pk])

    assert "Business critical" in text(client.get(url))
    client.post(url, {"to": "1", "reason": "All stand still"})
    assert client.get(url).status_code == 302
    assert staff.get(reverse("desk-case-wish", args=[case.pk])).status_code == 200
    staff.post(reverse("desk-case-wish", args=[case.pk]), {"verdict": "yes", "reason": "Yes"})

    assert Case.objects.get(pk=case.pk).priority == 1


@time_machine.travel(TEN, tick=False)
@pytest.mark.parametrize("name", ["approve", "refuse", "reopen", "priority", "objection", "escalation"])
def test_s11_acts_of_clients_are_found_by_their_own_people_only(borealis, disa, case, client_of, name):
    url = reverse(f"case-{name}", args=[case.pk])

    assert client_of(borealis.approver).get(url).status_code == 404
    assert client_of(disa).post(url, {"reason": "x"}).status_code == 404


@time_machine.travel(TEN, tick=False)
@pytest.mark.parametrize(
    "name", ["priority", "wish", "objection", "propose", "take-back", "external", "facts", "escalation", "call", "estimate"]
)
def test_s5_acts_of_the_desk_are_not_found_by_clients_and_gone_in_a_closed_case(acme, disa, case, client_of, name):
    url = reverse(f"desk-case-{name}", args=[case.pk])
    assert client_of(acme.approver).get(url).status_code == 404
    solutions.withdraw(case, reason="Gone", by=acme.requester, at=TEN)

    assert client_of(disa).post(url, {"reason": "x"}).status_code == 302
    assert not case.events.filter(kind=EventKind.PRIORITY_CHANGED).exists()


def parts(side, names, case, context, person):
    request = RequestFactory().get("/")
    request.user = person
    return "".join(render_to_string(f"cases/{side}/{name}.html", {"case": case, **context}, request=request) for name in names)


def test_s11_the_parts_of_a_page_show_where_things_stand(acme, disa, case):
    priorities.ask_higher(case, to=1, reason="All stand still", by=acme.requester, at=TEN)
    escalations.escalate(case, reason="Slow", by=acme.requester, at=TEN)
    solutions.propose(case, Said("Restart it."), by=disa, at=TEN, cause="p")
    case.refresh_from_db()

    ours = parts("desk", DESK_PARTS, case, course.desk_context(case, disa, TEN), disa)
    theirs = parts("portal", PORTAL_PARTS, case, {"speaks": True, **course.portal_context(case, acme.requester, TEN)}, acme.requester)

    for url in ("desk-case-wish", "desk-case-take-back", "desk-case-escalation", "desk-case-facts"):
        assert reverse(url, args=[case.pk]) in ours
    assert reverse("case-approve", args=[case.pk]) in theirs
    solutions.approve(case.solutions.get(answered_at=None), by=acme.requester, at=TEN)
    case.refresh_from_db()
    assert reverse("case-reopen", args=[case.pk]) in parts(
        "portal", PORTAL_PARTS, case, course.portal_context(case, acme.requester, TEN + timedelta(days=1)), acme.requester
    )
    assert objections.standing(case) is None
