"""How an invoice got out: by which channel, to whom, and what came of it (rule I4)."""

from typing import ClassVar, Self
from uuid import uuid4

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from invoicing.models.invoices import Invoice
from people.models import Person


class TransmissionChannel(models.TextChoices):
    """The ways in which an invoice gets out."""

    PORTAL = "portal", _("In the portal")
    MAIL = "mail", pgettext_lazy("a way to send invoices", "E-mail")
    ACCESS_POINT = "access_point", _("E-invoice (Peppol)")


class TransmissionState(models.TextChoices):
    """Queued → sent → delivered; failed: the other side refused it; given up: after the last try nobody had answered."""

    QUEUED = "queued", pgettext_lazy("an invoice", "On its way")
    SENT = "sent", pgettext_lazy("an invoice", "Sent")
    DELIVERED = "delivered", pgettext_lazy("an invoice", "Delivered")
    FAILED = "failed", pgettext_lazy("an invoice", "Refused")
    GIVEN_UP = "given_up", pgettext_lazy("an invoice", "Given up")


UNDELIVERED = (TransmissionState.FAILED, TransmissionState.GIVEN_UP)


def fresh_key() -> str:
    """A key that no other has."""
    return str(uuid4())


class TransmissionQuerySet(models.QuerySet["Transmission"]):
    """Transmissions, narrowed."""

    def visible_to(self, person: Person) -> Self:
        """Those of the invoices that the person may see."""
        return self.filter(invoice__in=Invoice.objects.visible_to(person).values("pk"))

    def undelivered(self) -> Self:
        """What did not arrive, where nothing has been sent since: finance has to do something about it."""
        later = Transmission.objects.filter(invoice=OuterRef("invoice"), pk__gt=OuterRef("pk"))
        return self.filter(~Exists(later), state__in=UNDELIVERED)


class Transmission(models.Model):
    """An issued invoice on its way to its buyer, once (rule I4). Sending it again is a row of its own.

    `recipients`: mail addresses, or the electronic address as `scheme:address`. `due_at`: the next try, and once it is sent
    the next look at what became of it; none: nobody looks any more. `key` goes with every try, so that whoever gets
    the same one twice takes it once. `answer` is what the other side said, shortened; `answer_id` the name it gave.
    """

    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="transmissions", verbose_name=_("invoice"))
    channel = models.CharField(_("channel"), max_length=12, choices=TransmissionChannel)
    recipients = models.JSONField(_("to"), default=list)
    cause = models.CharField(_("cause"), max_length=120, unique=True)
    key = models.CharField(_("key"), max_length=36, default=fresh_key)
    state = models.CharField(_("state"), max_length=10, choices=TransmissionState, default=TransmissionState.QUEUED)
    queued_at = models.DateTimeField(_("queued"))
    queued_by = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("queued by"))
    due_at = models.DateTimeField(_("next try"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    looks = models.PositiveSmallIntegerField(_("looks at what became of it"), default=0)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    answer_id = models.CharField(_("number with the receiver"), max_length=200, blank=True)
    answer = models.CharField(_("answer"), max_length=500, blank=True)

    objects = TransmissionQuerySet.as_manager()

    class Meta:
        verbose_name = _("transmission of an invoice")
        verbose_name_plural = _("transmissions of invoices")
        indexes: ClassVar = [
            models.Index(fields=["channel", "due_at"], condition=Q(due_at__isnull=False), name="transmission_due"),
            models.Index(fields=["-id"], condition=Q(state__in=["failed", "given_up"]), name="transmission_undelivered"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["invoice", "channel"], condition=Q(state="queued"), name="transmission_under_way_once"),
            models.CheckConstraint(condition=Q(channel__in=TransmissionChannel.values), name="transmission_channel_known"),
            models.CheckConstraint(
                condition=Q(state="queued", sent_at=None, ended_at=None, due_at__isnull=False)
                | Q(state="sent", sent_at__isnull=False, ended_at=None)
                | Q(state="delivered", sent_at__isnull=False, ended_at__isnull=False, due_at=None)
                | Q(state__in=["failed", "given_up"], ended_at__isnull=False, due_at=None) & ~Q(answer=""),
                name="transmission_went_somehow",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.invoice} → {self.to or self.get_channel_display()}"

    @property
    def to(self) -> str:
        """To whom, in one line; nothing in the portal."""
        return ", ".join(self.recipients)

    @property
    def is_unhappy(self) -> bool:
        """Whether the last answer is worth reading: it is not there yet, or did not arrive."""
        return self.state not in (TransmissionState.SENT, TransmissionState.DELIVERED)

    @property
    def is_undelivered(self) -> bool:
        """Whether it did not arrive, and nobody tries any more."""
        return self.state in UNDELIVERED
