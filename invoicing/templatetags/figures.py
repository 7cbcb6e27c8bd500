"""Sums of the books in templates: {% load figures %}."""

from decimal import Decimal

from babel.numbers import format_decimal
from django import template
from django.utils.translation import get_language
from djmoney.money import Money

from core import formatting

register = template.Library()


@register.filter
def in_currency(amount: Decimal, currency: str) -> str:
    """{{ box.exact|in_currency:currency }}: "SEK 1,301.05"."""
    return formatting.money(Money(amount, currency))


@register.filter
def whole(amount: Decimal) -> str:
    """{{ box.whole|whole }}: "1,301", as it goes on a form; below nothing with a minus sign."""
    return format_decimal(amount, format=f"#,##0;{formatting.MINUS}#,##0", locale=get_language() or formatting.FALLBACK)
