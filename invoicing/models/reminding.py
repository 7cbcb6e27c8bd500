"""What is late: reminders in steps, stops, contests, frozen credit, and what late payment costs (rules I5, I8)."""

from datetime import date
from decimal import Decimal
from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from djmoney.money import Money
from simple_history.models import HistoricalRecords

from credits.ledger import Lot
from invoicing.models.invoices import Invoice
from people.models import Person

DAYS = [MinValueValidator(1), MaxValueValidator(365)]
HALVES = [(1, _("January to June")), (2, _("July to December"))]


class ReminderStep(models.Model):
    """One step of reminding: how many days after the due date, and for which fee. The first is friendly, later ones are strict."""

    number = models.PositiveSmallIntegerField(_("step"), unique=True)
    days = models.PositiveSmallIntegerField(_("days after the due date"), validators=DAYS)
    fee = models.DecimalField(_("fee"), max_digits=12, decimal_places=2, default=0)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("step of reminding")
        verbose_name_plural = _("steps of reminding")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(number__gte=1, days__gte=1, fee__gte=0), name="reminder_step_possible"),
        ]

    def __str__(self) -> str:
        return str(self.number)


class LateTerms(models.Model):
    """What late payment costs: one row, from the profile's `[invoicing.late]`. No row: nothing (rules P1, I5).

    An invoice keeps a copy of what it was issued under. `smallest`: below that sum no invoice is made of late charges.
    `contest_days`: so many days after a contest was rejected reminders start anew (rule I8).
    """

    charges_interest = models.BooleanField(_("interest is charged"), default=False)
    points = models.DecimalField(_("percentage points above the reference rate"), max_digits=5, decimal_places=2, default=8)
    compensation = models.DecimalField(_("compensation for late payment"), max_digits=12, decimal_places=2, default=0)
    smallest = models.DecimalField(_("smallest sum that is invoiced"), max_digits=12, decimal_places=2, default=50)
    contest_days = models.PositiveSmallIntegerField(_("days until reminders start after a contest"), default=10)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("terms of late payment")
        verbose_name_plural = _("terms of late payment")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(pk=1), name="late_terms_are_one"),
            models.CheckConstraint(condition=Q(points__gte=0, compensation__gte=0, smallest__gte=0), name="late_terms_not_negative"),
        ]

    def __str__(self) -> str:
        return str(_("terms of late payment"))


class ReferenceRate(models.Model):
    """The central bank's reference rate of a half-year, in percent; it may be less than nothing (rule I5)."""

    year = models.PositiveSmallIntegerField(_("year"))
    half = models.PositiveSmallIntegerField(_("half-year"), choices=HALVES)
    percent = models.DecimalField(_("percent"), max_digits=5, decimal_places=2)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("reference rate")
        verbose_name_plural = _("reference rates")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["year", "half"], name="reference_rate_once_a_half_year"),
            models.CheckConstraint(
                condition=Q(half__in=[1, 2], year__gte=1975, year__lte=2099, percent__gt=-100, percent__lt=100),
                name="reference_rate_possible",
            ),
        ]

    def __str__(self) -> str:
        return self.starts_on.isoformat()

    @property
    def starts_on(self) -> date:
        """The first day it is in force."""
        return date(self.year, 1 if self.half == 1 else 7, 1)


class Reminder(models.Model):
    """A reminder that was sent: which step of which invoice, what was open then, and its fee. Append-only, each step once."""

    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="reminders", verbose_name=_("invoice"))
    step = models.PositiveSmallIntegerField(_("step"))
    cause = models.CharField(_("cause"), max_length=160, unique=True)
    sent_at = models.DateTimeField(_("sent"))
    sent_by = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("sent by"))
    open = models.DecimalField(_("open then"), max_digits=14, decimal_places=2)
    fee = models.DecimalField(_("fee"), max_digits=12, decimal_places=2, default=0)

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["invoice", "step"], name="reminder_step_once"),
            models.CheckConstraint(condition=Q(open__gt=0, fee__gte=0, step__gte=1), name="reminder_of_something_open"),
        ]

    def __str__(self) -> str:
        return f"{self.invoice_id} {self.step}"

    @property
    def fee_money(self) -> Money:
        """What it costs the client."""
        return Money(self.fee, self.invoice.currency)


class InvoiceStop(models.Model):
    """An invoice that nobody is reminded of, for a reason: until somebody resumes, or, where `until_on` is set, through that day.

    One with a day is more time to pay (an extension): credit that was frozen for the invoice is released with it.
    """

    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="stops", verbose_name=_("invoice"))
    cause = models.CharField(_("cause"), max_length=160, unique=True)
    stopped_at = models.DateTimeField(_("stopped"))
    stopped_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("stopped by"))
    why = models.CharField(_("why"), max_length=500)
    until_on = models.DateField(_("until"), null=True, blank=True)
    resumed_at = models.DateTimeField(_("resumed"), null=True, blank=True)
    resumed_by = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("resumed by"))

    class Meta:
        verbose_name = _("stop of an invoice’s reminders")
        verbose_name_plural = _("stops of invoices’ reminders")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["invoice"], condition=Q(resumed_at=None), name="invoice_stopped_once"),
            models.CheckConstraint(condition=~Q(why=""), name="invoice_stop_says_why"),
            models.CheckConstraint(
                condition=Q(resumed_at=None, resumed_by=None) | Q(resumed_at__isnull=False, resumed_by__isnull=False),
                name="invoice_stop_is_resumed_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.why


class ContestOutcome(models.TextChoices):
    """How a contest ended."""

    UPHELD = "upheld", _("The client was right")
    REJECTED = "rejected", _("The invoice stands")
    WITHDRAWN = "withdrawn", _("Withdrawn by the client")


class InvoiceContest(models.Model):
    """A client says that an invoice is wrong (rule I8). While it is open nothing is demanded of the invoice; it is closed once.

    `positions`: the lines it is about; none: all of it. `remind_from`: rejected, the due date that reminders count from.
    """

    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="contests", verbose_name=_("invoice"))
    cause = models.CharField(_("cause"), max_length=160, unique=True)
    reason = models.CharField(_("reason"), max_length=500)
    positions = models.JSONField(_("lines"), default=list)
    contested_at = models.DateTimeField(_("contested"))
    contested_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("contested by"))
    outcome = models.CharField(_("outcome"), max_length=10, choices=ContestOutcome, blank=True)
    answer = models.CharField(_("answer"), max_length=500, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    closed_by = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("closed by"))
    remind_from = models.DateField(_("reminders count from"), null=True, blank=True)

    class Meta:
        verbose_name = _("contested invoice")
        verbose_name_plural = _("contested invoices")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["invoice"], condition=Q(closed_at=None), name="invoice_contested_once_at_a_time"),
            models.CheckConstraint(condition=~Q(reason=""), name="contest_says_why"),
            models.CheckConstraint(
                condition=Q(outcome="", closed_at=None, closed_by=None, remind_from=None)
                | Q(outcome="withdrawn", closed_at__isnull=False, closed_by__isnull=False, remind_from=None)
                | Q(outcome="upheld", closed_at__isnull=False, closed_by__isnull=False, remind_from=None) & ~Q(answer="")
                | Q(outcome="rejected", closed_at__isnull=False, closed_by__isnull=False, remind_from__isnull=False) & ~Q(answer=""),
                name="contest_is_closed_with_an_answer",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.invoice}: {self.reason}"


class InvoiceFreeze(models.Model):
    """Credit that we froze because its invoice is overdue (rule I5): which lot, when, and when we released it again.

    `frozen_at` is the lot's own: a lot that somebody froze anew is not ours to release.
    """

    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="freezes", verbose_name=_("invoice"))
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="+", verbose_name=_("lot"))
    frozen_at = models.DateTimeField(_("frozen"))
    released_at = models.DateTimeField(_("released"), null=True, blank=True)

    class Meta:
        verbose_name = _("credit frozen for an invoice")
        verbose_name_plural = _("credit frozen for invoices")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["lot"], condition=Q(released_at=None), name="lot_frozen_for_one_invoice"),
        ]

    def __str__(self) -> str:
        return f"{self.invoice_id}: {self.lot}"


class LateCharge(models.Model):
    """What an invoice cost late through `until_on`, beyond what was charged before (rule I5): a source that is invoiced once.

    It is waived, or invoiced, never both. Waived by nobody: the sum was below the smallest. `spans` are the days that cost.
    """

    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="late_charges", verbose_name=_("invoice"))
    cause = models.CharField(_("cause"), max_length=160, unique=True)
    until_on = models.DateField(_("through"))
    interest = models.DecimalField(_("interest"), max_digits=14, decimal_places=2)
    fees = models.DecimalField(_("reminder fees"), max_digits=14, decimal_places=2)
    compensation = models.DecimalField(_("compensation"), max_digits=14, decimal_places=2)
    spans = models.JSONField(_("days that cost interest"), default=list)
    made_at = models.DateTimeField(_("made"))
    made_by = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("made by"))
    waived_at = models.DateTimeField(_("waived"), null=True, blank=True)
    waived_by = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("waived by"))
    waived_why = models.CharField(_("why"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("late charge")
        verbose_name_plural = _("late charges")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["invoice", "until_on"], name="late_charge_once_a_day"),
            models.CheckConstraint(condition=Q(interest__gte=0, fees__gte=0, compensation__gte=0), name="late_charge_not_negative"),
            models.CheckConstraint(
                condition=Q(waived_at__isnull=False) | Q(interest__gt=0) | Q(fees__gt=0) | Q(compensation__gt=0),
                name="late_charge_of_nothing_is_waived",
            ),
            models.CheckConstraint(
                condition=Q(waived_at=None, waived_by=None, waived_why="") | Q(waived_at__isnull=False) & ~Q(waived_why=""),
                name="waived_late_charge_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.invoice} {self.until_on}"

    @property
    def total(self) -> Decimal:
        """Interest, fees and compensation."""
        return self.interest + self.fees + self.compensation

    @property
    def total_money(self) -> Money:
        """The same with its currency."""
        return Money(self.total, self.invoice.currency)
