"""Sessions in the administration: terms, purposes and technicians can be edited, what happened can only be read (rules P1, R1, R2, R6)."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from simple_history.admin import SimpleHistoryAdmin

from clients.admin import OneRowAdmin, ReadOnly
from sessions.models import (
    Consent,
    Dispute,
    DisputeLine,
    PenaltyKind,
    Purpose,
    Reservation,
    Session,
    SessionEvent,
    SessionTerms,
    Technician,
    WeeklyHours,
    WorkEntry,
)


class SessionTermsForm(forms.ModelForm[SessionTerms]):
    """The sanctioned kinds are ticked, not typed."""

    penalty_kinds = forms.MultipleChoiceField(
        label=_("Sanctioned"), choices=PenaltyKind.choices, required=False, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = SessionTerms
        exclude: ClassVar[tuple[str, ...]] = ()  # all of them


@admin.register(SessionTerms)
class SessionTermsAdmin(OneRowAdmin):
    """The terms of the next booking; the profile loads them. Minutes, unless the name says otherwise."""

    form = SessionTermsForm
    list_display = ("__str__", "notice_minutes", "penalty_minutes", "estimate_step_minutes", "tolerance_percent")

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """All fields, with their unit."""
        return [(None, {"fields": self.get_fields(request, obj), "description": _("Minutes, unless the name says otherwise.")})]


@admin.register(Purpose)
class PurposeAdmin(SimpleHistoryAdmin):
    """What a booking can be for. One that was used is not deleted: it is no longer offered."""

    list_display = ("code", "name_en", "name_sv", "position", "offered")
    list_filter = ("offered",)
    ordering = ("position", "pk")


class WeeklyHoursInline(admin.TabularInline[WeeklyHours, Technician]):
    """When the technician works, by the clock in the technician's zone."""

    model = WeeklyHours
    extra = 0
    ordering = ("weekday", "opens")


@admin.register(Technician)
class TechnicianAdmin(SimpleHistoryAdmin):
    """Who does sessions, and when."""

    list_display = ("person", "time_zone", "bookable")
    list_filter = ("bookable",)
    list_select_related = ("person",)
    search_fields = ("person__name", "person__email")
    autocomplete_fields = ("person",)
    filter_horizontal = ("purposes",)
    ordering = ("person__name",)
    inlines = (WeeklyHoursInline,)


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
