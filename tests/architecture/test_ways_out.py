"""What the product reaches out by, reads XML by and looks for patterns by stands here, so that nothing new does so unseen (SEC4, SEC8)."""

import ast
import re._constants as sre  # type: ignore[import-not-found]  # typeshed has no types of it
import re._parser as sre_parser  # type: ignore[import-not-found]  # the same
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from tests.architecture.house import FLOORS, ROOT

NETWORK = {
    *("aiohttp", "asyncio", "ftplib", "http", "httpx", "imaplib", "imap_tools", "poplib", "requests", "smtplib", "socket", "socketserver"),
    *("ssl", "stripe", "telnetlib", "urllib3", "websockets", "xmlrpc"),
}
REACHES_OUT = {
    "config/beat.py": "asks the name of this machine",
    "core/outbound.py": "the one way to an address that somebody named",
    "dashboard/management/commands/serve.py": "looks whether a port of this machine is free",
    "invoicing/cards/stripe_checkout.py": "the card service that the installation names",
    "invoicing/transmission/requests.py": "writes the body of a form, and connects to nothing",
    "notices/mailbox.py": "the mailbox that the installation names",
    "trail/middleware.py": "names the status of an answer, and connects to nothing",
}
READS_XML = {
    "invoicing/camt_xml.py": "a bank's file: no document type, no entities, no network, bounded",
    "invoicing/einvoice/official.py": "schemas of ours",
    "invoicing/einvoice/trees.py": "our own documents, without entities and network",
    "invoicing/pain.py": "only writes",
}
RUNS = {"eval", "exec", "compile", "__import__"}
UNBOUNDED = 200
NESTED = {
    "core/logs.py": "dots and what stands between them take turns, so that there is one way to read them",
    "invoicing/ocr.py": "digits and single separators take turns, so that there is one way to read them",
}
"""Patterns in which something repeated is repeated, and why no text makes them try it all ways."""


def test_sec8_what_reaches_out_is_known():
    assert {file for file, name in imported() if name.split(".")[0] in NETWORK} == set(REACHES_OUT)
    assert {file for file, name in imported() if name.startswith("urllib.request")} == {"core/pdf_drawing.py"}  # for `url2pathname`


def test_sec4_xml_is_read_in_known_places_and_without_entities():
    assert {file for file, name in imported() if name.split(".")[0] in {"lxml", "xml", "defusedxml"}} == set(READS_XML)
    for file, node in calls("XMLParser"):
        said = {word.arg: ast.unparse(word.value) for word in node.keywords}
        assert said.get("no_network") == "True", file
        assert said.get("resolve_entities") == "False", file


def test_sec4_nothing_that_is_sent_is_run_or_unpickled():
    assert [file for file, name in imported() if name.split(".")[0] in {"pickle", "marshal", "shelve", "dill", "yaml"}] == []
    assert [(file, ast.unparse(node)) for file, node in calls(*RUNS) if isinstance(node.func, ast.Name)] == []


def test_sec4_no_pattern_tries_a_text_in_more_ways_than_it_is_long():
    nested = {file for file, pattern in patterns() if list(_nested(sre_parser.parse(pattern), inside=False))}

    assert nested == set(NESTED)


def test_sec4_the_control_a_pattern_that_explodes_is_seen():
    assert list(_nested(sre_parser.parse(r"(?:a+)+b"), inside=False))
    assert not list(_nested(sre_parser.parse(r"(?:a++b){1,9}[^c]*"), inside=False))


def imported() -> Iterator[tuple[str, str]]:
    """Every module that is imported, by the file that does."""
    for file, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                yield from ((file, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield file, node.module


def calls(*names: str) -> Iterator[tuple[str, ast.Call]]:
    """Every call of a function of one of these names."""
    for file, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                called = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id if isinstance(node.func, ast.Name) else ""
                if called in names:
                    yield file, node


def patterns() -> Iterator[tuple[str, Any]]:
    """Every regular expression that is written out."""
    for file, node in calls("compile", "match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer"):
        first = node.args[0] if node.args else None
        if ast.unparse(node.func).startswith("re.") and isinstance(first, ast.Constant):
            yield file, first.value


@cache
def trees() -> list[tuple[str, ast.Module]]:
    """Every module of the product, read."""
    files = sorted(path for floor in FLOORS for path in Path(ROOT / floor).rglob("*.py") if "migrations" not in path.parts)
    return [(str(path.relative_to(ROOT)), ast.parse(path.read_text())) for path in files]


def _nested(pattern: Any, *, inside: bool) -> Iterator[str]:
    """What is repeated without end within something that is, and gives back what it took."""
    for kind, facts in pattern:
        if kind in {sre.MAX_REPEAT, sre.MIN_REPEAT}:
            endless = facts[1] >= UNBOUNDED
            if endless and inside:
                yield str(facts)
            yield from _nested(facts[2], inside=inside or endless)
        elif kind is sre.SUBPATTERN:
            yield from _nested(facts[3], inside=inside)
        elif kind is sre.BRANCH:
            for way in facts[1]:
                yield from _nested(way, inside=inside)
        elif kind in {sre.ASSERT, sre.ASSERT_NOT}:
            yield from _nested(facts[1], inside=inside)
