"""Statements: what happened in a period, and what the balance was on any day (rules C9, C15).

A statement goes by when entries were recorded, so that every statement continues the one before and adds up. Each
line also says when the thing itself happened. No figure is summed or counted from the history: entries carry the
balance, and are numbered without gaps.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any, overload

from clients.models import Provider
from credits.models import CreditAccount, Entry
from people.models import Person

__all__ = ["Entry", "Lines", "Statement", "balance_at", "statement"]


@dataclass(frozen=True)
class Lines(Sequence[Entry]):
    """The entries of an account recorded from `begins` until before `ends`; read when they are asked for.

    How many there are is known without counting, and a page of them is found by its numbers, without passing over
    others: `before` and `until` are the number of the last entry before the period and of its own last one, each with
    the balance it left.
    """

    account: CreditAccount
    begins: datetime
    ends: datetime

    @cached_property
    def before(self) -> tuple[int, int]:
        """Where the period begins."""
        return _last_before(self.account, self.begins)

    @cached_property
    def until(self) -> tuple[int, int]:
        """Where it ends."""
        return _last_before(self.account, self.ends)

    def __len__(self) -> int:
        return self.until[0] - self.before[0]

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._read(recorded_at__gte=self.begins, recorded_at__lt=self.ends))

    @overload
    def __getitem__(self, index: int) -> Entry: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Entry]: ...

    def __getitem__(self, index: int | slice) -> Entry | Sequence[Entry]:
        found = range(self.before[0] + 1, self.until[0] + 1)[index]
        if isinstance(found, int):
            return self._read(number=found)[0]
        if found.step != 1:
            msg = "lines are read in their order, without leaving any out"
            raise ValueError(msg)
        return self._read(number__gte=found.start, number__lt=found.stop)

    def _read(self, **narrowed: Any) -> list[Entry]:
        """The entries with who and with what they take back, each read once however many lines name it."""
        entries = list(Entry.objects.filter(account=self.account, **narrowed).order_by("recorded_at", "number"))
        people = Person.objects.in_bulk({entry.by_id for entry in entries if entry.by_id})
        taken_back = Entry.objects.in_bulk({entry.reverses_id for entry in entries if entry.reverses_id})
        for entry in entries:
            if entry.by_id:
                entry.by = people[entry.by_id]
            if entry.reverses_id:
                entry.reverses = taken_back[entry.reverses_id]
        return entries


@dataclass(frozen=True)
class Statement:
    """The entries recorded on local dates `first` to `last`, both included; balances in minutes."""

    account: CreditAccount
    first: date
    last: date
    entries: Lines

    @property
    def opening_minutes(self) -> int:
        """The balance when the period begins."""
        return self.entries.before[1]

    @property
    def closing_minutes(self) -> int:
        """The balance when it ends."""
        return self.entries.until[1]

    @property
    def change_minutes(self) -> int:
        """What the period changed."""
        return self.closing_minutes - self.opening_minutes


def balance_at(*, account: CreditAccount, at: datetime) -> int:
    """The balance in minutes at the instant `at`: what the last entry recorded up to then left (rule C15)."""
    return _last_before(account, at + timedelta(microseconds=1))[1]


def statement(*, account: CreditAccount, first: date, last: date) -> Statement:
    """The statement of a period, in the provider's local dates. Raises ValueError where `last` lies before `first`."""
    if last < first:
        msg = "a statement ends on or after the day it begins"
        raise ValueError(msg)
    zone = Provider.objects.only("time_zone").get().zone
    begins, ends = (datetime.combine(day, time(), tzinfo=zone) for day in (first, last + timedelta(days=1)))
    return Statement(account=account, first=first, last=last, entries=Lines(account=account, begins=begins, ends=ends))


def _last_before(account: CreditAccount, at: datetime) -> tuple[int, int]:
    """The number of the last entry recorded before `at` and the balance it left; nothing where there is none.

    Entries are recorded in order of time, so that all up to that number were, and none after it.
    """
    last = Entry.objects.filter(account=account, recorded_at__lt=at).order_by("-recorded_at", "-number")
    return last.values_list("number", "balance_after").first() or (0, 0)
