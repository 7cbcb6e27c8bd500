"""What finance types about money that goes back (rules C13, I3)."""

from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _
from djmoney.money import Money

from core.fields import AmountField, DayField
from core.forms import ActForm, ReasonForm
from credits.ledger import Refund
from invoicing.models import AccountKind, Invoice, InvoiceKind
from invoicing.payouts import LONGEST_REFERENCE, Wanted

ALL, REST = "all", "rest"
FREEZE, UNFREEZE, TAKE_BACK = "freeze", "unfreeze", "take_back"


def _fresh_key() -> str:
    return str(uuid4())


class PayoutForm(ActForm):
    """A payout: how much, to which account."""

    amount = AmountField(label=_("Sum"))
    kind = forms.ChoiceField(label=_("Paid to"), choices=AccountKind.choices)
    account = forms.CharField(label=_("Account"), max_length=60, help_text=_("The number as the client writes it; it is checked."))
    bic = forms.CharField(label=_("BIC, for an IBAN abroad"), max_length=15, required=False)
    reference = forms.CharField(label=_("What the client reads with the money"), max_length=LONGEST_REFERENCE)
    key = forms.CharField(max_length=64, initial=_fresh_key, widget=forms.HiddenInput)

    def wanted(self, currency: str) -> Wanted:
        """What is asked for, in that currency."""
        said = self.cleaned_data
        return Wanted(
            amount=Money(said["amount"], currency),
            kind=AccountKind(said["kind"]),
            account=said["account"],
            bic=said["bic"],
            reference=said["reference"],
        )


class SetOffForm(ActForm):
    """Pay an open invoice with what we owe."""

    invoice = forms.ModelChoiceField(Invoice.objects.issued().filter(kind=InvoiceKind.INVOICE))
    key = forms.CharField(max_length=64)


class PaidForm(ActForm):
    """The day on which the money left."""

    paid_on = DayField(label=_("The money left on"))


class RefundsForm(ActForm):
    """One refund to be credited: all of it, or what other credit notes have left of its line."""

    refund = forms.ModelChoiceField(Refund.objects.all())
    act = forms.ChoiceField(choices=[(ALL, ALL), (REST, REST)])


class UnbackedForm(ReasonForm):
    """What becomes of credit that no money stands behind."""

    act = forms.ChoiceField(choices=[(act, act) for act in (FREEZE, UNFREEZE, TAKE_BACK)], widget=forms.HiddenInput)

    def __init__(self, *args: Any, act: str = FREEZE, **kwargs: Any) -> None:
        super().__init__(*args, **({"initial": {"act": act}} | kwargs))
