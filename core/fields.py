"""Fields of forms that are the same wherever they are asked for."""

import re
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)
DAYS = [MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)]
"""Days outside are slips of the pen, and some have no midnight to begin with or no day after."""
SPACES = re.compile(r"\s")
AMOUNT = re.compile(r"(?P<whole>\d+|\d{1,3}(?:\.\d{3})+|\d{1,3}(?:,\d{3})+)(?:[.,](?P<cents>\d{1,2}))?")
"""Whole units, in groups of three or not, and up to two decimals after a comma or a point."""
MOST_WHOLE_DIGITS = 10


class DayField(forms.DateField):
    """A date, as the browser's own date picker writes it."""

    def __init__(self, *, label: Any, required: bool = True) -> None:
        picker = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
        super().__init__(label=label, required=required, widget=picker, validators=DAYS)


class AmountField(forms.Field):
    """An amount of money as it stands in a bank statement: 14400, 14 400,00, 14,400.00 and 14.400,00 are the same.

    At most what every column of money holds, VAT upon it included: below ten thousand million.
    """

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
    default_error_messages: ClassVar = {
        "invalid": _("Write the amount like 14 400,00 or 14,400.00."),
        "too_large": _("This amount is too large."),
    }

    def prepare_value(self, value: Any) -> Any:
        """An amount that is proposed stands as the reader writes one: 25 100,00 or 25,100.00; what was typed, as it was typed."""
        return number_format(value, decimal_pos=2, force_grouping=True) if isinstance(value, Decimal) else value

    def to_python(self, value: Any) -> Decimal | None:
        """The amount, exact; None where nothing was written."""
        written = SPACES.sub("", str(value or ""))
        if not written:
            return None
        found = AMOUNT.fullmatch(written)
        if found is None:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        whole = re.sub(r"\D", "", found["whole"]).lstrip("0") or "0"
        if len(whole) > MOST_WHOLE_DIGITS:
            raise forms.ValidationError(self.error_messages["too_large"], code="too_large")
        return Decimal(f"{whole}.{(found['cents'] or '0').ljust(2, '0')}")
