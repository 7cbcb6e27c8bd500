"""What finance types about the books."""

from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from core.fields import DayField
from core.forms import ActForm


def _fresh_key() -> str:
    return str(uuid4())


class FileForm(ActForm):
    """A file of all new vouchers until a day."""

    until = DayField(label=_("Until, included"))
    key = forms.CharField(max_length=64, widget=forms.HiddenInput, initial=_fresh_key)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["until"].help_text = _("All vouchers until that day that are in no file yet. What waits is posted first.")
