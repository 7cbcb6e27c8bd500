"""What counts as a word of the client’s, and whom it reaches (rules S4, S6, S11, M4)."""

from uuid import uuid4

import pytest

from cases import jobs, merging, solutions, words
from cases.models import ClockKind, State
from cases.words import Said
from core.errors import NotAllowed
from notices.models import Notice
from tests.cases.measured import ELEVEN, NINE, NOON, TEN, TUESDAY_TEN, TWO, agrees, due
from tests.cases.opened import a_case, a_dispatcher, a_plan, bind
from tests.cast import at_stockholm


@pytest.fixture
def disa(acme):
    return a_dispatcher()


def test_s6_a_merged_report_ends_the_waiting_when_it_came(acme, disa):
    bind(acme, a_plan(response={}, solution={3: 480}))
    case = a_case(acme, at=NINE)
    words.ask(case, Said("Which?"), by=disa, at=TEN, cause="q")
    other = a_case(acme, at=ELEVEN)

    merging.merge(case=other, into=case, reason="The answer", by=disa, at=TUESDAY_TEN)

    assert due(case, ClockKind.SOLUTION) == at_stockholm(2026, 11, 24, 9)
    assert agrees(case)


def test_s6_a_word_in_a_case_that_is_merged_later_ends_the_waiting_too(acme, disa):
    bind(acme, a_plan(response={}, solution={3: 480}))
    other, case = a_case(acme, at=NINE), a_case(acme, at=NINE)
    words.ask(case, Said("Which?"), by=disa, at=TEN, cause="q")
    words.client_says(other, Said("13"), by=acme.requester, at=ELEVEN, cause="w")

    merging.merge(case=other, into=case, reason="The answer", by=disa, at=TWO)

    assert due(case, ClockKind.SOLUTION) == at_stockholm(2026, 11, 24, 9)
    assert agrees(case)


def test_s6_a_word_in_a_merged_case_ends_the_waiting_of_the_one_in_which_it_goes_on(acme, disa):
    bind(acme, a_plan(response={}, solution={3: 480}))
    other, case = a_case(acme, at=NINE), a_case(acme, at=NINE)
    merging.merge(case=other, into=case, reason="Same", by=disa, at=NINE)
    words.ask(case, Said("Which?"), by=disa, at=TEN, cause="q")

    words.client_says(other, Said("13"), by=acme.requester, at=ELEVEN, cause="w")

    case.refresh_from_db()
    assert (case.state, due(case, ClockKind.SOLUTION)) == (State.OPEN, at_stockholm(2026, 11, 24, 9))


def test_s6_a_question_after_a_word_about_the_solution_counts_the_time_between(acme, disa):
    bind(acme, a_plan(response={}, solution={3: 480}))
    case = a_case(acme, at=NINE)
    solutions.propose(case, Said("Restart"), by=disa, at=TEN, cause="p")
    words.client_says(case, Said("Still so"), by=acme.requester, at=ELEVEN, cause="w")
    words.ask(case, Said("Which?"), by=disa, at=TWO, cause="q")

    words.client_says(case, Said("13"), by=acme.requester, at=TUESDAY_TEN, cause="w2")

    # one hour until the proposal, three until the question: four are left
    assert due(case, ClockKind.SOLUTION) == at_stockholm(2026, 11, 24, 14)
    assert agrees(case)


def test_s6_a_call_about_the_solution_is_a_word_of_the_clients(acme, disa):
    bind(acme, a_plan(response={}, solution={3: 480}))
    case = a_case(acme, at=NINE)
    solution = solutions.propose(case, Said("Restart"), by=disa, at=TEN, cause="p")
    words.log_call(case, Said("It is still so"), by=disa, at=ELEVEN, cause="c")

    solutions.refuse(solution, reason="Still so", by=acme.requester, at=TUESDAY_TEN)

    assert due(case, ClockKind.SOLUTION) == at_stockholm(2026, 11, 24, 9)
    assert agrees(case)


def test_s4_a_refusal_is_a_word_that_starts_a_response_clock_where_the_plan_says_so(acme, disa):
    bind(acme, a_plan(restarts_on_word=True))
    case = a_case(acme, at=NINE)
    solution = solutions.propose(case, Said("Restart"), by=disa, at=TEN, cause="p")

    solutions.refuse(solution, reason="Still so", by=acme.requester, at=TUESDAY_TEN)

    assert due(case) == at_stockholm(2026, 11, 25, 9)
    assert agrees(case)


def test_s4_reopening_is_a_word_that_starts_a_response_clock_where_the_plan_says_so(acme, disa):
    bind(acme, a_plan(restarts_on_word=True))
    case = a_case(acme, at=NINE)
    solutions.approve(solutions.propose(case, Said("Restart"), by=disa, at=TEN, cause="p"), by=acme.requester, at=TEN)

    solutions.reopen(case, reason="Back", by=acme.requester, at=TUESDAY_TEN)

    assert due(case) == at_stockholm(2026, 11, 25, 9)
    assert agrees(case)


def test_s11_who_proposes_a_solution_has_the_case(acme, disa):
    bind(acme, a_plan())
    case = a_case(acme, at=NINE)

    solutions.propose(case, Said("Restart"), by=disa, at=TEN, cause="p")

    case.refresh_from_db()
    assert case.owner == disa


def test_s11_who_phones_has_the_case(acme, disa):
    bind(acme, a_plan())
    case = a_case(acme, at=NINE)

    words.log_call(case, Said("Restart"), by=disa, at=TEN, cause="p")

    case.refresh_from_db()
    assert case.owner == disa


def test_s11_a_report_that_was_merged_after_the_proposal_is_no_silence(acme, disa):
    bind(acme, a_plan(silence_closes_after_days=10))
    case = a_case(acme, at=NINE)
    solutions.propose(case, Said("Restart"), by=disa, at=TEN, cause="p")
    other = a_case(acme, at=ELEVEN)
    merging.merge(case=other, into=case, reason="Still so", by=disa, at=NOON)

    assert jobs.close_silent(at_stockholm(2026, 12, 20)) == 0


def test_m4_where_the_owner_has_left_the_dispatchers_are_told(acme, disa, cast):
    bind(acme, a_plan())
    case = a_case(acme, at=NINE)
    words.answer(case, Said("Look"), by=cast.tessa.person, at=TEN, cause="a")
    cast.tessa.person.is_active = False
    cast.tessa.person.save()

    message = words.client_says(case, Said("13"), by=acme.requester, at=ELEVEN, cause="w")

    assert Notice.objects.filter(cause=f"case:{case.pk}:message:{message.pk}", person=disa).exists()


def test_s4_only_a_technician_begins_to_troubleshoot(acme, disa, cast, client_of):
    bind(acme, a_plan(response_met_by="troubleshooting"))
    case = a_case(acme, at=NINE)

    with pytest.raises(NotAllowed):
        words.begin_troubleshooting(case, by=cast.max, at=TEN)
    pages = [client_of(person).get(f"/desk/cases/{case.pk}/").content.decode() for person in (cast.max, disa)]
    words.begin_troubleshooting(case, by=disa, at=ELEVEN)

    assert ["Begin troubleshooting" in page for page in pages] == [False, True]
    assert case.clocks.get().met_at == ELEVEN


def test_s6_the_page_of_a_merged_case_has_no_form_and_what_is_sent_goes_to_the_surviving_one(acme, disa, client_of):
    bind(acme, a_plan())
    other, case = a_case(acme, at=NINE), a_case(acme, at=NINE)
    merging.merge(case=other, into=case, reason="Same", by=disa, at=NINE)
    browser = client_of(acme.requester)

    page = browser.get(f"/cases/{other.pk}/").content.decode()
    sent = browser.post(f"/cases/{other.pk}/answer/", {"text": "13", "key": str(uuid4())})

    assert "Write to us" not in page
    assert (sent.status_code, sent.url) == (302, f"/cases/{case.pk}/")
    assert case.messages.filter(text="13").exists()
