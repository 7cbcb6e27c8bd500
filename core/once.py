"""What is in force, read once while a verb runs: what it copies is of one moment, and is not asked for again and again.

Only for what nobody changes in passing: the provider, terms, bands, agreements. Outside of a verb that says so
everything is read anew each time.
"""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

Value = TypeVar("Value")

_kept: ContextVar[dict[Hashable, Any] | None] = ContextVar("kept", default=None)


@contextmanager
def at_one_moment() -> Iterator[None]:
    """Until the end of the block, or of the function that this decorates, `once` reads each thing once."""
    token = _kept.set({} if (kept := _kept.get()) is None else kept)
    try:
        yield
    finally:
        _kept.reset(token)


def once(key: Hashable, read: Callable[[], Value]) -> Value:
    """What `read` returns; what it returned before for this key, in the same block."""
    kept = _kept.get()
    if kept is None:
        return read()
    if key not in kept:
        kept[key] = read()
    value: Value = kept[key]
    return value
