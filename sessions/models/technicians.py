"""Technicians, when they work, and what already takes their time (rule R2)."""

from typing import ClassVar
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from people.models import Person, validate_time_zone
from sessions.models.terms import Purpose


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
    """A person who does sessions, with working hours in a zone of their own. No purposes: all of them."""

    person = models.OneToOneField(Person, models.PROTECT, related_name="technician", verbose_name=_("person"))
    time_zone = models.CharField(_("time zone of the working hours"), max_length=64, validators=[validate_time_zone])
    purposes = models.ManyToManyField(Purpose, related_name="+", blank=True, verbose_name=_("purposes"))
    bookable = models.BooleanField(_("can be booked"), default=True)
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
