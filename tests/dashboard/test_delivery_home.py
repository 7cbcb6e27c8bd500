"""Delivery on a client's home: costs to accept, work to accept, questions of credit, open tasks (rules D1, D3, D5, T3)."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases.models import TriageDecision, TriageWay
from clients.models import MemberRole, Membership
from delivery import life
from delivery.models import Acceptance, AcceptedBy, Completion, DeliveryTask, DeliveryTerms, Estimate, EstimateState, TaskState
from sessions.models import SessionTerms
from tests.approving import a_member, an_approver, limited, only
from tests.cases.opened import a_case
from tests.cast import NOON
from tests.delivery.scene import a_draft, a_task, a_working, an_offered, delivery_terms

pytestmark = pytest.mark.django_db
A_DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _noon(cast):
    delivery_terms()
    with time_machine.travel(NOON, tick=False):
        yield


def text(response):
    return " ".join(response.content.decode().replace("\xa0", " ").split())


def home(client_of, person):
    return text(client_of(person).get("/"))


def offered(cast, client, *, title="Single sign-on", **content):
    return an_offered(a_task(client, cast.tessa.person, title=title), cast.tessa.person, cast.max, **content)


def told_done(cast, client, **fields):
    task = a_working(cast, client)
    given = {"number": 1, "told_at": NOON, "told_by": cast.max, "words": "It works", "due_at": NOON + 14 * A_DAY}
    return Completion.objects.create(task=task, **(given | fields))


def asked_for_credit(cast, client, **report):
    case = a_case(client, **report)
    columns = {"way": TriageWay.SERVER_SUPPORT, "reason": "The disk of your own server is full.", "decided_at": NOON}
    return TriageDecision.objects.create(case=case, decided_by=cast.tessa.person, **columns)


def first_yes(estimate, by):
    document = estimate.documents.get(language="en")
    sums = {name: getattr(estimate, name) for name in ("currency", "net", "vat", "total")}
    facts = {"person": by, "at": NOON, "way": AcceptedBy.PAGE, "document": document, "digest": document.digest}
    return Acceptance.objects.create(estimate=estimate, **facts, **sums)


def test_d1_a_cost_to_accept_waits_for_the_approver_with_its_sum_and_last_day(cast, acme, client_of):
    estimate = offered(cast, acme)

    approvers, requesters = home(client_of, acme.approver), home(client_of, acme.requester)

    assert "Accept SEK 30,000.00 for “Single sign-on”?" in approvers
    assert "SEK 24,000.00 without VAT. Ceiling: what is used, at most this. Valid until Fri 18 Dec." in approvers
    assert f'btn-primary" href="{reverse("delivery-estimate", args=[estimate.pk])}"' in approvers
    assert "Accept SEK" not in requesters


@pytest.mark.parametrize("state", ["draft", "reviewing", "withdrawn", "declined"])
def test_d1_what_the_client_has_not_or_no_longer_does_not_wait(cast, acme, client_of, state):
    estimate = offered(cast, acme) if state in ("withdrawn", "declined") else a_draft(a_task(acme, cast.tessa.person), cast.tessa.person)
    there = Estimate.objects.filter(pk=estimate.pk)
    if estimate.state == EstimateState.OFFERED:
        there.update(state=state, closed_at=NOON)
    else:
        there.update(state=state, submitted_at=NOON, valid_until=NOON.date())

    assert "Accept SEK" not in home(client_of, acme.approver)


@pytest.mark.parametrize(("hours", "stands"), [(10, True), (12, False)])
def test_d2_the_last_day_is_included_and_after_it_nothing_waits(cast, acme, client_of, hours, stands):
    offered(cast, acme, valid_until=NOON.date() + A_DAY)

    with time_machine.travel(NOON + A_DAY + timedelta(hours=hours), tick=False):  # 22:00 and 24:00 in Stockholm
        assert ("Accept SEK" in home(client_of, acme.approver)) is stands


def test_a_cost_with_a_first_yes_waits_for_who_can_give_the_second(cast, acme, client_of):
    limited(acme, 1000)
    dora = an_approver(acme, "Dora", limit=1000)
    first_yes(offered(cast, acme), acme.approver)

    pages = {person.name.split()[0]: home(client_of, person) for person in (acme.approver, dora, acme.requester)}

    assert {name: "Anna Testsson has agreed; it takes a second approver." in page for name, page in pages.items()} == {
        "Anna": False,
        "Dora": True,
        "Rolf": False,
    }


def test_d5_what_is_done_waits_for_the_approver_and_for_the_contact(cast, acme, client_of):
    told = told_done(cast, acme)
    other = a_member(acme, "Emil")

    pages = {person.name.split()[0]: home(client_of, person) for person in (acme.approver, acme.requester, other)}

    said = "“Single sign-on” is done. Do you accept it?"
    assert {name: said in page for name, page in pages.items()} == {"Anna": True, "Rolf": True, "Emil": False}
    assert "Told by Max Testsson. Accept it or list faults by Wed 2 Dec 12:00." in pages["Anna"]
    assert f'btn-primary" href="{reverse("delivery-completion", args=[told.task_id])}"' in pages["Anna"]
    assert f'btn-primary" href="{reverse("delivery-task", args=[told.task_id])}"' in pages["Rolf"]


def test_d5_what_is_answered_waits_no_longer(cast, acme, client_of):
    told_done(cast, acme, answered_at=NOON, answered_by=acme.approver, accepted=False)

    assert "is done. Do you accept it?" not in home(client_of, acme.approver)


def test_t3_whether_credit_may_be_used_is_asked_of_the_approver_and_the_bookers(cast, acme, client_of):
    decision = asked_for_credit(cast, acme, subject="Disk full")

    pages = [home(client_of, person) for person in (acme.approver, acme.requester)]

    for page in pages:
        assert f"May credit be used for case #{decision.case_id}, “Disk full”?" in page
        assert "Tessa Testsson: The disk of your own server is full." in page


def test_t3_who_may_not_spend_is_not_asked(cast, acme, client_of):
    asked_for_credit(cast, acme)
    only(acme.account, acme.approver)

    assert "May credit be used" not in home(client_of, acme.requester)


def test_t3_an_answer_or_a_closed_case_ends_the_question(cast, acme, client_of):
    answered, closed = asked_for_credit(cast, acme, cause="a"), asked_for_credit(cast, acme, cause="b")
    TriageDecision.objects.filter(pk=answered.pk).update(answered_at=NOON, agreed=False)
    type(closed.case).objects.filter(pk=closed.case_id).update(state="closed", closed_as="withdrawn", closed_at=NOON)

    assert "May credit be used" not in home(client_of, acme.approver)


def test_d3_an_open_task_shows_its_state_its_days_and_what_is_used_of_its_sum(cast, acme, client_of):
    task = a_working(cast, acme)
    days = {"starts_on": NOON.date(), "ends_on": NOON.date() + 7 * A_DAY}
    DeliveryTask.objects.filter(pk=task.pk).update(used_net=Decimal(6000), **days)

    page = home(client_of, acme.requester)

    assert f'<a href="{reverse("delivery-task", args=[task.pk])}">Single sign-on</a>' in page
    assert "planned Wed 18 Nov to Wed 25 Nov" in page
    assert 'width="25.00%"' in page
    assert "SEK 6,000.00 of SEK 24,000.00 used" in page
    assert ">In work</span>" in page


def test_a_task_before_its_cost_has_no_bar_and_a_closed_one_does_not_stand_there(cast, acme, client_of):
    a_task(acme, cast.tessa.person, title="To be estimated")
    gone = a_task(acme, cast.tessa.person, title="Not wanted any more")
    life.step(gone, to=TaskState.WITHDRAWN, at=NOON)

    page = home(client_of, acme.approver)

    assert ("To be estimated" in page, "Cost to be estimated" in page) == (True, True)
    assert ("Not wanted any more" in page, "meter-box" in page) == (False, False)


def test_more_tasks_than_fit_are_counted(cast, acme, client_of):
    for number in range(7):
        a_task(acme, cast.tessa.person, title=f"Task {number}")

    page = home(client_of, acme.approver)

    assert [f"Task {number}" in page for number in range(7)] == [False, False, True, True, True, True, True]
    assert "2 more tasks" in page


def test_nothing_of_another_client_is_seen(cast, acme, borealis, client_of):
    offered(cast, borealis, title="Their sign-on")
    told_done(cast, borealis)
    asked_for_credit(cast, borealis, subject="Their disk")

    page = home(client_of, acme.approver)

    assert [said in page for said in ("Their sign-on", "is done. Do you accept it?", "Their disk", "Delivery</h2>")] == [False] * 4


def test_who_belongs_to_two_organisations_sees_whose_task_it_is(cast, acme, borealis, client_of):
    Membership.objects.create(person=acme.approver, organisation=borealis.organisation, role=MemberRole.REQUESTER)
    offered(cast, borealis, title="Their sign-on")

    page = home(client_of, acme.approver)

    assert "· Borealis" in page
    assert "Accept SEK" not in page


def test_p1_where_no_delivery_is_offered_nothing_is_asked_for(cast, acme, client_of):
    offered(cast, acme)
    DeliveryTerms.objects.all().delete()

    page = home(client_of, acme.approver)

    assert ("Accept SEK" in page, "Delivery</h2>" in page) == (False, False)


def test_p1_without_credit_what_waits_stands_there_and_no_sessions_do(cast, acme, client_of):
    offered(cast, acme)
    SessionTerms.objects.all().delete()
    cast.credit_terms.delete()

    page = home(client_of, acme.approver)

    assert "Accept SEK 30,000.00" in page
    assert [said in page for said in ("All sessions", "Book a session", "Nothing is booked.")] == [False] * 3


def test_five_of_everything_ask_the_database_no_more_often_than_one(cast, acme, client_of):
    limited(acme, 1000)
    dora = an_approver(acme, "Dora")
    browser = client_of(acme.approver)

    def one_of_each(number):
        offered(cast, acme, title=f"Offered {number}")
        first_yes(offered(cast, acme, title=f"Agreed {number}"), dora)
        told_done(cast, acme)
        asked_for_credit(cast, acme, cause=f"case:{number}", subject=f"Disk {number}")

    one_of_each(1)
    with CaptureQueriesContext(connection) as few:
        assert "Agreed 1" in text(browser.get("/"))
    for number in range(2, 6):
        one_of_each(number)

    with CaptureQueriesContext(connection) as many:
        page = text(browser.get("/"))

    assert [said in page for said in ("Accept SEK 30,000.00 for “Offered 5”?", "Dora Testsson has agreed", "Disk 5")] == [True] * 3
    assert len(many) == len(few)
