"""Invitations: how somebody comes to an account, and an account to a place (rules: People)."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from clients.models.parties import MemberRole, Organisation, StaffDuty
from people.models import Language, Person

OPEN = Q(closed_at=None)
OF_CLIENT = Q(organisation__isnull=False, role__in=MemberRole.values, duties="")
OF_PROVIDER = Q(organisation=None, role="", is_owner=False, approval_limit=None)
ACCEPTED = Q(closed_at__isnull=False, accepted_by__isnull=False, withdrawn_by=None)
WITHDRAWN = Q(closed_at__isnull=False, accepted_by=None, withdrawn_by__isnull=False)


class Invitation(models.Model):
    """Somebody with this address may have this place: a role in an organisation, or duties with the provider.

    Of its link only the SHA-256 of the token is kept, and a link works once: what is accepted or withdrawn is closed, and
    stays as it was. Inviting again while it is open renews it: `round` counts the links that were made, `invited_at` is when the
    last of them was, and `key` names the form that asked for it. `duties` are divided by commas. `invited_by` None: the command line.
    """

    email = models.EmailField(_("e-mail address"))
    language = models.CharField(_("language"), max_length=5, choices=Language)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="invitations", verbose_name=_("organisation"), null=True, blank=True
    )
    role = models.CharField(_("role"), max_length=20, choices=MemberRole, blank=True)
    approval_limit = models.DecimalField(_("decides alone up to (without VAT)"), max_digits=14, decimal_places=2, null=True, blank=True)
    is_owner = models.BooleanField(_("looks after the organisation’s people"), default=False)
    duties = models.CharField(_("duties"), max_length=100, blank=True)
    token_hash = models.CharField(_("fingerprint of the link"), max_length=64, unique=True, editable=False)
    round = models.PositiveSmallIntegerField(_("how often it was sent"), default=1, editable=False)
    key = models.CharField(_("key of the form"), max_length=36, editable=False)
    invited_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("invited by"), null=True, blank=True)
    invited_at = models.DateTimeField(_("invited"))
    expires_at = models.DateTimeField(_("good until"))
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    accepted_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("accepted by"), null=True, blank=True)
    withdrawn_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("withdrawn by"), null=True, blank=True)
    history = HistoricalRecords(excluded_fields=["token_hash"])

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        indexes: ClassVar = [models.Index(fields=["invited_by", "invited_at"], name="invitations_by_inviter")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation", "email"], condition=OPEN, name="invitation_open_once"),
            models.UniqueConstraint(fields=["email"], condition=OPEN & Q(organisation=None), name="invitation_of_ours_open_once"),
            models.CheckConstraint(condition=OF_CLIENT | OF_PROVIDER & ~Q(duties=""), name="invitation_to_a_place"),
            models.CheckConstraint(condition=Q(is_owner=False) | ~Q(role=MemberRole.READER), name="invitation_reader_owns_nothing"),
            models.CheckConstraint(
                condition=Q(closed_at=None, accepted_by=None, withdrawn_by=None) | ACCEPTED | WITHDRAWN, name="invitation_closed_one_way"
            ),
            models.CheckConstraint(condition=Q(expires_at__gt=models.F("invited_at")), name="invitation_ends_after_start"),
            models.CheckConstraint(condition=Q(approval_limit=None) | Q(approval_limit__gte=0), name="invitation_limit_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.email} · {self.organisation or _('our own people')}"

    @property
    def duty_list(self) -> list[StaffDuty]:
        """The duties with the provider; none for a client."""
        named = self.duties.split(",")
        return [duty for duty in StaffDuty if duty in named]

    @property
    def place(self) -> str:
        """What the person would be, in words."""
        return self.get_role_display() if self.organisation_id else ", ".join(str(duty.label) for duty in self.duty_list)
