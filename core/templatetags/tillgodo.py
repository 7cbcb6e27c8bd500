"""Template filters (placeholder module until formatting is written)."""

from django import template

register = template.Library()
