"""What is typed about what is done: by the account manager, and by the client who accepts it or lists faults (rules D5, D7)."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clients.models import Deployment
from core.forms import ActForm, ReasonForm
from core.reasons import LONGEST_REASON
from credits.forms import QuantityField
from delivery.completion import LONGEST_WORDS, MOST_FAULTS, AnswerGiven, FaultSaid
from delivery.handover import LONGEST_NAME
from delivery.models import AcceptedBy
from people.models import Person

ROWS_AT_FIRST = 3
MOST_EVIDENCE = 5_000


def _lines(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class DoneForm(ActForm):
    """What was delivered."""

    words = forms.CharField(label=_("What was delivered"), help_text=_("The client reads it."), max_length=LONGEST_WORDS, widget=_lines(6))


class AcceptForm(ActForm):
    """The press of the button, with the net sum that its page named."""

    shown = forms.DecimalField(widget=forms.HiddenInput, max_digits=14, decimal_places=2)

    def __init__(self, data: QueryDict | None, *, left: Decimal) -> None:
        super().__init__(data, initial={"shown": left})
        self.sent, self.left = data, left

    def carried_out(self, act: Callable[[dict[str, Any]], object]) -> bool:
        """A refusal shows the page anew with the sum as it is now: the next press accepts that one."""
        accepted = super().carried_out(act)
        if not accepted and self.sent is not None:
            shown = self.sent.copy()
            shown["shown"] = str(self.left)
            self.data = shown
        return accepted


class MendForm(ReasonForm):
    """How a fault was mended."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].label, self.fields["reason"].help_text = _("What was done"), _("The client reads it.")


class FaultsForm(ActForm):
    """As many faults as one likes, a text and a sum to hold back for each; rows that are left empty count for nothing.

    `rows` is how many the page shows: another one comes with the press of a button, without any script.
    """

    rows = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=MOST_FAULTS)
    faults_optional = False

    def __init__(self, data: Mapping[str, Any] | None = None, *, currency: str, count: int = ROWS_AT_FIRST, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.count = counted(data, count)
        self.fields["rows"].initial = self.count
        for number in range(1, self.count + 1):
            self.fields[f"text_{number}"] = forms.CharField(
                label=_("Fault %(number)s") % {"number": number}, max_length=LONGEST_REASON, required=False, widget=_lines(2)
            )
            self.fields[f"held_{number}"] = QuantityField(
                label=_("Held back for fault %(number)s (%(currency)s without VAT)") % {"number": number, "currency": currency},
                help_text=_("Leave it empty to hold nothing back.") if number == 1 else "",
                min_value=Decimal(0),
                max_digits=14,
                decimal_places=2,
                required=False,
                widget=forms.TextInput(attrs={"inputmode": "decimal", "size": 12}),
            )

    def clean(self) -> dict[str, Any]:
        """At least one fault, where that is what the form is for; a sum belongs to a fault."""
        cleaned = super().clean() or {}
        for number in range(1, self.count + 1):
            if cleaned.get(f"held_{number}") and not cleaned.get(f"text_{number}") and f"text_{number}" not in self.errors:
                self.add_error(f"text_{number}", _("Say what is wrong."))
        if not self.faults_optional and not self.errors and not self.listed(cleaned):
            self.add_error("text_1", _("Name at least one fault."))
        return cleaned

    def listed(self, cleaned: Mapping[str, Any]) -> list[FaultSaid]:
        """The faults that were typed."""
        typed = [(cleaned.get(f"text_{number}"), cleaned.get(f"held_{number}")) for number in range(1, self.count + 1)]
        return [FaultSaid(text, held_back or Decimal(0)) for text, held_back in typed if text]


class RecordForm(FaultsForm):
    """An answer by phone or mail: who gave it, how, what proves it, and what it was."""

    ACCEPTED, FAULTS = "accepted", "faults"

    person = forms.ModelChoiceField(label=_("Who answered"), queryset=Person.objects.none())
    way = forms.ChoiceField(
        label=_("How"), widget=forms.RadioSelect, choices=[(way.value, way.label) for way in (AcceptedBy.PHONE, AcceptedBy.MAIL)]
    )
    evidence = forms.CharField(
        label=_("What was said or written, and when"), help_text=_("It is the evidence."), max_length=MOST_EVIDENCE, widget=_lines(4)
    )
    answer = forms.ChoiceField(
        label=pgettext_lazy("what somebody answered", "Answer"),
        widget=forms.RadioSelect,
        choices=[(ACCEPTED, _("Accepted as done")), (FAULTS, _("These faults are listed"))],
    )
    faults_optional = True

    def __init__(self, *args: Any, people: Iterable[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = Person.objects.filter(pk__in=[person.pk for person in people]).order_by("name", "pk")
        self.fields["person"].queryset = chosen  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """What was answered fits to whether faults are listed."""
        cleaned = super().clean()
        faults, answer = self.listed(cleaned), cleaned.get("answer")
        if answer == self.ACCEPTED and faults:
            self.add_error("answer", _("Faults are listed below: it is not accepted as done."))
        if answer == self.FAULTS and not faults and "text_1" not in self.errors:
            self.add_error("text_1", _("Name at least one fault."))
        return cleaned

    def given(self, cleaned: Mapping[str, Any]) -> AnswerGiven:
        """The answer as it is recorded."""
        return AnswerGiven(cleaned["person"], AcceptedBy(cleaned["way"]), cleaned["evidence"], self.listed(cleaned))


class ServiceForm(ActForm):
    """What the agreement names what was delivered."""

    name = forms.CharField(label=_("Name"), max_length=LONGEST_NAME)
    description = forms.CharField(label=_("Description"), required=False, max_length=LONGEST_WORDS, widget=_lines(4))
    deployment = forms.ChoiceField(label=_("How it is run"), widget=forms.RadioSelect, choices=Deployment.choices)


def counted(data: Mapping[str, Any] | None, otherwise: int) -> int:
    """How many rows were sent."""
    said = str((data or {}).get("rows", ""))
    number = int(said) if said.isdecimal() and len(said) <= len(str(MOST_FAULTS)) else otherwise
    return min(max(number, 1), MOST_FAULTS)
