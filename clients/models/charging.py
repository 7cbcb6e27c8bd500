"""What is agreed about the money of a plan: hours that it includes, what a missed target grants, an index clause (rules I7, P3, S16)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class MissedGrants(models.TextChoices):
    """What a missed guarantee grants (rule S16)."""

    NOTHING = "nothing", _("nothing")
    FEE = "fee", _("a share of the month’s fee (percent)")
    CREDIT = "credit", _("free credit (minutes)")


class IndexedFrom(models.TextChoices):
    """When in the year an indexed fee changes (rule I7)."""

    ANNIVERSARY = "anniversary", _("the agreement’s anniversary")
    JANUARY = "january", _("1 January")


class GrantsForMissed(models.Model):
    """What one missed target grants: `missed_amount` percent of a month's fee, or minutes of credit; at most `missed_cap` a month.

    No cap: as often as targets are missed (rule S16).
    """

    missed_grants = models.CharField(_("a missed guarantee grants"), max_length=10, choices=MissedGrants, default=MissedGrants.NOTHING)
    missed_amount = models.PositiveIntegerField(_("how much (percent or minutes)"), null=True, blank=True)
    missed_cap = models.PositiveIntegerField(_("at most in a month (percent or minutes)"), null=True, blank=True)

    class Meta:
        abstract = True


class IndexClause(models.Model):
    """A fee that follows an index once a year (rule I7). All of it is set, or nothing.

    `index_value` is what the index stood at in the month `index_month` (its first day), which the fee of that day goes with.
    """

    index_name = models.CharField(_("index"), max_length=40, blank=True)
    index_month = models.DateField(_("base month"), null=True, blank=True)
    index_value = models.DecimalField(_("index in the base month"), max_digits=12, decimal_places=4, null=True, blank=True)
    index_from = models.CharField(_("indexed from"), max_length=12, choices=IndexedFrom, default=IndexedFrom.ANNIVERSARY)

    class Meta:
        abstract = True

    @property
    def is_indexed(self) -> bool:
        """Whether the fee follows an index."""
        return bool(self.index_name)


def missed_constraint(name: str, *, or_blank: bool = False) -> models.CheckConstraint:
    """What is granted has an amount: a share is at most all of the fee."""
    nothing = ["nothing", ""] if or_blank else ["nothing"]
    return models.CheckConstraint(
        condition=Q(missed_grants__in=nothing, missed_amount=None, missed_cap=None)
        | Q(missed_grants="credit", missed_amount__gt=0)
        | Q(missed_grants="fee", missed_amount__gt=0, missed_amount__lte=100),
        name=name,
    )


def index_constraint(name: str) -> models.CheckConstraint:
    """A clause is whole, from the first day of a month."""
    return models.CheckConstraint(
        condition=Q(index_name="", index_month=None, index_value=None)
        | ~Q(index_name="") & Q(index_month__isnull=False, index_month__day=1, index_value__gt=0),
        name=name,
    )
