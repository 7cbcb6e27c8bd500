"""A hold: credit promised to something that will be done (rules C5, C6)."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from djmoney.models.fields import MoneyField

from credits.models.accounts import CreditAccount
from credits.models.lots import Lot


class HoldState(models.TextChoices):
    """Placed or waiting, then resolved once: captured or voided."""

    PLACED = "placed", _("placed")
    WAITING = "waiting", _("waiting")
    CAPTURED = "captured", _("captured")
    VOIDED = "voided", _("voided")


LIVE = (HoldState.PLACED, HoldState.WAITING)


class Hold(models.Model):
    """`minutes` wanted, of which `covered_minutes` are set aside in lots.

    A *waiting* hold covers nothing and wants all at once; a placed one may be *short* (covered < minutes) where
    more is owed than there is. The price and VAT are those in force at booking: uncovered minutes become debt
    at that price (rules C11, P3). `due_on` is the provider's local date of what it is for: a monthly limit goes by it.
    A `postpaid` one never waits: what credit does not cover is owed once the hours are confirmed (rule I7).
    """

    account = models.ForeignKey(CreditAccount, models.PROTECT, related_name="holds", verbose_name=_("account"))
    cause = models.CharField(_("cause"), max_length=120, unique=True)
    state = models.CharField(_("state"), max_length=10, choices=HoldState)
    minutes = models.PositiveIntegerField(_("minutes"))
    covered_minutes = models.PositiveIntegerField(_("covered (minutes)"), default=0)
    captured_minutes = models.PositiveIntegerField(_("captured (minutes)"), default=0)
    price_per_hour = MoneyField(_("price per hour"), max_digits=12, decimal_places=2)
    vat_percent = models.DecimalField(_("VAT (percent)"), max_digits=5, decimal_places=2)
    due_on = models.DateField(_("for"), null=True, blank=True)
    postpaid = models.BooleanField(_("postpaid"), default=False)
    placed_at = models.DateTimeField(_("placed on"))
    resolved_at = models.DateTimeField(_("resolved on"), null=True, blank=True)

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        indexes: ClassVar = [
            models.Index(fields=["account", "placed_at", "id"], condition=Q(state__in=["placed", "waiting"]), name="hold_queue")
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=HoldState.values), name="hold_state_known"),
            models.CheckConstraint(
                condition=Q(covered_minutes__gte=0, covered_minutes__lte=F("minutes")), name="hold_covers_at_most_itself"
            ),
            models.CheckConstraint(condition=Q(state="placed") | Q(covered_minutes=0), name="only_a_placed_hold_covers"),
            models.CheckConstraint(
                condition=Q(state__in=["placed", "waiting"], resolved_at=None)
                | Q(state__in=["captured", "voided"], resolved_at__isnull=False),
                name="hold_resolved_when",
            ),
            models.CheckConstraint(condition=Q(state="captured") | Q(captured_minutes=0), name="only_a_captured_hold_captured"),
        ]

    def __str__(self) -> str:
        return f"{self.cause} ({self.state})"

    @property
    def missing_minutes(self) -> int:
        """What is not covered."""
        return self.minutes - self.covered_minutes


class HoldPart(models.Model):
    """How much of one lot a placed hold covers. Gone when the hold is resolved."""

    hold = models.ForeignKey(Hold, models.PROTECT, related_name="parts", verbose_name=_("hold"))
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="+", verbose_name=_("lot"))
    minutes = models.PositiveIntegerField(_("minutes"))

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["hold", "lot"], name="hold_part_once"),
            models.CheckConstraint(condition=Q(minutes__gt=0), name="hold_part_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.minutes} min of lot {self.lot_id}"
