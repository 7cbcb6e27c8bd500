"""What is said in a case, as pages show it."""

from django import template

from cases import quotes
from cases.quotes import Segment

register = template.Library()


@register.filter
def segments(text: str) -> list[Segment]:
    """{{ message.text|segments }}: the message in stretches, said now or quoted from before (rule S8)."""
    return quotes.segments(text)
