"""How cases are run: one row from the provider profile; and help articles (rules P1, S13, S14)."""

from typing import ClassVar

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from people.models import Language


class CaseSettings(models.Model):
    """`[cases]` of the provider profile. Bytes in MiB; minutes; percent.

    `guide_en`, `guide_sv`: the recommended installation and configuration, as an address (rule S13).
    """

    warn_percent = models.PositiveSmallIntegerField(_("a deadline draws near (percent)"), default=75, validators=[MaxValueValidator(99)])
    receipts_at_most = models.PositiveSmallIntegerField(_("receipts to one sender at most"), default=10)
    receipts_within_minutes = models.PositiveIntegerField(_("within (minutes)"), default=180)
    attachment_mib = models.PositiveSmallIntegerField(_("largest attachment (MiB)"), default=25)
    attachments_at_once = models.PositiveSmallIntegerField(_("attachments at once"), default=10)
    client_quota_mib = models.PositiveIntegerField(_("attachments of a client altogether (MiB)"), default=5000)
    guide_en = models.URLField(_("recommended installation (English)"), blank=True)
    guide_sv = models.URLField(_("recommended installation (Swedish)"), blank=True)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("settings of cases")
        verbose_name_plural = _("settings of cases")
        constraints: ClassVar = [models.CheckConstraint(condition=Q(pk=1), name="case_settings_are_one")]

    def __str__(self) -> str:
        return str(_("settings of cases"))


class HelpArticle(models.Model):
    """A page of help in one language, in Markdown (rule S14). `slug` is the same in every language of it."""

    slug = models.SlugField(_("address"), max_length=80)
    language = models.CharField(_("language"), max_length=5, choices=Language)
    title = models.CharField(_("title"), max_length=120)
    text = models.TextField(_("text (Markdown)"))
    published = models.BooleanField(_("shown to clients"), default=False)
    changed_at = models.DateTimeField(_("changed"))
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("help article")
        verbose_name_plural = _("help articles")
        constraints: ClassVar = [models.UniqueConstraint(fields=["slug", "language"], name="help_article_once_a_language")]

    def __str__(self) -> str:
        return self.title
