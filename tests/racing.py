"""Races with real threads and real connections, and the proof that they raced."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from django.db import connection


@dataclass
class Race:
    """What each runner got: a result or the exception it met. `most_inside` is how many ran at the same moment."""

    results: list[Any] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)
    most_inside: int = 0


def race(runners: int, run: Callable[[int], Any]) -> Race:
    """Let `runners` threads call `run(number)` from one starting line, each on its own connection."""
    outcome, start, lock = Race(), threading.Barrier(runners, timeout=30), threading.Lock()
    inside = 0

    def runner(number: int) -> None:
        nonlocal inside
        connection.ensure_connection()
        start.wait()
        with lock:
            inside += 1
            outcome.most_inside = max(outcome.most_inside, inside)
        try:
            result = run(number)
        except Exception as error:
            with lock:
                outcome.errors.append(error)
        else:
            with lock:
                outcome.results.append(result)
        finally:
            with lock:
                inside -= 1
            connection.close()

    with ThreadPoolExecutor(runners) as pool:
        for job in [pool.submit(runner, number) for number in range(runners)]:
            job.result(timeout=120)
    return outcome
