"""What is said in a case: messages with their attachments, and the mails they came or went by (rules S1, S4, S8)."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models.cases import Case
from notices.models import IncomingMail, Notice
from people.models import Person


class Voice(models.TextChoices):
    """Whose word it is. `note` is for staff only; `system` is ours without anybody having written it."""

    CLIENT = "client", _("the client")
    STAFF = "staff", _("us")
    NOTE = "note", _("internal note")
    SYSTEM = "system", _("automatic")


class Way(models.TextChoices):
    """How it came or went."""

    PORTAL = "portal", _("Client portal")
    EMAIL = "email", _("E-mail")
    PHONE = "phone", _("Phone")
    VIDEO = "video", _("Video")
    CHAT = "chat", _("Chat")


class Message(models.Model):
    """One word in a case. Append-only. `text` is whole, quotes included: they are folded when shown, never cut.

    `html` is what a mail brought besides, as it came: not fit to be shown before it is cleaned (`cases.html_mail`).
    `author` is None for a stranger whom staff let in: `address` says who.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="messages", verbose_name=_("case"))
    voice = models.CharField(_("whose"), max_length=10, choices=Voice)
    way = models.CharField(_("came or went by"), max_length=10, choices=Way, default=Way.PORTAL)
    author = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("who"))
    address = models.EmailField(_("address"), blank=True)
    text = models.TextField(_("text"))
    html = models.TextField(_("HTML, as it came"), blank=True)
    at = models.DateTimeField(_("when"))
    cause = models.CharField(_("cause"), max_length=200, unique=True)
    mail = models.ForeignKey(IncomingMail, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("mail"))

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        indexes: ClassVar = [models.Index(fields=["case", "at"], name="message_of_case")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(voice__in=Voice.values), name="message_voice_known"),
            models.CheckConstraint(condition=~Q(voice__in=["staff", "note"]) | Q(author__isnull=False), name="our_message_has_an_author"),
        ]

    def __str__(self) -> str:
        return f"{self.get_voice_display()} {self.at:%Y-%m-%d %H:%M}"


def place_of(_attachment: models.Model, _name: str) -> str:
    """Where the bytes lie: under a random name that says nothing (rule S1). See `cases.attachments`."""
    from secrets import token_hex  # noqa: PLC0415 -- only here

    name = token_hex(20)
    return f"cases/{name[:2]}/{name}"


class Attachment(models.Model):
    """A file with a message. Append-only. `name` and `content_type` are what the sender said; `digest` is SHA-256."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="attachments", verbose_name=_("case"))
    message = models.ForeignKey(Message, models.PROTECT, related_name="attachments", verbose_name=_("message"))
    name = models.CharField(_("name"), max_length=200)
    content_type = models.CharField(_("type"), max_length=100)
    size = models.PositiveIntegerField(_("size (bytes)"))
    digest = models.CharField(_("SHA-256"), max_length=64)
    content = models.FileField(_("bytes"), upload_to=place_of, max_length=120)
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")

    def __str__(self) -> str:
        return self.name


class AttachmentGone(models.Model):
    """That the bytes of a file are gone, for their time is over (GDPR article 5); the row of the file stays."""

    attachment = models.OneToOneField(Attachment, models.PROTECT, related_name="gone", verbose_name=_("attachment"))
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("file that is gone")
        verbose_name_plural = _("files that are gone")

    def __str__(self) -> str:
        return str(self.attachment)


class CaseMail(models.Model):
    """A Message-ID that belongs to a case (rule S8). `ours`: we gave it; else it stood in a mail that joined the case."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="mails", verbose_name=_("case"))
    message = models.ForeignKey(Message, models.PROTECT, related_name="mails", null=True, blank=True, verbose_name=_("message"))
    notice = models.ForeignKey(Notice, models.SET_NULL, related_name="+", null=True, blank=True, verbose_name=_("notice"))
    mail_id = models.CharField(_("Message-ID"), max_length=255)
    ours = models.BooleanField(_("ours"))
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("mail of a case")
        verbose_name_plural = _("mails of cases")
        indexes: ClassVar = [models.Index(fields=["mail_id"], name="case_mail_by_id")]
        constraints: ClassVar = [models.UniqueConstraint(fields=["case", "mail_id"], name="case_mail_once")]

    def __str__(self) -> str:
        return self.mail_id
