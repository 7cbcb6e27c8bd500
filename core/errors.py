"""Refusals: what a verb says when it will not do what it was asked.

A refusal is a fact in the past tense (`SlotTaken`, `NotEnoughCredit`), defined beside the function that
raises it, with a message fit for the person who asked. Pages show the message and keep what was typed;
nothing has changed when one is raised.
"""

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise


class DomainError(Exception):
    """A rule said no. A refusal gives its own `message`: a constant, or a property where it names figures."""

    @property
    def message(self) -> str | StrPromise:
        """What happened, in a translated sentence for the person who asked."""
        return _("That could not be done. Nothing has changed.")

    def __str__(self) -> str:
        return str(self.message)


class NotAllowed(DomainError):
    """The person may not do this, whatever the state of things."""

    message = _("You may not do that. Nothing has changed.")
