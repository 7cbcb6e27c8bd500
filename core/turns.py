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

from django.db import DatabaseError, InterfaceError

from core.alone import alone

OF_THEIR_OWN = {"paper"}
NEVER = {"suggestion"}
"""What costs least, and is asked for with every letter that somebody types."""
WAITS_SECONDS = 10
TOLD_SECONDS = 5
"""After which to ask again, for whoever waited in vain."""
LOOKS_EVERY_SECONDS = 0.03
BREATH_SECONDS = {"paper": 1.5, "other": 0.5}
"""Between an answer and the next for which somebody waited: without it, two who ask all the time would always have a core."""
MOST_OF_ONE, MOST_WAITING, MOST_FIRST = 3, 4, 6
"""Who wait in one process of ours, which has eight threads as it is delivered: of one client; of all; and of all where each is the
first of theirs, so that no client keeps another's from waiting."""

logger = logging.getLogger(__name__)
_counting = Lock()
_waiting: Counter[tuple[str, str]] = Counter()
"""How many, by client and work."""


class NotYourTurn(Exception):
    """Somebody else of the client is being answered, and others wait already, or it lasted too long."""


def take(kind: str, clients: Iterable[str]) -> ExitStack:
    """The turns of all of these clients for this kind of work, or of none yet; closing gives them back. Raises NotYourTurn."""
    if kind in NEVER:
        return ExitStack()
    work = kind if kind in OF_THEIR_OWN else "other"
    turns = [(client, work) for client in sorted(set(clients))]
    behind_others = any(_waiting[turn] for turn in turns)
    return (None if behind_others else _taken(turns)) or _waited(turns)


def _waited(turns: list[tuple[str, str]]) -> ExitStack:
    with _counting:
        clients = {client for client, _work in turns}
        ours = sum(number for (client, _work), number in _waiting.items() if client in clients)
        if ours >= MOST_OF_ONE or _waiting.total() >= (MOST_WAITING if ours else MOST_FIRST):
            raise NotYourTurn
        _waiting.update(turns)
    try:
        until = time.monotonic() + WAITS_SECONDS
        while time.monotonic() < until:
            time.sleep(LOOKS_EVERY_SECONDS)
            if taken := _taken(turns):
                time.sleep(max(BREATH_SECONDS[work] for _client, work in turns))
                return taken
        raise NotYourTurn
    finally:
        with _counting:
            _waiting.subtract(turns)
            for turn in [turn for turn in turns if not _waiting[turn]]:
                del _waiting[turn]


def _taken(turns: list[tuple[str, str]]) -> ExitStack | None:
    """All of them, or none where another has one: who waits for one keeps nobody from another."""
    with ExitStack() as attempt:
        for client, work in turns:
            try:
                if not attempt.enter_context(alone(f"turn:{work}:{client}")):
                    return None
            except (DatabaseError, InterfaceError, OSError):
                logger.exception("turns for costly requests could not be kept")
        return attempt.pop_all()
