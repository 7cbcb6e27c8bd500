"""Dates for documents that are kept: always with their year, whatever year it is when they are drawn: {% load paper %} (rule P4)."""

from datetime import date, datetime

from babel.dates import format_date
from django import template
from django.utils import timezone
from django.utils.translation import get_language

register = template.Library()


@register.filter
def dated(value: date | datetime | None) -> str:
    """{{ date|dated }}: "24 Nov 2026", Swedish "24 nov 2026"; of an instant, the date in the zone of the document."""
    if value is None:
        return ""
    on = timezone.localdate(value) if isinstance(value, datetime) else value
    return format_date(on, "d MMM y", locale=get_language() or "en").replace(".", "")


@register.filter
def dated_clock(instant: datetime | None) -> str:
    """{{ instant|dated_clock }}: "24 Nov 2026 09:00"."""
    return "" if instant is None else f"{dated(instant)} {timezone.localtime(instant):%H:%M}"
