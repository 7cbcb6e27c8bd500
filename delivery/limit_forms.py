"""What an account manager types about their own limits (rule D1)."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clients.reason_forms import ReasonForm


class LimitsForm(ReasonForm):
    """Two sums without VAT, each of which may be left out, and why. `second_above`: the provider's, None where there is none."""

    passes_below = forms.DecimalField(
        label=_("Passes by itself up to"),
        help_text=_("An estimate up to this sum, written by somebody else, goes to the client without your approval. Empty: none does."),
        max_digits=11,
        decimal_places=2,
        min_value=0,
        required=False,
    )
    second_above = forms.DecimalField(
        label=_("A second account manager above"), max_digits=11, decimal_places=2, min_value=0, required=False
    )

    def __init__(self, *args: Any, currency: str, usually: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("passes_below", "second_above"):
            self.fields[name].label = f"{self.fields[name].label} ({currency})"
        if usually:
            said = _("Above this sum another account manager has to approve as well. Empty: above %(sum)s, as everybody.")
            self.fields["second_above"].help_text = said % {"sum": usually}
        else:
            said = _("Above this sum another account manager has to approve as well. Empty: never.")
            self.fields["second_above"].help_text = said
