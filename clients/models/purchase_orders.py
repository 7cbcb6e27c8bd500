"""A client's purchase orders: what may be ordered on each, until when, and what has been (rule I8)."""

import unicodedata
from decimal import Decimal
from typing import ClassVar, Self

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from djmoney.models.fields import MoneyField
from djmoney.money import Money
from simple_history.models import HistoricalRecords

from clients.models.parties import Organisation
from people.models import Person

LONGEST_NUMBER, LONGEST_KEY = 80, 320


def key_of(number: str) -> str:
    """By what a number is known, however it is typed: “PO 4500-17” and “po4500-17” are one number, “ＰＯ” is “PO”."""
    plain = unicodedata.normalize("NFKC", number).casefold()
    return "".join(sign for sign in plain if not sign.isspace() and unicodedata.category(sign)[0] != "C")


class PurchaseOrderQuerySet(models.QuerySet["PurchaseOrder"]):
    """Purchase orders, narrowed to who may see them."""

    def visible_to(self, person: Person) -> Self:
        """Those of the organisations whose affairs `person` may read."""
        return self.filter(organisation__in=Organisation.objects.visible_to(person))

    def open(self) -> Self:
        """Those that nobody has closed."""
        return self.filter(closed_at=None)


class PurchaseOrder(models.Model):
    """On this number a client orders for `net` (without VAT), on the provider's dates `starts_on` to `ends_on`, both included.

    `used_net` is what its live uses come to. `warned_at`: since when most of it is used; `warnings`: how often that came.
    `key` is the number as it is compared.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="purchase_orders", verbose_name=_("organisation"))
    number = models.CharField(_("number"), max_length=LONGEST_NUMBER)
    key = models.CharField(_("number, as it is compared"), max_length=LONGEST_KEY, editable=False)
    title = models.CharField(_("what it is for"), max_length=160, blank=True)
    net = MoneyField(_("sum without VAT"), max_digits=14, decimal_places=2)
    used_net = models.DecimalField(_("used"), max_digits=14, decimal_places=2, default=0, validators=[MinValueValidator(0)], editable=False)
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    warned_at = models.DateTimeField(_("mostly used since"), null=True, blank=True, editable=False)
    warnings = models.PositiveIntegerField(_("times mostly used"), default=0, editable=False)
    cause = models.CharField(_("cause"), max_length=120, unique=True, editable=False)
    opened_at = models.DateTimeField(_("opened"))
    opened_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("opened by"))
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    closed_by = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("closed by"))
    closing_reason = models.CharField(_("why it was closed"), max_length=500, blank=True)
    history = HistoricalRecords(
        excluded_fields=["used_net", "warned_at", "warnings"], history_change_reason_field=models.CharField(max_length=500, null=True)
    )

    objects = PurchaseOrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("purchase order")
        verbose_name_plural = _("purchase orders")
        indexes: ClassVar = [models.Index(fields=["organisation", "ends_on"], name="purchase_orders_of_client")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation", "key"], condition=Q(closed_at=None), name="purchase_order_open_once"),
            models.CheckConstraint(condition=~Q(number="") & ~Q(key=""), name="purchase_order_has_a_number"),
            models.CheckConstraint(condition=Q(net__gt=0, used_net__gte=0), name="purchase_order_has_a_sum"),
            models.CheckConstraint(condition=Q(used_net__lte=F("net")), name="purchase_order_never_overdrawn"),
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="purchase_order_ends_after_start"),
            models.CheckConstraint(
                condition=Q(closed_at=None, closed_by=None, closing_reason="")
                | Q(closed_at__isnull=False, closed_by__isnull=False) & ~Q(closing_reason=""),
                name="purchase_order_closed_with_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def used(self) -> Money:
        """What is used of it."""
        return Money(self.used_net, self.net.currency)

    @property
    def left(self) -> Money:
        """What can still be ordered on it."""
        return Money(self.net.amount - self.used_net, self.net.currency)

    @property
    def used_percent(self) -> Decimal:
        """How much of it is used, in whole per cent, down: 100 is all of it."""
        return self.used_net * 100 // self.net.amount


class PurchaseOrderUse(models.Model):
    """A part of an order, used by `cause`: a top-up, a cost. Append-only, but that it is released once."""

    order = models.ForeignKey(PurchaseOrder, models.PROTECT, related_name="uses", verbose_name=_("purchase order"))
    cause = models.CharField(_("cause"), max_length=120, unique=True)
    net = models.DecimalField(_("net"), max_digits=14, decimal_places=2)
    text = models.CharField(_("what for"), max_length=200, blank=True)
    at = models.DateTimeField(_("when"))
    released_at = models.DateTimeField(_("released"), null=True, blank=True)

    class Meta:
        verbose_name = _("use of a purchase order")
        verbose_name_plural = _("uses of purchase orders")
        constraints: ClassVar = [models.CheckConstraint(condition=Q(net__gt=0), name="purchase_order_use_is_of_something")]

    def __str__(self) -> str:
        return f"{self.order}: {self.cause}"

    @property
    def money(self) -> Money:
        """What it took, without VAT."""
        return Money(self.net, self.order.net.currency)
