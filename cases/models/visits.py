"""Visits: a consultant comes to the client for what cannot be solved by phone or remotely (rule S12)."""

from typing import ClassVar
from uuid import uuid4

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models.cases import Case
from people.models import Person


class VisitEnd(models.TextChoices):
    """What became of a visit."""

    MADE = "made", _("Made")
    CANCELLED = "cancelled", pgettext_lazy("a visit", "Cancelled")


class Visit(models.Model):
    """A consultant at the client's site from `starts_at` to `ends_at`, in UTC (rule S12). The case's clocks run on.

    `sequence` counts the changes that calendars are told of, `uid` is what they know it by (RFC 5545). `live`: the time is
    taken; nobody is at two places at once (a guard in the database).
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="visits", verbose_name=_("case"))
    consultant = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("who comes"))
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("to"))
    place = models.CharField(_("place"), max_length=200)
    contact = models.CharField(_("who lets us in"), max_length=120, blank=True)
    purpose = models.CharField(_("what is done there"), max_length=500)
    cause = models.CharField(_("cause"), max_length=200, unique=True)
    planned_at = models.DateTimeField(_("planned"))
    planned_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("planned by"))
    uid = models.UUIDField(default=uuid4, unique=True)
    sequence = models.PositiveIntegerField(default=0)
    live = models.BooleanField(_("in force"), default=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    ended_as = models.CharField(_("ended as"), max_length=10, choices=VisitEnd, blank=True)
    ended_by = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("ended by"))
    outcome = models.CharField(_("outcome"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        indexes: ClassVar = [models.Index(fields=["case", "starts_at"], name="visit_of_case")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="visit_ends_after_start"),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_as="") | Q(ended_at__isnull=False, ended_as__in=VisitEnd.values),
                name="visit_ends_somehow",
            ),
            models.CheckConstraint(condition=Q(live=True) | Q(ended_as="cancelled"), name="visit_takes_time_unless_cancelled"),
        ]

    def __str__(self) -> str:
        return f"#{self.case_id} {self.starts_at:%Y-%m-%d %H:%M}"
