"""What is typed about the course of a case: its priority, its solution, calls, facts (rules S5, S9 to S11, S13)."""

from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.models import Case, Environment
from clients.models import AgreedService, CaseKind, Priority
from core.forms import ActForm, ReasonForm

MOST_TEXT = 200_000


def _lines(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class WhyForm(ReasonForm):
    """A reason, asked for in words of the act's own."""

    def __init__(self, *args: Any, label: Any, help_text: Any = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].label, self.fields["reason"].help_text = label, help_text


class MarkForm(WhyForm):
    """Marking, or taking the mark back: what was shown is done, so that a second press does not undo the first."""

    ON, OFF = "on", "off"

    mark = forms.ChoiceField(choices=[(ON, ON), (OFF, OFF)], widget=forms.HiddenInput)

    @property
    def is_on(self) -> bool:
        """Whether to mark."""
        return bool(self.cleaned_data["mark"] == self.ON)


class PriorityForm(ReasonForm):
    """Another priority, and why. `numbers` are those that can be chosen."""

    to = forms.TypedChoiceField(label=_("Priority"), coerce=int, widget=forms.RadioSelect)
    field_order = ("to", "reason")

    def __init__(self, *args: Any, priorities: Iterable[Priority], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(priority.number, f"{priority}: {priority.definition}") for priority in priorities]
        self.fields["to"].choices = choices  # type: ignore[attr-defined]


class DecisionForm(ActForm):
    """Yes or no to what the client asks or objects to, and why."""

    YES, NO = "yes", "no"

    verdict = forms.ChoiceField(label=_("Decision"), widget=forms.RadioSelect)
    reason = forms.CharField(label=_("Reason"), help_text=_("The client reads it."), max_length=500, widget=_lines(2))

    def __init__(self, *args: Any, yes: Any, no: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["verdict"].choices = [(self.YES, yes), (self.NO, no)]  # type: ignore[attr-defined]

    @property
    def is_yes(self) -> bool:
        """What was decided."""
        return bool(self.cleaned_data["verdict"] == self.YES)


class TextForm(ActForm):
    """A text that is sent once, however often the button is pressed."""

    text = forms.CharField(max_length=MOST_TEXT, widget=_lines(6))
    key = forms.CharField(widget=forms.HiddenInput, max_length=36)

    def __init__(self, *args: Any, label: Any, help_text: Any = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["key"].initial = str(uuid4())
        self.fields["text"].label, self.fields["text"].help_text = label, help_text

    def cause(self, case: Case, act: str) -> str:
        """What names this text, as long as it is the same form."""
        return f"case:{case.pk}:{act}:{self.cleaned_data['key']}"


class EstimateForm(ActForm):
    """How long the whole work will take."""

    hours = forms.DecimalField(label=_("Hours altogether"), min_value=0, max_value=1000, decimal_places=2)

    @property
    def minutes(self) -> int:
        """In whole minutes."""
        return int(self.cleaned_data["hours"] * 60)


class FactsForm(ActForm):
    """The technical facts of the report (rule S1)."""

    kind = forms.ChoiceField(label=_("Kind"), choices=CaseKind)
    environment = forms.ChoiceField(label=_("Environment"), choices=Environment)
    version = forms.CharField(label=_("Version"), max_length=80, required=False)
    service: forms.ModelChoiceField[AgreedService] = forms.ModelChoiceField(
        label=_("Service"), queryset=None, required=False, empty_label=_("none in particular")
    )

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("kind", "environment", "version", "service"):
            self.fields[name].initial = getattr(case, name)
        services = AgreedService.objects.filter(agreement__organisation=case.organisation_id).order_by("name", "pk")
        self.fields["service"].queryset = services  # type: ignore[attr-defined]
