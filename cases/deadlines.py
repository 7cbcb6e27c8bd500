"""Deadlines that draw near, have passed, or have to be computed anew; and work that stands still (rules S6, S7, S11).

Each acts on one locked case, looks again, and does nothing the second time. What is due stands in the database: a job
that runs late tells of what has happened, and not of what is no longer to come.
"""

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from cases import life, messages, timing
from cases.models import Case, CaseEvent, CaseTime, Clock, EventKind, State
from clients.access import staff
from clients.models import StaffDuty
from core.once import at_one_moment
from people.models import Person
from worktime.arithmetic import Timetable
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
    EventKind.LOGGED,
)
"""What shows that a case did not lie still that day, or waited for the client on it."""
FURTHEST_BACK = 30
"""Days: a calendar that has been closed for longer alarms nobody."""


def near(at: datetime) -> QuerySet[Clock]:
    """The clocks of whose deadlines nobody has been warned yet, though it is time (rule S7)."""
    open_ones = Clock.objects.filter(met_at=None, ended_at=None, warned_at=None, due_at__isnull=False)
    return open_ones.filter(warn_at__lte=at).select_related("case").order_by("warn_at", "pk")


def missed(at: datetime) -> QuerySet[Clock]:
    """The clocks whose deadline has passed, and is not recorded yet (rule S7)."""
    open_ones = Clock.objects.filter(met_at=None, ended_at=None, breached_at=None)
    return open_ones.filter(due_at__lt=at).select_related("case").order_by("due_at", "pk")


@at_one_moment()
@transaction.atomic
def warn(clock: Clock, *, at: datetime) -> bool:
    """Warn the assignee and the dispatchers, once (rule S7). False where there is nothing to warn of any more."""
    case = life.locked(clock.case)
    found = near(at).filter(pk=clock.pk)
    current = found.first()
    if current is None or not Clock.objects.filter(pk=clock.pk, warned_at=None).update(warned_at=at):
        return False
    if current.due_at is None or current.due_at <= at:
        return False  # it has passed: that is told instead
    facts = {"clock": current.kind, "due_at": current.due_at.isoformat()}
    event = life.note_internally(case, EventKind.WARNED, at=at, by=None, facts=facts)
    messages.happened(case, "deadline_near", event, _responsible(case), clock=current)
    return True


@at_one_moment()
@transaction.atomic
def record(clock: Clock, *, at: datetime) -> bool:
    """Record for ever that a deadline has passed, and tell the assignee and the dispatchers (rule S7). False where it has not."""
    case = life.locked(clock.case)
    current = missed(at).filter(pk=clock.pk).select_related("calendar").first()
    if current is None or not timing.breach(current, at=at):
        return False
    event = case.events.filter(kind=EventKind.BREACHED).order_by("pk").last()
    if event is not None:
        messages.happened(case, "deadline_missed", event, _responsible(case), clock=current)
    return True


def idle(at: datetime) -> list[tuple[int, BusinessCalendar, datetime, datetime]]:
    """The cases on which nothing was done for a whole working day, each with its calendar and that day (rule S11).

    Cases that somebody owns, that do not wait for the client, and on which nobody logged time or said anything. The day
    is the last one that has ended on the calendar of the case's clocks.
    """
    found: list[tuple[int, BusinessCalendar, datetime, datetime]] = []
    for calendar in BusinessCalendar.objects.order_by("pk"):
        if (day := last_whole_day(calendar.timetable, at)) is not None:
            found += [(number, calendar, *day) for number in _idle_on(calendar, *day).values_list("pk", flat=True)]
    return found


@at_one_moment()
@transaction.atomic
def alarm(case_id: int, calendar: BusinessCalendar, day: tuple[datetime, datetime], *, at: datetime) -> bool:
    """Tell the dispatchers that a case lay still for a whole working day, once a day (rule S11). False where it did not."""
    begins, ends = day
    case = life.locked(Case(pk=case_id))
    latest = case.clocks.order_by("-kind", "-pk").first()  # the solution's clock says which days are working days
    if latest is None or latest.calendar_id != calendar.pk or not _idle_on(calendar, begins, ends).filter(pk=case_id).exists():
        return False
    event = life.note_internally(case, EventKind.IDLE_ALARM, at=at, by=None, facts={"day": begins.isoformat()})
    messages.happened(case, "idle", event, staff(StaffDuty.DISPATCHER), since=begins)
    return True


def last_whole_day(hours: Timetable, at: datetime) -> tuple[datetime, datetime] | None:
    """From when to when the last working day was that is over at `at`; None where the calendar was closed for a month."""
    zone = hours.hours.zone
    today = at.astimezone(zone).date()
    for number in range(FURTHEST_BACK):
        day = today - timedelta(days=number)
        if hours.hours.always_open:
            begins, ends = instant(day, _MIDNIGHT, zone), instant(day + ONE_DAY, _MIDNIGHT, zone)
        elif openings := sorted(hours.hours.openings_on(day)):
            begins, ends = instant(day, openings[0][0], zone), ends_at(day, openings[-1][1], zone)
        else:
            continue
        if ends <= at:
            return begins, ends
    return None


def stale(after: int = 0) -> QuerySet[Clock]:
    """The open clocks that were computed with an earlier version of their calendar (rule S6), from a number on."""
    open_ones = Clock.objects.filter(met_at=None, ended_at=None, pk__gt=after)
    return open_ones.exclude(calendar_version=F("calendar__version")).order_by("pk")


def _idle_on(calendar: BusinessCalendar, begins: datetime, ends: datetime) -> QuerySet[Case]:
    """The cases on this calendar that lay still from `begins` to `ends`, and of which nobody has been alarmed for that day."""
    events = CaseEvent.objects.filter(case=OuterRef("pk"))
    moved = events.filter(kind__in=WORKED_ON, at__gte=begins)
    alarmed = events.filter(kind=EventKind.IDLE_ALARM, facts__day=begins.isoformat())
    worked = CaseTime.objects.filter(case=OuterRef("pk"), live=True, ended_at__gt=begins)
    lying = Case.objects.filter(state__in=[State.NEW, State.OPEN], owner__isnull=False, opened_at__lte=begins)
    on_it = Clock.objects.filter(case=OuterRef("pk"), calendar=calendar)
    return lying.filter(Exists(on_it), ~Exists(worked), ~Exists(moved), ~Exists(alarmed)).order_by("pk")


def _responsible(case: Case) -> list[Person]:
    """The assignee and the dispatchers (rule S7)."""
    return list({person.pk: person for person in [*messages.ours(case), *staff(StaffDuty.DISPATCHER)]}.values())


def skip_locked() -> bool:
    """Whether the database can pass over what another job is at."""
    return connection.features.has_select_for_update_skip_locked


_MIDNIGHT = datetime.min.time()
