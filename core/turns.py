"""One costly answer to a client at a time, in all processes: whoever else of that client asks for such work waits a moment, or is told to.

Otherwise a client would have as many cores as it has people who ask, up to what `core/rate_limits.py` gives them in a minute. Papers
are drawn with a low priority by a process of their own, and wait for each other only: a search does not wait for a long statement.
The provider's own people, who are of no client, wait for nobody.

Whoever waits keeps a thread of the web server, so that few wait, and not for long. Where turns cannot be kept, everybody goes ahead.
A turn is over when the answer is: of one that is sent in pieces, when its first can be.
"""

import logging
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack
from threading import Lock

from django.db import DatabaseError

from core.alone import alone

OF_THEIR_OWN = {"paper"}
NEVER = {"suggestion"}
"""What costs least, and is asked for with every letter that somebody types."""
WAITS_SECONDS = 10
TOLD_SECONDS = 5
"""After which to ask again, for whoever waited in vain."""
LOOKS_EVERY_SECONDS = 0.03
BREATH_SECONDS = 0.25
"""Between an answer and the next for which somebody waited: without it, a client that asks all the time would always have a core."""
MOST_WAITING, MOST_OF_ONE = 4, 3
"""In one process of ours, which has eight threads as it is delivered: in all, and for one turn."""

logger = logging.getLogger(__name__)
_counting = Lock()
_waiting: Counter[str] = Counter()


class NotYourTurn(Exception):
    """Somebody else of the client is being answered, and others wait already, or it lasted too long."""


def take(kind: str, whose: Iterable[str]) -> ExitStack:
    """The turns of all of these clients for this kind of work; closing gives them back. Raises NotYourTurn."""
    if kind in NEVER:
        return ExitStack()
    turns = [f"{kind if kind in OF_THEIR_OWN else 'other'}:{one}" for one in sorted(set(whose))]
    taken = ExitStack()
    try:
        for turn in turns:
            _take(turn, taken)
    except BaseException:
        taken.close()
        raise
    return taken


def _take(turn: str, taken: ExitStack) -> None:
    if _taken(turn, taken):
        return
    with _counting:
        if _waiting.total() >= MOST_WAITING or _waiting[turn] >= MOST_OF_ONE:
            raise NotYourTurn
        _waiting[turn] += 1
    try:
        until = time.monotonic() + WAITS_SECONDS
        while time.monotonic() < until:
            time.sleep(LOOKS_EVERY_SECONDS)
            if _taken(turn, taken):
                time.sleep(BREATH_SECONDS)
                return
        raise NotYourTurn
    finally:
        with _counting:
            _waiting[turn] -= 1
            if not _waiting[turn]:
                del _waiting[turn]


def _taken(turn: str, taken: ExitStack) -> bool:
    """Whether it is now theirs, until `taken` is closed."""
    with ExitStack() as attempt:
        try:
            ours = attempt.enter_context(alone(f"turn:{turn}"))
        except DatabaseError:
            logger.exception("turns for costly requests could not be kept")
            return True
        if ours:
            taken.enter_context(attempt.pop_all())
        return ours
