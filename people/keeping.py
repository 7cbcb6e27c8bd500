"""How long what is kept: each app registers in `AppConfig.ready` what it keeps about people, and how it is purged (GDPR article 5(1)(e)).

The days themselves are settings, kept with their history and edited by administrators (`clients.privacy.retention`); here
stand the defaults and their reasons.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django_stubs_ext import StrPromise

Due = Callable[[datetime], "QuerySet[Any]"]
Purge = Callable[[Sequence[Any], datetime], int]


@dataclass(frozen=True, kw_only=True)
class Keeping:
    """One kind of thing that is kept. `days`: the default; None: for ever, or as `why` says.

    `due` gives the rows whose time began before an instant and that hold something still, `since` the column in which it
    began; `purge` does away with those of these keys, once, and returns how many it did. Without them nothing is purged here.
    """

    name: str
    title: str | StrPromise
    why: str | StrPromise
    days: int | None
    due: Due | None = None
    since: str = ""
    purge: Purge | None = None


_kinds: dict[str, Keeping] = {}


def register(kind: Keeping) -> None:
    """Have this kind of thing shown, and purged when its time is over."""
    _kinds[kind.name] = kind


def kinds() -> list[Keeping]:
    """All kinds, those that the law keeps last."""
    return sorted(_kinds.values(), key=lambda kind: (kind.purge is None, kind.name))


def find(name: str) -> Keeping | None:
    """The kind of this name."""
    return _kinds.get(name)
