"""What is said in a case, as pages show it."""

from django import template

from cases import chronicle, quotes
from cases.models import CaseEvent
from cases.quotes import Segment
from people.models import Language

register = template.Library()


@register.filter
def segments(text: str) -> list[Segment]:
    """{{ message.text|segments }}: the message in stretches, said now or quoted from before (rule S8)."""
    return quotes.segments(text)


@register.filter
def told_to_client(event: CaseEvent) -> str:
    """{{ event|told_to_client }}: what happened, as the case's client reads it."""
    return chronicle.told_to_client(event)


@register.filter
def language_name(code: str) -> str:
    """{{ case.language|language_name }}: "Swedish" for "sv", in the reader's language; another code as it stands."""
    return str(dict(Language.choices).get(code, code))
