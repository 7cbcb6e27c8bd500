"""Another priority, and what it does to each clock (rules S2, S5)."""

import pytest

from cases import jobs, objections, priorities, replay, solutions, validity, words
from cases.intake import Caller
from cases.life import CaseClosed
from cases.models import ClockKind, Environment, EventKind, Opened
from cases.validity import Facts
from cases.words import Said
from clients.models import AgreedService, Agreement, CaseKind, PlanTarget, Priority
from core.errors import NotAllowed
from core.reasons import ReasonMissing
from notices.models import Notice
from tests.cases.opened import a_calendar, a_case, a_dispatcher, a_plan, bind
from tests.cast import at_stockholm

NINE, TEN, NOON, TWO = (at_stockholm(2026, 11, 23, hour) for hour in (9, 10, 12, 14))
SOLVES = {1: 240, 2: 480, 3: 960}


@pytest.fixture
def disa(acme):
    return a_dispatcher()


def due(case, kind=ClockKind.RESPONSE):
    return case.clocks.get(kind=kind, met_at=None, ended_at=None).due_at


def raise_to(case, to, disa, at):
    return priorities.reclassify(case, to=to, reason="Everybody is hit", by=disa, at=at)


def agrees(case):
    return [str(found) for found in replay.differences(case)] == []


@pytest.mark.parametrize(("at", "expected"), [(NINE, (11, 23, 11)), (TEN, (11, 23, 12)), (at_stockholm(2026, 11, 23, 16), (11, 23, 17))])
def test_s5_a_raise_gives_the_earlier_of_the_old_deadline_and_now_and_the_new_target(acme, disa, at, expected):
    bind(acme, a_plan())
    case = a_case(acme, at=NINE)  # priority 3, eight hours: due at 17:00

    raise_to(case, 1, disa, at)

    assert due(case) == at_stockholm(2026, *expected)
    assert agrees(case)


def test_s5_a_lowering_counts_from_the_report_and_is_never_earlier_than_the_old_deadline(acme, disa):
    bind(acme, a_plan(response={1: 480, 2: 120, 3: 600}))
    case = a_case(acme, at=NINE, priority=1)

    raise_to(case, 2, disa, NOON)  # a lowering to a target that would be earlier
    assert due(case) == at_stockholm(2026, 11, 23, 17)

    raise_to(case, 3, disa, TWO)
    assert due(case) == at_stockholm(2026, 11, 24, 10)
    assert agrees(case)


def test_s5_where_the_plan_says_so_both_count_from_the_report(acme, disa):
    bind(acme, a_plan(response={1: 480, 2: 120, 3: 600}, lowering_from_report=True))
    case = a_case(acme, at=NINE, priority=1)

    raise_to(case, 2, disa, TEN)
    assert due(case) == at_stockholm(2026, 11, 23, 11)

    raise_to(case, 1, disa, TEN)
    assert due(case) == at_stockholm(2026, 11, 23, 17)
    assert agrees(case)


def test_s5_a_breach_stays(acme, disa):
    bind(acme, a_plan())
    case = a_case(acme, at=NINE, priority=1)
    late = at_stockholm(2026, 11, 23, 11, 1)

    jobs.record_missed(late)
    raise_to(case, 3, disa, late)

    first, second = case.clocks.order_by("pk")
    assert (first.breached_at, first.ended_at) == (at_stockholm(2026, 11, 23, 11), late)
    assert (second.breached_at, second.due_at) == (None, at_stockholm(2026, 11, 23, 17))
    assert agrees(case)


def test_s5_while_the_solution_clock_stands_still_it_goes_on_standing(acme, disa):
    bind(acme, a_plan(response={}, solution=SOLVES))
    case = a_case(acme, at=NINE)
    words.ask(case, Said("Which?"), by=disa, at=TEN, cause="q")

    raise_to(case, 1, disa, NOON)
    assert due(case, ClockKind.SOLUTION) is None

    words.client_says(case, Said("13"), by=acme.requester, at=TWO, cause="a")
    assert due(case, ClockKind.SOLUTION) == at_stockholm(2026, 11, 24, 9)
    assert agrees(case)


def test_s5_a_lowering_while_it_waits_takes_out_the_whole_wait(acme, disa):
    bind(acme, a_plan(response={}, solution=SOLVES))
    case = a_case(acme, at=NINE, priority=1)
    words.ask(case, Said("Which?"), by=disa, at=TEN, cause="q")
    raise_to(case, 2, disa, NOON)

    words.client_says(case, Said("13"), by=acme.requester, at=TWO, cause="a")

    assert due(case, ClockKind.SOLUTION) == at_stockholm(2026, 11, 24, 12)
    assert agrees(case)


def test_s5_a_response_that_is_met_stays_met(acme, disa):
    bind(acme, a_plan())
    case = a_case(acme, at=NINE)
    words.answer(case, Said("We look"), by=disa, at=TEN, cause="a")

    raise_to(case, 1, disa, NOON)

    assert case.clocks.get().met_at == TEN
    assert agrees(case)


def test_s5_priorities_without_a_target(acme, disa):
    bind(acme, a_plan(response={1: 120}, solution={}))
    case = a_case(acme, at=NINE)
    assert not case.clocks.exists()

    raise_to(case, 1, disa, TEN)
    assert due(case) == NOON

    raise_to(case, 3, disa, TEN)
    assert case.clocks.get().ended_at == TEN
    assert agrees(case)


def test_s5_priorities_on_other_calendars(acme, disa):
    plan = a_plan()
    around = a_calendar("around", always_open=True, has_eves=False, country="", holidays="none")
    PlanTarget.objects.filter(plan=plan, priority__number=1).update(response_calendar=around, response_minutes=60)
    bind(acme, plan)
    case = a_case(acme, at=at_stockholm(2026, 11, 23, 16, 30))

    raise_to(case, 1, disa, at_stockholm(2026, 11, 23, 20))
    assert due(case) == at_stockholm(2026, 11, 23, 21)

    raise_to(case, 2, disa, at_stockholm(2026, 11, 23, 20, 30))
    assert due(case) == at_stockholm(2026, 11, 24, 11, 30)
    assert agrees(case)


def test_s5_the_change_is_kept_with_its_reason_and_the_client_told_both_deadlines(acme, disa):
    bind(acme, a_plan())
    case = a_case(acme, at=NINE)

    made = raise_to(case, 1, disa, TEN)

    event = case.events.get(kind=EventKind.PRIORITY_CHANGED)
    body = Notice.objects.get(cause=f"case:{case.pk}:event:{event.pk}", person=acme.requester).body.replace("\N{NO-BREAK SPACE}", " ")
    assert (made.old, made.new, event.reason, event.by) == (3, 1, "Everybody is hit", disa)
    assert "Mon 23 Nov 12:00" in body
    assert "Mon 23 Nov 17:00" in body


def test_s5_refusals(acme, disa, cast):
    bind(acme, a_plan())
    case = a_case(acme, at=NINE)

    for to, refusal in ((9, priorities.PriorityNotInPlan), (3, priorities.PriorityUnchanged)):
        with pytest.raises(refusal):
            raise_to(case, to, disa, TEN)
    with pytest.raises(NotAllowed):
        raise_to(case, 1, cast.tessa.person, TEN)
    with pytest.raises(ReasonMissing):
        priorities.reclassify(case, to=1, reason=" ", by=disa, at=TEN)

    solutions.withdraw(case, reason="Gone", by=acme.requester, at=TEN)
    with pytest.raises(CaseClosed):
        raise_to(case, 1, disa, NOON)


def test_s5_the_client_asks_for_a_higher_one_and_a_dispatcher_grants_it(acme, disa):
    bind(acme, a_plan())
    case = a_case(acme, at=NINE)

    asked = priorities.ask_higher(case, to=1, reason="All stand still", by=acme.requester, at=TEN)
    with pytest.raises(priorities.AlreadyAsked):
        priorities.ask_higher(case, to=2, reason="All stand still", by=acme.approver, at=TEN)
    assert due(case) == at_stockholm(2026, 11, 23, 17)
    priorities.grant(asked, answer="", by=disa, at=TEN)

    case.refresh_from_db()
    assert (case.priority, due(case)) == (1, NOON)
    with pytest.raises(priorities.AlreadyDecided):
        priorities.refuse(asked, answer="No", by=disa, at=TEN)


def test_s5_a_wish_that_is_refused_changes_nothing_and_says_why(acme, disa):
    bind(acme, a_plan())
    case = a_case(acme, at=NINE)
    asked = priorities.ask_higher(case, to=1, reason="All stand still", by=acme.requester, at=TEN)

    priorities.refuse(asked, answer="One user only", by=disa, at=TEN)

    case.refresh_from_db()
    assert (case.priority, due(case)) == (3, at_stockholm(2026, 11, 23, 17))
    assert Notice.objects.filter(person=acme.requester, body__contains="One user only").exists()


def test_s2_a_priority_that_needs_a_call_stands_from_the_logged_call_on(acme, disa):
    bind(acme, a_plan())
    Priority.objects.filter(number__lte=2).update(needs_call=True)
    case = a_case(acme, at=NINE, priority=1)
    assert (case.priority, case.priority_asked, due(case)) == (3, 1, at_stockholm(2026, 11, 23, 17))

    words.log_call(case, Said("They stand still"), by=disa, at=TEN, cause="call")

    case.refresh_from_db()
    assert (case.priority, case.priority_asked) == (1, None)
    assert agrees(case)


@pytest.fixture
def staged(acme, disa):
    """A report with priority 1 about staging, where 1 and 2 are for production only (CT)."""
    bind(acme, a_plan(response={1: 180, 2: 360, 3: 540}))
    Priority.objects.filter(number__lte=2).update(production_only=True, lowered_to=3)
    return a_case(acme, at=NINE, priority=1, environment=Environment.STAGING)


def test_s5_what_is_not_in_production_is_lowered_at_once_and_the_client_told_why(acme, staged):
    event = staged.events.get(kind=EventKind.PRIORITY_CHANGED)

    assert staged.priority == 3
    assert Notice.objects.filter(cause=f"case:{staged.pk}:event:{event.pk}", person=acme.requester, body__contains="object").exists()


def test_s5_until_an_objection_is_decided_the_shorter_target_runs(acme, disa, staged):
    lowering = standing(staged)
    assert due(staged) == at_stockholm(2026, 11, 24, 9)

    objections.object_to(lowering, reason="Staging is what we sell", by=acme.requester, at=TEN)

    assert due(staged) == NOON
    with pytest.raises(objections.NothingToObjectTo):
        objections.object_to(lowering, reason="Again", by=acme.requester, at=TEN)
    assert agrees(staged)


@pytest.mark.parametrize(("upheld", "priority", "expected"), [(True, 3, (2026, 11, 24, 9)), (False, 1, (2026, 11, 23, 12))])
def test_s5_after_the_decision_the_right_target_runs(acme, disa, staged, upheld, priority, expected):
    lowering = objections.object_to(standing(staged), reason="No", by=acme.requester, at=TEN)

    objections.decide(lowering, upheld=upheld, reason="So it is", by=disa, at=TEN)

    staged.refresh_from_db()
    assert (staged.priority, due(staged)) == (priority, at_stockholm(*expected))
    assert agrees(staged)


def test_s5_whoever_lowered_it_does_not_decide(acme, disa, cast):
    bind(acme, a_plan())
    Priority.objects.filter(number__lte=2).update(production_only=True, lowered_to=3)
    case = a_case(acme, at=NINE, priority=2)
    facts = Facts(kind=CaseKind.INCIDENT, environment=Environment.DEVELOPMENT)

    validity.change_facts(case, facts, by=disa, at=TEN)
    case.refresh_from_db()
    lowering = objections.object_to(standing(case), reason="No", by=acme.requester, at=TEN)
    with pytest.raises(objections.DecidesOnOwnWork):
        objections.decide(lowering, upheld=True, reason="So", by=disa, at=NOON)
    objections.decide(lowering, upheld=True, reason="So", by=cast.max, at=NOON)

    assert case.priority == 3
    assert agrees(case)


def test_s13_guarantees_do_not_cover_a_preview(acme, disa):
    bind(acme, a_plan())
    agreement = Agreement.objects.get(organisation=acme.organisation)
    preview = AgreedService.objects.create(agreement=agreement, name="New search", preview=True)
    case = a_case(acme, at=NINE, service=preview)
    assert not case.clocks.exists()

    validity.change_facts(case, Facts(kind=CaseKind.INCIDENT, environment=Environment.PRODUCTION), by=disa, at=TEN)
    assert due(case) == at_stockholm(2026, 11, 24, 9)

    facts = Facts(kind=CaseKind.INCIDENT, environment=Environment.PRODUCTION, service=preview)
    validity.change_facts(case, facts, by=disa, at=NOON)
    assert case.clocks.get().ended_at == NOON
    assert agrees(case)


def test_s13_a_case_is_marked_with_a_reason_and_work_goes_on(acme, disa):
    bind(acme, a_plan())
    case = a_case(acme, at=NINE)

    validity.mark_external(case, reason="Not reproduced on a clean trial", by=disa, at=TEN)
    with pytest.raises(validity.AlreadyMarked):
        validity.mark_external(case, reason="Again", by=disa, at=TEN)

    case.refresh_from_db()
    assert (case.external_cause, case.state, due(case)) == (True, "new", at_stockholm(2026, 11, 23, 17))
    validity.unmark_external(case, reason="It was ours", by=disa, at=NOON)
    case.refresh_from_db()
    assert not case.external_cause


def test_s2_a_report_by_phone_needs_no_further_call(acme, disa):
    bind(acme, a_plan())
    Priority.objects.filter(number=1).update(needs_call=True)

    caller = Caller("Rolf", "Acme", "070", "rolf@acme.example")
    case = a_case(acme, at=NINE, priority=1, via=Opened.PHONE, caller=caller, by=disa)

    assert (case.priority, case.priority_asked) == (1, None)


def standing(case):
    """The lowering that can be objected to."""
    found = objections.standing(case)
    assert found is not None
    return found
