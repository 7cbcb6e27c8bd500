"""A technician's day: everything they logged, on cases, in sessions and on deliveries, in one line of time (rules R7, S10, D3).

Each of these sides keeps its time apart, with a guard of its own that nobody works twice at once. Between them it can be
right: somebody answers a case while a session's backup runs. So that is a warning, which whoever logs confirms.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases import worklog
from cases.models import Case, CaseTime
from clients.timelog import TimeEntry, whole_minute
from core.errors import DomainError
from core.formatting import clock
from delivery import counting
from delivery import worklog as delivery_log
from delivery.models import DeliveryTask, DeliveryTime, TaskState
from delivery.worklog import Worked
from people.models import Person
from sessions import worklogs
from sessions.models import Session, State, WorkEntry

ONE_DAY = timedelta(days=1)
RUNNING = (State.IN_PROGRESS, State.PAUSED)
MOST_OFFERED = 50

Work = Case | Session | DeliveryTask


@dataclass(frozen=True)
class Side:
    """One kind of what time is logged on: its entries, what they name, and the mark that its number is typed with."""

    name: str
    entry: type[TimeEntry]
    work: type[Work]
    mark: str


SIDES = (
    Side("case", CaseTime, Case, "#"),
    Side("session", WorkEntry, Session, "S"),
    Side("task", DeliveryTime, DeliveryTask, "D"),
)


class NothingFound(DomainError):
    """What was named is no case, session or delivery that this person sees."""

    message = _("No case, running session of yours or delivery is called that. Choose one from the list, or type its number.")


class SeveralFound(DomainError):
    """The words fit several."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(names)
        self.names = names

    @property
    def message(self) -> str:
        """The sentence with what could be meant."""
        return _("Several are called that: %(names)s. Type the number.") % {"names": "; ".join(self.names)}


class OverlapUnconfirmed(DomainError):
    """Some of this time is logged on another side: both can be right, but somebody has to say so."""

    def __init__(self, entries: Sequence[TimeEntry]) -> None:
        super().__init__(entries)
        self.entries = entries

    @property
    def message(self) -> str:
        """The sentence with the stretches that are logged already."""
        stretches = ", ".join(f"{clock(entry.started_at)}–{clock(entry.ended_at)}: {name_of(work_of(entry))}" for entry in self.entries)
        words = _("This time overlaps with what you have logged elsewhere (%(stretches)s). Say that both are right, or change the times.")
        return words % {"stretches": stretches}


@dataclass(frozen=True)
class Stretch:
    """From when to when somebody worked, and what they did. `both_right`: also where it overlaps with another side.

    `counts`: as what time on a delivery is counted (`delivery.counting`); empty takes the usual.
    """

    started_at: datetime
    ended_at: datetime
    note: str
    late_reason: str = ""
    both_right: bool = False
    counts: str = ""


@dataclass(frozen=True)
class Line:
    """A stretch of a day. Without an `entry` it is a gap. `overlaps`: another side has some of this time as well."""

    started_at: datetime
    ended_at: datetime
    entry: TimeEntry | None = None
    overlaps: bool = False

    @property
    def minutes(self) -> int:
        """Whole minutes."""
        return int((self.ended_at - self.started_at).total_seconds() // 60)

    @property
    def work(self) -> Work | None:
        """The case, session or delivery."""
        return work_of(self.entry) if self.entry else None

    @property
    def name(self) -> str:
        """What it was logged on."""
        return name_of(self.work) if self.work else ""

    @property
    def side(self) -> str:
        """`case`, `session` or `task`; nothing for a gap."""
        return _side_of_entry(self.entry).name if self.entry else ""


@dataclass(frozen=True)
class Totals:
    """Minutes that were logged, of the day and of its week, on cases, in sessions and on deliveries."""

    day_cases: int
    day_sessions: int
    day_tasks: int
    week_cases: int
    week_sessions: int
    week_tasks: int

    @property
    def day(self) -> int:
        """Of the day in all."""
        return self.day_cases + self.day_sessions + self.day_tasks

    @property
    def week(self) -> int:
        """Of the week in all."""
        return self.week_cases + self.week_sessions + self.week_tasks


def log(*, work: Work, stretch: Stretch, by: Person, at: datetime) -> TimeEntry:
    """Log own time on a case, in a session or on a delivery (rules R7, S10, D3).

    Raises OverlapUnconfirmed(entries), and what the `log` of that side raises: `cases.worklog`, `sessions.worklogs`,
    `delivery.worklog`.
    """
    doubled = _overlapping(work, stretch, by)
    if doubled and not stretch.both_right:
        raise OverlapUnconfirmed(doubled)
    first, last = stretch.started_at, stretch.ended_at
    if isinstance(work, Case):
        return worklog.log(case=work, person=by, started_at=first, ended_at=last, note=stretch.note, by=by, at=at)
    if isinstance(work, DeliveryTask):
        way = counting.chosen(work, stretch.counts)
        worked = Worked(by, first, last, stretch.note, line=way.line, billable=way.billable, fault=way.fault)
        return delivery_log.log(work, worked, by=by, at=at)
    return worklogs.log(
        session=work,
        technician_person=by,
        started_at=first,
        ended_at=last,
        note=stretch.note,
        late_reason=stretch.late_reason,
        by=by,
        at=at,
    )


def take_back(*, entry: TimeEntry, reason: str, by: Person, at: datetime) -> TimeEntry:
    """Take back what was logged wrongly. Raises what the take-back of its own side raises."""
    if isinstance(entry, CaseTime):
        return worklog.take_back(entry=entry, reason=reason, by=by, at=at)
    if isinstance(entry, WorkEntry):
        return worklogs.take_back(entry=entry, reason=reason, by=by, at=at)
    if isinstance(entry, DeliveryTime):
        return delivery_log.take_back(entry, reason=reason, by=by, at=at)
    raise TypeError(entry)


def day(*, person: Person, on: date, zone: tzinfo) -> list[Line]:
    """What `person` logged on the day `on` of the clock of `zone`, in order, with the gaps between. Three queries."""
    first, last = _bounds(on, on + ONE_DAY, zone)
    entries = _entries(person, first, last)
    lines: list[Line] = []
    reached: datetime | None = None
    for entry in entries:
        if reached is not None and entry.started_at > reached:
            lines.append(Line(reached, entry.started_at))
        doubled = any(type(other) is not type(entry) and _meet(entry, other) for other in entries)
        lines.append(Line(entry.started_at, entry.ended_at, entry, doubled))
        reached = max(reached or entry.ended_at, entry.ended_at)
    return lines


def totals(*, person: Person, on: date, zone: tzinfo) -> Totals:
    """What was logged on `on` and in its week, Monday to Sunday, cut at midnight of the clock of `zone`. Three queries."""
    monday = on - timedelta(days=on.weekday())
    week = _bounds(monday, monday + 7 * ONE_DAY, zone)
    this_day = _bounds(on, on + ONE_DAY, zone)
    entries = _entries(person, *week)
    by_side = [[entry for entry in entries if isinstance(entry, side.entry)] for side in SIDES]
    return Totals(*(_minutes(found, bounds) for bounds in (this_day, week) for found in by_side))


def offered(person: Person) -> list[Work]:
    """What `person` probably worked on: the sessions of theirs that run, their deliveries in work, and their open cases."""
    cases = Case.objects.visible_to(person).open().filter(Q(owner=person) | Q(time_entries__person=person)).distinct()
    return [*_sessions(person), *_tasks(person), *cases.order_by("-last_word_at", "-pk")[:MOST_OFFERED]]


def find(*, person: Person, named: str) -> Work:
    """What was typed: `#12` or `12` is a case, `S5` a session, `D7` a delivery; else words of a title among theirs.

    Raises NothingFound, SeveralFound(names).
    """
    named = named.strip()
    if found := re.match(r"#?(\d{1,9})(?:\s|$)", named):
        return _only(Case.objects.visible_to(person).filter(pk=int(found[1])))
    if found := re.match(r"[Ss](\d{1,9})(?:\s|$)", named):
        return _only(each for each in _sessions(person) if each.pk == int(found[1]))
    if found := re.match(r"[Dd](\d{1,9})(?:\s|$)", named):
        return _only(DeliveryTask.objects.visible_to(person).filter(pk=int(found[1])).select_related("organisation"))
    words = named.casefold()
    return _only(work for work in offered(person) if words and words in title_of(work).casefold())


def named(*, person: Person, text: str) -> Work | None:
    """What the text names, without a word where that is nothing or several."""
    try:
        return find(person=person, named=text) if text.strip() else None
    except (NothingFound, SeveralFound):
        return None


def work_of(entry: TimeEntry) -> Work:
    """What an entry was logged on."""
    work: Work = getattr(entry, _side_of_entry(entry).name)
    return work


def title_of(work: Work) -> str:
    """What it is called."""
    return str(work.subject if isinstance(work, Case) else work.title)


def name_of(work: Work) -> str:
    """As it is typed and found again: `#12 Users are not created`, `S5 Upgrade`, `D7 Single sign-on`."""
    return f"{_side_of(work).mark}{work.pk} {title_of(work)}"


def proposed(*, person: Person, at: datetime) -> tuple[Work, datetime] | None:
    """What `person` is probably about to log: the case that they began to troubleshoot last, and when (rule S4)."""
    running = worklog.begun(person, at=at)
    return (running[0].case, running[0].since) if running else None


def _only(found: Iterable[Work]) -> Work:
    several = list(found)
    if not several:
        raise NothingFound
    if len(several) > 1:
        raise SeveralFound([name_of(work) for work in several[:5]])
    return several[0]


def _sessions(person: Person) -> list[Session]:
    """The sessions that run and are theirs."""
    mine = Q(reservations__technician__person=person) | Q(worker__person=person)
    found = Session.objects.visible_to(person).filter(mine, state__in=RUNNING).select_related("organisation")
    return list(found.distinct().order_by("-started_at", "pk"))


def _tasks(person: Person) -> list[DeliveryTask]:
    """The deliveries in work that are theirs, or that they have worked on (rule D3)."""
    mine = Q(assignee=person) | Q(time_entries__person=person)
    found = DeliveryTask.objects.visible_to(person).filter(mine, state=TaskState.WORKING).select_related("organisation")
    return list(found.distinct().order_by("-pk")[:MOST_OFFERED])


def _side_of(work: Work) -> Side:
    return next(side for side in SIDES if isinstance(work, side.work))


def _side_of_entry(entry: TimeEntry) -> Side:
    found = next((side for side in SIDES if isinstance(entry, side.entry)), None)
    if found is None:
        raise TypeError(entry)
    return found


def _overlapping(work: Work, stretch: Stretch, person: Person) -> list[TimeEntry]:
    """What the other sides have of this time."""
    first, last = whole_minute(stretch.started_at), whole_minute(stretch.ended_at)
    return [entry for entry in _entries(person, first, last) if _side_of_entry(entry) != _side_of(work)]


def _entries(person: Person, first: datetime, last: datetime) -> list[TimeEntry]:
    """What counts of all sides and touches [first, last), in order."""
    touching = {"person": person, "live": True, "started_at__lt": last, "ended_at__gt": first}
    on_cases = CaseTime.objects.filter(**touching).select_related("case__organisation")
    in_sessions = WorkEntry.objects.filter(**touching).select_related("session__organisation")
    on_tasks = DeliveryTime.objects.filter(**touching).select_related("task__organisation")
    return sorted([*on_cases, *in_sessions, *on_tasks], key=lambda entry: (entry.started_at, entry.ended_at))


def _meet(one: TimeEntry, other: TimeEntry) -> bool:
    return one.started_at < other.ended_at and other.started_at < one.ended_at


def _minutes(entries: Iterable[TimeEntry], bounds: tuple[datetime, datetime]) -> int:
    first, last = bounds
    lines = (Line(max(entry.started_at, first), min(entry.ended_at, last)) for entry in entries)
    return sum(line.minutes for line in lines if line.ended_at > line.started_at)


def _bounds(first: date, last: date, zone: tzinfo) -> tuple[datetime, datetime]:
    """The midnights of two days, as instants."""
    begins, ends = (datetime.combine(each, time(), zone).astimezone(UTC) for each in (first, last))
    return begins, ends
