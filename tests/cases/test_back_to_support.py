"""An objection stands: the case is support again, as if it had never been closed (rules T2, S4, S6, S7)."""

from datetime import timedelta

import pytest
from django.db import transaction

from cases import ending, jobs, judgements, replay, solutions, triage, words
from cases.audit import audit
from cases.models import ClockKind, ClosedAs, DeliveryGround, EventKind, State
from cases.triage import DecidesOnOwnJudgement, Judgement, NothingToObjectTo, ObjectionDecided
from cases.words import Said
from clients.models import MetBy, StaffDuty
from core.errors import NotAllowed
from core.reasons import ReasonMissing
from notices.models import Notice
from tests.cases.opened import a_case, a_dispatcher, a_plan, bind
from tests.cast import a_colleague, at_stockholm

pytestmark = pytest.mark.django_db
NINE, TEN, ELEVEN, NOON, ONE, THREE, FOUR, FIVE = (at_stockholm(2026, 11, 23, hour) for hour in (9, 10, 11, 12, 13, 15, 16, 17))
TUESDAY_NINE = at_stockholm(2026, 11, 24, 9)


@pytest.fixture
def disa(acme):
    return a_dispatcher()


def a_measured_case(acme, **plan):
    """Two hours to the response and six to the solution, from Monday 09:00: due at 11:00 and 15:00."""
    bind(acme, a_plan(**({"response": {3: 120}, "solution": {3: 360}} | plan)))
    return a_case(acme, at=NINE)


@pytest.fixture
def case(acme, disa):
    return a_measured_case(acme)


def close(case, by, at=TEN):
    with transaction.atomic():
        return triage.close_as_delivery(
            case, Judgement(DeliveryGround.OTHER, "It is delivery."), by=by, at=at, cause=f"t:{case.triage_decisions.count()}"
        )


def object_to(decision, by, at=NOON):
    with transaction.atomic():
        return triage.object_to(decision, reason="It worked yesterday", by=by, at=at)


def back(decision, by, at=FOUR):
    with transaction.atomic():
        return triage.back_to_support(decision, reason="It is a fault", by=by, at=at)


def overturned(case, acme, cast, disa, *, closed_at=TEN, objected_at=NOON, at=FOUR):
    """Disa judged, Rolf objected, Max has decided that it is support."""
    decision = object_to(close(case, disa, closed_at), acme.requester, objected_at)
    back(decision, cast.max, at)
    case.refresh_from_db()
    return decision


def running(case, kind=ClockKind.SOLUTION):
    return case.clocks.get(kind=kind, met_at=None, ended_at=None)


def agrees(case):
    return [str(found) for found in replay.differences(case)] == [] and audit().findings == []


def test_t2_the_time_closed_counts_as_used_and_a_deadline_that_passed_is_missed_when_it_was_due(cast, acme, disa, case):
    decision = overturned(case, acme, cast, disa)

    clock = running(case)
    assert (case.state, case.closed_as, case.closed_at) == (State.OPEN, "", None)
    assert (clock.due_at, clock.breached_at, clock.pauses) == (THREE, THREE, [])
    assert case.events.get(kind=EventKind.BREACHED).facts == {"clock": "solution", "due_at": THREE.isoformat()}
    decision.refresh_from_db()
    assert (decision.upheld, decision.settled_by, decision.settlement, decision.settled_at) == (False, cast.max, "It is a fault", FOUR)
    assert case.events.get(kind=EventKind.BACK_TO_SUPPORT).by == cast.max
    assert agrees(case)


def test_t2_a_deadline_that_is_still_ahead_is_the_old_one(cast, acme, disa, case):
    overturned(case, acme, cast, disa, at=THREE - timedelta(minutes=30))

    clock = running(case)
    assert (clock.due_at, clock.breached_at, case.next_due_at) == (THREE, None, THREE)
    assert not case.events.filter(kind=EventKind.BREACHED).exists()
    assert jobs.record_missed(FOUR) == 1
    assert agrees(case)


def test_t2_at_the_very_deadline_nothing_is_missed_yet(cast, acme, disa, case):
    overturned(case, acme, cast, disa, at=THREE)

    assert (running(case).due_at, running(case).breached_at) == (THREE, None)
    assert agrees(case)


def test_t2_closed_when_the_day_closes_the_deadline_is_not_moved(cast, acme, disa):
    case = a_measured_case(acme, solution={3: 480})

    overturned(case, acme, cast, disa, closed_at=FIVE, objected_at=FIVE + timedelta(hours=1), at=TUESDAY_NINE)

    assert (running(case).due_at, running(case).breached_at) == (FIVE, FIVE)
    assert agrees(case)


def test_s6_a_wait_for_the_client_ended_when_it_was_closed(cast, acme, disa, case):
    words.ask(case, Said("Which users?"), by=disa, at=NINE + timedelta(minutes=30), cause="q")

    overturned(case, acme, cast, disa)

    waited = [(NINE + timedelta(minutes=30)).isoformat(), TEN.isoformat()]
    assert (running(case).pauses, running(case).due_at) == ([waited], THREE + timedelta(minutes=30))
    assert running(case).breached_at == THREE + timedelta(minutes=30)
    assert agrees(case)


def test_s6_a_proposed_solution_waited_until_the_clients_first_word(cast, acme, disa, case):
    solutions.propose(case, Said("Restart it."), by=disa, at=NINE + timedelta(minutes=20), cause="p")
    words.client_says(case, Said("That is no help"), by=acme.requester, at=NINE + timedelta(minutes=30), cause="w")

    overturned(case, acme, cast, disa)

    assert running(case).due_at == THREE + timedelta(minutes=10)
    assert agrees(case)


def test_s7_what_was_missed_before_it_was_closed_is_not_missed_twice(cast, acme, disa, case):
    overturned(case, acme, cast, disa, closed_at=FOUR, objected_at=FOUR, at=TUESDAY_NINE)

    assert [clock.breached_at for clock in case.clocks.filter(kind="solution").order_by("pk")] == [THREE, THREE]
    assert case.events.filter(kind=EventKind.BREACHED, facts__clock="solution").count() == 1
    assert agrees(case)


def test_s4_where_only_troubleshooting_meets_the_response_it_runs_on_and_was_missed_meanwhile(cast, acme, disa):
    case = a_measured_case(acme, response_met_by=MetBy.TROUBLESHOOTING)

    overturned(case, acme, cast, disa)

    response = running(case, ClockKind.RESPONSE)
    assert (response.due_at, response.breached_at, response.pauses) == (ELEVEN, ELEVEN, [])
    assert agrees(case)


def test_s4_the_objection_is_a_word_that_starts_a_response_clock_from_when_it_came(cast, acme, disa):
    case = a_measured_case(acme, restarts_on_word=True)

    overturned(case, acme, cast, disa, at=NOON + timedelta(hours=1))

    response = running(case, ClockKind.RESPONSE)
    assert (response.started_at, response.due_at, response.breached_at) == (NOON, NOON + timedelta(hours=2), None)
    assert (case.last_word_at, case.last_word_by_client) == (NOON, True)
    assert agrees(case)


def test_s4_a_word_to_the_closed_case_started_it_and_it_was_missed_unread(cast, acme, disa):
    case = a_measured_case(acme, restarts_on_word=True)
    decision = close(case, disa)
    words.client_says(case, Said("But it worked yesterday"), by=acme.requester, at=ELEVEN, cause="w")

    back(object_to(decision, acme.requester), cast.max)

    response = running(case, ClockKind.RESPONSE)
    assert (response.started_at, response.due_at, response.breached_at) == (ELEVEN, ONE, ONE)
    assert agrees(case)


def test_t2_reopened_later_the_time_closed_as_delivery_still_counts_and_the_time_closed_by_the_client_does_not(cast, acme, disa):
    case = a_measured_case(acme, solution={3: 480})
    overturned(case, acme, cast, disa, at=NOON)
    solutions.withdraw(case, reason="Found it", by=acme.requester, at=NOON + timedelta(hours=1))

    solutions.reopen(case, reason="No", by=acme.requester, at=TUESDAY_NINE)

    assert running(case).due_at == at_stockholm(2026, 11, 24, 13)
    assert agrees(case)


def test_t2_what_it_would_bring_is_foreseen(cast, acme, disa, case):
    close(case, disa)
    case.refresh_from_db()

    assert ending.due_if_run_on(case) == [(ClockKind.SOLUTION, THREE)]


def test_t2_the_client_and_ours_are_told_with_the_deadlines(cast, acme, disa, case):
    overturned(case, acme, cast, disa)

    told = {notice.person: notice.body for notice in Notice.objects.filter(subject__contains="It is support after all")}
    assert set(told) == {acme.requester, disa}
    assert "It is late, and that is recorded." in told[acme.requester]
    assert "It is a fault" in told[acme.requester]


def test_t2_whoever_decides_is_told_of_the_objection_but_not_whoever_judged(cast, acme, disa, case):
    other = a_dispatcher("Dora")
    before = set(Notice.objects.values_list("pk", flat=True))

    object_to(close(case, disa), acme.requester)

    told = Notice.objects.exclude(pk__in=before).filter(subject__contains="objects: it is support")
    assert {notice.person for notice in told} == {other, cast.max}
    assert "It worked yesterday" in told[0].body


def test_t2_what_waits_for_a_decision_is_listed_for_who_may_decide(cast, acme, borealis, disa, case):
    other = a_dispatcher("Dora")
    stranger = a_colleague("Mia", StaffDuty.ACCOUNT_MANAGER)
    assert list(judgements.to_settle(other)) == []
    decision = object_to(close(case, disa), acme.requester)

    listed = {person: list(judgements.to_settle(person)) for person in (other, cast.max, disa, stranger, cast.tessa.person, acme.approver)}

    assert [person for person, found in listed.items() if found == [decision]] == [other, cast.max]
    assert [person for person, found in listed.items() if found == []] == [disa, stranger, cast.tessa.person, acme.approver]


def test_t2_upheld_the_case_stays_closed_and_the_client_is_told_why(cast, acme, disa, case):
    decision = object_to(close(case, disa), acme.requester)

    with transaction.atomic():
        triage.uphold(decision, reason="It is another set-up", by=cast.max, at=FOUR)

    case.refresh_from_db()
    decision.refresh_from_db()
    assert (case.state, case.closed_as, decision.upheld) == (State.CLOSED, ClosedAs.DELIVERY, True)
    told = Notice.objects.get(subject__contains="it is delivery", person=acme.requester)
    assert "It is another set-up" in told.body
    assert agrees(case)


def test_t2_refusals(cast, acme, borealis, disa, case):
    decision = close(case, disa)

    for person in (borealis.approver, cast.tessa.person):
        with pytest.raises(NotAllowed):
            object_to(decision, person)
    with pytest.raises(ObjectionDecided):
        back(decision, cast.max)
    object_to(decision, acme.requester)
    with pytest.raises(NothingToObjectTo):
        object_to(decision, acme.approver)
    with pytest.raises(DecidesOnOwnJudgement):
        back(decision, disa)
    for person in (cast.tessa.person, acme.approver):
        with pytest.raises(NotAllowed):
            back(decision, person)
    with pytest.raises(ReasonMissing), transaction.atomic():
        triage.back_to_support(decision, reason=" ", by=cast.max, at=FOUR)

    case.refresh_from_db()
    assert (case.state, case.clocks.filter(met_at=None, ended_at=None).count()) == (State.CLOSED, 0)


def test_t2_decided_once(cast, acme, disa, case):
    decision = overturned(case, acme, cast, disa)

    with pytest.raises(ObjectionDecided):
        back(decision, cast.max, TUESDAY_NINE)
    with pytest.raises(NothingToObjectTo):
        object_to(decision, acme.approver, TUESDAY_NINE)

    assert case.events.filter(kind=EventKind.BACK_TO_SUPPORT).count() == 1


def test_t2_an_earlier_judgement_cannot_be_objected_to_any_more(cast, acme, disa, case):
    first = overturned(case, acme, cast, disa)
    second = close(case, disa, TUESDAY_NINE)

    with pytest.raises(NothingToObjectTo):
        object_to(first, acme.requester, TUESDAY_NINE)

    assert object_to(second, acme.requester, TUESDAY_NINE).objected_at == TUESDAY_NINE
