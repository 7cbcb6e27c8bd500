"""Documents broken on purpose, so that a rule is seen to fire: a check that finds nothing in them would prove nothing."""

from collections.abc import Callable
from copy import deepcopy

from lxml import etree

from invoicing.einvoice import cii, ubl
from invoicing.einvoice.trees import Element, parsed, serialised

PREFIXES = {**ubl.NAMESPACES, **cii.NAMESPACES}
DECLARATIONS = " ".join(f'xmlns:{prefix}="{namespace}"' for prefix, namespace in PREFIXES.items())
SELLER = "cac:AccountingSupplierParty/cac:Party"
BUYER = "cac:AccountingCustomerParty/cac:Party"

Break = Callable[[Element], None]


def broken(document: bytes, *breaks: Break) -> bytes:
    """The document with each of `breaks` done to it, in turn."""
    root = parsed(document)
    for one in breaks:
        one(root)
    return serialised(root)


def drop(path: str) -> Break:
    """Without what stands at `path`."""

    def done(root: Element) -> None:
        for element in _found(root, path):
            element.getparent().remove(element)

    return done


def put(path: str, text: str) -> Break:
    """With `text` in what stands at `path`."""

    def done(root: Element) -> None:
        for element in _found(root, path):
            element.text = text

    return done


def mark(path: str, name: str, value: str) -> Break:
    """With an attribute of what stands at `path` set to `value`."""

    def done(root: Element) -> None:
        for element in _found(root, path):
            element.set(name, value)

    return done


def double(path: str) -> Break:
    """With what stands at `path` twice."""

    def done(root: Element) -> None:
        for element in _found(root, path):
            element.addnext(deepcopy(element))

    return done


def add(path: str, xml: str, before: str = "") -> Break:
    """With `xml` below what stands at `path`, last or before what stands at `before` there."""

    def done(root: Element) -> None:
        for element in _found(root, path):
            new = etree.fromstring(f"<all {DECLARATIONS}>{xml}</all>")[0]
            if before:
                _found(element, before)[0].addprevious(new)
            else:
                element.append(new)

    return done


def _found(root: Element, path: str) -> list[Element]:
    found: list[Element] = root.xpath(path, namespaces=PREFIXES)
    assert found, f"nothing to break at {path}"
    return found
