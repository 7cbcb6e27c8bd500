"""The provider's terms for sessions, and the copy of them that each booking keeps (rules P1, P3, C5 to C10, R1, R2)."""

from datetime import timedelta
from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from djmoney.models.fields import MoneyField
from simple_history.models import HistoricalRecords

A_YEAR = [MaxValueValidator(366 * 24 * 60)]
"""Minutes: beyond a year a term is a slip of the pen, and dates would run out of the calendar."""
A_DAY = [MaxValueValidator(24 * 60)]
TWO_YEARS = [MaxValueValidator(731)]
LEAST_FACTOR, MOST_FACTOR = 25, 300
FACTOR = [MinValueValidator(LEAST_FACTOR), MaxValueValidator(MOST_FACTOR)]
"""Percent: beyond these a factor is a slip of the pen. A band and a level together multiply (rule C17)."""


def the_usual_reminders() -> list[int]:
    """48 h and 25 h before the start, so that a change is still free, and 1 h before. Minutes (rule R5)."""
    return [48 * 60, 25 * 60, 60]


class PenaltyKind(models.TextChoices):
    """What a client can be sanctioned for (rule C10)."""

    POSTPONE = "postpone", _("Late postponement")
    CANCEL = "cancel", _("Late cancellation")
    NO_SHOW = "no_show", _("No-show")
    EARLIER = "earlier", _("Late move to an earlier time")


class AgreedTerms(models.Model):
    """What was agreed when a session was booked. Minutes, unless the name says otherwise.

    Held by `SessionTerms` for the next booking, and copied onto each session, for which they stay in force.
    """

    notice_minutes = models.PositiveIntegerField(pgettext_lazy("before a start", "notice"), validators=A_YEAR)
    penalty_minutes = models.PositiveIntegerField(_("penalty"), validators=A_YEAR)
    penalty_kinds = models.JSONField(_("sanctioned"), default=list)
    penalty_capped_at_estimate = models.BooleanField(_("penalty never above the estimate"), default=False)
    undo_minutes = models.PositiveIntegerField(_("free undo of a short-notice booking"), validators=A_YEAR)
    tolerance_percent = models.PositiveSmallIntegerField(_("tolerance above the estimate (percent)"))
    no_show_wait_minutes = models.PositiveIntegerField(_("wait before a no-show"), validators=A_YEAR)
    our_late_change_minutes = models.PositiveIntegerField(_("credit for our own late change"), validators=A_YEAR)
    contest_days = models.PositiveSmallIntegerField(_("days to contest silence"), validators=TWO_YEARS)
    silence_days = models.PositiveSmallIntegerField(_("working days until silence confirms"), validators=TWO_YEARS)
    reminder_days = models.PositiveSmallIntegerField(_("working days between reminders"), validators=TWO_YEARS)
    settlement_days = models.PositiveSmallIntegerField(_("working days to settle a dispute"), validators=TWO_YEARS)
    penalty_dispute_days = models.PositiveSmallIntegerField(_("days to dispute a penalty"), validators=TWO_YEARS, default=30)
    late_log_days = models.PositiveSmallIntegerField(_("working days to log work"), validators=TWO_YEARS, default=5)
    urgent_cap_minutes = models.PositiveIntegerField(_("urgent work before the client’s consent, at most"), validators=A_YEAR, default=60)

    class Meta:
        abstract = True

    @property
    def notice(self) -> timedelta:
        """How long before the start a change is still free."""
        return timedelta(minutes=self.notice_minutes)


class SessionTerms(AgreedTerms):
    """The terms that the next booking gets, and those that need no copy: one row, from `[sessions]` of the profile."""

    estimate_step_minutes = models.PositiveSmallIntegerField(_("step of estimates"), validators=[MinValueValidator(1), *A_DAY])
    slot_step_minutes = models.PositiveSmallIntegerField(_("step of start times"), validators=[MinValueValidator(1), *A_DAY])
    buffer_before_minutes = models.PositiveSmallIntegerField(_("buffer before"), validators=A_DAY)
    buffer_after_minutes = models.PositiveSmallIntegerField(_("buffer after"), validators=A_DAY)
    minimum_lead_minutes = models.PositiveIntegerField(_("shortest time from booking to start"), validators=A_YEAR)
    furthest_ahead_days = models.PositiveSmallIntegerField(_("how far ahead (days)"), validators=TWO_YEARS)
    top_up_deadline_minutes = models.PositiveIntegerField(_("awaiting top-up is kept until, before the start"), validators=A_YEAR)
    most_awaiting = models.PositiveSmallIntegerField(_("most bookings awaiting top-up, per account"))
    reminder_minutes = models.JSONField(_("reminders before the start"), default=the_usual_reminders)
    access_kept_days = models.PositiveSmallIntegerField(
        _("access instructions are kept after the end (days)"), validators=TWO_YEARS, default=30
    )
    rest_minutes = models.PositiveSmallIntegerField(_("rest between two days’ work"), validators=A_DAY, default=11 * 60)
    series_ahead_days = models.PositiveSmallIntegerField(
        _("dates of a series are booked ahead (days)"), validators=[MinValueValidator(1), *TWO_YEARS], default=30
    )
    warn_percent = models.PositiveSmallIntegerField(
        _("warning when so much of what is held is used (percent)"), validators=[MinValueValidator(1), MaxValueValidator(100)], default=80
    )
    busy_read_minutes = models.PositiveSmallIntegerField(
        _("technicians’ own calendars are read every"), validators=[MinValueValidator(1), *A_DAY], default=15
    )
    cancelled_kept_days = models.PositiveSmallIntegerField(
        _("calendar feeds keep what was cancelled (days)"), validators=TWO_YEARS, default=30
    )
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("session terms")
        verbose_name_plural = _("session terms")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(pk=1), name="session_terms_are_one"),
            models.CheckConstraint(condition=Q(estimate_step_minutes__gt=0, slot_step_minutes__gt=0), name="session_steps_positive"),
        ]

    def __str__(self) -> str:
        return str(_("session terms"))


class FrozenTerms(AgreedTerms):
    """The terms of one session: those in force at booking, with how its hours are counted and priced (rule P3)."""

    rounding_step_minutes = models.PositiveSmallIntegerField(_("rounding step (minutes)"))
    rounding_mode = models.CharField(_("rounding"), max_length=10)
    minimum_charge_minutes = models.PositiveIntegerField(_("minimum charge (minutes)"))
    price_per_hour = MoneyField(_("price per hour"), max_digits=12, decimal_places=2)
    vat_percent = models.DecimalField(_("VAT (percent)"), max_digits=5, decimal_places=2)
    silence_confirms = models.BooleanField(_("silence confirms hours"), default=False)
    postpaid = models.BooleanField(_("postpaid: invoiced monthly"), default=False)

    class Meta(AgreedTerms.Meta):
        abstract = True


class Named(models.Model):
    """Something with a code and a name in each language, which keeps its rows when it is no longer offered."""

    code = models.SlugField(_("code"), unique=True)
    name_en = models.CharField(_("name in English"), max_length=120)
    name_sv = models.CharField(_("name in Swedish"), max_length=120)
    position = models.PositiveSmallIntegerField(_("position"))
    offered = models.BooleanField(_("offered"), default=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name_sv if (get_language() or "").startswith("sv") else self.name_en


class SkillLevel(Named):
    """What work that takes a certain skill is multiplied by, in whole percents (rule C17)."""

    factor_percent = models.PositiveSmallIntegerField(_("factor (percent)"), validators=FACTOR)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("skill level")
        verbose_name_plural = _("skill levels")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(factor_percent__gte=LEAST_FACTOR, factor_percent__lte=MOST_FACTOR), name="skill_factor_in_range"
            )
        ]


class TimeBand(Named):
    """A time of the week, or certain dates, in which work is multiplied (rule C17). Wall-clock in the provider's zone.

    `weekdays` are numbers, Monday 0; `dates` are ISO dates, which count whatever their weekday. `closes` 00:00 is
    the next midnight. Of several bands the first by position counts.
    """

    weekdays = models.JSONField(_("weekdays (Monday is 0)"), default=list, blank=True)
    dates = models.JSONField(_("dates"), default=list, blank=True)
    opens = models.TimeField(_("from"))
    closes = models.TimeField(_("to"))
    factor_percent = models.PositiveSmallIntegerField(_("factor (percent)"), validators=FACTOR)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("time band")
        verbose_name_plural = _("time bands")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(factor_percent__gte=LEAST_FACTOR, factor_percent__lte=MOST_FACTOR), name="band_factor_in_range"
            ),
            models.CheckConstraint(condition=Q(closes__gt=F("opens")) | Q(closes="00:00"), name="band_opens_before_it_closes"),
        ]


class Purpose(Named):
    """One kind of server support that a booking names, with what the client prepares for it (rule R1)."""

    skill_level = models.ForeignKey(
        SkillLevel, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("skill level that it takes")
    )
    prepare_en = models.TextField(_("what to prepare, in English"), blank=True)
    prepare_sv = models.TextField(_("what to prepare, in Swedish"), blank=True)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("purpose")
        verbose_name_plural = _("purposes")

    @property
    def preparation(self) -> str:
        """What the client prepares, in the reader's language; nothing where there is nothing to."""
        return self.prepare_sv if (get_language() or "").startswith("sv") else self.prepare_en
