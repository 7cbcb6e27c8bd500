"""What was typed, as words to search for (rule S14). Pure.

Nobody who looks for help writes a query: whatever they type is words, and nothing in it is an operator. Few words go
on to the database, none of them long, so that a search costs the same whatever was typed.
"""

import re
import unicodedata
from collections.abc import Sequence

MOST_CHARACTERS = 300
MOST_WORDS = 12
LONGEST_WORD = 40
SHORTEST_WORD = 2
WORD = re.compile(r"[^\W_]+")

_LITTLE_WORDS = """
a an and are as at be been but by can cannot could did do does doesn don for from had has have he her how i if in is isn it its
may me my no not of on or our she so that the their them then there they this to us was we were what when where which who why
will with won would you your
alla att av ett en de dem den det dig din du där efter eller er för från får går ha hade han har hon hur här i ifrån inte in jag
kan kunde med men mig min mot ni nu när och om oss på sig sin ska skulle som till under upp ut utan vad var varför vart vem vi vid
vill vilken vår är åt
"""
STOP_WORDS = frozenset(_LITTLE_WORDS.split())
"""Of English and of Swedish: nobody looks for these."""


def words_of(typed: str) -> list[str]:
    """The words to search for, in the order they were typed, each once; none where only little words were typed."""
    readable = typed[:MOST_CHARACTERS].encode("utf-8", "ignore").decode().replace("\0", " ")
    found = (word[:LONGEST_WORD].lower() for word in WORD.findall(unicodedata.normalize("NFKC", readable)))
    kept = (word for word in found if len(word) >= SHORTEST_WORD and word not in STOP_WORDS)
    return list(dict.fromkeys(kept))[:MOST_WORDS]


def fts5_query(words: Sequence[str]) -> str:
    """In the language of SQLite's FTS5: any of the words, or what begins like them."""
    return " OR ".join([*(f'"{word}"' for word in words), *(f'"{beginning}"*' for beginning in _beginnings(words))])


def tsquery(words: Sequence[str]) -> str:
    """As PostgreSQL's `to_tsquery` reads it: any of the words, or what begins like them."""
    return " | ".join([*(f"'{word}'" for word in words), *(f"'{beginning}':*" for beginning in _beginnings(words))])


def _beginnings(words: Sequence[str]) -> list[str]:
    """The last word, which may be half typed; and what the forms of a longer word have in common, more or less.

    SQLite knows no grammar, and PostgreSQL not all of it: “installing” shall find “installation”.
    """
    longer = [word[: max(5, len(word) - 3)] for word in words if len(word) > 5]
    return list(dict.fromkeys([*longer, words[-1]]))
