"""XML from a bank, read in one pass within limits (rule I3). What it means is said in `camt`.

The file came by upload and is hostile until shown otherwise: a document type is refused at its first character, so that
there are no entities to expand or to fetch; nothing is looked up in the network; size, depth, elements and the length of texts
are bounded. Only the elements asked for are kept, one at a time, whatever the size of the file.

Pure: no Django models, no clock, no I/O.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _
from lxml import etree

from core.errors import DomainError

MOST_BYTES = 20 * 1024 * 1024
MOST_ELEMENTS = 2_000_000
MOST_KEPT = 20_000
"""Elements held at once: of a transaction and what stands around it."""
MOST_TEXT = 10_000
DEEPEST = 40
_PIECE = 64 * 1024


class NotABankFile(DomainError):
    """It cannot be read as XML, or it is XML of another kind."""

    message = _("That is not a statement or notification from a bank (camt.053 or camt.054). Nothing was imported.")


class TooLarge(DomainError):
    """More than a bank sends: bytes, elements, depth or a single text."""

    message = _("The file is larger than any bank's file should be. Nothing was imported.")


class EntityRefused(DomainError):
    """A document type or an entity: a bank's file has none, an attack does."""

    message = _("The file contains a document type or entities, which no bank's file does. Nothing was imported.")


@dataclass(slots=True)
class Node:
    """An element: name without its namespace, attributes, text and children."""

    name: str
    namespace: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    text: str = ""
    children: list["Node"] = field(default_factory=list)

    def all(self, path: str) -> Iterable["Node"]:
        """Every element at `path`, such as "Refs/EndToEndId"."""
        first, _slash, rest = path.partition("/")
        for child in self.children:
            if child.name == first:
                yield from child.all(rest) if rest else [child]

    def at(self, path: str) -> "Node | None":
        """The first element at `path`."""
        return next(iter(self.all(path)), None)

    def said(self, *paths: str) -> str:
        """The text at the first of `paths` that has one."""
        return next((found.text for path in paths for found in self.all(path) if found.text), "")


Keep = Callable[[Node], None]


def read(raw: bytes, *, kept: frozenset[str], keep: Keep) -> None:
    """Read `raw`, handing each element named in `kept` ("parent/name") to `keep` as soon as it ends.

    A kept element inside another one is handed over first, and is then no child of that one, so that a long file is never in
    memory as a tree.

    Raises NotABankFile, TooLarge or EntityRefused; what `keep` raises goes through.
    """
    if len(raw) > MOST_BYTES:
        raise TooLarge
    parser: Any = etree.XMLParser(
        target=_Reading(kept, keep),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        for start in range(0, len(raw), _PIECE):
            parser.feed(raw[start : start + _PIECE])
        parser.close()
    except etree.XMLSyntaxError as fault:
        raise NotABankFile from fault


class _Reading:
    """What the parser tells: lxml calls these by name."""

    def __init__(self, kept: frozenset[str], keep: Keep) -> None:
        self._kept, self._keep = kept, keep
        self._above: list[str] = []
        self._open: list[Node] = []
        self._handed_over: list[bool] = []
        self._texts: list[str] = []
        self._elements = self._held = self._text_length = 0

    def doctype(self, _name: str, _public: str | None, _system: str | None) -> None:
        """Whatever it declares."""
        raise EntityRefused

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        namespace, _brace, name = tag.rpartition("}")
        self._elements += 1
        if len(self._above) >= DEEPEST or self._elements > MOST_ELEMENTS:
            raise TooLarge
        is_kept = bool(self._above) and f"{self._above[-1]}/{name}" in self._kept
        if self._open or is_kept:
            self._hold(Node(name, namespace[1:], dict(attributes)), is_kept)
        self._above.append(name)
        self._texts, self._text_length = [], 0

    def data(self, text: str) -> None:
        """A piece of text."""
        if self._open:
            self._text_length += len(text)
            if self._text_length > MOST_TEXT:
                raise TooLarge
            self._texts.append(text)

    def end(self, _tag: str) -> None:
        """An element ends."""
        self._above.pop()
        if not self._open:
            return
        node = self._open.pop()
        node.text = "".join(self._texts).strip()
        self._texts, self._text_length = [], 0
        if self._handed_over.pop():
            self._held -= _size_of(node)
            self._keep(node)
        else:
            self._open[-1].children.append(node)

    def close(self) -> None:
        """Everything was handed over as it ended."""

    def _hold(self, node: Node, is_kept: bool) -> None:
        self._held += 1
        if self._held > MOST_KEPT:
            raise TooLarge
        self._open.append(node)
        self._handed_over.append(is_kept)


def _size_of(node: Node) -> int:
    return 1 + sum(_size_of(child) for child in node.children)
