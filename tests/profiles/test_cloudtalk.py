"""CT's published terms: a matrix of priorities and plans, around the clock for what is business critical (rules S2 to S5, W2)."""

import pytest
from django.db import connection

from cases import words
from cases.models import Environment
from cases.words import Said
from clients import support_terms
from clients.models import OnCallMember, Plan, Priority
from tests.cases.opened import a_case, a_dispatcher
from tests.cast import at_stockholm
from tests.emptying import forget_history
from tests.profiles.loaded import a_client_with, due, load, matrix, with_people_on_call

pytestmark = pytest.mark.django_db

MONDAY_THREE = at_stockholm(2026, 11, 23, 15)
TUESDAY = (2026, 11, 24)


@pytest.fixture(autouse=True)
def cloudtalk(db):
    with_people_on_call("cloudtalk")


@pytest.mark.parametrize(
    ("code", "responses"),
    [
        ("CT-basic", {1: None, 2: None, 3: None}),
        ("CT-professional", {1: at_stockholm(*TUESDAY, 10), 2: at_stockholm(*TUESDAY, 13), 3: at_stockholm(*TUESDAY, 16)}),
        ("CT-advanced", {1: at_stockholm(2026, 11, 23, 16), 2: at_stockholm(*TUESDAY, 10), 3: at_stockholm(*TUESDAY, 13)}),
    ],
)
def test_s2_every_plan_and_priority_reported_on_a_monday_at_three(code, responses):
    expected = {number: {} if at is None else {"response": at} for number, at in responses.items()}

    assert matrix(code, range(1, 4), at=MONDAY_THREE) == expected


def test_s2_one_hour_around_the_clock_counts_at_night_and_on_a_holiday():
    client = a_client_with("CT-advanced")

    night = a_case(client, at=at_stockholm(2026, 11, 28, 23, 30), priority=1, cause="night")
    christmas = a_case(client, at=at_stockholm(2026, 12, 25, 3), priority=1, cause="christmas")

    assert due(night) == {"response": at_stockholm(2026, 11, 29, 0, 30)}
    assert due(christmas) == {"response": at_stockholm(2026, 12, 25, 4)}


def test_w2_business_hours_are_nine_to_five_without_the_named_holidays():
    client = a_client_with("CT-professional")

    before_christmas = a_case(client, at=at_stockholm(2026, 12, 23, 16), priority=1, cause="a")
    before_easter = a_case(client, at=at_stockholm(2027, 3, 25, 16), priority=1, cause="b")
    in_summer = a_case(client, at=at_stockholm(2026, 7, 1, 8), priority=2, cause="c")

    assert due(before_christmas) == {"response": at_stockholm(2026, 12, 28, 11)}
    assert due(before_easter) == {"response": at_stockholm(2027, 3, 30, 11)}
    assert due(in_summer) == {"response": at_stockholm(2026, 7, 1, 15)}


def test_s3_without_a_chosen_priority_it_is_three():
    assert a_case(a_client_with("CT-professional"), at=MONDAY_THREE).priority == 3


def test_s4_the_first_answer_of_a_person_meets_it_and_the_next_word_starts_no_clock():
    client, disa = a_client_with("CT-professional"), a_dispatcher()
    case = a_case(client, at=MONDAY_THREE, priority=1)

    words.answer(case, Said("We are looking."), by=disa, at=at_stockholm(2026, 11, 23, 16), cause="a")
    words.client_says(case, Said("Thank you."), by=client.requester, at=at_stockholm(2026, 11, 23, 16, 30), cause="b")

    clock = case.clocks.get()
    assert (clock.met_at, clock.breached_at) == (at_stockholm(2026, 11, 23, 16), None)


@pytest.mark.parametrize("environment", [Environment.STAGING, Environment.DEVELOPMENT])
@pytest.mark.parametrize("asked", [1, 2])
def test_s5_what_is_not_in_production_is_three(asked, environment):
    case = a_case(a_client_with("CT-advanced"), at=MONDAY_THREE, priority=asked, environment=environment)

    assert (case.priority, due(case)) == (3, {"response": at_stockholm(*TUESDAY, 13)})


def test_s5_the_terms_say_how_priorities_change():
    client = a_client_with("CT-advanced")
    terms = support_terms.in_force(client.organisation, on=MONDAY_THREE.date())

    assert (terms.lowering_from_report, terms.restarts_on_word, terms.response_met_by) == (False, False, "answer")
    assert list(Priority.objects.order_by("number").values_list("number", "production_only", "lowered_to")) == [
        (1, True, 3),
        (2, True, 3),
        (3, False, None),
    ]


def test_s18_the_plan_around_the_clock_waits_for_people_on_call():
    Plan.objects.all().delete()
    forget_history(connection, Plan.history.model._meta.db_table)
    OnCallMember.objects.all().delete()

    said = load("cloudtalk")

    assert "support plan (CT-advanced): waits for people on call in: On call" in said
    assert set(Plan.objects.exclude(published_at=None).values_list("code", flat=True)) == {"CT-basic", "CT-professional"}
