"""One thing that fails does not keep the others waiting."""

import pytest

from core.batches import each


def test_everything_has_its_turn_and_what_was_done_is_counted():
    assert each([1, 2, 3, 4], lambda number: number % 2 == 0) == 2


def test_what_fails_is_told_when_all_have_had_their_turn():
    seen = []

    def act(number):
        seen.append(number)
        if number == 2:
            raise RuntimeError
        return True

    with pytest.raises(ExceptionGroup) as told:
        each([1, 2, 3], act)

    assert seen == [1, 2, 3]
    assert [type(error) for error in told.value.exceptions] == [RuntimeError]
