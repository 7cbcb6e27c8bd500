"""What a person settles for themselves."""

from typing import Any, ClassVar
from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext_lazy as _

from people.models import Person
from people.phones import e164


class PreferencesForm(forms.ModelForm[Person]):
    """Name, mobile phone, language and time zone; the rest of an account is not a person's own to change."""

    class Meta:
        model = Person
        fields = ("name", "mobile", "language", "time_zone")
        widgets: ClassVar = {"time_zone": forms.Select, "mobile": forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"})}
        help_texts: ClassVar = {"mobile": _("For texts to who is on call. With the number of the country: +46 70 123 45 67.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/"))
        self.fields["time_zone"].widget.choices = [(zone, zone.replace("_", " ")) for zone in ("UTC", *zones)]

    def clean_mobile(self) -> str:
        """The number as gateways want it."""
        return e164(self.cleaned_data["mobile"])
