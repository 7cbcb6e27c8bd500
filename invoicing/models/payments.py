"""Money that came in: bank files, their transactions, and the payments of invoices (rule I3)."""

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from djmoney.money import Money

from clients.models import Organisation
from credits.ledger import Refund
from invoicing.models.invoices import Invoice
from people.models import Person


class BankFile(models.Model):
    """A statement of our bank's that was read (camt.053, camt.054). The same bytes again are the same file.

    `pending` entries were not booked yet and are left out. `unexplained` is what moved by its balances and not by its transactions,
    each difference whichever way; None where it has no balances. `opening` and `closing` are its first and last balance, with their days,
    where it is of one account. All of these are None for what was read before they were kept.
    """

    name = models.CharField(_("name"), max_length=200)
    digest = models.CharField(_("SHA-256"), max_length=64, unique=True)
    message_id = models.CharField(_("the bank’s number"), max_length=80, blank=True)
    account = models.CharField(_("account"), max_length=40)
    currency = models.CharField(_("currency"), max_length=3)
    first_on = models.DateField(_("from"), null=True, blank=True)
    last_on = models.DateField(_("to"), null=True, blank=True)
    entries = models.PositiveIntegerField(_("transactions"), default=0)
    pending = models.PositiveIntegerField(_("not booked yet"), null=True, blank=True)
    unexplained = models.DecimalField(_("missing by its balances"), max_digits=20, decimal_places=2, null=True, blank=True)
    opening = models.DecimalField(_("opening balance"), max_digits=14, decimal_places=2, null=True, blank=True)
    opened_on = models.DateField(_("day of the opening balance"), null=True, blank=True)
    closing = models.DecimalField(_("closing balance"), max_digits=14, decimal_places=2, null=True, blank=True)
    closed_on = models.DateField(_("day of the closing balance"), null=True, blank=True)
    read_at = models.DateTimeField(_("read"))
    read_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("read by"))

    class Meta:
        verbose_name = _("bank file")
        verbose_name_plural = _("bank files")

    def __str__(self) -> str:
        return self.name


class TransactionState(models.TextChoices):
    """What became of money that came in: never a guess (rule I3)."""

    OPEN = "open", _("To be dealt with")
    MATCHED = "matched", _("Led to its invoice")
    RESOLVED = "resolved", _("Dealt with by hand")
    IGNORED = "ignored", _("No payment of a client’s")


class Difficulty(models.TextChoices):
    """Why a transaction waits for somebody."""

    UNKNOWN = "unknown", _("No invoice is named")
    SEVERAL = "several", _("It could be for several invoices")
    UNDER = "under", _("Less than is open")
    OVER = "over", _("More than is open")
    DOUBLE = "double", _("The invoice is paid already")
    CREDITED = "credited", _("The invoice has been credited")
    CURRENCY = "currency", _("Another currency")
    OUTGOING = "outgoing", _("Money that went out")
    REVERSAL = "reversal", _("The bank took something back")
    NOT_SPLIT = "not_split", _("Several payments in one sum")
    REPEATED = "repeated", _("Perhaps read before")
    BAD_DEBT = "bad_debt", _("The invoice was written off")


class BankTransaction(models.Model):
    """One movement on our account, once, in whichever files it stands. `amount` is what came in; less than nothing went out.

    `entry_identity` is that of the entry it is a part of. Open without a difficulty: it is about to be led to `proposed`.
    """

    file = models.ForeignKey(BankFile, models.PROTECT, related_name="transactions", verbose_name=_("file"))
    identity = models.CharField(_("identity"), max_length=120, unique=True)
    entry_identity = models.CharField(_("identity of the entry"), max_length=64, db_index=True)
    booked_on = models.DateField(_("booked"))
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3)
    creditor_references = models.JSONField(_("references"), default=list)
    text = models.TextField(_("text"), blank=True)
    payer = models.CharField(_("payer"), max_length=140, blank=True)
    payer_account = models.CharField(_("payer’s account"), max_length=40, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=TransactionState, default=TransactionState.OPEN)
    difficulty = models.CharField(_("difficulty"), max_length=10, choices=Difficulty, blank=True)
    proposed = models.ForeignKey(Invoice, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("perhaps for"))
    settled_at = models.DateTimeField(_("dealt with"), null=True, blank=True)
    settled_by = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("dealt with by"))
    settlement = models.CharField(_("how"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("bank transaction")
        verbose_name_plural = _("bank transactions")
        indexes: ClassVar = [models.Index(fields=["booked_on", "id"], condition=Q(state="open"), name="transaction_to_deal_with")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=TransactionState.values), name="transaction_state_known"),
            models.CheckConstraint(condition=Q(difficulty__in=["", *Difficulty.values]), name="transaction_difficulty_known"),
            models.CheckConstraint(
                condition=Q(state="open", settled_at=None) | ~Q(state="open") & Q(settled_at__isnull=False),
                name="transaction_is_dealt_with_once",
            ),
            models.CheckConstraint(condition=~Q(amount=0), name="transaction_moves_money"),
        ]

    def __str__(self) -> str:
        return f"{self.booked_on} {self.amount} {self.currency}"

    @property
    def money(self) -> Money:
        """What came in; less than nothing went out."""
        return Money(self.amount, self.currency)

    @property
    def tone(self) -> str:
        """The colour of its state."""
        return {TransactionState.OPEN: "held", TransactionState.IGNORED: "quiet"}.get(TransactionState(self.state), "credit")


class PaymentWay(models.TextChoices):
    """How a payment came to us."""

    BANK = "bank", _("Bank file")
    HAND = "hand", _("Entered by hand")
    CREDIT = "credit", _("Money the client had with us")
    CARD = "card", _("Card")
    REFUND = "refund", _("Unused credit that was refunded")
    PAYOUT = "payout", _("Paid back to the client")
    ROUNDING = "rounding", _("Rounding difference")
    BAD_DEBT = "bad_debt", _("Written off")


MOST_ROUNDING = Decimal(1)
"""A payment that differs from what is open by no more than this may be taken as it is: the difference is rounding in the books."""


class Payment(models.Model):
    """Money for one invoice (rule I3). Append-only: one that was wrong is `reversed_by` a payment of as much less than nothing.

    `rounding` is no money: what an invoice was paid too little, or less than nothing where it was paid too much (rule I3). Nor is
    `bad_debt`: what of an invoice was given up, with the reason.
    What came in beyond an invoice is the client's money (`invoice` None) until it is used or paid back. So is what credit notes
    left over of an invoice that was paid, and a `refund` of credit that none of our invoices had sold.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="payments", verbose_name=_("organisation"))
    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="payments", null=True, blank=True, verbose_name=_("invoice"))
    transaction = models.ForeignKey(
        BankTransaction, models.PROTECT, related_name="payments", null=True, blank=True, verbose_name=_("bank transaction")
    )
    way = models.CharField(_("how"), max_length=10, choices=PaymentWay)
    cause = models.CharField(_("cause"), max_length=120, unique=True)
    currency = models.CharField(_("currency"), max_length=3)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    paid_on = models.DateField(_("paid"))
    reference = models.CharField(_("reference"), max_length=80, blank=True)
    refund = models.OneToOneField(Refund, models.PROTECT, related_name="kept", null=True, blank=True, verbose_name=_("refund"))
    recorded_at = models.DateTimeField(_("recorded"))
    recorded_by = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("recorded by"))
    reverses = models.OneToOneField("self", models.PROTECT, related_name="reversed_by", null=True, blank=True, verbose_name=_("reverses"))
    reason = models.CharField(_("reason"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        indexes: ClassVar = [models.Index(fields=["organisation", "paid_on"], name="payment_of_client")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(amount=0), name="payment_moves_money"),
            models.CheckConstraint(condition=Q(way__in=PaymentWay.values), name="payment_way_known"),
            models.CheckConstraint(condition=Q(recorded_by__isnull=False) | Q(way="card"), name="payment_is_recorded_by_somebody"),
            models.CheckConstraint(
                condition=Q(reverses=None) | ~Q(reason="") & (Q(amount__lt=0) | Q(way="rounding")), name="reversed_payment_says_why"
            ),
            models.CheckConstraint(
                condition=~Q(way="rounding")
                | Q(invoice__isnull=False, transaction=None, amount__gte=-MOST_ROUNDING, amount__lte=MOST_ROUNDING),
                name="rounding_is_small_and_of_an_invoice",
            ),
            models.CheckConstraint(
                condition=~Q(way="bad_debt") | Q(invoice__isnull=False, transaction=None, refund=None) & ~Q(reason=""),
                name="bad_debt_is_of_an_invoice_and_says_why",
            ),
            models.CheckConstraint(
                condition=~Q(way__in=["refund", "payout"])
                | Q(way="refund", refund__isnull=False, amount__gt=0, invoice=None)
                | Q(way="payout", refund=None, amount__lt=0, invoice=None),
                name="clients_money_comes_and_goes",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.paid_on} {self.amount} {self.currency}"

    @property
    def money(self) -> Money:
        """How much."""
        return Money(self.amount, self.currency)
