"""What staff type about the money of plans (rules I7, S16)."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clients.models import AgreementPlan, IndexedFrom, MissedGrants
from clients.plan_money import PlanMoney
from clients.reason_forms import ReasonForm
from core.fields import DayField
from core.forms import ActForm
from credits.accounts import CreditAccount

ANY_NAME = forms.TextInput(attrs={"autocomplete": "off"})
MOST = 1_000_000


class ShownForm(ActForm):
    """The press of a button for what was shown."""

    shown = forms.CharField(widget=forms.HiddenInput)


class AnnounceForm(ShownForm):
    """The press of a button that announces what was shown, from a day on."""

    starts_on = forms.DateField(widget=forms.HiddenInput)


class MonthField(forms.DateField):
    """A month, typed as 2026-09: its first day."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateInput(format="%Y-%m", attrs={"placeholder": "2026-09", "autocomplete": "off"})
        super().__init__(input_formats=["%Y-%m", "%Y-%m-%d"], widget=widget, **kwargs)

    def clean(self, value: Any) -> date | None:
        """The first day of the month."""
        found = super().clean(value)
        return found.replace(day=1) if found else None


class IndexForm(ActForm):
    """What an index stood at in a month."""

    name = forms.CharField(label=_("Index"), max_length=40, widget=ANY_NAME)
    month = MonthField(label=_("Month"))
    value = forms.DecimalField(label=_("Index number"), max_digits=12, decimal_places=4, min_value=0)


class PlanMoneyForm(ReasonForm):
    """What the agreement says about the money of a plan, and why it says so now."""

    starts_on = DayField(label=_("Charged from (empty: from the agreement’s first day)"), required=False)
    included_account = forms.ChoiceField(label=_("Included hours go to"), required=False)
    index_name = forms.CharField(label=_("Index (empty: the fee follows none)"), max_length=40, required=False, widget=ANY_NAME)
    index_month = MonthField(label=_("Base month"), required=False)
    index_value = forms.DecimalField(label=_("Index in the base month"), max_digits=12, decimal_places=4, required=False)
    index_from = forms.ChoiceField(label=_("Indexed from"), choices=IndexedFrom.choices)
    missed_grants = forms.ChoiceField(
        label=_("A missed guarantee grants"), choices=[("", _("what the plan says")), *MissedGrants.choices], required=False
    )
    missed_amount = forms.IntegerField(label=_("How much (percent or minutes)"), min_value=1, max_value=MOST, required=False)
    missed_cap = forms.IntegerField(label=_("At most in a month (percent or minutes)"), min_value=1, max_value=MOST, required=False)

    def __init__(self, data: Any = None, *, row: AgreementPlan) -> None:
        super().__init__(data, initial={name: getattr(row, name) for name in PlanMoney.__dataclass_fields__})
        theirs = CreditAccount.objects.filter(organisation=row.agreement.organisation_id, closed_at=None).order_by("pk")
        chosen = [(account.name, account.name) for account in theirs]
        if row.included_account and row.included_account not in dict(chosen):
            chosen.append((row.included_account, row.included_account))
        self.fields["included_account"].choices = [("", _("the oldest open account")), *chosen]  # type: ignore[attr-defined]

    def money(self) -> PlanMoney:
        """What was typed."""
        return PlanMoney(**self.besides())
