"""What a technician types to log their own time (rules R7, S10, D3)."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dashboard.log_time import OverlapUnconfirmed, Stretch, Work
from delivery import counting
from delivery.models import DeliveryTask
from people.models import Person
from sessions.desk_forms import LogForm


class TimeForm(LogForm):
    """What, from when to when on which day, and what was done. The times become instants in the writer's zone (rule W5).

    `work` is what is named in it so far: of a delivery it is asked, too, as what the time counts (rule D3).
    """

    template_name = "dashboard/desk/_time_fields.html"

    what = forms.CharField(
        label=_("Case, session or delivery"),
        help_text=_("Its number (#12, S5, D7), or words of its title."),
        max_length=200,
        widget=forms.TextInput(attrs={"list": "works", "autocomplete": "off", "autofocus": True}),
    )
    counts = forms.ChoiceField(label=_("Counts as"), required=False)
    both_right = forms.BooleanField(label=_("Both are right: I did them at the same time"), required=False)

    def __init__(self, *args: Any, person: Person, work: Work | None = None, **kwargs: Any) -> None:
        super().__init__(*args, crew=[person], **kwargs)
        del self.fields["technician"]
        if isinstance(work, DeliveryTask):
            ways = counting.offered(work)
            self.fields["counts"].choices = [(way.key, way.label) for way in ways]  # type: ignore[attr-defined]
        else:
            del self.fields["counts"]

    @property
    def asks_what_it_counts(self) -> bool:
        """Whether time on a delivery is to be logged."""
        return "counts" in self.fields

    @property
    def overlaps(self) -> bool:
        """Whether it has to be said that both are right."""
        return isinstance(self.refusal, OverlapUnconfirmed) or bool(self.data.get("both_right"))

    @property
    def stretch(self) -> Stretch:
        """What was typed."""
        names = ("started_at", "ended_at", "note", "late_reason", "both_right")
        return Stretch(**{name: self.cleaned_data[name] for name in names}, counts=self.cleaned_data.get("counts", ""))
