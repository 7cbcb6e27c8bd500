"""How delivery is priced and approved: the provider's terms, and the limits that each account manager has (rules D1 to D6)."""

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from djmoney.models.fields import MoneyField
from djmoney.models.validators import MinMoneyValidator
from simple_history.models import HistoricalRecords

from people.models import Person

PERCENT = [MinValueValidator(0), MaxValueValidator(100)]
DAYS = [MinValueValidator(1), MaxValueValidator(365)]


def the_usual_reminders() -> list[int]:
    """A week and two days before an estimate expires."""
    return [7, 2]


class DeliveryTerms(models.Model):
    """What delivery costs and how it is approved, for the next estimate: an estimate keeps a copy of its own (rule P3).

    Prices without VAT, all in the currency of `hourly_rate`. `second_above`: an estimate above that sum takes a second
    account manager (rule D1); None: never. `credit_price_per_hour`: what an hour of prepaid credit pays of an estimate
    (rule D6); None: not offered.
    `acceptance_days` are working days (rule D5).
    """

    hourly_rate = MoneyField(_("price of an hour"), max_digits=12, decimal_places=2, validators=[MinMoneyValidator(0)])
    travel_rate = MoneyField(_("price of an hour’s travel"), max_digits=12, decimal_places=2, validators=[MinMoneyValidator(0)])
    mileage_rate = MoneyField(_("price of a kilometre"), max_digits=12, decimal_places=2, validators=[MinMoneyValidator(0)])
    vat_percent = models.DecimalField(_("VAT (percent)"), max_digits=5, decimal_places=2, validators=PERCENT)
    validity_days = models.PositiveSmallIntegerField(_("estimates are valid for (days)"), default=30, validators=DAYS)
    reminder_days = models.JSONField(_("reminders before expiry (days)"), default=the_usual_reminders)
    second_above = models.DecimalField(_("a second account manager above"), max_digits=14, decimal_places=2, null=True, blank=True)
    credit_price_per_hour = models.DecimalField(_("an hour of credit pays"), max_digits=12, decimal_places=2, null=True, blank=True)
    warn_percent = models.PositiveSmallIntegerField(_("warn when used (percent)"), default=80, validators=PERCENT)
    acceptance_days = models.PositiveSmallIntegerField(_("working days to accept what is done"), default=10, validators=DAYS)
    silence_accepts = models.BooleanField(_("silence accepts what is done"), default=False)
    terms_en = models.TextField(_("terms (English)"), blank=True)
    terms_sv = models.TextField(_("terms (Swedish)"), blank=True)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("delivery terms")
        verbose_name_plural = _("delivery terms")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(pk=1), name="delivery_terms_are_one"),
            models.CheckConstraint(
                condition=Q(hourly_rate__gte=0, travel_rate__gte=0, mileage_rate__gte=0, vat_percent__gte=0),
                name="delivery_never_costs_less_than_nothing",
            ),
            models.CheckConstraint(
                condition=Q(credit_price_per_hour=None) | Q(credit_price_per_hour__gt=0), name="credit_pays_something_of_delivery"
            ),
        ]

    def __str__(self) -> str:
        return str(_("delivery terms"))

    @property
    def terms(self) -> str:
        """The general terms, in the reader's language."""
        return self.terms_sv if get_language() == "sv" else self.terms_en


class ManagerLimit(models.Model):
    """What an account manager has chosen for the clients in their care (rule D1). Sums without VAT, in the books' currency.

    Up to `passes_below` an estimate that somebody else wrote passes by itself; above `second_above` a second account
    manager has to approve it: None takes the provider's sum.
    """

    person = models.OneToOneField(Person, models.CASCADE, related_name="delivery_limit", verbose_name=_("account manager"))
    passes_below = models.DecimalField(
        _("passes by itself up to"), max_digits=14, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    second_above = models.DecimalField(
        _("a second account manager above"), max_digits=14, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("limits of an account manager")
        verbose_name_plural = _("limits of account managers")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=(Q(passes_below=None) | Q(passes_below__gte=0)) & (Q(second_above=None) | Q(second_above__gte=0)),
                name="manager_limits_not_negative",
            )
        ]

    def __str__(self) -> str:
        return str(self.person)
