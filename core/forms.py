"""A form that asks a verb to act: a refusal stands on it, and what was typed is kept."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, NotAllowed


class ActForm(forms.Form):
    """A form that asks a verb to act. By itself it is the press of a button, with room for what is answered."""

    refusal: DomainError | None = None

    def carried_out(self, act: Callable[[dict[str, Any]], object]) -> bool:
        """Whether the form was sent, is well filled in, and `act`, given what it says, did not refuse.

        A refusal stands on the form, and everything typed is kept. NotAllowed is raised: it has a page of its own.
        """
        if not self.is_valid():
            return False
        try:
            act(self.cleaned_data)
        except NotAllowed:
            raise
        except DomainError as refusal:
            self.refusal = refusal
            self.add_error(None, str(refusal))
            return False
        return True

    @property
    def status(self) -> int:
        """The status of its page: 409 where a rule refused, 422 where it was not well filled in, else 200."""
        if self.refusal:
            return 409
        return 422 if self.errors else 200


def need(field: forms.Field) -> None:
    """Do not call the field optional: without it the rule refuses, which says why better than an empty field does."""
    field.is_needed = True  # type: ignore[attr-defined]  # read by templates/django/forms/field.html


class ReasonForm(ActForm):
    """An act that others can read the reason of."""

    reason = forms.CharField(label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))
