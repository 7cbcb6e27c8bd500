"""The queue of cases: what is to be done next, found alike fast among a hundred or a hundred thousand (rule S2).

Two orders: that of the rule, and what is due next. A page goes on after the last row of the one before, whose place is
written in the address: nothing is counted and nothing skipped, and one index holds each order. What is left to a deadline
is working time, by the calendar of its clock.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import DateTimeField, Exists, F, Func, IntegerField, OuterRef, Prefetch, Q, TextField, Value
from django.db.models.lookups import GreaterThan, LessThan
from django.utils.dateparse import parse_datetime

from cases.models import CallTask, Case, CaseQuerySet, CaseTag, Clock, Reclassification, State
from people.models import Person
from worktime.models import BusinessCalendar

PAGE_LENGTH = 25
MOST_COUNTED = 1_000
BY_RULE, BY_DUE, BY_CLOSING = "rule", "due", "closed"
ORDERS = {BY_RULE: ("queue_rank", "queue_at", "pk"), BY_DUE: ("queue_at", "pk"), BY_CLOSING: ("-closed_at", "-pk")}
AHEAD = timedelta(hours=12)
A_MINUTE = timedelta(minutes=1)
MOST_INTERVALS = 4


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which cases, in which order: as it stands in the address. `after` is the place of the last row of the page before."""

    order: str = BY_RULE
    whose: str = ""
    person: Person
    client: str = ""
    words: str = ""
    columns: dict[str, Any] = field(default_factory=dict)
    tag: int | None = None
    breached: bool = False
    after: str = ""


@dataclass(frozen=True)
class Left:
    """What is left of a clock: whole working minutes, rounded up, below nothing where it is late.

    `seconds` and the `open` intervals, in seconds from now, let a page count on while the calendar is open, and only then.
    """

    clock: Clock
    minutes: int
    seconds: int
    open: str

    @property
    def is_late(self) -> bool:
        """Whether the deadline has passed."""
        return self.seconds < 0

    @property
    def is_hot(self) -> bool:
        """Whether it draws near: late, or within the last half hour."""
        return self.minutes <= 30

    @property
    def size(self) -> int:
        """The minutes without their sign."""
        return abs(self.minutes)


@dataclass(frozen=True)
class Row:
    """One case of the queue. `left` None: nothing runs; `stands_still`: it waits for the client (rule S6)."""

    case: Case
    left: Left | None
    stands_still: bool
    breached: bool
    tags: list[str]


@dataclass(frozen=True)
class QueuePage:
    """A page of the queue. `after` leads to the next one; `count` is how many there are, `more` than that where it says so."""

    rows: list[Row]
    after: str
    count: int
    more: bool


class _Together(Func):
    """Several columns compared as one value, the first that differs deciding: what an index can begin at."""

    template = "(%(expressions)s)"
    output_field = TextField()


def page(wanted: Wanted, *, at: datetime) -> QueuePage:
    """The 25 cases that follow `wanted.after`. Five queries at most, whatever there is: duties, cases, clocks, tags, a count."""
    found = chosen(wanted)
    ahead = _beside(found, wanted.order, wanted.after)
    listed = list(with_clocks(ahead.order_by(*ORDERS[wanted.order]))[: PAGE_LENGTH + 1])
    shown = listed[:PAGE_LENGTH]
    is_all = not wanted.after and len(listed) <= PAGE_LENGTH
    count = len(listed) if is_all else len(found.order_by().values_list("pk")[: MOST_COUNTED + 1])
    after = place(shown[-1], wanted.order) if len(listed) > PAGE_LENGTH else ""
    return QueuePage(rows(shown, at=at), after, min(count, MOST_COUNTED), count > MOST_COUNTED)


def chosen(wanted: Wanted) -> CaseQuerySet:
    """The cases that the person may see and asks for, in no order."""
    found = Case.objects.visible_to(wanted.person)
    if wanted.words.lstrip("#").isdigit() and len(wanted.words) < 18:
        return found.filter(pk=int(wanted.words.lstrip("#")))
    found = found.filter(state=State.CLOSED) if wanted.order == BY_CLOSING else found.open()
    whose = {"mine": Q(owner=wanted.person), "unassigned": Q(owner=None)}.get(wanted.whose, Q())
    if wanted.words:
        whose &= Q(subject__icontains=wanted.words)
    if wanted.client:
        whose &= Q(organisation__name__icontains=wanted.client)
    if wanted.tag:
        whose &= Q(pk__in=CaseTag.objects.filter(tag=wanted.tag).values("case"))
    if wanted.breached:
        whose &= Q(pk__in=Clock.objects.filter(breached_at__isnull=False).values("case"))
    return found.filter(whose, **wanted.columns)


def neighbours(case: Case, wanted: Wanted) -> tuple[int | None, int | None]:
    """The numbers of the cases before and after `case` in the queue that is asked for; None at its ends. Two queries."""
    found, order = chosen(wanted), ORDERS[wanted.order]
    if wanted.order == BY_CLOSING and case.closed_at is None:
        return None, None
    back = [name.removeprefix("-") if name.startswith("-") else f"-{name}" for name in order]
    here = place(case, wanted.order)
    before = _beside(found, wanted.order, here, back=True).order_by(*back)
    after = _beside(found, wanted.order, here).order_by(*order)
    return before.values_list("pk", flat=True).first(), after.values_list("pk", flat=True).first()


def due_next(person: Person, *, at: datetime, most: int) -> list[Row]:
    """The first of the person's own cases, by what is due next; those that wait for the client last."""
    return rows(list(with_clocks(chosen(Wanted(person=person, whose="mine")).by_due())[:most]), at=at)


def place(case: Case, order: str) -> str:
    """Where a case stands in an order, for an address."""
    values = [getattr(case, name.lstrip("-")) for name in ORDERS[order]]
    return "~".join(value.isoformat() if isinstance(value, datetime) else str(value) for value in values)


def with_clocks(found: CaseQuerySet) -> CaseQuerySet:
    """The same with what a row shows. Two more queries for all of them."""
    telling = Clock.objects.filter(Q(met_at=None, ended_at=None) | Q(breached_at__isnull=False)).select_related("calendar")
    calls = CallTask.objects.filter(case=OuterRef("pk"), closed_at=None)
    asked = Reclassification.objects.filter(case=OuterRef("pk"), decided_at=None)
    listed = found.select_related("organisation", "owner", "plan", "team").defer("terms", "system", "impact")
    listed = listed.annotate(call_due=Exists(calls), priority_is_asked=Exists(asked))
    return listed.prefetch_related(
        Prefetch("clocks", queryset=telling.order_by("pk")),
        Prefetch("case_tags", queryset=CaseTag.objects.select_related("tag").order_by("tag__name")),
    )


def rows(cases: Iterable[Case], *, at: datetime) -> list[Row]:
    """What the queue shows of these cases, which came `with_clocks`."""
    opens: dict[int, str] = {}
    return [_row(case, opens, at) for case in cases]


def left(clock: Clock, *, at: datetime, opens: dict[int, str] | None = None) -> Left | None:
    """The working time that is left to the clock's deadline; None where it has none (rules S2, S6)."""
    if clock.due_at is None or not clock.is_open:
        return None
    opens = {} if opens is None else opens
    if clock.calendar_id not in opens:
        opens[clock.calendar_id] = _open_intervals(clock.calendar, at)
    remains = clock.calendar.timetable.between(at, clock.due_at)
    return Left(clock, -(-remains // A_MINUTE), int(remains.total_seconds()), opens[clock.calendar_id])


def _row(case: Case, opens: dict[int, str], at: datetime) -> Row:
    clocks = list(case.clocks.all())
    running = [clock for clock in clocks if clock.is_open]
    ahead = sorted((clock for clock in running if clock.due_at is not None), key=lambda clock: clock.due_at or at)
    return Row(
        case=case,
        left=left(ahead[0], at=at, opens=opens) if ahead else None,
        stands_still=any(clock.stands_still for clock in running),
        breached=any(clock.breached_at for clock in clocks),
        tags=[tagged.tag.name for tagged in case.case_tags.all()],
    )


def _open_intervals(calendar: BusinessCalendar, at: datetime) -> str:
    """The next open intervals, in whole seconds from `at`: "0-3600 57600-90000"."""
    counted = calendar.explain(at, AHEAD)[:MOST_INTERVALS]
    return " ".join(f"{_seconds(interval.begins_at - at)}-{_seconds(interval.ends_at - at)}" for interval in counted)


def _seconds(passed: timedelta) -> int:
    return int(passed.total_seconds())


def _beside(found: CaseQuerySet, order: str, here: str, *, back: bool = False) -> CaseQuerySet:
    """What follows the place `here` in the order, or with `back` what leads to it; all where no place can be read."""
    names = [name.lstrip("-") for name in ORDERS[order]]
    values = _read(here.split("~"), names)
    if values is None:
        return found
    compare = LessThan if (order == BY_CLOSING) is not back else GreaterThan
    return found.filter(compare(_Together(*(F(name) for name in names)), _Together(*values)))


def _read(written: list[str], names: list[str]) -> list[Value] | None:
    if len(written) != len(names):
        return None
    read: list[Value] = []
    for text, name in zip(written, names, strict=True):
        try:
            instant = parse_datetime(text) if name.endswith("_at") else None
            number = None if name.endswith("_at") or len(text) > 18 else int(text)
        except ValueError:
            return None
        if instant is not None and instant.tzinfo is not None:
            read.append(Value(instant, output_field=DateTimeField()))
        elif number is not None:
            read.append(Value(number, output_field=IntegerField()))
        else:
            return None
    return read
