"""The provider's credit terms: one row, from the profile's `[credit]` section (rules P1, C1, C2, C7)."""

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from djmoney.models.fields import MoneyField
from djmoney.models.validators import MinMoneyValidator
from simple_history.models import HistoricalRecords

from clients.models import Provider


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
    low_balance_minutes = models.PositiveIntegerField(_("low balance (minutes)"))
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
        """Refuse a price in another currency than that of the provider's books."""
        provider = Provider.objects.filter(pk=1).first()
        if provider and str(self.price_per_hour.currency) != provider.currency:
            raise ValidationError(
                {"price_per_hour": _("The price must be in %(currency)s, the currency of the books.") % {"currency": provider.currency}}
            )
