"""Time worked in a session, and the client's consent to more of it (rules C7, C8)."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clients.models import Organisation
from clients.timelog import TimeEntry
from people.models import Person
from sessions.models.sessions import Session
from sessions.models.terms import Purpose


class WorkEntry(TimeEntry):
    """Time one technician worked in a session, to the minute. Never changed: taken back and logged again."""

    session = models.ForeignKey(Session, models.PROTECT, related_name="work", verbose_name=_("session"))
    corrects = models.ForeignKey("self", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("corrects"))

    class Meta(TimeEntry.Meta):
        verbose_name = _("time worked")
        verbose_name_plural = _("time worked")

    def __str__(self) -> str:
        return f"{self.minutes} min"


class Consent(models.Model):
    """The client's word on working more than estimate + tolerance: up to `minutes` in all (rule C8).

    `ends_at` is when the session is to end then, where its technicians' time is to grow with it.
    """

    session = models.ForeignKey(Session, models.PROTECT, related_name="consents", verbose_name=_("session"))
    minutes = models.PositiveIntegerField(_("up to, in all (minutes)"))
    reason = models.CharField(_("reason"), max_length=500)
    asked_at = models.DateTimeField(_("asked"))
    asked_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("asked by"))
    given = models.BooleanField(_("given"), null=True, blank=True)
    ends_at = models.DateTimeField(_("would end"), null=True, blank=True)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    answered_by = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("answered by"))

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(given=None, answered_at=None, answered_by=None)
                | Q(given__isnull=False, answered_at__isnull=False, answered_by__isnull=False),
                name="consent_answered_by_somebody",
            ),
            models.UniqueConstraint(fields=["session"], condition=Q(given=None), name="one_open_consent"),
        ]

    def __str__(self) -> str:
        return f"{self.minutes} min"


class LateWork(models.Model):
    """Work that was logged too late counts only with an approver's yes (rule R6)."""

    entry = models.OneToOneField(WorkEntry, models.PROTECT, related_name="late", verbose_name=_("time worked"))
    reason = models.CharField(_("reason"), max_length=500)
    asked_at = models.DateTimeField(_("asked"))
    accepted = models.BooleanField(_("accepted"), null=True, blank=True)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    answered_by = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("answered by"))

    class Meta:
        verbose_name = _("work logged late")
        verbose_name_plural = _("work logged late")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(accepted=None, answered_at=None, answered_by=None)
                | Q(accepted__isnull=False, answered_at__isnull=False, answered_by__isnull=False),
                name="late_work_answered_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return str(self.entry)


class PastWork(models.Model):
    """A session from before Tillgodo, imported as history only: it is read and counted in statistics, never posted.

    `reference` is its number in the system it came from, once per organisation.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="past_work", verbose_name=_("organisation"))
    reference = models.CharField(_("reference"), max_length=80)
    worked_on = models.DateField(_("worked on"))
    technician = models.CharField(_("technician"), max_length=120)
    purpose = models.ForeignKey(Purpose, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("purpose"))
    title = models.CharField(_("what it was about"), max_length=120)
    minutes = models.PositiveIntegerField(_("worked (minutes)"))
    charged_minutes = models.PositiveIntegerField(_("charged (minutes)"))
    imported_at = models.DateTimeField(_("imported"))

    class Meta:
        verbose_name = _("past session")
        verbose_name_plural = _("past sessions")
        indexes: ClassVar = [models.Index(fields=["organisation", "-worked_on"], name="past_work_of_client")]
        constraints: ClassVar = [models.UniqueConstraint(fields=["organisation", "reference"], name="past_work_once")]

    def __str__(self) -> str:
        return self.title
