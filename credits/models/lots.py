"""A lot: one purchase or gift of credit, with its own price, VAT and expiry (rule C12)."""

from collections.abc import Sequence
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from djmoney.models.fields import MoneyField

from credits.models.accounts import CreditAccount


class LotSource(models.TextChoices):
    """Where a lot came from. Only bought ones carry a price; free ones never turn into money."""

    TOP_UP = "top_up", _("Top-up")
    OPENING = "opening", _("Opening balance")
    GOODWILL = "goodwill", _("Goodwill")
    OUR_LATE_CHANGE = "our_late_change", _("Our own late change")
    ADJUSTMENT = "adjustment", _("Adjustment")
    PLAN = "plan", _("Included in the plan")


class LotPocket(models.TextChoices):
    """Where the minutes of a lot are. `OUTSIDE` is where they come from when the lot is granted."""

    OUTSIDE = "outside", _("outside")
    AVAILABLE = "available", _("available")
    HELD = "held", _("held")
    FROZEN = "frozen", _("frozen")
    SPENT = "spent", _("spent")
    EXPIRED = "expired", _("expired")
    REFUNDED = "refunded", _("refunded")
    MOVED = "moved", _("moved")


POCKETS: Sequence[str] = ("available", "held", "frozen", "spent", "expired", "refunded", "moved")
TERMS: Sequence[str] = (
    "account_id",
    "source",
    "granted_minutes",
    "price_per_hour",
    "price_per_hour_currency",
    "total_price",
    "total_price_currency",
    "vat_percent",
    "bonus_minutes",
    "reason",
    "granted_at",
    "origin_id",
)


class Lot(models.Model):
    """`granted = available + held + frozen + spent + expired + refunded + moved`, minutes, each at least 0.

    `expires_on` is the last local date of the provider on which it can be used; none: never. It is only ever moved
    later, by an entry. `bonus_minutes` are those of the granted ones that a campaign added: the total price pays for
    all alike. While `frozen_at` is set nothing of it is available.
    """

    account = models.ForeignKey(CreditAccount, models.PROTECT, related_name="lots", verbose_name=_("account"))
    source = models.CharField(_("source"), max_length=20, choices=LotSource)
    granted_minutes = models.PositiveIntegerField(_("granted"))
    available_minutes = models.PositiveIntegerField(_("available"), default=0)
    held_minutes = models.PositiveIntegerField(_("held"), default=0)
    frozen_minutes = models.PositiveIntegerField(_("frozen"), default=0)
    spent_minutes = models.PositiveIntegerField(_("spent"), default=0)
    expired_minutes = models.PositiveIntegerField(_("expired"), default=0)
    refunded_minutes = models.PositiveIntegerField(_("refunded"), default=0)
    moved_minutes = models.PositiveIntegerField(_("moved"), default=0)
    price_per_hour = MoneyField(_("price per hour"), max_digits=12, decimal_places=2)
    total_price = MoneyField(_("total price"), max_digits=14, decimal_places=2)
    vat_percent = models.DecimalField(_("VAT (percent)"), max_digits=5, decimal_places=2)
    expires_on = models.DateField(_("expires after"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    bonus_minutes = models.PositiveIntegerField(_("of these, bonus"), default=0)
    granted_at = models.DateTimeField(_("granted"))
    frozen_at = models.DateTimeField(_("frozen since"), null=True, blank=True)
    origin = models.ForeignKey("self", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("moved from"))

    class Meta:
        verbose_name = _("lot")
        verbose_name_plural = _("lots")
        indexes: ClassVar = [
            models.Index(fields=["account", "expires_on", "id"], condition=Q(available_minutes__gt=0), name="lot_next_to_use"),
            models.Index(
                fields=["account", "id"],
                condition=Q(available_minutes__gt=0) | Q(held_minutes__gt=0) | Q(frozen_minutes__gt=0),
                name="lot_not_used_up",
            ),
            models.Index(fields=["account", "id"], name="lot_newest"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(granted_minutes=sum((F(f"{pocket}_minutes") for pocket in POCKETS[1:]), F("available_minutes"))),
                name="lot_pockets_add_up",
            ),
            models.CheckConstraint(condition=Q(**{f"{pocket}_minutes__gte": 0 for pocket in POCKETS}), name="lot_pockets_not_negative"),
            models.CheckConstraint(condition=Q(granted_minutes__gt=0), name="lot_grants_something"),
            models.CheckConstraint(
                condition=Q(source__in=["top_up", "opening"]) | Q(total_price=0) & ~Q(reason=""), name="free_lot_says_why"
            ),
            models.CheckConstraint(condition=Q(source__in=LotSource.values), name="lot_source_known"),
            models.CheckConstraint(condition=Q(bonus_minutes__lt=F("granted_minutes")), name="lot_bonus_enlarges_something"),
            models.CheckConstraint(
                condition=Q(frozen_at=None, frozen_minutes=0) | Q(frozen_at__isnull=False, available_minutes=0),
                name="frozen_lot_has_nothing_available",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_source_display()} {self.granted_at:%Y-%m-%d}"
