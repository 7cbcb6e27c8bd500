"""What finance types to send an invoice (rule I4)."""

from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import ActForm
from invoicing.models import TransmissionChannel


def _fresh_key() -> str:
    return str(uuid4())


class SendForm(ActForm):
    """Send it (again): by e-mail to an address, as e-invoice where that is possible, or leave it in the portal."""

    channel = forms.ChoiceField(
        label=_("How"), choices=TransmissionChannel.choices, initial=TransmissionChannel.MAIL, widget=forms.RadioSelect
    )
    address = forms.EmailField(label=_("To this e-mail address"), max_length=254, required=False)
    key = forms.CharField(max_length=60, widget=forms.HiddenInput, initial=_fresh_key)

    def __init__(self, *args: Any, by_peppol: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        channels = [TransmissionChannel.MAIL, TransmissionChannel.ACCESS_POINT, TransmissionChannel.PORTAL]
        offered = [channel for channel in channels if by_peppol or channel != TransmissionChannel.ACCESS_POINT]
        self.fields["channel"].choices = [(channel.value, channel.label) for channel in offered]  # type: ignore[attr-defined]
