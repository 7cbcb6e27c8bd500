"""Delivery in the administration: terms and limits can be edited, with history; what happened can only be read (rules P1, D1, C14)."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import ForeignKey
from django.http import HttpRequest
from django.utils.translation import gettext as _

from clients import provider
from clients.access import staff
from clients.admin import OneRowAdmin, ReadOnly
from clients.administered import ReasonedAdmin
from clients.models import StaffDuty
from core.errors import DomainError
from delivery import limits
from delivery.models import (
    Acceptance,
    Billable,
    Completion,
    DeliveryCost,
    DeliveryTask,
    DeliveryTerms,
    DeliveryTime,
    Estimate,
    EstimateApproval,
    EstimateLine,
    Fault,
    ManagerLimit,
    Milestone,
    SpokenAnswer,
    TaskEvent,
    TaskMessage,
)

MOST_DAYS = 365


class DeliveryTermsForm(forms.ModelForm[DeliveryTerms]):
    """All prices in the currency of the books; reminders as days, each once."""

    class Meta:
        model = DeliveryTerms
        exclude: ClassVar[tuple[str, ...]] = ()  # all of them

    def clean_reminder_days(self) -> list[int]:
        """Whole days, from the largest to the smallest, as the profile reads them."""
        days = self.cleaned_data["reminder_days"]
        if not isinstance(days, list) or not all(type(day) is int and 1 <= day <= MOST_DAYS for day in days) or len(set(days)) < len(days):
            raise forms.ValidationError(_("Days as whole numbers in square brackets, like [7, 2], none twice."))
        return sorted(days, reverse=True)

    def clean(self) -> dict[str, Any]:
        """Estimates never mix currencies (rule D1)."""
        cleaned, books = super().clean() or {}, provider.current().currency
        for name in ("hourly_rate", "travel_rate", "mileage_rate"):
            price = cleaned.get(name)
            if price is not None and str(price.currency) != books:
                self.add_error(name, _("must be in %(currency)s, the currency of the books") % {"currency": books})
        return cleaned


@admin.register(DeliveryTerms)
class DeliveryTermsAdmin(OneRowAdmin):
    """What delivery costs and how it is approved, for the next estimate; the profile loads it."""

    form = DeliveryTermsForm
    list_display = ("__str__", "hourly_rate", "vat_percent", "validity_days", "second_above", "acceptance_days")


class ManagerLimitForm(forms.ModelForm[ManagerLimit]):
    """What cannot be is refused as on the account manager's own page."""

    class Meta:
        model = ManagerLimit
        fields = ("person", "passes_below", "second_above")

    def clean(self) -> dict[str, Any]:
        """Refuse here what the verb would refuse."""
        cleaned = super().clean() or {}
        if {"passes_below", "second_above"} <= cleaned.keys():
            try:
                limits.check(passes_below=cleaned["passes_below"], second_above=cleaned["second_above"])
            except DomainError as refusal:
                self.add_error(None, str(refusal))
        return cleaned


@admin.register(ManagerLimit)
class ManagerLimitAdmin(ReasonedAdmin):
    """Account managers choose their own limits on the desk; here they can be put right."""

    form = ManagerLimitForm
    list_display = ("person", "passes_below", "second_above")
    list_select_related = ("person",)
    search_fields = ("person__name",)
    ordering = ("person__name",)

    def formfield_for_foreignkey(self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        """Account managers only."""
        if db_field.name == "person":
            kwargs["queryset"] = staff(StaffDuty.ACCOUNT_MANAGER)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class MessageInline(ReadOnly, admin.TabularInline[TaskMessage, DeliveryTask]):
    """What was said."""

    model = TaskMessage
    extra = 0
    fields = ("at", "voice", "author", "text")
    ordering = ("pk",)


class EventInline(ReadOnly, admin.TabularInline[TaskEvent, DeliveryTask]):
    """Everything that happened."""

    model = TaskEvent
    extra = 0
    ordering = ("pk",)


class TimeInline(ReadOnly, admin.TabularInline[DeliveryTime, DeliveryTask]):
    """Time worked."""

    model = DeliveryTime
    extra = 0
    ordering = ("pk",)


class CostInline(ReadOnly, admin.TabularInline[DeliveryCost, DeliveryTask]):
    """Mileage and expenses."""

    model = DeliveryCost
    extra = 0
    ordering = ("pk",)


@admin.register(DeliveryTask)
class DeliveryTaskAdmin(ReadOnly, admin.ModelAdmin[DeliveryTask]):
    """Tasks, with what was said, done and spent."""

    list_display = ("__str__", "organisation", "state", "assignee", "accepted_net", "used_net", "currency", "opened_at", "closed_at")
    list_filter = ("state", "is_free")
    list_select_related = ("organisation", "assignee")
    search_fields = ("title", "organisation__name", "cause")
    ordering = ("-pk",)
    fields = (
        ("title", "organisation", "state"),
        "description",
        ("case", "contact", "assignee"),
        ("opened_at", "opened_by", "closed_at"),
        ("starts_on", "ends_on", "workspace"),
        ("is_free", "currency", "accepted_net", "workable_net", "used_net", "warned_at"),
        ("service", "cause"),
    )  # not `mail_token`: whoever knows it may write to the task
    inlines = (MessageInline, TimeInline, CostInline, EventInline)


@admin.register(TaskEvent)
class TaskEventAdmin(ReadOnly, admin.ModelAdmin[TaskEvent]):
    """Every step of every task, newest first."""

    list_display = ("task", "kind", "at", "by", "reason", "internal")
    list_filter = ("kind", "internal")
    list_select_related = ("task", "by")
    search_fields = ("task__title", "reason")
    ordering = ("-pk",)


class LineInline(ReadOnly, admin.TabularInline[EstimateLine, Estimate]):
    """What it is made of."""

    model = EstimateLine
    extra = 0
    ordering = ("position",)


class MilestoneInline(ReadOnly, admin.TabularInline[Milestone, Estimate]):
    """The parts that are invoiced as they are reached."""

    model = Milestone
    extra = 0
    ordering = ("position",)


class ApprovalInline(ReadOnly, admin.TabularInline[EstimateApproval, Estimate]):
    """Who approved which submission."""

    model = EstimateApproval
    extra = 0
    ordering = ("pk",)


@admin.register(Estimate)
class EstimateAdmin(ReadOnly, admin.ModelAdmin[Estimate]):
    """Estimates in all their versions."""

    list_display = ("__str__", "task", "kind", "basis", "state", "net", "total", "currency", "valid_until", "prepared_by")
    list_filter = ("state", "kind", "basis")
    list_select_related = ("task", "prepared_by")
    search_fields = ("task__title", "task__organisation__name", "cause")
    ordering = ("-pk",)
    inlines = (LineInline, MilestoneInline, ApprovalInline)


@admin.register(Acceptance)
class AcceptanceAdmin(ReadOnly, admin.ModelAdmin[Acceptance]):
    """The client's yes: who, when, from where, to which document and sum."""

    list_display = ("estimate", "person", "at", "way", "address", "second", "completed_at", "net", "total", "currency", "digest")
    list_filter = ("way", "pays_with")
    list_select_related = ("estimate", "person", "second")
    search_fields = ("estimate__task__title", "person__name", "digest")
    ordering = ("-pk",)


@admin.register(SpokenAnswer)
class SpokenAnswerAdmin(ReadOnly, admin.ModelAdmin[SpokenAnswer]):
    """Answers that came by phone or mail, as account managers recorded them."""

    list_display = ("estimate", "person", "accepts", "way", "said_at", "recorded_by", "recorded_at", "file_name", "digest")
    list_filter = ("accepts", "way")
    list_select_related = ("estimate", "person", "recorded_by")
    search_fields = ("estimate__task__title", "person__name", "digest")
    ordering = ("-pk",)
    exclude = ("file",)


class FaultInline(ReadOnly, admin.TabularInline[Fault, Completion]):
    """What the client found wrong."""

    model = Fault
    extra = 0
    ordering = ("number",)


@admin.register(Completion)
class CompletionAdmin(ReadOnly, admin.ModelAdmin[Completion]):
    """When it was told done, and what the client answered."""

    list_display = ("__str__", "task", "told_at", "told_by", "due_at", "answered_at", "accepted", "silent")
    list_filter = ("accepted", "silent")
    list_select_related = ("task", "told_by")
    search_fields = ("task__title", "task__organisation__name")
    ordering = ("-pk",)
    inlines = (FaultInline,)


@admin.register(Billable)
class BillableAdmin(ReadOnly, admin.ModelAdmin[Billable]):
    """What is to be invoiced, each exactly once."""

    list_display = ("text", "task", "kind", "net", "currency", "vat_percent", "minutes", "order_reference", "arose_at")
    list_filter = ("kind",)
    list_select_related = ("task",)
    search_fields = ("task__title", "task__organisation__name", "cause")
    ordering = ("-pk",)
