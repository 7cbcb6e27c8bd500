"""Many drafts that somebody asked to be issued, worked through by a job (rule I1)."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from invoicing.models.invoices import Invoice
from people.models import Person


class BatchRowState(models.TextChoices):
    """Waiting → issued, refused with a sentence, or cancelled."""

    WAITING = "waiting", pgettext_lazy("a draft", "Waits")
    ISSUED = "issued", _("Issued")
    REFUSED = "refused", pgettext_lazy("a draft", "Not issued")
    CANCELLED = "cancelled", pgettext_lazy("a draft", "Cancelled")


class IssueBatch(models.Model):
    """Who asked for it, and when. `closed_at`: nothing of it waits any more; `cancelled_by` took back the rest."""

    cause = models.CharField(_("cause"), max_length=120, unique=True)
    asked_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("asked by"))
    asked_at = models.DateTimeField(_("asked"))
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    cancelled_by = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("cancelled by"))

    class Meta:
        verbose_name = _("batch of invoices")
        verbose_name_plural = _("batches of invoices")
        indexes: ClassVar = [models.Index(fields=["id"], condition=Q(closed_at=None), name="issue_batch_open")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(cancelled_by=None) | Q(closed_at__isnull=False), name="cancelled_batch_is_closed")
        ]

    def __str__(self) -> str:
        return f"{self.asked_by} {self.asked_at:%Y-%m-%d %H:%M}"


class IssueBatchRow(models.Model):
    """One draft of a batch, and what became of it. `why`: the sentence with which it was refused. `attempts` failed by our fault."""

    batch = models.ForeignKey(IssueBatch, models.PROTECT, related_name="rows", verbose_name=_("batch"))
    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="batch_rows", verbose_name=_("invoice"))
    state = models.CharField(_("state"), max_length=10, choices=BatchRowState, default=BatchRowState.WAITING)
    why = models.CharField(_("why"), max_length=500, blank=True)
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    done_at = models.DateTimeField(_("done"), null=True, blank=True)

    class Meta:
        verbose_name = _("draft of a batch")
        verbose_name_plural = _("drafts of batches")
        indexes: ClassVar = [models.Index(fields=["batch", "attempts", "id"], condition=Q(state="waiting"), name="batch_row_waiting")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["batch", "invoice"], name="batch_row_once"),
            models.CheckConstraint(
                condition=Q(state="waiting", done_at=None, why="")
                | Q(state__in=["issued", "cancelled"], done_at__isnull=False, why="")
                | Q(state="refused", done_at__isnull=False) & ~Q(why=""),
                name="batch_row_ended_somehow",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.invoice}: {self.get_state_display()}"
