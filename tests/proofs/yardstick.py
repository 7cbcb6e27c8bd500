"""How quick the machine is, by a piece of work that is always the same, and how much of it others took: told beside a proof of hours."""

import json
import os
import time
from pathlib import Path

ROUNDS = 3
WORK = [{"id": number, "name": f"Row {number}", "minutes": number * 10, "of": [number, None, "held"]} for number in range(300)]


def pace() -> float:
    """Seconds of processor time that the work takes now, at best of three.

    Time in which others run does not count, so what is proven cannot make it longer; a machine whose clock or memory has become
    slower (another on the same host, heat) does.
    """
    return min(_once() for _ in range(ROUNDS))


def stolen_seconds() -> float:
    """Seconds of processor time, since this machine began, in which it wanted to run and its host let others run (proc_stat(5))."""
    return int(Path("/proc/stat").read_text().split()[8]) / os.sysconf("SC_CLK_TCK")


def _once() -> float:
    begun = time.thread_time()
    rows = json.loads(json.dumps(WORK))
    sorted({f"{row['name']}:{row['minutes']}": row for row in rows}.items())
    return time.thread_time() - begun
