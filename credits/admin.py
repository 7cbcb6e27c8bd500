"""Credit in the administration: its terms can be edited, the ledger can only be read (rules P1, C14).

An account can be opened here; its figures change by the ledger's verbs alone.
"""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from simple_history.admin import SimpleHistoryAdmin

from clients.admin import OneRowAdmin, ReadOnly
from credits.accounts import open_account
from credits.models import Campaign, CreditAccount, CreditTerms, Debt, Entry, Hold, HoldPart, Lot, Move, TopUp


@admin.register(CreditTerms)
class CreditTermsAdmin(OneRowAdmin):
    """What credit costs and how it is counted; the profile loads it."""

    list_display = ("__str__", "man_day_minutes", "minimum_top_up_minutes", "price_per_hour", "vat_percent", "rounding_step_minutes")


@admin.register(Campaign)
class CampaignAdmin(SimpleHistoryAdmin):
    """Bonus minutes for top-ups of a time."""

    list_display = ("name", "first_on", "last_on", "minimum_minutes", "bonus_percent")
    ordering = ("-first_on", "name")


@admin.register(CreditAccount)
class CreditAccountAdmin(ReadOnly, admin.ModelAdmin[CreditAccount]):
    """Who has how much, in minutes."""

    list_display = ("organisation", "name", "available_minutes", "held_minutes", "frozen_minutes", "debt_minutes", "entry_count")
    list_select_related = ("organisation",)
    search_fields = ("organisation__name", "name")
    ordering = ("organisation__name", "name")
    fields = ("organisation", "name", "reference")
    figures = ("available_minutes", "held_minutes", "frozen_minutes", "debt_minutes", "entry_count", "low_since")
    autocomplete_fields = ("organisation",)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """An empty account may be opened by hand."""
        return admin.ModelAdmin.has_add_permission(self, request)

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """The figures too, once there are any."""
        return (*self.fields, *self.figures) if obj else self.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """The figures are the ledger's."""
        return self.figures if obj else ()

    def save_model(self, request: HttpRequest, obj: CreditAccount, form: forms.ModelForm[CreditAccount], change: bool) -> None:
        """Open the account as everybody else does."""
        obj.pk = open_account(organisation=obj.organisation, name=obj.name, reference=obj.reference).pk


class MoveInline(ReadOnly, admin.TabularInline[Move, Model]):
    """What an entry moved, from which pocket to which."""

    model = Move
    fk_name: str | None = "entry"
    extra = 0


@admin.register(Entry)
class EntryAdmin(ReadOnly, admin.ModelAdmin[Entry]):
    """The ledger, newest first. Append-only in the database itself."""

    list_display = ("account", "number", "kind", "minutes", "balance_after", "occurred_on", "recorded_at", "by", "text", "reason")
    list_filter = ("kind",)
    list_select_related = ("account__organisation", "by")
    search_fields = ("account__organisation__name", "cause", "text")
    ordering = ("-pk",)
    inlines = (MoveInline,)


@admin.register(Lot)
class LotAdmin(ReadOnly, admin.ModelAdmin[Lot]):
    """What was bought or given, and where its minutes are."""

    list_display = (
        "account",
        "source",
        "granted_at",
        "expires_on",
        "price_per_hour",
        "granted_minutes",
        "available_minutes",
        "held_minutes",
        "spent_minutes",
        "expired_minutes",
    )
    list_filter = ("source",)
    list_select_related = ("account__organisation",)
    search_fields = ("account__organisation__name",)
    ordering = ("-pk",)


class HoldPartInline(ReadOnly, admin.TabularInline[HoldPart, Model]):
    """Which lots cover the hold."""

    model = HoldPart
    extra = 0


@admin.register(Hold)
class HoldAdmin(ReadOnly, admin.ModelAdmin[Hold]):
    """What is promised, and how much of it is covered."""

    list_display = ("account", "cause", "state", "minutes", "covered_minutes", "captured_minutes", "placed_at", "resolved_at")
    list_filter = ("state",)
    list_select_related = ("account__organisation",)
    search_fields = ("account__organisation__name", "cause")
    ordering = ("-pk",)
    inlines = (HoldPartInline,)


@admin.register(Debt)
class DebtAdmin(ReadOnly, admin.ModelAdmin[Debt]):
    """What credit did not cover, at the price of its day (rule C11)."""

    list_display = ("account", "entry", "minutes", "open_minutes", "paid_minutes", "reversed_minutes", "price_per_hour", "vat_percent")
    list_select_related = ("account__organisation", "entry")
    search_fields = ("account__organisation__name",)
    ordering = ("-pk",)


@admin.register(TopUp)
class TopUpAdmin(ReadOnly, admin.ModelAdmin[TopUp]):
    """What was ordered; finance marks it paid on the desk."""

    list_display = ("account", "minutes", "net", "total", "state", "ordered_at", "ordered_by", "paid_on", "payment_reference")
    list_filter = ("state",)
    list_select_related = ("account__organisation", "ordered_by")
    search_fields = ("account__organisation__name", "reference", "payment_reference")
    ordering = ("-pk",)
