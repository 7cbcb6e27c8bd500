"""The process that reads one calendar and ends: `python -m sessions.busy_child` (see `sessions.busy_apart`).

The first line of its input says what is asked, the rest is the calendar; it writes the times, or the name of a refusal.
"""

import json
import resource
import sys

MOST_CPU_SECONDS = 2
MOST_MEMORY = 512 * 1024 * 1024
LIMITS = {
    resource.RLIMIT_CPU: MOST_CPU_SECONDS,
    resource.RLIMIT_AS: MOST_MEMORY,
    resource.RLIMIT_FSIZE: 0,
    resource.RLIMIT_CORE: 0,
}


def main() -> None:
    """Give up all that is not needed, then read."""
    for what, most in LIMITS.items():
        resource.setrlimit(what, (most, most))
    sys.stdout.write(json.dumps(answer()))


def answer() -> str | list[tuple[str, str]]:
    """The times as text, or why there are none."""
    from sessions import busy_reading  # noqa: PLC0415 the libraries too are loaded within the limits

    question = busy_reading.Question.from_text(json.loads(sys.stdin.buffer.readline()))
    try:
        times = busy_reading.busy_times(sys.stdin.buffer.read(), question)
    except (busy_reading.NotACalendar, busy_reading.TooMuch) as refusal:
        return type(refusal).__name__
    return [(start.isoformat(), end.isoformat()) for start, end in times]


if __name__ == "__main__":
    main()
