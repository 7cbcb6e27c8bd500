"""Several clients at once, each a process with a connection of its own, who do one unit of work over and over.

A unit is a function that takes the number of its client and returns an iterator: what it does before the first
`next` is preparation, each `next` afterwards is one unit of work, committed.
"""

import multiprocessing
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier

from django.db import connections

Work = Iterator[None]
Unit = Callable[[int], Work]

WARM_UP = 12
"""Units before the clock starts: psycopg prepares a statement when it has seen it five times."""

_context = multiprocessing.get_context("fork")


def per_second(unit: Unit, *, clients: int, seconds: float) -> float:
    """How many units `clients` processes together finish in a second, over `seconds`.

    Raises RuntimeError where one of them met an error: a deadlock, a refusal.
    """
    connections.close_all()  # a connection must not be shared with a child
    start = _context.Barrier(clients)
    pipes = [_context.Pipe(duplex=False) for _ in range(clients)]
    processes = [_context.Process(target=_client, args=(unit, number, start, seconds, answer)) for number, (_, answer) in enumerate(pipes)]
    for process in processes:
        process.start()
    answers: list[float | str] = [result.recv() for result, _ in pipes]
    for process in processes:
        process.join()
    if errors := [answer for answer in answers if isinstance(answer, str)]:
        raise RuntimeError("\n".join(errors))
    return sum(answer for answer in answers if isinstance(answer, float))


def _client(unit: Unit, number: int, start: Barrier, seconds: float, answer: Connection) -> None:
    """Work until the time is over, and answer with units a second, or with what went wrong."""
    try:
        work = unit(number)
        for _ in range(WARM_UP):
            next(work)
        start.wait(timeout=120)
        answer.send(_rate(work, seconds))
    except Exception as error:
        start.abort()
        answer.send(f"client {number}: {error!r}")
    finally:
        connections.close_all()


def _rate(work: Work, seconds: float) -> float:
    done, begun = 0, time.perf_counter()
    ends = begun + seconds
    while (now := time.perf_counter()) < ends:
        next(work)
        done += 1
    return done / (now - begun)
