"""The parties: the provider, client organisations, their people and roles, and agreements (rules: People, P1, P3)."""

from typing import ClassVar, Self
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from people.models import Language, Person, validate_time_zone


class Provider(models.Model):
    """The company that sells support: one row, loaded from the provider profile (rule P1)."""

    name = models.CharField(_("name"), max_length=120)
    legal_name = models.CharField(_("legal name"), max_length=160)
    organisation_number = models.CharField(_("organisation number"), max_length=40)
    vat_number = models.CharField(_("VAT number"), max_length=40, blank=True)
    address = models.TextField(_("address"))
    country = models.CharField(_("country"), max_length=2)
    time_zone = models.CharField(_("time zone"), max_length=64, validators=[validate_time_zone])
    currency = models.CharField(_("currency"), max_length=3)
    language = models.CharField(_("language"), max_length=5, choices=Language)
    email = models.EmailField(_("e-mail address"))
    booking_email = models.EmailField(_("e-mail address of bookings"), blank=True)
    case_domain = models.CharField(_("domain of case addresses"), max_length=190, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    website = models.URLField(_("website"), blank=True)
    escalation_days = models.PositiveSmallIntegerField(_("working days until the deputy is asked"), default=3)
    needs_processing_agreement = models.BooleanField(_("no session without a data processing agreement"), default=False)
    invitation_hours = models.PositiveSmallIntegerField(_("hours that an invitation is good for"), default=7 * 24)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("provider")
        verbose_name_plural = _("provider")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(pk=1), name="provider_is_one"),
            models.CheckConstraint(condition=Q(invitation_hours__gte=1), name="provider_invitation_hours_from_1"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def booking_address(self) -> str:
        """Where invitations come from and answers to them go (rule R4)."""
        return self.booking_email or self.email

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the provider's calendar dates: postings, expiry, invoices."""
        return ZoneInfo(self.time_zone)


class StaffDuty(models.TextChoices):
    """What somebody of the provider does (rules: People)."""

    TECHNICIAN = "technician", _("Technician")
    ACCOUNT_MANAGER = "account_manager", _("Account manager")
    DISPATCHER = "dispatcher", _("Dispatcher")
    FINANCE = "finance", _("Finance")
    ADMINISTRATOR = "administrator", _("Administrator")


class StaffRole(models.Model):
    """One duty of one person of the provider."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="staff_roles", verbose_name=_("person"))
    duty = models.CharField(_("duty"), max_length=20, choices=StaffDuty)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("staff role")
        verbose_name_plural = _("staff roles")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "duty"], name="staff_role_once"),
            models.CheckConstraint(condition=Q(duty__in=StaffDuty.values), name="staff_duty_known"),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.get_duty_display()}"


def person_duties(person: Person) -> frozenset[str]:
    """The duties `person` has with the provider; none for a client. One query, or none where prefetched."""
    return frozenset(role.duty for role in person.staff_roles.all())


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    """Organisations, narrowed to who may see them."""

    def visible_to(self, person: Person) -> Self:
        """The organisations whose affairs `person` may read.

        Members see theirs; an account manager those they own or deputise for; finance and administrators all.
        """
        if not person.is_active:
            return self.none()
        if {StaffDuty.FINANCE, StaffDuty.ADMINISTRATOR} & person_duties(person):
            return self
        seen = Q(pk__in=Membership.objects.filter(person=person).values("organisation"))
        if StaffDuty.ACCOUNT_MANAGER in person_duties(person):
            seen |= Q(account_manager=person) | Q(deputy_manager=person)
        return self.filter(seen)

    def of_member(self, person: Person) -> Self:
        """The organisations `person` belongs to as a client."""
        return self.filter(memberships__person=person)

    def acting(self, person: Person) -> Self:
        """Those of them for which `person` may do something: not as a reader alone."""
        return self.filter(memberships__in=person.memberships.exclude(role=MemberRole.READER))

    def managed_by(self, person: Person) -> Self:
        """The organisations `person` owns as account manager, or deputises for."""
        return self.filter(Q(account_manager=person) | Q(deputy_manager=person))


class Organisation(models.Model):
    """A client: a business or an authority that buys support (rule X2: never a private person).

    `needs_order`: an order number is asked for wherever something is ordered (rule I8). `default_purchase_order` is the one
    that is proposed there, and that stands on what is invoiced without an order of its own.
    """

    name = models.CharField(_("name"), max_length=160, unique=True)
    organisation_number = models.CharField(_("organisation number"), max_length=40, unique=True)
    vat_number = models.CharField(_("VAT number"), max_length=40, blank=True)
    address = models.TextField(_("address"), blank=True)
    country = models.CharField(_("country"), max_length=2, default="SE")
    language = models.CharField(_("language"), max_length=5, choices=Language, default=Language.ENGLISH)
    time_zone = models.CharField(_("time zone"), max_length=64, default="Europe/Stockholm", validators=[validate_time_zone])
    account_manager = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("account manager"))
    deputy_manager = models.ForeignKey(
        Person, models.PROTECT, related_name="+", verbose_name=_("deputy account manager"), null=True, blank=True
    )
    needs_order = models.BooleanField(_("needs an order number on every invoice"), default=False)
    default_purchase_order = models.ForeignKey(
        "clients.PurchaseOrder", models.SET_NULL, related_name="+", verbose_name=_("usual purchase order"), null=True, blank=True
    )
    history = HistoricalRecords()

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")

    def __str__(self) -> str:
        return self.name


class MemberRole(models.TextChoices):
    """What a client person may do (rules: People). A reader sees what members see, and acts on nothing."""

    READER = "reader", _("Reader")
    REQUESTER = "requester", _("Requester")
    APPROVER = "approver", _("Approver")


class Membership(models.Model):
    """A person's place in a client organisation. An owner looks after its people besides (`clients.members`)."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="memberships", verbose_name=_("person"))
    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="memberships", verbose_name=_("organisation"))
    role = models.CharField(_("role"), max_length=20, choices=MemberRole)
    approval_limit = models.DecimalField(
        _("decides alone up to (without VAT)"), max_digits=14, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    is_owner = models.BooleanField(_("looks after the organisation’s people"), default=False)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "organisation"], name="membership_once"),
            models.CheckConstraint(condition=Q(role__in=MemberRole.values), name="member_role_known"),
            models.CheckConstraint(condition=Q(approval_limit=None) | Q(approval_limit__gte=0), name="approval_limit_not_negative"),
            models.CheckConstraint(condition=Q(is_owner=False) | ~Q(role=MemberRole.READER), name="membership_reader_owns_nothing"),
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.organisation}"


class VerifiedDomain(models.Model):
    """A mail domain that belongs to an organisation: who writes from it counts as known, and reads nothing by that (rule S8)."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="domains", verbose_name=_("organisation"))
    domain = models.CharField(_("domain"), max_length=190, unique=True)
    verified_at = models.DateTimeField(_("verified"))
    verified_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("verified by"))
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("verified domain")
        verbose_name_plural = _("verified domains")

    def __str__(self) -> str:
        return self.domain


class Deputyship(models.Model):
    """`deputy` decides for `approver` on the provider's local dates `first_on` to `last_on`, both included (rules: People).

    `ended_at` is set where it was ended before its last day. Never changed otherwise, never removed: it says who
    could decide when.
    """

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="deputyships", verbose_name=_("organisation"))
    approver = models.ForeignKey(Person, models.CASCADE, related_name="deputies", verbose_name=_("approver"))
    deputy = models.ForeignKey(Person, models.CASCADE, related_name="deputyships", verbose_name=_("deputy"))
    first_on = models.DateField(_("from"))
    last_on = models.DateField(_("until, included"))
    named_at = models.DateTimeField(_("named"))
    ended_at = models.DateTimeField(_("ended early"), null=True, blank=True)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("deputy")
        verbose_name_plural = _("deputies")
        indexes: ClassVar = [models.Index(fields=["organisation", "last_on"], name="deputies_of_client")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(last_on__gte=models.F("first_on")), name="deputyship_ends_after_start"),
            models.CheckConstraint(condition=~Q(approver=models.F("deputy")), name="nobody_is_their_own_deputy"),
        ]

    def __str__(self) -> str:
        return f"{self.deputy} → {self.approver}"


class CreditOn(models.TextChoices):
    """When a top-up becomes credit (rule C4)."""

    PAYMENT = "payment", _("when it is paid")
    ISSUE = "issue", _("when it is issued")


class EndedBy(models.TextChoices):
    """Who ended an agreement (rule P5)."""

    PROVIDER = "provider", _("us")
    CLIENT = "client", _("the client")


class UnusedCredit(models.TextChoices):
    """What becomes of unused paid credit when the client ends an agreement (rule P5). If we end it, it is refunded."""

    REFUND = "refund", _("is refunded")
    FORFEIT = "forfeit", _("is forfeited")


class Agreement(models.Model):
    """What one organisation has agreed beyond the provider's terms, for a period [starts_on, ends_on) (rule P3)."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="agreements", verbose_name=_("organisation"))
    starts_on = models.DateField(_("starts on"))
    ends_on = models.DateField(_("ends before"), null=True, blank=True)
    credit_on = models.CharField(_("top-ups become credit"), max_length=10, choices=CreditOn, default=CreditOn.PAYMENT)
    silence_confirms = models.BooleanField(_("silence confirms hours"), default=False)
    postpaid = models.BooleanField(_("postpaid: confirmed hours are invoiced monthly"), default=False)
    unused_credit = models.CharField(_("unused credit"), max_length=10, choices=UnusedCredit, default=UnusedCredit.REFUND)
    is_trial = models.BooleanField(_("trial, which ends by itself"), default=False)
    processing_agreed_on = models.DateField(_("data processing agreement signed on"), null=True, blank=True)
    processing_reference = models.CharField(_("reference of the data processing agreement"), max_length=80, blank=True)
    ended_by = models.CharField(_("ended by"), max_length=10, choices=EndedBy, blank=True)
    wound_up_at = models.DateTimeField(_("wound up"), null=True, blank=True, editable=False)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("agreement")
        verbose_name_plural = _("agreements")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(unused_credit__in=UnusedCredit.values), name="agreement_unused_credit_known"),
            models.CheckConstraint(condition=Q(ended_by__in=["", *EndedBy.values]), name="agreement_ended_by_known"),
            models.CheckConstraint(condition=Q(wound_up_at=None) | Q(ends_on__isnull=False), name="agreement_wound_up_after_its_end"),
            models.CheckConstraint(condition=Q(ends_on=None) | Q(ends_on__gt=models.F("starts_on")), name="agreement_ends_after_start"),
            models.CheckConstraint(condition=Q(credit_on__in=CreditOn.values), name="agreement_credit_on_known"),
            models.CheckConstraint(condition=Q(is_trial=False) | Q(ends_on__isnull=False), name="agreement_trial_ends"),
            models.CheckConstraint(
                condition=Q(processing_agreed_on=None, processing_reference="")
                | Q(processing_agreed_on__isnull=False) & ~Q(processing_reference=""),
                name="agreement_processing_dated_and_referred_to",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} · {self.starts_on}"

    def clean(self) -> None:
        """Refuse a second agreement over the same days."""
        if self.starts_on and self.others_over_the_same_days().exists():
            raise ValidationError(_("Another agreement already covers some of these days."))

    def others_over_the_same_days(self) -> "models.QuerySet[Agreement]":
        """The client's other agreements that cover some of its days."""
        others = Agreement.objects.filter(organisation=self.organisation_id).exclude(pk=self.pk)
        if self.ends_on:
            others = others.filter(starts_on__lt=self.ends_on)
        return others.filter(Q(ends_on=None) | Q(ends_on__gt=self.starts_on))
