"""Business calendars as the pages show them: the week at a glance, the days ahead, and who changed what (rule W1)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TypeAlias

from babel.dates import format_date
from django.db.models import Q, QuerySet
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from clients.models import AgreementPlan, AgreementTarget, PlanTarget
from people.models import Person
from worktime import days, holiday_years
from worktime.arithmetic import Opening
from worktime.days import DayAhead
from worktime.models import BusinessCalendar, DatedOpening, EveOpening, WeeklyOpening, YearlyHoliday

Act: TypeAlias = tuple[datetime, int | None]
"""When, and the number of who did it."""

QUARTERS_A_DAY = 96
EDITS = 20
YEARS_AHEAD = 6
"""As many as loading a profile approves; the page of holidays shows one more."""


@dataclass(frozen=True)
class Bar:
    """Opening hours in the drawing of a week, in quarters of an hour from Monday 00:00."""

    x: int
    width: int


@dataclass(frozen=True)
class CalendarRow:
    """A calendar at a glance."""

    calendar: BusinessCalendar
    week: list[tuple[str, list[str]]]
    bars: list[Bar]


@dataclass(frozen=True)
class Edit:
    """What somebody changed at one time: the rows that came and went."""

    at: datetime
    by: Person | None
    reason: str
    added: list[str]
    removed: list[str]


@dataclass(frozen=True)
class Month:
    """The days ahead of one month."""

    name: str
    days: list[DayAhead]


def calendars() -> list[BusinessCalendar]:
    """All calendars, by code, with what is written in them. Constant in queries."""
    return list(_whole(BusinessCalendar.objects.all()))


def calendars_of(person: Person, *, on: date) -> list[BusinessCalendar]:
    """The calendars in which the plans and agreements of the person's organisations count on a date; all where there are none.

    Rule W1. Constant in queries.
    """
    in_force = Q(agreement__starts_on__lte=on) & (Q(agreement__ends_on=None) | Q(agreement__ends_on__gt=on))
    mine = in_force & Q(agreement__organisation__memberships__person=person)
    targets = PlanTarget.objects.filter(plan__in=AgreementPlan.objects.filter(mine).values("plan"))
    counted: set[int | None] = set()
    for found in (targets, AgreementTarget.objects.filter(mine)):
        for pair in found.values_list("response_calendar_id", "solution_calendar_id"):
            counted.update(pair)
    named = _whole(BusinessCalendar.objects.filter(pk__in=counted - {None}))
    return list(named) or calendars()


def glance(calendar: BusinessCalendar) -> CalendarRow:
    """The calendar with its week, drawn and in words."""
    if calendar.always_open:
        return CalendarRow(calendar, [], [Bar(0, 7 * QUARTERS_A_DAY)])
    week: dict[int, list[Opening]] = {weekday: [] for weekday in range(7)}
    for row in calendar.weekly_openings.all():
        week[row.weekday].append((row.opens, row.closes))
    words = {weekday: [days.said([opening]) for opening in sorted(openings)] for weekday, openings in week.items()}
    bars = [_bar(weekday, opening) for weekday, openings in week.items() for opening in sorted(openings)]
    return CalendarRow(calendar, [(name, list(said)) for name, said in days.in_short(words)], bars)


def months(ahead: Iterable[DayAhead]) -> list[Month]:
    """The days by month, in the reader's language."""
    found: defaultdict[date, list[DayAhead]] = defaultdict(list)
    for day in ahead:
        found[day.on.replace(day=1)].append(day)
    return [Month(format_date(first, "LLLL y", locale=get_language() or "en").capitalize(), of_month) for first, of_month in found.items()]


def years_of(calendar: BusinessCalendar, *, today: date) -> list[tuple[int, bool]]:
    """This year and the next, and whether their holidays are approved (rule W1)."""
    years = range(today.year, today.year + YEARS_AHEAD + 1)
    known = holiday_years.approved(calendar.country, calendar.subdivision, years)
    return [(year, year in known) for year in years]


def differences(*, today: date) -> list[holiday_years.Difference]:
    """How the computed holidays differ from those that count, by country and year. Two queries a country."""
    years = range(today.year, today.year + YEARS_AHEAD + 1)
    return [
        found
        for country, subdivision in holiday_years.places()
        for found in holiday_years.differences(country=country, subdivision=subdivision, years=years)
    ]


def edits(calendar: BusinessCalendar) -> Sequence[Edit]:
    """The last changes, newest first, each with the rows that came and went. Constant in queries."""
    entries = list(calendar.history.select_related("history_user").order_by("-history_date", "-history_id")[:EDITS])
    if not entries:
        return []
    changed = _rows_changed(calendar, since=entries[-1].history_date)
    found: dict[Act, Edit] = {}
    for entry in entries:
        at, reason = entry.history_date, entry.history_change_reason or ""
        rows = changed.get((at, entry.history_user_id), {})
        found.setdefault((at, entry.history_user_id), Edit(at, entry.history_user, reason, rows.get("+", []), rows.get("-", [])))
    return list(found.values())


def _rows_changed(calendar: BusinessCalendar, *, since: datetime) -> Mapping[Act, Mapping[str, list[str]]]:
    """By when and by whom, and by kind ("+" or "-"), the rows in words."""
    found: defaultdict[Act, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for kind in (WeeklyOpening, EveOpening, DatedOpening, YearlyHoliday):
        rows = kind.history.filter(calendar_id=calendar.pk, history_date__gte=since).order_by("history_id")
        for row in rows:
            found[row.history_date, row.history_user_id][row.history_type].append(_said(row.instance))
    return found


def _said(row: WeeklyOpening | EveOpening | DatedOpening | YearlyHoliday) -> str:
    if isinstance(row, EveOpening):
        return _("before holidays %(hours)s") % {"hours": row}
    if isinstance(row, DatedOpening):
        hours = days.said([(row.opens, row.closes)]) if row.opens is not None and row.closes is not None else pgettext("a day", "closed")
        return f"{row.on} {hours}"
    return str(row)


def _whole(found: QuerySet[BusinessCalendar]) -> QuerySet[BusinessCalendar]:
    return found.prefetch_related("weekly_openings", "eve_openings", "dated_openings", "yearly_holidays").order_by("code")


def _bar(weekday: int, opening: Opening) -> Bar:
    opens, closes = (clock.hour * 4 + clock.minute // 15 for clock in opening)
    return Bar(weekday * QUARTERS_A_DAY + opens, (closes if opening[1] != time() else QUARTERS_A_DAY) - opens)
