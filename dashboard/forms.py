"""What staff type on pages that compose several apps: the payment of a top-up."""

from django import forms
from django.utils.translation import gettext_lazy as _

from core.fields import AmountField, DayField
from core.forms import ActForm

__all__ = ["AmountField", "PaymentForm"]


class PaymentForm(ActForm):
    """A payment that has arrived: when, how much, and what the bank calls it."""

    paid_on = DayField(label=_("Paid on"))
    amount = AmountField(label=_("Amount, with VAT"))
    payment_reference = forms.CharField(
        label=_("Reference of the payment"), help_text=_("As it stands in the bank statement."), max_length=80
    )
