"""`[support]` of the provider profile, applied: priorities, rotas and plans as the file says (rules P1, P2, S18).

A plan that the file no longer names is offered no more; one that nobody edited and nothing refers to goes. People on a
rota are never touched.
A plan is published as soon as somebody is on call for what it promises around the clock.
"""

from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass
from datetime import datetime

from django.db import models, transaction
from django.db.models import ProtectedError
from django.utils import timezone
from django.utils.translation import gettext as _

from clients import fees, plans
from clients.models import OnCallRota, Plan, PlanPromise, PlanTarget, Priority
from clients.profile import write_row
from core.formatting import day
from worktime.models import BusinessCalendar


@dataclass(frozen=True)
class TargetRead:
    """A target, with what it refers to by number and code."""

    row: PlanTarget
    priority: int
    response_calendar: str
    solution_calendar: str
    rota: str


@dataclass(frozen=True)
class PlanRead:
    """A plan, with what it refers to by number and code."""

    plan: Plan
    default_priority: int
    outage_rota: str
    promises: list[PlanPromise]
    targets: list[TargetRead]


@dataclass(frozen=True)
class SupportSection:
    """Priorities, rotas without their people, and plans in the order in which they are offered."""

    priorities: list[Priority]
    rotas: list[OnCallRota]
    plans: list[PlanRead]


@dataclass(frozen=True)
class Known:
    """What stands in the database to refer to."""

    priorities: Mapping[int, Priority]
    rotas: Mapping[str, OnCallRota]
    calendars: Mapping[str, BusinessCalendar]


def apply(section: SupportSection, source: str) -> list[str]:
    """Make the section the plans in force. Returns the changes in words, and which plan waits for people on its rota."""
    at = timezone.now()
    changes: list[str] = []
    for priority in section.priorities:
        changes += write_row(Priority.objects.filter(number=priority.number).first(), priority, source=source)
    for rota in section.rotas:
        changes += _write_rota(rota, source)
    known = Known(
        priorities={priority.number: priority for priority in Priority.objects.all()},
        rotas={rota.code: rota for rota in OnCallRota.objects.all()},
        calendars={calendar.code: calendar for calendar in BusinessCalendar.objects.all()},
    )
    for read in section.plans:
        changes += _write_plan(read, known, source, at)
    changes += _leave_out(Plan.objects.exclude(code__in=[read.plan.code for read in section.plans]), source)
    changes += _leave_out(Priority.objects.exclude(number__in=[priority.number for priority in section.priorities]), source)
    return changes


def _write_rota(wanted: OnCallRota, source: str) -> list[str]:
    """The rota as the file has it, with the people and the webhook that it has."""
    found = OnCallRota.objects.filter(code=wanted.code).first()
    if found is not None:
        for column in ("lead", "first_turn_on", "webhook", "webhook_secret"):
            setattr(wanted, column, getattr(found, column))
    return write_row(found, wanted, source=source)


def _write_plan(read: PlanRead, known: Known, source: str, at: datetime) -> list[str]:
    found = Plan.objects.select_for_update().filter(code=read.plan.code).first()
    wanted, changes = copy(read.plan), []
    wanted.default_priority = known.priorities[read.default_priority]
    wanted.outage_rota = known.rotas[read.outage_rota] if read.outage_rota else None
    if found is not None:
        wanted.published_at = found.published_at
        if later := fees.changed_with_profile(plan=found, wanted=wanted, source=source, at=at):
            words = {"row": found._meta.verbose_name, "plan": found, "day": day(later.starts_on)}
            changes.append(_("%(row)s (%(plan)s): another fee from %(day)s, with notice") % words)
    changes += write_row(found, wanted, source=source)
    plan = Plan.objects.get(code=wanted.code)
    changes += _write_promises(plan, read.promises)
    changes += _write_targets(plan, read.targets, known, source)
    return changes + _publish(plan, source, at, told=bool(changes))


def _write_promises(plan: Plan, wanted: Iterable[PlanPromise]) -> list[str]:
    said = [(promise.position, promise.text_en, promise.text_sv) for promise in wanted]
    if said == list(plan.promises.order_by("position").values_list("position", "text_en", "text_sv")):
        return []
    plan.promises.all().delete()
    PlanPromise.objects.bulk_create(PlanPromise(plan=plan, position=at, text_en=english, text_sv=swedish) for at, english, swedish in said)
    return [_("%(row)s: promises: %(number)s") % {"row": f"{plan._meta.verbose_name} ({plan})", "number": len(said)}]


def _write_targets(plan: Plan, wanted: Iterable[TargetRead], known: Known, source: str) -> list[str]:
    before = {target.priority_id: target for target in plan.targets.select_related("priority", "plan")}
    changes: list[str] = []
    for read in wanted:
        row = copy(read.row)
        row.plan, row.priority = plan, known.priorities[read.priority]
        row.response_calendar = known.calendars.get(read.response_calendar)
        row.solution_calendar = known.calendars.get(read.solution_calendar)
        row.rota = known.rotas.get(read.rota)
        changes += write_row(before.pop(row.priority_id, None), row, source=source)
    return changes + [change for target in before.values() for change in _deleted(target, source)]


def _publish(plan: Plan, source: str, at: datetime, *, told: bool) -> list[str]:
    """A plan that nobody has withdrawn is published where somebody is on call for what it promises. Else that is `told`."""
    title = f"{plan._meta.verbose_name} ({plan})"
    if waiting := plans.waits_for(plan):
        names = ", ".join(rota.name for rota in waiting)
        return [_("%(row)s: waits for people on call in: %(rotas)s") % {"row": title, "rotas": names}] if told else []
    if plan.published_at is not None or plans.was_withdrawn(plan):
        return []
    row = copy(plan)
    row.published_at = at
    write_row(plan, row, source=source)
    return [_("%(row)s: published") % {"row": title}]


def _leave_out(rows: Iterable[Plan | Priority], source: str) -> list[str]:
    """What the file no longer names goes, where no person wrote it and nothing refers to it; else a plan is withdrawn."""
    changes: list[str] = []
    for row in rows:
        if not row.history.exclude(history_user=None).exists():
            try:
                with transaction.atomic():
                    changes += _deleted(row, source)
                continue
            except ProtectedError:
                pass
        if isinstance(row, Plan) and row.published_at is not None:
            gone = copy(row)
            gone.published_at = None
            changes += write_row(row, gone, source=source)
    return changes


def _deleted(row: models.Model, source: str) -> list[str]:
    title = f"{row._meta.verbose_name} ({row})"
    row._change_reason = source[:100]  # type: ignore[attr-defined]  # how django-simple-history takes a reason
    row.delete()
    return [_("%(row)s: deleted") % {"row": title}]
