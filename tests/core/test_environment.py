"""Everything that the environment can say stands in one table, which is made from what the product reads."""

from collections import Counter
from pathlib import Path

from core import environment

OF_THE_FRAMEWORK = {"DJANGO_SETTINGS_MODULE", "PROMETHEUS_MULTIPROC_DIR"}
"""Set by ourselves, never by an operator."""


def test_every_variable_that_is_read_has_a_line_and_every_line_is_read():
    listed = {variable.name for variable in environment.VARIABLES if not variable.name.endswith("…")}
    read = {read.name for read in environment.reads()} - OF_THE_FRAMEWORK

    assert {each.name: each.place for each in environment.reads() if each.name in read - listed} == {}
    assert listed - read == set()


def test_no_variable_stands_there_twice_and_those_with_passwords_are_secret():
    names = Counter(variable.name for variable in environment.VARIABLES)
    open_ones = {variable.name for variable in environment.VARIABLES if not variable.is_secret}

    assert [name for name, times in names.items() if times > 1] == []
    assert {name for name in open_ones if any(part in name for part in ("KEY", "SECRET", "PASSWORD", "TOKEN"))} == set()


def test_the_page_is_current():
    assert Path(environment.ROOT / "docs" / "environment.md").read_text() == environment.table()
