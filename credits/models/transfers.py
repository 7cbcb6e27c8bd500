"""A transfer between two accounts of one organisation, agreed by an approver of each (rules C13, C16)."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from credits.models.accounts import CreditAccount
from people.models import Person


class TransferState(models.TextChoices):
    """Proposed → carried out, or declined."""

    PROPOSED = "proposed", _("Waits for approval")
    DONE = "done", _("Carried out")
    DECLINED = "declined", _("Declined")


class TransferQuerySet(models.QuerySet["Transfer"]):
    """Transfers, narrowed to who may see them."""

    def visible_to(self, person: Person) -> Self:
        """Those of the accounts `person` may read."""
        return self.filter(source__in=CreditAccount.objects.visible_to(person))


class Transfer(models.Model):
    """`minutes` are to go from `source` to `target`. Each side is approved by somebody who decides for that account.

    The ledger posts it under the cause `transfer:<number>`, in both accounts at once.
    """

    source = models.ForeignKey(CreditAccount, models.PROTECT, related_name="transfers_out", verbose_name=_("from"))
    target = models.ForeignKey(CreditAccount, models.PROTECT, related_name="transfers_in", verbose_name=_("to"))
    cause = models.CharField(_("cause"), max_length=120, unique=True)
    minutes = models.PositiveIntegerField(_("minutes"))
    reason = models.CharField(_("reason"), max_length=500)
    state = models.CharField(_("state"), max_length=10, choices=TransferState, default=TransferState.PROPOSED)
    proposed_at = models.DateTimeField(_("proposed"))
    proposed_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("proposed by"))
    source_approved_at = models.DateTimeField(_("approved for the giving account"), null=True, blank=True)
    source_approved_by = models.ForeignKey(
        Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("approved for the giving account by")
    )
    target_approved_at = models.DateTimeField(_("approved for the receiving account"), null=True, blank=True)
    target_approved_by = models.ForeignKey(
        Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("approved for the receiving account by")
    )
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    closed_by = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("closed by"))

    objects = TransferQuerySet.as_manager()

    class Meta:
        verbose_name = _("transfer")
        verbose_name_plural = _("transfers")
        indexes: ClassVar = [
            models.Index(fields=["state", "proposed_at"], name="transfer_waiting"),
            models.Index(fields=["source"], condition=Q(state="proposed"), name="transfer_waits_from"),
            models.Index(fields=["target"], condition=Q(state="proposed"), name="transfer_waits_to"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=TransferState.values), name="transfer_state_known"),
            models.CheckConstraint(condition=Q(minutes__gt=0) & ~Q(source=F("target")) & ~Q(reason=""), name="transfer_moves_and_says_why"),
            models.CheckConstraint(
                condition=Q(state="proposed", closed_at=None)
                | Q(state="done", closed_at__isnull=False, source_approved_by__isnull=False, target_approved_by__isnull=False)
                | Q(state="declined", closed_at__isnull=False),
                name="transfer_done_with_both_approvals",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} → {self.target}: {self.minutes} min"
