"""How the provider invoices, and what each buyer asks for (rules I1 to I5, I8)."""

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from clients.models import Organisation
from people.models import Person

DAYS = [MinValueValidator(0), MaxValueValidator(365)]


class PlanPeriods(models.TextChoices):
    """How the periods of plans go (rule I7)."""

    CALENDAR = "calendar", _("by the calendar")
    ANNIVERSARY = "anniversary", _("from the day the agreement began")


class InvoicingTerms(models.Model):
    """The provider's terms of payment and where it is paid to: one row, from the profile's `[invoicing]` (rules P1, I2, I3).

    An invoice keeps a copy of what it was issued under. `series` and `credit_series` begin the numbers of a year. Plans are
    charged so many days ahead of their periods, for days from `plan_fees_from` on; None: plans are not charged here (rule I7).
    `vat_check_days` None: VIES is asked by nobody but people.
    `access_point`: who takes e-invoices, as `invoicing.transmission.access_point` has it; empty: nobody.
    """

    payment_days = models.PositiveSmallIntegerField(_("days to pay"), default=30, validators=DAYS)
    series = models.CharField(_("invoice numbers begin with"), max_length=4, default="", blank=True)
    credit_series = models.CharField(_("credit note numbers begin with"), max_length=4, default="K")
    bankgiro = models.CharField(_("bankgiro"), max_length=12, blank=True)
    plusgiro = models.CharField(_("plusgiro"), max_length=12, blank=True)
    iban = models.CharField(_("IBAN"), max_length=34, blank=True)
    bic = models.CharField(_("BIC"), max_length=11, blank=True)
    f_tax = models.BooleanField(_("approved for F-tax"), default=False)
    endpoint_scheme = models.CharField(_("scheme of the electronic address"), max_length=4, blank=True)
    endpoint = models.CharField(_("electronic address"), max_length=80, blank=True)
    whole_kronor = models.BooleanField(_("sums to pay are rounded to whole units"), default=False)
    freeze_days = models.PositiveSmallIntegerField(_("days overdue until credit is frozen"), default=10, validators=DAYS)
    vat_check_days = models.PositiveSmallIntegerField(
        _("days until a VAT number is asked for again before reverse charge"), null=True, blank=True, validators=DAYS
    )
    overpaid_left = models.DecimalField(_("overpaid by less than this is left"), max_digits=8, decimal_places=2, default=0)
    plan_ahead_days = models.PositiveSmallIntegerField(_("plans are charged ahead (days)"), null=True, blank=True, validators=DAYS)
    plan_periods = models.CharField(_("periods of plans go"), max_length=12, choices=PlanPeriods, default=PlanPeriods.CALENDAR)
    plan_fees_from = models.DateField(_("plans are charged from"), null=True, blank=True)
    plan_vat_percent = models.DecimalField(_("VAT of plans (percent)"), max_digits=5, decimal_places=2, default=25)
    logo = models.CharField(_("logo (a file of the static folder)"), max_length=120, blank=True)
    colour = models.CharField(_("colour of rules and headings"), max_length=7, blank=True)
    footer_en = models.TextField(_("at the foot (English)"), blank=True)
    footer_sv = models.TextField(_("at the foot (Swedish)"), blank=True)
    access_point = models.JSONField(_("access point"), default=dict, blank=True)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("terms of invoicing")
        verbose_name_plural = _("terms of invoicing")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(pk=1), name="invoicing_terms_are_one"),
            models.CheckConstraint(condition=~Q(series=models.F("credit_series")), name="invoicing_series_differ"),
            models.CheckConstraint(condition=Q(overpaid_left__gte=0), name="invoicing_overpaid_left_not_negative"),
            models.CheckConstraint(
                condition=Q(plan_ahead_days=None, plan_fees_from=None) | Q(plan_ahead_days__isnull=False, plan_fees_from__isnull=False),
                name="invoicing_plans_are_charged_from_a_day",
            ),
            models.CheckConstraint(condition=Q(plan_periods__in=PlanPeriods.values), name="invoicing_plan_periods_known"),
        ]

    def __str__(self) -> str:
        return str(_("terms of invoicing"))

    @property
    def footer(self) -> str:
        """What stands at the foot, in the reader's language."""
        return self.footer_sv if get_language() == "sv" else self.footer_en


class SentBy(models.TextChoices):
    """How a buyer gets invoices (rule I4)."""

    MAIL = "mail", _("E-mail, with the PDF")
    PEPPOL = "peppol", _("E-invoice (Peppol)")
    PORTAL = "portal", _("Only in the portal")


class Buyer(models.Model):
    """What a client asks of our invoices (rules I2, I8). No row: mail to its approvers, the provider's days, no reference.

    Whether it needs an order number stands on the organisation, for it is asked for at the order (rule I8).
    `reminders_stopped_at`: nobody is reminded, for the reason that stands there.
    """

    organisation = models.OneToOneField(Organisation, models.CASCADE, related_name="buyer", verbose_name=_("organisation"))
    email = models.EmailField(_("e-mail address for invoices"), blank=True)
    sent_by = models.CharField(_("invoices are sent by"), max_length=10, choices=SentBy, default=SentBy.MAIL)
    endpoint_scheme = models.CharField(_("scheme of the electronic address"), max_length=4, blank=True)
    endpoint = models.CharField(_("electronic address"), max_length=80, blank=True)
    reference = models.CharField(_("your reference"), max_length=80, blank=True)
    payment_days = models.PositiveSmallIntegerField(_("days to pay"), null=True, blank=True, validators=DAYS)
    reminders_stopped_at = models.DateTimeField(_("reminders stopped"), null=True, blank=True)
    reminders_stopped_by = models.ForeignKey(
        Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("reminders stopped by")
    )
    reminders_stopped_why = models.CharField(_("why"), max_length=500, blank=True)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("buyer")
        verbose_name_plural = _("buyers")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(sent_by__in=SentBy.values), name="buyer_gets_invoices_somehow"),
            models.CheckConstraint(condition=Q(reminders_stopped_at=None) | ~Q(reminders_stopped_why=""), name="stopped_reminders_say_why"),
        ]

    def __str__(self) -> str:
        return str(self.organisation)

    @property
    def needs_order(self) -> bool:
        """Whether the client wants an order number on everything that it orders (rule I8)."""
        return self.organisation.needs_order


class PaperLogo(models.Model):
    """The bytes of a logo that an issued invoice shows, by their SHA-256: the paper stays as it was issued (rule I1). Append-only."""

    digest = models.CharField(_("SHA-256"), max_length=64, unique=True)
    content = models.BinaryField(_("bytes"))

    class Meta:
        verbose_name = _("logo on invoices")
        verbose_name_plural = _("logos on invoices")

    def __str__(self) -> str:
        return self.digest


class ExchangeRate(models.Model):
    """What one unit of a currency is in the currency of the books, from a date on (rule I2)."""

    currency = models.CharField(_("currency"), max_length=3)
    starts_on = models.DateField(_("from"))
    rate = models.DecimalField(_("rate"), max_digits=14, decimal_places=6)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("exchange rate")
        verbose_name_plural = _("exchange rates")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["currency", "starts_on"], name="exchange_rate_once_a_day"),
            models.CheckConstraint(condition=Q(rate__gt=0), name="exchange_rate_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.currency} {self.starts_on}: {self.rate}"
