"""What staff type into a help article: its address, and a title and a text in each language (rule S14)."""

from collections.abc import Collection
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from cases.help_articles import RESERVED, Draft
from cases.models import HelpArticle
from core.forms import ActForm
from people.models import Language

LONGEST_TEXT = 30_000


def _title() -> forms.CharField:
    return forms.CharField(label=_("Title"), max_length=120, required=False)


def _text() -> forms.CharField:
    return forms.CharField(label=_("What it says"), max_length=LONGEST_TEXT, required=False, widget=forms.Textarea(attrs={"rows": 16}))


class ArticleForm(ActForm):
    """Both languages beside each other; one is enough. `there`: the languages it stands in already, which stay."""

    slug = forms.SlugField(
        label=_("Page address"),
        help_text=_("The end of its address, in small letters, digits and hyphens: backup-restore. It stays."),
        max_length=80,
    )
    title_en, text_en = _title(), _text()
    title_sv, text_sv = _title(), _text()
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)

    def __init__(self, *args: Any, there: Collection[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.there = there
        if there:
            del self.fields["slug"]
        for code in Language.values:
            self.fields[f"title_{code}"].widget.attrs["lang"] = self.fields[f"text_{code}"].widget.attrs["lang"] = code

    def clean_slug(self) -> str:
        """An address that no other page has."""
        slug = str(self.cleaned_data["slug"]).lower()
        if slug in RESERVED:
            raise ValidationError(_("“%(slug)s” is the address of another page. Choose another one."), params={"slug": slug})
        return slug

    def clean(self) -> dict[str, Any]:
        """A title goes with a text; one language at least; what stands there is taken away by not publishing it."""
        said = super().clean() or {}
        for code in Language.values:
            title, text = said.get(f"title_{code}"), said.get(f"text_{code}")
            if title is None or text is None:
                continue  # too long: said already
            if bool(title) != bool(text) or (code in self.there and not title):
                empty = "text" if title else "title"
                self.add_error(f"{empty}_{code}", _("A title and a text belong together. To take it from clients, unpublish it."))
        if not self.errors and not self.drafts:
            raise ValidationError(_("Write a title and a text in one language at least."))
        return said

    @property
    def drafts(self) -> dict[str, Draft]:
        """What was typed, by language."""
        said = self.cleaned_data
        typed = {code: Draft(said.get(f"title_{code}", ""), _lines(said.get(f"text_{code}", ""))) for code in Language.values}
        return {code: draft for code, draft in typed.items() if draft.title and draft.text}

    @property
    def beside(self) -> list[tuple[str, str, list[forms.BoundField]]]:
        """The fields by language, with the name of each in itself."""
        return [(code, str(name), [self[f"title_{code}"], self[f"text_{code}"]]) for code, name in Language.choices]

    @property
    def pairs(self) -> list[tuple[forms.BoundField, Any]]:
        """The fields with what is wrong with them, as the summary lists them."""
        return [(field, field.errors) for field in self.visible_fields()]


def filled_in(rows: Collection[HelpArticle], *, seen: str) -> dict[str, str]:
    """What the form says of an article as it stands."""
    titles = {f"title_{row.language}": row.title for row in rows}
    return titles | {f"text_{row.language}": row.text for row in rows} | {"seen": seen}


def _lines(text: str) -> str:
    return "\n".join(text.splitlines())
