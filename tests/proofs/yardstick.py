"""How quick the machine is, by a piece of work that is always the same: what a proof of hours compares its own speed with."""

import json
import time

ROUNDS = 3
WORK = [{"id": number, "name": f"Row {number}", "minutes": number * 10, "of": [number, None, "held"]} for number in range(300)]


def pace() -> float:
    """Seconds of processor time that the work takes now, at best of three.

    Time in which others run does not count, so what is proven cannot make it longer; a machine whose clock or memory has become
    slower (another on the same host, heat) does.
    """
    return min(_once() for _ in range(ROUNDS))


def _once() -> float:
    begun = time.thread_time()
    rows = json.loads(json.dumps(WORK))
    sorted({f"{row['name']}:{row['minutes']}": row for row in rows}.items())
    return time.thread_time() - begun
