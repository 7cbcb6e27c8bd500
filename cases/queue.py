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
from django.utils.translation import gettext as _

from cases.models import CallTask, Case, CaseQuerySet, CaseTag, Clock, ClockKind, Environment, Reclassification, State
from clients.models import CaseKind, Organisation
from people.models import Person
from worktime.models import BusinessCalendar

PAGE_LENGTH = 25
MOST_COUNTED = 1_000
MOST_NAMED = 100
BY_RULE, BY_DUE, BY_CLOSING = "rule", "due", "closed"
ORDERS = {BY_RULE: ("queue_rank", "queue_at", "pk"), BY_DUE: ("queue_at", "pk"), BY_CLOSING: ("-closed_at", "-pk")}
SHOWN = (
    *("subject", "priority", "priority_asked", "kind", "environment", "state", "is_outage", "external_cause", "escalated_at"),
    *("queue_rank", "queue_at", "closed_at", "organisation__name", "owner__name", "plan__code", "team__name_en", "team__name_sv"),
)
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
    `of`: what the clock measures, in words.
    """

    clock: Clock
    of: str
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
    """One case of the queue, with what it is in words. `left` None: nothing runs; `stands_still`: it waits for the client (rule S6).

    `number` and `told` are texts: a number in a template is formatted anew each time.
    """

    case: Case
    number: str
    state: str
    told: str
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
    """The 25 cases that follow `wanted.after`. Five queries at most, whatever there is.

    Duties, cases, clocks, tags, a count; one more where a client is named.
    """
    found = chosen(wanted)
    ahead = _beside(found, wanted.order, wanted.after)
    listed = list(with_clocks(ahead.order_by(*ORDERS[wanted.order]))[: PAGE_LENGTH + 1])
    shown = listed[:PAGE_LENGTH]
    is_all = not wanted.after and len(listed) <= PAGE_LENGTH
    count = len(listed) if is_all else found.order_by()[: MOST_COUNTED + 1].count()
    after = place(shown[-1], wanted.order) if len(listed) > PAGE_LENGTH else ""
    return QueuePage(rows(shown, at=at), after, min(count, MOST_COUNTED), count > MOST_COUNTED)


def chosen(wanted: Wanted) -> CaseQuerySet:
    """The cases that the person may see and asks for, in no order."""
    found = Case.objects.visible_to(wanted.person)
    if wanted.words.lstrip("#").isdecimal() and len(wanted.words) < 18:
        return found.filter(pk=int(wanted.words.lstrip("#")))
    found = found.filter(state=State.CLOSED) if wanted.order == BY_CLOSING else found.open()
    whose = {"mine": Q(owner=wanted.person), "unassigned": Q(owner=None)}.get(wanted.whose, Q())
    if wanted.words:
        whose &= Q(subject__icontains=wanted.words)
    if wanted.client:
        whose &= _of_client(wanted.client)
    if wanted.tag:
        whose &= Q(pk__in=CaseTag.objects.filter(tag=wanted.tag).values("case"))
    if wanted.breached:
        whose &= Q(pk__in=Clock.objects.filter(breached_at__isnull=False).values("case"))
    return found.filter(whose, **wanted.columns)


def _of_client(name: str) -> Q:
    """Of the organisations with this in their name: looked up first, for their numbers lead into the index of each one's queue."""
    numbers = list(Organisation.objects.filter(name__icontains=name).order_by("pk").values_list("pk", flat=True)[: MOST_NAMED + 1])
    if len(numbers) == 1:
        return Q(organisation=numbers[0])
    return Q(organisation__in=numbers) if len(numbers) <= MOST_NAMED else Q(organisation__name__icontains=name)


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
    """The same with what a row shows, and no more columns than that. Two more queries for all of them."""
    telling = Clock.objects.filter(Q(met_at=None, ended_at=None) | Q(breached_at__isnull=False)).select_related("calendar")
    calls = CallTask.objects.filter(case=OuterRef("pk"), closed_at=None)
    asked = Reclassification.objects.filter(case=OuterRef("pk"), decided_at=None)
    listed = found.select_related("organisation", "owner", "plan", "team").only(*SHOWN)
    listed = listed.annotate(call_due=Exists(calls), priority_is_asked=Exists(asked))
    return listed.prefetch_related(
        Prefetch("clocks", queryset=telling.order_by("pk")),
        Prefetch("case_tags", queryset=CaseTag.objects.select_related("tag").order_by("tag__name")),
    )


def rows(cases: Iterable[Case], *, at: datetime) -> list[Row]:
    """What the queue shows of these cases, which came `with_clocks`."""
    said, opens = _Words(), dict[int, str]()
    return [_row(case, said, opens, at) for case in cases]


def left(clock: Clock, *, at: datetime) -> Left | None:
    """The working time that is left to the clock's deadline; None where it has none (rules S2, S6)."""
    return _left(clock, _Words(), {}, at) if clock.due_at is not None and clock.is_open else None


class _Words:
    """What columns say, in the reader's language: looked up once for a page rather than once a row."""

    def __init__(self) -> None:
        self.states, self.kinds, self.environments, self.clocks = (
            {value: str(label) for value, label in choices.choices} for choices in (State, CaseKind, Environment, ClockKind)
        )
        self.priority, self.nobodys = _("priority %(number)s"), _("nobody’s")

    def told(self, case: Case) -> str:
        """Of whom, how grave, what and whose a case is, in a line."""
        parts = [str(case.organisation), self.priority % {"number": case.priority}]
        parts.append(f"{self.kinds[case.kind]}, {self.environments[case.environment]}")
        if case.plan is not None:
            parts.append(case.plan.code)
        return " · ".join([*parts, self.nobodys if case.owner is None else str(case.owner)])


def _left(clock: Clock, said: _Words, opens: dict[int, str], at: datetime) -> Left:
    """The working time that is left to the deadline of a clock that runs (rules S2, S6)."""
    if clock.calendar_id not in opens:
        opens[clock.calendar_id] = _open_intervals(clock.calendar, at)
    remains = clock.calendar.timetable.between(at, clock.due_at or at)
    return Left(clock, said.clocks[clock.kind], -(-remains // A_MINUTE), int(remains.total_seconds()), opens[clock.calendar_id])


def _row(case: Case, said: _Words, opens: dict[int, str], at: datetime) -> Row:
    clocks = list(case.clocks.all())
    running = [clock for clock in clocks if clock.is_open]
    ahead = sorted((clock for clock in running if clock.due_at is not None), key=lambda clock: clock.due_at or at)
    return Row(
        case=case,
        number=str(case.pk),
        state=said.states[case.state],
        told=said.told(case),
        left=_left(ahead[0], said, opens, at) if ahead else None,
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
