"""Reading a calendar of unknown origin in a process of its own, which can take no more than a little time and memory.

No list of tricks is complete, and Python cannot be interrupted in the middle of a library's loop. So the calendar is
handed to a child process (`sessions.busy_child`) that the kernel ends when it has used up its seconds or its memory. It
knows no key, no database and no address, and answers with times alone. Whatever becomes of it, who asked goes on.
"""

import json
import os
import subprocess
import sys
from datetime import datetime

from django.conf import settings

from sessions.busy_reading import NotACalendar, Question, Stretch, TooMuch

__all__ = ["MOST_SECONDS", "NotACalendar", "Question", "Stretch", "TooMuch", "busy_times"]

MOST_SECONDS = 20
"""By the clock, on a machine that has no time for it; of the processor it gets two (`sessions.busy_child`)."""
COMMAND = [sys.executable, "-B", "-m", "sessions.busy_child"]
PASSED_ON = ("PATH", "PYTHONPATH", "PYTHONTZPATH", "LD_LIBRARY_PATH")
"""What Python may need to start, and nothing that is secret."""


def busy_times(body: bytes, question: Question) -> list[Stretch]:
    """What `sessions.busy_reading.busy_times` answers. Raises NotACalendar, and TooMuch also where it takes too much."""
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    asked = json.dumps(question.as_text()).encode() + b"\n"
    try:
        child = subprocess.run(  # noqa: S603 our own program
            COMMAND, input=asked + body, capture_output=True, cwd=settings.ROOT, env=environment, timeout=MOST_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise TooMuch from None
    if child.returncode != 0:
        raise TooMuch
    return _answered(json.loads(child.stdout))


def _answered(answer: str | list[tuple[str, str]]) -> list[Stretch]:
    if isinstance(answer, str):
        raise {"NotACalendar": NotACalendar, "TooMuch": TooMuch}[answer]
    return [(datetime.fromisoformat(start), datetime.fromisoformat(end)) for start, end in answer]
