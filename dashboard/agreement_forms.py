"""What staff type about plans and agreements (rules P2, P3)."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from djmoney.money import Money

from clients import plans, provider
from clients.models import AgreedService, AgreementTarget, AimKind, Deployment, FeePeriod, OnCallRota, Plan, Priority
from clients.models.overriding import OVERRIDABLE, label_of
from clients.reason_forms import ReasonForm
from core.fields import DayField
from core.forms import ActForm
from worktime.models import BusinessCalendar

FLAGS = {"restarts_on_word", "lowering_from_report", "visit_included", "community_chat"}
TEXTS = {"fallback_language", "response_met_by", "outage_phone", "outage_rota", "service_manager"}
LISTS = {"channels", "guaranteed_kinds"}
PAIRS = {"phone_numbers", "languages"}
YES_OR_NO = {"yes": True, "ja": True, "no": False, "nej": False}


class PlansField(forms.ModelMultipleChoiceField[Plan]):
    """Any number of plans, by name and code."""

    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, obj: Any) -> str:
        """The name, and the product code."""
        return f"{obj.name} ({obj.code})"


class PlansForm(ActForm):
    """Which plans an agreement names."""

    bound = PlansField(label=_("Plans"), queryset=None, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["bound"].queryset = Plan.objects.order_by("position", "code")  # type: ignore[attr-defined]  # a model choice field


class BindForm(PlansForm, ReasonForm):
    """Which plans the agreement names from now on, and why."""


class AgreeForm(PlansForm):
    """A new agreement: its period, and its plans."""

    starts_on = DayField(label=_("From"))
    ends_on = DayField(label=_("Ends before"), required=False)


class ProcessingForm(ActForm):
    """The data processing agreement that is on file (rule X2)."""

    signed_on = DayField(label=_("Signed on"), required=False)
    reference = forms.CharField(label=_("Filed under"), max_length=80, required=False)


class TrialForm(ActForm):
    """A plan to try, and from when."""

    plan: forms.ModelChoiceField[Plan] = forms.ModelChoiceField(label=_("Plan"), queryset=None, empty_label=None)
    on = DayField(label=_("From"))

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["plan"].queryset = plans.published().exclude(trial_days=None)  # type: ignore[attr-defined]
        self.fields["on"].initial = today


class TargetForm(ReasonForm):
    """A target of the agreement's own, and why."""

    priority: forms.ModelChoiceField[Priority] = forms.ModelChoiceField(label=_("Priority"), queryset=None, empty_label=None)
    response_kind = forms.ChoiceField(label=_("Response"), choices=AimKind.choices)
    response_minutes = forms.IntegerField(label=_("within (working minutes)"), min_value=1, max_value=1_000_000, required=False)
    response_calendar: forms.ModelChoiceField[BusinessCalendar] = forms.ModelChoiceField(
        label=_("on the calendar"), queryset=None, required=False
    )
    solution_kind = forms.ChoiceField(label=_("Solution"), choices=AimKind.choices)
    solution_minutes = forms.IntegerField(label=_("within (working minutes)"), min_value=1, max_value=1_000_000, required=False)
    solution_calendar: forms.ModelChoiceField[BusinessCalendar] = forms.ModelChoiceField(
        label=_("on the calendar"), queryset=None, required=False
    )
    rota: forms.ModelChoiceField[OnCallRota] = forms.ModelChoiceField(label=_("On call"), queryset=None, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        calendars = BusinessCalendar.objects.order_by("code")
        offers = {"priority": Priority.objects.order_by("number"), "rota": OnCallRota.objects.order_by("code")}
        for name, rows in (offers | {"response_calendar": calendars, "solution_calendar": calendars}).items():
            self.fields[name].queryset = rows  # type: ignore[attr-defined]  # a model choice field

    def target(self) -> AgreementTarget:
        """What was typed, as a row that is not written yet."""
        return AgreementTarget(**self.besides())


class TermForm(ReasonForm):
    """A term of the agreement's own, typed as text: yes or no, a number, words with commas, or pairs like “SE = +46 8 …”."""

    name = forms.ChoiceField(label=_("Term"))
    value = forms.CharField(
        label=_("Value"),
        max_length=300,
        required=False,
        help_text=_("Yes or no, a number, or words with commas. Pairs are written like “SE = +46 8 000, FI = +358 9 000”. Empty: nothing."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].choices = sorted(((name, label_of(name)) for name in OVERRIDABLE), key=lambda one: one[1])  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """The value as the term has it."""
        said = super().clean() or {}
        if "name" in said and "value" in said:
            try:
                said["value"] = _value(said["name"], said["value"].strip())
            except ValueError:
                self.add_error("value", _("The term does not have such a value."))
        return said


class ServiceForm(ReasonForm):
    """A service that the agreement covers, and why it does."""

    name = forms.CharField(label=_("Name"), max_length=120)
    description = forms.CharField(label=_("Description"), widget=forms.Textarea(attrs={"rows": 2}), required=False)
    deployment = forms.ChoiceField(label=pgettext_lazy("how a service is run", "Run"), choices=Deployment.choices)
    preview = forms.BooleanField(label=_("Preview or beta: no guarantees"), required=False)

    def service(self) -> AgreedService:
        """What was typed, as a row that is not written yet."""
        return AgreedService(**self.besides())


class FeeForm(ReasonForm):
    """Another fee, from when, and why."""

    amount = forms.DecimalField(label=_("Fee"), max_digits=12, decimal_places=2, min_value=0)
    per = forms.ChoiceField(label=_("Per"), choices=[("", _("nothing: it is free")), *FeePeriod.choices], required=False)
    starts_on = DayField(label=_("From"))

    def __init__(self, *args: Any, plan: Plan, earliest: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = plan.fee.currency if plan.fee.amount else provider.current().currency
        self.fields["starts_on"].initial = earliest

    def clean(self) -> dict[str, Any]:
        """A fee has a period; nothing has none."""
        said = super().clean() or {}
        if "amount" in said and bool(said["amount"]) != bool(said.get("per")):
            self.add_error("per", _("A fee is per month, quarter or year; what is free has no period."))
        if "amount" in said:
            said["fee"] = Money(said.pop("amount"), self.currency)
        return said


def _value(name: str, text: str) -> Any:
    """The text as a value of the term. Raises ValueError."""
    if name in FLAGS:
        if text.lower() not in YES_OR_NO:
            raise ValueError(text)
        return YES_OR_NO[text.lower()]
    if name in TEXTS:
        return text
    if name in LISTS:
        return [word.strip() for word in text.split(",") if word.strip()]
    if name in PAIRS:
        return _pairs(name, text)
    return int(text) if text else None


def _pairs(name: str, text: str) -> dict[str, Any]:
    pairs = dict(part.split("=", 1) for part in text.split(",") if part.strip())
    said = {key.strip(): value.strip() for key, value in pairs.items()}
    return {key: value.split() for key, value in said.items()} if name == "languages" else said
