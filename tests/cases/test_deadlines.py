"""What is done about deadlines when their time has come: warned, recorded, computed anew, alarmed (rules S6, S7, S11, P4)."""

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from cases import jobs, languages, priorities, replay, solutions, words
from cases.models import ClockKind, EventKind
from cases.words import Said
from notices.models import Notice
from tests.cases.opened import a_calendar, a_case, a_dispatcher, a_plan, bind
from tests.cast import at_stockholm
from worktime.models import BusinessCalendar, DatedOpening

NINE, TEN = at_stockholm(2026, 11, 23, 9), at_stockholm(2026, 11, 23, 10)


@pytest.fixture
def disa(acme):
    return a_dispatcher()


@pytest.fixture
def case(acme, disa):
    bind(acme, a_plan())
    return a_case(acme, at=NINE)


def agrees(case):
    return [str(found) for found in replay.differences(case)] == []


def close_on(*date):
    calendar = BusinessCalendar.objects.get(code="sq")
    DatedOpening.objects.create(calendar=calendar, on=datetime(*date).date())
    BusinessCalendar.objects.filter(pk=calendar.pk).update(version=uuid4())


def test_s7_at_three_quarters_the_dispatchers_are_warned_once(case, disa):
    assert jobs.warn_near(at_stockholm(2026, 11, 23, 14, 59)) == 0
    assert jobs.warn_near(at_stockholm(2026, 11, 23, 15)) == 1
    assert jobs.warn_near(at_stockholm(2026, 11, 23, 15)) == 0

    assert case.events.filter(kind=EventKind.WARNED).count() == 1
    assert Notice.objects.filter(person=disa, body__contains="most of the time is used").count() == 1


def test_s7_a_warning_that_comes_after_the_deadline_is_not_sent_any_more(case, disa):
    late = at_stockholm(2026, 11, 25, 9)

    assert jobs.warn_near(late) == 0
    assert jobs.warn_near(late) == 0
    assert jobs.record_missed(late) == 1
    assert not case.events.filter(kind=EventKind.WARNED).exists()


def test_s7_a_missed_deadline_is_recorded_for_ever_however_late_it_is_noticed(case, disa):
    assert jobs.record_missed(at_stockholm(2026, 11, 23, 17)) == 0
    assert jobs.record_missed(at_stockholm(2026, 12, 1, 9)) == 1
    assert jobs.record_missed(at_stockholm(2026, 12, 1, 9)) == 0

    clock = case.clocks.get()
    assert clock.breached_at == clock.due_at == at_stockholm(2026, 11, 23, 17)
    assert Notice.objects.filter(person=disa, subject__contains="missed").count() == 1
    assert agrees(case)


def test_s6_a_day_that_is_closed_afterwards_leaves_the_old_deadline(case):
    late = a_case_like(case)
    close_on(2026, 11, 24)

    assert jobs.recalculate(TEN) == 2
    assert jobs.recalculate(TEN) == 0

    assert late.clocks.get().due_at == at_stockholm(2026, 11, 24, 14)
    assert case.clocks.get().due_at == at_stockholm(2026, 11, 23, 17)
    assert late.events.filter(kind=EventKind.CALENDAR_CHANGED).count() == 1
    assert agrees(late)


def test_s6_hours_that_are_opened_afterwards_bring_an_earlier_deadline_and_the_queue_knows(case):
    late = a_case_like(case)
    calendar = BusinessCalendar.objects.get(code="sq")
    DatedOpening.objects.create(calendar=calendar, on=NINE.date(), opens="08:00", closes="20:00")
    BusinessCalendar.objects.filter(pk=calendar.pk).update(version=uuid4())

    jobs.recalculate(TEN)

    late.refresh_from_db()
    assert late.clocks.get().due_at == late.next_due_at == at_stockholm(2026, 11, 24, 11)
    assert agrees(late)


def test_s6_a_deadline_that_was_kept_still_pauses(acme, disa):
    bind(acme, a_plan(response={}, solution={3: 480}))
    case = a_case(acme, at=at_stockholm(2026, 11, 23, 15))
    close_on(2026, 11, 24)
    jobs.recalculate(TEN)

    words.ask(case, Said("?"), by=disa, at=at_stockholm(2026, 11, 23, 16), cause="q")
    words.client_says(case, Said("!"), by=acme.requester, at=at_stockholm(2026, 11, 25, 9), cause="w")

    assert case.clocks.get().due_at == at_stockholm(2026, 11, 25, 10)
    assert agrees(case)


@pytest.mark.parametrize("order", ["edited, then asked", "asked, then edited", "asked, then edited twice"])
def test_s6_it_makes_no_difference_whether_a_calendar_is_edited_before_a_clock_stops_or_while_it_stands_still(acme, disa, order):
    bind(acme, a_plan(response={}, solution={3: 480}))
    case = a_case(acme, at=at_stockholm(2026, 11, 23, 15))  # due on Tuesday at 14:00
    if order == "edited, then asked":
        close_on(2026, 11, 23)
        jobs.recalculate(TEN)
    words.ask(case, Said("?"), by=disa, at=at_stockholm(2026, 11, 24, 9), cause="q")
    for day in {"asked, then edited": (23,), "asked, then edited twice": (23, 25)}.get(order, ()):
        close_on(2026, 11, day)
        jobs.recalculate(TEN)

    words.client_says(case, Said("!"), by=acme.requester, at=at_stockholm(2026, 11, 26, 9), cause="w")

    assert case.clocks.get().due_at == at_stockholm(2026, 11, 26, 14)
    assert agrees(case)


def test_s6_hours_that_are_opened_in_the_past_count_as_used_by_a_clock_that_stands_still(acme, disa):
    bind(acme, a_plan(response={}, solution={3: 480}))
    case = a_case(acme, at=at_stockholm(2026, 11, 23, 15))
    words.ask(case, Said("?"), by=disa, at=at_stockholm(2026, 11, 24, 9), cause="q")  # three hours are used
    calendar = BusinessCalendar.objects.get(code="sq")
    DatedOpening.objects.create(calendar=calendar, on=NINE.date(), opens="08:00", closes="20:00")
    BusinessCalendar.objects.filter(pk=calendar.pk).update(version=uuid4())

    assert jobs.recalculate(TEN) == 1
    words.client_says(case, Said("!"), by=acme.requester, at=at_stockholm(2026, 11, 26, 9), cause="w")

    assert case.clocks.get().due_at == at_stockholm(2026, 11, 26, 11)
    assert agrees(case)


def test_s6_a_clock_that_began_standing_still_keeps_its_amount(acme, disa):
    bind(acme, a_plan(response={}, solution={2: 240, 3: 480}))
    case = a_case(acme, at=at_stockholm(2026, 11, 23, 15))
    words.ask(case, Said("?"), by=disa, at=at_stockholm(2026, 11, 23, 16), cause="q")
    priorities.reclassify(case, to=2, reason="More are hit", by=disa, at=at_stockholm(2026, 11, 23, 16))
    before = case.clocks.get(ended_at=None).amount
    close_on(2026, 11, 25)

    assert jobs.recalculate(TEN) == 1
    assert case.clocks.get(ended_at=None).amount == before
    assert agrees(case)


def test_s6_results_are_not_rewritten(case, disa):
    words.answer(case, Said("We look"), by=disa, at=TEN, cause="a")
    before = case.clocks.values().get()
    close_on(2026, 11, 23)

    assert jobs.recalculate(TEN) == 0
    assert case.clocks.values().get() == before


def test_s11_a_whole_working_day_without_work_alarms_the_dispatchers_once_a_day(case, disa):
    words.begin_troubleshooting(case, by=disa, at=TEN)

    assert jobs.alarm_idle(at_stockholm(2026, 11, 24, 16, 59)) == 0
    assert jobs.alarm_idle(at_stockholm(2026, 11, 24, 17)) == 1
    assert jobs.alarm_idle(at_stockholm(2026, 11, 25, 9)) == 0
    assert jobs.alarm_idle(at_stockholm(2026, 11, 25, 17)) == 1
    assert Notice.objects.filter(person=disa, subject__contains="without work").count() == 2


def test_s11_a_case_that_waits_or_is_nobodys_or_was_worked_on_alarms_nobody(acme, case, disa):
    waiting = a_case_like(case)
    words.begin_troubleshooting(waiting, by=disa, at=TEN + timedelta(hours=6))
    words.ask(waiting, Said("?"), by=disa, at=TEN + timedelta(hours=6), cause="q")
    answered = a_case_like(case)
    words.begin_troubleshooting(answered, by=disa, at=TEN + timedelta(hours=6))
    words.answer(answered, Said("Soon"), by=disa, at=at_stockholm(2026, 11, 24, 9), cause="a")

    assert jobs.alarm_idle(at_stockholm(2026, 11, 24, 18)) == 0


def test_s11_a_proposed_solution_that_the_client_wrote_of_alarms_too(acme, case, disa):
    words.begin_troubleshooting(case, by=disa, at=TEN)
    silent = a_case_like(case)
    for one in (case, silent):
        solutions.propose(one, Said("Restart it."), by=disa, at=TEN, cause=f"p{one.pk}")
    words.client_says(case, Said("It does not help."), by=acme.requester, at=TEN, cause="c")

    assert jobs.alarm_idle(at_stockholm(2026, 11, 24, 17)) == 1


@pytest.mark.parametrize("measured_by", ["its plan's other targets", "the provider's calendar", "nothing but weekdays"])
def test_s11_a_case_without_clocks_alarms_too(acme, disa, measured_by):
    if measured_by == "its plan's other targets":
        bind(acme, a_plan(response={1: 120}))
    elif measured_by == "the provider's calendar":
        bind(acme, a_plan(response={}))
    case = a_case(acme, at=NINE)
    words.begin_troubleshooting(case, by=disa, at=TEN)
    over = at_stockholm(2026, 11, 25, 0) if measured_by == "nothing but weekdays" else at_stockholm(2026, 11, 24, 17)

    assert not case.clocks.exists()
    assert [jobs.alarm_idle(at) for at in (over - timedelta(minutes=1), over, over)] == [0, 1, 0]
    assert Notice.objects.filter(person=disa, subject__contains="without work").count() == 1


def test_s11_days_go_by_the_plan_and_a_calendar_that_closes_goes_before_one_that_never_does(acme, disa):
    plan, a_calendar_that_is_first = a_plan(response={1: 120}), BusinessCalendar.objects.get(code="sq")
    never_closes, late = a_calendar("around", always_open=True), a_calendar("late", time_zone="America/New_York")
    plan.targets.filter(priority__number=1).update(response_calendar=never_closes)
    plan.targets.filter(priority__number=2).update(response_kind="within", response_minutes=60, response_calendar=late)
    bind(acme, plan)
    words.begin_troubleshooting(a_case(acme, at=NINE), by=disa, at=at_stockholm(2026, 11, 23, 15))

    assert a_calendar_that_is_first.pk < never_closes.pk
    assert [jobs.alarm_idle(at_stockholm(2026, 11, 24, hour)) for hour in (22, 23)] == [0, 1]


def test_p4_a_case_in_another_language_is_answered_in_the_plans(acme, disa):
    bind(acme, a_plan(languages={"portal": ["en"], "phone": ["sv", "en"]}, fallback_language="en"))
    swedish, english = a_case(acme, language="sv"), a_case(acme, language="en")

    assert (languages.answer_language(swedish), languages.owes_a_note(swedish)) == ("en", True)
    assert (languages.answer_language(english), languages.owes_a_note(english)) == ("en", False)


def test_p4_a_plan_that_names_no_languages_answers_in_the_clients(acme, disa):
    bind(acme, a_plan())

    assert languages.answer_language(a_case(acme, language="sv")) == "sv"


def a_case_like(case):
    """Another one, reported Monday at 15:00: due Tuesday at 14:00."""
    client: Any = SimpleNamespace(organisation=case.organisation, requester=case.reporter)
    found = a_case(client, at=at_stockholm(2026, 11, 23, 15))
    assert found.clocks.get(kind=ClockKind.RESPONSE).due_at == at_stockholm(2026, 11, 24, 14)
    return found
