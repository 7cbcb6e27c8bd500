"""What support a client has: plans, their targets by priority, and what an agreement adds to them (rules P2, P3, S2)."""

import re
from decimal import Decimal
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from djmoney.models.fields import MoneyField
from simple_history.models import HistoricalRecords

from clients.models.charging import GrantsForMissed, missed_constraint
from clients.models.on_call import OnCallRota
from people.models import Language
from worktime.models import BusinessCalendar

PRODUCT_CODE = RegexValidator(re.compile(r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,39}\Z"), _("letters, digits, dots, hyphens; at most 40"))


class SupportChannel(models.TextChoices):
    """How support is asked for, and given (rules P2, S1)."""

    PORTAL = "portal", _("Client portal")
    EMAIL = "email", _("E-mail")
    PHONE = "phone", _("Phone")
    VIDEO = "video", _("Video")
    CHAT = "chat", _("Chat")


class CaseKind(models.TextChoices):
    """What a case is (rule S1). Guarantees bind to kinds."""

    INCIDENT = "incident", _("Incident")
    QUESTION = "question", _("Question")
    REQUEST = "request", _("Request")
    WISH = "wish", _("Wish")


class AimKind(models.TextChoices):
    """What a target promises (rule S2)."""

    NONE = "none", _("nothing")
    WITHIN = "within", _("within working time")
    NEXT_WORKING_DAY = "next_working_day", _("by the close of the next working day")


class MetBy(models.TextChoices):
    """What meets a response target (rule S4)."""

    ANSWER = "answer", _("the first answer of a person")
    TROUBLESHOOTING = "troubleshooting", _("troubleshooting begun")


class FeePeriod(models.TextChoices):
    """How often a plan is paid for (rule I7)."""

    MONTH = "month", _("month")
    QUARTER = "quarter", _("quarter")
    YEAR = "year", _("year")


class ServiceManager(models.TextChoices):
    """Whether a plan has a service manager (rule P2)."""

    NONE = "", _("none")
    SHARED = "shared", _("shared")
    DEDICATED = "dedicated", _("dedicated")


class Named(models.Model):
    """Something with a name in each language."""

    name_en = models.CharField(_("name (English)"), max_length=80)
    name_sv = models.CharField(_("name (Swedish)"), max_length=80)

    class Meta:
        abstract = True

    @property
    def name(self) -> str:
        """In the reader's language."""
        return str(in_language(self, "name"))


class Priority(Named):
    """How grave a case is, 1 the gravest, with its definition in words (rules S1, S2).

    `production_only`: what is not in production is reported, or becomes, `lowered_to` (rule S5). `needs_call`: it stands
    only once the call is logged, and is the default one until then (rule S2). `call_urged`: whoever reports it is shown
    the number to call (rule S15).
    """

    number = models.PositiveSmallIntegerField(_("number"), unique=True, validators=[MinValueValidator(1)])
    definition_en = models.TextField(_("definition (English)"))
    definition_sv = models.TextField(_("definition (Swedish)"))
    production_only = models.BooleanField(_("only for what is in production"), default=False)
    lowered_to = models.PositiveSmallIntegerField(_("else it becomes"), null=True, blank=True)
    needs_call = models.BooleanField(_("stands only when a call confirms it"), default=False)
    call_urged = models.BooleanField(_("should be followed by a call"), default=False)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("priority")
        verbose_name_plural = _("priorities")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(number__gte=1), name="priority_from_one"),
            models.CheckConstraint(
                condition=Q(production_only=False) | Q(lowered_to__gt=models.F("number")), name="priority_lowered_is_lower"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} · {self.name}"

    @property
    def definition(self) -> str:
        """In the reader's language."""
        return str(in_language(self, "definition"))


class Plan(Named, GrantsForMissed):
    """A support plan (rule P2). Minutes; working days. A plan without `published_at` is offered to nobody.

    `channels` are those of SupportChannel it may use; `phone_numbers` by country; `languages` by channel, a case in
    another one is answered in `fallback_language` (rule P4). `guaranteed_kinds`: its targets bind to cases of these kinds.
    `restarts_on_word`: the client's next word starts a new response clock (rule S4). `lowering_from_report`: a lowered
    priority counts from the report even where that makes the deadline earlier (rule S5). `included_minutes`: server support
    that each period includes, gone with the period unless it `included_rolls_over` (rule I7).
    """

    code = models.CharField(_("product code"), max_length=40, unique=True, validators=[PRODUCT_CODE])
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    summary_en = models.TextField(_("summary (English)"), blank=True)
    summary_sv = models.TextField(_("summary (Swedish)"), blank=True)
    rank = models.PositiveSmallIntegerField(_("rank: higher goes first"), default=0)
    fee = MoneyField(_("fee"), max_digits=12, decimal_places=2, default=Decimal(0), default_currency="SEK")
    fee_period = models.CharField(_("per"), max_length=10, choices=FeePeriod, blank=True)
    price_notice_days = models.PositiveSmallIntegerField(_("notice of another fee (days)"), default=60)
    trial_days = models.PositiveSmallIntegerField(_("trial (days)"), null=True, blank=True)
    channels = models.JSONField(_("channels"), default=list)
    phone_numbers = models.JSONField(_("phone numbers by country"), default=dict, blank=True)
    languages = models.JSONField(_("languages by channel"), default=dict, blank=True)
    fallback_language = models.CharField(_("language of answers to others"), max_length=5, choices=Language, default=Language.ENGLISH)
    default_priority = models.ForeignKey(Priority, models.PROTECT, related_name="+", verbose_name=_("priority where none is chosen"))
    guaranteed_kinds = models.JSONField(_("kinds of cases with guarantees"), default=list)
    response_met_by = models.CharField(_("a response is"), max_length=20, choices=MetBy, default=MetBy.ANSWER)
    restarts_on_word = models.BooleanField(_("the client’s next word starts a new response clock"), default=False)
    lowering_from_report = models.BooleanField(_("changes of priority count from the report"), default=False)
    call_after_answers = models.PositiveSmallIntegerField(_("we phone after so many answers"), null=True, blank=True)
    call_after_minutes = models.PositiveIntegerField(_("we phone after so much work (minutes)"), null=True, blank=True)
    solution_reminder_days = models.PositiveSmallIntegerField(_("reminders of a proposed solution every (working days)"), default=3)
    silence_closes_after_days = models.PositiveSmallIntegerField(
        _("silence closes a solved case after (working days)"), null=True, blank=True
    )
    reopen_days = models.PositiveSmallIntegerField(_("may be reopened for (days)"), default=30)
    visit_included = models.BooleanField(_("visits are included"), default=False)
    outage_phone = models.CharField(_("phone for outages, 24/7"), max_length=40, blank=True)
    outage_rota = models.ForeignKey(
        OnCallRota, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("on call for outages")
    )
    community_chat = models.BooleanField(_("community chat"), default=False)
    service_manager = models.CharField(_("service manager"), max_length=10, choices=ServiceManager, blank=True, default="")
    status_meetings = models.PositiveSmallIntegerField(_("status meetings a year"), default=0)
    architect_hours = models.PositiveSmallIntegerField(_("architect hours a year"), default=0)
    technical_reviews = models.PositiveSmallIntegerField(_("technical reviews a year"), default=0)
    included_minutes = models.PositiveIntegerField(_("server support in each period (minutes)"), default=0)
    included_rolls_over = models.BooleanField(_("what is not used of it stays"), default=False)
    published_at = models.DateTimeField(_("published"), null=True, blank=True)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("support plan")
        verbose_name_plural = _("support plans")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(response_met_by__in=MetBy.values), name="plan_met_by_known"),
            models.CheckConstraint(condition=Q(service_manager__in=ServiceManager.values), name="plan_service_manager_known"),
            models.CheckConstraint(
                condition=Q(fee=0, fee_period="") | Q(fee__gte=0, fee_period__in=FeePeriod.values), name="plan_fee_has_a_period"
            ),
            missed_constraint("plan_grants_something"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def summary(self) -> str:
        """In the reader's language."""
        return str(in_language(self, "summary"))


class PlanFee(models.Model):
    """Another fee that was announced for a plan, from the provider's local date `starts_on` on (rule P3). Never rewritten."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="fees", verbose_name=_("plan"))
    fee = MoneyField(_("fee"), max_digits=12, decimal_places=2, default_currency="SEK")
    fee_period = models.CharField(_("per"), max_length=10, choices=FeePeriod, blank=True)
    starts_on = models.DateField(_("from"))
    announced_at = models.DateTimeField(_("announced"))
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("announced fee")
        verbose_name_plural = _("announced fees")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["plan", "starts_on"], name="plan_fee_once_a_day"),
            models.CheckConstraint(
                condition=Q(fee=0, fee_period="") | Q(fee__gte=0, fee_period__in=FeePeriod.values), name="announced_fee_has_a_period"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan} · {self.starts_on}"


class PlanPromise(models.Model):
    """One promise that is printed on a plan's page (rule P2)."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="promises", verbose_name=_("plan"))
    position = models.PositiveSmallIntegerField(_("position"))
    text_en = models.CharField(_("text (English)"), max_length=300)
    text_sv = models.CharField(_("text (Swedish)"), max_length=300)

    class Meta:
        verbose_name = _("promise")
        verbose_name_plural = _("promises")
        constraints: ClassVar = [models.UniqueConstraint(fields=["plan", "position"], name="plan_promise_position_once")]

    def __str__(self) -> str:
        return str(in_language(self, "text"))

    @property
    def text(self) -> str:
        """In the reader's language."""
        return str(in_language(self, "text"))


def _aim_constraint(aim: str) -> Q:
    """What an aim of each kind must have."""
    minutes, calendar = f"{aim}_minutes", f"{aim}_calendar"
    return (
        Q(**{f"{aim}_kind": "none", minutes: None, f"{calendar}__isnull": True})
        | Q(**{f"{aim}_kind": "within", f"{minutes}__gt": 0, f"{calendar}__isnull": False})
        | Q(**{f"{aim}_kind": "next_working_day", minutes: None, f"{calendar}__isnull": False})
    )


class TargetFields(models.Model):
    """Response and solution targets for one priority, each with its calendar (rule S2). Working minutes.

    `rota`: who is on call for it, where a calendar is always open (rule S18).
    """

    priority = models.ForeignKey(Priority, models.PROTECT, related_name="+", verbose_name=_("priority"))
    response_kind = models.CharField(_("response"), max_length=20, choices=AimKind, default=AimKind.NONE)
    response_minutes = models.PositiveIntegerField(_("response (minutes)"), null=True, blank=True)
    response_calendar = models.ForeignKey(
        BusinessCalendar, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("calendar of the response")
    )
    solution_kind = models.CharField(_("solution"), max_length=20, choices=AimKind, default=AimKind.NONE)
    solution_minutes = models.PositiveIntegerField(_("solution (minutes)"), null=True, blank=True)
    solution_calendar = models.ForeignKey(
        BusinessCalendar, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("calendar of the solution")
    )
    rota = models.ForeignKey(OnCallRota, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("on call"))

    class Meta:
        abstract = True
        constraints: ClassVar = [
            models.CheckConstraint(condition=_aim_constraint("response"), name="%(class)s_response_whole"),
            models.CheckConstraint(condition=_aim_constraint("solution"), name="%(class)s_solution_whole"),
        ]

    @property
    def is_always_open(self) -> bool:
        """Whether something is promised around the clock, for which somebody has to be on call (rule S18)."""
        return any(calendar is not None and calendar.always_open for calendar in (self.response_calendar, self.solution_calendar))

    def clean(self) -> None:
        """Refuse an aim that is not whole, and a 24/7 one without a rota (rules S2, S18)."""
        for aim in ("response", "solution"):
            kind, minutes, calendar = (getattr(self, f"{aim}_{part}") for part in ("kind", "minutes", "calendar"))
            if (kind == AimKind.WITHIN) != bool(minutes):
                raise ValidationError({f"{aim}_minutes": _("Minutes belong to a target within working time, and to no other.")})
            if (kind == AimKind.NONE) != (calendar is None):
                raise ValidationError({f"{aim}_calendar": _("A target has a calendar; where nothing is promised there is none.")})
            if kind == AimKind.NEXT_WORKING_DAY and calendar.always_open:
                raise ValidationError({f"{aim}_calendar": _("A calendar that is always open has no next working day.")})
        if self.is_always_open and self.rota is None:
            raise ValidationError({"rota": _("Somebody has to be on call for a target around the clock: choose a rota.")})


class PlanTarget(TargetFields):
    """What a plan promises for one priority (rule S2)."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="targets", verbose_name=_("plan"))
    history = HistoricalRecords()

    class Meta(TargetFields.Meta):
        verbose_name = _("target")
        verbose_name_plural = _("targets")
        constraints: ClassVar = [
            *TargetFields.Meta.constraints,
            models.UniqueConstraint(fields=["plan", "priority"], name="plan_target_once"),
        ]

    def __str__(self) -> str:
        return f"{self.plan} · {self.priority}"


def in_language(row: models.Model, field: str) -> object:
    """The column of `row` in the reader's language."""
    return getattr(row, f"{field}_{'sv' if get_language() == 'sv' else 'en'}")
