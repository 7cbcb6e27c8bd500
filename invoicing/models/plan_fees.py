"""What plans cost, period by period: charges, what is taken back of them, indexes, and the hours that plans include (rules I7, P3)."""

from datetime import date, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from djmoney.money import Money
from simple_history.models import HistoricalRecords

from clients.models import Agreement, Organisation, Plan
from credits.ledger import Lot
from people.models import Person


def _period(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(condition=Q(until__gt=F("first")), name=name)


class PlanCharge(models.Model):
    """The fee of an agreement's plan for the days [first, until), in advance (rule I7). Fixed once it is invoiced.

    `fee` is for the whole period [whole_first, whole_until), `net` is the share of these days, without VAT. `turn`: 2 where the
    days were charged before and taken back.
    """

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="plan_charges", verbose_name=_("agreement"))
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="+", verbose_name=_("plan"))
    first = models.DateField(_("from"))
    until = models.DateField(_("until before"))
    whole_first = models.DateField(_("whole period from"))
    whole_until = models.DateField(_("whole period until before"))
    turn = models.PositiveSmallIntegerField(_("turn"), default=1)
    fee = models.DecimalField(_("fee of the whole period"), max_digits=14, decimal_places=2)
    net = models.DecimalField(_("net"), max_digits=14, decimal_places=2)
    vat_percent = models.DecimalField(_("VAT (percent)"), max_digits=5, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3)
    cause = models.CharField(_("cause"), max_length=120, unique=True)
    charged_at = models.DateTimeField(_("charged"))

    class Meta:
        verbose_name = _("charge of a plan")
        verbose_name_plural = _("charges of plans")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["agreement", "plan", "first", "turn"], name="plan_charge_once"),
            _period("plan_charge_has_days"),
            models.CheckConstraint(
                condition=Q(first__gte=F("whole_first"), until__lte=F("whole_until")), name="plan_charge_is_inside_its_period"
            ),
            models.CheckConstraint(condition=Q(net__gte=0, net__lte=F("fee")), name="plan_charge_is_a_share_of_the_fee"),
            models.CheckConstraint(condition=Q(vat_percent__gte=0, vat_percent__lte=100), name="plan_charge_vat_is_a_share"),
        ]

    def __str__(self) -> str:
        return f"{self.plan} {self.first}–{self.until}"

    @property
    def last(self) -> date:
        """The last day, as it is printed."""
        return self.until - timedelta(days=1)

    @property
    def worth(self) -> Money:
        """What the days cost, without VAT."""
        return Money(self.net, self.currency)

    @property
    def organisation(self) -> Organisation:
        """Who pays it."""
        return self.agreement.organisation


class PlanCredit(models.Model):
    """Days of an invoiced charge that nobody has to pay: the agreement ended before them (rule I7).

    Finance settles it once: with a credit note, or, for a reason, without.
    """

    charge = models.ForeignKey(PlanCharge, models.PROTECT, related_name="taken_back", verbose_name=_("charge"))
    first = models.DateField(_("from"))
    until = models.DateField(_("until before"))
    net = models.DecimalField(_("net"), max_digits=14, decimal_places=2)
    proposed_at = models.DateTimeField(_("proposed"))
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)
    settled_by = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("settled by"))
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    credit_note = models.OneToOneField(
        "invoicing.Invoice", models.PROTECT, related_name="plan_credit", null=True, blank=True, verbose_name=_("credit note")
    )

    class Meta:
        verbose_name = _("part of a charge to take back")
        verbose_name_plural = _("parts of charges to take back")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["charge"], condition=Q(settled_at=None), name="plan_credit_open_once"),
            _period("plan_credit_has_days"),
            models.CheckConstraint(condition=Q(net__gt=0), name="plan_credit_is_worth_something"),
            models.CheckConstraint(
                condition=Q(settled_at=None, credit_note=None, settled_by=None)
                | Q(settled_at__isnull=False, settled_by__isnull=False) & (Q(credit_note__isnull=False) | ~Q(reason="")),
                name="plan_credit_settled_says_how",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.charge} −{self.net}"

    @property
    def last(self) -> date:
        """The last day, as it is printed."""
        return self.until - timedelta(days=1)

    @property
    def worth(self) -> Money:
        """What is taken back, without VAT."""
        return Money(self.net, self.charge.currency)


class PlanHours(models.Model):
    """The hours that a plan includes for the days [first, until), granted as a lot of their own, once (rule I7). Append-only."""

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="plan_hours", verbose_name=_("agreement"))
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="+", verbose_name=_("plan"))
    first = models.DateField(_("from"))
    until = models.DateField(_("until before"))
    minutes = models.PositiveIntegerField(_("minutes"))
    lot = models.OneToOneField(Lot, models.PROTECT, related_name="plan_hours", verbose_name=_("lot"))
    granted_at = models.DateTimeField(_("granted"))

    class Meta:
        verbose_name = _("hours of a plan")
        verbose_name_plural = _("hours of plans")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["agreement", "plan", "first"], name="plan_hours_once"),
            _period("plan_hours_have_days"),
        ]

    def __str__(self) -> str:
        return f"{self.plan} {self.first}"

    @property
    def last(self) -> date:
        """The last day, as it is printed."""
        return self.until - timedelta(days=1)


class PriceIndex(models.Model):
    """What an index stood at in a month (its first day). Finance writes it down (rule I7)."""

    name = models.CharField(_("index"), max_length=40)
    month = models.DateField(_("month"))
    value = models.DecimalField(_("index number"), max_digits=12, decimal_places=4)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("price index")
        verbose_name_plural = _("price indexes")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["name", "month"], name="price_index_once_a_month"),
            models.CheckConstraint(condition=Q(value__gt=0, month__day=1), name="price_index_is_a_number_of_a_month"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.month:%Y-%m}: {self.value}"


class IndexNotice(models.Model):
    """The client was told that the fee follows the index from `starts_on` on (rules P3, I7). Append-only.

    `base` and `value`: the index in the base month and in `month`; `fee` is what the whole period costs then.
    """

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="index_notices", verbose_name=_("agreement"))
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="+", verbose_name=_("plan"))
    starts_on = models.DateField(_("from"))
    name = models.CharField(_("index"), max_length=40)
    month = models.DateField(_("month"))
    base = models.DecimalField(_("index in the base month"), max_digits=12, decimal_places=4)
    value = models.DecimalField(_("index number"), max_digits=12, decimal_places=4)
    fee = models.DecimalField(_("fee"), max_digits=14, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3)
    announced_at = models.DateTimeField(_("announced"))
    announced_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("announced by"))

    class Meta:
        verbose_name = _("announced index")
        verbose_name_plural = _("announced indexes")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["agreement", "plan", "starts_on"], name="index_notice_once"),
            models.CheckConstraint(condition=Q(base__gt=0, value__gt=0, fee__gte=0), name="index_notice_is_about_numbers"),
        ]

    def __str__(self) -> str:
        return f"{self.plan} {self.starts_on}"
