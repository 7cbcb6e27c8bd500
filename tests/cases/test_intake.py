"""A case is opened, and its clocks with it (rules S1 to S4, P3)."""

import pytest

from cases import intake, words
from cases.models import Case, ClockKind, EventKind, State
from cases.words import Said
from clients.models import MetBy
from notices.models import Notice
from tests.cases.opened import a_case, a_dispatcher, a_plan, bind
from tests.cast import at_stockholm

MONDAY_THREE = at_stockholm(2026, 11, 23, 15)


def test_s2_reported_monday_afternoon_is_due_tuesday_afternoon(acme):
    bind(acme, a_plan())

    case = a_case(acme, at=MONDAY_THREE)

    clock = case.clocks.get()
    assert (clock.kind, clock.due_at) == (ClockKind.RESPONSE, at_stockholm(2026, 11, 24, 14))
    assert case.next_due_at == clock.due_at
    assert case.priority == 3


def test_s1_whoever_reports_gets_a_receipt_with_number_and_deadline(acme):
    bind(acme, a_plan())

    case = a_case(acme, at=MONDAY_THREE)

    receipt = Notice.objects.get(cause=f"case:{case.pk}:receipt")
    assert receipt.person == acme.requester
    assert f"#{case.pk}" in receipt.subject
    assert "Tue 24 Nov 14:00" in receipt.body.replace("\N{NO-BREAK SPACE}", " ")


def test_s4_the_first_answer_of_a_person_meets_the_response(acme):
    bind(acme, a_plan())
    disa = a_dispatcher()
    case = a_case(acme, at=MONDAY_THREE)

    words.answer(case, Said("We are looking."), by=disa, at=at_stockholm(2026, 11, 23, 16), cause="a")

    clock = case.clocks.get()
    case.refresh_from_db()
    assert (clock.met_at, clock.breached_at) == (at_stockholm(2026, 11, 23, 16), None)
    assert (case.state, case.next_due_at) == (State.OPEN, None)


def test_s4_where_troubleshooting_counts_an_answer_alone_does_not(acme):
    bind(acme, a_plan(response_met_by=MetBy.TROUBLESHOOTING))
    disa = a_dispatcher()
    case = a_case(acme, at=MONDAY_THREE)

    words.answer(case, Said("We are looking."), by=disa, at=at_stockholm(2026, 11, 23, 16), cause="a")
    assert case.clocks.get().met_at is None

    words.begin_troubleshooting(case, by=disa, at=at_stockholm(2026, 11, 24, 15))

    clock = case.clocks.get()
    assert (clock.met_at, clock.breached_at) == (at_stockholm(2026, 11, 24, 15), at_stockholm(2026, 11, 24, 14))
    assert case.events.filter(kind=EventKind.BREACHED).count() == 1


def test_s6_the_solution_clock_stands_still_while_the_case_waits_for_the_client(acme):
    bind(acme, a_plan(response={}, solution={3: 480}))
    disa = a_dispatcher()
    case = a_case(acme, at=at_stockholm(2026, 11, 23, 9))

    words.ask(case, Said("Which version?"), by=disa, at=at_stockholm(2026, 11, 23, 11), cause="a")
    case.refresh_from_db()
    assert (case.state, case.next_due_at) == (State.WAITING, None)
    words.client_says(case, Said("13."), by=acme.requester, at=at_stockholm(2026, 11, 24, 10), cause="b")

    case.refresh_from_db()
    assert (case.state, case.next_due_at) == (State.OPEN, at_stockholm(2026, 11, 24, 16))


def test_s1_the_same_report_twice_is_one_case(acme):
    first = a_case(acme, cause="form:1")
    second = a_case(acme, cause="form:1")

    assert first == second
    assert first.messages.count() == 1


def test_s1_a_client_cannot_report_for_another(acme, borealis):
    with pytest.raises(intake.ReporterElsewhere):
        a_case(acme, reporter=borealis.requester, by=borealis.requester)


def test_s1_the_same_form_for_another_client_or_subject_is_refused(acme, borealis):
    bind(acme, a_plan())
    first = a_case(acme, cause="form")

    for client, subject in ((borealis, first.subject), (acme, "Something else")):
        with pytest.raises(intake.ReportMismatch):
            a_case(client, cause="form", subject=subject)

    assert (list(Case.objects.all()), a_case(acme, cause="form")) == ([first], first)
