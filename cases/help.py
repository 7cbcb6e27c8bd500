"""Help articles: what is found while somebody types, and what they read (rule S14).

Everything is found in the reader's own language first. An article that is published in the other language only is
found too, and says so. A search is one query.
"""
# ruff: noqa: S608 - the SQL is made of constants; what was typed is always a parameter

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from cases.help_index import ARTICLES, CONFIGURATIONS, WORDS, vector
from cases.help_words import MOST_CHARACTERS, fts5_query, tsquery, words_of
from cases.models import HelpArticle

__all__ = ["MOST_CHARACTERS", "Found", "Piece", "best_of", "read", "readable", "search", "suggest"]

MOST_SUGGESTIONS = 5
MOST_FOUND = 30
OTHER_LANGUAGE = 0.5
"""What a find in the other language counts beside one in the reader's."""
LEFT, RIGHT = "⟦", "⟧"
_MARKED = re.compile(f"{LEFT}([^{LEFT}{RIGHT}]*){RIGHT}")
_MARKDOWN = re.compile(r"!?\[([^\]]*)\]\([^)]*\)|[#*`|\\]+|^\s*>+|(?<!\w)_+|_+(?!\w)|^\s*[-+=]+\s", re.MULTILINE)

_NOT_IN_MINE = f"NOT EXISTS (SELECT 1 FROM {ARTICLES} mine WHERE mine.slug = a.slug AND mine.language = %s AND mine.published)"
_SQLITE = f"""
    SELECT a.slug, a.language, a.title, snippet({WORDS}, 1, '{LEFT}', '{RIGHT}', '…', 20)
    FROM {WORDS} JOIN {ARTICLES} a ON a.id = {WORDS}.rowid
    WHERE {WORDS} MATCH %s AND a.published AND (a.language = %s OR {_NOT_IN_MINE})
    ORDER BY bm25({WORDS}, 8.0, 1.0) * (CASE WHEN a.language = %s THEN 1 ELSE {OTHER_LANGUAGE} END), a.title, a.id
    LIMIT %s
"""
_OPTIONS = f"StartSel={LEFT}, StopSel={RIGHT}, MaxFragments=1, MaxWords=20, MinWords=15, FragmentDelimiter=…"


@dataclass(frozen=True)
class Piece:
    """Some words of a snippet; `hit`: those that were looked for."""

    words: str
    hit: bool


@dataclass(frozen=True)
class Found:
    """An article that matches, with a few words of it around what was looked for."""

    slug: str
    language: str
    title: str
    snippet: Sequence[Piece]


def suggest(*, typed: str, language: str) -> list[Found]:
    """The articles, five at most, that match what somebody has typed so far, the best first (rule S14)."""
    return _search(typed, language, MOST_SUGGESTIONS)


def search(*, typed: str, language: str) -> list[Found]:
    """The articles that match, thirty at most, the best first (rule S14)."""
    return _search(typed, language, MOST_FOUND)


def readable(*, language: str) -> list[HelpArticle]:
    """Every published article once, by title: in `language`, or in the other where it stands in that only (rule S14). One query."""
    published = HelpArticle.objects.filter(published=True).only("slug", "language", "title", "published").order_by("title", "pk")
    return best_of(published, language)


def read(*, slug: str, language: str) -> HelpArticle | None:
    """The published article at this address, in `language` if it stands in it, else in the other; None where there is none."""
    return next(iter(best_of(HelpArticle.objects.filter(published=True, slug=slug).order_by("pk"), language)), None)


def best_of(articles: Iterable[HelpArticle], language: str) -> list[HelpArticle]:
    """Of each article the one in `language`, else the one there is."""
    listed = list(articles)
    mine = {article.slug for article in listed if article.language == language}
    return [article for article in listed if article.language == language or article.slug not in mine]


def _search(typed: str, language: str, most: int) -> list[Found]:
    words = words_of(typed)
    if not words:
        return []
    mine = language if language in CONFIGURATIONS else "en"
    sql, values = _on_sqlite(words, mine) if connection.vendor == "sqlite" else _on_postgresql(words, mine)
    with connection.cursor() as cursor:
        cursor.execute(sql, [*values, most])
        return [Found(slug, found_in, title, _pieces(snippet)) for slug, found_in, title, snippet in cursor.fetchall()]


def _on_sqlite(words: Sequence[str], mine: str) -> tuple[str, list[Any]]:
    return _SQLITE, [fts5_query(words), mine, mine, mine]


def _on_postgresql(words: Sequence[str], mine: str) -> tuple[str, list[Any]]:
    """Each language by its own grammar; articles in which all words stand go first. Snippets are cut of what is shown only."""
    both = " UNION ALL ".join(_in_language(language, mine) for language in CONFIGURATIONS)
    snippet = f"ts_headline(grammar, text, looked_for, '{_OPTIONS}')"
    best = f"SELECT * FROM ({both}) AS matching ORDER BY whole DESC, rank DESC, title, id LIMIT %s"
    sql = f"SELECT slug, language, title, {snippet} FROM ({best}) AS best ORDER BY whole DESC, rank DESC, title, id"
    values: list[Any] = []
    for language in CONFIGURATIONS:
        values += [" ".join(words), tsquery(words)] + ([] if language == mine else [mine])
    return sql, values


def _in_language(language: str, mine: str) -> str:
    grammar, weight = CONFIGURATIONS[language], 1 if language == mine else OTHER_LANGUAGE
    visible = "a.published" if language == mine else f"a.published AND {_NOT_IN_MINE}"
    return f"""
        SELECT a.*, '{grammar}'::regconfig AS grammar, looked_for, ts_rank({vector(language)}, looked_for, 1) * {weight} AS rank,
               {vector(language)} @@ websearch_to_tsquery('{grammar}', %s) AS whole
        FROM {ARTICLES} a, to_tsquery('{grammar}', %s) AS looked_for
        WHERE a.language = '{language}' AND {vector(language)} @@ looked_for AND {visible}
    """


def _pieces(snippet: str) -> list[Piece]:
    """The snippet without the signs of Markdown, cut where a word that was looked for begins or ends."""
    plain = " ".join(_MARKDOWN.sub(lambda found: found[1] or " ", snippet).split())
    parts = _MARKED.split(plain)
    return [Piece(words, number % 2 == 1) for number, words in enumerate(parts) if words]
