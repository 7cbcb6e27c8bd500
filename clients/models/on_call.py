"""Who is on call (rule S18): a rota whose members take turns, and changes of turns."""

from typing import ClassVar

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from people.models import Person, validate_time_zone


class OnCallRota(models.Model):
    """A rota (rule S18). Its members take turns of `turn_days` days from `first_turn_on` on, at `hands_over_at` in `time_zone`.

    Who does not acknowledge a page within `acknowledge_minutes` is followed by the next in turn, and then by the `lead`.
    `webhook` also gets every page, signed with a secret that is kept sealed.
    """

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name_en = models.CharField(_("name (English)"), max_length=80)
    name_sv = models.CharField(_("name (Swedish)"), max_length=80)
    lead = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("lead"))
    time_zone = models.CharField(_("time zone"), max_length=64, default="Europe/Stockholm", validators=[validate_time_zone])
    turn_days = models.PositiveSmallIntegerField(_("days of a turn"), default=7, validators=[MinValueValidator(1)])
    first_turn_on = models.DateField(_("first turn from"), null=True, blank=True)
    hands_over_at = models.TimeField(_("hands over at"), default="09:00")
    acknowledge_minutes = models.PositiveSmallIntegerField(_("acknowledged within (minutes)"), default=10)
    webhook = models.URLField(_("webhook"), max_length=500, blank=True)
    webhook_secret = models.TextField(_("webhook secret, sealed"), blank=True, editable=False)
    history = HistoricalRecords(excluded_fields=["webhook_secret"])

    class Meta:
        verbose_name = _("on-call rota")
        verbose_name_plural = _("on-call rotas")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(turn_days__gte=1), name="rota_turns_last"),
            models.CheckConstraint(condition=Q(acknowledge_minutes__gte=1), name="rota_waits_for_an_answer"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """In the reader's language."""
        return self.name_sv if get_language() == "sv" else self.name_en


class OnCallMember(models.Model):
    """Somebody who takes turns, in the order of `position`. `by_sms` and `by_email` say how they are paged."""

    rota = models.ForeignKey(OnCallRota, models.CASCADE, related_name="members", verbose_name=_("rota"))
    person = models.ForeignKey(Person, models.CASCADE, related_name="+", verbose_name=_("person"))
    position = models.PositiveSmallIntegerField(_("position"))
    by_email = models.BooleanField(_("by e-mail"), default=True)
    by_sms = models.BooleanField(_("by SMS"), default=False)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("member of a rota")
        verbose_name_plural = _("members of rotas")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["rota", "person"], name="rota_member_once"),
            models.UniqueConstraint(fields=["rota", "position"], name="rota_position_once"),
            models.CheckConstraint(condition=Q(by_email=True) | Q(by_sms=True), name="rota_member_is_reached_somehow"),
        ]

    def __str__(self) -> str:
        return f"{self.position} · {self.person}"


class OnCallSwap(models.Model):
    """`person` is on call in the half-open interval [starts_at, ends_at), whoever's turn it is. Two never overlap."""

    rota = models.ForeignKey(OnCallRota, models.CASCADE, related_name="swaps", verbose_name=_("rota"))
    person = models.ForeignKey(Person, models.CASCADE, related_name="+", verbose_name=_("person"))
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("to"))
    live = models.BooleanField(_("counts"), default=True)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("changed turn")
        verbose_name_plural = _("changed turns")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(ends_at__gt=models.F("starts_at")), name="changed_turn_ends_after_start")
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.starts_at:%Y-%m-%d %H:%M}"
