"""How long things are kept, and what people asked for about their own data (GDPR articles 5, 12, 15, 17, 20)."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from clients.models.parties import StaffDuty, person_duties
from people.models import Person


class Retention(models.Model):
    """For how many days a kind of thing is kept (`people.keeping`), where that is not the default. `days` None: for ever."""

    kind = models.CharField(_("kind"), max_length=40, unique=True)
    days = models.PositiveIntegerField(_("days"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=500)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("retention time")
        verbose_name_plural = _("retention times")
        constraints: ClassVar = [models.CheckConstraint(condition=Q(days=None) | Q(days__gte=1), name="retention_of_a_day_or_more")]

    def __str__(self) -> str:
        return self.kind


class Purge(models.Model):
    """One step of purging: what of a `kind` began before `before`. Guards let things go only while such a row is open."""

    kind = models.CharField(_("kind"), max_length=40)
    before = models.DateTimeField(_("older than"))
    started_at = models.DateTimeField(_("started"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    rows = models.PositiveIntegerField(_("how many"), default=0)

    class Meta:
        verbose_name = _("purge")
        verbose_name_plural = _("purges")
        indexes: ClassVar = [models.Index(fields=["kind"], condition=Q(ended_at=None), name="purge_open")]
        constraints: ClassVar = [models.CheckConstraint(condition=Q(before__lt=F("started_at")), name="purge_of_the_past")]

    def __str__(self) -> str:
        return f"{self.kind} {self.before:%Y-%m-%d}"


class OfOnePerson(models.QuerySet["PersonExport"]):
    """What people asked for, narrowed to who may see it."""

    def visible_to(self, person: Person) -> Self:
        """All for administrators; else one's own."""
        if not person.is_active:
            return self.none()
        return self if StaffDuty.ADMINISTRATOR in person_duties(person) else self.filter(person=person)


class ExportState(models.TextChoices):
    """Asked → ready → gone."""

    ASKED = "asked", _("In the making")
    READY = "ready", _("Ready")
    GONE = "gone", _("Gone")


class PersonExport(models.Model):
    """Everything about a person, asked for by them or for them, made by a job and kept for some days (GDPR articles 15, 20).

    `done` of `total` parts are made. `file` is the archive's place in the storage, `digest` its SHA-256.
    """

    person = models.ForeignKey(Person, models.PROTECT, related_name="exports", verbose_name=_("person"))
    asked_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("asked by"))
    asked_at = models.DateTimeField(_("asked"))
    state = models.CharField(_("state"), max_length=10, choices=ExportState, default=ExportState.ASKED)
    done = models.PositiveIntegerField(_("parts done"), default=0)
    total = models.PositiveIntegerField(_("parts"), default=0)
    file = models.CharField(_("file"), max_length=120, blank=True)
    size = models.PositiveBigIntegerField(_("size (bytes)"), default=0)
    digest = models.CharField(_("SHA-256"), max_length=64, blank=True)
    ready_at = models.DateTimeField(_("ready"), null=True, blank=True)
    gone_at = models.DateTimeField(_("gone"), null=True, blank=True)

    objects = OfOnePerson.as_manager()

    class Meta:
        verbose_name = _("copy of a person’s data")
        verbose_name_plural = _("copies of people’s data")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person"], condition=Q(state="asked"), name="export_once_at_a_time"),
            models.CheckConstraint(
                condition=Q(state="asked", file="", ready_at=None, gone_at=None)
                | Q(state="ready", ready_at__isnull=False, gone_at=None) & ~Q(file="")
                | Q(state="gone", file="", gone_at__isnull=False),
                name="export_state_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.asked_at:%Y-%m-%d}"


class ExportDownload(models.Model):
    """That the archive was fetched, and when."""

    export = models.ForeignKey(PersonExport, models.PROTECT, related_name="downloads", verbose_name=_("copy"))
    by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("download")
        verbose_name_plural = _("downloads")

    def __str__(self) -> str:
        return f"{self.export} {self.at:%Y-%m-%d %H:%M}"


class ErasureState(models.TextChoices):
    """Asked → proposed → running → done; or refused, before anything was done."""

    ASKED = "asked", _("Asked for")
    PROPOSED = "proposed", _("Waits for a second yes")
    RUNNING = "running", _("Being carried out")
    DONE = "done", pgettext_lazy("an erasure", "Erased")
    REFUSED = "refused", pgettext_lazy("an erasure", "Refused")


class ErasureQuerySet(models.QuerySet["Erasure"]):
    """Erasures, narrowed to who may see them."""

    def visible_to(self, person: Person) -> Self:
        """All for administrators; else one's own."""
        if not person.is_active:
            return self.none()
        return self if StaffDuty.ADMINISTRATOR in person_duties(person) else self.filter(person=person)

    def open(self) -> Self:
        """Those that are not decided, or not carried out."""
        return self.exclude(state__in=[ErasureState.DONE, ErasureState.REFUSED])


class Erasure(models.Model):
    """That a person is to be erased, who said so, and how far it is (GDPR article 17).

    `also`: other spellings, one a line, which go with the name and the address. Tables up to `table` are done, and of that
    one the rows up to `row`; `replaced` rows were changed.
    """

    person = models.ForeignKey(Person, models.PROTECT, related_name="erasures", verbose_name=_("person"))
    asked_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("asked by"))
    asked_at = models.DateTimeField(_("asked"))
    state = models.CharField(_("state"), max_length=10, choices=ErasureState, default=ErasureState.ASKED)
    also = models.TextField(_("other spellings"), blank=True)
    proposed_by = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("proposed by"))
    proposed_at = models.DateTimeField(_("proposed"), null=True, blank=True)
    approved_by = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("approved by"))
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    refusal = models.CharField(_("why it was refused"), max_length=500, blank=True)
    table = models.CharField(_("table"), max_length=80, blank=True)
    row = models.BigIntegerField(_("row"), default=0)
    replaced = models.PositiveIntegerField(_("rows changed"), default=0)

    objects = ErasureQuerySet.as_manager()

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person"], condition=~Q(state="refused"), name="erasure_once"),
            models.CheckConstraint(condition=Q(state__in=ErasureState.values), name="erasure_state_known"),
            models.CheckConstraint(
                condition=Q(approved_by=None)
                | ~Q(approved_by=F("proposed_by")) & ~Q(approved_by=F("person")) & Q(proposed_by__isnull=False),
                name="erasure_takes_two",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["running", "done"]) | Q(approved_by__isnull=False, approved_at__isnull=False),
                name="erasure_runs_when_approved",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["done", "refused"], closed_at__isnull=False)
                | Q(state__in=["asked", "proposed", "running"], closed_at=None),
                name="erasure_closed_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.asked_at:%Y-%m-%d}"


class ErasedWord(models.Model):
    """A spelling that a running erasure replaces by another. The rows go when it is done: they are the last that name the person.

    Append-only texts change only by such a row, and only into what replacing makes of them (`clients.erasable`).
    """

    erasure = models.ForeignKey(Erasure, models.PROTECT, related_name="words", verbose_name=_("erasure"))
    old = models.CharField(_("spelling"), max_length=500)
    new = models.CharField(_("replaced by"), max_length=500)

    class Meta:
        verbose_name = _("spelling to erase")
        verbose_name_plural = _("spellings to erase")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["erasure", "old"], name="erased_word_once"),
            models.CheckConstraint(condition=~Q(old="") & ~Q(new=""), name="erased_word_is_a_word"),
        ]

    def __str__(self) -> str:
        return self.new
