"""Payments by card: each visit to the service's page, and what the service told of it (rule I3)."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from djmoney.money import Money

from invoicing.models.invoices import Invoice
from invoicing.models.payments import Payment
from people.models import Person


class CardState(models.TextChoices):
    """What became of it. `KEPT`: it was paid, and the invoice no longer wanted that sum: finance gives it back."""

    BEGUN = "begun", _("Not paid yet")
    PAID = "paid", _("Paid")
    ENDED = "ended", _("Not paid")
    KEPT = "kept", _("Paid, and to be given back")
    RETURNED = "returned", _("Given back")


class CardPayment(models.Model):
    """One visit to the service's page for what was open of an invoice (rule I3). `taken` is the service's name of the money."""

    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="card_payments", verbose_name=_("invoice"))
    cause = models.CharField(_("cause"), max_length=120, unique=True)
    service = models.CharField(_("service"), max_length=20)
    identity = models.CharField(_("the service’s identity"), max_length=255, blank=True)
    url = models.CharField(_("page of payment"), max_length=2000, blank=True)
    currency = models.CharField(_("currency"), max_length=3)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    state = models.CharField(_("state"), max_length=10, choices=CardState, default=CardState.BEGUN)
    begun_at = models.DateTimeField(_("begun"))
    begun_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("begun by"))
    taken = models.CharField(_("the service’s payment"), max_length=255, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    payment = models.OneToOneField(
        Payment, models.PROTECT, related_name="card_payment", null=True, blank=True, verbose_name=_("payment of the invoice")
    )
    returned_at = models.DateTimeField(_("given back"), null=True, blank=True)
    returned_by = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("given back by"))
    returned_as = models.CharField(_("the service’s refund"), max_length=255, blank=True)

    class Meta:
        verbose_name = _("card payment")
        verbose_name_plural = _("card payments")
        indexes: ClassVar = [models.Index(fields=["id"], condition=Q(state="kept"), name="card_payment_to_return")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["service", "identity"], condition=~Q(identity=""), name="card_payment_once"),
            models.CheckConstraint(condition=Q(state__in=CardState.values), name="card_payment_state_known"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="card_payment_moves_money"),
            models.CheckConstraint(
                condition=Q(state="begun", closed_at=None, payment=None)
                | Q(state="ended", closed_at__isnull=False, payment=None)
                | Q(state="paid", closed_at__isnull=False, payment__isnull=False)
                | Q(state__in=["kept", "returned"], closed_at__isnull=False, payment=None),
                name="card_payment_state_fits",
            ),
            models.CheckConstraint(
                condition=Q(state="returned", returned_at__isnull=False) | ~Q(state="returned") & Q(returned_at=None),
                name="card_payment_is_given_back_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.invoice} {self.amount} {self.currency}"

    @property
    def money(self) -> Money:
        """What is to be paid."""
        return Money(self.amount, self.currency)


class CardEvent(models.Model):
    """What the service told us, once (rule I3). Append-only."""

    service = models.CharField(_("service"), max_length=20)
    identity = models.CharField(_("identity"), max_length=255)
    kind = models.CharField(_("kind"), max_length=80)
    digest = models.CharField(_("SHA-256"), max_length=64)
    received_at = models.DateTimeField(_("received"))
    card_payment = models.ForeignKey(
        CardPayment, models.PROTECT, related_name="events", null=True, blank=True, verbose_name=_("card payment")
    )

    class Meta:
        verbose_name = _("event of a card payment")
        verbose_name_plural = _("events of card payments")
        constraints: ClassVar = [models.UniqueConstraint(fields=["service", "identity"], name="card_event_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.identity}"
