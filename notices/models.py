"""Word to people: finished texts that wait to be delivered (rule M4), what holds them; and mails that came in (rule S8)."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from notices.kinds import Kind
from people.models import Language, Person


class Channel(models.TextChoices):
    """How a notice reaches its reader."""

    EMAIL = "email", _("E-mail")
    SMS = "sms", _("SMS")
    WEBHOOK = "webhook", _("Webhook")


class NoticeState(models.TextChoices):
    """Waiting → sent, or failed after the last try; a failed one can be sent again by an operator."""

    WAITING = "waiting", _("Waiting")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Failed")


class Notice(models.Model):
    """One text to one person over one channel, written in the transaction that caused it and delivered later.

    `cause` names the event (`session:42:confirmed:1`); the same event reaches the same person once. `address`,
    `subject` and `body` are final: rendered in the person's language when the notice was written. `calendar` is an
    iCalendar object that goes with it, and `method` its METHOD (RFC 5546); `sender` the address it comes from where
    that is not the provider's own. A mail that belongs to a thread has a `message_id` of its own, says what it answers
    (`in_reply_to`, `references`: Message-IDs, oldest first) and where answers go (`reply_to`). `by_person`: a person
    wrote it, so that it does not bear the mark of a machine. `bounced_at`: a mail server told that it did not arrive.
    `files` go with it: what `notices.files` needs to find each where it is kept, for bytes are not kept twice.
    """

    cause = models.CharField(_("cause"), max_length=200)
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("person"))
    channel = models.CharField(_("channel"), max_length=10, choices=Channel, default=Channel.EMAIL)
    address = models.CharField(_("address"), max_length=254)
    language = models.CharField(_("language"), max_length=5, choices=Language)
    subject = models.CharField(_("subject"), max_length=200)
    body = models.TextField(_("text"))
    sender = models.EmailField(_("from"), blank=True)
    calendar = models.TextField(_("calendar object"), blank=True)
    method = models.CharField(_("method"), max_length=10, blank=True)
    message_id = models.CharField(_("Message-ID"), max_length=255, blank=True)
    in_reply_to = models.CharField(_("in reply to"), max_length=255, blank=True)
    references = models.TextField(_("references"), blank=True)
    reply_to = models.EmailField(_("answers to"), blank=True)
    by_person = models.BooleanField(_("written by a person"), default=False)
    files = models.JSONField(_("files"), default=list, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=NoticeState, default=NoticeState.WAITING)
    written_at = models.DateTimeField(_("written"))
    due_at = models.DateTimeField(_("next try"))
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    last_error = models.CharField(_("last error"), max_length=500, blank=True)
    bounced_at = models.DateTimeField(_("came back"), null=True, blank=True)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        indexes: ClassVar = [
            models.Index(fields=["due_at"], condition=Q(state="waiting"), name="notice_due"),
            models.Index(fields=["message_id"], condition=~Q(message_id=""), name="notice_by_message_id"),
            models.Index(fields=["cause"], opclasses=["varchar_pattern_ops"], name="notice_by_cause"),  # by how it begins
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["cause", "address", "channel"], name="notice_once"),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False) | ~Q(state="sent") & Q(sent_at=None), name="notice_sent_when"
            ),
            models.CheckConstraint(condition=Q(state__in=NoticeState.values), name="notice_state_known"),
            models.CheckConstraint(condition=Q(channel__in=Channel.values), name="notice_channel_known"),
            models.CheckConstraint(
                condition=Q(calendar="", method="") | ~Q(calendar="") & Q(method__in=["REQUEST", "CANCEL"]) & ~Q(sender=""),
                name="notice_calendar_has_a_method",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} → {self.address}"


class OutgoingHold(models.Model):
    """While one stands that is not released, nothing leaves the house: the installation is a copy, and its original may live.

    What was written before `held_at` may have been sent by the original since: a person decides about it (`notices.holding`).
    """

    reason = models.CharField(_("why"), max_length=200)
    held_at = models.DateTimeField(_("held since"))
    released_at = models.DateTimeField(_("released"), null=True, blank=True)
    set_aside = models.PositiveIntegerField(_("left for a person to decide"), default=0)

    class Meta:
        verbose_name = _("hold of what goes out")
        verbose_name_plural = _("holds of what goes out")
        constraints: ClassVar = [
            models.UniqueConstraint("reason", condition=Q(released_at=None), name="outgoing_hold_once"),
        ]

    def __str__(self) -> str:
        return self.reason


class MailState(models.TextChoices):
    """What became of a mail that came in. Nothing that came in is ever lost (rule S8)."""

    WAITING = "waiting", _("Waiting")
    HANDLED = "handled", _("Handled")
    IGNORED = "ignored", _("Ignored")
    HELD = "held", _("Held for staff")


class IncomingMail(models.Model):
    """A mail as it came in, byte for byte, and what became of it (rule S8).

    `digest` is the SHA-256 of `raw`: the same bytes are kept once. `sender`, `subject` and `message_id` are what could
    be read of it, for lists; `route` names what handled it, `outcome` says what was done or why nothing was. `about` is
    the notice that a report is about.
    """

    raw = models.BinaryField(_("bytes"))
    digest = models.CharField(_("SHA-256"), max_length=64, unique=True)
    size = models.PositiveIntegerField(_("size (bytes)"))
    source = models.CharField(_("came by"), max_length=20)
    received_at = models.DateTimeField(_("received"))
    message_id = models.CharField(_("Message-ID"), max_length=255, blank=True)
    sender = models.CharField(_("from"), max_length=254, blank=True)
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=MailState, default=MailState.WAITING)
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    due_at = models.DateTimeField(_("next try"))
    route = models.CharField(_("route"), max_length=40, blank=True)
    outcome = models.CharField(_("what was done"), max_length=500, blank=True)
    about = models.ForeignKey(Notice, models.SET_NULL, related_name="reports", null=True, blank=True, verbose_name=_("about"))
    handled_at = models.DateTimeField(_("handled"), null=True, blank=True)

    class Meta:
        verbose_name = _("incoming mail")
        verbose_name_plural = _("incoming mails")
        indexes: ClassVar = [
            models.Index(fields=["due_at"], condition=Q(state="waiting"), name="incoming_mail_due"),
            models.Index(fields=["message_id"], name="incoming_mail_by_id"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=MailState.values), name="incoming_mail_state_known"),
            models.CheckConstraint(
                condition=Q(state="waiting", handled_at=None) | ~Q(state="waiting") & Q(handled_at__isnull=False) & ~Q(outcome=""),
                name="incoming_mail_ended_somehow",
            ),
        ]

    def __str__(self) -> str:
        return self.subject or self.digest[:12]


class NotificationChoice(models.Model):
    """Whether somebody wants to be told of one kind of thing over one channel (rule M4). No row: by mail, and not as a text."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="notification_choices", verbose_name=_("person"))
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel)
    wanted = models.BooleanField(_("wanted"))

    class Meta:
        verbose_name = _("choice of notifications")
        verbose_name_plural = _("choices of notifications")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "kind", "channel"], name="notification_chosen_once"),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="notification_kind_can_be_chosen"),
            models.CheckConstraint(condition=Q(channel__in=[Channel.EMAIL, Channel.SMS]), name="notification_channel_reaches_people"),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.get_kind_display()} · {self.get_channel_display()}"
