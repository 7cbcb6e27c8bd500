"""A remote session and what happened to it (rules R1, R2, R6)."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clients.models import Organisation, StaffDuty, person_duties
from people.models import Person
from sessions.counting import Counting, held
from sessions.models.series import Series
from sessions.models.technicians import Technician
from sessions.models.terms import FrozenTerms, Purpose, SkillLevel, TimeBand


class State(models.TextChoices):
    """The life of a session (rule R6). `requested` waits for a time or a consent; the rest say what they mean."""

    REQUESTED = "requested", _("Requested")
    AWAITING_TOP_UP = "awaiting_top_up", _("Awaiting top-up")
    SCHEDULED = "scheduled", _("Scheduled")
    IN_PROGRESS = "in_progress", _("In progress")
    PAUSED = "paused", _("Paused")
    SUBMITTED = "submitted", _("Hours to confirm")
    CONFIRMED = "confirmed", _("Confirmed")
    DISPUTED = "disputed", _("Disputed")
    SETTLED = "settled", _("Settled")
    CANCELLED = "cancelled", _("Cancelled")
    MISSED = "missed", _("Missed")
    RELEASED = "released", _("Released")
    ABORTED = "aborted", _("Aborted")


class SessionKind(models.TextChoices):
    """How a session came about (rules R2, R8)."""

    BOOKED = "booked", _("Booked for a time")
    UNPLANNED = "unplanned", _("Unplanned work")
    URGENT = "urgent", _("Urgent work")


class Fault(models.TextChoices):
    """Whose fault it was that a session was aborted (rule R6). Ours makes the minutes free."""

    OURS = "ours", _("ours")
    CLIENT = "client", _("the client’s")
    NOBODY = "nobody", _("nobody’s")


BEFORE_WORK = (State.REQUESTED, State.AWAITING_TOP_UP, State.SCHEDULED)
OPEN = (*BEFORE_WORK, State.IN_PROGRESS, State.PAUSED, State.SUBMITTED, State.DISPUTED)
POSTED = (State.CONFIRMED, State.SETTLED)
ENDED_WITHOUT_WORK = (State.CANCELLED, State.MISSED, State.RELEASED)


class SessionQuerySet(models.QuerySet["Session"]):
    """Sessions, narrowed to who may see them."""

    def visible_to(self, person: Person) -> Self:
        """Those of the organisations `person` may read; for a technician those assigned; for a dispatcher all."""
        if not person.is_active:
            return self.none()
        if StaffDuty.DISPATCHER in person_duties(person):
            return self
        seen = Q(organisation__in=Organisation.objects.visible_to(person))
        if StaffDuty.TECHNICIAN in person_duties(person):
            seen |= Q(pk__in=Technician.objects.filter(person=person).values("reservations__session")) | Q(worker__person=person)
        return self.filter(seen)


class Session(FrozenTerms):
    """Work for a client at an agreed time, paid from credit. Minutes; instants in UTC.

    `start_number` counts the agreed starts: each can be sanctioned once (rule C10). `agreed_at` is when the
    present start was agreed, `free_change` that the client may change it free (our own change made it).
    `estimate_minutes` is per technician; what is held is the charge for estimate × technicians (rules C5, C17).
    `round` counts the settlements: it grows when hours are opened again. Unplanned and urgent work has no time, and
    one `worker` instead of reserved technicians (rule R8). `factor_percent` multiplies billable minutes, as the
    `band` and the `skill_level` said when the present start was agreed (rule C17). `first_confirmed_by` agreed to
    hours that take a second approver (rules: People). `series_on` is the date of the `series` that it was booked for.
    `case`: the support case that it comes from.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="sessions", verbose_name=_("organisation"))
    account = models.ForeignKey("credits.CreditAccount", models.PROTECT, related_name="+", verbose_name=_("account"))
    hold = models.OneToOneField("credits.Hold", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("hold"))
    cause = models.CharField(_("cause"), max_length=120, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=SessionKind, default=SessionKind.BOOKED)
    worker = models.ForeignKey(Technician, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("technician"))
    factor_percent = models.PositiveSmallIntegerField(_("factor (percent)"), default=100)
    band = models.ForeignKey(TimeBand, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("time band"))
    skill_level = models.ForeignKey(SkillLevel, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("skill level"))
    purpose = models.ForeignKey(Purpose, models.PROTECT, related_name="+", verbose_name=_("purpose"))
    title = models.CharField(_("what it is about"), max_length=120)
    description = models.TextField(_("what should be done"), blank=True)
    access_arranged = models.BooleanField(_("access is arranged"), default=False)
    state = models.CharField(_("state"), max_length=20, choices=State)
    estimate_minutes = models.PositiveIntegerField(_("estimate"))
    technician_count = models.PositiveSmallIntegerField(_("technicians"), default=1)
    starts_at = models.DateTimeField(_("starts"), null=True, blank=True)
    ends_at = models.DateTimeField(_("ends"), null=True, blank=True)
    start_number = models.PositiveSmallIntegerField(_("agreed start, number"), default=1)
    agreed_at = models.DateTimeField(_("agreed"), null=True, blank=True)
    free_change = models.BooleanField(_("may be changed free"), default=False)
    top_up_by = models.DateTimeField(_("to be topped up by"), null=True, blank=True)
    requested_at = models.DateTimeField(_("booked"))
    requested_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("booked by"))
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    round = models.PositiveSmallIntegerField(_("round"), default=1)
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True)
    submitted_by = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("submitted by"))
    summary = models.TextField(_("summary"), blank=True)
    raw_minutes = models.PositiveIntegerField(_("worked (minutes)"), null=True, blank=True)
    free_minutes = models.PositiveIntegerField(_("free (minutes)"), null=True, blank=True)
    charged_minutes = models.PositiveIntegerField(_("charged (minutes)"), null=True, blank=True)
    first_confirmed_at = models.DateTimeField(_("first confirmed"), null=True, blank=True)
    first_confirmed_by = models.ForeignKey(
        Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("first confirmed by")
    )
    fault = models.CharField(_("aborted through whose fault"), max_length=10, choices=Fault, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    series = models.ForeignKey(Series, models.PROTECT, related_name="sessions", null=True, blank=True, verbose_name=_("series"))
    series_on = models.DateField(_("date of the series"), null=True, blank=True)
    case = models.ForeignKey(
        "cases.Case", models.PROTECT, related_name="sessions", null=True, blank=True, verbose_name=_("case that it comes from")
    )

    objects = SessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        indexes: ClassVar = [
            models.Index(fields=["organisation", "starts_at"], name="session_of_client"),
            models.Index(fields=["state", "starts_at"], name="session_by_state"),
            models.Index(fields=["organisation"], condition=Q(state__in=OPEN), name="session_open_of_client"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="session_state_known"),
            models.UniqueConstraint(fields=["series", "series_on"], name="series_booked_once_a_date"),
            models.CheckConstraint(
                condition=Q(series=None, series_on=None) | Q(series__isnull=False, series_on__isnull=False), name="series_and_its_date"
            ),
            models.CheckConstraint(
                condition=Q(kind="booked", worker=None) | Q(kind__in=["unplanned", "urgent"], worker__isnull=False, starts_at=None),
                name="booked_session_has_a_time_other_work_a_worker",
            ),
            models.CheckConstraint(condition=Q(factor_percent__gte=6, factor_percent__lte=900), name="session_factor_in_range"),
            models.CheckConstraint(
                condition=Q(fault__in=["", *Fault.values]) & (~Q(state="aborted") | Q(fault="ours")),
                name="only_our_fault_makes_it_free",
            ),
            models.CheckConstraint(condition=Q(estimate_minutes__gt=0, technician_count__gt=0), name="session_estimate_positive"),
            models.CheckConstraint(
                condition=Q(starts_at=None, ends_at=None) | Q(starts_at__isnull=False, ends_at__gt=F("starts_at")),
                name="session_ends_after_start",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["awaiting_top_up", "scheduled"]) | Q(starts_at__isnull=False), name="booked_session_has_a_time"
            ),
            models.CheckConstraint(
                condition=~Q(state="scheduled") | Q(hold__isnull=False, agreed_at__isnull=False), name="scheduled_session_has_a_hold"
            ),
            models.CheckConstraint(
                condition=~Q(state="awaiting_top_up") | Q(top_up_by__isnull=False, hold__isnull=False),
                name="awaiting_session_has_a_deadline",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["in_progress", "paused", "submitted", "disputed", "confirmed", "settled"])
                | Q(started_at__isnull=False),
                name="worked_session_was_started",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["submitted", "disputed", "confirmed", "settled"])
                | Q(submitted_at__isnull=False, submitted_by__isnull=False, raw_minutes__isnull=False, charged_minutes__isnull=False),
                name="submitted_session_has_hours",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["confirmed", "settled", "cancelled", "missed", "released", "aborted"], closed_at__isnull=False)
                | ~Q(state__in=["confirmed", "settled", "cancelled", "missed", "released", "aborted"]) & Q(closed_at=None),
                name="closed_session_was_closed",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def estimated_minutes(self) -> int:
        """The work that was estimated: estimate × technicians, in man-minutes (rule C5)."""
        return self.estimate_minutes * self.technician_count

    @property
    def held_minutes(self) -> int:
        """The credit that the booking promises: what exactly the estimate would be charged at (rules C5, C17)."""
        return held(self.estimated_minutes, self.counting)

    @property
    def counting(self) -> Counting:
        """How minutes that count become charged ones, as was agreed (rules C7, C17, P3)."""
        return Counting(
            step=self.rounding_step_minutes,
            mode=self.rounding_mode,
            minimum=self.minimum_charge_minutes,
            factor_percent=self.factor_percent,
        )


class EventKind(models.TextChoices):
    """What can happen to a session. Every step leaves one (rule R6)."""

    BOOKED = "booked", _("Booked")
    AWAITING_TOP_UP = "awaiting_top_up", _("Waits for a top-up")
    SCHEDULED = "scheduled", _("Scheduled")
    POSTPONED = "postponed", _("Moved by the client")
    MOVED = "moved", _("Moved by us")
    CANCELLED = "cancelled", _("Cancelled by the client")
    CALLED_OFF = "called_off", _("Cancelled by us")
    RELEASED = "released", _("Released: no top-up in time")
    PROPOSED = "proposed", _("Unplanned work proposed")
    OUTAGE_RELEASE = "outage_release", _("Start allowed without cover")
    ACCESS_ARRANGED = "access_arranged", _("Access arranged")
    ACCESS_WRITTEN = "access_written", _("Access instructions written")
    ACCESS_ERASED = "access_erased", _("Access instructions erased")
    AGENDA_CHANGED = "agenda_changed", _("Agenda changed")
    ATTENDEES_CHANGED = "attendees_changed", _("Attendees changed")
    REASSIGNED = "reassigned", _("Other technician")
    EXTENDED = "extended", _("Extended")
    USED_UP = "used_up", _("Most of the held time is used")
    ANSWERED = "answered", _("Invitation answered")
    STARTED = "started", _("Started")
    PAUSED = "paused", _("Paused")
    RESUMED = "resumed", _("Resumed")
    ABORTED = "aborted", _("Broken off")
    CALL_ATTEMPTED = "call_attempted", _("Tried to call")
    MISSED = "missed", _("Client did not appear")
    LOGGED = "logged", _("Time logged")
    UNLOGGED = "unlogged", _("Time taken back")
    CONSENT_ASKED = "consent_asked", _("More time asked for")
    CONSENT_GIVEN = "consent_given", _("More time agreed")
    CONSENT_REFUSED = "consent_refused", _("More time refused")
    LATE_WORK_ASKED = "late_work_asked", _("Asked to accept work logged late")
    LATE_WORK_ACCEPTED = "late_work_accepted", _("Work logged late accepted")
    LATE_WORK_REFUSED = "late_work_refused", _("Work logged late refused")
    SUBMITTED = "submitted", _("Hours submitted")
    REOPENED = "reopened", _("Hours opened again")
    REMINDED = "reminded", _("Reminder sent")
    ESCALATED = "escalated", _("Deputy asked")
    FIRST_CONFIRMED = "first_confirmed", _("Hours confirmed by one approver of two")
    CONFIRMED = "confirmed", _("Hours confirmed")
    CONFIRMED_BY_SILENCE = "confirmed_by_silence", _("Hours confirmed by silence")
    DISPUTED = "disputed", _("Hours disputed")
    SETTLED = "settled", _("Dispute settled")
    PENALTY_DISPUTED = "penalty_disputed", _("Penalty disputed")
    PENALTY_STANDS = "penalty_stands", _("Penalty stands")
    PENALTY_WAIVED = "penalty_waived", _("Penalty waived")
    SETTLED_BY_TIME = "settled_by_time", _("Dispute settled by time: the client’s figure stands")


class SessionEvent(models.Model):
    """Who did what when, and why. Append-only. `facts` are plain numbers and ISO instants, by name."""

    session = models.ForeignKey(Session, models.PROTECT, related_name="events", verbose_name=_("session"))
    kind = models.CharField(_("kind"), max_length=24, choices=EventKind)
    at = models.DateTimeField(_("when"))
    by = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("by"))
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    facts = models.JSONField(_("facts"), default=dict)

    class Meta:
        verbose_name = _("session event")
        verbose_name_plural = _("session events")
        constraints: ClassVar = [models.CheckConstraint(condition=Q(kind__in=EventKind.values), name="session_event_known")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.at:%Y-%m-%d %H:%M}"
