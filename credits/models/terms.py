"""The provider's credit terms: one row, from the profile's `[credit]` section (rules P1, C1, C2, C7)."""

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from djmoney.models.fields import MoneyField
from djmoney.models.validators import MinMoneyValidator
from simple_history.models import HistoricalRecords

MOST = 1_000_000
"""No level and no reminder is beyond this: a larger number is a slip of the pen."""


class RoundingMode(models.TextChoices):
    """Which way a session's total goes to a whole step (rule C7)."""

    NEAREST = "nearest", _("to the nearest step, half goes up")
    UP = "up", _("up")
    DOWN = "down", _("down")


class CreditTerms(models.Model):
    """What credit costs and how it is counted, for everybody without terms of their own."""

    man_day_minutes = models.PositiveIntegerField(_("one man-day (minutes)"))
    minimum_top_up_minutes = models.PositiveIntegerField(_("smallest top-up (minutes)"))
    price_per_hour = MoneyField(_("price per hour"), max_digits=12, decimal_places=2, validators=[MinMoneyValidator(0)])
    vat_percent = models.DecimalField(
        _("VAT (percent)"), max_digits=5, decimal_places=2, validators=[MinValueValidator(0), MaxValueValidator(100)]
    )
    rounding_step_minutes = models.PositiveSmallIntegerField(_("rounding step (minutes)"), validators=[MinValueValidator(1)])
    rounding_mode = models.CharField(_("rounding"), max_length=10, choices=RoundingMode)
    minimum_charge_minutes = models.PositiveIntegerField(_("minimum charge (minutes)"))
    low_balance_levels = models.JSONField(_("levels of low balance (minutes)"), default=list)
    lot_validity_months = models.PositiveSmallIntegerField(
        _("top-ups can be used for (months)"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(600)]
    )
    auto_top_ups_invoiced_at_once = models.BooleanField(_("invoices of automatic top-ups are issued at once"), default=False)
    expiry_reminder_days = models.JSONField(_("reminders of expiry (days before)"), default=list)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("credit terms")
        verbose_name_plural = _("credit terms")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(pk=1), name="credit_terms_are_one"),
            models.CheckConstraint(
                condition=Q(man_day_minutes__gt=0, minimum_top_up_minutes__gt=0, rounding_step_minutes__gt=0),
                name="credit_terms_positive",
            ),
            models.CheckConstraint(condition=Q(price_per_hour__gte=0, vat_percent__gte=0), name="credit_never_costs_less_than_nothing"),
            models.CheckConstraint(condition=Q(rounding_mode__in=RoundingMode.values), name="rounding_mode_known"),
        ]

    def __str__(self) -> str:
        return str(_("credit terms"))

    def clean(self) -> None:
        """Refuse lists that are none. The price may be in another currency than the books: its invoices say both (rule I2)."""
        for field in ("low_balance_levels", "expiry_reminder_days"):
            if not _counts_down(getattr(self, field)):
                raise ValidationError({field: _("Write whole numbers from the largest to the smallest, such as [60, 30, 7].")})


def _counts_down(numbers: object) -> bool:
    """Whether these are whole numbers, none twice, from the largest to the smallest."""
    if not isinstance(numbers, list) or not all(type(number) is int and 0 <= number <= MOST for number in numbers):
        return False
    return numbers == sorted(set(numbers), reverse=True)


class Campaign(models.Model):
    """Bonus minutes for top-ups ordered on the provider's local dates `first_on` to `last_on`, both included (rule C12)."""

    name = models.CharField(_("name"), max_length=80)
    first_on = models.DateField(_("from"))
    last_on = models.DateField(_("until, included"))
    minimum_minutes = models.PositiveIntegerField(_("from a top-up of (minutes)"))
    bonus_percent = models.PositiveSmallIntegerField(_("bonus (percent)"), validators=[MinValueValidator(1), MaxValueValidator(100)])
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(last_on__gte=F("first_on")), name="campaign_ends_after_start"),
            models.CheckConstraint(condition=Q(bonus_percent__gte=1, bonus_percent__lte=100), name="campaign_bonus_in_range"),
        ]

    def __str__(self) -> str:
        return self.name
