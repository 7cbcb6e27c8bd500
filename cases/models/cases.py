"""A support case, its clocks, and what happened to it (rules S1 to S7)."""

from datetime import UTC, datetime, timedelta
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cases.models.teams import Team
from clients.models import AgreedService, CaseKind, Organisation, Plan, StaffDuty, SupportChannel, person_duties
from people.models import Person
from worktime.models import BusinessCalendar


class State(models.TextChoices):
    """The life of a case. `proposed` waits for the client's word on a solution (rule S11)."""

    NEW = "new", _("New")
    OPEN = "open", _("In progress")
    WAITING = "waiting", _("Waits for the client")
    PROPOSED = "proposed", _("Solution to approve")
    CLOSED = "closed", _("Closed")


class ClosedAs(models.TextChoices):
    """Why a case is closed."""

    SOLVED = "solved", _("Solved, approved by the client")
    SILENCE = "silence", _("Solved; the client said nothing more")
    WITHDRAWN = "withdrawn", _("Withdrawn by the client")
    DUPLICATE = "duplicate", _("Merged into another case")
    SERVER_SUPPORT = "server_support", _("Goes on as server support")
    DELIVERY = "delivery", _("Delivery, not support")


class Environment(models.TextChoices):
    """Where it happens (rule S1)."""

    PRODUCTION = "production", _("Production")
    STAGING = "staging", _("Staging")
    DEVELOPMENT = "development", _("Development")


class Opened(models.TextChoices):
    """How a case came to us (rule S1). `staff`: we opened it on our own; it has no response clock (rule S4)."""

    PORTAL = SupportChannel.PORTAL.value, _("Client portal")
    EMAIL = SupportChannel.EMAIL.value, _("E-mail")
    PHONE = SupportChannel.PHONE.value, _("Phone")
    VIDEO = SupportChannel.VIDEO.value, _("Video")
    CHAT = SupportChannel.CHAT.value, _("Chat")
    STAFF = "staff", _("by us")


NEVER = datetime(9000, 1, 1, tzinfo=UTC)
"""Sorts after every deadline, on every database."""
HIGHEST_RANK, RANK_STEP = 32_767, 10_000
OPEN_STATES = (State.NEW, State.OPEN, State.WAITING, State.PROPOSED)


class CaseQuerySet(models.QuerySet["Case"]):
    """Cases, narrowed to who may see them."""

    def visible_to(self, person: Person) -> Self:
        """All for technicians, dispatchers and administrators; else those of one's organisations, or that one manages."""
        if not person.is_active:
            return self.none()
        duties = person_duties(person)
        if {StaffDuty.TECHNICIAN, StaffDuty.DISPATCHER, StaffDuty.ADMINISTRATOR} & duties:
            return self
        seen = Q(organisation__in=Organisation.objects.of_member(person).values("pk"))
        if StaffDuty.ACCOUNT_MANAGER in duties:
            seen |= Q(organisation__in=Organisation.objects.managed_by(person).values("pk"))
        return self.filter(seen)

    def open(self) -> Self:
        """Those that are not closed: said in the words of the indexes, which hold no others."""
        return self.exclude(state=State.CLOSED)

    def in_order(self) -> Self:
        """The queue (rule S2): outages of hosted applications, then plan rank, then priority, then what is due next."""
        return self.order_by("queue_rank", "queue_at", "pk")

    def by_due(self) -> Self:
        """What is due next goes first; what has no deadline last."""
        return self.order_by("queue_at", "pk")


class Case(models.Model):
    """A support case (rule S1). Its number is its key. Instants in UTC.

    `opened_at` is when the report reached us: clocks start there. `terms` are the support terms as they were then
    (`clients.support_terms.SupportTerms`, as JSON): whatever is agreed later rewrites nothing (rule P3). `plan_rank` and
    `queue_at` (what is due next of its clocks; NEVER where nothing is) stand here for the queue, and `queue_rank`, which
    the database keeps: outage, plan rank and priority as one number, the lowest first, so that one index holds
    the order. `priority_asked`: the
    one that the client asked for and that a call has to confirm (rule S2). `guaranteed`: the targets bind to it (rules
    S1, S13). `external_cause`: marked as possibly not ours (rule S13). `mail_token` makes its own address. `caller_*` are
    of a report by phone.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="cases", verbose_name=_("organisation"))
    reporter = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("reported by"))
    opened_via = models.CharField(_("came by"), max_length=10, choices=Opened)
    opened_at = models.DateTimeField(_("reported"))
    entered_by = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("entered by"))
    cause = models.CharField(_("cause"), max_length=200, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=CaseKind, default=CaseKind.INCIDENT)
    subject = models.CharField(_("subject"), max_length=200)
    language = models.CharField(_("language"), max_length=5, default="en")
    service = models.ForeignKey(AgreedService, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("service"))
    environment = models.CharField(_("environment"), max_length=12, choices=Environment, default=Environment.PRODUCTION)
    version = models.CharField(_("version"), max_length=80, blank=True)
    system = models.TextField(_("system information"), blank=True)
    impact = models.CharField(_("effect on the business"), max_length=500, blank=True)
    caller_name = models.CharField(_("caller"), max_length=120, blank=True)
    caller_company = models.CharField(_("caller’s company"), max_length=160, blank=True)
    caller_phone = models.CharField(_("caller’s direct number"), max_length=40, blank=True)
    caller_email = models.EmailField(_("caller’s e-mail"), blank=True)
    is_outage = models.BooleanField(_("outage of a hosted application"), default=False)
    priority = models.PositiveSmallIntegerField(_("priority"))
    priority_asked = models.PositiveSmallIntegerField(_("priority asked for"), null=True, blank=True)
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("plan"))
    plan_rank = models.PositiveSmallIntegerField(_("plan rank"), default=0)
    terms = models.JSONField(_("terms"))
    guaranteed = models.BooleanField(_("guarantees bind"), default=True)
    external_cause = models.BooleanField(_("possibly of external cause"), default=False)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.NEW)
    closed_as = models.CharField(_("closed as"), max_length=20, choices=ClosedAs, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    merged_into = models.ForeignKey("self", models.PROTECT, related_name="merged", null=True, blank=True, verbose_name=_("merged into"))
    owner = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("assigned to"))
    team = models.ForeignKey(Team, models.PROTECT, related_name="cases", null=True, blank=True, verbose_name=_("with the inner team"))
    escalated_at = models.DateTimeField(_("escalation asked for"), null=True, blank=True)
    queue_at = models.DateTimeField(_("due next"), default=NEVER)
    queue_rank = models.GeneratedField(
        expression=models.Case(models.When(is_outage=True, then=0), default=HIGHEST_RANK * RANK_STEP)
        + (HIGHEST_RANK - F("plan_rank")) * RANK_STEP
        + F("priority"),
        output_field=models.IntegerField(),
        db_persist=True,
        verbose_name=_("place in the queue"),
    )
    last_word_at = models.DateTimeField(_("last word"), null=True, blank=True)
    last_word_by_client = models.BooleanField(_("the last word is the client’s"), default=True)
    mail_token = models.CharField(_("token of its address"), max_length=40, unique=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        indexes: ClassVar = [
            models.Index("queue_rank", "queue_at", "id", condition=~Q(state="closed"), name="case_queue"),
            models.Index("queue_at", "id", condition=~Q(state="closed"), name="case_by_due"),
            models.Index(fields=["organisation", "-opened_at"], name="case_of_client"),
            models.Index("owner", "queue_rank", "queue_at", "id", condition=~Q(state="closed"), name="case_of_owner"),
            models.Index("owner", "queue_at", "id", condition=~Q(state="closed"), name="case_of_owner_by_due"),
            models.Index("organisation", "queue_rank", "queue_at", "id", condition=~Q(state="closed"), name="case_queue_of_client"),
            models.Index("plan", "queue_rank", "queue_at", "id", condition=~Q(state="closed"), name="case_queue_of_plan"),
            models.Index("priority", "queue_rank", "queue_at", "id", condition=~Q(state="closed"), name="case_queue_of_priority"),
            models.Index(F("closed_at").desc(), F("id").desc(), condition=Q(state="closed"), name="case_by_closing"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="case_state_known"),
            models.CheckConstraint(condition=Q(kind__in=CaseKind.values), name="case_kind_known"),
            models.CheckConstraint(condition=Q(opened_via__in=Opened.values), name="case_opened_somehow"),
            models.CheckConstraint(condition=Q(priority__gte=1), name="case_priority_from_one"),
            models.CheckConstraint(
                condition=Q(state="closed", closed_at__isnull=False, closed_as__in=ClosedAs.values)
                | ~Q(state="closed") & Q(closed_at=None, closed_as=""),
                name="closed_case_was_closed",
            ),
            models.CheckConstraint(condition=Q(merged_into=None) | Q(closed_as="duplicate"), name="merged_case_is_a_duplicate"),
            models.CheckConstraint(
                condition=~Q(opened_via="phone") | ~Q(caller_name="") & ~Q(caller_company="") & ~Q(caller_phone="") & ~Q(caller_email=""),
                name="phoned_case_names_its_caller",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.subject}"

    @property
    def next_due_at(self) -> datetime | None:
        """The next deadline of the clocks that run; None where none does."""
        return None if self.queue_at == NEVER else self.queue_at


class ClockKind(models.TextChoices):
    """What a clock measures (rule S2)."""

    RESPONSE = "response", _("Response")
    SOLUTION = "solution", _("Solution")


class Clock(models.Model):
    """One target of one case, measured (rules S2 to S7). `amount` is working time on `calendar`, from `started_at`.

    `pauses` are [from, to] in ISO 8601, in order; `to` is null while the clock stands still, and then it has no `due_at`
    (rule S6). A clock ends by being met, or by `ended_at`: replaced by another, or needed no more. `breached_at` is the
    deadline that passed, for ever (rule S7).
    """

    case = models.ForeignKey(Case, models.CASCADE, related_name="clocks", verbose_name=_("case"))
    kind = models.CharField(_("kind"), max_length=10, choices=ClockKind)
    priority = models.PositiveSmallIntegerField(_("priority"))
    calendar = models.ForeignKey(BusinessCalendar, models.PROTECT, related_name="+", verbose_name=_("calendar"))
    calendar_version = models.UUIDField(_("version of the calendar"))
    amount = models.DurationField(_("working time"))
    started_at = models.DateTimeField(_("started"))
    pauses = models.JSONField(_("pauses"), default=list)
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    warn_at = models.DateTimeField(_("draws near"), null=True, blank=True)
    warned_at = models.DateTimeField(_("warned"), null=True, blank=True)
    met_at = models.DateTimeField(_("met"), null=True, blank=True)
    breached_at = models.DateTimeField(_("missed"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        verbose_name = _("clock")
        verbose_name_plural = _("clocks")
        indexes: ClassVar = [
            models.Index(fields=["due_at"], condition=Q(met_at=None, ended_at=None, breached_at=None), name="clock_due"),
            models.Index(fields=["warn_at"], condition=Q(met_at=None, ended_at=None, warned_at=None), name="clock_to_warn_of"),
            models.Index(fields=["calendar"], condition=Q(met_at=None, ended_at=None), name="clock_open_on_calendar"),
            models.Index(fields=["case"], condition=Q(breached_at__isnull=False), name="clock_missed"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "kind"], condition=Q(met_at=None, ended_at=None), name="clock_open_once_a_kind"),
            models.CheckConstraint(condition=Q(kind__in=ClockKind.values), name="clock_kind_known"),
            models.CheckConstraint(condition=Q(amount__gte=timedelta()), name="clock_amount_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} #{self.case_id}"

    @property
    def is_open(self) -> bool:
        """Whether it still measures: not met, not ended."""
        return self.met_at is None and self.ended_at is None

    @property
    def stands_still(self) -> bool:
        """Whether it waits for the client (rule S6)."""
        return bool(self.pauses) and self.pauses[-1][1] is None


class EventKind(models.TextChoices):
    """What can happen to a case. Every step leaves one; from them every deadline can be computed again (rule S6)."""

    OPENED = "opened", _("Reported")
    CLOCK_STARTED = "clock_started", _("Clock started")
    ACKNOWLEDGED = "acknowledged", _("Receipt sent")
    ANSWERED = "answered", _("Answered")
    NOTED = "noted", _("Internal note")
    CALLED = "called", _("Phoned")
    CALL_DUE = "call_due", _("A call is due")
    CLIENT_SAID = "client_said", _("The client wrote")
    TROUBLESHOOTING = "troubleshooting", _("Troubleshooting begun")
    WAITING = "waiting", _("Waits for the client")
    RESUMED = "resumed", _("Goes on")
    NO_ANSWER_NEEDED = "no_answer_needed", _("No answer needed")
    WARNED = "warned", _("A deadline draws near")
    BREACHED = "breached", _("A deadline passed")
    MET = "met", _("Target met")
    CALENDAR_CHANGED = "calendar_changed", _("Calendar changed")
    ASSIGNED = "assigned", _("Assigned")
    HANDED_OVER = "handed_over", _("Handed to an inner team")
    HANDED_BACK = "handed_back", _("Back from the inner team")
    PRIORITY_ASKED = "priority_asked", _("Higher priority asked for")
    PRIORITY_CHANGED = "priority_changed", _("Priority changed")
    OBJECTED = "objected", _("The client objects")
    OBJECTION_DECIDED = "objection_decided", _("Objection decided")
    ESCALATED = "escalated", _("Escalation asked for")
    PAGED = "paged", _("Person on call paged")
    PAGE_ACKNOWLEDGED = "page_acknowledged", _("Page acknowledged")
    IDLE_ALARM = "idle_alarm", _("A working day without work")
    PROPOSED = "proposed", _("Solution proposed")
    APPROVED = "approved", _("Solution approved")
    REFUSED = "refused", _("Solution refused")
    REMINDED = "reminded", _("Reminder sent")
    CLOSED = "closed", _("Closed")
    REOPENED = "reopened", _("Reopened")
    MARKED_EXTERNAL = "marked_external", _("Possibly of external cause")
    UNMARKED_EXTERNAL = "unmarked_external", _("No longer held to be of external cause")
    FACTS_CHANGED = "facts_changed", _("Facts changed")
    MERGED = "merged", _("Merged")
    LINKED = "linked", _("Linked")
    UNLINKED = "unlinked", _("Link removed")
    WATCHED = "watched", _("Watched")
    UNWATCHED = "unwatched", _("No longer watched")
    TAGGED = "tagged", _("Tagged")
    UNTAGGED = "untagged", _("Tag removed")
    LOGGED = "logged", _("Time logged")
    UNLOGGED = "unlogged", _("Time taken back")
    SESSION_BOOKED = "session_booked", _("Remote session booked")
    VISIT_PLANNED = "visit_planned", _("Visit planned")
    VISIT_MOVED = "visit_moved", _("Visit changed")
    VISIT_CANCELLED = "visit_cancelled", _("Visit cancelled")
    VISIT_MADE = "visit_made", _("Visit made")
    TRIAGED = "triaged", _("Judged")
    CREDIT_AGREED = "credit_agreed", _("The client agrees to use credit")
    CREDIT_REFUSED = "credit_refused", _("The client does not agree to use credit")
    BECAME_DELIVERY = "became_delivery", _("Became a delivery task")
    CALLED_SUPPORT = "called_support", _("The client objects: it is support")
    TRIAGE_DECIDED = "triage_decided", _("Objection decided")
    BACK_TO_SUPPORT = "back_to_support", _("Back to support")
    BOUNCED = "bounced", _("A mail did not arrive")


class CaseEvent(models.Model):
    """Who did what when, and why. Append-only. `facts` are plain numbers and ISO instants, by name. `internal`: staff only."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="events", verbose_name=_("case"))
    kind = models.CharField(_("kind"), max_length=20, choices=EventKind)
    at = models.DateTimeField(_("when"))
    by = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("by"))
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    facts = models.JSONField(_("facts"), default=dict)
    internal = models.BooleanField(_("for staff only"), default=False)

    class Meta:
        verbose_name = _("case event")
        verbose_name_plural = _("case events")
        constraints: ClassVar = [models.CheckConstraint(condition=Q(kind__in=EventKind.values), name="case_event_known")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.at:%Y-%m-%d %H:%M}"
