"""One costly answer to a client at a time, in all processes: whoever else of that client asks for such work waits a moment, or is told to.

Otherwise a client would have as many cores as it has people who ask, up to what `core/rate_limits.py` gives them in a minute. Papers
are drawn with a low priority by a process of their own, and wait for each other only: a search does not wait for a long statement.
The provider's own people, who are of no client, wait for nobody.

Whoever waits for one client alone is served before those of it who come later, in all processes (`next`); several who wait are served in
no order. Who is of several clients takes all their turns at once or none, and so keeps nobody from one while another is busy.

Whoever waits keeps a thread of the web server, so that few wait, and not for long. Where turns cannot be kept, everybody goes ahead.
A turn is over when the answer is: of one that is sent in pieces, when its first can be.
"""

import logging
import time
from collections.abc import Iterable
from contextlib import ExitStack, nullcontext
from threading import Lock

from django.db import DatabaseError, InterfaceError

from core.alone import alone

OF_THEIR_OWN = {"paper"}
WAITS_SECONDS = 10
TOLD_SECONDS = 5
"""After which to ask again, for whoever waited in vain."""
LOOKS_EVERY_SECONDS = 0.15
BREATH_SECONDS = {"paper": 1.5, "other": 0.5}
"""Between an answer and the next for which somebody waited: without it, two who ask all the time would always have a core."""
MOST_OF_ONE, MOST_WAITING, MOST_FIRST = 3, 4, 6
"""Who wait in one process of ours, which has eight threads as it is delivered: of one client; of all; and of all where each is the
first of theirs, so that no client keeps another's from waiting."""

Turn = tuple[str, str]
"""A client, and whether for papers or for others."""

logger = logging.getLogger(__name__)
_counting = Lock()
_waiting: list[frozenset[Turn]] = []
"""Of each who waits, what for."""


class NotYourTurn(Exception):
    """Somebody else of the client is being answered, and others wait already, or it lasted too long."""


def take(kind: str, clients: Iterable[str]) -> ExitStack:
    """The turns of all of these clients for this kind of work, or of none yet; closing gives them back. Raises NotYourTurn."""
    work = kind if kind in OF_THEIR_OWN else "other"
    turns = [(client, work) for client in sorted(set(clients))]
    with _entered("next", turns) or nullcontext() as first:
        taken = _entered("turn", turns) if first else None
    return taken or _waited(turns)


def _waited(turns: list[Turn]) -> ExitStack:
    this = frozenset(turns)
    with _counting:
        clients = {client for client, _work in turns}
        ours = sum(not clients.isdisjoint({client for client, _work in other}) for other in _waiting)
        if ours >= MOST_OF_ONE or len(_waiting) >= (MOST_WAITING if ours else MOST_FIRST):
            raise NotYourTurn
        _waiting.append(this)
    try:
        with ExitStack() as queue:
            return _served(turns, queue, until=time.monotonic() + WAITS_SECONDS)
    finally:
        with _counting:
            _waiting.remove(this)


def _served(turns: list[Turn], queue: ExitStack, *, until: float) -> ExitStack:
    """The turns, once they are free; who waits for one is next, until `queue` is closed. Raises NotYourTurn when it is too late."""
    is_next = len(turns) > 1
    while time.monotonic() < until:
        time.sleep(LOOKS_EVERY_SECONDS)
        if not is_next and (entered := _entered("next", turns)):
            queue.enter_context(entered)
            is_next = True
        if is_next and (taken := _entered("turn", turns)):
            time.sleep(max(BREATH_SECONDS[work] for _client, work in turns))
            return taken
    raise NotYourTurn


def _entered(name: str, turns: list[Turn]) -> ExitStack | None:
    """All of them, or none where another has one."""
    with ExitStack() as attempt:
        for client, work in turns:
            try:
                if not attempt.enter_context(alone(f"{name}:{work}:{client}")):
                    return None
            except (DatabaseError, InterfaceError, OSError):
                logger.exception("turns for costly requests could not be kept")
        return attempt.pop_all()
