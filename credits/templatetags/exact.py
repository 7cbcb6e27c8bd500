"""Exact minutes for reading, where factors make fractions of them: {% load exact %} (rules C7, C17)."""

from django import template

from credits.rounding_report import written

register = template.Library()


@register.filter
def hundredths(value: int) -> str:
    """{{ 750|hundredths }}: "7.5 min"; {{ 9000|hundredths }}: "1 h 30 min"."""
    return written(value)
