"""Answers to an estimate that meet; real threads and connections (rules D1, D2, D6)."""

import time
from decimal import Decimal
from functools import partial

import pytest
from django.db import transaction

from credits import accounts
from credits.audit import audit
from credits.ledger import Hold, NotEnoughCredit
from delivery import acceptance, expiry, life
from delivery.answerable import AlreadyAccepted, AlreadyDeclined, EstimateExpired, EstimateTakenBack
from delivery.models import Acceptance, Estimate, EstimateState, TaskState
from notices.models import Notice
from tests.approving import an_approver, limited
from tests.cast import NOON, a_client, a_provider, at_stockholm
from tests.credits.posting import figures as credit
from tests.credits.posting import grant
from tests.delivery.answering import by_phone, figures, offered, on_credit, yes
from tests.delivery.scene import delivery_terms
from tests.racing import race

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
LAST_SECOND = at_stockholm(2026, 12, 18, 23, 59, 59)
MIDNIGHT = at_stockholm(2026, 12, 19)


@pytest.fixture
def cast(db):
    return a_provider()


@pytest.fixture
def acme(cast):
    delivery_terms()
    return a_client(cast)


@pytest.fixture
def four(acme):
    """Four approvers."""
    return [acme.approver, *(an_approver(acme, name) for name in ("Dora", "Emil", "Filip"))]


def withdraw(estimate, by):
    """What taking it back comes to: the steps, under the locks, and only while it is offered."""
    with transaction.atomic():
        current = life.locked_estimate(estimate)
        life.step_estimate(current, to=EstimateState.WITHDRAWN, closed_at=NOON, closed_by=by)
        life.step(current.task, to=TaskState.ESTIMATING, at=NOON)


def both(runners):
    """Each of two runners by a thread of its own."""
    return race(2, lambda number: runners[number]())


def refusals(outcome):
    return {type(error) for error in outcome.errors}


def test_d1_of_approvers_who_accept_at_once_one_completes_it_and_the_others_hear_who(cast, acme, four):
    estimate = offered(cast, acme)

    outcome = race(4, lambda number: yes(estimate, four[number]))

    assert (len(outcome.results), refusals(outcome), outcome.most_inside >= 2) == (1, {AlreadyAccepted}, True)
    assert Acceptance.objects.get().person == outcome.results[0].person
    assert figures(estimate) == ("accepted", "ready", estimate.net, estimate.net)
    assert estimate.task.events.filter(kind="accepted").count() == 1


def test_d1_the_same_approver_who_presses_four_times_accepts_once(cast, acme):
    estimate = offered(cast, acme)

    outcome = race(4, lambda _number: yes(estimate, acme.approver))

    assert (len(set(outcome.results)), outcome.errors, outcome.most_inside >= 2) == (1, [], True)
    assert (Acceptance.objects.count(), figures(estimate)[2]) == (1, estimate.net)


def test_d2_one_accepts_while_another_declines_and_one_of_them_stands(cast, acme, four):
    estimate = offered(cast, acme)

    def answer(number):
        if number % 2:
            return acceptance.decline(estimate, "Too dear", by=four[number], at=NOON)
        return yes(estimate, four[number])

    outcome = race(4, answer)

    (stands,) = outcome.results
    assert outcome.most_inside >= 2
    if isinstance(stands, Acceptance):
        assert (refusals(outcome), figures(estimate)) == ({AlreadyAccepted}, ("accepted", "ready", estimate.net, estimate.net))
    else:
        assert (refusals(outcome), figures(estimate)) == ({AlreadyDeclined}, ("declined", "declined", 0, 0))
        assert Acceptance.objects.count() == 0


def test_d1_an_estimate_is_either_accepted_or_taken_back(cast, acme, four):
    for _round in range(3):
        estimate = offered(cast, acme)
        runners = [partial(yes, estimate, four[0]), partial(withdraw, estimate, cast.max)]

        outcome = both(runners)

        state, task_state, accepted, _workable = figures(estimate)
        assert len(outcome.results) == 1
        if state == "accepted":
            assert (refusals(outcome), task_state, accepted) == ({life.EstimateMovedOn}, "ready", estimate.net)
        else:
            assert (refusals(outcome), state, task_state, accepted) == ({EstimateTakenBack}, "withdrawn", "estimating", 0)


def test_d1_an_estimate_is_either_accepted_in_time_or_expires(cast, acme, four):
    """A yes that came in the last second meets the job that runs right after midnight."""
    for _round in range(3):
        estimate = offered(cast, acme)
        runners = [partial(yes, estimate, four[0], at=LAST_SECOND), partial(expiry.expire_due, MIDNIGHT)]

        outcome = both(runners)

        state, task_state, accepted, _workable = figures(estimate)
        if state == "accepted":
            assert (outcome.errors, task_state, accepted) == ([], "ready", estimate.net)
        else:
            assert (refusals(outcome), state, task_state, accepted) == ({EstimateExpired}, "expired", "estimating", 0)


def test_two_second_approvers_at_once_complete_it_once(cast, acme, four):
    limited(acme, 0)
    estimate = offered(cast, acme)
    yes(estimate, acme.approver)

    outcome = race(3, lambda number: yes(estimate, four[number + 1]))

    assert (len(outcome.results), refusals(outcome), outcome.most_inside >= 2) == (1, {AlreadyAccepted}, True)
    assert (Acceptance.objects.get().second, figures(estimate)[2]) == (outcome.results[0].second, estimate.net)


def test_two_who_each_need_a_second_make_a_first_and_a_second(cast, acme):
    limited(acme, 0)
    dora = an_approver(acme, "Dora", limit=0)
    estimate = offered(cast, acme)

    outcome = race(2, lambda number: yes(estimate, (acme.approver, dora)[number]))

    given = Acceptance.objects.get()
    assert (outcome.errors, {given.person, given.second}, figures(estimate)[0]) == ([], {acme.approver, dora}, "accepted")


def test_a_yes_on_the_page_meets_one_recorded_by_phone(cast, acme, four):
    estimate = offered(cast, acme)

    def answer(number):
        if number:
            return acceptance.record(estimate, by_phone(four[1]), by=cast.max, at=NOON)
        return yes(estimate, four[0])

    outcome = race(2, answer)

    assert (len(outcome.results), refusals(outcome), Acceptance.objects.count()) == (1, {AlreadyAccepted}, 1)


def test_d6_the_last_credit_pays_for_one_of_two_tasks_and_is_never_promised_twice(cast, acme, four):
    grant(acme.account, 2000)
    estimates = [offered(cast, acme, credit_price_per_hour=Decimal(1200)) for _ in range(4)]

    outcome = race(4, lambda number: yes(estimates[number], four[number], **on_credit(acme.account, 1200)))

    assert (len(outcome.results), refusals(outcome), outcome.most_inside >= 2) == (1, {NotEnoughCredit}, True)
    assert (credit(acme.account), Hold.objects.count(), Acceptance.objects.count()) == ((800, 1200, 0, 2000), 1, 1)
    assert Estimate.objects.filter(state="accepted").count() == 1
    assert audit().findings == []


def test_d6_an_acceptance_locks_the_account_before_the_task_like_everybody_else(cast, acme):
    """Whoever has locked the account and wants the task never waits for somebody who has the task and wants the account."""
    grant(acme.account, 4800)
    estimate = offered(cast, acme, credit_price_per_hour=Decimal(1200))

    def charge():
        with transaction.atomic():
            accounts.lock([acme.account.pk])
            time.sleep(0.3)
            return life.locked(estimate.task).pk

    outcome = both([charge, partial(yes, estimate, acme.approver, **on_credit(acme.account, 1200))])

    assert (outcome.errors, len(outcome.results), outcome.most_inside) == ([], 2, 2)
    assert (Hold.objects.get().minutes, figures(estimate)[0]) == (1200, "accepted")
    assert audit().findings == []


def test_d1_two_loops_at_once_remind_and_expire_once(cast, acme, four):
    estimates = [offered(cast, acme) for _ in range(3)]

    reminded = race(4, lambda _number: expiry.remind_due(at_stockholm(2026, 12, 11, 1)))
    written = Notice.objects.filter(subject__startswith="Please answer by").count()
    expired = race(4, lambda _number: expiry.expire_due(MIDNIGHT))

    assert (reminded.errors, sum(reminded.results), expired.errors, sum(expired.results)) == ([], 3, [], 3)
    assert written == 3 * len(four)
    assert Notice.objects.filter(subject__startswith="Estimate expired").count() == 3 * (len(four) + 2)
    assert {figures(estimate)[:2] for estimate in estimates} == {("expired", "estimating")}


def test_d1_a_reminder_that_meets_a_yes_does_not_tell_of_what_was_answered(cast, acme, four):
    estimate = offered(cast, acme)
    at = at_stockholm(2026, 12, 11, 1)

    outcome = race(2, lambda number: expiry.remind_due(at) if number else yes(estimate, four[0], at=at))

    assert (outcome.errors, Notice.objects.filter(subject__startswith="Please answer by").count()) == ([], 0)
