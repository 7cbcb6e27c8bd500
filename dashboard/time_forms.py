"""What a technician types to log their own time (rules R7, S10)."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dashboard.log_time import OverlapUnconfirmed, Stretch
from people.models import Person
from sessions.desk_forms import LogForm


class TimeForm(LogForm):
    """What, from when to when on which day, and what was done. The times become instants in the writer's zone (rule W5)."""

    template_name = "dashboard/desk/_time_fields.html"

    what = forms.CharField(
        label=_("Case or session"),
        help_text=_("Its number (#12, S5), or words of its title."),
        max_length=200,
        widget=forms.TextInput(attrs={"list": "works", "autocomplete": "off", "autofocus": True}),
    )
    both_right = forms.BooleanField(label=_("Both are right: I did them at the same time"), required=False)

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, crew=[person], **kwargs)
        del self.fields["technician"]

    @property
    def overlaps(self) -> bool:
        """Whether it has to be said that both are right."""
        return isinstance(self.refusal, OverlapUnconfirmed) or bool(self.data.get("both_right"))

    @property
    def stretch(self) -> Stretch:
        """What was typed."""
        return Stretch(**{name: self.cleaned_data[name] for name in ("started_at", "ended_at", "note", "late_reason", "both_right")})
