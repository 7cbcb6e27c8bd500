"""Quotes of mails, folded in view (rule S8)."""

from django import template

from cases import html_mail

register = template.Library()


@register.filter
def folded(text: str) -> tuple[str, str]:
    """What was written, and what it quotes: shown apart, never cut."""
    return html_mail.fold(text)
