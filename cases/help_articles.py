"""Writing help articles: both languages beside each other, shown to clients when somebody says so (rule S14).

Who wrote what when stays in the history of each language.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from cases.models import HelpArticle
from clients.access import has_duty
from clients.models import StaffDuty
from core.errors import DomainError, NotAllowed
from people.models import Person

WRITERS = (StaffDuty.TECHNICIAN, StaffDuty.DISPATCHER, StaffDuty.ADMINISTRATOR)
RESERVED = frozenset({"new", "suggestions"})
"""Addresses that are pages of their own."""


class AddressTaken(DomainError):
    """Another article stands at this address."""

    message = _("Another article has this address. Choose another one. Nothing has changed.")


class ArticleChanged(DomainError):
    """Somebody else wrote while this was being written."""

    message = _("Somebody changed this article meanwhile. Compare with how it stands now, and save again. Nothing has changed.")


class ArticleGone(DomainError):
    """There is no such article, or not in this language."""

    message = _("There is no such article any more. Nothing has changed.")


@dataclass(frozen=True)
class Draft:
    """A title and a text in Markdown, in one language."""

    title: str
    text: str


def begin(*, slug: str, drafts: Mapping[str, Draft], by: Person, at: datetime) -> list[HelpArticle]:
    """A new article, in one language or more, shown to nobody yet (rule S14). The same again returns what is there.

    Raises NotAllowed, AddressTaken.
    """
    _check(by)
    try:
        with transaction.atomic():
            there = _locked(slug)
            if there and {language: Draft(row.title, row.text) for language, row in there.items()} != drafts:
                raise AddressTaken
            return list(there.values()) or [_added(slug, language, draft, by, at) for language, draft in drafts.items()]
    except IntegrityError:
        raise AddressTaken from None


@transaction.atomic
def rewrite(*, slug: str, drafts: Mapping[str, Draft], seen: str, by: Person, at: datetime) -> list[HelpArticle]:
    """Let the article say this, in these languages; a language that is new to it is shown to nobody yet (rule S14).

    `seen` is the `version` that the writer began from. What does not differ is not written.
    Raises NotAllowed, ArticleGone, ArticleChanged.
    """
    _check(by)
    there = _locked(slug)
    if not there:
        raise ArticleGone
    changed = {language: draft for language, draft in drafts.items() if not _says(there.get(language), draft)}
    if changed and seen != version(there.values()):
        raise ArticleChanged
    for language, draft in changed.items():
        if row := there.get(language):
            row.title, row.text, row.changed_at = draft.title, draft.text, at
            _save(row, by, at)
        else:
            there[language] = _added(slug, language, draft, by, at)
    return list(there.values())


@transaction.atomic
def publish(*, slug: str, language: str, by: Person, at: datetime) -> HelpArticle:
    """Show the article in this language to clients (rule S14). Raises NotAllowed, ArticleGone."""
    return _show(slug, language, by, at, published=True)


@transaction.atomic
def withdraw(*, slug: str, language: str, by: Person, at: datetime) -> HelpArticle:
    """Show the article in this language to clients no longer (rule S14). Raises NotAllowed, ArticleGone."""
    return _show(slug, language, by, at, published=False)


def may_write(person: Person) -> bool:
    """Whether `person` writes help articles."""
    return has_duty(person, *WRITERS)


def version(articles: Iterable[HelpArticle]) -> str:
    """What stands there now, in a few signs: others as soon as a title or a text changes."""
    said = sorted((row.language, row.title, row.text) for row in articles)
    return sha256(repr(said).encode()).hexdigest()[:16]


def _check(by: Person) -> None:
    if not may_write(by):
        raise NotAllowed


def _locked(slug: str) -> dict[str, HelpArticle]:
    """The article as it stands in each language, locked until the transaction ends."""
    return {row.language: row for row in HelpArticle.objects.select_for_update().filter(slug=slug).order_by("pk")}


def _says(row: HelpArticle | None, draft: Draft) -> bool:
    return row is not None and Draft(row.title, row.text) == draft


def _added(slug: str, language: str, draft: Draft, by: Person, at: datetime) -> HelpArticle:
    row = HelpArticle(slug=slug, language=language, title=draft.title, text=draft.text, changed_at=at)
    return _save(row, by, at)


def _show(slug: str, language: str, by: Person, at: datetime, *, published: bool) -> HelpArticle:
    _check(by)
    row = _locked(slug).get(language)
    if row is None:
        raise ArticleGone
    if row.published != published:
        row.published = published
        _save(row, by, at)
    return row


def _save(row: HelpArticle, by: Person, at: datetime) -> HelpArticle:
    """Write the row; its history says who and when."""
    row._history_user, row._history_date = by, at  # type: ignore[attr-defined]  # how django-simple-history takes them
    row.save()
    return row
