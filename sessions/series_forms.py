"""What clients type about a series: what comes again, on which days and when (rules R1, R2, W5)."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clients.models import Provider
from core.fields import DayField
from core.templatetags.tillgodo import city
from people.models import Person, validate_time_zone
from sessions.forms import WishForm
from sessions.models import Ordinal, Weekday
from sessions.series import SeriesWish

EVERY = [
    (1, _("Every month")),
    (2, _("Every second month")),
    (3, _("Every third month")),
    (4, _("Every fourth month")),
    (6, _("Twice a year")),
    (12, _("Once a year")),
]


class SeriesDayForm(WishForm):
    """On which days and when, with what was chosen in the step before."""

    ordinal = forms.TypedChoiceField(label=_("Which of the month"), coerce=int, choices=Ordinal.choices, initial=Ordinal.FIRST)
    weekday = forms.TypedChoiceField(label=_("Weekday"), coerce=int, choices=Weekday.choices, initial=Weekday.TUESDAY)
    every_months = forms.TypedChoiceField(label=_("How often"), coerce=int, choices=EVERY, initial=1)
    at_clock = forms.TimeField(
        label=pgettext_lazy("of the day", "Time"), initial="09:00", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    time_zone = forms.CharField(
        label=_("By the clock in"),
        help_text=_("It stays that time there, also when clocks change."),
        widget=forms.Select,
        validators=[validate_time_zone],
        max_length=64,
    )
    first_on = DayField(label=_("From"))
    last_on = DayField(label=_("Until"), required=False)

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, person=person, **kwargs)
        for name in WishForm.base_fields:
            self.fields[name].widget = self.fields[name].hidden_widget()
        said = str(self.data.get("time_zone", ""))[:64]
        zones = dict.fromkeys([person.time_zone, Provider.objects.get().time_zone, *([said] if said else [])])
        self.fields["time_zone"].widget.choices = [(zone, city(zone)) for zone in zones]
        self.fields["time_zone"].initial = person.time_zone
        self.fields["first_on"].initial = timezone.localdate()
        self.fields["first_on"].help_text = _("It begins with the first such day from then on.")
        self.fields["last_on"].help_text = _("Leave it empty for a series without an end. You can end it at any time.")

    @property
    def series_wish(self) -> SeriesWish:
        """What is to come again."""
        said = self.cleaned_data
        return SeriesWish(
            purpose=said["purpose"],
            title=said["title"],
            description=said.get("description", ""),
            estimate_minutes=said["minutes"],
            technician_count=said["technicians"],
            technician=said["technician"],
            **{name: said[name] for name in ("ordinal", "weekday", "every_months", "at_clock", "time_zone", "first_on", "last_on")},
        )


class SeriesForm(SeriesDayForm):
    """The whole series: what was chosen in the steps before is hidden, the details are asked for last."""

    description = forms.CharField(
        label=_("What should be done"),
        help_text=_("It stands in every booking of the series."),
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=4000,
        required=False,
    )
    key = forms.CharField(widget=forms.HiddenInput, max_length=36)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in SeriesDayForm.base_fields:
            self.fields[name].widget = forms.HiddenInput()

    @property
    def is_complete(self) -> bool:
        """Whether all is known that the consequence depends on."""
        return SeriesDayForm.base_fields.keys() <= self.cleaned_data.keys()
