"""Sessions in the administration: what is offered can be edited, what happened can only be read (rules P1, C17, R1, R2, R6)."""

from datetime import date
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import HttpRequest
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _
from simple_history.admin import SimpleHistoryAdmin

from clients.admin import OneRowAdmin, ReadOnly
from clients.administered import ReasonedAdmin
from sessions.bands import MIDNIGHT
from sessions.models import (
    Consent,
    Dispute,
    DisputeLine,
    ExceptionKind,
    HoursException,
    PassedOver,
    PenaltyKind,
    Purpose,
    Reservation,
    Series,
    Session,
    SessionEvent,
    SessionTerms,
    SkillLevel,
    Technician,
    TimeBand,
    WeeklyHours,
    WorkEntry,
)
from worktime import holiday_dates
from worktime.wall_clock import exists

A_YEAR = 366 * 24 * 60
"""Minutes: beyond that a reminder is a slip of the pen."""


class SessionTermsForm(forms.ModelForm[SessionTerms]):
    """The sanctioned kinds are ticked, not typed; reminders are a list of minutes."""

    penalty_kinds = forms.MultipleChoiceField(
        label=_("Sanctioned"), choices=PenaltyKind.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    reminder_minutes = forms.JSONField(label=_("Reminders before the start"), required=False)

    class Meta:
        model = SessionTerms
        exclude: ClassVar[tuple[str, ...]] = ()  # all of them

    def clean_reminder_minutes(self) -> list[int]:
        """A list of whole minutes, the longest first; none at all is a choice too (rule R5)."""
        minutes = self.cleaned_data["reminder_minutes"] or []
        if not isinstance(minutes, list) or not all(type(each) is int and 0 < each <= A_YEAR for each in minutes):
            raise ValidationError(_("Please name whole minutes before the start, up to a year, like [2880, 1500, 60]."))
        return sorted(set(minutes), reverse=True)


@admin.register(SessionTerms)
class SessionTermsAdmin(OneRowAdmin):
    """The terms of the next booking; the profile loads them. Minutes, unless the name says otherwise."""

    form = SessionTermsForm
    list_display = ("__str__", "notice_minutes", "penalty_minutes", "estimate_step_minutes", "tolerance_percent")

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """All fields, with their unit."""
        return [(None, {"fields": self.get_fields(request, obj), "description": _("Minutes, unless the name says otherwise.")})]


class DatesField(forms.CharField):
    """Dates, a line each, as the list of ISO dates that is kept."""

    widget = forms.Textarea(attrs={"rows": 6, "cols": 12})

    def prepare_value(self, value: Any) -> Any:
        """A line for each."""
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        """In order, each once; anything but a date is refused by its line."""
        return sorted({self._date(line) for line in super().clean(value).split()})

    def _date(self, line: str) -> str:
        try:
            return date.fromisoformat(line).isoformat()
        except ValueError:
            raise forms.ValidationError(_("“%(line)s” is not a date like 2026-12-24.") % {"line": line}) from None


class TimeBandForm(forms.ModelForm[TimeBand]):
    """Weekdays are ticked, dates are written a line each."""

    weekdays = forms.TypedMultipleChoiceField(
        label=_("Weekdays"), choices=list(WEEKDAYS.items()), coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )
    dates = DatesField(
        label=_("Dates"), required=False, help_text=_("A line each, like 2026-12-24. They count whatever their weekday, and beat weekdays.")
    )

    class Meta:
        model = TimeBand
        exclude: ClassVar[tuple[str, ...]] = ()  # all of them

    def clean(self) -> dict[str, Any] | None:
        """A band is at some time: on some day, and it opens before it closes."""
        said = super().clean() or {}
        if {"weekdays", "dates"} <= said.keys() and not (said["weekdays"] or said["dates"]):
            self.add_error("weekdays", _("Name weekdays, dates, or both: else the band is never."))
        if {"opens", "closes"} <= said.keys() and said["closes"] <= said["opens"] and said["closes"] != MIDNIGHT:
            self.add_error("closes", _("A band closes after it opens; 00:00 is midnight. A night is two bands."))
        return said


@admin.register(TimeBand)
class TimeBandAdmin(ReasonedAdmin):
    """When time counts more, or less. One that was used is not deleted: it is no longer offered."""

    form = TimeBandForm
    list_display = ("code", "name_en", "name_sv", "opens", "closes", "factor_percent", "position", "offered")
    list_filter = ("offered",)
    ordering = ("position", "pk")

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """All fields, with how bands work."""
        text = _(
            "By the clock of the provider. A session that begins in a band has its factor for all of it. Of several bands the "
            "first by position counts. Sessions that are booked keep the factor that was agreed."
        )
        return [(None, {"fields": self.get_fields(request, obj), "description": text})]


@admin.register(SkillLevel)
class SkillLevelAdmin(ReasonedAdmin):
    """Work that takes a certain skill counts more, or less. Purposes name the level that they take."""

    list_display = ("code", "name_en", "name_sv", "factor_percent", "position", "offered")
    list_filter = ("offered",)
    ordering = ("position", "pk")


@admin.register(Purpose)
class PurposeAdmin(SimpleHistoryAdmin):
    """What a booking can be for. One that was used is not deleted: it is no longer offered."""

    list_display = ("code", "name_en", "name_sv", "skill_level", "position", "offered")
    list_select_related = ("skill_level",)
    list_filter = ("offered",)
    ordering = ("position", "pk")


class WeeklyHoursInline(admin.TabularInline[WeeklyHours, Technician]):
    """When the technician works, by the clock in the technician's zone."""

    model = WeeklyHours
    extra = 0
    ordering = ("weekday", "opens")


class HoursExceptionForm(forms.ModelForm[HoursException]):
    """Days or hours off, or extra hours, by the clock in the technician's zone."""

    class Meta:
        model = HoursException
        exclude: ClassVar[tuple[str, ...]] = ()  # all of them

    def clean(self) -> dict[str, Any] | None:
        """The dates and the times are in order; extra hours have times; a time on a single date exists then (rule W5)."""
        said = super().clean() or {}
        if not {"kind", "first_on", "last_on", "opens", "closes"} <= said.keys():
            return said
        opens, closes = said["opens"], said["closes"]
        if said["last_on"] < said["first_on"]:
            self.add_error("last_on", _("The last day is before the first."))
        if (opens is None) != (closes is None) or (opens is None and said["kind"] == ExceptionKind.EXTRA):
            self.add_error("opens", _("Name both times, or none where the whole day is off."))
        elif opens is not None and closes <= opens and closes != MIDNIGHT:
            self.add_error("closes", _("Hours close after they open; 00:00 is midnight."))
        elif opens is not None and said["first_on"] == said["last_on"]:
            self._check_exists(said["first_on"], said)
        return said

    def _check_exists(self, on: date, said: dict[str, Any]) -> None:
        technician = Technician.objects.filter(pk=self.instance.technician_id).first()
        if technician is None:  # a new one, whose zone is not saved yet
            return
        for name in ("opens", "closes"):
            if not exists(on, said[name], technician.zone):
                self.add_error(name, _("This time does not exist on that day: the clocks were put forward over it."))


class HoursExceptionInline(admin.TabularInline[HoursException, Technician]):
    """Dates on which the technician works otherwise."""

    model = HoursException
    form = HoursExceptionForm
    extra = 0
    ordering = ("first_on", "opens")


class TechnicianForm(forms.ModelForm[Technician]):
    """Who does sessions; public holidays are those of a country that has a calendar."""

    class Meta:
        model = Technician
        exclude: ClassVar[tuple[str, ...]] = ()  # all of them

    def clean(self) -> dict[str, Any] | None:
        """A country is known, and so is the part of it that is named."""
        said = super().clean() or {}
        country, subdivision = said.get("country", ""), said.get("subdivision", "")
        if country and not holiday_dates.are_known(country, ""):
            self.add_error("country", _("No public holidays are known for “%(code)s”.") % {"code": country})
        elif country and not holiday_dates.are_known(country, subdivision):
            self.add_error("subdivision", _("No public holidays are known for “%(code)s”.") % {"code": subdivision})
        return said


@admin.register(Technician)
class TechnicianAdmin(ReasonedAdmin):
    """Who does sessions, and when."""

    form = TechnicianForm
    list_display = ("person", "time_zone", "bookable")
    list_filter = ("bookable",)
    list_select_related = ("person",)
    search_fields = ("person__name", "person__email")
    autocomplete_fields = ("person",)
    filter_horizontal = ("purposes", "bands")
    ordering = ("person__name",)
    inlines = (WeeklyHoursInline, HoursExceptionInline)

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """All fields, with what opens and closes a technician's time."""
        text = _(
            "Sessions are open in the weekly hours and in the time bands that are chosen here, but for public holidays of the "
            "country (without one, of the provider’s) and for what is off. A session that begins in a time band is done by "
            "those who offer it. A band that names dates is open on holidays too, and so are extra hours."
        )
        return [(None, {"fields": self.get_fields(request, obj), "description": text})]


class ReservationInline(ReadOnly, admin.TabularInline[Reservation, Session]):
    """Whose time the session takes."""

    model = Reservation
    extra = 0


class WorkInline(ReadOnly, admin.TabularInline[WorkEntry, Session]):
    """Time worked."""

    model = WorkEntry
    extra = 0


class ConsentInline(ReadOnly, admin.TabularInline[Consent, Session]):
    """The client's word on more time."""

    model = Consent
    extra = 0


class EventInline(ReadOnly, admin.TabularInline[SessionEvent, Session]):
    """Everything that happened."""

    model = SessionEvent
    extra = 0
    ordering = ("pk",)


@admin.register(Session)
class SessionAdmin(ReadOnly, admin.ModelAdmin[Session]):
    """Sessions, with who worked and all that happened."""

    list_display = ("title", "organisation", "state", "starts_at", "estimate_minutes", "technician_count", "charged_minutes")
    list_filter = ("state", "purpose")
    list_select_related = ("organisation",)
    search_fields = ("title", "organisation__name", "cause")
    ordering = ("-pk",)
    inlines = (ReservationInline, WorkInline, ConsentInline, EventInline)


@admin.register(SessionEvent)
class SessionEventAdmin(ReadOnly, admin.ModelAdmin[SessionEvent]):
    """Every step of every session, newest first."""

    list_display = ("session", "kind", "at", "by", "reason")
    list_filter = ("kind",)
    list_select_related = ("session", "by")
    search_fields = ("session__title", "reason")
    ordering = ("-pk",)


class DisputeLineInline(ReadOnly, admin.TabularInline[DisputeLine, Model]):
    """The client's figure, and what it was settled at."""

    model = DisputeLine
    extra = 0


@admin.register(Dispute)
class DisputeAdmin(ReadOnly, admin.ModelAdmin[Dispute]):
    """Disputed hours and how they were settled."""

    list_display = ("session", "round", "raised_at", "raised_by", "due_at", "outcome", "settled_at", "settled_by")
    list_filter = ("outcome",)
    list_select_related = ("session", "raised_by", "settled_by")
    ordering = ("-pk",)
    inlines = (DisputeLineInline,)


class PassedOverInline(ReadOnly, admin.TabularInline[PassedOver, Series]):
    """The dates for which nothing was booked."""

    model = PassedOver
    extra = 0
    fields = ("on", "at", "why")
    readonly_fields = ("why",)
    ordering = ("on",)


@admin.register(Series)
class SeriesAdmin(ReadOnly, admin.ModelAdmin[Series]):
    """Series of sessions, with the dates that were passed over."""

    list_display = ("title", "organisation", "rhythm", "at_clock", "made_by", "ended_at")
    list_select_related = ("organisation", "made_by")
    search_fields = ("title", "organisation__name", "cause")
    ordering = ("-pk",)
    inlines = (PassedOverInline,)
