"""What is typed about automatic top-ups (rules C2, C16)."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import ActForm
from credits import order_forms
from credits.account_forms import HoursField
from credits.auto_top_ups import Terms
from credits.forms import QuantityField, smallest_words
from credits.models.auto_top_ups import MOST_A_MONTH
from credits.terms import CreditTerms, low_level

MOST_DAYS = 1_000


class AgreeForm(ActForm):
    """When credit is ordered by itself, how much, and how often in a month at most."""

    below = HoursField(
        label=_("When less is available than, in hours"), min_value=Decimal(0), widget=forms.TextInput(attrs={"inputmode": "decimal"})
    )
    days = QuantityField(
        label=_("Order, in man-days"), min_value=Decimal(0), max_value=MOST_DAYS, widget=forms.TextInput(attrs={"inputmode": "decimal"})
    )
    most_a_month = forms.IntegerField(label=_("At most, times a month"), min_value=1, max_value=MOST_A_MONTH)
    reference = forms.CharField(label=_("Your reference or purchase order"), max_length=80, required=False)
    key = forms.CharField(widget=forms.HiddenInput, max_length=36)

    def __init__(self, *args: Any, terms: CreditTerms, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.man_day_minutes = terms.man_day_minutes
        man_day = _("One man-day is %(hours)s hours.") % {"hours": f"{(Decimal(terms.man_day_minutes) / 60).normalize():f}"}
        self.fields["days"].help_text = f"{man_day} {smallest_words(terms)}"

    @staticmethod
    def usual(terms: CreditTerms) -> dict[str, Any]:
        """What is proposed: the smallest order, once a month, where the account counts as low."""
        days = Decimal(terms.minimum_top_up_minutes) / terms.man_day_minutes
        return {"below": low_level(terms) or terms.man_day_minutes, "days": f"{days.normalize():f}", "most_a_month": 1}

    def clean_days(self) -> int:
        """The size in whole minutes."""
        minutes = self.cleaned_data["days"] * self.man_day_minutes
        if minutes != int(minutes) or minutes <= 0:
            raise forms.ValidationError(_("That does not come to whole minutes. Whole and half man-days do."))
        return int(minutes)

    @property
    def agreed(self) -> Terms:
        """What is agreed, of a form that is well filled in."""
        said = self.cleaned_data
        return Terms(
            below_minutes=said["below"],
            minutes=said["days"],
            most_a_month=said["most_a_month"],
            reference=order_forms.chosen(said, text="reference"),
        )


class IssuingForm(ActForm):
    """Whether invoices of automatic top-ups wait for finance."""

    at_once = forms.BooleanField(label=_("Issue its invoices at once, without anybody of finance"), required=False)
