"""What an administrator types about business calendars (rule W1). Times are wall-clock in the calendar's zone."""

from dataclasses import replace
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from core.fields import DayField
from core.forms import ActForm
from sessions.hours import Interval
from sessions.hours_forms import IntervalsField
from worktime import calendars
from worktime.arithmetic import Opening
from worktime.calendars import LONGEST_REASON, Hours
from worktime.models import BusinessCalendar, Weekday


class HoursForm(ActForm):
    """The week of a calendar, a line for each day, the short days before holidays, and why they change."""

    template_name = "sessions/desk/_week_fields.html"

    has_eves = forms.BooleanField(label=_("Short before holidays"), required=False)
    eve = IntervalsField(label=_("Before a holiday"))
    reason = forms.CharField(label=_("Reason"), max_length=LONGEST_REASON)
    shown = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data: QueryDict | None = None, *, calendar: BusinessCalendar, auto_id: str = "id_%s") -> None:
        self.calendar = calendar
        self.was = calendars.written(calendar)
        initial: dict[str, Any] = {f"day{weekday}": _intervals(openings) for weekday, openings in self.was.weekly.items()}
        initial |= {"has_eves": calendar.has_eves, "eve": _intervals(self.was.eve or ()), "shown": calendar.version}
        super().__init__(data, initial=initial, auto_id=auto_id)
        self.fields = {f"day{day.value}": IntervalsField(label=day.label) for day in Weekday} | self.fields

    @property
    def hours(self) -> Hours:
        """What was written; dates with hours of their own, and holidays of the calendar's own, as they were."""
        said = self.cleaned_data
        weekly = {day.value: _openings(said[f"day{day.value}"]) for day in Weekday}
        return replace(self.was, weekly=weekly, eve=_openings(said["eve"]) if said["has_eves"] else None)


class DateForm(ActForm):
    """A date on which other hours hold, or none."""

    on = DayField(label=_("Date"))
    openings = IntervalsField(label=_("Open"), help_text=_("Like 10:00–14:00. Left empty, it is closed all day."))
    note = forms.CharField(label=_("Reason"), help_text=_("Clients can read it."), max_length=LONGEST_REASON)

    @property
    def said(self) -> dict[str, Any]:
        """What was written, as `calendars.give_date_hours` takes it."""
        return self.cleaned_data | {"openings": _openings(self.cleaned_data["openings"])}


class RestoreForm(ActForm):
    """The date on which the ordinary hours hold again."""

    on = forms.DateField(widget=forms.HiddenInput)


class ApprovalForm(ActForm):
    """Whose holidays of which year are approved."""

    country = forms.CharField(max_length=2, widget=forms.HiddenInput)
    subdivision = forms.CharField(max_length=10, required=False, widget=forms.HiddenInput)
    year = forms.IntegerField(min_value=2000, max_value=2099, widget=forms.HiddenInput)


def _intervals(openings: Any) -> list[Interval]:
    return [Interval(*opening) for opening in openings]


def _openings(intervals: list[Interval]) -> list[Opening]:
    return [(interval.opens, interval.closes) for interval in intervals]
