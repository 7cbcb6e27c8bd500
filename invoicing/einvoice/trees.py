"""A tree of XML, grown element by element (rule I4): what is empty is never written, for no rule allows it."""

from typing import Any, TypeAlias

from lxml import etree

Element: TypeAlias = Any
"""lxml has no types of its own."""


class Unreadable(Exception):
    """The bytes are no XML, or such as may not be read."""


class Writer:
    """Grows elements of the namespaces it was given, by their prefix: `cbc:ID`; the one without a name is the document's own."""

    def __init__(self, namespaces: dict[str, str]) -> None:
        self.namespaces = namespaces

    def root(self, name: str) -> Element:
        """The root, which declares every namespace."""
        return etree.Element(self._qualified(name), nsmap={prefix or None: namespace for prefix, namespace in self.namespaces.items()})

    def group(self, parent: Element, name: str) -> Element:
        """An element that holds others; the caller fills it."""
        return etree.SubElement(parent, self._qualified(name))

    def value(self, parent: Element, name: str, text: str, **attributes: str) -> None:
        """An element with a text that is fit for XML, and those attributes that say something; nothing where the text is empty."""
        if not text:
            return
        leaf = etree.SubElement(parent, self._qualified(name), {key: said for key, said in attributes.items() if said})
        leaf.text = text

    def _qualified(self, name: str) -> str:
        prefix, _, local = name.rpartition(":")
        return f"{{{self.namespaces[prefix]}}}{local}"


def serialised(root: Element) -> bytes:
    """The document as bytes: UTF-8, indented, the same for the same tree."""
    document: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return document


def parsed(document: bytes) -> Element:
    """The root of a document, read without reaching out. Raises Unreadable; a document type is not read, for it can name other files."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(document, parser)
    except etree.XMLSyntaxError as fault:
        raise Unreadable(str(fault)) from fault
    if root.getroottree().docinfo.doctype:
        raise Unreadable("it declares a document type")
    return root
