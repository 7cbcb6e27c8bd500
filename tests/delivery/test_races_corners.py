"""Corners where two meet, with real threads and connections (rules D2, D6, S12, T2)."""

import threading
import time
from decimal import Decimal

import pytest
from django.db import connection, transaction

from cases import life as cases_life
from cases.visits import Plan
from core.errors import DomainError
from credits.audit import audit as audit_of_credit
from delivery import tasks, withdrawing
from delivery.audit import audit
from delivery.models import DeliveryTask, TaskEvent, TaskEventKind, TaskState
from delivery.tasks import Wish
from sessions import visiting
from sessions.models import Technician
from tests.cases.opened import a_case, a_plan, bind
from tests.cast import NOON, a_client, a_provider, at_stockholm
from tests.credits.posting import grant
from tests.delivery.answering import offered, on_credit, yes
from tests.delivery.scene import a_task, delivery_terms
from tests.racing import race

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
on_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets one write at a time")


@pytest.fixture
def cast(db):
    return a_provider()


@pytest.fixture
def acme(cast):
    delivery_terms()
    return a_client(cast)


def refusals(outcome):
    assert [error for error in outcome.errors if not isinstance(error, DomainError)] == []
    return [type(error).__name__ for error in outcome.errors]


@on_postgresql
def test_d6_a_task_that_is_withdrawn_while_credit_is_taken_for_it_leaves_none_of_it_held(cast, acme):
    """Whoever withdraws has looked for held credit before the acceptance was there, and waits for the task behind it."""
    grant(acme.account, 2000)
    estimate = offered(cast, acme, credit_price_per_hour=Decimal(1200))
    accepted = threading.Event()

    def run(number):
        if number:
            assert accepted.wait(10)
            return withdrawing.withdraw(estimate.task, reason="Not needed", by=cast.max, at=NOON)
        with transaction.atomic():
            given = yes(estimate, acme.approver, **on_credit(acme.account, 1200))
            accepted.set()
            wait_for_a_waiter()
        return given

    outcome = race(2, run)

    assert refusals(outcome) == ["TaskMovedOn"]
    assert [str(finding) for finding in audit().findings] == []
    assert [str(finding) for finding in audit_of_credit().findings] == []
    task = withdrawing.withdraw(estimate.task, reason="Not needed", by=cast.max, at=NOON)
    acme.account.refresh_from_db()
    assert (task.state, acme.account.held_minutes) == (TaskState.WITHDRAWN, 0)


@on_postgresql
def test_s12_whoever_plans_a_visit_waits_for_the_case_before_they_have_the_technician(cast, acme):
    """As bookings do: whoever holds one and waits for the other would wait for ever."""
    bind(acme, a_plan(visit_included=True))
    case = a_case(acme)
    begun = threading.Event()

    def run(number):
        if number:
            assert begun.wait(10)
            return visiting.plan(case, wanted(cast), by=cast.tessa.person, at=NOON, cause="test:visit")
        with transaction.atomic():
            cases_life.locked(case)
            begun.set()
            wait_for_a_waiter()
            return Technician.objects.select_for_update(of=("self",), nowait=True).get(pk=cast.tessa.pk)

    outcome = race(2, run)

    assert (refusals(outcome), len(outcome.results)) == ([], 2)


def test_d2_the_same_form_four_times_at_once_opens_one_task_that_all_get(cast, acme):
    def run(_number):
        wish = Wish("Single sign-on")
        return tasks.open_directly(organisation=acme.organisation, wish=wish, by=cast.tessa.person, at=NOON, cause="test:form").pk

    outcome = race(4, run)

    assert (refusals(outcome), set(outcome.results)) == ([], {DeliveryTask.objects.get().pk})
    assert outcome.most_inside > 1


def wanted(cast):
    return Plan(
        consultant=cast.tessa.person,
        starts_at=at_stockholm(2026, 11, 19, 9),
        ends_at=at_stockholm(2026, 11, 19, 11),
        place="Storgatan 1",
        purpose="Change the switch",
    )


def wait_for_a_waiter():
    """Until another connection waits for a lock, at most ten seconds."""
    for _round in range(100):
        with connection.cursor() as cursor:
            cursor.execute("SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.1)
    raise TimeoutError


@on_postgresql
def test_t2_whoever_waits_for_the_task_sees_who_was_given_it_meanwhile(cast, acme):
    """The lock brings the newest row, and with it must come whom it points at: the same assignment twice is one."""
    task, tessa = a_task(acme, cast.tessa.person), cast.tessa.person
    given = threading.Event()

    def run(number):
        if number:
            assert given.wait(10)
            return tasks.assign(task, to=tessa, by=cast.max, at=NOON)
        with transaction.atomic():
            done = tasks.assign(task, to=tessa, by=cast.max, at=NOON)
            given.set()
            time.sleep(0.3)
            return done

    outcome = race(2, run)

    assert refusals(outcome) == []
    assert TaskEvent.objects.filter(task=task, kind=TaskEventKind.ASSIGNED).count() == 1
