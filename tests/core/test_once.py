"""What is in force is read once while a verb runs, and anew before and after it."""

import pytest

from core.once import at_one_moment, once


@pytest.fixture
def read():
    answers = iter(range(10))
    return lambda key="terms": once(key, lambda: next(answers))


def test_outside_of_a_verb_everything_is_read_anew(read):
    assert [read(), read()] == [0, 1]


def test_within_a_verb_each_thing_is_read_once_also_where_it_calls_another(read):
    @at_one_moment()
    def inner():
        return read(), read("provider")

    @at_one_moment()
    def verb():
        return read(), inner(), read("provider")

    assert (verb(), read()) == ((0, (0, 1), 1), 2)


def test_a_verb_that_was_refused_keeps_nothing(read):
    @at_one_moment()
    def refused():
        read()
        raise LookupError

    with pytest.raises(LookupError):
        refused()

    assert read() == 1
