"""SQ's published terms: response within working hours, met by troubleshooting that has begun (rules S2, S4, S10 to S12, W2)."""

import pytest

from cases import words
from cases.intake import Caller
from cases.models import Opened
from cases.words import Said
from clients import support_terms
from clients.models import Plan
from tests.cases.opened import a_case, a_dispatcher
from tests.cast import at_stockholm
from tests.profiles.loaded import a_client_with, due, load, matrix

pytestmark = pytest.mark.django_db

MONDAY_THREE = at_stockholm(2026, 11, 23, 15)


@pytest.fixture(autouse=True)
def stratiteq(db):
    load("stratiteq")


def test_s2_every_priority_reported_on_a_monday_at_three_and_confirmed_by_a_call():
    assert matrix("ONGOING-services", range(1, 4), at=MONDAY_THREE, called=True) == {
        1: {"response": at_stockholm(2026, 11, 23, 17)},
        2: {"response": at_stockholm(2026, 11, 24, 10)},
        3: {"response": at_stockholm(2026, 11, 24, 14)},
    }


def test_w3_reported_monday_at_three_eight_hours_are_due_tuesday_at_two():
    case = a_case(a_client_with("ONGOING-services"), at=MONDAY_THREE)

    assert (case.priority, due(case)) == (3, {"response": at_stockholm(2026, 11, 24, 14)})


@pytest.mark.parametrize("asked", [1, 2])
def test_s2_until_the_call_is_logged_a_higher_priority_is_three(asked):
    case = a_case(a_client_with("ONGOING-services"), at=MONDAY_THREE, priority=asked, via=Opened.EMAIL)

    assert (case.priority, case.priority_asked, due(case)) == (3, asked, {"response": at_stockholm(2026, 11, 24, 14)})


def test_w2_the_day_before_a_holiday_is_short_and_the_holiday_is_closed():
    client = a_client_with("ONGOING-services")

    before_christmas_eve = a_case(client, at=at_stockholm(2026, 12, 23, 15), cause="a")
    on_midsummer_eve = a_case(client, at=at_stockholm(2026, 6, 19, 13), cause="b")
    on_a_saturday = a_case(client, at=at_stockholm(2026, 11, 28, 12), cause="c")

    assert due(before_christmas_eve) == {"response": at_stockholm(2026, 12, 28, 8, 30)}
    assert due(on_midsummer_eve) == {"response": at_stockholm(2026, 6, 22, 15)}
    assert due(on_a_saturday) == {"response": at_stockholm(2026, 11, 30, 16)}


def test_s4_an_answer_alone_does_not_do_troubleshooting_does():
    client, disa = a_client_with("ONGOING-services"), a_dispatcher()
    case = a_case(client, at=MONDAY_THREE)

    words.answer(case, Said("We are looking."), by=disa, at=at_stockholm(2026, 11, 23, 16), cause="a")
    after_the_answer = case.clocks.get().met_at
    words.begin_troubleshooting(case, by=disa, at=at_stockholm(2026, 11, 24, 9))

    assert (after_the_answer, case.clocks.get().met_at) == (None, at_stockholm(2026, 11, 24, 9))


def test_s1_calls_are_taken():
    disa = a_dispatcher()
    caller = Caller(name="Rolf", company="Acme", phone="+46 70 000 00 00", email="rolf@acme.example")

    case = a_case(a_client_with("ONGOING-services"), at=MONDAY_THREE, priority=1, via=Opened.PHONE, called=True, caller=caller, by=disa)

    assert (case.priority, due(case)) == (1, {"response": at_stockholm(2026, 11, 23, 17)})


def test_s10_s11_s12_the_terms_hold_what_is_published():
    terms = support_terms.in_force(a_client_with("ONGOING-services").organisation, on=MONDAY_THREE.date())

    assert (terms.call_after_minutes, terms.call_after_answers) == (240, None)
    assert (terms.silence_closes_after_days, terms.reopen_days) == (None, 30)
    assert (terms.visit_included, terms.status_meetings) == (True, 4)
    assert (terms.restarts_on_word, terms.lowering_from_report) == (False, False)


def test_p2_the_plan_is_published_with_the_file():
    assert Plan.objects.get().published_at is not None
