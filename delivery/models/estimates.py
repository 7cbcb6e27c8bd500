"""What a delivery costs: estimates in versions, their lines and milestones, who approved them, what the client accepted (D1 to D3, D6)."""

from decimal import Decimal
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from djmoney.money import Money

from clients.vat import Treatment
from credits.accounts import CreditAccount
from delivery.models.tasks import DeliveryTask
from people.models import Language, Person


class EstimateKind(models.TextChoices):
    """The first cost of a task, or more on top of what is accepted (rule D3)."""

    FIRST = "first", pgettext_lazy("of a cost", "Estimate")
    CHANGE = "change", _("Change estimate")


class Basis(models.TextChoices):
    """What the sum means (rule D1)."""

    FIXED = "fixed", _("Fixed price")
    CEILING = "ceiling", _("Ceiling: what is used, at most this")
    RUNNING = "running", _("Running account, within this sum")


class EstimateState(models.TextChoices):
    """Draft → under review → sent to the client → accepted or declined; or it ends otherwise, and another one may follow."""

    DRAFT = "draft", pgettext_lazy("an estimate", "Draft")
    REVIEWING = "reviewing", _("Under review")
    OFFERED = "offered", _("Waits for the client’s yes")
    ACCEPTED = "accepted", pgettext_lazy("an estimate", "Accepted")
    DECLINED = "declined", pgettext_lazy("an estimate", "Declined")
    EXPIRED = "expired", pgettext_lazy("an estimate", "Expired")
    SUPERSEDED = "superseded", _("Replaced by a new version")
    WITHDRAWN = "withdrawn", pgettext_lazy("an estimate", "Taken back")


LIVE = (EstimateState.DRAFT, EstimateState.REVIEWING, EstimateState.OFFERED)
SEEN_BY_CLIENT = tuple(state for state in EstimateState if state not in (EstimateState.DRAFT, EstimateState.REVIEWING))


class EstimateQuerySet(models.QuerySet["Estimate"]):
    """Estimates, narrowed to who may see them."""

    def visible_to(self, person: Person) -> Self:
        """Of the tasks that one sees; a client's people see what has been sent to them."""
        found = self.filter(task__in=DeliveryTask.objects.visible_to(person).values("pk"))
        return found if person.staff_roles.exists() else found.exclude(offered_at=None)


class Estimate(models.Model):
    """One version of what a task costs (rule D1). Sums in `currency`; frozen when it is handed in for review.

    `number` counts the versions of its task. `submission` counts how often it was handed in: approvals are of one.
    `credit_price_per_hour`: what an hour of credit pays of it, where that is offered (rule D6).
    """

    task = models.ForeignKey(DeliveryTask, models.PROTECT, related_name="estimates", verbose_name=_("task"))
    number = models.PositiveSmallIntegerField(_("version"))
    cause = models.CharField(_("cause"), max_length=200, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=EstimateKind, default=EstimateKind.FIRST)
    basis = models.CharField(_("price is"), max_length=10, choices=Basis, default=Basis.CEILING)
    state = models.CharField(_("state"), max_length=12, choices=EstimateState, default=EstimateState.DRAFT)
    currency = models.CharField(_("currency"), max_length=3)
    intro = models.TextField(_("what you get"), blank=True)
    terms = models.TextField(_("terms"), blank=True)
    valid_until = models.DateField(_("valid until, included"), null=True, blank=True)
    vat_treatment = models.CharField(_("VAT"), max_length=20, choices=Treatment, default=Treatment.DOMESTIC)
    net = models.DecimalField(_("net"), max_digits=14, decimal_places=2, default=0)
    vat = models.DecimalField(_("VAT"), max_digits=14, decimal_places=2, default=0)
    total = models.DecimalField(_("total"), max_digits=14, decimal_places=2, default=0)
    credit_price_per_hour = models.DecimalField(_("an hour of credit pays"), max_digits=12, decimal_places=2, null=True, blank=True)
    prepared_at = models.DateTimeField(_("written"))
    prepared_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("written by"))
    submission = models.PositiveSmallIntegerField(_("times handed in"), default=0)
    submitted_at = models.DateTimeField(_("handed in"), null=True, blank=True)
    submitted_by = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("handed in by"))
    offered_at = models.DateTimeField(_("sent to the client"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    closed_by = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("closed by"))
    closing_reason = models.CharField(_("reason"), max_length=500, blank=True)

    objects = EstimateQuerySet.as_manager()

    class Meta:
        verbose_name = _("estimate")
        verbose_name_plural = _("estimates")
        indexes: ClassVar = [models.Index(fields=["valid_until"], condition=Q(state="offered"), name="estimate_to_expire")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["task", "number"], name="estimate_version_once"),
            models.UniqueConstraint(fields=["task"], condition=Q(state__in=["draft", "reviewing", "offered"]), name="estimate_live_once"),
            models.UniqueConstraint(fields=["task"], condition=Q(kind="first", state="accepted"), name="first_estimate_accepted_once"),
            models.CheckConstraint(condition=Q(state__in=EstimateState.values), name="estimate_state_known"),
            models.CheckConstraint(condition=Q(kind__in=EstimateKind.values), name="estimate_kind_known"),
            models.CheckConstraint(condition=Q(basis__in=Basis.values), name="estimate_basis_known"),
            models.CheckConstraint(condition=Q(vat_treatment__in=Treatment.values), name="estimate_vat_treatment_known"),
            models.CheckConstraint(
                condition=Q(state="draft", offered_at=None, closed_at=None)
                | Q(state="reviewing", submitted_at__isnull=False, offered_at=None, closed_at=None)
                | Q(state="offered", offered_at__isnull=False, closed_at=None)
                | Q(state__in=["accepted", "declined", "expired"], offered_at__isnull=False, closed_at__isnull=False)
                | Q(state__in=["superseded", "withdrawn"], closed_at__isnull=False),
                name="estimate_state_fits_dates",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "superseded", "withdrawn"]) | Q(net__gt=0, valid_until__isnull=False),
                name="handed_in_estimate_costs_something",
            ),
            models.CheckConstraint(
                condition=Q(net__gte=0, vat__gte=0)
                & Q(total__gt=F("net") + F("vat") - Decimal("0.005"))
                & Q(total__lt=F("net") + F("vat") + Decimal("0.005")),
                name="estimate_total_is_net_and_vat",
            ),
        ]

    def __str__(self) -> str:
        return f"D{self.task_id}:{self.number}"

    @property
    def net_money(self) -> Money:
        """Without VAT."""
        return Money(self.net, self.currency)

    @property
    def vat_money(self) -> Money:
        """The VAT on it."""
        return Money(self.vat, self.currency)

    @property
    def total_money(self) -> Money:
        """With VAT."""
        return Money(self.total, self.currency)


class LineKind(models.TextChoices):
    """What a line of an estimate is for: travel time, mileage and expenses are lines of their own (rule S12)."""

    HOURS = "hours", _("Hours")
    FIXED = "fixed", _("Fixed sum")
    TRAVEL = "travel", _("Travel time (hours)")
    MILEAGE = "mileage", _("Mileage (km)")
    EXPENSE = "expense", _("Expenses")


TIMED = (LineKind.HOURS, LineKind.TRAVEL)
"""Lines whose quantity is hours: time is logged against them."""


class EstimateLine(models.Model):
    """`quantity` (hours, kilometres or pieces) at `unit_price` without VAT. Frozen once the estimate is handed in."""

    estimate = models.ForeignKey(Estimate, models.CASCADE, related_name="lines", verbose_name=_("estimate"))
    position = models.PositiveSmallIntegerField(_("position"))
    kind = models.CharField(_("kind"), max_length=10, choices=LineKind)
    text = models.CharField(_("text"), max_length=200)
    quantity = models.DecimalField(_("quantity"), max_digits=9, decimal_places=2)
    unit_price = models.DecimalField(_("price"), max_digits=12, decimal_places=2)
    net = models.DecimalField(_("net"), max_digits=14, decimal_places=2)
    vat_percent = models.DecimalField(_("VAT (percent)"), max_digits=5, decimal_places=2)

    class Meta:
        verbose_name = _("line of an estimate")
        verbose_name_plural = _("lines of estimates")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["estimate", "position"], name="estimate_line_once"),
            models.CheckConstraint(condition=Q(kind__in=LineKind.values), name="estimate_line_kind_known"),
            models.CheckConstraint(condition=Q(quantity__gt=0, unit_price__gt=0, net__gt=0), name="estimate_line_costs_something"),
            models.CheckConstraint(condition=Q(vat_percent__gte=0, vat_percent__lte=100), name="estimate_line_vat_is_a_share"),
        ]

    def __str__(self) -> str:
        return self.text


class Milestone(models.Model):
    """A part of the sum that is invoiced when it is reached (rule D5). Together they are the estimate's whole net."""

    estimate = models.ForeignKey(Estimate, models.CASCADE, related_name="milestones", verbose_name=_("estimate"))
    position = models.PositiveSmallIntegerField(_("position"))
    title = models.CharField(_("milestone"), max_length=120)
    net = models.DecimalField(_("net"), max_digits=14, decimal_places=2)
    planned_on = models.DateField(_("planned"), null=True, blank=True)
    reached_at = models.DateTimeField(_("reached"), null=True, blank=True)
    reached_by = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("told by"))

    class Meta:
        verbose_name = _("milestone")
        verbose_name_plural = _("milestones")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["estimate", "position"], name="milestone_once"),
            models.CheckConstraint(condition=Q(net__gt=0), name="milestone_costs_something"),
        ]

    def __str__(self) -> str:
        return self.title


class EstimateApproval(models.Model):
    """An account manager approved what was handed in (rule D1): never the author. Append-only."""

    estimate = models.ForeignKey(Estimate, models.PROTECT, related_name="approvals", verbose_name=_("estimate"))
    submission = models.PositiveSmallIntegerField(_("of which submission"))
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("approved by"))
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("approval")
        verbose_name_plural = _("approvals")
        constraints: ClassVar = [models.UniqueConstraint(fields=["estimate", "submission", "person"], name="estimate_approved_once_each")]

    def __str__(self) -> str:
        return f"{self.estimate}: {self.person}"


class EstimateDocument(models.Model):
    """The estimate as a PDF in one language, as the client gets it, and its SHA-256. Append-only."""

    estimate = models.ForeignKey(Estimate, models.PROTECT, related_name="documents", verbose_name=_("estimate"))
    language = models.CharField(_("language"), max_length=5, choices=Language)
    pdf = models.BinaryField(_("PDF"))
    digest = models.CharField(_("SHA-256"), max_length=64)
    made_at = models.DateTimeField(_("made"))

    class Meta:
        verbose_name = _("document of an estimate")
        verbose_name_plural = _("documents of estimates")
        constraints: ClassVar = [models.UniqueConstraint(fields=["estimate", "language"], name="estimate_document_once")]

    def __str__(self) -> str:
        return f"{self.estimate} {self.language}"


class AcceptedBy(models.TextChoices):
    """How the client's yes came."""

    PAGE = "page", _("on the page")
    LINK = "link", _("by a personal link")
    PHONE = "phone", _("by phone")
    MAIL = "mail", _("by mail")


class PaysWith(models.TextChoices):
    """What the client pays with (rule D6)."""

    INVOICE = "invoice", _("Invoice")
    CREDIT = "credit", _("Prepaid credit")


class Acceptance(models.Model):
    """The client's yes to one estimate: who, when, from where, to which document and sum (rule D1).

    `second_*`: the second approver, where the first decides alone only up to a smaller sum (rules: People). Complete at
    `completed_at`. A yes by phone or mail is `recorded_by` the account manager, with its evidence in words or as a file: its
    bytes are in the `SpokenAnswer` of the person.
    `minutes` of credit on `account` pay for it where the approver asked for that (rule D6); `hold_cause` names the hold.
    """

    estimate = models.OneToOneField(Estimate, models.PROTECT, related_name="acceptance", verbose_name=_("estimate"))
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("accepted by"))
    at = models.DateTimeField(_("when"))
    way = models.CharField(_("how"), max_length=10, choices=AcceptedBy)
    address = models.GenericIPAddressField(_("from"), null=True, blank=True)
    second = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("second approver"))
    second_at = models.DateTimeField(_("second yes"), null=True, blank=True)
    second_way = models.CharField(_("how the second yes came"), max_length=10, choices=AcceptedBy, blank=True)
    second_address = models.GenericIPAddressField(_("second yes from"), null=True, blank=True)
    completed_at = models.DateTimeField(_("complete"), null=True, blank=True)
    document = models.ForeignKey(EstimateDocument, models.PROTECT, related_name="+", verbose_name=_("document"))
    digest = models.CharField(_("SHA-256 of the document"), max_length=64)
    currency = models.CharField(_("currency"), max_length=3)
    net = models.DecimalField(_("net"), max_digits=14, decimal_places=2)
    vat = models.DecimalField(_("VAT"), max_digits=14, decimal_places=2)
    total = models.DecimalField(_("total"), max_digits=14, decimal_places=2)
    order_reference = models.CharField(_("your order reference"), max_length=80, blank=True)
    recorded_by = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("recorded by"))
    evidence = models.TextField(_("evidence"), blank=True)
    evidence_name = models.CharField(_("file"), max_length=200, blank=True)
    evidence_digest = models.CharField(_("SHA-256 of the file"), max_length=64, blank=True)
    pays_with = models.CharField(_("pays with"), max_length=10, choices=PaysWith, default=PaysWith.INVOICE)
    account = models.ForeignKey(CreditAccount, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("account"))
    minutes = models.PositiveIntegerField(_("credit (minutes)"), null=True, blank=True)
    hold_cause = models.CharField(_("hold"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("acceptance")
        verbose_name_plural = _("acceptances")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(way__in=AcceptedBy.values), name="acceptance_way_known"),
            models.CheckConstraint(condition=Q(second_way__in=["", *AcceptedBy.values]), name="second_yes_way_known"),
            models.CheckConstraint(condition=~Q(digest="") & Q(net__gt=0), name="acceptance_names_document_and_sum"),
            models.CheckConstraint(
                condition=Q(way__in=["page", "link"], recorded_by=None)
                | Q(way__in=["phone", "mail"], recorded_by__isnull=False) & ~Q(evidence="", evidence_name=""),
                name="recorded_acceptance_has_evidence",
            ),
            models.CheckConstraint(
                condition=Q(pays_with="invoice", account=None, minutes=None) | Q(pays_with="credit", account__isnull=False, minutes__gt=0),
                name="acceptance_pays_somehow",
            ),
            models.CheckConstraint(
                condition=Q(second=None, second_at=None) | Q(second__isnull=False, second_at__isnull=False) & ~Q(second=F("person")),
                name="second_yes_is_another_persons",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.estimate}: {self.person}"


class SpokenAnswer(models.Model):
    """What an approver said by phone or mail to an estimate, as the account manager recorded it (rule D1). Append-only.

    `accepts` False: they declined. Its evidence is in `words`, or in a file, or both.
    """

    estimate = models.ForeignKey(Estimate, models.PROTECT, related_name="spoken_answers", verbose_name=_("estimate"))
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("who said it"))
    accepts = models.BooleanField(_("accepts"))
    way = models.CharField(_("how"), max_length=10, choices=AcceptedBy)
    said_at = models.DateTimeField(_("when it was said"))
    words = models.TextField(_("in their words"), blank=True)
    file_name = models.CharField(_("file"), max_length=200, blank=True)
    file = models.BinaryField(_("file’s bytes"), null=True, blank=True)
    digest = models.CharField(_("SHA-256 of the file"), max_length=64, blank=True)
    recorded_at = models.DateTimeField(_("recorded"))
    recorded_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("recorded by"))

    class Meta:
        verbose_name = _("answer by phone or mail")
        verbose_name_plural = _("answers by phone or mail")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["estimate", "person", "accepts"], name="spoken_answer_once"),
            models.CheckConstraint(condition=Q(way__in=["phone", "mail"]), name="spoken_answer_way_known"),
            models.CheckConstraint(condition=~Q(words="", file_name=""), name="spoken_answer_has_evidence"),
            models.CheckConstraint(
                condition=Q(file_name="", file=None, digest="") | ~Q(file_name="") & Q(file__isnull=False) & ~Q(digest=""),
                name="spoken_answer_file_is_whole",
            ),
            models.CheckConstraint(condition=Q(said_at__lte=F("recorded_at")), name="spoken_before_it_was_recorded"),
        ]

    def __str__(self) -> str:
        return f"{self.estimate}: {self.person}, {self.get_way_display()}"
