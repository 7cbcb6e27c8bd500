"""What waits too long in delivery stands in the account manager's list; a client's page shows its tasks (rules: People, T2, T3, D1, D5)."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases.models import TriageDecision, TriageWay
from clients.models import Organisation, StaffDuty
from delivery import estimates, life
from delivery.models import Acceptance, AcceptedBy, Completion, DeliveryTask, TaskState
from tests.cases.opened import a_case, a_dispatcher
from tests.cast import NOON, a_colleague
from tests.delivery.scene import a_draft, a_task, a_task_from_case, a_working, an_accepted, an_offered, delivery_terms

pytestmark = pytest.mark.django_db
A_DAY = timedelta(days=1)
BEFORE = NOON - 7 * A_DAY
LIST = reverse("desk-clients")


@pytest.fixture(autouse=True)
def _noon(cast):
    delivery_terms()
    with time_machine.travel(NOON, tick=False):
        yield


def text(response):
    return " ".join(response.content.decode().replace("\xa0", " ").split())


def waiting(client_of, person):
    response = client_of(person).get(LIST)
    return [(item.title, item.text, item.since) for item in response.context["waiting"]]


def reviewed(cast, client, *, at=BEFORE, title="Review"):
    estimate = a_draft(a_task(client, cast.tessa.person, at=at, title=title), cast.tessa.person, at=at)
    return estimates.submit(estimate, by=cast.tessa.person, at=at)


def offered(cast, client, *, at=BEFORE, title="Offer"):
    return an_offered(a_task(client, cast.tessa.person, at=at, title=title), cast.tessa.person, cast.max, at=at)


def agreed_once(cast, client, *, at=BEFORE, title="Second yes"):
    estimate = offered(cast, client, at=at - 7 * A_DAY, title=title)
    document = estimate.documents.get(language="en")
    sums = {name: getattr(estimate, name) for name in ("currency", "net", "vat", "total")}
    facts = {"person": client.approver, "at": at, "way": AcceptedBy.PAGE, "document": document, "digest": document.digest}
    Acceptance.objects.create(estimate=estimate, **facts, **sums)
    return estimate


def told_done(cast, client, *, due_at=NOON - A_DAY, title="Done"):
    task = a_working(cast, client, at=BEFORE - 7 * A_DAY)
    DeliveryTask.objects.filter(pk=task.pk).update(title=title)
    told = {"told_at": BEFORE, "told_by": cast.max, "words": "It works", "due_at": due_at}
    return Completion.objects.create(task=task, number=1, **told)


def objected(client, by, *, at=BEFORE, subject="Objection"):
    task = a_task_from_case(client, by, at=at, subject=subject)
    TriageDecision.objects.filter(delivery_task=task).update(objected_at=at, objected_by=client.requester, objection="It is a fault")


def asked(cast, client, *, at=BEFORE, subject="Credit"):
    case = a_case(client, at=at, subject=subject)
    columns = {"way": TriageWay.SERVER_SUPPORT, "reason": "Your own server", "decided_at": at, "decided_by": cast.tessa.person}
    TriageDecision.objects.create(case=case, **columns)


def test_what_waits_too_long_stands_there_with_what_it_waits_for(cast, acme, client_of):
    disa = a_dispatcher()
    estimate, offer = reviewed(cast, acme), offered(cast, acme)
    second, told = agreed_once(cast, acme), told_done(cast, acme)
    objected(acme, disa)
    asked(cast, acme)

    found = {(title.split(" ", 1)[1], said) for title, said, _ in waiting(client_of, cast.max)}

    assert found == {
        ("Review", "Estimate to review"),
        ("Offer", "Cost to accept"),
        ("Second yes", "Cost to accept by a second approver"),
        ("Done", "Work to accept"),
        ("Objection", "An objection: support, not delivery"),
        ("Credit", "A question whether credit may be used"),
    }
    page = text(client_of(cast.max).get(LIST))
    assert reverse("desk-delivery-estimate", args=[estimate.pk]) in page
    for thing in (offer, second, told):
        assert reverse("desk-delivery-task", args=[thing.task_id]) in page


def test_it_has_waited_since_it_became_somebodys_turn(cast, acme, client_of):
    agreed_once(cast, acme, at=NOON - A_DAY, title="Just agreed")
    agreed_once(cast, acme, at=BEFORE + timedelta(hours=1), title="Agreed long ago")

    assert [(title.split(" ", 1)[1], since) for title, _, since in waiting(client_of, cast.max)] == [
        ("Agreed long ago", BEFORE + timedelta(hours=1))
    ]


def test_what_has_not_waited_long_or_was_answered_does_not_stand_there(cast, acme, client_of):
    reviewed(cast, acme, at=NOON - A_DAY)
    offered(cast, acme, at=NOON - A_DAY)
    told_done(cast, acme, due_at=NOON + A_DAY)
    asked(cast, acme, at=NOON - A_DAY)
    objected(acme, a_dispatcher(), at=NOON - A_DAY)
    an_accepted(acme, cast.tessa.person, cast.max, at=BEFORE)
    a_draft(a_task(acme, cast.tessa.person, at=BEFORE), cast.tessa.person, at=BEFORE)

    assert waiting(client_of, cast.max) == []


def test_three_working_days_exactly_are_too_long(cast, acme, client_of):
    offered(cast, acme, at=NOON - 5 * A_DAY)  # Friday noon; Wednesday noon is three working days later

    with time_machine.travel(NOON - timedelta(minutes=1), tick=False):
        early = waiting(client_of, cast.max)

    assert (early, len(waiting(client_of, cast.max))) == ([], 1)


def test_only_who_looks_after_the_client_sees_it(cast, acme, client_of):
    offered(cast, acme)
    mona, deputy = a_colleague("Mona", StaffDuty.ACCOUNT_MANAGER), a_colleague("Dagny", StaffDuty.ACCOUNT_MANAGER)
    Organisation.objects.update(deputy_manager=deputy)

    seen = {person.name.split()[0]: len(waiting(client_of, person)) for person in (mona, deputy, cast.fia, cast.ada)}

    assert seen == {"Mona": 0, "Dagny": 1, "Fia": 0, "Ada": 1}


def test_much_that_waits_takes_as_many_queries_as_little(cast, acme, borealis, client_of):
    browser, disa = client_of(cast.max), a_dispatcher()

    def one_of_each(client, number):
        for make in (reviewed, offered, agreed_once, told_done):
            make(cast, client, title=f"{make.__name__} {number}")
        objected(client, disa, subject=f"Objection {number}")
        asked(cast, client, subject=f"Credit {number}")

    one_of_each(acme, 1)
    with CaptureQueriesContext(connection) as little:
        browser.get(LIST)
    one_of_each(acme, 2)
    one_of_each(borealis, 3)

    with CaptureQueriesContext(connection) as much:
        page = text(browser.get(LIST))

    assert [f"{name} 3" in page for name in ("reviewed", "offered", "agreed_once", "told_done", "Objection", "Credit")] == [True] * 6
    assert len(much) == len(little)


def test_a_clients_page_lists_its_tasks_the_open_ones_first(cast, acme, borealis, client_of):
    closed = a_task(acme, cast.tessa.person, title="Given up")
    life.step(closed, to=TaskState.WITHDRAWN, at=NOON)
    task = a_working(cast, acme)
    a_task(borealis, cast.tessa.person, title="Theirs")

    page = text(client_of(cast.max).get(reverse("desk-client", args=[acme.organisation.pk])))

    assert page.index(f'<a href="{reverse("desk-delivery-task", args=[task.pk])}">Single sign-on</a>') < page.index("Given up")
    assert "In work · Tessa Testsson" in page
    assert "Theirs" not in page


def test_a_client_without_tasks_has_no_such_list(cast, acme, client_of):
    assert "Delivery tasks" not in text(client_of(cast.max).get(reverse("desk-client", args=[acme.organisation.pk])))
