"""Word to people: finished texts that wait to be delivered (rule M4)."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from people.models import Language, Person


class Channel(models.TextChoices):
    """How a notice reaches its reader."""

    EMAIL = "email", _("E-mail")


class NoticeState(models.TextChoices):
    """Waiting → sent, or failed after the last try; a failed one can be sent again by an operator."""

    WAITING = "waiting", _("Waiting")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Failed")


class Notice(models.Model):
    """One text to one person over one channel, written in the transaction that caused it and delivered later.

    `cause` names the event (`session:42:confirmed:1`); the same event reaches the same person once. `address`,
    `subject` and `body` are final: rendered in the person's language when the notice was written.
    """

    cause = models.CharField(_("cause"), max_length=200)
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("person"))
    channel = models.CharField(_("channel"), max_length=10, choices=Channel, default=Channel.EMAIL)
    address = models.CharField(_("address"), max_length=254)
    language = models.CharField(_("language"), max_length=5, choices=Language)
    subject = models.CharField(_("subject"), max_length=200)
    body = models.TextField(_("text"))
    state = models.CharField(_("state"), max_length=10, choices=NoticeState, default=NoticeState.WAITING)
    written_at = models.DateTimeField(_("written"))
    due_at = models.DateTimeField(_("next try"))
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    last_error = models.CharField(_("last error"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        indexes: ClassVar = [models.Index(fields=["due_at"], condition=Q(state="waiting"), name="notice_due")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["cause", "address", "channel"], name="notice_once"),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False) | ~Q(state="sent") & Q(sent_at=None), name="notice_sent_when"
            ),
            models.CheckConstraint(condition=Q(state__in=NoticeState.values), name="notice_state_known"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} → {self.address}"
