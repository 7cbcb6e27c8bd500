"""Where what is being done comes from: the request or the command that is under way in this thread."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class Thing:
    """To what something is done: a model's label, its key, and the client it belongs to."""

    label: str = ""
    number: int | None = None
    organisation: int | None = None


NOTHING = Thing()


@dataclass
class Origin:
    """`via` is the name of an address or of a command, `operator` the account on the server that runs it.

    `address` is where a request comes from, empty where that is not known; `person` the number of who had signed in,
    `thing` what they ask about.
    `has_written` turns true with the first row of the product that is added, changed or removed.
    """

    via: str = ""
    operator: str = ""
    address: str = ""
    person: int | None = None
    thing: Thing = NOTHING
    has_written: bool = False


_here: ContextVar[Origin | None] = ContextVar("origin", default=None)


def here() -> Origin:
    """Where we are; nowhere in particular in a job, or in a shell that was opened otherwise than by our command line."""
    return _here.get() or Origin()


@contextmanager
def coming_from(origin: Origin) -> Iterator[Origin]:
    """Until the end of the block everything comes from there."""
    token = _here.set(origin)
    try:
        yield origin
    finally:
        _here.reset(token)
