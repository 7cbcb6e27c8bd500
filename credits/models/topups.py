"""A top-up: credit that was ordered, and what became of the order (rules C2 to C4)."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from djmoney.models.fields import MoneyField

from clients.models import CreditOn
from credits.models.accounts import CreditAccount
from credits.models.auto_top_ups import AutoTopUp
from credits.models.entries import Debt
from credits.models.lots import Lot
from credits.models.terms import Campaign
from people.models import Person


class TopUpState(models.TextChoices):
    """(Awaiting approval →) ordered → paid, or cancelled."""

    AWAITING_APPROVAL = "awaiting_approval", _("Waits for a second approver")
    ORDERED = "ordered", _("Waiting for payment")
    PAID = "paid", _("Paid")
    CANCELLED = "cancelled", pgettext_lazy("an order", "Cancelled")


class TopUpQuerySet(models.QuerySet["TopUp"]):
    """Top-ups, narrowed to who may see them."""

    def visible_to(self, person: Person) -> Self:
        """The top-ups of the accounts `person` may read."""
        return self.filter(account__in=CreditAccount.objects.visible_to(person))


class TopUp(models.Model):
    """An order of `minutes` at the price and VAT of that day. `lot` is the credit it became (rule C4).

    `bonus_minutes` of a campaign come on top of `minutes` and cost nothing. `approved_by` is the second approver,
    where one was needed (rules: People). One that invoices a `debt` is of what was open of it, at its price (rule C11);
    nobody orders it: `ordered_by` is who had it invoiced, none where its month was over. `automatic`: it was ordered by
    itself, as was agreed.
    """

    account = models.ForeignKey(CreditAccount, models.PROTECT, related_name="top_ups", verbose_name=_("account"))
    cause = models.CharField(_("cause"), max_length=120, unique=True)
    minutes = models.PositiveIntegerField(_("minutes"))
    price_per_hour = MoneyField(_("price per hour"), max_digits=12, decimal_places=2)
    net = MoneyField(_("net"), max_digits=14, decimal_places=2)
    vat_percent = models.DecimalField(_("VAT (percent)"), max_digits=5, decimal_places=2)
    vat = MoneyField(_("VAT"), max_digits=14, decimal_places=2)
    total = MoneyField(_("total"), max_digits=14, decimal_places=2)
    reference = models.CharField(_("your reference"), max_length=80, blank=True)
    credit_on = models.CharField(_("becomes credit"), max_length=10, choices=CreditOn)
    state = models.CharField(_("state"), max_length=20, choices=TopUpState, default=TopUpState.ORDERED)
    ordered_at = models.DateTimeField(_("ordered"))
    ordered_by = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("ordered by"))
    paid_on = models.DateField(_("paid on"), null=True, blank=True)
    payment_reference = models.CharField(_("payment reference"), max_length=80, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    closed_by = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("closed by"))
    bonus_minutes = models.PositiveIntegerField(_("bonus (minutes)"), default=0)
    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("campaign"))
    validity_months = models.PositiveSmallIntegerField(_("can be used for (months)"), null=True, blank=True)
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True)
    approved_by = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("approved by"))
    automatic = models.ForeignKey(
        AutoTopUp, models.PROTECT, related_name="top_ups", null=True, blank=True, verbose_name=_("ordered automatically")
    )
    lot = models.OneToOneField(Lot, models.PROTECT, related_name="top_up", null=True, blank=True, verbose_name=_("lot"))
    debt = models.ForeignKey(Debt, models.PROTECT, related_name="top_ups", null=True, blank=True, verbose_name=_("debt that it invoices"))

    objects = TopUpQuerySet.as_manager()

    class Meta:
        verbose_name = _("top-up")
        verbose_name_plural = _("top-ups")
        indexes: ClassVar = [
            models.Index(fields=["account", "-ordered_at"], name="top_up_newest"),
            models.Index(
                fields=["account", "state", "ordered_at", "id"],
                condition=Q(state__in=["awaiting_approval", "ordered"]),
                name="top_up_waiting",
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=TopUpState.values), name="top_up_state_known"),
            models.CheckConstraint(condition=Q(minutes__gt=0), name="top_up_positive"),
            models.CheckConstraint(
                condition=Q(state="ordered", paid_on=None, closed_at=None)
                | Q(state="awaiting_approval", paid_on=None, closed_at=None, lot=None, approved_at=None)
                | Q(state="paid", paid_on__isnull=False, closed_at__isnull=False, lot__isnull=False)
                | Q(state="cancelled", paid_on=None, closed_at__isnull=False),
                name="top_up_state_fits_dates",
            ),
            models.CheckConstraint(condition=Q(ordered_by__isnull=False) | Q(debt__isnull=False), name="top_up_is_ordered_or_owed"),
            models.UniqueConstraint(fields=["debt"], condition=~Q(state="cancelled"), name="debt_invoiced_once"),
        ]

    def __str__(self) -> str:
        return f"{self.pk}: {self.minutes} min"
