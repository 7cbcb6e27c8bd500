"""Money that goes back to a client (rules C13, P5, I3): proposed, approved by somebody else, paid once; and the files for the bank."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from djmoney.money import Money

from clients.models import Organisation
from invoicing import bank_numbers
from invoicing.models.payments import Payment
from people.models import Person


class PayoutState(models.TextChoices):
    """Proposed and approved it holds the client's money; paid or cancelled it is closed."""

    PROPOSED = "proposed", pgettext_lazy("a payout", "Waits for approval")
    APPROVED = "approved", pgettext_lazy("a payout", "Approved, to be paid")
    PAID = "paid", pgettext_lazy("a payout", "Paid back")
    CANCELLED = "cancelled", pgettext_lazy("a payout", "Cancelled")


LIVE = (PayoutState.PROPOSED, PayoutState.APPROVED)
"""While it is one of these, the sum is set aside from the client's money."""


class AccountKind(models.TextChoices):
    """Where a client is paid to."""

    BANKGIRO = "bankgiro", _("Bankgiro")
    PLUSGIRO = "plusgiro", _("Plusgiro")
    IBAN = "iban", _("IBAN")


class PayoutFile(models.Model):
    """A file of payments for our bank (pain.001.001.03), kept as it was made. Append-only."""

    message_id = models.CharField(_("number of the message"), max_length=35, unique=True)
    content = models.BinaryField(_("bytes"))
    digest = models.CharField(_("SHA-256"), max_length=64)
    payments = models.PositiveIntegerField(_("payments"))
    made_at = models.DateTimeField(_("made"))
    made_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("made by"))

    class Meta:
        verbose_name = _("file of payouts")
        verbose_name_plural = _("files of payouts")
        constraints: ClassVar = [models.CheckConstraint(condition=Q(payments__gt=0), name="payout_file_pays_something")]

    def __str__(self) -> str:
        return self.message_id


class Payout(models.Model):
    """A sum of the client's money with us that goes back to it, to one account, once.

    `account` is kept without spaces and hyphens. `alone`: whoever approved it had proposed it, for there was nobody else in
    finance. `payment` is the money that left, once it is paid.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="payouts", verbose_name=_("organisation"))
    cause = models.CharField(_("cause"), max_length=120, unique=True)
    currency = models.CharField(_("currency"), max_length=3)
    amount = models.DecimalField(_("sum"), max_digits=14, decimal_places=2)
    account_kind = models.CharField(_("kind of account"), max_length=10, choices=AccountKind)
    account = models.CharField(_("account"), max_length=34)
    bic = models.CharField(_("BIC"), max_length=11, blank=True)
    reference = models.CharField(_("what the client reads"), max_length=35)
    state = models.CharField(_("state"), max_length=10, choices=PayoutState, default=PayoutState.PROPOSED)
    proposed_at = models.DateTimeField(_("proposed"))
    proposed_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("proposed by"))
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True)
    approved_by = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("approved by"))
    alone = models.BooleanField(_("nobody else could approve it"), default=False)
    file = models.ForeignKey(PayoutFile, models.PROTECT, related_name="payouts", null=True, blank=True, verbose_name=_("file"))
    paid_on = models.DateField(_("paid"), null=True, blank=True)
    payment = models.OneToOneField(Payment, models.PROTECT, related_name="payout", null=True, blank=True, verbose_name=_("payment"))
    reason = models.CharField(_("why it was cancelled"), max_length=500, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    closed_by = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("closed by"))

    class Meta:
        verbose_name = _("payout")
        verbose_name_plural = _("payouts")
        indexes: ClassVar = [
            models.Index(F("id"), condition=Q(state__in=["proposed", "approved"]), name="payout_live"),
            models.Index(fields=["organisation", "-id"], name="payout_of_client"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="payout_pays_something"),
            models.CheckConstraint(condition=Q(account_kind__in=AccountKind.values) & ~Q(account=""), name="payout_goes_somewhere"),
            models.CheckConstraint(condition=Q(account_kind="iban") | Q(currency="SEK", bic=""), name="payout_by_giro_is_in_kronor"),
            models.CheckConstraint(
                condition=Q(state="proposed", approved_at=None, file=None, paid_on=None, payment=None, closed_at=None)
                | Q(state="approved", approved_at__isnull=False, paid_on=None, payment=None, closed_at=None)
                | Q(state="paid", approved_at__isnull=False, paid_on__isnull=False, payment__isnull=False, closed_at__isnull=False)
                | Q(state="cancelled", paid_on=None, payment=None, closed_at__isnull=False) & ~Q(reason=""),
                name="payout_state_fits_dates",
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None, approved_at=None)
                | Q(approved_by__isnull=False, approved_at__isnull=False) & (~Q(approved_by=F("proposed_by")) | Q(alone=True)),
                name="payout_is_seen_by_four_eyes",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}, {self.organisation}"

    @property
    def money(self) -> Money:
        """The sum."""
        return Money(self.amount, self.currency)

    @property
    def shown(self) -> str:
        """The account as it is printed."""
        written = {AccountKind.BANKGIRO: bank_numbers.bankgiro_shown, AccountKind.PLUSGIRO: bank_numbers.plusgiro_shown}
        return written.get(AccountKind(self.account_kind), bank_numbers.iban_shown)(self.account)

    @property
    def tone(self) -> str:
        """The colour of its state."""
        return {PayoutState.PAID: "credit", PayoutState.CANCELLED: "quiet"}.get(PayoutState(self.state), "held")
