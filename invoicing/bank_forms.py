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

PAY, SPLIT, KEEP, IGNORE = "pay", "split", "keep", "ignore"


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
    """What becomes of money that waits. `split`: what is over an invoice stays to be dealt with."""

    act = forms.ChoiceField(choices=[(act, act) for act in (PAY, SPLIT, KEEP, IGNORE)])
    invoice = forms.CharField(label=_("Number of the invoice"), max_length=20, required=False)
    client = forms.ModelChoiceField(Organisation.objects.order_by("name"), label=_("Client"), required=False)
    reason = forms.CharField(label=_("Reason"), max_length=500, required=False)

    def clean_invoice(self) -> Invoice | None:
        """The issued invoice of that number."""
        number = self.cleaned_data["invoice"].strip()
        found = Invoice.objects.issued().filter(number=number, kind=InvoiceKind.INVOICE).first() if number else None
        if number and found is None:
            raise forms.ValidationError(_("There is no invoice with this number."))
        return found

    def clean(self) -> dict[str, Any]:
        """What the chosen way needs."""
        cleaned = super().clean() or {}
        needs = {PAY: "invoice", SPLIT: "invoice", KEEP: "client", IGNORE: "reason"}.get(cleaned.get("act", ""))
        if needs and not cleaned.get(needs) and needs not in self.errors:
            self.add_error(needs, _("This is needed here."))
        return cleaned


class UseForm(ActForm):
    """Pay an invoice with the client's money."""

    invoice = forms.ModelChoiceField(Invoice.objects.issued().filter(kind=InvoiceKind.INVOICE))
    key = forms.CharField(max_length=64)
