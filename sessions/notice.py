"""Whether a change came in time (rule C10): elapsed time before the agreed start, never wall-clock.

Exactly the notice is in time. What counts is when the request reached the server. A booking that was itself made
inside the notice could never be changed in time; it can be undone free for a while instead.

Pure: no Django, no clock, no I/O. Instants are aware; subtracting two of the same zone is wall-clock in Python,
so everything goes through UTC first.
"""

from datetime import UTC, datetime, timedelta


def is_late(*, starts_at: datetime, received_at: datetime, notice: timedelta) -> bool:
    """Whether a change received at `received_at` came less than `notice` before `starts_at` (rule C10).

    Exactly `notice` before is in time. Raises ValueError for a naive instant.
    """
    return _in_utc(received_at) > free_until(starts_at=starts_at, notice=notice)


def free_until(*, starts_at: datetime, notice: timedelta) -> datetime:
    """The last instant, in UTC, at which a change is in time (rule C10). Raises ValueError for a naive instant."""
    return _in_utc(starts_at) - notice


def undo_until(*, starts_at: datetime, booked_at: datetime, notice: timedelta, undo: timedelta) -> datetime | None:
    """The last instant, in UTC, at which a booking made inside the notice is undone free (rule C10).

    None for a booking made in time: that one has its notice. Raises ValueError for a naive instant.
    """
    if not is_late(starts_at=starts_at, received_at=booked_at, notice=notice):
        return None
    return _in_utc(booked_at) + undo


def _in_utc(instant: datetime) -> datetime:
    if instant.utcoffset() is None:
        msg = f"{instant} has no time zone"
        raise ValueError(msg)
    return instant.astimezone(UTC)
