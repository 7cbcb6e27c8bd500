"""How our technicians get in, kept sealed, and who looked at it; and what both sides note (rules R1, R3)."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from people.models import Person
from sessions.models.sessions import Session


class AccessInstructions(models.Model):
    """How to connect and who lets us in, encrypted (`core.sealing`); erased some time after the session has ended (rule R3)."""

    session = models.OneToOneField(Session, models.PROTECT, related_name="access_instructions", verbose_name=_("session"))
    sealed = models.TextField(_("sealed"), blank=True)
    written_at = models.DateTimeField(_("written"))
    written_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("written by"))
    erased_at = models.DateTimeField(_("erased"), null=True, blank=True)

    class Meta:
        verbose_name = _("access instructions")
        verbose_name_plural = _("access instructions")
        indexes: ClassVar = [models.Index(fields=["session"], condition=Q(erased_at=None), name="access_not_erased")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(erased_at=None) & ~Q(sealed="") | Q(erased_at__isnull=False, sealed=""), name="access_is_sealed_or_erased"
            )
        ]

    def __str__(self) -> str:
        return str(_("access instructions"))


class AccessLook(models.Model):
    """Somebody read the access instructions of a session: visible to its client, append-only (rule R3)."""

    session = models.ForeignKey(Session, models.PROTECT, related_name="access_looks", verbose_name=_("session"))
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("person"))
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("look at access instructions")
        verbose_name_plural = _("looks at access instructions")

    def __str__(self) -> str:
        return f"{self.person} {self.at:%Y-%m-%d %H:%M}"


class SessionNote(models.Model):
    """What somebody of either side noted about a session, for all who may see it. Append-only."""

    session = models.ForeignKey(Session, models.PROTECT, related_name="notes", verbose_name=_("session"))
    by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("when"))
    text = models.TextField(_("note"))
    cause = models.CharField(_("cause"), max_length=120, unique=True)

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        constraints: ClassVar = [models.CheckConstraint(condition=~Q(text=""), name="note_says_something")]

    def __str__(self) -> str:
        return self.text
