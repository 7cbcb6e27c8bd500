"""Rules in Schematron (ISO/IEC 19757-3), as Peppol publishes its own, turned into a stylesheet that reports in SVRL (rule I4).

Of a pattern the first rule whose context fits a node is asked of it. All patterns count, whatever their phase. What would need more
than one file, or is asked in another language than XPath, is refused: nothing of a set of rules is left out in silence.
"""

from collections.abc import Callable

from invoicing.einvoice.trees import Element, Unreadable, Writer, parsed, serialised

SCHEMATRON = "{http://purl.oclc.org/dsdl/schematron}"
XSL = "http://www.w3.org/1999/XSL/Transform"
NAMESPACES = {"xsl": XSL, "svrl": "http://purl.oclc.org/dsdl/svrl"}
OF_OLD = {"", "xslt", "xslt1", "xpath", "xpath1"}
"""What XPath 1 is called, in which a text of many nodes is that of the first."""
LANGUAGES = OF_OLD | {"xslt2", "xslt3", "xpath2", "xpath3", "xpath31"}
SILENT = {"title", "p", "phase", "diagnostics", "properties"}
"""What says nothing about a document."""
REFUSED_ATTRIBUTES = {"abstract", "is-a", "documents"}


class NotCompiled(Exception):
    """Nothing that can be asked of a document comes of these rules."""


def stylesheet_of(schema: bytes) -> str:
    """The stylesheet. Raises NotCompiled, which says why."""
    try:
        root = parsed(schema)
    except Unreadable as fault:
        raise NotCompiled(str(fault)) from fault
    if root.tag != f"{SCHEMATRON}schema":
        raise NotCompiled("it is no Schematron")
    if root.get("queryBinding", "").lower() not in LANGUAGES:
        raise NotCompiled(f"its rules are in {root.get('queryBinding')}, not in XPath")
    return serialised(_Stylesheet(root).root).decode()


class _Stylesheet:
    """Grows the stylesheet of a schema."""

    def __init__(self, schema: Element) -> None:
        declared = {prefix: uri for prefix, uri in schema.nsmap.items() if prefix}
        declared |= {ns.get("prefix", ""): ns.get("uri", "") for ns in schema.iterchildren(f"{SCHEMATRON}ns")}
        self.writer = Writer({**declared, **NAMESPACES})
        self.is_old = schema.get("queryBinding", "").lower() in OF_OLD
        self.patterns = 0
        self.root = self._grown(None, "xsl:stylesheet", version="3.0")
        self.report = self._grown(self._grown(self.root, "xsl:template", match="/"), "svrl:schematron-output")
        self._each(schema, {"ns": lambda _ns: None, "let": self._global, "pattern": self._pattern})

    def _global(self, let: Element) -> None:
        self._let(self.root, let)

    def _pattern(self, pattern: Element) -> None:
        self.patterns += 1
        mode = f"pattern-{self.patterns}"
        self._grown(self.root, "xsl:mode", name=mode, **{"on-no-match": "shallow-skip"})
        self._grown(self.report, "svrl:active-pattern", id=_literal(pattern.get("id", mode)))
        self._grown(self.report, "xsl:apply-templates", select="/", mode=mode)
        rules: list[Element] = []
        self._each(pattern, {"let": self._global, "rule": rules.append})
        for number, rule in enumerate(rules):
            self._rule(rule, mode, priority=len(rules) - number)

    def _rule(self, rule: Element, mode: str, *, priority: int) -> None:
        context = _said(rule, "context")
        template = self._grown(self.root, "xsl:template", match=context, mode=mode, priority=str(priority))
        if self.is_old:
            template.set("version", "1.0")
        self._grown(template, "svrl:fired-rule", context=_literal(context))
        self._each(
            rule,
            {
                "let": lambda let: self._let(template, let),
                "assert": lambda one: self._asked(template, one, f"not({_said(one, 'test')})", "svrl:failed-assert"),
                "report": lambda one: self._asked(template, one, _said(one, "test"), "svrl:successful-report"),
            },
        )
        self._grown(template, "xsl:apply-templates", select="@* | node()", mode=mode)

    def _asked(self, template: Element, one: Element, test: str, found: str) -> None:
        finding = self._grown(self._grown(template, "xsl:if", test=test), found, location="{path()}", test=_literal(_said(one, "test")))
        for name in ("id", "flag", "role"):
            if one.get(name):
                finding.set(name, _literal(one.get(name)))
        self._sentence(self._grown(finding, "svrl:text"), one)

    def _sentence(self, text: Element, said: Element) -> None:
        self._words(text, said.text)
        for part in said:
            name = _name(part)
            if name in {"value-of", "name"}:
                select = _said(part, "select") if name == "value-of" else f"name({part.get('path', '.')})"
                self._grown(text, "xsl:value-of", select=select)
            elif name in {"emph", "dir", "span"}:
                self._sentence(text, part)
            elif name:
                raise NotCompiled(f"it uses {name} in a sentence")
            self._words(text, part.tail)

    def _words(self, text: Element, words: str | None) -> None:
        if words:
            self._grown(text, "xsl:text").text = words

    def _let(self, parent: Element, let: Element) -> None:
        self._grown(parent, "xsl:variable", name=_said(let, "name"), select=_said(let, "value"))

    def _each(self, parent: Element, known: dict[str, Callable[[Element], None]]) -> None:
        """Let what is known there be written; what XSLT there is at the top stays. Raises NotCompiled for anything else."""
        if refused := REFUSED_ATTRIBUTES & set(parent.attrib):
            raise NotCompiled(f"it uses {', '.join(sorted(refused))}: it must be compiled before")
        for child in list(parent):  # what is XSLT moves away
            name = _name(child)
            if name in known:
                known[name](child)
            elif isinstance(child.tag, str) and child.tag.startswith(f"{{{XSL}}}") and parent.tag == f"{SCHEMATRON}schema":
                self.root.append(child)
            elif name and name not in SILENT:
                raise NotCompiled(f"it uses {name}: it must be compiled before")

    def _grown(self, parent: Element | None, tag: str, **attributes: str) -> Element:
        element = self.writer.root(tag) if parent is None else self.writer.group(parent, tag)
        for name, value in attributes.items():
            element.set(name, value)
        return element


def _name(element: Element) -> str:
    """What Schematron calls it; nothing for a comment, and all of its name for what is of another language."""
    return element.tag.removeprefix(SCHEMATRON) if isinstance(element.tag, str) else ""


def _said(element: Element, name: str) -> str:
    if not element.get(name):
        raise NotCompiled(f"{_name(element)} in line {element.sourceline} has no {name}")
    return str(element.get(name))


def _literal(text: str) -> str:
    """As it stands in an attribute where braces would be asked for a value."""
    return text.replace("{", "{{").replace("}", "}}")
