"""Until when a top-up can be used: so many months, to the end of the provider's local date (rule C12). Pure."""

from calendar import monthrange
from datetime import date


def last_day(granted_on: date, months: int | None) -> date | None:
    """The last date on which credit granted on `granted_on` can be used; None: for ever.

    The same day so many months later, or the last day of a shorter month: granted on 31 August, for six months, it
    is 28 February.
    """
    if months is None:
        return None
    years, month = divmod(granted_on.month - 1 + months, 12)
    year, month = granted_on.year + years, month + 1
    return date(year, month, min(granted_on.day, monthrange(year, month)[1]))
