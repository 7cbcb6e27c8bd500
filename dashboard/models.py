"""When each due job last ran, so that somebody who watches sees that the work is done; and what administrators did about what failed.

Everything else that pages show belongs to lower floors (rule M4).
"""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from people.models import Person


class JobRun(models.Model):
    """What became of one job of `dashboard.due.JOBS` lately; one row a job, written over.

    `ran_at` is when it last ended, `succeeded_at` when it last ended well, `failures` how often it has failed since.
    """

    name = models.CharField(max_length=120, unique=True)
    ran_at = models.DateTimeField()
    succeeded_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(failures__gt=0) | Q(succeeded_at__isnull=False), name="job_run_ended_somehow"),
        ]

    def __str__(self) -> str:
        return self.name


class DeadLetterAct(models.TextChoices):
    """What somebody did about it."""

    RETRIED = "retried", _("Tried again")
    GIVEN_UP = "given_up", _("Given up")


class DeadLetterEvent(models.Model):
    """Somebody had something tried again that had failed for good, or gave it up, and why. Never changed, never removed.

    `letter` names it (`notice:42`), `failed` which of its failures it was: for each there is one answer.
    """

    letter = models.CharField(_("what"), max_length=60)
    failed = models.CharField(_("which failure"), max_length=60)
    act = models.CharField(_("what was done"), max_length=10, choices=DeadLetterAct)
    error = models.CharField(_("last error"), max_length=300, blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("answer to a failure")
        verbose_name_plural = _("answers to failures")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["letter", "failed"], name="dead_letter_answered_once"),
            models.CheckConstraint(
                condition=Q(act="retried") | Q(act="given_up") & ~Q(reason=""), name="dead_letter_given_up_for_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.letter}: {self.get_act_display()}"
