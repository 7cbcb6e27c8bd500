"""What is typed about exchange rates (rule I2)."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.fields import DayField
from core.forms import ActForm
from invoicing import exchange_rates
from invoicing.exchange_rates import RateStands, RateUsed
from invoicing.models import ExchangeRate

RATE = re.compile(r"-?[0-9]{1,8}(?:\.[0-9]{1,6})?")
LETTERS = {"autocapitalize": "characters", "autocomplete": "off", "spellcheck": "false", "size": "3"}


class ExchangeRateForm(ActForm):
    """What one unit of a currency is in the books, from a day on.

    Another rate of the same day is a correction only if `is_correction` says so: it is asked for when it is known that one stands.
    """

    currency = forms.CharField(
        label=_("Currency"), help_text=_("Three letters, like EUR."), max_length=3, widget=forms.TextInput(attrs=LETTERS)
    )
    starts_on = DayField(label=_("From"))
    rate = forms.CharField(label=_("Rate"), max_length=16, widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}))
    is_correction = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, books: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["rate"].help_text = _("How many %(currency)s one unit of it is.") % {"currency": books}

    def clean_currency(self) -> str:
        """In capitals, however it was typed."""
        return str(self.cleaned_data["currency"]).upper()

    def clean_rate(self) -> Decimal:
        """With a comma or a point; whether it is above zero is for the rule to say."""
        written = str(self.cleaned_data["rate"]).replace(",", ".").replace("−", "-").strip()
        if not RATE.fullmatch(written):
            raise forms.ValidationError(_("Write the rate with a comma or a point, like 11,4231 or 11.4231."))
        return Decimal(written)

    def clean(self) -> dict[str, Any]:
        """What the verb takes."""
        said = super().clean() or {}
        self.is_said_wrong = bool(said.pop("is_correction", False))
        return said

    @property
    def verb(self) -> Callable[..., ExchangeRate]:
        """What is asked for."""
        return exchange_rates.correct if self.is_said_wrong else exchange_rates.write_down

    def ask_whether_wrong(self) -> None:
        """Let it be said that the rate that stands is wrong, where that is what another one was refused for."""
        if isinstance(self.refusal, RateStands) and not isinstance(self.refusal, RateUsed):
            self.fields["is_correction"].widget = forms.CheckboxInput()
            self["is_correction"].label = _("The rate that is written down is wrong: put this one in its place")
