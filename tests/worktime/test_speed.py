"""How near deadlines come to the least that could do the same, in a small size (`make bench` measures the large one)."""

import tracemalloc
from time import perf_counter

from benchmarks import deadlines

SEED = 20261118


def test_spd5_both_sides_of_the_comparison_say_the_same():
    assert deadlines.agree(SEED)


def test_spd5_a_deadline_comes_near_its_limit():
    ours, limit = deadlines.added(SEED), deadlines.bisected(SEED)
    best = max(_seconds(limit) / _seconds(ours) for _ in range(5))

    assert best >= 0.35


def test_spd5_a_hundred_thousand_deadlines_take_no_more_memory_than_a_thousand():
    few, many = deadlines.recomputed(SEED, 1_000), deadlines.recomputed(SEED, 20_000)

    assert (few[0], many[0]) == (1_000, 20_000)
    assert many[1] < few[1] + 200_000
    assert not tracemalloc.is_tracing()


def _seconds(work):
    next(work)
    begun = perf_counter()
    for _ in range(5_000):
        next(work)
    return perf_counter() - begun
