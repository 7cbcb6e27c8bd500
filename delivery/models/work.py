"""Work on a delivery task, its completion, and what of it is to be invoiced (rules D3, D5)."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from djmoney.money import Money

from clients.timelog import TimeEntry
from delivery.models.estimates import AcceptedBy, EstimateLine, LineKind, Milestone
from delivery.models.tasks import DeliveryTask
from people.models import Person


class Completion(models.Model):
    """We told the client that it is done (rule D5). They accept it by `due_at`, or list faults. Answered once.

    `silence_accepts`: what the terms said of silence when it was told (rule P3); `silent`: it did. `remind_at` is the next
    reminder, `lapsed_at` when the time passed without an answer and silence did not accept. `recorded_by` and `evidence`:
    an answer by phone or mail.
    """

    task = models.ForeignKey(DeliveryTask, models.PROTECT, related_name="completions", verbose_name=_("task"))
    number = models.PositiveSmallIntegerField(_("number"))
    told_at = models.DateTimeField(_("told"))
    told_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("told by"))
    words = models.TextField(_("what was delivered"))
    due_at = models.DateTimeField(_("answer by"))
    silence_accepts = models.BooleanField(_("silence accepts"), default=False)
    remind_at = models.DateTimeField(_("next reminder"), null=True, blank=True)
    lapsed_at = models.DateTimeField(_("not answered in time"), null=True, blank=True)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    answered_by = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("answered by"))
    accepted = models.BooleanField(_("accepted"), null=True, blank=True)
    silent = models.BooleanField(_("by silence"), default=False)
    way = models.CharField(_("how"), max_length=10, choices=AcceptedBy, blank=True)
    recorded_by = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("recorded by"))
    evidence = models.TextField(_("evidence"), blank=True)

    class Meta:
        verbose_name = _("completion")
        verbose_name_plural = _("completions")
        indexes: ClassVar = [models.Index(fields=["due_at"], condition=Q(answered_at=None), name="completion_due")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["task", "number"], name="completion_once"),
            models.UniqueConstraint(fields=["task"], condition=Q(answered_at=None), name="completion_open_once"),
            models.CheckConstraint(
                condition=Q(answered_at=None, accepted=None) | Q(answered_at__isnull=False, accepted__isnull=False),
                name="completion_is_answered_somehow",
            ),
            models.CheckConstraint(condition=Q(recorded_by=None) | ~Q(evidence=""), name="recorded_completion_has_evidence"),
        ]

    def __str__(self) -> str:
        return f"D{self.task_id}:{self.number}"


class Fault(models.Model):
    """Something that the client finds wrong with what was delivered (rule D5): mended free. `disputed_net` is not invoiced till then."""

    completion = models.ForeignKey(Completion, models.PROTECT, related_name="faults", verbose_name=_("completion"))
    task = models.ForeignKey(DeliveryTask, models.PROTECT, related_name="faults", verbose_name=_("task"))
    number = models.PositiveSmallIntegerField(_("number"))
    text = models.CharField(_("what is wrong"), max_length=500)
    disputed_net = models.DecimalField(_("held back (net)"), max_digits=14, decimal_places=2, default=0)
    listed_at = models.DateTimeField(_("listed"))
    listed_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("listed by"))
    mended_at = models.DateTimeField(_("mended"), null=True, blank=True)
    mended_by = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("mended by"))
    mended_how = models.CharField(_("what was done"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("fault")
        verbose_name_plural = _("faults")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["task", "number"], name="fault_once"),
            models.CheckConstraint(condition=Q(disputed_net__gte=0), name="fault_holds_back_no_less_than_nothing"),
        ]

    def __str__(self) -> str:
        return self.text


class DeliveryTime(TimeEntry):
    """Somebody worked on a task. `rate` is what an hour of it costs, without VAT, frozen when it was logged; minutes.

    `billable` time counts against the accepted sum (rule D3); what mends a `fault`, and what is done beyond the sum or
    without a cost, is kept and never invoiced.
    """

    task = models.ForeignKey(DeliveryTask, models.PROTECT, related_name="time_entries", verbose_name=_("task"))
    line = models.ForeignKey(EstimateLine, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("line"))
    rate = models.DecimalField(_("price of an hour"), max_digits=12, decimal_places=2, default=0)
    billable = models.BooleanField(_("counts against the accepted sum"), default=True)
    fault = models.ForeignKey(Fault, models.PROTECT, related_name="time_entries", null=True, blank=True, verbose_name=_("mends"))

    class Meta(TimeEntry.Meta):
        verbose_name = _("time on a delivery task")
        verbose_name_plural = _("time on delivery tasks")
        indexes: ClassVar = [models.Index(fields=["task", "started_at"], name="time_of_task")]
        constraints: ClassVar = [
            *TimeEntry.Meta.constraints,
            models.CheckConstraint(condition=Q(fault=None) | Q(billable=False), name="mending_is_free"),
            models.CheckConstraint(condition=Q(rate__gte=0), name="delivery_rate_not_negative"),
        ]

    def __str__(self) -> str:
        return f"D{self.task_id} {self.started_at:%Y-%m-%d %H:%M}"


class DeliveryCost(models.Model):
    """Mileage or an expense of a task: `quantity` at `unit_price` without VAT (rule S12). `live` until it is taken back."""

    task = models.ForeignKey(DeliveryTask, models.PROTECT, related_name="costs", verbose_name=_("task"))
    line = models.ForeignKey(EstimateLine, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("line"))
    kind = models.CharField(_("kind"), max_length=10, choices=LineKind)
    text = models.CharField(_("text"), max_length=200)
    spent_on = models.DateField(_("date"))
    quantity = models.DecimalField(_("quantity"), max_digits=9, decimal_places=2)
    unit_price = models.DecimalField(_("price"), max_digits=12, decimal_places=2)
    net = models.DecimalField(_("net"), max_digits=14, decimal_places=2)
    logged_at = models.DateTimeField(_("logged"))
    logged_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("logged by"))
    live = models.BooleanField(_("counts"), default=True)

    class Meta:
        verbose_name = _("expense of a delivery task")
        verbose_name_plural = _("expenses of delivery tasks")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=["mileage", "expense"]), name="delivery_cost_kind_known"),
            models.CheckConstraint(condition=Q(quantity__gt=0, unit_price__gt=0, net__gt=0), name="delivery_cost_costs_something"),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def net_money(self) -> Money:
        """What it costs, without VAT."""
        return Money(self.net, self.task.currency)


class BillableKind(models.TextChoices):
    """Why something is to be invoiced (rule D5)."""

    MILESTONE = "milestone", _("Milestone reached")
    PART = "part", _("What is undisputed")
    COMPLETION = "completion", _("Accepted as done")


class Billable(models.Model):
    """A sum of a delivery that is to be invoiced, at one rate of VAT: exactly once, by its `cause` (rules D5, I1). Append-only.

    An invoice's line will be one-to-one with it.
    """

    task = models.ForeignKey(DeliveryTask, models.PROTECT, related_name="billables", verbose_name=_("task"))
    kind = models.CharField(_("kind"), max_length=12, choices=BillableKind)
    milestone = models.ForeignKey(Milestone, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("milestone"))
    cause = models.CharField(_("cause"), max_length=120, unique=True)
    text = models.CharField(_("text"), max_length=200)
    currency = models.CharField(_("currency"), max_length=3)
    net = models.DecimalField(_("net"), max_digits=14, decimal_places=2)
    vat_percent = models.DecimalField(_("VAT (percent)"), max_digits=5, decimal_places=2)
    minutes = models.PositiveIntegerField(_("time in it (minutes)"), default=0)
    order_reference = models.CharField(_("order reference"), max_length=80, blank=True)
    arose_at = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("to be invoiced")
        verbose_name_plural = _("to be invoiced")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=BillableKind.values), name="billable_kind_known"),
            models.CheckConstraint(condition=Q(net__gt=0), name="billable_costs_something"),
            models.UniqueConstraint(fields=["milestone", "vat_percent"], name="milestone_billed_once"),
        ]

    def __str__(self) -> str:
        return f"{self.text}: {self.net} {self.currency}"

    @property
    def net_money(self) -> Money:
        """Without VAT."""
        return Money(self.net, self.currency)
