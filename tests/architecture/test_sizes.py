"""Things stay small enough to be read at once (docs/style.md)."""

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.architecture.house import modules_of_tests, product_modules, shown, templates

MODULE_LINES = 400
FUNCTION_LINES = 50
TEMPLATE_LINES = 80


def test_no_module_is_too_long():
    assert _longer_than(MODULE_LINES, [*product_modules(), *modules_of_tests()]) == []


def test_no_template_is_too_long():
    assert _longer_than(TEMPLATE_LINES, templates()) == []


def test_no_function_is_too_long():
    long = [
        f"{shown(path)}:{function.lineno} {function.name} has {_length(function)} lines"
        for path in [*product_modules(), *modules_of_tests()]
        for function in _functions(path)
        if _length(function) > FUNCTION_LINES
    ]

    assert long == []


def _longer_than(lines: int, paths: Iterable[Path]) -> list[str]:
    counted = [(len(path.read_text().splitlines()), path) for path in paths]
    return [f"{shown(path)} has {count} lines" for count, path in counted if count > lines]


def _functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1
