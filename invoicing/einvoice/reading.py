"""Reading a UBL document for our own checks (rule I4): elements by path, texts without needless space, figures as decimals."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from django_stubs_ext import StrPromise

from invoicing.einvoice.findings import Finding, Gravity
from invoicing.einvoice.trees import Element
from invoicing.einvoice.ubl import NAMESPACES

FIGURE = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)\Z", re.ASCII)


@dataclass(frozen=True)
class Rule:
    """`breaches` gives the elements that break it, given the root of a document. `named` is what the sentence names."""

    name: str
    sentence: str | StrPromise
    breaches: Callable[[Element], Iterable[Element]]
    gravity: Gravity = Gravity.FATAL
    named: Mapping[str, str | StrPromise] = field(default_factory=dict)

    @property
    def said(self) -> str:
        """Its sentence in the language of who asks."""
        return str(self.sentence) % self.named if self.named else str(self.sentence)

    def findings(self, root: Element) -> list[Finding]:
        """One for each element that breaks the rule, in the language of who asks."""
        tree = root.getroottree()
        return [Finding(self.name, self.said, tree.getpath(element), self.gravity) for element in self.breaches(root)]


def every(parent: Element, path: str) -> list[Element]:
    """The elements at `path` below `parent`, like `cac:Party/cbc:EndpointID` or `.//cbc:Note`."""
    found: list[Element] = parent.findall(path, NAMESPACES)
    return found


def text(parent: Element, path: str) -> str:
    """The text of the first element at `path`; empty where there is none."""
    return words(parent.find(path, NAMESPACES))


def words(element: Element | None) -> str:
    """The text of an element, spaces tidied."""
    return "" if element is None else " ".join((element.text or "").split())


def figure(parent: Element, path: str, default: Decimal | None = None) -> Decimal | None:
    """The figure at `path`: `default` where there is no such element, and nothing where it is no figure."""
    element = parent.find(path, NAMESPACES)
    if element is None:
        return default
    said = words(element)
    return Decimal(said) if FIGURE.match(said) else None


def is_near(one: Decimal | None, other: Decimal | None, slack: Decimal) -> bool:
    """Whether both are figures and differ by no more than `slack`."""
    return one is not None and other is not None and abs(one - other) <= slack


def is_called(element: Element, *names: str) -> bool:
    """Whether the element has one of these names, like `cbc:ID`."""
    return element.tag in {f"{{{NAMESPACES[prefix]}}}{local}" for prefix, _, local in (name.partition(":") for name in names)}
