"""Acting on many things, each on its own: one that fails does not keep the others waiting."""

import logging
from collections.abc import Callable, Iterable
from itertools import islice
from typing import TypeVar

from django.db.models import Model

from core import failures

logger = logging.getLogger(__name__)
Thing = TypeVar("Thing")


def each(things: Iterable[Thing], act: Callable[[Thing], bool], *, most: int | None = None) -> int:
    """How many of `things` `act` did something about. It commits for itself, one thing at a time.

    What fails is logged, and raised as an ExceptionGroup when all have had their turn. In a due job it then rests for a
    growing while (`core.failures`). `most`: how many are acted on at the most, those that rest not counted.
    """
    done, errors = 0, []
    for thing in islice((thing for thing in things if not failures.rests(thing)), most):
        try:
            done += act(thing)
        except Exception as error:
            logger.exception("Could not act on %s", _name(thing))
            errors.append(error)
            failures.thing_failed(thing, error)
        else:
            failures.thing_went_well(thing)
    if errors:
        msg = f"{len(errors)} could not be acted on"
        raise ExceptionGroup(msg, errors)
    return done


def _name(thing: object) -> str:
    """What a log may call it: its kind and its number, not what it says."""
    return f"{thing._meta.label} {thing.pk}" if isinstance(thing, Model) else type(thing).__name__
