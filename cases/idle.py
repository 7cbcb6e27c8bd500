"""Work that stands still: a whole working day without any, unless the case waits for the client (rule S11).

Which days are working days, the calendar of the case's clocks says. Where nothing is measured, because the plan promises
nothing, guarantees do not bind or there is no plan, it is the calendar on which the plan promises something else, and
else the provider's own.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from cases import life, messages
from cases.models import Case, CaseEvent, CaseTime, Clock, EventKind, State
from clients import provider
from clients.access import staff
from clients.models import PlanTarget, StaffDuty
from core.once import at_one_moment
from worktime.arithmetic import Timetable, WorkingHours
from worktime.models import BusinessCalendar
from worktime.wall_clock import ONE_DAY, ends_at, instant

WORKED_ON = (
    EventKind.ANSWERED,
    EventKind.CALLED,
    EventKind.TROUBLESHOOTING,
    EventKind.PROPOSED,
    EventKind.RESUMED,
    EventKind.REFUSED,
    EventKind.REOPENED,
    EventKind.BACK_TO_SUPPORT,
    EventKind.LOGGED,
)
"""What shows that a case did not lie still that day, or waited for the client on it."""
FURTHEST_BACK = 30
"""Days: a calendar that has been closed for longer alarms nobody."""
MIDNIGHT = time()
WHOLE_DAY = ((MIDNIGHT, MIDNIGHT),)


@dataclass(frozen=True)
class Days:
    """Working days, and whose: the cases with a clock on the `calendar`, by number, and of those without the `unmeasured`."""

    hours: Timetable
    calendar: int | None
    unmeasured: Q


@dataclass(frozen=True)
class Lying:
    """A case on which nothing was done from `begins` to `ends`, a whole working day."""

    case_id: int
    days: Days
    begins: datetime
    ends: datetime


def idle(at: datetime) -> Iterator[Lying]:
    """The cases on which nothing was done for a whole working day, the last one that has ended (rule S11).

    Cases that somebody owns, that do not wait for the client, and on which nobody logged time or said anything.
    """
    for days in _all_days():
        if (day := last_whole_day(days.hours, at)) is not None:
            yield from (Lying(number, days, *day) for number in _lying(days, *day).values_list("pk", flat=True))


@at_one_moment()
@transaction.atomic
def alarm(found: Lying, *, at: datetime) -> bool:
    """Tell the dispatchers that a case lay still for a whole working day, once a day (rule S11). False where it did not."""
    case = life.locked(Case(pk=found.case_id))
    latest = case.clocks.order_by("-kind", "-pk").first()  # the solution's clock says which days are working days
    if latest is not None and latest.calendar_id != found.days.calendar:
        return False
    if not _lying(found.days, found.begins, found.ends).filter(pk=case.pk).exists():
        return False
    event = life.note_internally(case, EventKind.IDLE_ALARM, at=at, by=None, facts={"day": found.begins.isoformat()})
    messages.happened(case, "idle", event, staff(StaffDuty.DISPATCHER), since=found.begins)
    return True


def last_whole_day(hours: Timetable, at: datetime) -> tuple[datetime, datetime] | None:
    """From when to when the last working day was that is over at `at`; None where the calendar was closed for a month."""
    zone = hours.hours.zone
    today = at.astimezone(zone).date()
    for number in range(FURTHEST_BACK):
        day = today - timedelta(days=number)
        if hours.hours.always_open:
            begins, ends = instant(day, MIDNIGHT, zone), instant(day + ONE_DAY, MIDNIGHT, zone)
        elif openings := sorted(hours.hours.openings_on(day)):
            begins, ends = instant(day, openings[0][0], zone), ends_at(day, openings[-1][1], zone)
        else:
            continue
        if ends <= at:
            return begins, ends
    return None


def _all_days() -> list[Days]:
    """Every calendar with whose cases go by it; the provider's own is the first that is not always open, else Monday to Friday."""
    calendars, of_plans = list(BusinessCalendar.objects.order_by("pk")), _calendars_of_plans()
    own = next((calendar.pk for calendar in calendars if not calendar.always_open), None)
    rest = Q(plan=None) | ~Q(plan__in=list(of_plans))
    found = []
    for calendar in calendars:
        plans = Q(plan__in=[plan for plan, of_plan in of_plans.items() if of_plan == calendar.pk])
        found.append(Days(calendar.timetable, calendar.pk, plans | rest if calendar.pk == own else plans))
    if own is None:
        weekdays = WorkingHours(zone=provider.current().zone, weekly=(WHOLE_DAY,) * 5 + ((), ()))
        found.append(Days(Timetable(weekdays), None, rest))
    return found


def _calendars_of_plans() -> dict[int, int]:
    """The calendar on which each plan promises something: of the least grave priority, that of the solution first, if it ever closes."""
    found: dict[int, tuple[bool, int]] = {}
    targets = PlanTarget.objects.select_related("solution_calendar", "response_calendar").order_by("plan", "-priority__number")
    for target in targets:
        for calendar in (target.solution_calendar, target.response_calendar):
            if calendar is not None and (target.plan_id not in found or (found[target.plan_id][0] and not calendar.always_open)):
                found[target.plan_id] = calendar.always_open, calendar.pk
    return {plan: calendar for plan, (_always_open, calendar) in found.items()}


def _lying(days: Days, begins: datetime, ends: datetime) -> QuerySet[Case]:
    """The cases of these days that lay still from `begins` to `ends`, and of which nobody has been alarmed for that day."""
    events = CaseEvent.objects.filter(case=OuterRef("pk"))
    moved = events.filter(kind__in=WORKED_ON, at__gte=begins)
    alarmed = events.filter(kind=EventKind.IDLE_ALARM, facts__day=begins.isoformat())
    worked = CaseTime.objects.filter(case=OuterRef("pk"), live=True, ended_at__gt=begins)
    ours = Q(state__in=[State.NEW, State.OPEN]) | Q(state=State.PROPOSED, last_word_by_client=True)  # their word ends the waiting
    lying = Case.objects.filter(ours, owner__isnull=False, opened_at__lte=begins)
    clocks = Clock.objects.filter(case=OuterRef("pk"))
    by_clock = Q(Exists(clocks.filter(calendar=days.calendar))) if days.calendar is not None else Q(pk__in=[])
    theirs = by_clock | (days.unmeasured & ~Exists(clocks))
    return lying.filter(theirs, ~Exists(worked), ~Exists(moved), ~Exists(alarmed)).order_by("pk")
