"""How a case is judged: support, server support or delivery, and what the client says to it (rules T1 to T3)."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cases.models.cases import Case
from clients.models import AgreedService
from people.models import Person


class TriageWay(models.TextChoices):
    """The three ways of a case (rules T1, T3)."""

    SUPPORT = "support", _("Support")
    SERVER_SUPPORT = "server_support", _("Server support, paid from credit")
    DELIVERY = "delivery", _("Delivery, at a cost")


class DeliveryGround(models.TextChoices):
    """Why something is delivery (rules T1, S12)."""

    CONFIGURATION = "configuration", _("A change of configuration to an agreed service")
    ENVIRONMENT = "environment", _("A change in your environment")
    INTEGRATION = "integration", _("A new integration")
    VISIT = "visit", _("A visit that your plan does not include")
    OTHER = "other", _("Something else that is not support")


class TriageDecision(models.Model):
    """One judgement of a case: which way, on what ground, with what reason, by whom (rules T1 to T3).

    `service` is the agreed service that it is about. `support_minutes` were worked on the case until then and stay support.
    Server support: the client's approver or a booker answers whether credit may be used (`agreed`). Delivery: the client
    may object, and somebody else than the one who judged decides whether the judgement is `upheld`.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="triage_decisions", verbose_name=_("case"))
    way = models.CharField(_("way"), max_length=20, choices=TriageWay)
    ground = models.CharField(_("ground"), max_length=20, choices=DeliveryGround, blank=True)
    reason = models.CharField(_("reason"), max_length=500)
    service = models.ForeignKey(AgreedService, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("agreed service"))
    decided_at = models.DateTimeField(_("judged"))
    decided_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("judged by"))
    support_minutes = models.PositiveIntegerField(_("worked as support (minutes)"), default=0)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    answered_by = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("answered by"))
    agreed = models.BooleanField(_("credit may be used"), null=True, blank=True)
    objected_at = models.DateTimeField(_("objected"), null=True, blank=True)
    objected_by = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("objected by"))
    objection = models.CharField(_("objection"), max_length=500, blank=True)
    settled_at = models.DateTimeField(_("decided"), null=True, blank=True)
    settled_by = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("decided by"))
    settlement = models.CharField(_("why"), max_length=500, blank=True)
    upheld = models.BooleanField(_("upheld"), null=True, blank=True)

    class Meta:
        verbose_name = _("judgement of a case")
        verbose_name_plural = _("judgements of cases")
        indexes: ClassVar = [
            models.Index(fields=["case"], condition=Q(objected_at__isnull=False, settled_at=None), name="triage_objection_open"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(way__in=TriageWay.values), name="triage_way_known"),
            models.CheckConstraint(
                condition=Q(way="delivery", ground__in=DeliveryGround.values) | ~Q(way="delivery") & Q(ground=""),
                name="delivery_has_a_ground",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="triage_has_a_reason"),
            models.CheckConstraint(
                condition=Q(answered_at=None, agreed=None) | Q(way="server_support", answered_at__isnull=False, agreed__isnull=False),
                name="triage_credit_answered_whole",
            ),
            models.CheckConstraint(
                condition=Q(objected_at=None, objection="") | Q(way="delivery", objected_at__isnull=False) & ~Q(objection=""),
                name="triage_objection_says_why",
            ),
            models.CheckConstraint(
                condition=Q(settled_at=None, upheld=None)
                | Q(settled_at__isnull=False, upheld__isnull=False, objected_at__isnull=False) & ~Q(settled_by=F("decided_by")),
                name="triage_objection_decided_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.case_id} {self.get_way_display()}"
