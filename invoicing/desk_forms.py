"""What finance types about invoices."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar
from urllib.parse import urlencode
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from djmoney.money import Money

from clients.models import Organisation
from core.fields import AmountField, DayField
from core.formatting import money
from core.forms import ActForm
from invoicing import listing
from invoicing.buyers import Asked
from invoicing.crediting import Asked as ToCredit
from invoicing.listing import Wanted
from invoicing.models import Invoice, InvoiceQuerySet, InvoiceState, SentBy
from invoicing.settlement import Received

WHOLE, PARTS = "whole", "parts"


def _fresh_key() -> str:
    return str(uuid4())


class FilterForm(forms.Form):
    """What the list shows: the address is the truth, and whatever cannot be read in it is left out."""

    tab = forms.ChoiceField(choices=listing.TABS.items(), required=False, widget=forms.HiddenInput)
    client: forms.ModelChoiceField[Organisation] = forms.ModelChoiceField(
        label=_("Client"), queryset=Organisation.objects.none(), required=False, empty_label=pgettext_lazy("of a filter", "All")
    )
    first = DayField(label=_("From"), required=False)
    last = DayField(label=_("Until, included"), required=False)
    words = forms.CharField(label=_("Number, reference or client"), max_length=80, required=False)

    def __init__(self, data: Mapping[str, Any]) -> None:
        super().__init__(data, auto_id="filter_%s")
        self.fields["client"].queryset = Organisation.objects.filter(  # type: ignore[attr-defined]
            pk__in=Invoice.objects.values("organisation")
        ).order_by("name", "pk")

    @property
    def wanted(self) -> Wanted:
        """What is asked for."""
        self.is_valid()
        said = self.cleaned_data
        client = said.get("client")
        return Wanted(
            tab=said.get("tab") or listing.OPEN,
            client=client.pk if client else None,
            first=said.get("first"),
            last=said.get("last"),
            words=said.get("words", ""),
        )

    @property
    def query(self) -> str:
        """The filters as they stand in an address, but for the tab."""
        return urlencode([(name, str(self.data[name])) for name in self.fields if name != "tab" and self.data.get(name)])


class ChosenForm(forms.Form):
    """The drafts to be issued: those that are ticked, or `everything` that the list is narrowed to. The key begins one batch."""

    everything = forms.BooleanField(required=False)
    invoice: forms.ModelMultipleChoiceField[Invoice] = forms.ModelMultipleChoiceField(
        queryset=Invoice.objects.none(),
        required=False,
        error_messages={
            "invalid_choice": _("One of these drafts is no more. Nothing was issued."),
            "invalid_pk_value": _("One of these drafts is no more. Nothing was issued."),
        },
    )
    key = forms.CharField(max_length=60, required=False, widget=forms.HiddenInput, initial=_fresh_key)

    def __init__(self, *args: Any, invoices: InvoiceQuerySet, drafts: InvoiceQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.drafts = drafts
        chosen = invoices.exclude(state=InvoiceState.DROPPED).select_related("organisation").order_by("pk")
        self.fields["invoice"].queryset = chosen  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """What was chosen, in the order in which it is issued."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        said["chosen"] = self.drafts.order_by("pk") if said.get("everything") else said.get("invoice", ())
        said["key"] = said.get("key") or _fresh_key()
        if not said["chosen"] and not self.errors:
            self.add_error("invoice", _("Choose at least one draft. Nothing was issued."))
        return said


class ReferencesForm(ActForm):
    """The client's own references, on a draft (rule I8)."""

    buyer_reference = forms.CharField(label=_("Their reference"), max_length=80, required=False)
    order_reference = forms.CharField(label=_("Their order number"), max_length=80, required=False)


class PaymentForm(ActForm):
    """A payment that came in outside the bank files. The key lets the same form record once."""

    paid_on = DayField(label=_("Paid on"))
    amount = AmountField(label=_("Amount"))
    reference = forms.CharField(
        label=_("Reference of the payment"), help_text=_("As it stands in the bank statement."), max_length=80, required=False
    )
    key = forms.CharField(max_length=60, widget=forms.HiddenInput, initial=_fresh_key)

    def received(self, currency: str) -> Received:
        """The money that came in."""
        said = self.cleaned_data
        return Received(amount=Money(said["amount"], currency), paid_on=said["paid_on"], reference=said["reference"])


class CreditForm(ActForm):
    """What is credited of an invoice and why: all that is left, or a sum of some lines (rule I1)."""

    what = forms.ChoiceField(
        label=_("What is credited"),
        choices=[(WHOLE, _("All that is left")), (PARTS, _("The sums below, without VAT"))],
        initial=WHOLE,
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("Reason"), help_text=_("The client reads it on the credit note."), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )
    key = forms.CharField(max_length=60, widget=forms.HiddenInput, initial=_fresh_key)

    def __init__(self, *args: Any, left: Mapping[int, tuple[str, Money]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = {f"net_{pk}": pk for pk in left}
        for pk, (text, sum_left) in left.items():
            hint = _("At most %(left)s.") % {"left": money(sum_left)}
            self.fields[f"net_{pk}"] = AmountField(label=text, help_text=hint, required=False)
        self.order_fields(["what", *self.lines, "reason", "key"])

    @property
    def parts(self) -> dict[int, Decimal] | None:
        """Net sums by line; None: all that is left."""
        if self.cleaned_data["what"] == WHOLE:
            return None
        return {pk: self.cleaned_data[name] for name, pk in self.lines.items() if self.cleaned_data.get(name)}

    def asked(self, shown: str) -> ToCredit:
        """What is to be credited, for the sum that was shown."""
        return ToCredit(self.parts, self.cleaned_data["reason"], shown)


class BuyerForm(ActForm):
    """What a client asks of our invoices (rules I4, I8)."""

    email = forms.EmailField(label=_("E-mail address for invoices"), help_text=_("Empty: its approvers."), required=False)
    sent_by = forms.ChoiceField(label=_("Invoices are sent by"), choices=SentBy.choices)
    endpoint_scheme = forms.RegexField(
        label=_("Scheme of the electronic address"), help_text=_("0007 for Sweden."), regex=r"^[0-9]{4}\Z", required=False
    )
    endpoint = forms.CharField(label=_("Electronic address (Peppol)"), max_length=80, required=False)
    reference = forms.CharField(label=_("Their reference"), help_text=_("Stands on every new draft."), max_length=80, required=False)
    needs_order = forms.BooleanField(label=_("Needs an order number on every invoice"), required=False)
    payment_days = forms.IntegerField(label=_("Days to pay"), min_value=0, max_value=365, required=False)
    NAMES: ClassVar = ["email", "sent_by", "endpoint_scheme", "endpoint", "reference", "needs_order", "payment_days"]

    @property
    def asked(self) -> Asked:
        """How the client wants its invoices."""
        return Asked(**{name: self.cleaned_data[name] for name in self.NAMES})
