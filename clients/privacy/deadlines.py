"""When a request about a person's own data has to be answered: within one month of its receipt (GDPR article 12(3))."""

from calendar import monthrange
from datetime import date


def month_after(day: date) -> date:
    """The same day of the next month, or that month's last day where it has no such day (Regulation 1182/71, article 3(2)(c))."""
    year, month = (day.year + 1, 1) if day.month == 12 else (day.year, day.month + 1)
    return date(year, month, min(day.day, monthrange(year, month)[1]))
