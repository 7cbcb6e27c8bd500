"""Processes that die in the middle of something: a child that is killed at a named point, by itself and at once (kill -9)."""

import os
import signal
import traceback
from collections.abc import Callable, Mapping
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from invoicing import documents, issuing
from notices import delivery

Places = Mapping[str, tuple[Any, str]]
PLACES: Places = {
    "commit": (BaseDatabaseWrapper, "commit"),
    "claim of a notice": (delivery, "_claim"),
    "sending": (delivery, "_hand_over"),
    "noting what was sent": (delivery, "_send"),
    "issuing an invoice": (issuing, "_number"),
    "keeping documents": (documents, "_keep"),
}
POINTS = [f"{when} {place}" for place in PLACES for when in ("before", "after")]


def killed_at(point: str, act: Callable[[], object], *, passing: int = 0, places: Places = PLACES) -> bool:
    """Whether a child that did `act` came to the point, before or after a place, which it passes so many times before, and died there."""
    connections.close_all()
    child = os.fork()
    if not child:
        try:
            _lay(point, passing, places)
            act()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    _child, status = os.waitpid(child, 0)
    assert status in (0, signal.SIGKILL), f"{point}: the child failed by itself"
    return status == signal.SIGKILL


def _lay(point: str, passing: int, places: Places) -> None:
    when, _space, place = point.partition(" ")
    module, name = places[place]
    real, passed = getattr(module, name), [0]

    def mined(*args: Any, **more: Any) -> Any:
        passed[0] += 1
        dies = passed[0] > passing
        if dies and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        done = real(*args, **more)
        if dies:
            os.kill(os.getpid(), signal.SIGKILL)
        return done

    setattr(module, name, mined)
