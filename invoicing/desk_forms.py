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
from core.forms import ActForm, ReasonForm, need
from invoicing import endpoints, issue_batches, listing
from invoicing.buyers import Asked
from invoicing.crediting import Asked as ToCredit
from invoicing.listing import Wanted
from invoicing.models import Invoice, InvoiceQuerySet, SentBy
from invoicing.settlement import MoreThanOpen, Received

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

    def clean(self) -> dict[str, Any]:
        """A period ends on or after the day it begins."""
        said = super().clean() or {}
        if said.get("first") and said.get("last") and said["last"] < said["first"]:
            self.add_error("last", _("The period ends before it begins. Choose a later last day."))
        return said

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
    """The drafts that are to be looked at before they are issued: those that are ticked, or `everything` the list is narrowed to."""

    everything = forms.BooleanField(required=False)
    invoice: forms.ModelMultipleChoiceField[Invoice] = forms.ModelMultipleChoiceField(
        queryset=Invoice.objects.none(),
        required=False,
        error_messages={
            "invalid_choice": _("One of these drafts is no more. Nothing was issued."),
            "invalid_pk_value": _("One of these drafts is no more. Nothing was issued."),
        },
    )

    def __init__(self, *args: Any, drafts: InvoiceQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.drafts = drafts
        self.fields["invoice"].queryset = drafts  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """What was chosen, in the order in which it is issued."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        chosen = self.drafts if said.get("everything") else said.get("invoice", self.drafts.none())
        said["chosen"] = list(chosen.select_related("organisation").order_by("pk")[: issue_batches.MOST_IN_A_BATCH + 1])
        if not said["chosen"] and not self.errors:
            self.add_error("invoice", _("Choose at least one draft. Nothing was issued."))
        if len(said["chosen"]) > issue_batches.MOST_IN_A_BATCH:
            self.add_error("invoice", issue_batches.TooManyChosen.message)
        return said


class ConfirmedForm(forms.Form):
    """Drafts as they were shown, which are issued as that or not at all. The key begins one batch."""

    shown = forms.RegexField(
        regex=r"^[0-9]{1,12}:[0-9a-f]{12}( [0-9]{1,12}:[0-9a-f]{12})*\Z",
        error_messages=dict.fromkeys(("invalid", "required"), _("Choose at least one draft. Nothing was issued.")),
        widget=forms.HiddenInput,
    )
    key = forms.CharField(max_length=60, required=False, widget=forms.HiddenInput, initial=_fresh_key)


class ReferencesForm(ActForm):
    """The client's own references, on a draft (rule I8)."""

    buyer_reference = forms.CharField(label=_("Their reference"), max_length=80, required=False)
    order_reference = forms.CharField(label=_("Their order number"), max_length=80, required=False)

    def __init__(self, *args: Any, needs_order: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if needs_order:
            self.fields["order_reference"].help_text = _("The client needs one on every invoice: without it the draft is not issued.")
            need(self.fields["order_reference"])


class PaymentForm(ActForm):
    """A payment that came in outside the bank files. The key lets the same form record once.

    More than is open is recorded only if `keep_rest` says so: it is asked for when it is known how much is over.
    """

    paid_on = DayField(label=_("Paid on"))
    amount = AmountField(label=_("Amount"))
    reference = forms.CharField(
        label=_("Reference of the payment"), help_text=_("As it stands in the bank statement."), max_length=80, required=False
    )
    keep_rest = forms.BooleanField(required=False, widget=forms.HiddenInput)
    key = forms.CharField(max_length=60, widget=forms.HiddenInput, initial=_fresh_key)

    def ask_about_rest(self) -> None:
        """Let it be said that what is over is kept, where that is what the payment was refused for."""
        if isinstance(self.refusal, MoreThanOpen) and self.refusal.still_open.amount > 0:
            rest = Money(self.cleaned_data["amount"], self.refusal.still_open.currency) - self.refusal.still_open
            self.fields["keep_rest"].widget = forms.CheckboxInput()
            self["keep_rest"].label = _("Record all of it, and keep %(rest)s as the client’s money") % {"rest": money(rest)}

    def received(self, currency: str) -> Received:
        """The money that came in."""
        said = self.cleaned_data
        return Received(amount=Money(said["amount"], currency), paid_on=said["paid_on"], reference=said["reference"])


class WriteOffForm(ReasonForm):
    """Giving up a debt: the sum that was shown, and why."""

    key = forms.CharField(max_length=60, widget=forms.HiddenInput, initial=_fresh_key)
    shown = forms.CharField(widget=forms.HiddenInput, max_length=20)

    def __init__(self, data: Mapping[str, Any] | None, *, shown: str) -> None:
        super().__init__(data, initial={"shown": shown})


class CreditForm(ActForm):
    """What is credited of an invoice and why: all that is left, or a sum of some lines (rule I1)."""

    what = forms.ChoiceField(
        label=_("What is credited"),
        choices=[(WHOLE, _("All that is not credited yet")), (PARTS, _("The sums below, without VAT"))],
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

    NAMES: ClassVar = ["email", "sent_by", "endpoint_scheme", "endpoint", "reference", "needs_order", "payment_days"]

    email = forms.EmailField(label=_("E-mail address for invoices"), help_text=_("Empty: its approvers."), required=False)
    sent_by = forms.ChoiceField(label=_("Invoices are sent by"), choices=SentBy.choices)
    endpoint_scheme = forms.RegexField(
        label=_("Scheme of the electronic address"),
        help_text=_("Of the list EAS: 0007 for a Swedish organisation number, 0088 for a GLN."),
        error_messages={"invalid": _("A scheme is four digits, like 0007.")},
        regex=r"^[0-9]{4}\Z",
        required=False,
    )
    endpoint = forms.CharField(label=_("Electronic address (Peppol)"), max_length=80, required=False)
    reference = forms.CharField(label=_("Their reference"), help_text=_("Stands on every new draft."), max_length=80, required=False)
    needs_order = forms.BooleanField(label=_("Needs an order number on every invoice"), required=False)
    payment_days = forms.IntegerField(label=_("Days to pay"), min_value=0, max_value=365, required=False)

    def clean(self) -> dict[str, Any]:
        """An electronic address is an identifier of its scheme."""
        said = super().clean() or {}
        scheme, address = said.get("endpoint_scheme", ""), said.get("endpoint", "")
        if "endpoint_scheme" not in self.errors and (wrong := endpoints.wrong_with(scheme, address)):
            self.add_error(wrong.field, str(wrong.why))
        return said

    @property
    def asked(self) -> Asked:
        """How the client wants its invoices."""
        return Asked(**{name: self.cleaned_data[name] for name in self.NAMES})
