"""Credit in the administration: its terms can be edited, the ledger can only be read (rules P1, C14).

An account can be opened and arranged here; its figures change by the ledger's verbs alone.
"""

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clients.admin import OneRowAdmin, ReadOnly
from clients.administered import ReasonedAdmin
from core.errors import DomainError
from credits import arrangements
from credits.arrangements import Arrangement
from credits.models import Campaign, CreditAccount, CreditTerms, Debt, Entry, Hold, HoldPart, Lot, Move, TopUp, Transfer
from people.models import Person


@admin.register(CreditTerms)
class CreditTermsAdmin(OneRowAdmin):
    """What credit costs and how it is counted; the profile loads it."""

    list_display = ("__str__", "man_day_minutes", "minimum_top_up_minutes", "price_per_hour", "vat_percent", "rounding_step_minutes")


@admin.register(Campaign)
class CampaignAdmin(ReasonedAdmin):
    """Bonus minutes for top-ups of a time."""

    list_display = ("name", "first_on", "last_on", "minimum_minutes", "bonus_percent")
    ordering = ("-first_on", "name")


class CreditAccountForm(forms.ModelForm[CreditAccount]):
    """How an account is arranged: what cannot be is refused as on the client's own page (rule C16)."""

    spenders = forms.ModelMultipleChoiceField(
        label=_("Who may spend from it"),
        help_text=_("Nobody chosen: every member of the organisation."),
        queryset=Person.objects.none(),
        required=False,
    )

    class Meta:
        model = CreditAccount
        fields = ("organisation", "name", "reference", "monthly_limit_minutes")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            members = Person.objects.filter(memberships__organisation=self.instance.organisation_id).order_by("name", "pk")
            self.fields["spenders"].queryset = members  # type: ignore[attr-defined]  # a choice field
            self.initial["spenders"] = sorted(arrangements.of(self.instance).spenders)

    @property
    def arrangement(self) -> Arrangement:
        """What is to be arranged, of a form that is well filled in."""
        said = self.cleaned_data
        return Arrangement(
            name=said["name"],
            reference=said["reference"],
            monthly_limit_minutes=said["monthly_limit_minutes"],
            spenders=frozenset(person.pk for person in said["spenders"]),
        )

    def clean(self) -> dict[str, Any]:
        """Refuse here what the verb would refuse."""
        cleaned = super().clean() or {}
        organisation = cleaned.get("organisation") or (self.instance.organisation if self.instance.pk else None)
        if organisation is None or {"name", "reference", "monthly_limit_minutes", "spenders"} - cleaned.keys():
            return cleaned
        try:
            arrangements.check(self.arrangement, organisation=organisation, besides=self.instance if self.instance.pk else None)
        except DomainError as refusal:
            self.add_error(None, str(refusal))
        return cleaned


@admin.register(CreditAccount)
class CreditAccountAdmin(ReadOnly, admin.ModelAdmin[CreditAccount]):
    """Who has how much, in minutes, and how the account is arranged."""

    form = CreditAccountForm
    list_display = ("organisation", "name", "available_minutes", "held_minutes", "frozen_minutes", "debt_minutes", "entry_count")
    list_select_related = ("organisation",)
    search_fields = ("organisation__name", "name")
    ordering = ("organisation__name", "name")
    fields = ("organisation", "name", "reference", "monthly_limit_minutes")
    figures = ("available_minutes", "held_minutes", "frozen_minutes", "debt_minutes", "entry_count", "low_since", "closed_at")
    autocomplete_fields = ("organisation",)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """An empty account may be opened by hand."""
        return admin.ModelAdmin.has_add_permission(self, request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """How it is arranged may be changed, until it is closed."""
        closed = isinstance(obj, CreditAccount) and obj.closed_at is not None
        return not closed and admin.ModelAdmin.has_change_permission(self, request, cast("CreditAccount | None", obj))

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """The figures too, once there are any; and who may spend, where that can be changed."""
        arranged = ("spenders",) if self.has_change_permission(request, obj) else ()
        return (*self.fields, *arranged, *self.figures) if obj else self.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """The figures are the ledger's; an account stays with its organisation."""
        return ("organisation", *self.figures) if obj else ()

    def save_model(self, request: HttpRequest, obj: CreditAccount, form: forms.ModelForm[CreditAccount], change: bool) -> None:
        """Open and arrange the account as everybody else does."""
        arrangement, by, at = cast(CreditAccountForm, form).arrangement, cast(Person, request.user), timezone.now()
        if change:
            arrangements.arrange(account=obj, arrangement=arrangement, by=by, at=at)
        else:
            obj.pk = arrangements.open_account(organisation=obj.organisation, arrangement=arrangement, by=by, at=at).pk


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


@admin.register(Transfer)
class TransferAdmin(ReadOnly, admin.ModelAdmin[Transfer]):
    """What is to go from one account to another; approvers agree to it on their pages (rule C16)."""

    list_display = ("source", "target", "minutes", "state", "proposed_at", "proposed_by", "source_approved_by", "target_approved_by")
    list_filter = ("state",)
    list_select_related = ("source__organisation", "target__organisation", "proposed_by", "source_approved_by", "target_approved_by")
    search_fields = ("source__organisation__name", "reason")
    ordering = ("-pk",)
