"""What people write and read on the clock, and the instants that are meant (rule W5)."""

from datetime import UTC, date, datetime, time, tzinfo

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError


class NoSuchTime(DomainError):
    """The clocks skip this time on that day."""

    message = _("This time does not exist on that day: the clocks were put forward over it.")


def instant_at(day: date, clock: time, zone: tzinfo) -> datetime:
    """The instant, in UTC, at which the clocks of `zone` show `clock` on `day`; of two the first. Raises NoSuchTime."""
    wall = datetime.combine(day, clock, tzinfo=zone)
    found = wall.astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) != wall.replace(tzinfo=None):
        raise NoSuchTime
    return found


def read(written: str, zone: tzinfo) -> datetime | None:
    """The instant that an address names: ISO 8601 with an offset, or as the clocks of `zone` show it. None: no instant."""
    try:
        found = datetime.fromisoformat(written)
        instant = found.astimezone(UTC) if found.tzinfo else instant_at(found.date(), found.time(), zone)
    except (ValueError, OverflowError, NoSuchTime):
        return None
    return instant if 2000 < instant.year < 2099 else None
