"""An agreement that credit is ordered by itself when an account runs low, and what became of it (rules C2, C16)."""

from typing import ClassVar, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from credits.models.accounts import CreditAccount
from people.models import Person

MOST_A_MONTH = 31


class AutoTopUpState(models.TextChoices):
    """(Awaiting approval →) on → stopped."""

    AWAITING_APPROVAL = "awaiting_approval", _("Waits for a second approver")
    ON = "on", pgettext_lazy("automatic top-up", "On")
    STOPPED = "stopped", pgettext_lazy("automatic top-up", "Stopped")


class AutoTopUpQuerySet(models.QuerySet["AutoTopUp"]):
    """Agreements about automatic top-ups, narrowed to who may see them."""

    def visible_to(self, person: Person) -> Self:
        """Those of the accounts that `person` may read."""
        return self.filter(account__in=CreditAccount.objects.visible_to(person))

    def live(self) -> Self:
        """Those that nobody has stopped."""
        return self.filter(stopped_at=None)


class AutoTopUp(models.Model):
    """When less than `below_minutes` are available, `minutes` are ordered in the name of `agreed_by`, `most_a_month` at most.

    What was agreed never changes: it is stopped, and agreed anew. `approved_by` is the second approver, where one was needed.
    `issues_at_once`: the invoice of such an order is issued without anybody of finance. `trouble` says, in the client's
    language, why nothing could be ordered last; "" where nothing is in the way. `stopped_by` None: the system.
    """

    account = models.ForeignKey(CreditAccount, models.PROTECT, related_name="auto_top_ups", verbose_name=_("account"))
    cause = models.CharField(_("cause"), max_length=120, unique=True, editable=False)
    below_minutes = models.PositiveIntegerField(_("when less is available than (minutes)"))
    minutes = models.PositiveIntegerField(_("size (minutes)"))
    most_a_month = models.PositiveSmallIntegerField(
        _("at most in a month"), validators=[MinValueValidator(1), MaxValueValidator(MOST_A_MONTH)]
    )
    reference = models.CharField(_("your reference"), max_length=80, blank=True)
    issues_at_once = models.BooleanField(_("its invoices are issued at once"), default=False)
    state = models.CharField(_("state"), max_length=20, choices=AutoTopUpState, default=AutoTopUpState.AWAITING_APPROVAL)
    agreed_at = models.DateTimeField(_("agreed"))
    agreed_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("agreed by"))
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True)
    approved_by = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("approved by"))
    stopped_at = models.DateTimeField(_("stopped"), null=True, blank=True)
    stopped_by = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("stopped by"))
    stopped_why = models.CharField(_("why it was stopped"), max_length=500, blank=True)
    trouble = models.CharField(_("why nothing could be ordered"), max_length=500, blank=True)
    troubled_at = models.DateTimeField(_("when nothing could be ordered"), null=True, blank=True)
    history = HistoricalRecords(history_change_reason_field=models.CharField(max_length=500, null=True))

    objects = AutoTopUpQuerySet.as_manager()

    class Meta:
        verbose_name = _("automatic top-up")
        verbose_name_plural = _("automatic top-ups")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account"], condition=Q(stopped_at=None), name="auto_top_up_live_once"),
            models.CheckConstraint(condition=Q(state__in=AutoTopUpState.values), name="auto_top_up_state_known"),
            models.CheckConstraint(condition=Q(below_minutes__gt=0, minutes__gt=0), name="auto_top_up_positive"),
            models.CheckConstraint(condition=Q(most_a_month__gte=1, most_a_month__lte=MOST_A_MONTH), name="auto_top_up_some_a_month"),
            models.CheckConstraint(
                condition=Q(state="on", stopped_at=None)
                | Q(state="awaiting_approval", stopped_at=None, approved_at=None)
                | Q(state="stopped", stopped_at__isnull=False) & ~Q(stopped_why=""),
                name="auto_top_up_state_fits_dates",
            ),
            models.CheckConstraint(
                condition=Q(approved_at=None, approved_by=None) | Q(approved_at__isnull=False, approved_by__isnull=False),
                name="auto_top_up_approved_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(trouble="", troubled_at=None) | Q(troubled_at__isnull=False), name="auto_top_up_trouble_has_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account}: {self.minutes} min"
