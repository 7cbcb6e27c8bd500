"""Working days: Monday to Friday by the provider's clock, without the public holidays of its country (rule C8).

A deadline of n working days falls at the same time of day, n working days on. What begins on another day begins with
the next working day. Where a clock change makes that time of day doubtful, the later instant is meant, so that nobody
loses time by it. Pure; `clients.provider.working_days` knows whose they are.
"""

from collections.abc import Callable, Container
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
SATURDAY = 5


@dataclass(frozen=True)
class WorkingDays:
    """The working days of a place: by the clock in `zone`, but its `holidays` of each year."""

    zone: ZoneInfo
    holidays: Callable[[int], Container[date]]

    def add(self, start: datetime, days: int) -> datetime:
        """The instant `days` working days after `start`, at the same time of day in `zone`, in UTC (rule C8).

        Weekends and holidays count as the beginning of the next working day. Raises ValueError for negative days.
        """
        if days < 0:
            msg = f"cannot add {days} working days"
            raise ValueError(msg)
        if days == 0:
            return start.astimezone(UTC)
        local = start.astimezone(self.zone)
        on = self.first_from(local.date())
        clock = local.time() if on == local.date() else time()
        for _ in range(days):
            on = self.first_from(on + DAY)
        return _latest(datetime.combine(on, clock), self.zone)

    def first_from(self, on: date) -> date:
        """The day itself, if it is a working day; else the next one."""
        while on.weekday() >= SATURDAY or on in self.holidays(on.year):
            on += DAY
        return on


def _latest(wall: datetime, zone: ZoneInfo) -> datetime:
    """The instant at which the clock in `zone` shows `wall`; the later one where two could be meant."""
    return max(wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
