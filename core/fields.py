"""Fields of forms that are the same wherever they are asked for."""

from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)
DAYS = [MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)]
"""Days outside are slips of the pen, and some have no midnight to begin with or no day after."""


class DayField(forms.DateField):
    """A date, as the browser's own date picker writes it."""

    def __init__(self, *, label: Any, required: bool = True) -> None:
        picker = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
        super().__init__(label=label, required=required, widget=picker, validators=DAYS)
