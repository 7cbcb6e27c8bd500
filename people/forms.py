"""What a person settles for themselves."""

from typing import Any, ClassVar
from zoneinfo import available_timezones

from django import forms

from people.models import Person


class PreferencesForm(forms.ModelForm[Person]):
    """Name, language and time zone; the rest of an account is not a person's own to change."""

    class Meta:
        model = Person
        fields = ("name", "language", "time_zone")
        widgets: ClassVar = {"time_zone": forms.Select}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/"))
        self.fields["time_zone"].widget.choices = [(zone, zone.replace("_", " ")) for zone in ("UTC", *zones)]
