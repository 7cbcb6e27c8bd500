"""What is typed about people: who is invited, to what, and what somebody says about themselves (rules: People, P4)."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib.auth.password_validation import password_validators_help_text_html, validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from clients.invitations import Newcomer, Wanted
from clients.members import Place
from clients.models import MemberRole, StaffDuty
from clients.reason_forms import ReasonForm
from core.fields import AmountField
from core.forms import ActForm
from dashboard.invitations import Colleague
from people.models import Language, Person, validate_time_zone

ROLE_HELP = _("A reader sees everything and changes nothing. A requester reports, books and changes. An approver also decides about money.")


class PlaceForm(ActForm):
    """What somebody may do in an organisation."""

    role = forms.ChoiceField(label=_("Role"), choices=MemberRole.choices, help_text=ROLE_HELP)
    limit = AmountField(
        label=_("Decides alone up to"), required=False, help_text=_("A sum without VAT, for approvers. Empty: about any sum.")
    )
    is_owner = forms.BooleanField(label=_("Looks after the organisation’s people"), required=False)

    def place(self) -> Place:
        """As it was typed."""
        said = self.cleaned_data
        return Place(role=MemberRole(said["role"]), limit=said["limit"], is_owner=said["is_owner"])


class ChangeForm(PlaceForm, ReasonForm):
    """What somebody may do from now on, and why."""


class InviteForm(PlaceForm):
    """Who is invited to an organisation, and to what."""

    email = forms.EmailField(label=_("E-mail address"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    language = forms.ChoiceField(label=_("Language of the invitation"), choices=Language.choices)
    key = forms.CharField(widget=forms.HiddenInput, max_length=36)
    field_order = ("email", "language", "role", "limit", "is_owner", "key")

    def wanted(self) -> Wanted:
        """As it was typed."""
        return Wanted(email=self.cleaned_data["email"], language=self.cleaned_data["language"], place=self.place())


class InviteColleagueForm(ActForm):
    """Who is invited to us, and with what duties."""

    email = forms.EmailField(label=_("E-mail address"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    language = forms.ChoiceField(label=_("Language of the invitation"), choices=Language.choices)
    duties = forms.MultipleChoiceField(label=_("Duties"), choices=StaffDuty.choices, widget=forms.CheckboxSelectMultiple)
    key = forms.CharField(widget=forms.HiddenInput, max_length=36)

    def wanted(self) -> Colleague:
        """As it was typed."""
        said = self.cleaned_data
        return Colleague(email=said["email"], language=said["language"], duties=frozenset(StaffDuty(duty) for duty in said["duties"]))


class DutyForm(ReasonForm):
    """One duty more."""

    duty = forms.ChoiceField(label=_("Duty"), choices=StaffDuty.choices)


class JoinForm(ActForm):
    """What somebody without an account says about themselves; the address is that of the invitation."""

    name = forms.CharField(label=_("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    language = forms.ChoiceField(label=_("Language"), choices=Language.choices)
    time_zone = forms.CharField(label=_("Time zone"), validators=[validate_time_zone], widget=forms.Select)
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=200,
        help_text=password_validators_help_text_html(),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("The password again"), strip=False, max_length=200, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email
        zones = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/"))
        self.fields["time_zone"].widget.choices = [(zone, zone.replace("_", " ")) for zone in ("UTC", *zones)]

    def clean(self) -> dict[str, Any]:
        """Refuse a password that is weak, or that was not typed twice alike."""
        said = super().clean() or self.cleaned_data
        password = said.get("password")
        if password and password != said.get("again"):
            self.add_error("again", _("The two passwords are not the same."))
        elif password:
            try:
                validate_password(password, Person(email=self.email, name=said.get("name", "")))
            except ValidationError as weak:
                self.add_error("password", weak)
        return said

    def newcomer(self) -> Newcomer:
        """As it was typed."""
        said = self.cleaned_data
        return Newcomer(name=said["name"], language=said["language"], time_zone=said["time_zone"], password=said["password"])
