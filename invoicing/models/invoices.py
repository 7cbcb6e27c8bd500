"""Invoices and credit notes, their lines with the one source of each, their documents, and what happened to them (rules I1 to I4)."""

from decimal import Decimal
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from djmoney.money import Money

from clients.models import Organisation, StaffDuty, person_duties
from credits.ledger import Refund
from credits.topups import TopUp
from delivery.models import Billable
from invoicing.models.plan_fees import PlanCharge
from people.models import Language, Person


class InvoiceKind(models.TextChoices):
    """An issued invoice never changes: it is corrected by a credit note (rule I1)."""

    INVOICE = "invoice", _("Invoice")
    CREDIT_NOTE = "credit_note", _("Credit note")


class InvoiceState(models.TextChoices):
    """A draft has no number and can be changed, or dropped with its lines; issued is for ever (rule I1)."""

    DRAFT = "draft", pgettext_lazy("an invoice", "Draft")
    ISSUED = "issued", _("Issued")
    DROPPED = "dropped", _("Dropped before it was issued")


class NumberSeries(models.Model):
    """The last number that was given of one kind in one year: its row is locked when one is given, so that none is left out."""

    kind = models.CharField(_("kind"), max_length=12, choices=InvoiceKind)
    year = models.PositiveSmallIntegerField(_("year"))
    last = models.PositiveIntegerField(_("last number"), default=0)

    class Meta:
        verbose_name = _("series of numbers")
        verbose_name_plural = _("series of numbers")
        constraints: ClassVar = [models.UniqueConstraint(fields=["kind", "year"], name="number_series_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.year}: {self.last}"


class InvoiceQuerySet(models.QuerySet["Invoice"]):
    """Invoices, narrowed to who may see them."""

    def visible_to(self, person: Person) -> Self:
        """All for finance and administrators; issued ones for a client's own people and its account manager."""
        if not person.is_active:
            return self.none()
        duties = person_duties(person)
        if {StaffDuty.FINANCE, StaffDuty.ADMINISTRATOR} & duties:
            return self
        seen = Q(organisation__in=Organisation.objects.of_member(person).values("pk"))
        if StaffDuty.ACCOUNT_MANAGER in duties:
            seen |= Q(organisation__in=Organisation.objects.managed_by(person).values("pk"))
        return self.filter(seen, state=InvoiceState.ISSUED)

    def issued(self) -> Self:
        """Those that have a number."""
        return self.filter(state=InvoiceState.ISSUED)


class Invoice(models.Model):
    """An invoice or a credit note (rule I1). Sums in `currency` to the cent; those of a credit note are positive too.

    What it says is frozen on the row when it is issued: `seller`, `buyer` and `vat_rows` are plain values, as
    `invoicing.facts` has them, and beside the seller stands how the paper looks (`invoicing.look`); so is `late_terms`, what late
    payment costs. `paid` and `credited` say what has come in for an invoice, and what was taken back of it; what of `paid` never came,
    but was `written_off`, is in both.
    `preceding` is the invoice that a credit note corrects. `rate`: what one unit of `currency` is in the books.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="invoices", verbose_name=_("organisation"))
    kind = models.CharField(_("kind"), max_length=12, choices=InvoiceKind, default=InvoiceKind.INVOICE)
    state = models.CharField(_("state"), max_length=10, choices=InvoiceState, default=InvoiceState.DRAFT)
    cause = models.CharField(_("cause"), max_length=120, unique=True)
    currency = models.CharField(_("currency"), max_length=3)
    drafted_at = models.DateTimeField(_("drafted"))
    drafted_by = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("drafted by"))
    preceding = models.ForeignKey("self", models.PROTECT, related_name="credit_notes", null=True, blank=True, verbose_name=_("corrects"))
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    buyer_reference = models.CharField(_("your reference"), max_length=80, blank=True)
    order_reference = models.CharField(_("your order number"), max_length=80, blank=True)
    vat_treatment = models.CharField(_("VAT"), max_length=20)
    net = models.DecimalField(_("net"), max_digits=14, decimal_places=2, default=0)
    vat = models.DecimalField(_("VAT"), max_digits=14, decimal_places=2, default=0)
    total = models.DecimalField(_("total"), max_digits=14, decimal_places=2, default=0)
    rounding = models.DecimalField(_("rounding"), max_digits=4, decimal_places=2, default=0)
    payable = models.DecimalField(_("to pay"), max_digits=14, decimal_places=2, default=0)
    paid = models.DecimalField(_("paid"), max_digits=14, decimal_places=2, default=0)
    credited = models.DecimalField(_("credited"), max_digits=14, decimal_places=2, default=0)
    written_off = models.DecimalField(_("written off"), max_digits=14, decimal_places=2, default=0, db_default=0)
    year = models.PositiveSmallIntegerField(_("year"), null=True, blank=True)
    sequence = models.PositiveIntegerField(_("number in the year"), null=True, blank=True)
    number = models.CharField(_("number"), max_length=20, null=True, blank=True, unique=True)
    ocr = models.CharField(_("reference of the payment"), max_length=25, blank=True)
    issued_on = models.DateField(_("date"), null=True, blank=True)
    due_on = models.DateField(_("due"), null=True, blank=True)
    issued_at = models.DateTimeField(_("issued"), null=True, blank=True)
    issued_by = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("issued by"))
    language = models.CharField(_("language"), max_length=5, choices=Language, default=Language.ENGLISH)
    seller = models.JSONField(_("seller"), default=dict)
    buyer = models.JSONField(_("buyer"), default=dict)
    payment = models.JSONField(_("where it is paid"), default=dict)
    vat_rows = models.JSONField(_("VAT by rate"), default=list)
    books_currency = models.CharField(_("currency of the books"), max_length=3, blank=True)
    rate = models.DecimalField(_("rate"), max_digits=14, decimal_places=6, null=True, blank=True)
    rate_on = models.DateField(_("date of the rate"), null=True, blank=True)
    vat_in_books = models.DecimalField(_("VAT in the books"), max_digits=14, decimal_places=2, null=True, blank=True)
    late_terms = models.JSONField(_("what late payment costs"), default=dict)

    objects = InvoiceQuerySet.as_manager()

    class Meta:
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")
        indexes: ClassVar = [
            models.Index(fields=["organisation", "-issued_on", "-id"], name="invoice_of_client"),
            models.Index(F("due_on"), F("id"), condition=Q(state="issued", kind="invoice"), name="invoice_by_due"),
            models.Index(fields=["ocr"], condition=~Q(ocr=""), name="invoice_by_ocr"),
            models.Index(F("id").desc(), condition=Q(state="draft"), name="invoice_drafts"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "year", "sequence"], name="invoice_number_once"),
            models.UniqueConstraint(fields=["ocr"], condition=~Q(ocr=""), name="invoice_reference_once"),
            models.CheckConstraint(condition=Q(kind__in=InvoiceKind.values), name="invoice_kind_known"),
            models.CheckConstraint(
                condition=Q(
                    state__in=["draft", "dropped"],
                    number=None,
                    year=None,
                    sequence=None,
                    issued_at=None,
                    issued_on=None,
                    paid=0,
                    credited=0,
                )
                | Q(
                    state="issued",
                    number__isnull=False,
                    year__isnull=False,
                    sequence__gt=0,
                    issued_at__isnull=False,
                    issued_on__isnull=False,
                ),
                name="invoice_is_numbered_when_issued",
            ),
            models.CheckConstraint(
                condition=Q(kind="invoice", preceding=None) | Q(kind="credit_note", preceding__isnull=False) & ~Q(reason=""),
                name="credit_note_corrects_an_invoice",
            ),
            models.CheckConstraint(
                condition=Q(net__gte=0, vat__gte=0, payable__gte=0, paid__gte=0, credited__gte=0), name="invoice_sums_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(total__gt=F("net") + F("vat") - Decimal("0.005")) & Q(total__lt=F("net") + F("vat") + Decimal("0.005")),
                name="invoice_total_is_net_and_vat",
            ),
            models.CheckConstraint(condition=Q(credited__lte=F("payable")), name="invoice_credited_once"),
            models.CheckConstraint(
                condition=Q(written_off__gte=0, written_off__lte=F("paid")), name="invoice_written_off_is_of_what_counts_as_paid"
            ),
            models.CheckConstraint(
                condition=Q(written_off=0) | Q(credited__lte=F("payable") - F("written_off")), name="invoice_written_off_is_not_credited"
            ),
            models.CheckConstraint(condition=Q(rounding__gt=-1, rounding__lt=1), name="invoice_rounding_is_small"),
        ]

    def __str__(self) -> str:
        return self.number or f"{self.get_state_display()} {self.pk}"

    @property
    def open(self) -> Money:
        """What is still to be paid; less than nothing where too much came in."""
        return Money(self.payable - self.credited - self.paid, self.currency)

    @property
    def claim(self) -> Money:
        """What the client has not paid: what is open, and what was written off."""
        return self.open + Money(self.written_off, self.currency)

    @property
    def over(self) -> Money:
        """What was paid of it and is the client’s now, since it was credited."""
        return Money(max(self.paid + self.credited - self.payable, Decimal(0)), self.currency)

    @property
    def payable_money(self) -> Money:
        """What is to be paid altogether."""
        return Money(self.payable, self.currency)


class InvoiceLine(models.Model):
    """One line (rule I2). Its source is one row somewhere below, one-to-one: nothing is invoiced twice (rule I1).

    A line of a credit note has no source but the line that it `credits`, and the `refund` of unused credit it stands for (rule C13).
    """

    invoice = models.ForeignKey(Invoice, models.CASCADE, related_name="lines", verbose_name=_("invoice"))
    position = models.PositiveSmallIntegerField(_("position"))
    text = models.CharField(_("text"), max_length=300)
    quantity = models.DecimalField(_("quantity"), max_digits=12, decimal_places=2)
    unit = models.CharField(_("unit"), max_length=3)
    price = models.DecimalField(_("price"), max_digits=14, decimal_places=4)
    base = models.PositiveSmallIntegerField(_("for how many"), default=1)
    net = models.DecimalField(_("net"), max_digits=14, decimal_places=2)
    vat_percent = models.DecimalField(_("VAT (percent)"), max_digits=5, decimal_places=2)
    top_up = models.OneToOneField(TopUp, models.PROTECT, related_name="invoice_line", null=True, blank=True, verbose_name=_("top-up"))
    billable = models.OneToOneField(
        Billable, models.PROTECT, related_name="invoice_line", null=True, blank=True, verbose_name=_("of a delivery")
    )
    late_charge = models.OneToOneField(
        "invoicing.LateCharge", models.PROTECT, related_name="invoice_line", null=True, blank=True, verbose_name=_("late charge")
    )
    refund = models.OneToOneField(Refund, models.PROTECT, related_name="invoice_line", null=True, blank=True, verbose_name=_("refund"))
    plan_charge = models.OneToOneField(
        PlanCharge, models.PROTECT, related_name="invoice_line", null=True, blank=True, verbose_name=_("fee of a plan")
    )
    credits = models.ForeignKey("self", models.PROTECT, related_name="credited_by", null=True, blank=True, verbose_name=_("credits"))

    class Meta:
        verbose_name = _("line of an invoice")
        verbose_name_plural = _("lines of invoices")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["invoice", "position"], name="invoice_line_once"),
            models.CheckConstraint(condition=Q(net__gt=0, quantity__gt=0, base__gt=0), name="invoice_line_costs_something"),
            models.CheckConstraint(condition=Q(vat_percent__gte=0, vat_percent__lte=100), name="invoice_line_vat_is_a_share"),
            models.CheckConstraint(condition=Q(refund=None) | Q(credits__isnull=False), name="refund_credits_a_line"),
        ]

    def __str__(self) -> str:
        return self.text


class DocumentKind(models.TextChoices):
    """For people, and for machines (rule I4)."""

    PDF = "pdf", _("PDF")
    XML = "xml", _("E-invoice")


class InvoiceDocument(models.Model):
    """An issued invoice as a file, and its SHA-256 (rule I4). Append-only."""

    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="documents", verbose_name=_("invoice"))
    kind = models.CharField(_("kind"), max_length=5, choices=DocumentKind)
    content = models.BinaryField(_("bytes"))
    digest = models.CharField(_("SHA-256"), max_length=64)
    made_at = models.DateTimeField(_("made"))

    class Meta:
        verbose_name = _("document of an invoice")
        verbose_name_plural = _("documents of invoices")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["invoice", "kind"], name="invoice_document_once"),
            models.CheckConstraint(condition=Q(kind__in=DocumentKind.values), name="invoice_document_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.invoice} {self.kind}"


class InvoiceEventKind(models.TextChoices):
    """What can happen to an invoice."""

    DRAFTED = "drafted", _("Drafted")
    CHANGED = "changed", _("Draft changed")
    DROPPED = "dropped", _("Dropped")
    ISSUED = "issued", _("Issued")
    SENT = "sent", _("Sent")
    NO_XML = "no_xml", _("No e-invoice")
    BY_MAIL = "by_mail", _("By e-mail instead of as e-invoice")
    UNDELIVERED = "undelivered", _("Not delivered")
    CREDITED = "credited", _("Credited")
    PAID = "paid", _("Payment")
    UNPAID = "unpaid", _("Payment taken back")
    SETTLED = "settled", _("Paid in full")
    REMINDED = "reminded", _("Reminder sent")
    CONTESTED = "contested", _("Contested")
    ANSWERED = "answered", _("Contest answered")
    WITHDRAWN = "withdrawn", _("Contest withdrawn")
    STOPPED = "stopped", _("Reminders stopped")
    RESUMED = "resumed", _("Reminders resumed")
    EXTENDED = "extended", _("More time to pay")
    FROZEN = "frozen", _("Credit frozen")
    RELEASED = "released", _("Credit released")
    CHARGED = "charged", _("Late charge made")
    WAIVED = "waived", _("Late charge waived")
    WRITTEN_OFF = "written_off", _("Written off")
    KEPT = "kept", _("What is over is the client’s money")
    UNBACKED = "unbacked", _("Its credit was taken back")


SAID = "said"
"""Among the facts of an event: why it happened, by language."""


class InvoiceEvent(models.Model):
    """One step of an invoice: who, when, why. Append-only.

    What we said by ourselves stands among the facts in each language, and as `reason` in the provider's.
    """

    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="events", verbose_name=_("invoice"))
    kind = models.CharField(_("kind"), max_length=12, choices=InvoiceEventKind)
    at = models.DateTimeField(_("when"))
    by = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("by"))
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    facts = models.JSONField(_("facts"), default=dict)

    class Meta:
        verbose_name = _("event of an invoice")
        verbose_name_plural = _("events of invoices")
        constraints: ClassVar = [models.CheckConstraint(condition=Q(kind__in=InvoiceEventKind.values), name="invoice_event_known")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.at:%Y-%m-%d %H:%M}"

    @property
    def moved(self) -> Money | None:
        """What was paid, taken back, kept or written off, in the invoice's currency; None of all other events."""
        amount: str | None = self.facts.get("amount")
        return Money(abs(Decimal(amount)), self.invoice.currency) if amount else None

    @property
    def reason_read(self) -> str:
        """Why, in the reader's language where it was us who said it (rule P4)."""
        said: dict[str, str] = self.facts.get(SAID, {})
        return said.get(get_language() or "") or self.reason
