"""A delivery task, what is said in it, and what happened to it (rules T2, D2 to D5)."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models import Case, TriageDecision
from clients.models import AgreedService, Organisation, StaffDuty, person_duties
from notices.models import IncomingMail
from people.models import Person


class TaskState(models.TextChoices):
    """The life of a delivery task. Only an accepted cost, or none, makes it `ready` for the delivery department (rule D2)."""

    ESTIMATING = "estimating", _("Cost to be estimated")
    REVIEWING = "reviewing", _("Cost under review")
    OFFERED = "offered", _("Waits for the client’s yes")
    READY = "ready", _("Ready to begin")
    WORKING = "working", _("In work")
    DONE = "done", _("Done, to be accepted")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Cost declined")
    WITHDRAWN = "withdrawn", pgettext_lazy("a task", "Withdrawn")


CLOSED_STATES = (TaskState.ACCEPTED, TaskState.DECLINED, TaskState.WITHDRAWN)
COST_STATES = (TaskState.ESTIMATING, TaskState.REVIEWING, TaskState.OFFERED)
WORK_STATES = (TaskState.READY, TaskState.WORKING, TaskState.DONE)


class TaskQuerySet(models.QuerySet["DeliveryTask"]):
    """Delivery tasks, narrowed to who may see them."""

    def visible_to(self, person: Person) -> Self:
        """All for technicians, dispatchers, finance and administrators; else those of one's organisations, or that one manages."""
        if not person.is_active:
            return self.none()
        duties = person_duties(person)
        if {StaffDuty.TECHNICIAN, StaffDuty.DISPATCHER, StaffDuty.FINANCE, StaffDuty.ADMINISTRATOR} & duties:
            return self
        seen = Q(organisation__in=Organisation.objects.of_member(person).values("pk"))
        if StaffDuty.ACCOUNT_MANAGER in duties:
            seen |= Q(organisation__in=Organisation.objects.managed_by(person).values("pk"))
        return self.filter(seen)

    def open(self) -> Self:
        """Those that are not closed: said in the words of the index, which holds no others."""
        return self.exclude(state__in=CLOSED_STATES)


class DeliveryTask(models.Model):
    """Work that is not support (rule T1). Its number is its key. Instants in UTC, sums without VAT in `currency`.

    `case` and `decision` are what it came from (rule T2). `accepted_net` is what the client has accepted altogether, of
    which `workable_net` is for time and expenses, and `used_net` has been used of that: beyond it nothing can be invoiced
    (rule D3). Fixed sums are not in `workable_net` unless the price is fixed. `is_free`: handed over without a cost
    (rule D2). `workspace` is the address of the client's own team space (rule D4). `service`: what it has become part of
    the agreement as (rule D7). `mail_token` makes its own address.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="delivery_tasks", verbose_name=_("organisation"))
    case = models.ForeignKey(Case, models.PROTECT, related_name="delivery_tasks", null=True, blank=True, verbose_name=_("case"))
    decision = models.OneToOneField(
        TriageDecision, models.PROTECT, related_name="delivery_task", null=True, blank=True, verbose_name=_("decision")
    )
    title = models.CharField(_("title"), max_length=200)
    description = models.TextField(_("what is to be done"), blank=True)
    cause = models.CharField(_("cause"), max_length=200, unique=True)
    opened_at = models.DateTimeField(_("opened"))
    opened_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("opened by"))
    contact = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("the client’s contact"))
    state = models.CharField(_("state"), max_length=12, choices=TaskState, default=TaskState.ESTIMATING)
    is_free = models.BooleanField(_("without a cost"), default=False)
    assignee = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("assigned to"))
    starts_on = models.DateField(_("planned from"), null=True, blank=True)
    ends_on = models.DateField(_("planned until"), null=True, blank=True)
    workspace = models.URLField(_("the client’s team space"), max_length=300, blank=True)
    currency = models.CharField(_("currency"), max_length=3)
    accepted_net = models.DecimalField(_("accepted"), max_digits=14, decimal_places=2, default=0)
    workable_net = models.DecimalField(_("of that for time and expenses"), max_digits=14, decimal_places=2, default=0)
    used_net = models.DecimalField(_("used"), max_digits=14, decimal_places=2, default=0)
    warned_at = models.DateTimeField(_("warned of what is used"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    service = models.OneToOneField(
        AgreedService, models.PROTECT, related_name="delivered_by", null=True, blank=True, verbose_name=_("agreed service")
    )
    mail_token = models.CharField(_("token of its address"), max_length=40, unique=True)

    objects = TaskQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery task")
        verbose_name_plural = _("delivery tasks")
        indexes: ClassVar = [
            models.Index("state", "id", condition=~Q(state__in=["accepted", "declined", "withdrawn"]), name="task_board"),
            models.Index(fields=["organisation", "-opened_at"], name="task_of_client"),
            models.Index(F("closed_at").desc(), F("id").desc(), condition=Q(closed_at__isnull=False), name="task_by_closing"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=TaskState.values), name="task_state_known"),
            models.CheckConstraint(
                condition=Q(state__in=["accepted", "declined", "withdrawn"], closed_at__isnull=False)
                | ~Q(state__in=["accepted", "declined", "withdrawn"]) & Q(closed_at=None),
                name="closed_task_was_closed",
            ),
            models.UniqueConstraint(fields=["case"], condition=~Q(state__in=["declined", "withdrawn"]), name="task_of_case_once"),
            models.CheckConstraint(condition=Q(decision=None) | Q(case__isnull=False), name="task_decision_is_of_a_case"),
            models.CheckConstraint(condition=Q(used_net__gte=0, accepted_net__gte=0, workable_net__gte=0), name="task_sums_not_negative"),
            models.CheckConstraint(condition=Q(used_net__lte=F("workable_net")), name="task_used_is_accepted"),
            models.CheckConstraint(condition=Q(workable_net__lte=F("accepted_net")), name="task_workable_is_accepted"),
            models.CheckConstraint(
                condition=~Q(state__in=["ready", "working", "done", "accepted"]) | Q(is_free=True) | Q(accepted_net__gt=0),
                name="task_begins_with_an_accepted_cost",
            ),
            models.CheckConstraint(
                condition=Q(starts_on=None) | Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), name="task_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return f"D{self.pk} {self.title}"

    @property
    def is_closed(self) -> bool:
        """Whether nothing more happens to it."""
        return self.state in CLOSED_STATES


class TaskVoice(models.TextChoices):
    """Whose word it is. `note` is for staff only."""

    CLIENT = "client", _("the client")
    STAFF = "staff", _("us")
    NOTE = "note", _("internal note")


class TaskMessage(models.Model):
    """One word in the thread of a task (rule D4). Append-only."""

    task = models.ForeignKey(DeliveryTask, models.PROTECT, related_name="messages", verbose_name=_("task"))
    voice = models.CharField(_("whose"), max_length=10, choices=TaskVoice)
    by_mail = models.BooleanField(_("came by mail"), default=False)
    author = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("who"))
    text = models.TextField(_("text"))
    at = models.DateTimeField(_("when"))
    cause = models.CharField(_("cause"), max_length=200, unique=True)
    mail = models.ForeignKey(IncomingMail, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("mail"))

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        indexes: ClassVar = [models.Index(fields=["task", "at"], name="message_of_task")]
        constraints: ClassVar = [models.CheckConstraint(condition=Q(voice__in=TaskVoice.values), name="task_voice_known")]

    def __str__(self) -> str:
        return f"{self.get_voice_display()} {self.at:%Y-%m-%d %H:%M}"


class TaskEventKind(models.TextChoices):
    """What can happen to a delivery task. Every step leaves one."""

    OPENED = "opened", _("Task opened")
    OBJECTED = "objected", _("The client objects: it is support")
    OBJECTION_DECIDED = "objection_decided", _("Objection decided")
    SENT_FREE = "sent_free", _("Handed over without a cost")
    ESTIMATED = "estimated", _("Estimate written")
    SUBMITTED = "submitted", _("Estimate handed in for review")
    RETURNED = "returned", _("Estimate given back")
    APPROVED = "approved", _("Estimate approved")
    PASSED = "passed", _("Estimate passed by itself")
    OFFERED = "offered", _("Estimate sent to the client")
    REMINDED = "reminded", _("Reminder sent")
    ACCEPTED_FIRST = "accepted_first", _("Accepted by the first approver")
    ACCEPTED = "accepted", _("Cost accepted")
    DECLINED = "declined", _("Cost declined")
    EXPIRED = "expired", _("Estimate expired")
    SUPERSEDED = "superseded", _("Estimate replaced by a new version")
    TAKEN_BACK = "taken_back", _("Estimate taken back")
    HELD = "held", _("Credit reserved")
    ASSIGNED = "assigned", _("Assigned")
    PLANNED = "planned", _("Planned")
    CHANGED = "changed", _("Changed")
    BEGUN = "begun", _("Work begun")
    SAID = "said", _("Message")
    CLIENT_SAID = "client_said", _("The client wrote")
    NOTED = "noted", _("Internal note")
    LOGGED = "logged", _("Time logged")
    UNLOGGED = "unlogged", _("Time taken back")
    SPENT = "spent", _("Expense logged")
    UNSPENT = "unspent", _("Expense taken back")
    WARNED = "warned", _("Most of the accepted sum is used")
    MILESTONE = "milestone", _("Milestone reached")
    DONE = "done", _("Told to be done")
    FAULTS = "faults", _("The client lists faults")
    MENDED = "mended", _("Fault mended")
    FAULT_DECIDED = "fault_decided", _("Fault decided")
    COMPLETED = "completed", _("Accepted as done")
    UNANSWERED = "unanswered", _("Not answered in time")
    BILLABLE = "billable", _("To be invoiced")
    CREDIT_USED = "credit_used", _("Paid with credit")
    AGREED_SERVICE = "agreed_service", _("Became an agreed service")
    WITHDRAWN = "withdrawn", _("Task withdrawn")


class TaskEvent(models.Model):
    """One step of a task: who, when, why, and figures that explain it. `internal` ones are for staff only. Append-only."""

    task = models.ForeignKey(DeliveryTask, models.PROTECT, related_name="events", verbose_name=_("task"))
    kind = models.CharField(_("kind"), max_length=20, choices=TaskEventKind)
    at = models.DateTimeField(_("when"))
    by = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("by"))
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    facts = models.JSONField(_("facts"), default=dict)
    internal = models.BooleanField(_("for staff only"), default=False)

    class Meta:
        verbose_name = _("event of a task")
        verbose_name_plural = _("events of tasks")
        constraints: ClassVar = [models.CheckConstraint(condition=Q(kind__in=TaskEventKind.values), name="task_event_known")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.at:%Y-%m-%d %H:%M}"
