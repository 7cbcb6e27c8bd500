"""What approvers type about accounts: how one is arranged, and what is to move to another (rule C16)."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clients.models import Membership, Organisation
from credits.accounts import CreditAccount
from credits.arrangements import Arrangement
from credits.forms import MOST_MINUTES, QuantityField
from credits.transfers import Wish


class HoursField(QuantityField):
    """Hours, with a decimal comma or point, as whole minutes; None where nothing was written."""

    def clean(self, value: Any) -> Any:
        """The minutes."""
        hours = super().clean(value)
        if hours is None:
            return None
        minutes = hours * 60
        if minutes != int(minutes):
            raise forms.ValidationError(_("That does not come to whole minutes. Half and quarter hours do, for example 1.25 hours."))
        if minutes > MOST_MINUTES:
            raise forms.ValidationError(_("That is more than an account can hold."))
        return int(minutes)

    def prepare_value(self, value: Any) -> Any:
        """Minutes as the hours that are typed."""
        return f"{(Decimal(value) / 60).normalize():f}" if isinstance(value, int) else value


def _hours_input() -> forms.TextInput:
    return forms.TextInput(attrs={"inputmode": "decimal", "size": 8})


class AccountForm(forms.Form):
    """The name of an account, its reference, its monthly limit, and who spends from it."""

    name = forms.CharField(label=_("Name"), help_text=_("The department, the site or the cost centre, in your own words."), max_length=80)
    reference = forms.CharField(
        label=_("Your reference or purchase order"),
        help_text=_("Top-ups of this account bear it unless you write another."),
        max_length=80,
        required=False,
    )
    limit = HoursField(
        label=_("Most in a month, in hours"),
        help_text=_("New bookings beyond it are refused. What is booked already stands. Empty: no limit."),
        min_value=Decimal(0),
        required=False,
        widget=_hours_input(),
    )
    spenders = forms.TypedMultipleChoiceField(
        label=_("Who may spend from it"),
        help_text=_("Nobody ticked: everybody of your organisation. Top-ups and hours are then decided by the approvers who are ticked."),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        members = Membership.objects.filter(organisation=organisation, person__is_active=True).select_related("person")
        self.fields["spenders"].choices = [  # type: ignore[attr-defined]  # a choice field
            (member.person_id, f"{member.person} ({member.get_role_display()})") for member in members.order_by("person__name", "pk")
        ]

    @staticmethod
    def showing(arrangement: Arrangement) -> dict[str, Any]:
        """What the form shows of what is arranged."""
        return {
            "name": arrangement.name,
            "reference": arrangement.reference,
            "limit": arrangement.monthly_limit_minutes,
            "spenders": list(arrangement.spenders),
        }

    @property
    def arrangement(self) -> Arrangement:
        """What is to be arranged, of a form that is well filled in."""
        said = self.cleaned_data
        return Arrangement(
            name=said["name"],
            reference=said["reference"],
            monthly_limit_minutes=said["limit"],
            spenders=frozenset(said["spenders"]),
        )


class TransferForm(forms.Form):
    """How much is to move from which account to which, and why."""

    source: forms.ModelChoiceField[CreditAccount] = forms.ModelChoiceField(label=_("From"), queryset=None, empty_label=_("Choose"))
    target: forms.ModelChoiceField[CreditAccount] = forms.ModelChoiceField(label=_("To"), queryset=None, empty_label=_("Choose"))
    size = HoursField(label=_("How much, in hours"), min_value=Decimal(0), widget=_hours_input())
    reason = forms.CharField(
        label=_("Why"), help_text=_("It stands on both statements."), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )
    key = forms.CharField(widget=forms.HiddenInput, max_length=36)

    def __init__(self, *args: Any, accounts: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("source", "target"):
            self.fields[name].queryset = accounts  # type: ignore[attr-defined]  # a model choice field

    def clean_size(self) -> int:
        """Something moves."""
        size: int = self.cleaned_data["size"]
        if not size:
            raise forms.ValidationError(_("Say how much is to move."))
        return size

    @property
    def wish(self) -> Wish:
        """What is to move, of a form that is well filled in."""
        said = self.cleaned_data
        return Wish(source=said["source"], target=said["target"], minutes=said["size"], reason=said["reason"])
