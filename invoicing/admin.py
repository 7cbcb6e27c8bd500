"""The terms of invoicing in the administration (rules P1, I2 to I5); what was issued stays as it was issued (rule I1)."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin

from clients.admin import OneRowAdmin
from invoicing import sound_terms
from invoicing.models import InvoicingTerms


class InvoicingTermsForm(forms.ModelForm[InvoicingTerms]):
    """What cannot be is refused as when a profile is loaded. The access point stands in the profile alone, beside its key."""

    class Meta:
        model = InvoicingTerms
        exclude: ClassVar[tuple[str, ...]] = ("access_point",)

    def clean(self) -> dict[str, Any]:
        """Refuse an account with a wrong digit, an address that cannot be, a logo that is not there."""
        cleaned = super().clean() or {}
        columns = {field.name for field in InvoicingTerms._meta.concrete_fields}
        said = InvoicingTerms(**{name: value for name, value in cleaned.items() if value is not None and name in columns})
        for name, why in sound_terms.wrong_with(said).items():
            if name not in self.errors:
                self.add_error(name, str(why))
        return cleaned


@admin.register(InvoicingTerms)
class InvoicingTermsAdmin(OneRowAdmin):
    """How the provider invoices from the next invoice on; the profile loads it."""

    form = InvoicingTermsForm
    list_display = ("__str__", "payment_days", "bankgiro", "plusgiro", "iban", "freeze_days")
