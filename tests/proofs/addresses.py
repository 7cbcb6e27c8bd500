"""Every address of the product, read from the URL configuration, so that none can be forgotten."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.test import Client as Browser
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.architecture.house import FLOORS

NOTHING: dict[str, Any] = {"IntConverter": 999_999, "UUIDConverter": UUID(int=7), "SlugConverter": "nothing", "StringConverter": "nothing"}
"""An id at which nothing is, by the kind of id."""


@dataclass(frozen=True)
class Address:
    """A name in the URL configuration, which of our apps it belongs to (none: a library's), and the kinds of ids in it."""

    name: str
    app: str
    ids: tuple[tuple[str, str], ...]

    def at_nothing(self) -> str:
        """The path with ids at which nothing is."""
        return reverse(self.name, kwargs={name: NOTHING.get(kind, "7") for name, kind in self.ids})


def ours() -> list[Address]:
    """The addresses of our own apps."""
    return [address for address in every() if address.app in FLOORS]


def every() -> list[Address]:
    """All addresses that have a name, those of libraries too, without the administration's."""
    return sorted(_below(get_resolver().url_patterns, ()), key=lambda address: address.name)


def writes() -> list[Address]:
    """Our addresses that take POST, whoever sends it: the others answer 405 before they ask who."""
    nobody = Browser()
    return [address for address in ours() if nobody.post(address.at_nothing()).status_code != 405]


def _below(patterns: list[Any], ids: tuple[tuple[str, str], ...], owner: str = "") -> Iterator[Address]:
    for pattern in patterns:
        kinds = {name: type(converter).__name__ for name, converter in pattern.pattern.converters.items()}
        here = (*ids, *((name, kinds.get(name, "")) for name in pattern.pattern.regex.groupindex))
        if isinstance(pattern, URLResolver) and pattern.namespace != "admin":
            yield from _below(pattern.url_patterns, here, getattr(pattern.urlconf_name, "__name__", "").split(".")[0])
        elif isinstance(pattern, URLPattern) and pattern.name:
            yield Address(pattern.name, owner, here)
