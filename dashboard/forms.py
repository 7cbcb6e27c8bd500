"""What staff type on pages that compose several apps: the payment of a top-up."""

import re
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from core.fields import DayField
from core.forms import ActForm

SPACES = re.compile(r"\s")
AMOUNT = re.compile(r"(?P<whole>\d+|\d{1,3}(?:\.\d{3})+|\d{1,3}(?:,\d{3})+)(?:[.,](?P<cents>\d{1,2}))?")
"""Whole units, in groups of three or not, and up to two decimals after a comma or a point."""


class AmountField(forms.Field):
    """An amount of money as it stands in a bank statement: 14400, 14 400,00, 14,400.00 and 14.400,00 are the same."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
    default_error_messages: ClassVar = {"invalid": _("Write the amount like 14 400,00 or 14,400.00.")}

    def to_python(self, value: Any) -> Decimal | None:
        """The amount, exact; None where nothing was written."""
        written = SPACES.sub("", str(value or ""))
        if not written:
            return None
        found = AMOUNT.fullmatch(written)
        if found is None:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        whole = re.sub(r"\D", "", found["whole"])
        return Decimal(f"{whole}.{(found['cents'] or '0').ljust(2, '0')}")


class PaymentForm(ActForm):
    """A payment that has arrived: when, how much, and what the bank calls it."""

    paid_on = DayField(label=_("Paid on"))
    amount = AmountField(label=_("Amount, with VAT"))
    payment_reference = forms.CharField(
        label=_("Reference of the payment"), help_text=_("As it stands in the bank statement."), max_length=80
    )
