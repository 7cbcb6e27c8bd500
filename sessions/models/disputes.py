"""Disputed hours: the client's figure per line, and how it was settled (rule C8)."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from people.models import Person
from sessions.models.sessions import Session
from sessions.models.work import WorkEntry


class DisputeOutcome(models.TextChoices):
    """How a dispute ended."""

    UPHELD = "upheld", _("The hours stand")
    CORRECTED = "corrected", _("The hours were corrected")
    LAPSED = "lapsed", _("Not settled in time: the client’s figure stands")


class Dispute(models.Model):
    """A client's objection to submitted hours, to be settled by `due_at`, never by somebody who worked them."""

    session = models.ForeignKey(Session, models.PROTECT, related_name="disputes", verbose_name=_("session"))
    round = models.PositiveSmallIntegerField(_("round"))
    reason = models.TextField(_("reason"))
    raised_at = models.DateTimeField(_("raised"))
    raised_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("raised by"))
    due_at = models.DateTimeField(_("to be settled by"))
    outcome = models.CharField(_("outcome"), max_length=10, choices=DisputeOutcome, blank=True)
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)
    settled_by = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("settled by"))
    settlement = models.TextField(_("reason of the settlement"), blank=True)

    class Meta:
        verbose_name = _("dispute")
        verbose_name_plural = _("disputes")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["session", "round"], name="one_dispute_a_round"),
            models.CheckConstraint(
                condition=Q(outcome="", settled_at=None, settled_by=None)
                | Q(outcome__in=["upheld", "corrected"], settled_at__isnull=False, settled_by__isnull=False) & ~Q(settlement="")
                | Q(outcome="lapsed", settled_at__isnull=False, settled_by=None),
                name="dispute_settled_by_somebody_with_reason",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="dispute_says_why"),
        ]

    def __str__(self) -> str:
        return f"{self.session}: {self.reason}"


class DisputeLine(models.Model):
    """One disputed line: what the client says it should be, and what it was settled at (minutes)."""

    dispute = models.ForeignKey(Dispute, models.PROTECT, related_name="lines", verbose_name=_("dispute"))
    entry = models.ForeignKey(WorkEntry, models.PROTECT, related_name="+", verbose_name=_("entry"))
    claimed_minutes = models.PositiveIntegerField(_("should be (minutes)"))
    settled_minutes = models.PositiveIntegerField(_("settled at (minutes)"), null=True, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["dispute", "entry"], name="line_disputed_once")]

    def __str__(self) -> str:
        return f"{self.entry}: {self.claimed_minutes} min"


class PenaltyOutcome(models.TextChoices):
    """How the dispute of a penalty ended (rule C10)."""

    REVERSED = "reversed", _("The penalty was reversed")
    STANDS = "stands", _("The penalty stands")


class PenaltyDispute(models.Model):
    """A client's objection to one posted penalty, once; the account manager settles it with a reason (rules C10, C13)."""

    session = models.ForeignKey(Session, models.PROTECT, related_name="penalty_disputes", verbose_name=_("session"))
    entry = models.OneToOneField("credits.Entry", models.PROTECT, related_name="+", verbose_name=_("penalty"))
    reason = models.CharField(_("reason"), max_length=500)
    raised_at = models.DateTimeField(_("raised"))
    raised_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("raised by"))
    due_at = models.DateTimeField(_("to be settled by"))
    outcome = models.CharField(_("outcome"), max_length=10, choices=PenaltyOutcome, blank=True)
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)
    settled_by = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("settled by"))
    settlement = models.CharField(_("reason of the settlement"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("dispute of a penalty")
        verbose_name_plural = _("disputes of penalties")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(outcome="", settled_at=None, settled_by=None)
                | Q(outcome__in=PenaltyOutcome.values, settled_at__isnull=False, settled_by__isnull=False) & ~Q(settlement=""),
                name="penalty_dispute_settled_by_somebody_with_reason",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="penalty_dispute_says_why"),
        ]

    def __str__(self) -> str:
        return f"{self.session}: {self.reason}"
