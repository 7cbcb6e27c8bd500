"""EV's published terms: troubleshooting of agreed services is support, changes are delivery at an approved cost (T1, T2, D1 to D5, S17)."""

from decimal import Decimal

import pytest

from cases import solutions, teams, words, worklog
from cases.models import Case, ClosedAs, DeliveryGround, Team
from cases.triage import Judgement
from cases.words import Said
from clients import provider, support_terms
from clients.models import Plan
from delivery import life, tasks, terms
from delivery.models import DeliveryTask, DeliveryTerms, TaskEventKind, TaskState
from tests.cases.opened import a_case, a_dispatcher
from tests.cast import at_stockholm
from tests.delivery.scene import a_draft
from tests.profiles.loaded import a_client_with, load, matrix

pytestmark = pytest.mark.django_db

MONDAY_TEN = at_stockholm(2026, 11, 23, 10)
MONDAY_ELEVEN = at_stockholm(2026, 11, 23, 11)
CHANGE = Judgement(DeliveryGround.CONFIGURATION, "A second directory is a change of how the synchronisation is configured.")


@pytest.fixture(autouse=True)
def eventful(db):
    load("eventful")


def became_delivery(client, by, **report):
    case = a_case(client, at=MONDAY_TEN, subject="Read our second directory too", **report)
    return tasks.open_from_case(case=case, judgement=CHANGE, by=by, at=MONDAY_ELEVEN, cause="triage:1")


def test_s2_no_times_are_published_so_nothing_is_due():
    assert matrix("EV-support", range(1, 4), at=MONDAY_TEN) == {1: {}, 2: {}, 3: {}}


def test_t1_a_user_that_the_synchronisation_does_not_create_is_support_until_it_is_solved():
    client, disa = a_client_with("EV-support"), a_dispatcher()
    case = a_case(client, at=MONDAY_TEN, subject="A user is not created in the target system by the synchronisation")

    words.answer(case, Said("We read the log."), by=disa, at=MONDAY_TEN, cause="a")
    worklog.log(case=case, person=disa, started_at=MONDAY_TEN, ended_at=MONDAY_ELEVEN, note="Read the log", by=disa, at=MONDAY_ELEVEN)
    proposed = solutions.propose(case, Said("Her group was missing in the rule."), by=disa, at=MONDAY_ELEVEN, cause="b")
    solutions.approve(proposed, by=client.requester, at=MONDAY_ELEVEN)

    case.refresh_from_db()
    assert (case.closed_as, worklog.total_minutes(case), DeliveryTask.objects.count()) == (ClosedAs.SOLVED, 60, 0)


def test_t2_a_change_of_configuration_closes_the_case_with_that_reason_and_becomes_a_task_inside():
    client, disa = a_client_with("EV-support"), a_dispatcher()

    task = became_delivery(client, disa)

    case = Case.objects.get()
    told = case.messages.order_by("pk").last()
    assert (case.state, case.closed_as, told.text, told.voice) == ("closed", ClosedAs.DELIVERY, CHANGE.reason, "staff")
    assert (task.case, task.decision.case, task.title, task.state) == (case, case, case.subject, TaskState.ESTIMATING)
    assert case.events.get(kind="became_delivery").facts["task"] == task.pk


def test_d2_only_an_accepted_cost_or_none_reaches_the_delivery_department():
    client, disa = a_client_with("EV-support"), a_dispatcher()
    task = became_delivery(client, disa)
    a_draft(task, disa, at=MONDAY_ELEVEN)

    with pytest.raises(life.TaskMovedOn):
        tasks.begin(task, by=disa, at=MONDAY_ELEVEN)

    assert DeliveryTask.objects.get().state == TaskState.ESTIMATING


def test_d2_a_task_without_a_cost_goes_there_directly():
    client, disa = a_client_with("EV-support"), a_dispatcher()
    task = became_delivery(client, disa)

    tasks.hand_over_free(task, by=client.organisation.account_manager, at=MONDAY_ELEVEN, reason="Five minutes")
    begun = tasks.begin(task, by=disa, at=MONDAY_ELEVEN)

    assert (begun.state, begun.is_free, begun.accepted_net) == (TaskState.WORKING, True, Decimal(0))
    assert list(begun.events.order_by("pk").values_list("kind", flat=True)) == [
        TaskEventKind.OPENED,
        TaskEventKind.SENT_FREE,
        TaskEventKind.BEGUN,
    ]


def test_d1_one_account_manager_approves_whatever_the_sum_and_nothing_passes_by_itself_until_they_say_so():
    organisation = a_client_with("EV-support").organisation
    before = (terms.limits_of(organisation).passes_below, terms.second_above(organisation))

    terms.ManagerLimit.objects.create(person=organisation.account_manager, passes_below=Decimal(5000), second_above=Decimal(200_000))

    assert before == (None, None)
    assert (terms.limits_of(organisation).passes_below, terms.second_above(organisation)) == (Decimal(5000), Decimal(200_000))


def test_d2_d5_d6_the_terms_of_delivery_are_those_of_the_file():
    found = DeliveryTerms.objects.values(
        "hourly_rate", "hourly_rate_currency", "validity_days", "reminder_days", "second_above", "credit_price_per_hour"
    ).get()

    assert found == {
        "hourly_rate": Decimal("1250.00"),
        "hourly_rate_currency": "SEK",
        "validity_days": 30,
        "reminder_days": [7, 2],
        "second_above": None,
        "credit_price_per_hour": None,
    }
    assert (terms.current().acceptance_days, terms.current().silence_accepts, terms.current().warn_percent) == (10, False, 80)


def test_s12_a_visit_is_not_included_but_a_delivery_with_travel_of_its_own_price():
    found = support_terms.in_force(a_client_with("EV-support").organisation, on=MONDAY_TEN.date())

    assert found.visit_included is False
    assert (terms.current().travel_rate.amount, terms.current().mileage_rate.amount) == (Decimal(800), Decimal(25))


def test_s17_development_and_operations_take_a_case_and_the_client_keeps_one_contact():
    client, disa = a_client_with("EV-support"), a_dispatcher()
    case = a_case(client, at=MONDAY_TEN)
    words.answer(case, Said("I look after this."), by=disa, at=MONDAY_TEN, cause="a")

    handed = teams.hand_over(case, team=Team.objects.get(code="development"), reason="A fault", by=disa, at=MONDAY_ELEVEN)

    assert set(Team.objects.filter(retired=False).values_list("code", flat=True)) == {"development", "operations"}
    assert (handed.team.code, handed.owner, handed.state) == ("development", Case.objects.get().owner, Case.objects.get().state)
    assert not case.messages.filter(at=MONDAY_ELEVEN).exists()


def test_p1_loading_it_again_changes_nothing_and_leaves_no_trace():
    before = (DeliveryTerms.history.count(), Plan.history.count())

    assert load("eventful") == []
    assert (DeliveryTerms.history.count(), Plan.history.count()) == before


def test_p2_the_plan_is_published_with_the_file_and_new_clients_are_written_to_in_swedish():
    assert Plan.objects.get().published_at is not None
    assert provider.current().language == "sv"
