"""The provider as it is now: one row, asked for by nearly everything that has a date (rule P1)."""

from clients.models import Provider
from clients.working_days import WorkingDays
from core import rows
from core.once import once
from worktime import holiday_dates, holiday_years


def current() -> Provider:
    """The provider. Raises Provider.DoesNotExist before the first profile is loaded."""
    provider = known()
    if provider is None:
        raise Provider.DoesNotExist
    return provider


def known() -> Provider | None:
    """The provider, or None before the first profile is loaded."""
    return once("provider", lambda: rows.find(Provider, "id = 1"))


def working_days() -> WorkingDays:
    """The provider's working days (rule C8): of each year that is asked about, the holidays are read once. Raises Provider.DoesNotExist."""
    return once("working days", _working_days)


def _working_days() -> WorkingDays:
    provider = current()
    place = (provider.country, "")
    return WorkingDays(provider.zone, holiday_dates.remembered(lambda year: holiday_years.closed_days([place], [year])[place]))
