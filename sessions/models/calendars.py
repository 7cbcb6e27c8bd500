"""What calendars know of sessions: invitations by mail, and each person's private feed (rule R4; RFC 5545, 5546)."""

from typing import ClassVar
from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from people.models import Person
from sessions.models.sessions import Session


class CalendarObject(models.Model):
    """A session as calendars know it: one UID for ever, and a SEQUENCE that grows with every change (RFC 5545)."""

    session = models.OneToOneField(Session, models.PROTECT, related_name="calendar_object", verbose_name=_("session"))
    uid = models.UUIDField(_("UID"), unique=True, default=uuid4, editable=False)
    sequence = models.PositiveIntegerField(_("SEQUENCE"), default=0)

    class Meta:
        verbose_name = _("calendar object")
        verbose_name_plural = _("calendar objects")

    def __str__(self) -> str:
        return str(self.uid)


class Side(models.TextChoices):
    """For whom somebody takes part."""

    CLIENT = "client", _("client")
    TECHNICIAN = "technician", _("technician")


class Answer(models.TextChoices):
    """What somebody's calendar program answered to the invitation (PARTSTAT, RFC 5545)."""

    NONE = "needs_action", _("no answer yet")
    ACCEPTED = "accepted", _("accepted")
    TENTATIVE = "tentative", _("maybe")
    DECLINED = "declined", _("declined")


class Attendee(models.Model):
    """Somebody who is invited to a session, or was: `live` until a CANCEL was sent. Once a session and person (rule R4).

    `sequence` is that of the first invitation they got to the time as it is now, `address` where they got the last one.
    An answer counts only if it is to that `sequence` or a later one, and `answer_stamp`, its DTSTAMP, is later than that
    of the one before.
    """

    session = models.ForeignKey(Session, models.PROTECT, related_name="attendees", verbose_name=_("session"))
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("person"))
    side = models.CharField(_("side"), max_length=10, choices=Side)
    live = models.BooleanField(_("invited"), default=True)
    sequence = models.PositiveIntegerField(_("SEQUENCE"), default=0)
    address = models.EmailField(_("invited at"))
    answer = models.CharField(_("answer"), max_length=15, choices=Answer, default=Answer.NONE)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    answer_stamp = models.DateTimeField(_("stamp of the answer"), null=True, blank=True)

    class Meta:
        verbose_name = _("attendee")
        verbose_name_plural = _("attendees")
        indexes: ClassVar = [models.Index(fields=["person", "session"], name="sessions_of_attendee")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["session", "person"], name="invited_once"),
            models.CheckConstraint(condition=Q(side__in=Side.values, answer__in=Answer.values), name="attendee_known"),
            models.CheckConstraint(
                condition=Q(answer="needs_action", answered_at=None) | ~Q(answer="needs_action") & Q(answered_at__isnull=False),
                name="attendee_answered_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.session}"


class CalendarFeed(models.Model):
    """Somebody's private calendar address: a token of which only the hash is kept, and the document as last written.

    `fingerprint` says of what the document was written; it stands until that changes or `good_until` is past.
    """

    person = models.OneToOneField(Person, models.PROTECT, related_name="calendar_feed", verbose_name=_("person"))
    token_hash = models.CharField(_("hash of the token"), max_length=64, unique=True)
    made_at = models.DateTimeField(_("made"))
    fingerprint = models.CharField(_("written of"), max_length=64, blank=True)
    good_until = models.DateTimeField(_("good until"), null=True, blank=True)
    etag = models.CharField(_("ETag"), max_length=64, blank=True)
    document = models.TextField(_("document"), blank=True)
    written_at = models.DateTimeField(_("written"), null=True, blank=True)

    class Meta:
        verbose_name = _("calendar feed")
        verbose_name_plural = _("calendar feeds")

    def __str__(self) -> str:
        return str(self.person)
