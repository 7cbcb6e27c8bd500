"""Time and expenses of a delivery: only in work, only up to the accepted sum, never twice at once (rules D2, D3, S12)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from djmoney.money import Money

from cases.worklog import TimesReversed, WorkInFuture, WorkTooLong
from clients.models import StaffDuty
from core.errors import NotAllowed
from core.reasons import ReasonMissing, ReasonTooLong
from delivery import tasks, worklog
from delivery.estimates import Line
from delivery.models import (
    Basis,
    Billable,
    Completion,
    DeliveryCost,
    DeliveryTask,
    DeliveryTime,
    EstimateLine,
    Fault,
    LineKind,
    TaskEventKind,
    TaskState,
)
from delivery.worklog import Cost, SumUsedUp, Worked
from notices.models import Notice
from tests.cast import NOON, a_client, a_colleague, a_provider
from tests.delivery.scene import a_draft, a_task, a_working, accept, an_accepted, an_offered, delivery_terms
from tests.racing import race

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LATER = NOON + 10 * DAY
TWO_HOURS = Line(LineKind.HOURS, "Work", Decimal(2), Decimal(1200))
TRAVEL = Line(LineKind.TRAVEL, "To the client and back", Decimal(2), Decimal(800))
KILOMETRES = Line(LineKind.MILEAGE, "By car", Decimal(100), Decimal(25))
FIXED = Line(LineKind.FIXED, "Installation", Decimal(1), Decimal(5000))


@pytest.fixture
def terms(acme):
    return delivery_terms()


@pytest.fixture
def task(cast, acme, terms):
    return a_working(cast, acme)


def _log(task, person, first=timedelta(), last=HOUR, *, by=None, at=LATER, note="Configured sign-on", **fields):
    return worklog.log(task, Worked(person, NOON + first, NOON + last, note, **fields), by=by or person, at=at)


def _spend(task, person):
    parked = Cost(LineKind.EXPENSE, "Parking", NOON.date(), Decimal(1), Decimal(150))
    return worklog.spend(task, parked, by=person, at=LATER, cause="test:cost")


def _now(task):
    return DeliveryTask.objects.get(pk=task.pk)


def _nothing_logged(task):
    assert not DeliveryTime.objects.exists()
    assert not task.events.filter(kind__in=[TaskEventKind.LOGGED, TaskEventKind.WARNED]).exists()
    assert _now(task).used_net == 0


def test_d3_time_counts_to_the_minute_at_the_price_that_was_accepted(cast, task):
    entry = _log(task, cast.tessa.person, timedelta(seconds=40), HOUR + timedelta(seconds=50))

    line = EstimateLine.objects.get()
    assert (entry.started_at, entry.minutes, entry.rate, entry.line, entry.billable) == (NOON, 60, Decimal(1200), line, True)
    assert _now(task).used_net == Decimal(1200)
    event = task.events.get(kind=TaskEventKind.LOGGED)
    assert (event.internal, event.by, event.facts["minutes"], event.facts["entry"]) == (True, cast.tessa.person, 60, entry.pk)


def test_d3_minutes_of_one_price_are_summed_before_they_are_priced(cast, acme, terms):
    task = a_working(cast, acme, Line(LineKind.HOURS, "Work", Decimal(2), Decimal(1000)))

    for number in range(3):
        _log(task, cast.tessa.person, number * HOUR, number * HOUR + timedelta(minutes=10))

    assert _now(task).used_net == Decimal("500.00")


def test_s12_travel_time_is_of_its_own_line_at_its_own_price(cast, acme, terms):
    task = a_working(cast, acme, TRAVEL, TWO_HOURS)
    travel = EstimateLine.objects.get(kind=LineKind.TRAVEL)

    usual = _log(task, cast.tessa.person)
    there = _log(task, cast.tessa.person, HOUR, 2 * HOUR, line=travel)

    assert (usual.line.kind, usual.rate) == (LineKind.HOURS, Decimal(1200))
    assert (there.line, there.rate) == (travel, Decimal(800))
    assert _now(task).used_net == Decimal(2000)


def test_d3_a_fixed_price_without_hours_is_used_at_the_provider_s_price(cast, acme, terms):
    task = a_working(cast, acme, FIXED, basis=Basis.FIXED)

    entry = _log(task, cast.tessa.person)

    assert (entry.line, entry.rate, _now(task).used_net) == (None, Decimal(1200), Decimal(1200))


def test_d3_fixed_sums_are_no_room_for_time(cast, acme, terms):
    task = a_working(cast, acme, FIXED)

    entry = _log(task, cast.tessa.person)

    assert (entry.billable, entry.rate, _now(task).used_net) == (False, 0, 0)


def test_d2_time_of_a_free_task_is_kept_and_counts_against_nothing(cast, acme, terms):
    task = tasks.hand_over_free(a_task(acme, cast.tessa.person), by=cast.max, at=NOON, reason="Goodwill")
    task = tasks.begin(task, by=cast.tessa.person, at=NOON)

    entry = _log(task, cast.tessa.person)

    assert (entry.billable, entry.rate, _now(task).used_net) == (False, 0, 0)


@pytest.mark.parametrize(
    ("first", "last", "refusal"),
    [
        (HOUR, HOUR, TimesReversed),
        (HOUR, timedelta(), TimesReversed),
        (timedelta(), 25 * HOUR, WorkTooLong),
        (10 * DAY - HOUR, 10 * DAY + HOUR, WorkInFuture),
        (-HOUR, timedelta(), worklog.WorkBeforeHandOver),
    ],
)
def test_d3_time_that_cannot_be_is_refused(cast, task, first, last, refusal):
    with pytest.raises(refusal):
        _log(task, cast.tessa.person, first, last)

    _nothing_logged(task)


@pytest.mark.parametrize(("note", "refusal"), [("", worklog.NoteMissing), ("\0 ", worklog.NoteMissing), ("x" * 501, ReasonTooLong)])
def test_d3_time_says_what_was_done(cast, task, note, refusal):
    with pytest.raises(refusal):
        _log(task, cast.tessa.person, note=note)

    _nothing_logged(task)


def test_d3_nobody_works_twice_at_once_on_any_task(cast, acme, task):
    other = a_working(cast, acme)
    _log(task, cast.tessa.person)

    with pytest.raises(worklog.EntriesOverlap):
        _log(other, cast.tessa.person, HOUR / 2, 2 * HOUR)

    assert _log(other, cast.theo.person, HOUR / 2, 2 * HOUR).minutes == 90
    assert _log(other, cast.tessa.person, HOUR, 2 * HOUR).minutes == 60


def test_d2_nothing_is_logged_before_the_cost_is_accepted_or_the_work_begun(cast, acme, terms):
    drafted = a_draft(a_task(acme, cast.tessa.person), cast.tessa.person).task
    offered = an_offered(a_task(acme, cast.tessa.person), cast.tessa.person, cast.max).task
    ready = an_accepted(acme, cast.tessa.person, cast.max)

    told = []
    for task in (drafted, offered, ready):
        with pytest.raises(worklog.TaskNotInWork) as refused:
            _log(task, cast.tessa.person)
        with pytest.raises(worklog.TaskNotInWork):
            _spend(task, cast.tessa.person)
        told.append((refused.value.state, refused.value.message.split(":")[0]))

    assert told == [
        (TaskState.ESTIMATING, "The cost of this task is not accepted"),
        (TaskState.OFFERED, "The cost of this task is not accepted"),
        (TaskState.READY, "This task has not been begun. Begin it first, so that the client knows. Nothing was logged."),
    ]
    assert not DeliveryTime.objects.exists()


@pytest.mark.parametrize("state", [TaskState.DECLINED, TaskState.WITHDRAWN, TaskState.ACCEPTED, TaskState.DONE])
def test_d2_nothing_is_logged_on_a_task_that_is_declined_withdrawn_or_done(cast, task, state):
    closed_at = None if state == TaskState.DONE else NOON
    DeliveryTask.objects.filter(pk=task.pk).update(state=state, closed_at=closed_at)

    with pytest.raises(worklog.TaskNotInWork, match="Nothing was logged"):
        _log(task, cast.tessa.person)
    with pytest.raises(worklog.TaskNotInWork):
        _spend(task, cast.tessa.person)

    _nothing_logged(task)
    assert not DeliveryCost.objects.exists()


def test_d3_work_beyond_the_accepted_sum_is_refused_with_what_is_left(cast, acme, terms):
    task = a_working(cast, acme, TWO_HOURS)
    _log(task, cast.tessa.person)

    with pytest.raises(SumUsedUp) as refused:
        _log(task, cast.theo.person, timedelta(), HOUR + timedelta(minutes=1))

    assert (refused.value.left_minutes, refused.value.left_net) == (60, Money(1200, "SEK"))
    assert "1 h (SEK\xa01,200.00) of the accepted sum is left. More needs a change estimate" in refused.value.message
    assert (DeliveryTime.objects.count(), _now(task).used_net) == (1, Decimal(1200))


def test_d3_the_last_minute_of_the_sum_can_be_worked_and_no_more(cast, acme, terms):
    task = a_working(cast, acme, TWO_HOURS)
    _log(task, cast.tessa.person, timedelta(), 2 * HOUR)

    with pytest.raises(SumUsedUp) as refused:
        _log(task, cast.tessa.person, 2 * HOUR, 2 * HOUR + timedelta(minutes=1))

    assert (refused.value.left_minutes, refused.value.left_net.amount, _now(task).used_net) == (0, Decimal(0), Decimal(2400))
    assert refused.value.message.startswith("The accepted sum is used up.")


def test_d3_what_goes_beyond_is_kept_without_being_invoiced(cast, acme, terms):
    task = a_working(cast, acme, TWO_HOURS)
    _log(task, cast.tessa.person, timedelta(), 2 * HOUR)

    entry = _log(task, cast.tessa.person, 2 * HOUR, 3 * HOUR, billable=False)

    assert (entry.billable, entry.rate, _now(task).used_net) == (False, 0, Decimal(2400))


def test_d3_an_accepted_change_estimate_makes_room_again(cast, acme, terms):
    task = a_working(cast, acme, TWO_HOURS)
    _log(task, cast.tessa.person, timedelta(), 2 * HOUR)
    accept(an_offered(task, cast.tessa.person, cast.max, TWO_HOURS, at=NOON + 2 * HOUR), acme, at=NOON + 2 * HOUR)

    _log(task, cast.tessa.person, 2 * HOUR, 3 * HOUR)

    assert (_now(task).workable_net, _now(task).used_net) == (Decimal(4800), Decimal(3600))


def test_d3_lines_of_other_tasks_of_other_kinds_or_not_accepted_take_no_time(cast, acme, terms):
    task = a_working(cast, acme, TWO_HOURS, KILOMETRES)
    mileage = EstimateLine.objects.get(kind=LineKind.MILEAGE)
    others = EstimateLine.objects.get(estimate__task=a_working(cast, acme))
    waits = an_offered(task, cast.tessa.person, cast.max, TWO_HOURS).lines.get()

    for line in (mileage, others, waits):
        with pytest.raises(worklog.LineElsewhere):
            _log(task, cast.tessa.person, line=line)

    _nothing_logged(task)


def _a_fault(task, client):
    completion = Completion.objects.create(
        task=task, number=1, told_at=NOON, told_by=task.organisation.account_manager, words="Done", due_at=LATER
    )
    told = {"listed_at": NOON, "listed_by": client.approver}
    return Fault.objects.create(completion=completion, task=task, number=1, text="The logo is wrong", **told)


def test_d5_mending_a_fault_is_free(cast, acme, task):
    fault = _a_fault(task, acme)

    entry = _log(task, cast.tessa.person, fault=fault)

    assert (entry.fault, entry.billable, entry.rate, _now(task).used_net) == (fault, False, 0, 0)


def test_d5_a_fault_of_another_task_or_one_that_is_mended_is_not_mended_again(cast, acme, task):
    fault, other = _a_fault(task, acme), _a_fault(a_working(cast, acme), acme)
    Fault.objects.filter(pk=fault.pk).update(mended_at=NOON, mended_by=cast.tessa.person)

    for each in (fault, other):
        with pytest.raises(worklog.FaultNotOpen):
            _log(task, cast.tessa.person, fault=each)

    _nothing_logged(task)


def test_d3_who_may_log_whose_time(cast, acme, borealis, task):
    disa = a_colleague("Disa", StaffDuty.DISPATCHER)
    mia = a_colleague("Mia", StaffDuty.ACCOUNT_MANAGER)
    tessa = cast.tessa.person

    def may(person, worker):
        try:
            entry = _log(task, worker, by=person)
        except NotAllowed:
            return False
        return worklog.take_back(entry, reason="Wrong", by=person, at=LATER).live is False

    assert {
        "her own": may(tessa, tessa),
        "a colleague’s": may(cast.theo.person, tessa),
        "by the account manager": may(cast.max, tessa),
        "by a dispatcher": may(disa, tessa),
        "the dispatcher’s own": may(disa, disa),
        "by another account manager": may(mia, tessa),
        "by finance": may(cast.fia, tessa),
        "by an administrator": may(cast.ada, tessa),
        "of finance by a dispatcher": may(disa, cast.fia),
        "by the approver": may(acme.approver, tessa),
        "by the requester": may(acme.requester, acme.requester),
        "by a stranger": may(borealis.approver, tessa),
    } == {
        "her own": True,
        "a colleague’s": False,
        "by the account manager": True,
        "by a dispatcher": True,
        "the dispatcher’s own": True,
        "by another account manager": False,
        "by finance": False,
        "by an administrator": False,
        "of finance by a dispatcher": False,
        "by the approver": False,
        "by the requester": False,
        "by a stranger": False,
    }
    assert _now(task).used_net == 0


def test_d3_most_used_is_told_once_for_each_accepted_sum(cast, acme, terms):
    task = a_working(cast, acme, Line(LineKind.HOURS, "Work", Decimal(10), Decimal(1200)))
    _log(task, cast.tessa.person, timedelta(), 7 * HOUR)
    assert _now(task).warned_at is None

    first = _log(task, cast.tessa.person, 7 * HOUR, 8 * HOUR)
    worklog.take_back(first, reason="Wrong hour", by=cast.tessa.person, at=LATER)
    _log(task, cast.tessa.person, 8 * HOUR, 9 * HOUR, at=LATER + HOUR)

    event = task.events.get(kind=TaskEventKind.WARNED)
    told = Notice.objects.filter(cause=f"task:{task.pk}:event:{event.pk}")
    assert (_now(task).warned_at, event.by, event.internal) == (LATER, None, True)
    assert {notice.person for notice in told} == {cast.tessa.person, cast.max}
    assert told[0].subject == f"80% of the accepted sum is used, D{task.pk}: Single sign-on"
    assert "Of SEK\xa012,000.00 that Acme has accepted" in told[0].body
    assert "SEK\xa02,400.00 is left" in told[0].body

    accept(an_offered(task, cast.tessa.person, cast.max, TWO_HOURS), acme)
    _log(task, cast.tessa.person, 9 * HOUR, 10 * HOUR + timedelta(minutes=36), at=LATER + 2 * HOUR)

    assert task.events.filter(kind=TaskEventKind.WARNED).count() == 2


def test_d3_what_was_taken_back_stays_and_leaves_room(cast, task):
    entry = _log(task, cast.tessa.person)

    worklog.take_back(entry, reason="Wrong task", by=cast.tessa.person, at=LATER)

    event = task.events.get(kind=TaskEventKind.UNLOGGED)
    assert (entry.live, _now(task).used_net, event.reason, event.facts["minutes"]) == (False, 0, "Wrong task", 60)
    with pytest.raises(worklog.EntryTakenBack):
        worklog.take_back(entry, reason="Again", by=cast.tessa.person, at=LATER)
    assert _log(task, cast.tessa.person).live


def test_d3_taking_back_needs_a_reason_and_a_task_in_work(cast, task):
    entry = _log(task, cast.tessa.person)

    with pytest.raises(ReasonMissing):
        worklog.take_back(entry, reason=" ", by=cast.tessa.person, at=LATER)
    DeliveryTask.objects.filter(pk=task.pk).update(state=TaskState.DONE)
    with pytest.raises(worklog.TaskNotInWork):
        worklog.take_back(entry, reason="Wrong", by=cast.tessa.person, at=LATER)

    entry.refresh_from_db()
    assert (entry.live, _now(task).used_net) == (True, Decimal(1200))


def test_d5_what_is_to_be_invoiced_is_not_taken_back(cast, task):
    entry = _log(task, cast.tessa.person)
    free = _log(task, cast.tessa.person, HOUR, 2 * HOUR, billable=False)
    spent = _spend(task, cast.tessa.person)
    sums = {"currency": "SEK", "net": Decimal(1200), "vat_percent": Decimal(25)}
    Billable.objects.create(task=task, kind="part", cause="test:part", text="What is undisputed", arose_at=LATER, **sums)

    with pytest.raises(worklog.EntryInvoiced):
        worklog.take_back(entry, reason="Wrong", by=cast.tessa.person, at=LATER)
    with pytest.raises(worklog.EntryInvoiced):
        worklog.take_back_cost(spent, reason="Wrong", by=cast.tessa.person, at=LATER)

    assert not worklog.take_back(free, reason="Wrong", by=cast.tessa.person, at=LATER).live
    assert _now(task).used_net == Decimal(1350)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_d3_of_two_technicians_who_log_the_last_hour_at_once_exactly_one_does():
    cast = a_provider()
    acme = a_client(cast)
    delivery_terms()
    task = a_working(cast, acme, Line(LineKind.HOURS, "Work", Decimal(1), Decimal(1200)))
    people = [cast.tessa.person, cast.theo.person]

    outcome = race(2, lambda number: _log(task, people[number]))

    assert [type(error) for error in outcome.errors] == [SumUsedUp]
    assert (len(outcome.results), DeliveryTime.objects.count(), _now(task).used_net) == (1, 1, Decimal(1200))
    assert task.events.filter(kind=TaskEventKind.WARNED).count() == 1
