"""Two cases become one, or are linked (rules S1, S6, S8)."""

from datetime import timedelta

import pytest

from cases import calls, merging, replay, solutions, words
from cases.merging import MergedWithItself, OtherClients, TargetClosed
from cases.models import CallReason, CaseLink, ClosedAs, State
from cases.words import Said
from core.reasons import ReasonMissing
from notices.models import Notice
from tests.cases.opened import a_case, a_dispatcher, a_plan, bind
from tests.cast import NOON
from tests.racing import race

HOUR = timedelta(hours=1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def disa(acme):
    bind(acme, a_plan(solution={3: 960}))
    return a_dispatcher()


def test_s1_a_merged_case_is_closed_and_its_clocks_end_unmet(acme, disa):
    first, second = a_case(acme), a_case(acme, reporter=acme.approver, by=acme.approver)

    merging.merge(case=second, into=first, reason="The same fault", by=disa, at=NOON)

    second.refresh_from_db()
    assert (second.state, second.closed_as, second.merged_into) == (State.CLOSED, ClosedAs.DUPLICATE, first)
    assert [(clock.met_at, clock.ended_at) for clock in second.clocks.all()] == [(None, NOON), (None, NOON)]
    assert [watcher.person for watcher in first.watchers.all()] == [acme.approver]
    assert merging.surviving(second) == first
    assert merging.merged_into(first) == [second]
    assert f"#{first.pk}" in Notice.objects.get(cause__contains=f"case:{second.pk}:event", person=acme.approver).subject


def test_s1_the_same_merge_again_changes_nothing(acme, disa):
    first, second = a_case(acme), a_case(acme)
    for _twice in range(2):
        merging.merge(case=second, into=first, reason="The same", by=disa, at=NOON)

    assert first.events.filter(kind="merged").count() == 1


def test_s6_a_later_report_ends_the_waiting_of_the_surviving_case(acme, disa):
    first = a_case(acme)
    words.ask(first, Said("Which version?"), by=disa, at=NOON, cause="a")
    second = a_case(acme, at=NOON)

    merging.merge(case=second, into=first, reason="The answer came as a case", by=disa, at=NOON)

    first.refresh_from_db()
    assert first.state == State.OPEN


def test_s6_the_log_alone_tells_the_clocks_of_both_cases_after_a_merge(acme, disa):
    first = a_case(acme)
    words.ask(first, Said("Which version?"), by=disa, at=NOON, cause="a")
    second = a_case(acme, at=NOON + HOUR)
    calls.ask_for(second, CallReason.ESCALATION, cause="1", at=NOON + HOUR)
    solutions.propose(second, Said("Restart it."), by=disa, at=NOON + HOUR, cause="b")

    merging.merge(case=second, into=first, reason="The same fault", by=disa, at=NOON + 2 * HOUR)

    assert [str(each) for case in (first, second) for each in replay.differences(case)] == []
    assert solutions.open_solution(second) is None
    assert not second.call_tasks.filter(closed_at=None).exists()
    assert first.events.get(kind="resumed").facts["due_at"]


def test_s5_the_surviving_case_keeps_what_the_merged_one_promised_sooner(acme, disa):
    answered = a_case(acme)
    words.answer(answered, Said("Try this."), by=disa, at=NOON, cause="a")
    urgent = a_case(acme, at=NOON + HOUR, priority=1)
    due = urgent.clocks.get(kind="response").due_at

    merging.merge(case=urgent, into=answered, reason="The same fault", by=disa, at=NOON + HOUR)

    answered.refresh_from_db()
    owed = answered.clocks.get(kind="response", met_at=None, ended_at=None)
    assert (answered.priority, owed.due_at, answered.next_due_at) == (1, due, due)
    assert [str(each) for case in (answered, urgent) for each in replay.differences(case)] == []


def test_s5_what_is_promised_sooner_in_the_surviving_case_stays(acme, disa):
    first, second = a_case(acme, priority=1), a_case(acme, at=NOON + HOUR)
    before = list(first.clocks.values_list("kind", "due_at", "ended_at"))

    merging.merge(case=second, into=first, reason="The same fault", by=disa, at=NOON + HOUR)

    first.refresh_from_db()
    assert (first.priority, list(first.clocks.values_list("kind", "due_at", "ended_at"))) == (1, before)


def test_s7_what_the_merged_case_missed_is_not_missed_again_in_the_surviving_one(acme, disa):
    late = a_case(acme)
    fresh = a_case(acme, at=NOON + 5 * HOUR)

    merging.merge(case=late, into=fresh, reason="The same fault", by=disa, at=NOON + 30 * HOUR)

    assert late.clocks.filter(breached_at__isnull=False).exists()
    assert [str(each) for case in (late, fresh) for each in replay.differences(case)] == []


def test_s1_refusals_of_merging(acme, borealis, disa):
    first, second, theirs = a_case(acme), a_case(acme), a_case(borealis)
    with pytest.raises(MergedWithItself):
        merging.merge(case=first, into=first, reason="x", by=disa, at=NOON)
    with pytest.raises(OtherClients):
        merging.merge(case=first, into=theirs, reason="x", by=disa, at=NOON)
    with pytest.raises(ReasonMissing):
        merging.merge(case=first, into=second, reason=" ", by=disa, at=NOON)
    merging.merge(case=second, into=first, reason="x", by=disa, at=NOON)
    with pytest.raises(TargetClosed):
        merging.merge(case=first, into=second, reason="a circle", by=disa, at=NOON)


def test_s1_a_link_is_kept_once_and_can_be_removed(acme, disa):
    first, second = a_case(acme), a_case(acme)
    merging.link(case=second, other=first, by=disa, at=NOON)
    merging.link(case=first, other=second, by=disa, at=NOON)
    assert CaseLink.objects.count() == 1

    merging.unlink(case=second, other=first, by=disa, at=NOON)

    assert CaseLink.objects.count() == 0


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_s1_merged_both_ways_at_once_one_survives(acme, disa):
    cases = [a_case(acme), a_case(acme)]

    raced = race(2, lambda number: merging.merge(case=cases[number], into=cases[1 - number], reason="x", by=disa, at=NOON))

    for case in cases:
        case.refresh_from_db()
    assert raced.most_inside == 2
    assert sorted(case.state == State.CLOSED for case in cases) == [False, True]
    assert [type(error) for error in raced.errors] == [TargetClosed]
