"""Asking why, beside what is changed (rules: People, C14)."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clients import reasons
from core.forms import ActForm


class ReasonForm(ActForm):
    """Why something is changed or ended, asked after all the rest."""

    reason = forms.CharField(label=_("Why"), max_length=reasons.LONGEST, help_text=_("It is kept in the audit log."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"] = self.fields.pop("reason")

    def besides(self) -> dict[str, Any]:
        """What was typed besides the reason."""
        return {name: value for name, value in self.cleaned_data.items() if name != "reason"}
