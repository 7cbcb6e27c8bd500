"""The forms of bank files, and of money that waits (rule I3)."""

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from cases import uploads
from clients.models import Organisation
from core.forms import ActForm
from invoicing.camt_xml import MOST_BYTES, TooLarge
from invoicing.models import Invoice, InvoiceKind

PAY, SPLIT, ROUND, KEEP, BACK, IGNORE, TAKE_UP = "pay", "split", "round", "keep", "back", "ignore", "take-up"
NEEDS = {PAY: "invoice", SPLIT: "invoice", ROUND: "invoice", KEEP: "client", BACK: "client", IGNORE: "reason", TAKE_UP: "reason"}
"""What can become of money that waits, and what must be said for it."""


class FileForm(ActForm):
    """A bank's file to be read."""

    file = forms.FileField(label=_("Bank file"), help_text=_("camt.053 or camt.054, as the bank gives it. Twice is harmless."))

    def __init__(self, *args: Any, request: HttpRequest | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.names_dropped = uploads.dropped(request)

    def clean_file(self) -> Any:
        """A file that is no larger than any bank's."""
        if self.cleaned_data["file"].size > MOST_BYTES:
            raise forms.ValidationError(TooLarge.message)
        return self.cleaned_data["file"]

    def clean(self) -> dict[str, Any]:
        """One that was dropped while it came was too large, and not left out."""
        if self.names_dropped:
            self.errors.pop("file", None)
            self.add_error("file", TooLarge.message)
        return super().clean() or {}


class DecisionForm(ActForm):
    """What becomes of money that waits. `split`: what is over an invoice stays to be dealt with; `back`: it is kept to be paid back.

    Only what the chosen act needs is asked for; `act` is that of an empty form.
    """

    act = forms.ChoiceField(choices=[(act, act) for act in NEEDS])
    invoice = forms.CharField(label=_("Number of the invoice"), max_length=20)
    client = forms.ModelChoiceField(Organisation.objects.order_by("name"), label=_("Client"), empty_label=_("Choose a client"))
    reason = forms.CharField(label=_("Reason"), max_length=500)

    def __init__(self, *args: Any, act: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked = str(self.data.get("act", "")) if self.is_bound else act
        for name in {"invoice", "client", "reason"} - {NEEDS.get(self.asked)}:
            del self.fields[name]

    def clean_invoice(self) -> Invoice:
        """The issued invoice of that number."""
        found = Invoice.objects.issued().filter(number=self.cleaned_data["invoice"].strip(), kind=InvoiceKind.INVOICE).first()
        if found is None:
            raise forms.ValidationError(_("There is no invoice with this number."))
        return found


class UseForm(ActForm):
    """Pay an invoice with the client's money."""

    invoice = forms.ModelChoiceField(Invoice.objects.issued().filter(kind=InvoiceKind.INVOICE))
    key = forms.CharField(max_length=64)
