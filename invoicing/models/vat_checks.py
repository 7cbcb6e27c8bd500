"""What VIES said of buyers' VAT numbers, and when (rule I2)."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clients.models import Organisation
from core.outbound import Trouble
from people.models import Person


class Verdict(models.TextChoices):
    """What came of asking. The last says nothing about the number."""

    VALID = "valid", _("Valid")
    INVALID = "invalid", _("Not valid")
    UNAVAILABLE = "unavailable", _("No answer")


BUSY, AWAY = _("VIES is asked too much just now."), _("The register of the buyer’s country does not answer just now.")
UNKNOWN = _("VIES gave no reason that we know.")
TROUBLES: dict[str, str | Promise] = {
    **{trouble.value.upper(): trouble.label for trouble in Trouble},
    "MALFORMED": _("The number is not written like a VAT number."),
    "NO_WAY": _("VIES cannot be reached from here."),
    "SERVICE_UNAVAILABLE": _("VIES does not answer just now."),
    "MS_UNAVAILABLE": AWAY,
    "TIMEOUT": AWAY,
    "GLOBAL_MAX_CONCURRENT_REQ": BUSY,
    "MS_MAX_CONCURRENT_REQ": BUSY,
    "INVALID_INPUT": _("The number is not written like a VAT number."),
    "INVALID_REQUESTER_INFO": _("VIES does not know our own VAT number."),
    "VAT_BLOCKED": _("VIES does not answer about this number, or to our own."),
    "IP_BLOCKED": _("VIES does not answer to this server."),
}
"""The words of code of VIES, of ours (`invoicing.vies`) and of `core.outbound`, for people."""


class VatCheck(models.Model):
    """One question about `number` on behalf of `requester`, our own number, and its answer (rule I2). Append-only.

    `request_identifier` is VIES' receipt, which it gives to those who name themselves. `name` and `address` are the
    buyer's, where its country tells them; `trouble`: why there is no answer. `asked_by` nobody: a job asked.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="vat_checks", verbose_name=_("organisation"))
    cause = models.CharField(_("cause"), max_length=120, unique=True)
    number = models.CharField(_("VAT number"), max_length=20)
    requester = models.CharField(_("asked for"), max_length=20, blank=True)
    asked_at = models.DateTimeField(_("asked"))
    asked_by = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("asked by"))
    verdict = models.CharField(_("answer"), max_length=12, choices=Verdict)
    request_identifier = models.CharField(_("receipt of VIES"), max_length=40, blank=True)
    name = models.CharField(_("name"), max_length=300, blank=True)
    address = models.CharField(_("address"), max_length=500, blank=True)
    trouble = models.CharField(_("why there is no answer"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("check of a VAT number")
        verbose_name_plural = _("checks of VAT numbers")
        indexes: ClassVar = [
            models.Index(fields=["number", "-asked_at", "-id"], name="vat_check_of_number"),
            models.Index(fields=["organisation", "-asked_at", "-id"], name="vat_check_of_client"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(verdict__in=Verdict.values), name="vat_check_verdict_known"),
            models.CheckConstraint(
                condition=Q(verdict="unavailable") & ~Q(trouble="") | Q(verdict__in=["valid", "invalid"], trouble=""),
                name="vat_check_without_answer_says_why",
            ),
            models.CheckConstraint(condition=~Q(number=""), name="vat_check_is_about_a_number"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.asked_at:%Y-%m-%d}: {self.verdict}"

    @property
    def why(self) -> str | Promise:
        """Why there is no answer, in words."""
        return TROUBLES.get(self.trouble, UNKNOWN)
