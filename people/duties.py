"""What a person has to hand over before they can be erased: apps register in `AppConfig.ready` what they would miss (GDPR article 17)."""

from collections.abc import Callable, Iterable
from datetime import datetime

from people.models import Person

Find = Callable[[Person, datetime], Iterable[str]]

_finders: dict[str, Find] = {}


def register(name: str, find: Find) -> None:
    """Ask this app, too: it answers in sentences that say what to do first."""
    _finders[name] = find


def standing(person: Person, *, at: datetime) -> list[str]:
    """What has to be done first, in the reader's language; nothing where the person can go."""
    return [sentence for find in _finders.values() for sentence in find(person, at)]
