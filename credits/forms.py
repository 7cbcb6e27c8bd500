"""What clients type about credit: the period of a statement, and the size of a top-up (rules C2, C15)."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.fields import DayField
from core.formatting import hours
from credits.terms import CreditTerms
from credits.topups import BelowMinimum

MOST_MINUTES = 600_000


class PeriodForm(forms.Form):
    """The first and the last day of a statement."""

    first = DayField(label=_("From"))
    last = DayField(label=_("To and including"))

    def clean(self) -> dict[str, Any]:
        """A period ends on or after the day it begins."""
        cleaned = super().clean() or {}
        if {"first", "last"} <= cleaned.keys() and cleaned["last"] < cleaned["first"]:
            self.add_error("last", _("The period ends before it begins. Choose a later last day."))
        return cleaned


class AsOfForm(forms.Form):
    """The day on which the balance is asked for."""

    on = DayField(label=_("Balance at the end of"))


class QuantityField(forms.DecimalField):
    """A number with a decimal comma or a decimal point, whatever the language."""

    widget = forms.TextInput

    def to_python(self, value: Any) -> Any:
        """Both “1,5” and “1.5” are one and a half."""
        if isinstance(value, str):
            value = value.replace(",", ".").replace("\N{NO-BREAK SPACE}", "").replace(" ", "")
        return super().to_python(value)


def smallest_words(terms: CreditTerms) -> str:
    """The sentence that names the smallest top-up (rule C2)."""
    return _("The smallest top-up is %(minimum)s.") % {"minimum": hours(terms.minimum_top_up_minutes)}


class TopUpForm(forms.Form):
    """How much to order, in man-days or hours, below the terms' minimum never (rules C1, C2)."""

    DAYS, HOURS = "days", "hours"

    quantity = QuantityField(label=_("How much"), min_value=Decimal(0), widget=forms.TextInput(attrs={"inputmode": "decimal", "size": 8}))
    unit = forms.ChoiceField(label=_("Counted in"), widget=forms.RadioSelect)
    reference = forms.CharField(
        label=_("Your reference or purchase order"),
        help_text=_("It stands on the order and on the statement."),
        max_length=80,
        required=False,
    )
    key = forms.CharField(widget=forms.HiddenInput, max_length=36)

    def __init__(self, *args: Any, terms: CreditTerms, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.terms = terms
        man_day = Decimal(terms.man_day_minutes) / 60
        day = _("Man-days of %(hours)s hours") % {"hours": f"{man_day.normalize():f}"}
        self.fields["quantity"].help_text = smallest_words(terms)
        self.fields["unit"].choices = [(self.DAYS, day), (self.HOURS, _("Hours"))]  # type: ignore[attr-defined]  # a choice field

    @staticmethod
    def smallest(terms: CreditTerms, at_least: int = 0) -> dict[str, str]:
        """The smallest sensible order: the minimum, or `at_least` minutes in whole hours; man-days where they come out even."""
        minutes = max(terms.minimum_top_up_minutes, -(-at_least // 60) * 60)
        if minutes % terms.man_day_minutes == 0:
            return {"quantity": str(minutes // terms.man_day_minutes), "unit": TopUpForm.DAYS}
        return {"quantity": f"{(Decimal(minutes) / 60).normalize():f}", "unit": TopUpForm.HOURS}

    def clean(self) -> dict[str, Any]:
        """The order in whole minutes, as `minutes`."""
        cleaned = super().clean() or {}
        if {"quantity", "unit"} <= cleaned.keys():
            cleaned["minutes"] = self._minutes(cleaned["quantity"], cleaned["unit"])
        return cleaned

    def _minutes(self, quantity: Decimal, unit: str) -> int | None:
        exact = quantity * (self.terms.man_day_minutes if unit == self.DAYS else 60)
        if exact > MOST_MINUTES:
            self.add_error("quantity", _("That is more than can be ordered at once."))
        elif exact != int(exact):
            self.add_error("quantity", _("That does not come to whole minutes. Half and quarter hours do, for example 1.25 hours."))
        elif exact < self.terms.minimum_top_up_minutes:
            self.add_error("quantity", BelowMinimum(minimum=self.terms.minimum_top_up_minutes).message)
        else:
            return int(exact)
        return None
