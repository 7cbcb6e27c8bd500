"""Time and expenses of delivery tasks (rules D2, D3, S12): only of a task in work, and only up to what is accepted.

What an hour costs is frozen when it is logged. Time beyond the sum, of a task for whose time nothing was accepted, and
what mends a fault, is kept and never invoiced. Nobody works twice at once.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Min
from django.utils.translation import gettext_lazy as _

from cases.worklog import check_stretch
from clients.access import has_duty
from clients.agreements import local_date
from clients.models import StaffDuty
from clients.timelog import whole_minute
from core.errors import DomainError, NotAllowed
from core.reasons import ReasonMissing, reasoned
from delivery import accepted_sum, billing, life, money, terms
from delivery.accepted_sum import SumUsedUp
from delivery.models import (
    TIMED,
    BillableKind,
    DeliveryCost,
    DeliveryTask,
    DeliveryTime,
    EstimateLine,
    EstimateState,
    Fault,
    LineKind,
    TaskEventKind,
    TaskState,
)
from people.models import Person

__all__ = ["Cost", "SumUsedUp", "Worked", "log", "spend", "take_back", "take_back_cost"]

SPENT = (LineKind.MILEAGE, LineKind.EXPENSE)
LONGEST_TEXT = 200
MOST_QUANTITY = Decimal(100_000)
HANDED_OVER = (TaskEventKind.ACCEPTED, TaskEventKind.SENT_FREE)


class TaskNotInWork(DomainError):
    """Time and expenses are only of what is being worked on."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state

    @property
    def message(self) -> str:
        """Why not, by the state of the task."""
        if self.state == TaskState.READY:
            return str(_("This task has not been begun. Begin it first, so that the client knows. Nothing was logged."))
        if self.state == TaskState.DONE:
            return str(_("This task has been told to be done, and waits for the client. Nothing was logged."))
        if self.state in life.CLOSED:
            return str(_("This task is closed: nothing more can be logged on it. Nothing was logged."))
        return str(_("The cost of this task is not accepted: no work on it is paid. Nothing was logged."))


class WorkBeforeHandOver(DomainError):
    """Only what is accepted, or free, is worked on (rule D2)."""

    message = _("This lies before the task was handed over to delivery. Nothing was logged.")


class EntriesOverlap(DomainError):
    """The same person already has time logged there, on this task or another: nobody works twice at once."""

    message = _("Some of this time is already logged for the same person, on this task or another. Nothing was logged.")


class NoteMissing(DomainError):
    """Time and expenses say what they were for."""

    message = _("Say what was done: others read it. Nothing was logged.")


class TextTooLong(DomainError):
    """What an expense is for fits into a line."""

    message = _("That is too long: 200 characters at most. Nothing was logged.")


class LineElsewhere(DomainError):
    """Only lines of what the client has accepted can be worked on, each with what it is for."""

    message = _("This line is not of an accepted estimate of this task, or not for this. Nothing was logged.")


class FaultNotOpen(DomainError):
    """Mending is of a fault that is not mended yet."""

    message = _("This fault is not of this task, or is mended already. Nothing was logged.")


class CostRefused(DomainError):
    """An expense has a kind, and a quantity and a price that can be."""

    message = _("An expense needs a quantity and a price above zero, within reason. Nothing was logged.")


class CostMismatch(DomainError):
    """The same form came with something else before."""

    message = _("This form has logged something else before. Open the page again. Nothing was logged.")


class CostOnWrongDay(DomainError):
    """An expense lies between the opening of the task and today."""

    message = _("The day of an expense lies between the opening of the task and today. Nothing was logged.")


class EntryTakenBack(DomainError):
    """What was to be taken back had been taken back before."""

    message = _("This has already been taken back. Nothing has changed.")


class EntryInvoiced(DomainError):
    """What is to be invoiced already stays as it is."""

    message = _("This is part of what is to be invoiced already, and stays as it is. Nothing has changed.")


@dataclass(frozen=True)
class Worked:
    """Who worked from when to when, and what they did.

    `line`: of which accepted hours; None takes the first. `billable` False: beyond the sum, never invoiced. `fault`: what
    is mended, which is free (rule D5).
    """

    person: Person
    started_at: datetime
    ended_at: datetime
    note: str
    line: EstimateLine | None = None
    billable: bool = True
    fault: Fault | None = None


@dataclass(frozen=True)
class Cost:
    """Mileage or an expense (rule S12). `unit_price` None: the price of its line, or the provider's of a kilometre."""

    kind: LineKind
    text: str
    spent_on: date
    quantity: Decimal
    unit_price: Decimal | None = None
    line: EstimateLine | None = None


@transaction.atomic
def log(task: DeliveryTask, worked: Worked, *, by: Person, at: datetime) -> DeliveryTime:
    """Log time on `task`, to the minute; what is billable counts against the accepted sum (rule D3).

    Raises NotAllowed, TaskNotInWork, TimesReversed, WorkTooLong, WorkInFuture, WorkBeforeHandOver, NoteMissing,
    ReasonTooLong, LineElsewhere, FaultNotOpen, EntriesOverlap, SumUsedUp(left_minutes, left_net).
    """
    task = life.locked(task)
    _check_may_log(task, worked.person, by)
    _require_work(task)
    started_at, ended_at = (whole_minute(instant.astimezone(UTC)) for instant in (worked.started_at, worked.ended_at))
    check_stretch(started_at, ended_at, at=at)
    if started_at < whole_minute(_handed_over_at(task)):
        raise WorkBeforeHandOver
    columns: dict[str, Any] = {"started_at": started_at, "ended_at": ended_at, "note": _noted(worked.note), "logged_at": at}
    entry = DeliveryTime(task=task, person=worked.person, **columns, **_priced(task, worked))
    Person.objects.select_for_update(no_key=True).get(pk=worked.person.pk)
    _add(entry)
    life.note_internally(task, TaskEventKind.LOGGED, at=at, by=by, facts=_facts(entry))
    if entry.billable:
        accepted_sum.count(task, at=at, latest=entry)
    return entry


@transaction.atomic
def take_back(entry: DeliveryTime, *, reason: str, by: Person, at: datetime) -> DeliveryTime:
    """Take back time that was logged wrongly. It stays readable, and counts no more.

    Raises NotAllowed, TaskNotInWork, ReasonMissing, ReasonTooLong, EntryInvoiced, EntryTakenBack.
    """
    task = life.locked(entry.task)
    _check_may_log(task, entry.person, by)
    reason = _may_be_taken_back(task, entry, reason)
    if not DeliveryTime.objects.filter(pk=entry.pk, live=True).update(live=False):
        raise EntryTakenBack
    life.note_internally(task, TaskEventKind.UNLOGGED, at=at, by=by, reason=reason, facts=_facts(entry))
    _count_less(task, at)
    entry.refresh_from_db(fields=["live"])
    return entry


@transaction.atomic
def spend(task: DeliveryTask, cost: Cost, *, by: Person, at: datetime, cause: str) -> DeliveryCost:
    """Log mileage or an expense: a line of its own, against the same sum (rules S12, D3). The same `cause` again returns it.

    Raises NotAllowed, CostMismatch, TaskNotInWork, NoteMissing, TextTooLong, CostRefused, CostOnWrongDay, LineElsewhere,
    SumUsedUp(None, left_net).
    """
    task = life.locked(task)
    if not life.may_work(by, task):
        raise NotAllowed
    if earlier := task.events.filter(kind=TaskEventKind.SPENT, facts__cause=cause).first():
        return _the_same(task.costs.get(pk=earlier.facts["cost"]), cost)
    _require_work(task)
    text = _noted(cost.text)
    if len(text) > LONGEST_TEXT:
        raise TextTooLong
    if not local_date(task.opened_at) <= cost.spent_on <= local_date(at):
        raise CostOnWrongDay
    price = _price_of(task, cost)
    columns = {"kind": cost.kind, "line": cost.line, "text": text, "spent_on": cost.spent_on, "quantity": cost.quantity}
    net = money.line_net(cost.quantity, price)
    spent = DeliveryCost.objects.create(task=task, unit_price=price, net=net, logged_at=at, logged_by=by, **columns)
    facts = {"cost": spent.pk, "kind": spent.kind, "net": str(net), "cause": cause}
    life.note_internally(task, TaskEventKind.SPENT, at=at, by=by, reason=text, facts=facts)
    accepted_sum.count(task, at=at)
    return spent


@transaction.atomic
def take_back_cost(cost: DeliveryCost, *, reason: str, by: Person, at: datetime) -> DeliveryCost:
    """Take back what was spent on nothing. Raises NotAllowed, TaskNotInWork, ReasonMissing, EntryInvoiced, EntryTakenBack."""
    task = life.locked(cost.task)
    _check_may_log(task, cost.logged_by, by)
    reason = _may_be_taken_back(task, cost, reason)
    if not DeliveryCost.objects.filter(pk=cost.pk, live=True).update(live=False):
        raise EntryTakenBack
    life.note_internally(task, TaskEventKind.UNSPENT, at=at, by=by, reason=reason, facts={"cost": cost.pk, "net": str(cost.net)})
    _count_less(task, at)
    cost.refresh_from_db(fields=["live"])
    return cost


def timed_lines(task: DeliveryTask) -> list[EstimateLine]:
    """The lines that time is logged on: hours and travel of what the client has accepted; the first is the usual one."""
    found = accepted_lines(task).filter(kind__in=TIMED)
    return sorted(found, key=lambda line: (line.kind != LineKind.HOURS, line.estimate_id, line.position))


def accepted_lines(task: DeliveryTask) -> Any:
    """All lines of what the client has accepted."""
    return EstimateLine.objects.filter(estimate__task=task, estimate__state=EstimateState.ACCEPTED)


def _check_may_log(task: DeliveryTask, worker: Person, by: Person) -> None:
    on_behalf = life.may_manage(by, task) or has_duty(by, StaffDuty.DISPATCHER)
    if not by.is_active or not (by == worker or on_behalf) or not life.may_work(worker, task):
        raise NotAllowed


def _require_work(task: DeliveryTask) -> None:
    if task.state != TaskState.WORKING:
        raise TaskNotInWork(task.state)


def _handed_over_at(task: DeliveryTask) -> datetime:
    """Since when it may be worked on."""
    first = task.events.filter(kind__in=HANDED_OVER).aggregate(first=Min("at"))["first"]
    return first or task.opened_at


def _noted(text: str) -> str:
    try:
        return reasoned(text)
    except ReasonMissing as missing:
        raise NoteMissing from missing


def _priced(task: DeliveryTask, worked: Worked) -> dict[str, Any]:
    """What the time is counted as, and what an hour of it costs. Where nothing is accepted for time, it counts against nothing."""
    if worked.fault is not None and not task.faults.filter(pk=worked.fault.pk, mended_at=None).exists():
        raise FaultNotOpen
    lines = timed_lines(task)
    if worked.line is not None and worked.line not in lines:
        raise LineElsewhere
    line = worked.line or next((each for each in lines if each.kind == LineKind.HOURS), None)
    if not worked.billable or worked.fault is not None or not task.workable_net:
        return {"line": line, "rate": Decimal(0), "billable": False, "fault": worked.fault}
    rate = line.unit_price if line is not None else Decimal(terms.current().hourly_rate.amount)
    return {"line": line, "rate": rate, "billable": True}


def _price_of(task: DeliveryTask, cost: Cost) -> Decimal:
    """The price of one, given, of the line, or of the terms."""
    if cost.kind not in SPENT or not (cost.quantity.is_finite() and 0 < cost.quantity <= MOST_QUANTITY):
        raise CostRefused
    if cost.line is not None and not accepted_lines(task).filter(pk=cost.line.pk, kind=cost.kind).exists():
        raise LineElsewhere
    price = cost.unit_price
    if price is None and cost.line is not None:
        price = cost.line.unit_price
    if price is None and cost.kind == LineKind.MILEAGE:
        price = Decimal(terms.current().mileage_rate.amount)
    if price is None or not price.is_finite() or not money.CENT <= money.line_net(cost.quantity, price) <= money.MOST_NET:
        raise CostRefused
    return price


def _the_same(spent: DeliveryCost, cost: Cost) -> DeliveryCost:
    """What was spent, if it is the same as is asked for now."""
    line = cost.line.pk if cost.line is not None else None
    price = spent.unit_price if cost.unit_price is None else cost.unit_price
    asked = (cost.kind, cost.text.strip(), cost.spent_on, cost.quantity, line, price)
    if asked != (spent.kind, spent.text, spent.spent_on, spent.quantity, spent.line_id, spent.unit_price):
        raise CostMismatch
    return spent


def _may_be_taken_back(task: DeliveryTask, entry: DeliveryTime | DeliveryCost, reason: str) -> str:
    """The reason, as it is kept. What has been made ready to be invoiced stays, and what the client judges as done."""
    _require_work(task)
    counted = isinstance(entry, DeliveryCost) or entry.billable
    invoiced = task.billables.filter(kind__in=[BillableKind.PART, BillableKind.COMPLETION], arose_at__gte=entry.logged_at)
    if counted and invoiced.exists():
        raise EntryInvoiced
    return reasoned(reason)


def _count_less(task: DeliveryTask, at: datetime) -> None:
    """Count anew after something was taken back: what a milestone has invoiced is not taken from under it (rule D5)."""
    before = task.used_net
    accepted_sum.count(task, at=at)
    if task.used_net < before and billing.account_of(task).is_overdrawn:
        raise EntryInvoiced


def _facts(entry: DeliveryTime) -> dict[str, Any]:
    """Time worked as events keep it."""
    times = {"started_at": entry.started_at.isoformat(), "ended_at": entry.ended_at.isoformat()}
    counted = {"billable": entry.billable, "rate": str(entry.rate), "line": entry.line_id, "fault": entry.fault_id}
    return {"entry": entry.pk, "person": entry.person_id, "minutes": entry.minutes, **times, **counted}


def _add(entry: DeliveryTime) -> None:
    """Insert `entry`. The database itself refuses one that overlaps another of the same person."""
    try:
        with transaction.atomic():
            entry.save(force_insert=True)
    except IntegrityError as refused:
        if "no_overlap" in str(refused):
            raise EntriesOverlap from refused
        raise
