"""Working days: Monday to Friday by the provider's clock (rule C8).

A deadline of n working days falls at the same time of day, n working days on. What begins at a weekend begins
with Monday. Where a clock change makes that time of day doubtful, the later instant is meant, so that nobody
loses time by it. Pure.
"""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
SATURDAY = 5


def add_working_days(start: datetime, days: int, zone: ZoneInfo) -> datetime:
    """The instant `days` working days after `start`, at the same time of day in `zone`, in UTC (rule C8).

    Saturday and Sunday count as the beginning of Monday. Raises ValueError for negative days.
    """
    if days < 0:
        msg = f"cannot add {days} working days"
        raise ValueError(msg)
    if days == 0:
        return start.astimezone(UTC)
    local = start.astimezone(zone)
    date, clock = local.date(), local.time()
    if date.weekday() >= SATURDAY:
        date, clock = date + DAY * (7 - date.weekday()), time()
    weeks, rest = divmod(days, 5)
    date += DAY * 7 * weeks
    for _ in range(rest):
        date += DAY * (3 if date.weekday() == SATURDAY - 1 else 1)
    return _latest(datetime.combine(date, clock), zone)


def _latest(wall: datetime, zone: ZoneInfo) -> datetime:
    """The instant at which the clock in `zone` shows `wall`; the later one where two could be meant."""
    return max(wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
