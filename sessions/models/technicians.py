"""Technicians, when they work, and what already takes their time (rule R2)."""

from typing import ClassVar
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from people.models import Person, validate_time_zone
from sessions.models.terms import Purpose, TimeBand


class Weekday(models.IntegerChoices):
    """Monday is 0, as in Python."""

    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


class Technician(models.Model):
    """A person who does sessions, with working hours in a zone of their own. No purposes: all of them.

    `country`, and `subdivision` in it, say whose public holidays are free; without them the provider's. Of the
    provider's time `bands` (evenings, weekends) the technician works in those named here only (rule C17).
    """

    person = models.OneToOneField(Person, models.PROTECT, related_name="technician", verbose_name=_("person"))
    time_zone = models.CharField(_("time zone of the working hours"), max_length=64, validators=[validate_time_zone])
    purposes = models.ManyToManyField(Purpose, related_name="+", blank=True, verbose_name=_("purposes"))
    bookable = models.BooleanField(_("can be booked"), default=True)
    country = models.CharField(_("country of the public holidays"), max_length=2, blank=True)
    subdivision = models.CharField(_("part of that country"), max_length=10, blank=True)
    bands = models.ManyToManyField(TimeBand, related_name="+", blank=True, verbose_name=_("time bands offered"))
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("technician")
        verbose_name_plural = _("technicians")

    def __str__(self) -> str:
        return self.person.name

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the working hours."""
        return ZoneInfo(self.time_zone)


class WeeklyHours(models.Model):
    """One interval of one weekday, wall-clock in the technician's zone. `closes` 00:00 is the next midnight."""

    technician = models.ForeignKey(Technician, models.CASCADE, related_name="weekly_hours", verbose_name=_("technician"))
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Weekday)
    opens = models.TimeField(_("opens"))
    closes = models.TimeField(_("closes"))

    class Meta:
        verbose_name = _("weekly hours")
        verbose_name_plural = _("weekly hours")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["technician", "weekday", "opens"], name="weekly_hours_once"),
            models.CheckConstraint(condition=Q(closes__gt=F("opens")) | Q(closes="00:00"), name="weekly_hours_open_before_close"),
            models.CheckConstraint(condition=Q(weekday__lte=6), name="weekday_known"),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens:%H:%M}–{self.closes:%H:%M}"


class ExceptionKind(models.TextChoices):
    """What an exception from the weekly hours is."""

    OFF = "off", _("Off")
    EXTRA = "extra", _("Extra hours")


class HoursException(models.Model):
    """Dates on which other hours hold than the weekly ones, wall-clock in the technician's zone (rule R2).

    On each date from `first_on` to `last_on`, both included: off from `opens` to `closes`, or all day without them;
    or working then beside the weekly hours, also on a public holiday. `closes` 00:00 is the next midnight.
    """

    technician = models.ForeignKey(Technician, models.CASCADE, related_name="exceptions", verbose_name=_("technician"))
    kind = models.CharField(_("kind"), max_length=10, choices=ExceptionKind)
    first_on = models.DateField(_("from"))
    last_on = models.DateField(_("until, included"))
    opens = models.TimeField(_("from"), null=True, blank=True)
    closes = models.TimeField(_("to"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("exception from the weekly hours")
        verbose_name_plural = _("exceptions from the weekly hours")
        indexes: ClassVar = [models.Index(fields=["technician", "last_on"], name="exceptions_of_technician")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=ExceptionKind.values), name="hours_exception_known"),
            models.CheckConstraint(condition=Q(last_on__gte=F("first_on")), name="hours_exception_ends_after_start"),
            models.CheckConstraint(
                condition=Q(opens=None, closes=None, kind="off")
                | Q(opens__isnull=False, closes__isnull=False) & (Q(closes__gt=F("opens")) | Q(closes="00:00")),
                name="hours_exception_opens_before_it_closes",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.first_on}–{self.last_on}"


class BusyFeed(models.Model):
    """A technician's own calendar, read by its secret address, whose busy times take no bookings (rule R2).

    The address is sealed (`core.sealing`); only its `host` is shown. What was read last stays until it is read anew:
    `failing_since` says since when it cannot be, and `failure` why.
    """

    technician = models.OneToOneField(Technician, models.CASCADE, related_name="busy_feed", verbose_name=_("technician"))
    sealed_url = models.TextField(_("address, sealed"))
    host = models.CharField(_("host"), max_length=253)
    etag = models.CharField(_("ETag"), max_length=300, blank=True)
    last_modified = models.CharField(_("last modified"), max_length=100, blank=True)
    named_at = models.DateTimeField(_("named"))
    due_at = models.DateTimeField(_("next read"))
    read_at = models.DateTimeField(_("read"), null=True, blank=True)
    failing_since = models.DateTimeField(_("failing since"), null=True, blank=True)
    failure = models.CharField(_("failure"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("technician’s own calendar")
        verbose_name_plural = _("technicians’ own calendars")
        indexes: ClassVar = [models.Index(fields=["due_at"], name="busy_feed_due")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(sealed_url=""), name="busy_feed_has_an_address"),
            models.CheckConstraint(
                condition=Q(failing_since=None, failure="") | Q(failing_since__isnull=False) & ~Q(failure=""),
                name="busy_feed_fails_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.host


class BusyTime(models.Model):
    """A stretch of a technician's own calendar in which they take no bookings, half-open. It never moves one."""

    technician = models.ForeignKey(Technician, models.CASCADE, related_name="busy_times", verbose_name=_("technician"))
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))

    class Meta:
        verbose_name = _("busy time")
        verbose_name_plural = _("busy times")
        indexes: ClassVar = [models.Index(fields=["technician", "ends_at"], name="busy_of_technician")]
        constraints: ClassVar = [models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="busy_time_ends_after_start")]

    def __str__(self) -> str:
        return f"{self.technician_id} {self.starts_at:%Y-%m-%d %H:%M}"


class Reservation(models.Model):
    """A technician's time taken by a session, buffers inside, half-open. Two live ones never overlap (rule R2)."""

    session = models.ForeignKey("support_sessions.Session", models.PROTECT, related_name="reservations", verbose_name=_("session"))
    technician = models.ForeignKey(Technician, models.PROTECT, related_name="reservations", verbose_name=_("technician"))
    blocked_from = models.DateTimeField(_("blocked from"))
    blocked_until = models.DateTimeField(_("blocked until"))
    live = models.BooleanField(_("in force"), default=True)

    class Meta:
        verbose_name = _("reservation")
        verbose_name_plural = _("reservations")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(blocked_until__gt=F("blocked_from")), name="reservation_ends_after_start"),
            models.UniqueConstraint(fields=["session", "technician"], condition=Q(live=True), name="reserved_once_for_a_session"),
        ]

    def __str__(self) -> str:
        return f"{self.technician_id} {self.blocked_from:%Y-%m-%d %H:%M}"
