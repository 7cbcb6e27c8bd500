"""Inner teams that a case can be handed to, and how the desk works: tags, canned answers, saved views (rule S17)."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from clients.models.plans import Named
from people.models import Person


class Team(Named):
    """An inner team: development, operations (rule S17). `email` is told of hand-overs, if there is one."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    email = models.EmailField(_("e-mail address"), blank=True)
    retired = models.BooleanField(_("no longer used"), default=False)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("inner team")
        verbose_name_plural = _("inner teams")

    def __str__(self) -> str:
        return self.name


class Tag(models.Model):
    """A word that staff sort cases by."""

    name = models.CharField(_("name"), max_length=40, unique=True)

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")

    def __str__(self) -> str:
        return self.name


class CannedAnswer(models.Model):
    """A text that staff begin an answer with, in both languages."""

    title = models.CharField(_("title"), max_length=80, unique=True)
    text_en = models.TextField(_("text (English)"))
    text_sv = models.TextField(_("text (Swedish)"))
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("canned answer")
        verbose_name_plural = _("canned answers")

    def __str__(self) -> str:
        return self.title


class SavedView(models.Model):
    """A choice of filters that somebody keeps: `query` as it stands in the address of the queue. Shared ones are everybody's.

    `opens`: what its person sees when the queue is opened without filters.
    """

    person = models.ForeignKey(Person, models.CASCADE, related_name="+", verbose_name=_("whose"))
    name = models.CharField(_("name"), max_length=60)
    query = models.CharField(_("filters"), max_length=500)
    shared = models.BooleanField(_("for everybody"), default=False)
    opens = models.BooleanField(_("opens with the queue"), default=False)

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "name"], name="saved_view_once"),
            models.UniqueConstraint(fields=["person"], condition=models.Q(opens=True), name="saved_view_opens_once"),
        ]

    def __str__(self) -> str:
        return self.name
