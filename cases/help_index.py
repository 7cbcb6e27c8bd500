"""The full-text index of the help articles, in both databases (rule S14).

PostgreSQL: an index for each language over its own `to_tsvector`, the title weighed above the text. SQLite: an FTS5
table beside the articles, kept in step by triggers. Django remakes SQLite tables now and then and drops their
triggers with them; whenever the guard is put up again, what the index holds is made anew from the articles.
"""
# ruff: noqa: S608 - SQL made of constants

from core.guards import Guard

ARTICLES = "cases_helparticle"
WORDS = "cases_help_words"
CONFIGURATIONS = {"en": "english", "sv": "swedish"}
"""PostgreSQL's text search configuration for each language."""

_NAMES = [f"{WORDS}_insert", f"{WORDS}_update", f"{WORDS}_delete"]
_FORGET = f"DELETE FROM {WORDS} WHERE rowid = OLD.id"
_LEARN = f"DELETE FROM {WORDS} WHERE rowid = NEW.id; INSERT INTO {WORDS} (rowid, title, text) VALUES (NEW.id, NEW.title, NEW.text)"


def vector(language: str) -> str:
    """What PostgreSQL searches in articles of this language, as the index has it: a query must say the very same."""
    name = CONFIGURATIONS[language]
    return f"(setweight(to_tsvector('{name}', title), 'A') || to_tsvector('{name}', text))"


def _index(language: str) -> str:
    return f"{WORDS}_{language}"


GUARD = Guard(
    table=ARTICLES,
    sqlite=[
        f"CREATE VIRTUAL TABLE IF NOT EXISTS {WORDS} USING fts5(title, text, tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3')",
        *(f"DROP TRIGGER IF EXISTS {name}" for name in _NAMES),
        f"CREATE TRIGGER {_NAMES[0]} AFTER INSERT ON {ARTICLES} BEGIN {_LEARN}; END",
        f"CREATE TRIGGER {_NAMES[1]} AFTER UPDATE ON {ARTICLES} BEGIN {_FORGET}; {_LEARN}; END",
        f"CREATE TRIGGER {_NAMES[2]} AFTER DELETE ON {ARTICLES} BEGIN {_FORGET}; END",
        f"DELETE FROM {WORDS}",
        f"INSERT INTO {WORDS} (rowid, title, text) SELECT id, title, text FROM {ARTICLES}",
    ],
    sqlite_drop=[*(f"DROP TRIGGER IF EXISTS {name}" for name in _NAMES), f"DROP TABLE IF EXISTS {WORDS}"],
    sqlite_names=_NAMES,
    postgresql=[
        f"CREATE INDEX IF NOT EXISTS {_index(language)} ON {ARTICLES} USING gin ({vector(language)}) WHERE language = '{language}'"
        for language in CONFIGURATIONS
    ],
    postgresql_drop=[f"DROP INDEX IF EXISTS {_index(language)}" for language in CONFIGURATIONS],
    postgresql_names=[],  # an index is no trigger
)
