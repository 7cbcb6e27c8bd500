"""What waits in delivery for somebody of the provider (rules T2, D1 to D3, D5).

Costs to review, objections to decide, work that nobody has, answers that are overdue, sums that are nearly used, costs that
will expire. Nothing is decided here. A fixed number of queries, however much waits.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from djmoney.money import Money

from cases.models import Case, TriageDecision
from clients.access import has_duty
from clients.agreements import local_date
from clients.models import Organisation, StaffDuty
from core.formatting import day, money
from dashboard import delivery_links
from dashboard.case_day import ToDo
from dashboard.delivery_rows import TaskRow, rows
from delivery import terms
from delivery.models import (
    LIVE,
    WORK_STATES,
    Completion,
    DeliveryTask,
    DeliveryTerms,
    Estimate,
    EstimateApproval,
    EstimateState,
    TaskState,
)
from people.models import Person

MOST_SHOWN = 6
MOST_TO_DO = 20
SOON_DAYS = 2


@dataclass(frozen=True)
class DeliveryDay:
    """Tasks of one's own by when they should be done, those ready that nobody has, and what is to be done about others."""

    mine: list[TaskRow]
    unowned: list[TaskRow]
    to_do: list[ToDo]

    @property
    def has_lists(self) -> bool:
        """Whether any task is to be shown."""
        return bool(self.mine or self.unowned)


def of(person: Person, *, at: datetime) -> DeliveryDay:
    """What waits for `person` at `at`; nothing where no delivery is offered."""
    offered = terms.offered()
    if offered is None:
        return DeliveryDay([], [], [])
    takes = has_duty(person, StaffDuty.TECHNICIAN, StaffDuty.DISPATCHER)
    manages = has_duty(person, StaffDuty.ACCOUNT_MANAGER)
    to_do = [*(_objections(person) if manages or has_duty(person, StaffDuty.DISPATCHER) else ())]
    if manages:
        to_do += [*_reviews(person), *_expiring(person, offered, at), *_overdue(person, at)]
    return DeliveryDay(
        mine=_mine(person),
        unowned=_unowned(person) if takes else [],
        to_do=sorted([*to_do, *_nearly_used(person, offered)], key=lambda item: item.at),
    )


def _mine(person: Person) -> list[TaskRow]:
    """One's own tasks that are not closed, by when they should be done."""
    found = DeliveryTask.objects.visible_to(person).open().filter(assignee=person).select_related("organisation")
    return rows(found.order_by(F("ends_on").asc(nulls_last=True), "opened_at", "pk")[:MOST_SHOWN])


def _unowned(person: Person) -> list[TaskRow]:
    """Ready to begin, and nobody has it (rule D2)."""
    found = DeliveryTask.objects.visible_to(person).filter(state=TaskState.READY, assignee=None).select_related("organisation")
    return rows(found.order_by(F("starts_on").asc(nulls_last=True), "opened_at", "pk")[:MOST_SHOWN])


def _reviews(person: Person) -> Iterator[ToDo]:
    """Estimates of one's clients that wait for one's approval: never one's own, and none twice (rule D1)."""
    given = EstimateApproval.objects.filter(estimate=OuterRef("pk"), submission=OuterRef("submission"), person=person)
    found = _estimates(person, EstimateState.REVIEWING).exclude(prepared_by=person).exclude(submitted_by=person).filter(~Exists(given))
    for estimate in found.order_by("submitted_at", "pk")[:MOST_TO_DO]:
        said = {"sum": money(estimate.net_money), "author": estimate.submitted_by or estimate.prepared_by}
        text = _("Estimate of %(sum)s to review, written by %(author)s.") % said
        yield _about(estimate.task, estimate.submitted_at or estimate.prepared_at, text, delivery_links.review(estimate))


def _expiring(person: Person, offered: DeliveryTerms, at: datetime) -> Iterator[ToDo]:
    """Offered costs whose last day is near: as near as the last reminder goes out (rule D2)."""
    soon = local_date(at) + timedelta(days=min(offered.reminder_days, default=SOON_DAYS))
    found = _estimates(person, EstimateState.OFFERED).filter(valid_until__lte=soon, valid_until__gte=local_date(at))
    for estimate in found.order_by("valid_until", "pk")[:MOST_TO_DO]:
        last = estimate.valid_until
        text = _("The client has not answered. The estimate expires on %(day)s.") % {"day": day(last) if last else ""}
        yield _about(estimate.task, estimate.offered_at or at, text, _page(estimate.task))


def _overdue(person: Person, at: datetime) -> Iterator[ToDo]:
    """Done, told, and not answered in time (rule D5)."""
    found = Completion.objects.filter(answered_at=None, due_at__lt=at, task__organisation__in=Organisation.objects.managed_by(person))
    for told in found.select_related("task__organisation").order_by("due_at", "pk")[:MOST_TO_DO]:
        text = _("The client was told that it is done, and has not answered in time.")
        yield _about(told.task, told.due_at, text, _page(told.task), urgent=True)


def _objections(person: Person) -> Iterator[ToDo]:
    """Clients who say that it is support after all: somebody else than the one who judged decides (rule T2)."""
    found = TriageDecision.objects.filter(objected_at__isnull=False, settled_at=None, case__in=Case.objects.visible_to(person))
    others = found.exclude(decided_by=person).select_related("case__organisation", "delivery_task")
    for decision in others.order_by("objected_at", "pk")[:MOST_TO_DO]:
        title, since = f"#{decision.case_id} {decision.case.subject}", decision.objected_at or decision.decided_at
        text = _("The client objects: it is support, not delivery.")
        yield ToDo(since, title, str(decision.case.organisation), text, delivery_links.objection(decision), urgent=True)


def _nearly_used(person: Person, offered: DeliveryTerms) -> Iterator[ToDo]:
    """Tasks in work, one's own or of one's clients, that have used most of their sum while no change estimate is under way (rule D3)."""
    under_way = Estimate.objects.filter(task=OuterRef("pk"), state__in=LIVE)
    most = F("workable_net") * offered.warn_percent / 100
    found = DeliveryTask.objects.visible_to(person).filter(state__in=WORK_STATES, workable_net__gt=0, used_net__gte=most)
    ours = found.filter(Q(assignee=person) | Q(organisation__in=Organisation.objects.managed_by(person))).filter(~Exists(under_way))
    for task in ours.exclude(state=TaskState.DONE).select_related("organisation").order_by("warned_at", "pk")[:MOST_TO_DO]:
        used, workable = Money(task.used_net, task.currency), Money(task.workable_net, task.currency)
        said = {"used": money(used), "sum": money(workable)}
        text = _("%(used)s of %(sum)s is used. More takes a change estimate.") % said
        yield _about(task, task.warned_at or task.opened_at, text, _page(task), urgent=task.used_net >= task.workable_net)


def _estimates(person: Person, state: EstimateState) -> QuerySet[Estimate]:
    """Of the clients that `person` looks after."""
    found = Estimate.objects.filter(state=state, task__organisation__in=Organisation.objects.managed_by(person))
    return found.select_related("task__organisation", "prepared_by", "submitted_by")


def _about(task: DeliveryTask, since: datetime, text: str, url: str, *, urgent: bool = False) -> ToDo:
    return ToDo(since, str(task), str(task.organisation), text, url, urgent=urgent)


def _page(task: DeliveryTask) -> str:
    return reverse("desk-delivery-task", args=[task.pk])
