"""Refusals: what a verb says when it will not do what it was asked.

A refusal is a fact in the past tense (`SlotTaken`, `NotEnoughCredit`), defined beside the function that
raises it, with a message fit for the person who asked. Pages show the message and keep what was typed;
nothing has changed when one is raised.
"""

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise


class DomainError(Exception):
    """A rule said no. `message` is a translatable sentence for the person who asked."""

    message: str | StrPromise = _("That could not be done. Nothing has changed.")

    def __str__(self) -> str:
        return str(self.message)


class NotAllowed(DomainError):
    """The person may not do this, whatever the state of things."""

    message = _("You may not do that. Nothing has changed.")
