"""What is typed about who works when (rules R2, C17). Times are wall-clock in the technician's zone."""

import json
import re
from datetime import time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from core.fields import DayField
from core.forms import ActForm
from sessions import holiday_calendars, hours
from sessions.hours import Deviation, Interval
from sessions.models import ExceptionKind, Technician, TimeBand, Weekday

A_TIME = r"(\d{1,2})(?:[:.](\d{2}))?"
AN_INTERVAL = re.compile(rf"\s*{A_TIME}\s*(?:-|–|—|−)\s*{A_TIME}\s*", re.ASCII)
MOST_A_DAY = 10


class IntervalsField(forms.CharField):
    """The intervals of one day as people write them: "08:00–12:00, 13–17". Nothing: a free day."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, max_length=200, **options)

    def to_python(self, value: Any) -> Any:
        """The intervals, in order. What cannot be read is refused by its words."""
        written = super().to_python(value) or ""
        parts = [part for part in re.split(r"[,;]", written) if part.strip()]
        if len(parts) > MOST_A_DAY:
            raise ValidationError(_("That is too much for one day. Please write at most ten intervals."))
        return sorted(_interval(part) for part in parts)

    def prepare_value(self, value: Any) -> Any:
        """As it is read again."""
        return ", ".join(map(str, value)) if isinstance(value, list) else value


class WeekForm(ActForm):
    """The hours of a week, a line for each day, and those that were shown when it was opened."""

    template_name = "sessions/desk/_week_fields.html"

    shown = forms.CharField(widget=forms.HiddenInput, max_length=4000)

    def __init__(self, data: QueryDict | None = None, *, technician: Technician, auto_id: str = "id_%s") -> None:
        week = hours.week_of(technician)
        initial: dict[str, Any] = {f"day{weekday}": intervals for weekday, intervals in week.items()}
        super().__init__(data, initial=initial | {"shown": _written(week)}, auto_id=auto_id)
        self.fields = {f"day{day.value}": IntervalsField(label=day.label) for day in Weekday} | self.fields

    def clean_shown(self) -> dict[int, list[Interval]]:
        """What was shown, read again."""
        try:
            week = json.loads(self.cleaned_data["shown"])
            return {int(day): [Interval(*map(time.fromisoformat, pair)) for pair in pairs] for day, pairs in week.items()}
        except (ValueError, TypeError, AttributeError):
            raise ValidationError(_("Please open this page again.")) from None

    @property
    def week(self) -> dict[int, list[Interval]]:
        """What was written."""
        return {day.value: self.cleaned_data[f"day{day.value}"] for day in Weekday}


class ExceptionForm(ActForm):
    """Dates on which other hours hold."""

    template_name = "sessions/desk/_exception_fields.html"

    kind = forms.ChoiceField(label=_("What"), choices=ExceptionKind.choices, widget=forms.RadioSelect, initial=ExceptionKind.OFF)
    first_on = DayField(label=_("From"))
    last_on = DayField(label=_("Until and including"), required=False)
    opens = forms.TimeField(label=_("From what time"), required=False, widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}))
    closes = forms.TimeField(label=_("To what time"), required=False, widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}))
    note = forms.CharField(label=_("Note"), max_length=200, required=False)

    @property
    def deviation(self) -> Deviation:
        """What was written. Without a last day it is one day."""
        said = self.cleaned_data
        return Deviation(**said | {"kind": ExceptionKind(said["kind"]), "last_on": said["last_on"] or said["first_on"]})


class RemovalForm(ActForm):
    """Which exception is to be removed."""

    exception = forms.IntegerField(min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)


class OfferForm(ActForm):
    """What else a technician offers: time bands, and whose public holidays are free."""

    bands: forms.ModelMultipleChoiceField[TimeBand] = forms.ModelMultipleChoiceField(
        label=_("Also works in"), queryset=None, required=False, widget=forms.CheckboxSelectMultiple
    )
    country = forms.ChoiceField(label=_("Public holidays of"), required=False)
    subdivision = forms.CharField(
        label=_("Part of the country"),
        help_text=_("Only where it has holidays of its own: its code, like BY for Bavaria."),
        max_length=10,
        required=False,
    )

    def __init__(self, data: QueryDict | None = None, *, technician: Technician, auto_id: str = "id_%s") -> None:
        initial = {"bands": technician.bands.all(), "country": technician.country, "subdivision": technician.subdivision}
        super().__init__(data, initial=initial, auto_id=auto_id)
        bands = TimeBand.objects.filter(offered=True).order_by("position", "pk")
        self.fields["bands"].queryset = bands  # type: ignore[attr-defined]  # a model choice field
        self.fields["country"].choices = [("", _("The provider’s country")), *holiday_calendars.countries()]  # type: ignore[attr-defined]
        if not bands:
            del self.fields["bands"]


class CalendarForm(ActForm):
    """The secret address of a technician's own calendar. It is never shown again."""

    url = forms.CharField(
        label=_("Secret address of the calendar"),
        help_text=_("Your calendar program shows it as “secret address in iCal format” or “publish calendar”. It begins with https://."),
        max_length=2000,
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
    )


def _interval(written: str) -> Interval:
    found = AN_INTERVAL.fullmatch(written)
    if found is None:
        raise ValidationError(_("“%(part)s” cannot be read. Write hours like 08:00–12:00.") % {"part": written.strip()})
    begins, begins_minute, ends, ends_minute = found.groups(default="0")
    try:
        interval = Interval(time(int(begins), int(begins_minute)), time(int(ends) % 24 if ends == "24" else int(ends), int(ends_minute)))
    except ValueError:
        raise ValidationError(_("“%(part)s” is no time of the day. Write hours like 08:00–12:00.") % {"part": written.strip()}) from None
    if interval.is_backwards or (ends == "24" and interval.closes != time(0)):
        raise ValidationError(_("“%(part)s” ends before it begins; 00:00 is midnight.") % {"part": written.strip()})
    return interval


def _written(week: dict[int, list[Interval]]) -> str:
    """The week as its form carries it along."""
    pairs = {day: [(interval.opens.isoformat(), interval.closes.isoformat()) for interval in found] for day, found in week.items()}
    return json.dumps(pairs)
