"""Sessions that come again: maintenance on the first Tuesday of each month, booked one by one (rules R2, C5)."""

from datetime import date, datetime
from typing import ClassVar
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import F, Q
from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from clients.models import Organisation
from people.models import Person, validate_time_zone
from sessions.models.technicians import Technician, Weekday
from sessions.models.terms import Purpose
from sessions.recurrence import Rule
from sessions.slots import instant

IN_RHYTHM = {
    Weekday.MONDAY: pgettext_lazy("of a month", "Monday"),
    Weekday.TUESDAY: pgettext_lazy("of a month", "Tuesday"),
    Weekday.WEDNESDAY: pgettext_lazy("of a month", "Wednesday"),
    Weekday.THURSDAY: pgettext_lazy("of a month", "Thursday"),
    Weekday.FRIDAY: pgettext_lazy("of a month", "Friday"),
    Weekday.SATURDAY: pgettext_lazy("of a month", "Saturday"),
    Weekday.SUNDAY: pgettext_lazy("of a month", "Sunday"),
}
"""The weekdays as a rhythm has them: "the first Tuesday", Swedish "den första tisdagen"."""


class Ordinal(models.IntegerChoices):
    """Which of a month's weekdays is meant; the last is the fourth or the fifth."""

    FIRST = 1, _("first")
    SECOND = 2, _("second")
    THIRD = 3, _("third")
    FOURTH = 4, _("fourth")
    LAST = -1, _("last")


class Why(models.TextChoices):
    """Why nothing was booked for a date of a series."""

    TAKEN = "taken", _("Nobody was free at that time.")
    TOO_LONG = "too_long", _("Nobody works that long without a break.")
    CREDIT = "credit", _("There was not enough credit, and as many bookings as an account may have awaited a top-up already.")
    LIMIT = "limit", _("The account’s limit for that month was reached.")
    AGREEMENT = "agreement", _("The agreement ends before that day.")
    PROCESSING = "processing", _("There was no data processing agreement on file.")
    PURPOSE = "purpose", _("This kind of session was not offered any more.")
    LATE = "late", _("The date was past or too near when it was to be booked.")
    MAKER = "maker", _("Who began the series may not book from the account any more.")
    OTHER = "other", _("It could not be booked.")


class Series(models.Model):
    """A wish for a session on the `ordinal` `weekday` of every `every_months` months, at a wall-clock time of `time_zone`.

    Each date from `first_on` to `last_on` becomes an ordinary booking with a hold of its own, not before the terms
    say so. `ended_at` ends the series: no further date is booked. Minutes, per technician.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="series", verbose_name=_("organisation"))
    account = models.ForeignKey("credits.CreditAccount", models.PROTECT, related_name="+", verbose_name=_("account"))
    cause = models.CharField(_("cause"), max_length=120, unique=True)
    purpose = models.ForeignKey(Purpose, models.PROTECT, related_name="+", verbose_name=_("purpose"))
    title = models.CharField(_("what it is about"), max_length=120)
    description = models.TextField(_("what should be done"), blank=True)
    estimate_minutes = models.PositiveIntegerField(_("estimate"))
    technician_count = models.PositiveSmallIntegerField(_("technicians"), default=1)
    technician = models.ForeignKey(Technician, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("technician"))
    ordinal = models.SmallIntegerField(_("which of the month"), choices=Ordinal)
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Weekday)
    every_months = models.PositiveSmallIntegerField(_("every so many months"), default=1)
    at_clock = models.TimeField(_("at"))
    time_zone = models.CharField(_("time zone"), max_length=64, validators=[validate_time_zone])
    first_on = models.DateField(_("from"))
    last_on = models.DateField(_("until, included"), null=True, blank=True)
    made_at = models.DateTimeField(_("made"))
    made_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("made by"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    ended_by = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("ended by"))

    class Meta:
        verbose_name = _("series of sessions")
        verbose_name_plural = _("series of sessions")
        indexes: ClassVar = [models.Index(fields=["organisation"], condition=Q(ended_at=None), name="series_running")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(ordinal__in=Ordinal.values, weekday__lte=6), name="series_day_known"),
            models.CheckConstraint(condition=Q(every_months__gte=1, every_months__lte=12), name="series_within_a_year"),
            models.CheckConstraint(condition=Q(estimate_minutes__gt=0, technician_count__gt=0), name="series_estimate_positive"),
            models.CheckConstraint(condition=Q(last_on=None) | Q(last_on__gte=F("first_on")), name="series_ends_after_start"),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by=None) | Q(ended_at__isnull=False), name="series_ended_by_somebody_when"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def zone(self) -> ZoneInfo:
        """The zone of its clock."""
        return ZoneInfo(self.time_zone)

    @property
    def rule(self) -> Rule:
        """On which dates it comes."""
        return Rule(
            ordinal=self.ordinal, weekday=self.weekday, every_months=self.every_months, first_on=self.first_on, last_on=self.last_on
        )

    def starts_at(self, on: date) -> datetime:
        """When its session of a date begins, in UTC (rule W5)."""
        return instant(on, self.at_clock, self.zone)

    @property
    def rhythm(self) -> str:
        """On which days it comes, in the reader's language: "the first Tuesday of each month"."""
        return rhythm(ordinal=self.ordinal, weekday=self.weekday, every_months=self.every_months)


class PassedOver(models.Model):
    """A date of a series for which nothing was booked: the client was told once. Append-only. `reason` is one of Why."""

    series = models.ForeignKey(Series, models.PROTECT, related_name="passed_over", verbose_name=_("series"))
    on = models.DateField(_("date"))
    at = models.DateTimeField(_("when"))
    reason = models.CharField(_("reason"), max_length=500)

    class Meta:
        verbose_name = _("date that was passed over")
        verbose_name_plural = _("dates that were passed over")
        constraints: ClassVar = [models.UniqueConstraint(fields=["series", "on"], name="passed_over_once")]

    def __str__(self) -> str:
        return f"{self.series} {self.on}"

    @property
    def why(self) -> str | Promise:
        """The reason as a sentence, in the reader's language."""
        return Why(self.reason).label


def rhythm(*, ordinal: int, weekday: int, every_months: int) -> str:
    """On which days something comes, in the reader's language: "the first Tuesday of each month"."""
    words = {"ordinal": Ordinal(ordinal).label, "weekday": IN_RHYTHM[Weekday(weekday)], "months": every_months}
    if every_months == 1:
        return gettext("the %(ordinal)s %(weekday)s of each month") % words
    if every_months == 2:
        return gettext("the %(ordinal)s %(weekday)s of every second month") % words
    if every_months == 12:
        return gettext("the %(ordinal)s %(weekday)s of one month each year") % words
    return gettext("the %(ordinal)s %(weekday)s, every %(months)s months") % words
