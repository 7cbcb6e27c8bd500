"""How cases are run, in the administration, with history; what is said in cases is not edited (rules P1, S14, S17)."""

from typing import ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.admin import SimpleHistoryAdmin

from cases.models import CannedAnswer, CaseSettings, HelpArticle, Tag, Team
from clients.admin import OneRowAdmin


class CaseSettingsForm(forms.ModelForm[CaseSettings]):
    """An address without its scheme is taken for https."""

    guide_en = forms.URLField(label=_("recommended installation (English)"), assume_scheme="https", required=False)
    guide_sv = forms.URLField(label=_("recommended installation (Swedish)"), assume_scheme="https", required=False)

    class Meta:
        model = CaseSettings
        exclude: ClassVar[tuple[str, ...]] = ()  # all of them


@admin.register(CaseSettings)
class CaseSettingsAdmin(OneRowAdmin):
    """One row; the profile loads it (rule P1)."""

    form = CaseSettingsForm


@admin.register(Team)
class TeamAdmin(SimpleHistoryAdmin):
    """Inner teams are retired, not deleted: cases that they had name them (rule S17)."""

    list_display = ("name", "code", "email", "retired")
    list_filter = ("retired",)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never."""
        return False


@admin.register(CannedAnswer)
class CannedAnswerAdmin(SimpleHistoryAdmin):
    """Texts that staff begin an answer with."""

    list_display = ("title",)
    search_fields = ("title", "text_en", "text_sv")


@admin.register(HelpArticle)
class HelpArticleAdmin(SimpleHistoryAdmin):
    """Articles are written at the desk; here they can be put right or removed (rule S14)."""

    list_display = ("title", "slug", "language", "published", "changed_at")
    list_filter = ("language", "published")
    search_fields = ("title", "slug", "text")
    exclude = ("changed_at",)

    def save_model(self, request: HttpRequest, obj: HelpArticle, form: forms.ModelForm[Model], change: bool) -> None:
        """Changed now."""
        obj.changed_at = timezone.now()
        super().save_model(request, obj, form, change)


@admin.register(Tag)
class TagAdmin(admin.ModelAdmin[Tag]):
    """Words that staff sort cases by."""

    list_display = ("name",)
    search_fields = ("name",)
