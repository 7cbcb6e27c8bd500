"""What an agreement binds a client to, and what it says otherwise than the plans (rules P3, S13)."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from clients.models.charging import GrantsForMissed, IndexClause, MissedGrants, index_constraint, missed_constraint
from clients.models.overriding import checked_term
from clients.models.parties import Agreement
from clients.models.plans import Plan, TargetFields


class AgreementPlan(IndexClause, GrantsForMissed):
    """A plan that an agreement binds the organisation to (rule P3), and how its fee is charged (rule I7).

    `starts_on`: from when, where that is later than the agreement. `included_account`: the name of the credit account that
    gets the hours which the plan includes; empty: the oldest open one. `missed_grants` empty: what the plan says (rule S16).
    """

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="plans", verbose_name=_("agreement"))
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="+", verbose_name=_("plan"))
    starts_on = models.DateField(_("charged from"), null=True, blank=True)
    included_account = models.CharField(_("account of the included hours"), max_length=80, blank=True)
    missed_grants = models.CharField(
        _("a missed guarantee grants"),
        max_length=10,
        choices=[("", _("what the plan says")), *MissedGrants.choices],
        blank=True,
        default="",
    )
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("plan of an agreement")
        verbose_name_plural = _("plans of agreements")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["agreement", "plan"], name="agreement_plan_once"),
            index_constraint("agreement_plan_index_is_whole"),
            missed_constraint("agreement_plan_grants_something", or_blank=True),
        ]

    def __str__(self) -> str:
        return f"{self.agreement} · {self.plan}"

    @property
    def for_missed(self) -> GrantsForMissed:
        """Where it stands what a missed target grants: here, or in the plan (rule S16)."""
        return self if self.missed_grants else self.plan


class AgreementTarget(TargetFields):
    """A target that an agreement has of its own, instead of its plans' (rule P3: individual plans)."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="targets", verbose_name=_("agreement"))
    history = HistoricalRecords()

    class Meta(TargetFields.Meta):
        verbose_name = _("target of an agreement")
        verbose_name_plural = _("targets of agreements")
        constraints: ClassVar = [
            *TargetFields.Meta.constraints,
            models.UniqueConstraint(fields=["agreement", "priority"], name="agreement_target_once"),
        ]

    def __str__(self) -> str:
        return f"{self.agreement} · {self.priority}"


class AgreementTerm(models.Model):
    """Another term of the plan that an agreement sets for itself (rule P3): one of `overriding.OVERRIDABLE`, and its value."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="terms", verbose_name=_("agreement"))
    name = models.CharField(_("term"), max_length=40)
    value = models.JSONField(_("value"), null=True)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("term of an agreement")
        verbose_name_plural = _("terms of agreements")
        constraints: ClassVar = [models.UniqueConstraint(fields=["agreement", "name"], name="agreement_term_once")]

    def __str__(self) -> str:
        return f"{self.name} = {self.value}"

    def clean(self) -> None:
        """Refuse what no agreement may set, and a value that the term cannot have."""
        self.value = checked_term(self.name, self.value)


class Deployment(models.TextChoices):
    """How a service is run; reports are valid for the first two (rule S13)."""

    HOSTED = "hosted", _("hosted by us")
    RECOMMENDED = "recommended", _("installed as recommended")
    OTHER = "other", _("installed otherwise")


class AgreedService(models.Model):
    """A service that the agreement covers (rules P3, T1). Guarantees do not cover what is a `preview` or beta (rule S13)."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="services", verbose_name=_("agreement"))
    name = models.CharField(_("name"), max_length=120)
    description = models.TextField(_("description"), blank=True)
    deployment = models.CharField(_("run"), max_length=20, choices=Deployment, default=Deployment.RECOMMENDED)
    preview = models.BooleanField(_("preview or beta"), default=False)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("agreed service")
        verbose_name_plural = _("agreed services")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["agreement", "name"], name="agreed_service_once"),
            models.CheckConstraint(condition=Q(deployment__in=Deployment.values), name="agreed_service_deployment_known"),
        ]

    def __str__(self) -> str:
        return self.name
