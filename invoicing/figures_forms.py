"""For which period finance asks for figures, and the press of a button."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.forms import ActForm
from invoicing import tax_periods
from invoicing.periods import Every
from invoicing.tax_periods import TaxPeriod

MONTHS, QUARTERS = 18, 8
"""How many periods back are offered; the address takes any."""


class TaxPeriodForm(forms.Form):
    """A month or a quarter. Nothing asked for is the month before `today`, which is the one to be reported."""

    period = forms.ChoiceField(label=gettext_lazy("Period"))

    def __init__(self, data: Mapping[str, Any], *, today: date) -> None:
        self.usual = tax_periods.of(today).before()
        asked = tax_periods.written(str(data.get("period", "")))
        super().__init__(data if "period" in data else None, initial={"period": self.usual.code})
        months, quarters = _back(tax_periods.of(today), MONTHS), _back(tax_periods.of(today, Every.QUARTER), QUARTERS)
        more = [(asked.code, name_of(asked))] if asked and asked not in (*months, *quarters) else []
        offered = [(_("Months"), _named(months)), (_("Quarters"), _named(quarters)), *more]
        self.fields["period"].choices = offered  # type: ignore[attr-defined]

    @property
    def chosen(self) -> TaxPeriod:
        """The period asked for; the usual one where nothing was, or nothing that can be."""
        said = self.cleaned_data.get("period", "") if self.is_bound and self.is_valid() else ""
        return tax_periods.written(said) or self.usual


class PressForm(ActForm):
    """A button whose key lets the same press act once."""

    key = forms.CharField(max_length=60, widget=forms.HiddenInput, initial=lambda: str(uuid4()))


def name_of(period: TaxPeriod) -> str:
    """A period in words: "November 2026", "Quarter 4, 2026"."""
    if period.is_quarter:
        return _("Quarter %(number)s, %(year)s") % {"number": period.number, "year": period.year}
    return date_format(period.first, "F Y")


def _named(periods: list[TaxPeriod]) -> list[tuple[str, str]]:
    return [(period.code, name_of(period)) for period in periods]


def _back(latest: TaxPeriod, count: int) -> list[TaxPeriod]:
    found = [latest]
    while len(found) < count:
        found.append(found[-1].before())
    return found
