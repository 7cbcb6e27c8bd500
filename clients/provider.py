"""The provider as it is now: one row, asked for by nearly everything that has a date (rule P1)."""

from clients.models import Provider
from core import rows
from core.once import once


def current() -> Provider:
    """The provider. Raises Provider.DoesNotExist before the first profile is loaded."""
    provider = known()
    if provider is None:
        raise Provider.DoesNotExist
    return provider


def known() -> Provider | None:
    """The provider, or None before the first profile is loaded."""
    return once("provider", lambda: rows.find(Provider, "id = 1"))
