"""What missed guarantees grant, proposed by the system and decided by the account manager (rule S16)."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from djmoney.money import Money

from cases.models import Case, ClockKind
from clients.models import Agreement, MissedGrants, Organisation, Plan, StaffDuty, person_duties
from credits.ledger import Lot
from people.models import Person


class CompensationState(models.TextChoices):
    """A proposal is granted or declined once. One that is no longer deserved is dropped, and can come back."""

    PROPOSED = "proposed", pgettext_lazy("a compensation", "Proposed")
    GRANTED = "granted", pgettext_lazy("a compensation", "Granted")
    DECLINED = "declined", pgettext_lazy("a compensation", "Declined")
    DROPPED = "dropped", pgettext_lazy("a compensation", "Excused")
    CAPPED = "capped", pgettext_lazy("a compensation", "Above the most of the month")


class CompensationQuerySet(models.QuerySet["Compensation"]):
    """Compensations, narrowed to who may see them at the desk."""

    def visible_to(self, person: Person) -> "CompensationQuerySet":
        """All for finance and administrators; an account manager's own clients'."""
        if not person.is_active:
            return self.none()
        duties = person_duties(person)
        if {StaffDuty.FINANCE, StaffDuty.ADMINISTRATOR} & duties:
            return self
        if StaffDuty.ACCOUNT_MANAGER not in duties:
            return self.none()
        return self.filter(agreement__organisation__in=Organisation.objects.managed_by(person).values("pk"))


class Compensation(models.Model):
    """One missed target of a case, and what it grants (rule S16). What was promised then stays (rule P3).

    `grants` a share of the month's fee (`percent`, worth `net`) or `minutes` of free credit. A granted share becomes a
    `credit_note` of an invoice of the plan; until there is one it waits.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="compensations", verbose_name=_("case"))
    kind = models.CharField(_("kind"), max_length=10, choices=ClockKind)
    missed_at = models.DateTimeField(_("missed"))
    month = models.DateField(_("month"))
    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="+", verbose_name=_("agreement"))
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="+", verbose_name=_("plan"))
    grants = models.CharField(_("grants"), max_length=10, choices=MissedGrants)
    percent = models.PositiveSmallIntegerField(_("percent of the month’s fee"), default=0)
    net = models.DecimalField(_("net"), max_digits=14, decimal_places=2, default=0)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    minutes = models.PositiveIntegerField(_("minutes"), default=0)
    state = models.CharField(_("state"), max_length=10, choices=CompensationState, default=CompensationState.PROPOSED)
    proposed_at = models.DateTimeField(_("proposed"))
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("decided by"))
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    lot = models.OneToOneField(Lot, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("lot"))
    credit_note = models.OneToOneField(
        "invoicing.Invoice", models.PROTECT, related_name="compensation", null=True, blank=True, verbose_name=_("credit note")
    )

    objects = CompensationQuerySet.as_manager()

    class Meta:
        verbose_name = _("compensation")
        verbose_name_plural = _("compensations")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "kind", "missed_at"], name="compensation_once_a_miss"),
            models.CheckConstraint(condition=Q(state__in=CompensationState.values), name="compensation_state_known"),
            models.CheckConstraint(
                condition=Q(state__in=["granted", "declined"], decided_at__isnull=False, decided_by__isnull=False)
                | Q(state__in=["proposed", "dropped", "capped"], decided_at=None, decided_by=None),
                name="compensation_decided_by_somebody",
            ),
            models.CheckConstraint(condition=~Q(state="declined") | ~Q(reason=""), name="declined_compensation_says_why"),
            models.CheckConstraint(
                condition=Q(grants="fee", minutes=0, lot=None) | Q(grants="credit", percent=0, net=0, credit_note=None),
                name="compensation_grants_one_thing",
            ),
            models.CheckConstraint(condition=Q(lot=None, credit_note=None) | Q(state="granted"), name="only_granted_compensation_gives"),
            models.CheckConstraint(condition=~Q(state="granted", grants="credit") | Q(lot__isnull=False), name="granted_credit_is_a_lot"),
            models.CheckConstraint(
                condition=~Q(state__in=["proposed", "granted"]) | Q(net__gt=0) | Q(minutes__gt=0), name="compensation_is_worth_something"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case} {self.get_kind_display()}"

    @property
    def worth(self) -> Money:
        """What the share of the fee is worth, without VAT."""
        return Money(self.net, self.currency or "SEK")
