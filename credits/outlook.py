"""How an account's credit went and how long it will last: the burn-down behind the statement (rules C12, C15)."""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from fractions import Fraction

from django.db.models import Max, Sum
from django.db.models.functions import TruncDate

from clients.models import Provider
from credits import terms
from credits.burndown import Chart, chart
from credits.forecast import Forecast, Portion, Promise, forecast
from credits.models import CreditAccount, Entry, EntryKind, Hold, Lot
from credits.models.entries import PENALTIES
from credits.models.holds import LIVE
from credits.portal import IN_USE
from credits.statement import balance_at

BEHIND_DAYS = 180
AHEAD_DAYS = 180
MEASURED_DAYS = 90
"""Use is measured over so many days; an account that is younger, over its own."""
USE = (EntryKind.DEDUCTION, *PENALTIES)


@dataclass(frozen=True)
class Outlook:
    """Balances at the ends of days behind, what lies ahead, and the drawing of both. Minutes.

    `measured_minutes` were used in the last `measured_days`. `table` holds the same figures by the ends of months.
    """

    today: date
    behind: Sequence[tuple[date, int]]
    ahead: Forecast
    measured_minutes: int
    measured_days: int
    chart: Chart
    table: Sequence[tuple[date, int, bool]]


def outlook(*, account: CreditAccount, at: datetime) -> Outlook:
    """The burn-down of `account` as of `at`, in the provider's local dates. A constant number of queries."""
    zone = Provider.objects.get().zone
    today = at.astimezone(zone).date()
    first = datetime.combine(today - timedelta(days=BEHIND_DAYS), time(), tzinfo=zone)
    behind = _behind(account, first, today)
    minutes, days = _use(account, today)
    ahead = forecast(portions=_portions(account), promises=_promises(account), per_day=Fraction(minutes, days), today=today)
    shown = [point for point in ahead.left if point[0] <= today + timedelta(days=AHEAD_DAYS)]
    return Outlook(
        today=today,
        behind=behind,
        ahead=ahead,
        measured_minutes=minutes,
        measured_days=days,
        chart=chart(behind=behind, ahead=shown, level=terms.low_level(terms.current())),
        table=_table(behind, shown, today),
    )


def _behind(account: CreditAccount, first: datetime, today: date) -> list[tuple[date, int]]:
    """The balance before `first` and after the last entry of each day since; an account that began later, from there."""
    last_of_day = (
        Entry.objects.filter(account=account, recorded_at__gte=first)
        .annotate(on=TruncDate("recorded_at", tzinfo=first.tzinfo))
        .values("on")
        .annotate(last=Max("number"))
    )
    numbers = {row["last"]: row["on"] for row in last_of_day}
    balances = Entry.objects.filter(account=account, number__in=numbers).order_by("number").values_list("number", "balance_after")
    days = {numbers[number]: balance for number, balance in balances}
    before = balance_at(account=account, at=first - timedelta(microseconds=1))
    began = first.date() if before or not days else min(days)
    points = {began: before} | days
    return [*points.items(), *([] if today in points else [(today, account.balance_minutes)])]


def _use(account: CreditAccount, today: date) -> tuple[int, int]:
    """What was used in the days that are measured, and how many those are: deductions and penalties that stand."""
    first_on = Entry.objects.filter(account=account, number=1).values_list("occurred_on", flat=True).first() or today
    days = min(MEASURED_DAYS, max((today - first_on).days, 1))
    used = Entry.objects.filter(
        account=account, kind__in=USE, occurred_on__gt=today - timedelta(days=days), occurred_on__lte=today, reversed_by=None
    ).aggregate(minutes=Sum("minutes"))
    return -(used["minutes"] or 0), days


def _portions(account: CreditAccount) -> list[Portion]:
    lots = Lot.objects.filter(IN_USE, account=account).order_by("pk")
    return [Portion(lot.available_minutes + lot.held_minutes, lot.expires_on) for lot in lots]


def _promises(account: CreditAccount) -> list[Promise]:
    return [Promise(hold.minutes, hold.due_on) for hold in Hold.objects.filter(account=account, state__in=LIVE)]


def _table(behind: Sequence[tuple[date, int]], ahead: Sequence[tuple[date, int]], today: date) -> list[tuple[date, int, bool]]:
    """What was and will be left at the ends of months, and today; True for what is forecast."""
    past = {_month_end(on): minutes for on, minutes in behind}
    future = {(on.year, on.month): (on, minutes, True) for on, minutes in ahead[1:]}
    rows = [(on, minutes, False) for on, minutes in past.items() if on < today]
    return [*rows, (today, behind[-1][1], False), *future.values()]


def _month_end(on: date) -> date:
    return on.replace(day=monthrange(on.year, on.month)[1])
