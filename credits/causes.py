"""What stands behind a cause, in plain words (rule C14).

`credits` knows nobody who spends: a cause is text that its caller chose. The first word of it says whose it is, and
that app has registered, in its `AppConfig.ready`, how it tells its causes to a person who reads the ledger.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from people.models import Person

__all__ = ["Told", "register", "tell"]


@dataclass(frozen=True)
class Told:
    """What was done, and the address of the page that shows it to this reader."""

    words: str
    url: str


Teller = Callable[[Collection[str], Person], Mapping[str, Told]]
_tellers: dict[str, Teller] = {}


def register(first_word: str, teller: Teller) -> None:
    """Let `teller` answer for causes such as `first_word:42:…`: for those, by cause, that the person may see."""
    _tellers[first_word] = teller


def tell(causes: Iterable[str], *, to: Person) -> dict[str, Told]:
    """What stands behind each of the `causes`, as far as somebody tells it to this person. One call for each teller."""
    by_word: dict[str, set[str]] = defaultdict(set)
    for cause in causes:
        by_word[cause.partition(":")[0]].add(cause)
    told: dict[str, Told] = {}
    for word, asked in by_word.items():
        if teller := _tellers.get(word):
            told |= teller(asked, to)
    return told
