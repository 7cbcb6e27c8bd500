"""ER's published terms: Basic, Priority, individual plans, outages, and calls (rules P3, S2, S9, S13, S15)."""

from datetime import date

import pytest

from clients import agreed, plans, support_terms
from clients.models import AgreementTarget, OnCallRota, Plan, Priority
from credits.models import CreditTerms
from sessions.models import Purpose
from tests.cases.opened import a_case
from tests.cast import at_stockholm
from tests.profiles.loaded import a_client_with, agreement_of, due, load, matrix, with_people_on_call
from worktime.models import BusinessCalendar

pytestmark = pytest.mark.django_db

MONDAY_THREE = at_stockholm(2026, 11, 23, 15)
FRIDAY_TEN = at_stockholm(2026, 11, 27, 10)


@pytest.fixture(autouse=True)
def easyredmine(db):
    with_people_on_call("easyredmine")


@pytest.mark.parametrize(
    ("code", "at", "solution"),
    [
        ("ER-basic", MONDAY_THREE, at_stockholm(2026, 11, 26, 15)),
        ("ER-basic", FRIDAY_TEN, at_stockholm(2026, 12, 2, 10)),
        ("ER-priority", MONDAY_THREE, at_stockholm(2026, 11, 24, 17)),
        ("ER-priority", FRIDAY_TEN, at_stockholm(2026, 11, 30, 17)),
    ],
)
def test_s2_every_plan_and_severity_is_solved_in_24_working_hours_or_by_the_next_working_day(code, at, solution):
    assert matrix(code, range(1, 5), at=at) == {number: {"solution": solution} for number in range(1, 5)}


def test_s2_priority_ranks_above_basic_and_severity_still_counts():
    basic, priority = a_client_with("ER-basic", name="Basic"), a_client_with("ER-priority", name="Prio")
    cases = [
        a_case(basic, at=MONDAY_THREE, priority=1, cause="a"),
        a_case(priority, at=MONDAY_THREE, priority=3, cause="b"),
        a_case(priority, at=MONDAY_THREE, priority=2, cause="c"),
        a_case(basic, at=MONDAY_THREE, priority=4, cause="d", is_outage=True),
    ]

    assert [case.cause for case in type(cases[0]).objects.in_order()] == ["d", "c", "b", "a"]


def test_s1_s9_channels_and_calls_follow_the_plan():
    basic, priority = (
        support_terms.in_force(a_client_with(code, name=name).organisation, on=MONDAY_THREE.date())
        for code, name in (("ER-basic", "Basic"), ("ER-priority", "Prio"))
    )

    assert (basic.channels, basic.call_after_answers) == (("portal", "email"), 3)
    assert (priority.channels, priority.call_after_answers) == (("portal", "email", "phone"), 1)
    assert basic.outage_phone == priority.outage_phone != ""
    assert basic.outage_rota_id == OnCallRota.objects.get().pk
    assert basic.reopen_days == 30


def test_s15_the_first_two_severities_should_be_followed_by_a_call():
    assert list(Priority.objects.order_by("number").values_list("number", "call_urged")) == [(1, True), (2, True), (3, False), (4, False)]


def test_p3_a_trial_of_thirty_days_ends_by_itself():
    client = a_client_with()
    agreement = agreement_of(client)
    manager = client.organisation.account_manager
    agreement.delete()

    trial = agreed.start_trial(
        organisation=client.organisation, plan=Plan.objects.get(code="ER-priority"), on=date(2026, 11, 1), by=manager, at=MONDAY_THREE
    )

    assert (trial.starts_on, trial.ends_on, trial.is_trial) == (date(2026, 11, 1), date(2026, 12, 1), True)
    assert support_terms.in_force(client.organisation, on=date(2026, 11, 30)).plans == ("ER-priority",)
    assert support_terms.in_force(client.organisation, on=date(2026, 12, 1)).plans == ()


def test_p3_an_individual_plan_is_a_plan_with_targets_and_terms_of_its_own():
    client = a_client_with("ER-priority")
    agreement, manager = agreement_of(client), client.organisation.account_manager
    office = BusinessCalendar.objects.get(code="office")
    own = AgreementTarget(
        priority=Priority.objects.get(number=1), response_kind="within", response_minutes=60, response_calendar=office, rota=None
    )

    agreed.set_target(agreement=agreement, target=own, reason="As agreed", by=manager, at=MONDAY_THREE)
    agreed.set_term(agreement=agreement, name="call_after_answers", value=2, reason="As agreed", by=manager, at=MONDAY_THREE)

    urgent = a_case(client, at=MONDAY_THREE, priority=1, cause="a")
    high = a_case(client, at=MONDAY_THREE, priority=2, cause="b")
    assert (due(urgent), urgent.terms["call_after_answers"]) == ({"response": at_stockholm(2026, 11, 23, 16)}, 2)
    assert due(high) == {"solution": at_stockholm(2026, 11, 24, 17)}


def test_s18_without_people_for_outages_no_plan_is_offered():
    Plan.objects.update(published_at=None)
    OnCallRota.objects.get().members.all().delete()

    assert {plan.code: [rota.code for rota in plans.waits_for(plan)] for plan in Plan.objects.all()} == {
        "ER-basic": ["outages"],
        "ER-priority": ["outages"],
    }


def test_c3_server_support_stands_beside_the_plans():
    assert CreditTerms.objects.get().minimum_top_up_minutes == 480
    assert Purpose.objects.filter(offered=True).count() == 12


def test_p1_loading_again_changes_nothing():
    assert load("easyredmine") == []
