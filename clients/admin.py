"""The provider, clients, their people, agreements, plans and rotas in the administration, with history (rules P1, P2, S18)."""

from datetime import date
from itertools import pairwise
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import ForeignKey, Model
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from simple_history.admin import SimpleHistoryAdmin

from clients.access import staff
from clients.administered import ReasonedAdmin
from clients.models import (
    AgreedService,
    Agreement,
    AgreementPlan,
    AgreementTarget,
    AgreementTerm,
    Deputyship,
    Invitation,
    Membership,
    OnCallMember,
    OnCallRota,
    OnCallSwap,
    Organisation,
    Plan,
    PlanFee,
    PlanPromise,
    PlanTarget,
    Priority,
    Provider,
    StaffDuty,
    StaffRole,
    VerifiedDomain,
)

admin.site.site_header = gettext_lazy("Tillgodo administration")
admin.site.site_title = gettext_lazy("Tillgodo administration")


class OneRowAdmin(ReasonedAdmin):
    """A table of one row: it can be changed, not added twice and not deleted."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only until the row is there."""
        return super().has_add_permission(request) and not self.model.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never."""
        return False

    def save_model(self, request: HttpRequest, obj: Model, form: forms.ModelForm[Model], change: bool) -> None:
        """The row is the first and only one."""
        obj.pk = 1
        super().save_model(request, obj, form, change)


class ReadOnly:
    """Rows that only the product's own verbs write: the administration shows them and changes nothing."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never."""
        return False


class ProviderForm(forms.ModelForm[Provider]):
    """A website without its scheme is taken for https."""

    website = forms.URLField(label=gettext_lazy("Website"), assume_scheme="https", required=False)

    class Meta:
        model = Provider
        exclude: ClassVar[tuple[str, ...]] = ()  # all of them


@admin.register(Provider)
class ProviderAdmin(OneRowAdmin):
    """The provider's identity; the profile loads it (rule P1)."""

    form = ProviderForm
    list_display = ("name", "legal_name", "organisation_number", "time_zone", "currency")


@admin.register(StaffRole)
class StaffRoleAdmin(ReadOnly, SimpleHistoryAdmin):
    """Who of the provider does what; duties are given and taken at the desk, which keeps an administrator."""

    list_display = ("person", "duty")
    list_filter = ("duty",)
    list_select_related = ("person",)
    search_fields = ("person__name", "person__email")
    autocomplete_fields = ("person",)
    ordering = ("person__name", "duty")


class MembershipInline(ReadOnly, admin.TabularInline[Membership, Organisation]):
    """The people of the organisation. They are invited, changed and ended on its page of people, where nobody raises themselves."""

    model = Membership
    extra = 0
    autocomplete_fields = ("person",)


class AgreementsFormSet(forms.BaseInlineFormSet[Agreement, Organisation, forms.ModelForm[Agreement]]):
    """Agreements that are typed in together must not overlap either (rule P3)."""

    def clean(self) -> None:
        """Refuse two agreements over the same days."""
        super().clean()
        typed = [form.cleaned_data for form in self.forms if hasattr(form, "cleaned_data") and not form.cleaned_data.get("DELETE")]
        periods = sorted((kept["starts_on"], kept.get("ends_on") or date.max) for kept in typed if kept.get("starts_on"))
        if any(begins < ended for (_starts, ended), (begins, _ends) in pairwise(periods)):
            raise ValidationError(_("Another agreement already covers some of these days."))


class AgreementInline(admin.StackedInline[Agreement, Organisation]):
    """What was agreed with the organisation, by period."""

    model = Agreement
    formset = AgreementsFormSet
    extra = 0
    ordering = ("starts_on",)


@admin.register(Organisation)
class OrganisationAdmin(ReasonedAdmin):
    """Clients, with their people and agreements."""

    list_display = ("name", "organisation_number", "country", "language", "account_manager", "deputy_manager")
    list_filter = ("country", "language")
    list_select_related = ("account_manager", "deputy_manager")
    search_fields = ("name", "organisation_number", "vat_number")
    ordering = ("name",)
    inlines = (MembershipInline, AgreementInline)

    def formfield_for_foreignkey(self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        """Managers are chosen among those who have that duty."""
        if db_field.name in ("account_manager", "deputy_manager"):
            kwargs["queryset"] = staff(StaffDuty.ACCOUNT_MANAGER).order_by("name")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never: what an organisation bought and agreed stays readable."""
        return False


@admin.register(Invitation)
class InvitationAdmin(ReadOnly, SimpleHistoryAdmin):
    """Who was invited to what, and what became of it."""

    list_display = ("email", "organisation", "role", "duties", "invited_by", "invited_at", "expires_at", "closed_at")
    list_select_related = ("organisation", "invited_by")
    search_fields = ("email", "organisation__name")
    exclude = ("token_hash", "key")
    ordering = ("-pk",)


@admin.register(Deputyship)
class DeputyshipAdmin(ReadOnly, SimpleHistoryAdmin):
    """Who could decide for whom, and when (rules: People); approvers name their deputies themselves."""

    list_display = ("organisation", "approver", "deputy", "first_on", "last_on", "named_at", "ended_at")
    list_select_related = ("organisation", "approver", "deputy")
    search_fields = ("organisation__name", "approver__name", "deputy__name")
    ordering = ("-pk",)


@admin.register(Priority)
class PriorityAdmin(ReasonedAdmin):
    """How grave a case is, with its definition in words (rule S2)."""

    list_display = ("number", "name_en", "name_sv", "production_only", "needs_call", "call_urged")
    ordering = ("number",)


class PromiseInline(admin.TabularInline[PlanPromise, Plan]):
    """What is printed on the plan's page."""

    model = PlanPromise
    extra = 0
    ordering = ("position",)


class TargetInline(admin.StackedInline[PlanTarget, Plan]):
    """What the plan promises by priority."""

    model = PlanTarget
    extra = 0
    ordering = ("priority__number",)


@admin.register(Plan)
class PlanAdmin(ReasonedAdmin):
    """Plans. They are published, withdrawn and priced at the desk, which looks who is on call, and gives notice."""

    list_display = ("code", "name_en", "name_sv", "rank", "fee", "fee_period", "published_at")
    readonly_fields = ("published_at",)
    search_fields = ("code", "name_en", "name_sv")
    ordering = ("position", "code")
    inlines = (PromiseInline, TargetInline)


@admin.register(PlanFee)
class PlanFeeAdmin(ReadOnly, SimpleHistoryAdmin):
    """Fees that were announced (rule P3); the desk announces them."""

    list_display = ("plan", "fee", "fee_period", "starts_on", "announced_at")
    list_select_related = ("plan",)
    ordering = ("-starts_on", "pk")


@admin.register(OnCallRota)
class OnCallRotaAdmin(ReasonedAdmin):
    """Rotas (rule S18). Their people are put on them at the desk, which keeps somebody on call."""

    list_display = ("code", "name_en", "name_sv", "time_zone", "turn_days", "acknowledge_minutes")
    ordering = ("code",)
    readonly_fields = ("lead", "webhook")


@admin.register(OnCallMember)
class OnCallMemberAdmin(ReadOnly, SimpleHistoryAdmin):
    """Who takes turns."""

    list_display = ("rota", "position", "person", "by_email", "by_sms")
    list_select_related = ("rota", "person")
    ordering = ("rota__code", "position")


@admin.register(OnCallSwap)
class OnCallSwapAdmin(ReadOnly, SimpleHistoryAdmin):
    """Changed turns."""

    list_display = ("rota", "person", "starts_at", "ends_at", "live")
    list_select_related = ("rota", "person")
    ordering = ("-starts_at", "pk")


class OfAgreementAdmin(ReadOnly, SimpleHistoryAdmin):
    """What an agreement says; the desk writes it."""

    list_select_related = ("agreement__organisation",)
    search_fields = ("agreement__organisation__name",)
    ordering = ("agreement__organisation__name", "pk")

    def get_queryset(self, request: HttpRequest) -> Any:
        """With what their names are made of."""
        return super().get_queryset(request).select_related(*self.list_select_related)


OF_AGREEMENTS: dict[type[Model], tuple[str, ...]] = {
    AgreementPlan: ("agreement", "plan"),
    AgreementTarget: ("agreement", "priority", "response_kind", "response_minutes", "solution_kind", "solution_minutes"),
    AgreementTerm: ("agreement", "name", "value"),
    AgreedService: ("agreement", "name", "deployment", "preview"),
}
for _model, _columns in OF_AGREEMENTS.items():
    admin.site.register(_model, OfAgreementAdmin, list_display=_columns)


@admin.register(VerifiedDomain)
class VerifiedDomainAdmin(ReadOnly, SimpleHistoryAdmin):
    """Which mail domains belong to whom (rule S8); they are named on the page of the client."""

    list_display = ("domain", "organisation", "verified_at", "verified_by")
    list_select_related = ("organisation", "verified_by")
    search_fields = ("domain", "organisation__name")
    ordering = ("domain",)
