"""What the books get from us: the chart of accounts, vouchers with their rows, files, months, and the worth of lots (rule I6)."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from invoicing.models.invoices import Invoice, InvoiceLine
from invoicing.models.payments import Payment
from people.models import Person


class Meaning(models.TextChoices):
    """What an account is for. Which number it has in the books is the provider's (rule P1)."""

    RECEIVABLES = "receivables", _("Receivables")
    PAID_BANK = "paid_bank", _("Paid to the bank account")
    PAID_HAND = "paid_hand", _("Paid, entered by hand")
    PAID_CARD = "paid_card", _("Paid by card, on its way")
    ADVANCES = "advances", _("Prepaid credit")
    CLIENT_MONEY = "client_money", _("Clients’ money with us")
    REFUNDS = "refunds", _("Refunded credit until its credit note")
    ACCRUED = "accrued", _("Accrued income")
    VAT = "vat", _("Output VAT")
    SERVER_SUPPORT = "server_support", _("Server support")
    DELIVERIES = "deliveries", _("Deliveries")
    PLAN_FEES = "plan_fees", _("Plan fees")
    REVERSE_CHARGE = "reverse_charge", _("Sales with reverse charge")
    OUTSIDE_EU = "outside_eu", _("Sales outside the EU")
    LATE_CHANGES = "late_changes", _("Late changes")
    NO_SHOWS = "no_shows", _("No-shows")
    EXPIRED = "expired", _("Expired credit")
    ROUNDING = "rounding", _("Rounding")
    EXCHANGE_GAINS = "exchange_gains", _("Exchange gains")
    EXCHANGE_LOSSES = "exchange_losses", _("Exchange losses")
    LATE_INTEREST = "late_interest", _("Late interest")
    REMINDER_FEES = "reminder_fees", _("Reminder fees")
    BAD_DEBTS = "bad_debts", _("Bad debts")


BY_RATE = (Meaning.VAT, Meaning.SERVER_SUPPORT, Meaning.DELIVERIES, Meaning.PLAN_FEES)
"""These have an account for each rate of VAT."""


class BookAccount(models.Model):
    """The account of one meaning, and where it goes by rate, of one rate of VAT: from the profile's `[invoicing.accounts]`."""

    meaning = models.CharField(_("meaning"), max_length=20, choices=Meaning)
    percent = models.DecimalField(_("VAT (percent)"), max_digits=5, decimal_places=2, null=True, blank=True)
    number = models.CharField(_("account"), max_length=6)
    name = models.CharField(_("name"), max_length=100)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("account of the books")
        verbose_name_plural = _("accounts of the books")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["meaning"], condition=Q(percent=None), name="book_account_once"),
            models.UniqueConstraint(fields=["meaning", "percent"], name="book_account_once_a_rate"),
            models.CheckConstraint(condition=Q(meaning__in=Meaning.values), name="book_account_meaning_known"),
            models.CheckConstraint(condition=~Q(number="") & ~Q(name=""), name="book_account_is_named"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class Books(models.Model):
    """One row, locked by whoever posts, makes a file or locks a month: they come one after the other.

    Nothing that happened before `begins_on` is posted: the books had it from elsewhere.
    """

    begins_on = models.DateField(_("posted from"), null=True, blank=True)

    class Meta:
        verbose_name = _("books")
        verbose_name_plural = _("books")
        constraints: ClassVar = [models.CheckConstraint(condition=Q(pk=1), name="books_are_one")]

    def __str__(self) -> str:
        return str(_("books"))


class BookPeriod(models.Model):
    """One month: what was submitted and not confirmed at its end is accrued once, and locked it takes no voucher any more."""

    first_on = models.DateField(_("from"), unique=True)
    last_on = models.DateField(_("until"))
    accrued_at = models.DateTimeField(_("accrued"), null=True, blank=True)
    locked_at = models.DateTimeField(_("locked"), null=True, blank=True)
    locked_by = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("locked by"))

    class Meta:
        verbose_name = _("month of the books")
        verbose_name_plural = _("months of the books")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(locked_at=None, locked_by=None) | Q(locked_at__isnull=False, locked_by__isnull=False, accrued_at__isnull=False),
                name="book_period_locked_by_somebody",
            ),
            models.CheckConstraint(condition=Q(first_on__lt=F("last_on")), name="book_period_has_days"),
        ]

    def __str__(self) -> str:
        return f"{self.first_on:%Y-%m}"


class Series(models.TextChoices):
    """Which kind of event a voucher is about; each has numbers of its own in a year."""

    INVOICES = "F", _("Invoices")
    PAYMENTS = "B", _("Payments")
    CREDIT = "T", _("Use of credit")
    ACCRUALS = "P", _("Accruals")


class BookSeries(models.Model):
    """The last number that a voucher of one series got in one year."""

    series = models.CharField(_("series"), max_length=2, choices=Series)
    year = models.PositiveSmallIntegerField(_("year"))
    last = models.PositiveIntegerField(_("last number"), default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["series", "year"], name="book_series_once")]

    def __str__(self) -> str:
        return f"{self.series} {self.year}: {self.last}"


class BookVoucher(models.Model):
    """What is booked for one event, in the currency of the books. Open while its rows are written, then closed for ever.

    `booked_on` is the day of the event, `happened_on`, unless the month of that was locked, or its hours accrued, before. `text` is in
    the provider's language, for the books' own system; `said` is the same by language, for whoever reads it here (rule P4).
    """

    series = models.CharField(_("series"), max_length=2, choices=Series)
    year = models.PositiveSmallIntegerField(_("year"))
    number = models.PositiveIntegerField(_("number"), null=True, blank=True)
    booked_on = models.DateField(_("date"))
    happened_on = models.DateField(_("happened on"))
    text = models.CharField(_("text"), max_length=200)
    said = models.JSONField(_("text by language"), null=True, blank=True)
    cause = models.CharField(_("cause"), max_length=120, unique=True)
    written_at = models.DateTimeField(_("written"))
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    class Meta:
        verbose_name = _("voucher of the books")
        verbose_name_plural = _("vouchers of the books")
        indexes: ClassVar = [models.Index(fields=["booked_on", "id"], name="book_voucher_by_day")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["series", "year", "number"], name="book_voucher_number_once"),
            models.CheckConstraint(condition=Q(series__in=Series.values), name="book_voucher_series_known"),
            models.CheckConstraint(
                condition=Q(closed_at=None, number=None) | Q(closed_at__isnull=False, number__gt=0),
                name="book_voucher_numbered",
            ),
            models.CheckConstraint(condition=Q(booked_on__gte=F("happened_on")), name="book_voucher_never_before_its_event"),
        ]

    def __str__(self) -> str:
        return f"{self.series} {self.number or '–'}"

    @property
    def told(self) -> str:
        """The text in the reader's language; as the books have it, where it was written in that one only."""
        said: dict[str, str] = self.said or {}
        return said.get(get_language() or "") or self.text


class BookRow(models.Model):
    """One row: debit is positive, credit negative. The account is as it was called then; `lot`, `debt` or `line` is what it is about."""

    voucher = models.ForeignKey(BookVoucher, models.PROTECT, related_name="rows", verbose_name=_("voucher"))
    position = models.PositiveSmallIntegerField(_("position"))
    meaning = models.CharField(_("meaning"), max_length=20, choices=Meaning)
    number = models.CharField(_("account"), max_length=6)
    name = models.CharField(_("name"), max_length=100)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    text = models.CharField(_("text"), max_length=200, blank=True)
    lot = models.ForeignKey("credits.Lot", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("lot"))
    debt = models.ForeignKey("credits.Debt", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("debt"))
    line = models.ForeignKey(InvoiceLine, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("line of an invoice"))

    class Meta:
        verbose_name = _("row of a voucher")
        verbose_name_plural = _("rows of vouchers")
        indexes: ClassVar = [models.Index(fields=["meaning", "voucher"], name="book_row_by_meaning")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["voucher", "position"], name="book_row_once"),
            models.CheckConstraint(condition=~Q(amount=0), name="book_row_books_something"),
            models.CheckConstraint(condition=Q(meaning__in=Meaning.values), name="book_row_meaning_known"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.amount}"


class BookEvent(models.Model):
    """An event that has been posted: once. Without a voucher it was worth nothing, or lies before the books begin. Append-only."""

    cause = models.CharField(_("cause"), max_length=120, unique=True)
    booked_on = models.DateField(_("date"))
    voucher = models.OneToOneField(BookVoucher, models.PROTECT, related_name="event", null=True, blank=True, verbose_name=_("voucher"))
    entry = models.OneToOneField(
        "credits.Entry", models.PROTECT, related_name="book_event", null=True, blank=True, verbose_name=_("ledger entry")
    )
    invoice = models.OneToOneField(Invoice, models.PROTECT, related_name="book_event", null=True, blank=True, verbose_name=_("invoice"))
    payment = models.OneToOneField(Payment, models.PROTECT, related_name="book_event", null=True, blank=True, verbose_name=_("payment"))
    hold = models.ForeignKey("credits.Hold", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("accrued hold"))

    class Meta:
        verbose_name = _("event of the books")
        verbose_name_plural = _("events of the books")
        indexes: ClassVar = [models.Index(fields=["booked_on"], name="book_event_by_day")]

    def __str__(self) -> str:
        return self.cause


class BookLot(models.Model):
    """What a lot is worth in the books, and how much of it has been used or has left it with its money (rule I6)."""

    lot = models.OneToOneField("credits.Lot", models.PROTECT, related_name="in_books", verbose_name=_("lot"))
    line = models.ForeignKey(InvoiceLine, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("sold in"))
    total = models.DecimalField(_("worth"), max_digits=14, decimal_places=2)
    vat_treatment = models.CharField(_("VAT"), max_length=20)
    granted_minutes = models.PositiveIntegerField(_("granted"))
    used_minutes = models.PositiveIntegerField(_("used"), default=0)
    gone_minutes = models.PositiveIntegerField(_("refunded or moved"), default=0)

    class Meta:
        verbose_name = _("worth of a lot")
        verbose_name_plural = _("worth of lots")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(used_minutes__gte=0, gone_minutes__gte=0, granted_minutes__gte=F("used_minutes") + F("gone_minutes")),
                name="book_lot_never_overdrawn",
            ),
            models.CheckConstraint(condition=Q(total__gte=0), name="book_lot_worth_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.lot_id}: {self.total}"


class Share(models.TextChoices):
    """What an entry did to a lot or a debt."""

    SOLD = "sold", _("Sold")
    TAKEN_OVER = "taken_over", _("Taken over")
    GIVEN = "given", _("Given")
    MOVED_IN = "moved_in", _("Moved in")
    USED = "used", _("Used")
    LATE_CHANGE = "late_change", _("Late changes")
    NO_SHOW = "no_show", _("No-shows")
    EXPIRED = "expired", _("Expired")
    ADJUSTED = "adjusted", _("Adjusted")
    REFUNDED = "refunded", _("Refunded")
    REDUCED = "reduced", _("Price reduced")
    MOVED_OUT = "moved_out", _("Moved out")
    OWED = "owed", pgettext_lazy("of a debt", "Owed")
    REPAID = "repaid", _("Paid from credit")
    TAKEN_BACK = "taken_back", pgettext_lazy("of a debt", "Taken back")


class BookMove(models.Model):
    """By how much an event changed what is left of a lot, or open of a debt: in minutes, and in money of the books. Append-only.

    A price that is reduced (rule I1) is so for the `over_minutes` of the lot that were used or left then.
    """

    event = models.ForeignKey(BookEvent, models.PROTECT, related_name="moves", verbose_name=_("event"))
    share = models.CharField(_("what"), max_length=12, choices=Share)
    lot = models.ForeignKey("credits.Lot", models.PROTECT, related_name="book_moves", null=True, blank=True, verbose_name=_("lot"))
    debt = models.ForeignKey("credits.Debt", models.PROTECT, related_name="book_moves", null=True, blank=True, verbose_name=_("debt"))
    minutes = models.IntegerField(_("minutes"))
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    over_minutes = models.PositiveIntegerField(_("for so many minutes"), null=True, blank=True)
    booked_on = models.DateField(_("date"))

    class Meta:
        verbose_name = _("change of a lot’s worth")
        verbose_name_plural = _("changes of lots’ worth")
        indexes: ClassVar = [models.Index(fields=["booked_on", "lot"], name="book_move_by_day")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(share__in=Share.values), name="book_move_share_known"),
            models.CheckConstraint(
                condition=Q(lot__isnull=False, debt=None) | Q(lot=None, debt__isnull=False), name="book_move_of_lot_or_debt"
            ),
            models.CheckConstraint(
                condition=~Q(share="reduced") & Q(over_minutes=None)
                | Q(share="reduced", over_minutes__isnull=False, over_minutes__gt=0, lot__isnull=False, minutes=0, amount__lt=0),
                name="book_move_reduces_for_minutes",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.share} {self.minutes} min, {self.amount}"


class BookFile(models.Model):
    """All vouchers until a date that no file before had, as SIE. The same vouchers give the same bytes. Append-only.

    `company` and `organisation_number`: as the provider was registered when it was made, which the file says for ever.
    """

    cause = models.CharField(_("cause"), max_length=120, unique=True)
    until_on = models.DateField(_("until"))
    company = models.CharField(_("company"), max_length=160, blank=True, default="", db_default="", editable=False)
    organisation_number = models.CharField(_("organisation number"), max_length=40, blank=True, default="", db_default="", editable=False)
    vouchers = models.PositiveIntegerField(_("vouchers"))
    content = models.BinaryField(_("bytes"))
    digest = models.CharField(_("SHA-256"), max_length=64)
    made_at = models.DateTimeField(_("made"))
    made_on = models.DateField(_("date of the file"))
    made_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("made by"))

    class Meta:
        verbose_name = _("file for the books")
        verbose_name_plural = _("files for the books")
        constraints: ClassVar = [models.CheckConstraint(condition=Q(vouchers__gt=0), name="book_file_has_vouchers")]

    def __str__(self) -> str:
        return f"{self.pk}: {self.until_on}"


class BookFileVoucher(models.Model):
    """A voucher stands in one file, once. Append-only."""

    file = models.ForeignKey(BookFile, models.PROTECT, related_name="contents", verbose_name=_("file"))
    voucher = models.OneToOneField(BookVoucher, models.PROTECT, related_name="in_file", verbose_name=_("voucher"))

    class Meta:
        verbose_name = _("voucher in a file")
        verbose_name_plural = _("vouchers in files")

    def __str__(self) -> str:
        return f"{self.voucher_id} in {self.file_id}"
