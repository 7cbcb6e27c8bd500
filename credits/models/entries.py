"""Ledger entries with their moves, and debt (rules C11, C14, C15). Entries and moves are append-only."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from djmoney.models.fields import MoneyField

from credits.models.accounts import CreditAccount
from credits.models.holds import Hold
from credits.models.lots import Lot, LotPocket
from people.models import Person


class EntryKind(models.TextChoices):
    """What happened. Late change and no-show stay apart: they can be taxed differently (rule C10)."""

    GRANT = "grant", _("Credit added")
    DEDUCTION = "deduction", _("Hours deducted")
    LATE_CHANGE = "late_change", _("Late change")
    NO_SHOW = "no_show", _("No-show")
    REPAYMENT = "repayment", _("Debt repaid from credit")
    EXPIRY = "expiry", _("Credit expired")
    ADJUSTMENT = "adjustment", _("Adjustment")
    EXTENSION = "extension", _("Can be used longer")
    FREEZE = "freeze", _("Credit frozen")
    UNFREEZE = "unfreeze", _("Credit unfrozen")
    REFUND = "refund", _("Credit refunded")
    TRANSFER_OUT = "transfer_out", _("Moved to another account")
    TRANSFER_IN = "transfer_in", _("Moved from another account")
    REVERSAL = "reversal", _("Reversal")


PENALTIES = (EntryKind.LATE_CHANGE, EntryKind.NO_SHOW)
SAYS_WHY = ["adjustment", "reversal", "extension", "freeze", "unfreeze", "refund", "transfer_out", "transfer_in"]
"""Kinds that are somebody's decision, and carry the reason for it (rule C13)."""
REVERSIBLE = (EntryKind.DEDUCTION, *PENALTIES, EntryKind.EXPIRY, EntryKind.ADJUSTMENT)


class Entry(models.Model):
    """One event of one account: `minutes` is the change of the balance, `balance_after` the balance then.

    `cause` names the event, never the thing (`session:42:start:3:late`); the same kind and cause post once.
    `recorded_at` never goes back within an account; `occurred_on` is the provider's local date of the event.
    `lot` is the one a grant made or the entry is about, `expires_on` its last day from then on.
    """

    account = models.ForeignKey(CreditAccount, models.PROTECT, related_name="entries", verbose_name=_("account"))
    number = models.PositiveIntegerField(_("number"))
    kind = models.CharField(_("kind"), max_length=20, choices=EntryKind)
    minutes = models.IntegerField(_("minutes"))
    balance_after = models.IntegerField(_("balance after it"))
    cause = models.CharField(_("cause"), max_length=120)
    recorded_at = models.DateTimeField(_("recorded"))
    occurred_on = models.DateField(_("happened on"))
    by = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("by"))
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    text = models.CharField(_("text"), max_length=200, blank=True)
    raw_minutes = models.PositiveIntegerField(_("worked (minutes)"), null=True, blank=True)
    factor_percent = models.PositiveSmallIntegerField(_("factor (percent)"), default=100)
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="entries", null=True, blank=True, verbose_name=_("lot"))
    expires_on = models.DateField(_("expires after"), null=True, blank=True)
    hold = models.ForeignKey(Hold, models.PROTECT, related_name="entries", null=True, blank=True, verbose_name=_("hold"))
    reverses = models.OneToOneField("self", models.PROTECT, related_name="reversed_by", null=True, blank=True, verbose_name=_("reverses"))

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        indexes: ClassVar = [
            models.Index(fields=["account", "recorded_at", "number"], name="entry_as_of"),
            models.Index(fields=["account", "occurred_on"], name="entry_by_day"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "number"], name="entry_number_once"),
            models.UniqueConstraint(fields=["kind", "cause"], name="cause_posts_once"),
            models.CheckConstraint(condition=Q(kind__in=EntryKind.values), name="entry_kind_known"),
            models.CheckConstraint(
                condition=Q(kind="grant", minutes__gt=0)
                | Q(kind__in=["deduction", "late_change", "no_show", "expiry"], minutes__lte=0)
                | Q(kind__in=["refund", "transfer_out"], minutes__lt=0)
                | Q(kind="transfer_in", minutes__gt=0)
                | Q(kind__in=["repayment", "extension", "freeze", "unfreeze"], minutes=0)
                | Q(kind__in=["adjustment", "reversal"]),
                name="entry_sign_fits_kind",
            ),
            models.CheckConstraint(
                condition=Q(kind="reversal", reverses__isnull=False) | ~Q(kind="reversal") & Q(reverses=None), name="reversal_names_entry"
            ),
            models.CheckConstraint(condition=~Q(kind__in=SAYS_WHY) | ~Q(reason=""), name="correction_says_why"),
            models.CheckConstraint(
                condition=~Q(kind__in=["extension", "freeze", "unfreeze", "refund"]) | Q(lot__isnull=False), name="entry_names_its_lot"
            ),
            models.CheckConstraint(condition=~Q(cause=""), name="entry_names_cause"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id}/{self.number} {self.kind} {self.minutes}"


class Refund(models.Model):
    """Unused minutes of one lot that went back to the client as money, at the lot's own price (rule C13). Append-only."""

    entry = models.OneToOneField(Entry, models.PROTECT, related_name="refund", verbose_name=_("entry"))
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="refunds", verbose_name=_("lot"))
    minutes = models.PositiveIntegerField(_("minutes"))
    net = MoneyField(_("net"), max_digits=14, decimal_places=2)
    vat_percent = models.DecimalField(_("VAT (percent)"), max_digits=5, decimal_places=2)
    vat = MoneyField(_("VAT"), max_digits=14, decimal_places=2)
    total = MoneyField(_("total"), max_digits=14, decimal_places=2)

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(minutes__gt=0, net__gte=0, vat__gte=0), name="refund_gives_something_back"),
        ]

    def __str__(self) -> str:
        return f"{self.minutes} min of lot {self.lot_id}"


class DebtPocket(models.TextChoices):
    """Where the minutes of a debt are. `NONE` is where they come from."""

    NONE = "none", _("none")
    OPEN = "open", _("open")
    PAID = "paid", _("paid")
    REVERSED = "reversed", _("reversed")


class Debt(models.Model):
    """Work or a penalty that credit did not cover: `minutes = open + paid + reversed` (rule C11).

    The price and VAT are those of the day of work, without regard to what a later top-up costs.
    """

    account = models.ForeignKey(CreditAccount, models.PROTECT, related_name="debts", verbose_name=_("account"))
    entry = models.ForeignKey(Entry, models.PROTECT, related_name="debts", verbose_name=_("entry"))
    minutes = models.PositiveIntegerField(_("minutes"))
    open_minutes = models.PositiveIntegerField(_("open (minutes)"))
    paid_minutes = models.PositiveIntegerField(_("paid (minutes)"), default=0)
    reversed_minutes = models.PositiveIntegerField(_("reversed (minutes)"), default=0)
    price_per_hour = MoneyField(_("price per hour"), max_digits=12, decimal_places=2)
    vat_percent = models.DecimalField(_("VAT (percent)"), max_digits=5, decimal_places=2)

    class Meta:
        verbose_name = _("debt")
        verbose_name_plural = _("debts")
        indexes: ClassVar = [models.Index(fields=["account", "id"], condition=Q(open_minutes__gt=0), name="debt_open")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(minutes=F("open_minutes") + F("paid_minutes") + F("reversed_minutes"), minutes__gt=0), name="debt_adds_up"
            ),
            models.CheckConstraint(
                condition=Q(open_minutes__gte=0, paid_minutes__gte=0, reversed_minutes__gte=0), name="debt_pockets_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.open_minutes} of {self.minutes} min"


class Move(models.Model):
    """`minutes` of one lot or of one debt went from one pocket to another, as part of an entry.

    A lot's move that pays a debt names it in `pays`, so that a reversal knows where to return them.
    """

    entry = models.ForeignKey(Entry, models.PROTECT, related_name="moves", verbose_name=_("entry"))
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="moves", null=True, blank=True, verbose_name=_("lot"))
    debt = models.ForeignKey(Debt, models.PROTECT, related_name="moves", null=True, blank=True, verbose_name=_("debt"))
    pays = models.ForeignKey(Debt, models.PROTECT, related_name="payments", null=True, blank=True, verbose_name=_("pays"))
    from_pocket = models.CharField(_("from"), max_length=10)
    to_pocket = models.CharField(_("to"), max_length=10)
    minutes = models.PositiveIntegerField(_("minutes"))

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(minutes__gt=0) & ~Q(from_pocket=F("to_pocket")), name="move_moves"),
            models.CheckConstraint(
                condition=Q(lot__isnull=False, debt=None, from_pocket__in=LotPocket.values, to_pocket__in=LotPocket.values)
                | Q(lot=None, pays=None, debt__isnull=False, from_pocket__in=DebtPocket.values, to_pocket__in=DebtPocket.values),
                name="move_of_lot_or_debt",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.minutes} min {self.from_pocket} → {self.to_pocket}"
