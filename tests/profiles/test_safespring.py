"""SS's published terms: product codes, support around the clock by mail or phone, written support in English (rules P2, P4, S2)."""

import pytest

from cases.models import Opened
from clients import support_terms
from clients.models import Plan
from tests.cases.opened import a_case
from tests.cast import at_stockholm
from tests.profiles.loaded import a_client_with, due, load, matrix, with_people_on_call

pytestmark = pytest.mark.django_db

SATURDAY_TEN = at_stockholm(2026, 11, 28, 22)
CODES = ["SUPPORT-iaas.base", "SUPPORT-standard", "SUPPORT-premium"]


@pytest.fixture(autouse=True)
def safespring(db):
    with_people_on_call("safespring")


@pytest.mark.parametrize(
    ("code", "responses"),
    [
        ("SUPPORT-iaas.base", {1: (29, 2), 2: (29, 6), 3: (29, 22)}),
        ("SUPPORT-standard", {1: (29, 0), 2: (29, 2), 3: (29, 10)}),
        ("SUPPORT-premium", {1: (28, 23), 2: (29, 0), 3: (29, 6)}),
    ],
)
def test_s2_every_plan_and_priority_counts_around_the_clock_on_a_saturday_night(code, responses):
    expected = {number: {"response": at_stockholm(2026, 11, day, hour)} for number, (day, hour) in responses.items()}

    assert matrix(code, range(1, 4), at=SATURDAY_TEN) == expected


def test_p2_the_product_codes_are_those_published():
    assert list(Plan.objects.exclude(published_at=None).order_by("position").values_list("code", flat=True)) == CODES


@pytest.mark.parametrize("code", CODES)
def test_p4_written_support_is_in_english_and_others_are_answered_in_it(code):
    terms = support_terms.in_force(a_client_with(code).organisation, on=SATURDAY_TEN.date())

    assert {channel: terms.languages[channel] for channel in ("portal", "email", "chat")} == {
        "portal": ["en"],
        "email": ["en"],
        "chat": ["en"],
    }
    assert terms.fallback_language == "en"
    assert {"email", "phone", "chat"} <= set(terms.channels)


def test_p2_service_manager_and_meetings_come_with_the_plan():
    found = Plan.objects.order_by("position").values_list("service_manager", "status_meetings", "community_chat")

    assert list(found) == [("", 0, True), ("shared", 4, True), ("dedicated", 4, True)]


def test_s4_the_next_word_of_the_client_is_due_anew():
    client = a_client_with("SUPPORT-premium")
    case = a_case(client, at=SATURDAY_TEN, priority=1, via=Opened.EMAIL)

    assert (case.terms["restarts_on_word"], case.terms["response_met_by"]) == (True, "answer")
    assert due(case) == {"response": at_stockholm(2026, 11, 28, 23)}


def test_p1_loading_again_changes_nothing():
    assert load("safespring") == []
