"""Acting on many things, each on its own: one that fails does not keep the others waiting."""

import logging
from collections.abc import Callable, Iterable
from typing import TypeVar

logger = logging.getLogger(__name__)
Thing = TypeVar("Thing")


def each(things: Iterable[Thing], act: Callable[[Thing], bool]) -> int:
    """How many of `things` `act` did something about. It commits for itself, one thing at a time.

    What fails is logged, and raised as an ExceptionGroup when all have had their turn.
    """
    done, errors = 0, []
    for thing in things:
        try:
            done += act(thing)
        except Exception as error:
            logger.exception("Could not act on %r", thing)
            errors.append(error)
    if errors:
        msg = f"{len(errors)} could not be acted on"
        raise ExceptionGroup(msg, errors)
    return done
