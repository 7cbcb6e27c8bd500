"""What is typed about overdue invoices, at the desk and in the portal (rules I5, I8)."""

import re
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from core.fields import DayField
from core.forms import ActForm
from invoicing.contesting import Objection
from invoicing.due_acts import Act, Asked
from invoicing.models import ContestOutcome, Invoice, InvoiceLine, InvoiceQuerySet
from invoicing.models.reminding import HALVES

MOST_AT_ONCE = 200
RATE = re.compile(r"-?[0-9]{1,2}(?:\.[0-9]{1,2})?")


def _fresh_key() -> str:
    return str(uuid4())


class KeyedForm(ActForm):
    """The press of a button, which does the same again when it is sent again."""

    key = forms.CharField(max_length=60, widget=forms.HiddenInput, initial=_fresh_key)


class OverdueForm(forms.Form):
    """The chosen invoices, and what is done about them."""

    act = forms.ChoiceField(choices=[(act.value, act.value) for act in Act])
    reason = forms.CharField(max_length=500, required=False)
    key = forms.CharField(max_length=60)
    invoice: forms.ModelMultipleChoiceField[Invoice] = forms.ModelMultipleChoiceField(
        queryset=Invoice.objects.none(),
        error_messages={
            "required": _("Choose at least one invoice. Nothing was done."),
            "invalid_choice": _("One of these invoices is no more. Nothing was done."),
            "invalid_pk_value": _("One of these invoices is no more. Nothing was done."),
        },
    )

    def __init__(self, *args: Any, invoices: InvoiceQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = invoices.issued().select_related("organisation").order_by("pk")
        self.fields["invoice"].queryset = chosen  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """A stop has a reason; no more at once than somebody waits for."""
        said = super().clean() or {}
        if said.get("act") == Act.STOP and not said.get("reason"):
            self.add_error("reason", _("Please say why their reminders are stopped. Nothing was done."))
        if len(said.get("invoice", ())) > MOST_AT_ONCE:
            self.add_error("invoice", _("Choose at most %(most)s invoices at once. Nothing was done.") % {"most": MOST_AT_ONCE})
        return said

    @property
    def asked(self) -> Asked:
        """What is to be done."""
        said = self.cleaned_data
        return Asked(act=Act(said["act"]), reason=said["reason"], key=said["key"])

    @property
    def first_error(self) -> str:
        """What is wrong with it."""
        return str(next(iter(self.errors.values()))[0])


class ExtensionForm(KeyedForm):
    """More time to pay."""

    until_on = DayField(label=_("The client may pay until"))
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("For colleagues; the client reads the day only."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class ContestForm(KeyedForm):
    """What the client says is wrong, of which lines."""

    reason = forms.CharField(
        label=_("What is wrong?"), help_text=_("We read it, and answer here."), max_length=500, widget=forms.Textarea(attrs={"rows": 4})
    )

    def __init__(self, *args: Any, lines: list[InvoiceLine], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if len(lines) > 1:
            self.fields["positions"] = forms.TypedMultipleChoiceField(
                label=_("Which lines?"),
                help_text=_("None chosen: the whole invoice."),
                choices=[(line.position, line.text) for line in lines],
                coerce=int,
                required=False,
                widget=forms.CheckboxSelectMultiple,
            )
        self.order_fields(["positions", "reason", "key"])

    @property
    def objection(self) -> Objection:
        """What is said."""
        return Objection(reason=self.cleaned_data["reason"], positions=self.cleaned_data.get("positions", ()))


class AnswerForm(ActForm):
    """The answer to a contest."""

    outcome = forms.ChoiceField(
        label=_("Who is right?"),
        choices=[
            (ContestOutcome.UPHELD, _("The client: the invoice is corrected with a credit note")),
            (ContestOutcome.REJECTED, _("We: the invoice stands")),
        ],
        widget=forms.RadioSelect,
    )
    answer = forms.CharField(
        label=_("Answer"), help_text=_("The client reads it."), max_length=500, widget=forms.Textarea(attrs={"rows": 4})
    )


class RateForm(ActForm):
    """The reference rate of a half-year."""

    year = forms.IntegerField(label=_("Year"), min_value=2000, max_value=2099)
    half = forms.TypedChoiceField(label=_("Half-year"), choices=HALVES, coerce=int)
    percent = forms.CharField(label=_("Percent"), max_length=8, widget=forms.TextInput(attrs={"inputmode": "decimal"}))

    def clean_percent(self) -> Decimal:
        """With a comma or a point; it may be less than nothing."""
        written = str(self.cleaned_data["percent"]).replace(",", ".").replace("−", "-").replace("%", "").strip()
        if not RATE.fullmatch(written):
            raise forms.ValidationError(_("Write the rate in percent, like 1,75 or -0.50."))
        return Decimal(written).quantize(Decimal("0.01"))
