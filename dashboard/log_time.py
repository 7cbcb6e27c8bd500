"""A technician's day: everything they logged, on cases and in sessions, in one line of time (rules R7, S10).

Cases and sessions keep their time apart, each with a guard of its own that nobody works twice at once. Between the two
it can be right: somebody answers a case while a session's backup runs. So that is a warning, which whoever logs confirms.
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
from people.models import Person
from sessions import worklogs
from sessions.models import Session, State, WorkEntry

ONE_DAY = timedelta(days=1)
RUNNING = (State.IN_PROGRESS, State.PAUSED)
MOST_OFFERED = 50

Work = Case | Session


class NothingFound(DomainError):
    """What was named is no case and no session that this person sees."""

    message = _("No case and no running session of yours is called that. Choose one from the list, or type its number.")


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
    """Some of this time is logged on the other side: both can be right, but somebody has to say so."""

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
    """From when to when somebody worked, and what they did. `both_right`: also where it overlaps with the other side."""

    started_at: datetime
    ended_at: datetime
    note: str
    late_reason: str = ""
    both_right: bool = False


@dataclass(frozen=True)
class Line:
    """A stretch of a day. Without an `entry` it is a gap. `overlaps`: the other side has some of this time as well."""

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
        """The case or session."""
        return work_of(self.entry) if self.entry else None

    @property
    def name(self) -> str:
        """What it was logged on."""
        return name_of(self.work) if self.work else ""

    @property
    def on_case(self) -> bool:
        """Whether it was logged on a case."""
        return isinstance(self.entry, CaseTime)


@dataclass(frozen=True)
class Totals:
    """Minutes that were logged, of the day and of its week, on cases and in sessions."""

    day_cases: int
    day_sessions: int
    week_cases: int
    week_sessions: int

    @property
    def day(self) -> int:
        """Of the day in all."""
        return self.day_cases + self.day_sessions

    @property
    def week(self) -> int:
        """Of the week in all."""
        return self.week_cases + self.week_sessions


def log(*, work: Work, stretch: Stretch, by: Person, at: datetime) -> TimeEntry:
    """Log own time on a case or in a session (rules R7, S10).

    Raises OverlapUnconfirmed(entries), and what `cases.worklog.log` or `sessions.worklogs.log` raises.
    """
    doubled = _overlapping(work, stretch, by)
    if doubled and not stretch.both_right:
        raise OverlapUnconfirmed(doubled)
    first, last = stretch.started_at, stretch.ended_at
    if isinstance(work, Case):
        return worklog.log(case=work, person=by, started_at=first, ended_at=last, note=stretch.note, by=by, at=at)
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
    raise TypeError(entry)


def day(*, person: Person, on: date, zone: tzinfo) -> list[Line]:
    """What `person` logged on the day `on` of the clock of `zone`, in order, with the gaps between. Two queries."""
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
    """What was logged on `on` and in its week, Monday to Sunday, cut at midnight of the clock of `zone`. Two queries."""
    monday = on - timedelta(days=on.weekday())
    week = _bounds(monday, monday + 7 * ONE_DAY, zone)
    this_day = _bounds(on, on + ONE_DAY, zone)
    entries = _entries(person, *week)
    on_cases = [entry for entry in entries if isinstance(entry, CaseTime)]
    in_sessions = [entry for entry in entries if isinstance(entry, WorkEntry)]
    return Totals(_minutes(on_cases, this_day), _minutes(in_sessions, this_day), _minutes(on_cases, week), _minutes(in_sessions, week))


def offered(person: Person) -> list[Work]:
    """What `person` probably worked on: their open cases, and the sessions of theirs that run."""
    cases = Case.objects.visible_to(person).open().filter(Q(owner=person) | Q(time_entries__person=person)).distinct()
    return [*_sessions(person), *cases.order_by("-last_word_at", "-pk")[:MOST_OFFERED]]


def find(*, person: Person, named: str) -> Work:
    """The case or session that was typed: `#12` or `12` is a case, `S5` a session; else words of a title among theirs.

    Raises NothingFound, SeveralFound(names).
    """
    named = named.strip()
    if found := re.match(r"#?(\d{1,9})(?:\s|$)", named):
        return _only(Case.objects.visible_to(person).filter(pk=int(found[1])))
    if found := re.match(r"[Ss](\d{1,9})(?:\s|$)", named):
        return _only(each for each in _sessions(person) if each.pk == int(found[1]))
    words = named.casefold()
    return _only(work for work in offered(person) if words and words in title_of(work).casefold())


def work_of(entry: TimeEntry) -> Work:
    """What an entry was logged on."""
    if isinstance(entry, CaseTime):
        return entry.case
    if isinstance(entry, WorkEntry):
        return entry.session
    raise TypeError(entry)


def title_of(work: Work) -> str:
    """What it is called."""
    return str(work.subject if isinstance(work, Case) else work.title)


def name_of(work: Work) -> str:
    """As it is typed and found again: `#12 Users are not created`, `S5 Upgrade`."""
    return f"{'#' if isinstance(work, Case) else 'S'}{work.pk} {title_of(work)}"


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


def _overlapping(work: Work, stretch: Stretch, person: Person) -> list[TimeEntry]:
    """What the other side has of this time."""
    first, last = whole_minute(stretch.started_at), whole_minute(stretch.ended_at)
    other: type[TimeEntry] = WorkEntry if isinstance(work, Case) else CaseTime
    return [entry for entry in _entries(person, first, last) if isinstance(entry, other)]


def _entries(person: Person, first: datetime, last: datetime) -> list[TimeEntry]:
    """What counts of both sides and touches [first, last), in order."""
    touching = {"person": person, "live": True, "started_at__lt": last, "ended_at__gt": first}
    on_cases = CaseTime.objects.filter(**touching).select_related("case__organisation")
    in_sessions = WorkEntry.objects.filter(**touching).select_related("session__organisation")
    return sorted([*on_cases, *in_sessions], key=lambda entry: (entry.started_at, entry.ended_at))


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
