"""Delivery in the day of the provider's people (rules T2, D1 to D3, D5)."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases.models import TriageDecision
from clients.models import Organisation, StaffDuty
from dashboard import delivery_day
from delivery import estimates, life, tasks
from delivery.models import Completion, DeliveryTask, DeliveryTerms, EstimateApproval, EstimateState, TaskState
from tests.cases.opened import a_dispatcher
from tests.cast import NOON, a_colleague
from tests.delivery.scene import a_draft, a_task, a_task_from_case, a_working, an_accepted, an_offered, delivery_terms

pytestmark = pytest.mark.django_db
A_DAY = timedelta(days=1)
DAY = reverse("desk-day")


@pytest.fixture(autouse=True)
def _noon(cast):
    delivery_terms()
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def deputy(acme):
    """Dagny deputises for Max at Acme."""
    dagny = a_colleague("Dagny", StaffDuty.ACCOUNT_MANAGER)
    Organisation.objects.filter(pk=acme.organisation.pk).update(deputy_manager=dagny)
    acme.organisation.refresh_from_db()
    return dagny


def text(response):
    return " ".join(response.content.decode().replace("\xa0", " ").split())


def day(client_of, person):
    return text(client_of(person).get(DAY))


def to_do(person, *, at=NOON):
    return [item.text for item in delivery_day.of(person, at=at).to_do]


def handed_in(client, by, **fields):
    return estimates.submit(a_draft(a_task(client, by, **fields), by), by=by, at=NOON)


def used(task, net, **columns):
    DeliveryTask.objects.filter(pk=task.pk).update(used_net=Decimal(net), **columns)


def objected(client, by, **fields):
    task = a_task_from_case(client, by, **fields)
    TriageDecision.objects.filter(delivery_task=task).update(objected_at=NOON, objected_by=client.requester, objection="It is a fault")
    return task


def test_d1_an_estimate_to_review_stands_in_the_account_managers_day(cast, acme, client_of):
    estimate = handed_in(acme, cast.tessa.person)

    page = day(client_of, cast.max)

    assert "Estimate of SEK 24,000.00 to review, written by Tessa Testsson." in page
    assert f'<a href="{reverse("desk-delivery-estimate", args=[estimate.pk])}">D{estimate.task_id} Single sign-on</a>' in page


def test_d1_nobody_is_asked_to_review_their_own_nor_twice_nor_anothers_client(cast, acme, deputy):
    mona = a_colleague("Mona", StaffDuty.ACCOUNT_MANAGER)
    handed_in(acme, cast.max)
    own = (len(to_do(cast.max)), len(to_do(deputy)), len(to_do(mona)))
    estimate = handed_in(acme, cast.tessa.person)
    EstimateApproval.objects.create(estimate=estimate, submission=1, person=cast.max, at=NOON)

    assert own == (0, 1, 0)
    assert (len(to_do(cast.max)), len(to_do(deputy)), len(to_do(cast.tessa.person)), len(to_do(cast.ada))) == (0, 2, 0, 0)


def test_d1_given_back_and_handed_in_again_it_is_to_be_reviewed_again(cast, acme):
    estimate = handed_in(acme, cast.tessa.person)
    EstimateApproval.objects.create(estimate=estimate, submission=1, person=cast.max, at=NOON)
    life.step_estimate(estimate, to=EstimateState.DRAFT)
    life.step(estimate.task, to=TaskState.ESTIMATING, at=NOON)

    estimates.submit(estimate, by=cast.tessa.person, at=NOON)

    assert to_do(cast.max) == ["Estimate of SEK\xa024,000.00 to review, written by Tessa Testsson."]


def test_t2_an_objection_is_decided_by_somebody_else_than_who_judged(cast, acme, client_of):
    disa, dora = a_dispatcher(), a_dispatcher("Dora")
    task = objected(acme, disa, subject="Read our second directory too")

    seen = {person.name.split()[0]: len(to_do(person)) for person in (disa, dora, cast.max, cast.tessa.person)}

    assert seen == {"Disa": 0, "Dora": 1, "Max": 1, "Tessa": 0}
    page = day(client_of, dora)
    assert "The client objects: it is support, not delivery." in page
    assert f'<a href="{reverse("desk-delivery-objection", args=[task.pk])}">#{task.case_id} Read our second directory too</a>' in page


def test_t2_a_decided_objection_is_nothing_to_do(cast, acme):
    task = objected(acme, a_dispatcher())
    TriageDecision.objects.filter(delivery_task=task).update(settled_at=NOON, settled_by=cast.max, settlement="No", upheld=False)

    assert to_do(cast.max) == []


def test_d2_what_is_ready_and_nobodys_is_offered_to_who_does_the_work(cast, acme, client_of):
    task = an_accepted(acme, cast.tessa.person, cast.max)
    disa = a_dispatcher()

    pages = {person.name.split()[0]: day(client_of, person) for person in (cast.tessa.person, disa, cast.max, cast.ada)}

    said = "Ready to begin, nobody has it"
    assert {name: said in page for name, page in pages.items()} == {"Tessa": True, "Disa": True, "Max": False, "Ada": False}
    assert f'<a href="{reverse("desk-delivery-task", args=[task.pk])}">Single sign-on</a>' in pages["Tessa"]
    assert "meter-box" not in pages["Tessa"]  # nothing is worked on yet


def test_d2_somebodys_task_is_in_their_day_only_with_what_is_used_of_it(cast, acme, client_of):
    task = tasks.begin(an_accepted(acme, cast.tessa.person, cast.max), by=cast.theo.person, at=NOON)
    used(task, 12_000, ends_on=NOON.date() + A_DAY)

    theos, tessas = day(client_of, cast.theo.person), day(client_of, cast.tessa.person)

    assert "Your delivery tasks" in theos
    assert "· Acme · In work · planned until Thu 19 Nov" in theos
    assert ('width="50.00%"' in theos, "SEK 12,000.00 of SEK 24,000.00 used" in theos) == (True, True)
    assert ("Your delivery tasks" in tessas, "nobody has it" in tessas) == (False, False)


def test_d2_one_s_own_come_by_when_they_should_be_done(cast, acme):
    for title, days in (("Later", 9), ("No date", None), ("Sooner", 2)):
        task = tasks.begin(an_accepted(acme, cast.tessa.person, cast.max), by=cast.tessa.person, at=NOON)
        ends_on = None if days is None else NOON.date() + days * A_DAY
        DeliveryTask.objects.filter(pk=task.pk).update(title=title, ends_on=ends_on)

    assert [row.task.title for row in delivery_day.of(cast.tessa.person, at=NOON).mine] == ["Sooner", "Later", "No date"]


@pytest.mark.parametrize(("net", "found"), [(19_199, 0), (19_200, 1), (24_000, 1)])
def test_d3_a_sum_that_is_nearly_used_is_told_to_who_works_and_who_manages(cast, acme, net, found):
    used(a_working(cast, acme), net)

    assert [len(to_do(person)) for person in (cast.tessa.person, cast.max, cast.theo.person, cast.ada)] == [found, found, 0, 0]


def test_d3_how_much_is_used_is_said_and_all_of_it_is_urgent(cast, acme):
    used(a_working(cast, acme), 24_000)

    (item,) = delivery_day.of(cast.tessa.person, at=NOON).to_do

    assert (item.text.replace("\xa0", " "), item.urgent) == (
        "SEK 24,000.00 of SEK 24,000.00 is used. More takes a change estimate.",
        True,
    )


def test_d3_once_a_change_estimate_is_under_way_there_is_nothing_more_to_do_about_it(cast, acme):
    task = a_working(cast, acme)
    used(task, 24_000)

    a_draft(task, cast.tessa.person)

    assert to_do(cast.tessa.person) == []


@pytest.mark.parametrize(("days", "found"), [(2, 1), (3, 0), (0, 1)])
def test_d2_an_estimate_that_will_expire_is_told_to_the_account_manager(cast, acme, days, found):
    last = NOON.date() + days * A_DAY
    an_offered(a_task(acme, cast.tessa.person), cast.tessa.person, cast.max, valid_until=last)

    assert (len(to_do(cast.max)), to_do(cast.tessa.person)) == (found, [])
    assert all("The client has not answered. The estimate expires on " in said for said in to_do(cast.max))


@pytest.mark.parametrize(("minutes", "found"), [(0, 0), (1, 1)])
def test_d5_an_answer_that_is_overdue_is_told_to_the_account_manager(cast, acme, minutes, found):
    due_at = NOON - timedelta(minutes=minutes)
    told = {"told_at": NOON - 14 * A_DAY, "told_by": cast.max, "words": "It works", "due_at": due_at}
    Completion.objects.create(task=a_working(cast, acme), number=1, **told)

    assert to_do(cast.max) == ["The client was told that it is done, and has not answered in time."] * found
    assert to_do(cast.tessa.person) == []


def test_nothing_of_a_client_that_somebody_else_manages_is_seen(cast, acme, borealis):
    mona = a_colleague("Mona", StaffDuty.ACCOUNT_MANAGER)
    handed_in(acme, cast.tessa.person)
    objected(borealis, a_dispatcher())
    used(a_working(cast, borealis), 24_000)

    assert to_do(mona) == []


def test_p1_where_no_delivery_is_offered_the_day_says_nothing_of_it(cast, acme, client_of):
    handed_in(acme, cast.tessa.person)
    an_accepted(acme, cast.tessa.person, cast.max)
    DeliveryTerms.objects.all().delete()

    pages = day(client_of, cast.max) + day(client_of, cast.tessa.person)

    assert ("to review" in pages, "nobody has it" in pages) == (False, False)


def test_where_nothing_waits_the_page_says_so(cast, client_of):
    assert "Nothing waits for you." in day(client_of, cast.max)


def test_five_of_everything_ask_the_database_no_more_often_than_one(cast, acme, client_of):
    mia = a_colleague("Mia", StaffDuty.ACCOUNT_MANAGER, StaffDuty.DISPATCHER, StaffDuty.TECHNICIAN)
    Organisation.objects.update(account_manager=mia)
    acme.organisation.refresh_from_db()
    disa, browser = a_dispatcher(), client_of(mia)

    def one_of_each(number):
        handed_in(acme, cast.tessa.person, title=f"Review {number}")
        objected(acme, disa, subject=f"Objection {number}")
        an_accepted(acme, cast.tessa.person, mia)
        used(tasks.begin(an_accepted(acme, cast.tessa.person, mia), by=mia, at=NOON), 24_000)
        an_offered(a_task(acme, cast.tessa.person), cast.tessa.person, mia, valid_until=NOON.date() + A_DAY)
        told = {"told_at": NOON - 14 * A_DAY, "told_by": mia, "words": "It works", "due_at": NOON - A_DAY}
        Completion.objects.create(task=an_accepted(acme, cast.tessa.person, mia), number=1, **told)

    one_of_each(1)
    with CaptureQueriesContext(connection) as few:
        browser.get(DAY)
    for number in range(2, 6):
        one_of_each(number)

    with CaptureQueriesContext(connection) as many:
        page = text(browser.get(DAY))

    assert [said in page for said in ("Review 5", "Objection 5", "expires on", "in time.", "is used", "nobody has it")] == [True] * 6
    assert len(many) == len(few)
