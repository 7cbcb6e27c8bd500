"""`manage.py explain_deadline CALENDAR START AMOUNT`: which working time is counted until the deadline (rules W3, W5, S6)."""

import re
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.formatting import hours
from worktime.arithmetic import BeyondTheYears, Counted, NeverOpens
from worktime.models import BusinessCalendar
from worktime.wall_clock import shows

AN_AMOUNT = re.compile(r"\s*(?:(\d{1,6})\s*h)?\s*(?:(\d{1,8})\s*min)?\s*", re.ASCII)
MINUTE = timedelta(minutes=1)


class Command(BaseCommand):
    help = "Explains a deadline: each interval of working time that is counted, the running total, and when it is used up."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("calendar", help="the code of the calendar")
        parser.add_argument("start", help='when it starts: "2026-11-23 15:00" by the calendar’s clock, or with an offset, "…15:00+01:00"')
        parser.add_argument("amount", help='the working time: "8 h", "2 h 30 min", "90 min"')

    def handle(self, *args: Any, calendar: str, start: str, amount: str, **options: Any) -> None:
        found = _calendar(calendar)
        starts_at, wanted = _instant(start, found.zone), _amount(amount)
        try:
            counted, due = found.explain(starts_at, wanted), found.add(starts_at, wanted)
        except NeverOpens:
            msg = f"The calendar “{calendar}” never opens."
            raise CommandError(msg) from None
        except BeyondTheYears as beyond:
            raise CommandError(str(beyond)) from None
        self.stdout.write(f"{calendar}, {found.time_zone}: {hours(wanted // MINUTE)} from {_said(starts_at, found.zone)}\n")
        for line in _lines(counted, found.zone):
            self.stdout.write(line)
        self.stdout.write(f"Due {_said(due, found.zone)} ({due.astimezone(UTC):%Y-%m-%d %H:%M} UTC)")


def _calendar(code: str) -> BusinessCalendar:
    found = BusinessCalendar.objects.filter(code=code).first()
    if found is None:
        codes = ", ".join(BusinessCalendar.objects.order_by("code").values_list("code", flat=True)) or "none yet"
        msg = f"There is no calendar “{code}”. There are: {codes}."
        raise CommandError(msg)
    return found


def _instant(written: str, zone: ZoneInfo) -> datetime:
    """The instant that was written. By the calendar's clock it has to be shown, and once only (rule W5)."""
    try:
        said = datetime.fromisoformat(written)
    except ValueError:
        msg = f"“{written}” is no instant. Write 2026-11-23 15:00, or with an offset 2026-11-23 15:00+01:00."
        raise CommandError(msg) from None
    if said.tzinfo is not None:
        return said
    both = [said.replace(tzinfo=zone, fold=fold) for fold in (0, 1)]
    if not shows(both[0].astimezone(UTC), both[0]):
        msg = f"The clocks of {zone} never show {said:%Y-%m-%d %H:%M}: they are set forward past it."
        raise CommandError(msg)
    if both[0].utcoffset() != both[1].utcoffset():
        msg = f"The clocks of {zone} show {said:%Y-%m-%d %H:%M} twice. Say which: {' or '.join(wall.isoformat() for wall in both)}."
        raise CommandError(msg)
    return both[0]


def _amount(written: str) -> timedelta:
    found = AN_AMOUNT.fullmatch(written)
    if found is None or not any(found.groups()):
        msg = f"“{written}” is no amount of working time. Write 8 h, 2 h 30 min or 90 min."
        raise CommandError(msg)
    whole, minutes = (int(part) for part in found.groups(default="0"))
    return timedelta(hours=whole, minutes=minutes)


def _lines(counted: list[Counted], zone: ZoneInfo) -> list[str]:
    """A line for each interval: from when to when, how much, and how much altogether."""
    totals = accumulate((interval.amount for interval in counted), initial=timedelta())
    next(totals)
    return [
        f"  {_between(interval, zone)}  {hours(interval.amount // MINUTE):>12}  {hours(total // MINUTE):>14}"
        for interval, total in zip(counted, totals, strict=True)
    ]


def _between(interval: Counted, zone: ZoneInfo) -> str:
    """From when to when; the second date only where it is another."""
    begins, ends = _said(interval.begins_at, zone), _said(interval.ends_at, zone)
    same_day = interval.begins_at.astimezone(zone).date() == interval.ends_at.astimezone(zone).date()
    return f"{begins} – {ends[15:] if same_day else ends}"


def _said(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%a %Y-%m-%d %H:%M%z}"
