"""One can walk from the rule to the code to the proof: every number leads on."""

import re

import pytest
from django.db import connection

from core import guards
from tests.architecture.house import ROOT, modules_of_tests, product_modules, shown

RULE = re.compile(r"^- \*\*([A-Z]\d+)\*\* \*(built|partly|planned)\*", re.MULTILINE)
NAMED = re.compile(r"\brules? ((?:[A-Z]\d+)(?:(?:,| and| to| or|,? and) [A-Z]\d+)*)", re.IGNORECASE)
NUMBER = re.compile(r"[A-Z]\d+")


def status() -> dict[str, str]:
    """Each rule of docs/rules.md, and whether it is built."""
    return dict(RULE.findall((ROOT / "docs" / "rules.md").read_text()))


def test_no_rule_stands_twice():
    numbers = [number for number, _ in RULE.findall((ROOT / "docs" / "rules.md").read_text())]

    assert sorted(numbers) == sorted(set(numbers))
    assert "C7" in numbers


def test_every_built_rule_is_named_by_a_test():
    names = " ".join(re.findall(r"^\s*def (test_\w+)", "\n".join(path.read_text() for path in modules_of_tests()), re.MULTILINE))
    proven = {word.upper() for word in re.split(r"[_ ]", names)}

    assert [number for number, state in status().items() if state != "planned" and number not in proven] == []


def test_every_rule_that_the_code_names_stands_in_the_book():
    unknown = [
        f"{shown(path)}: {number}"
        for path in product_modules()
        for listed in NAMED.findall(path.read_text())
        for number in NUMBER.findall(listed)
        if number not in status()
    ]

    assert unknown == []


def test_every_built_rule_is_named_by_the_code():
    text = "\n".join(path.read_text() for path in product_modules())
    named = {number for listed in NAMED.findall(text) for number in NUMBER.findall(listed)}

    assert [number for number, state in status().items() if state == "built" and number not in named] == []


@pytest.mark.django_db
def test_c14_every_guard_that_is_declared_stands_in_the_database():
    declared = {name for guard in guards.declared() for name in guard.names(connection)}

    assert declared
    assert declared - guards.standing(connection) == set()


@pytest.mark.django_db
def test_every_guarded_table_exists():
    tables = set(connection.introspection.table_names())

    assert {guard.table for guard in guards.declared()} <= tables
