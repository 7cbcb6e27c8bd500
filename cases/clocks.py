"""What a deadline is: working time used since an instant, with the pauses taken out (rules S2 to S6).

due = add(resumed at, target − working time used). While a clock stands still it has no deadline. Every amount is
working time on the clock's calendar, exact to the microsecond; instants are in UTC and intervals half-open.

Pure: no Django, no clock, no I/O.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol, TypeAlias

Pause: TypeAlias = tuple[datetime, datetime | None]
ZERO = timedelta()


class WorkingTime(Protocol):
    """What can add and measure working time: `worktime.arithmetic.Timetable`, or a calendar."""

    def add(self, start: datetime, amount: timedelta) -> datetime:
        """The instant at which `amount` after `start` is used up."""

    def between(self, start: datetime, end: datetime) -> timedelta:
        """The working time between two instants."""


@dataclass(frozen=True)
class Measure:
    """One target being measured: `amount` of working time from `started_at`, without the `pauses`, which are in order."""

    amount: timedelta
    started_at: datetime
    pauses: tuple[Pause, ...] = ()

    @property
    def stands_still(self) -> bool:
        """Whether the last pause goes on."""
        return bool(self.pauses) and self.pauses[-1][1] is None

    def paused(self, at: datetime) -> "Measure":
        """The same, standing still from `at` on; nothing changes where it does already."""
        return self if self.stands_still else replace(self, pauses=(*self.pauses, (at, None)))

    def resumed(self, at: datetime) -> "Measure":
        """The same, running on from `at`; nothing changes where it runs."""
        if not self.stands_still:
            return self
        begun = self.pauses[-1][0]
        return replace(self, pauses=(*self.pauses[:-1], (begun, max(begun, at))))

    def used(self, hours: WorkingTime, *, until: datetime) -> timedelta:
        """The working time used until an instant."""
        runs = ((begins, until if ends is None else min(ends, until)) for begins, ends in self._runs() if begins < until)
        return sum((hours.between(begins, ends) for begins, ends in runs), ZERO)

    def left(self, hours: WorkingTime, *, at: datetime) -> timedelta:
        """The working time that is left; negative where the deadline has passed."""
        return self.amount - self.used(hours, until=at)

    def due_at(self, hours: WorkingTime) -> datetime | None:
        """The deadline; None while it stands still (rule S6)."""
        return None if self.stands_still else self._reached(hours, self.amount)

    def share_at(self, hours: WorkingTime, percent: int) -> datetime | None:
        """When `percent` of the time is used (rule S7); None while it stands still and that is still ahead."""
        return self._reached(hours, self.amount * percent / 100)

    def _reached(self, hours: WorkingTime, amount: timedelta) -> datetime | None:
        """The instant at which `amount` is used up; None where that is not before the clock stands still."""
        left = amount
        for begins, ends in self._runs():
            reached = hours.add(begins, left)
            if ends is None or reached < ends:  # what would be used up at the very instant of a pause falls after it
                return reached
            left -= hours.between(begins, ends)
        return None

    def _runs(self) -> Iterator[tuple[datetime, datetime | None]]:
        """The intervals in which it runs; the last one has no end, unless it stands still."""
        begins = self.started_at
        for stopped, resumed in self.pauses:
            if stopped > begins:
                yield begins, stopped
            if resumed is None:
                return
            begins = max(begins, resumed)
        yield begins, None


def next_working_day(hours: WorkingTime, start: datetime, closes_at: datetime) -> timedelta:
    """The working time until `closes_at`, the close of the next working day: as an amount it can be paused like any other."""
    return hours.between(start, closes_at)


def raised(old_due: datetime | None, fresh: Measure, hours: WorkingTime, *, at: datetime) -> Measure | None:
    """`fresh`, the target of a higher priority, where its deadline is earlier than the old one; else None (rule S5).

    While it stands still, the deadlines are compared as if the client's word came at `at`.
    """
    new_due = fresh.resumed(at).due_at(hours)
    return None if old_due is not None and new_due is not None and old_due <= new_due else fresh


def lowered(old_due: datetime | None, fresh: Measure, hours: WorkingTime, *, at: datetime) -> Measure | None:
    """`fresh`, the target of a lower priority, where its deadline is later than the old one; else None (rule S5)."""
    new_due = fresh.resumed(at).due_at(hours)
    return None if old_due is not None and new_due is not None and new_due <= old_due else fresh
