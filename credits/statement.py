"""Statements: what happened in a period, and what the balance was on any day (rules C9, C15).

A statement goes by when entries were recorded, so that every statement continues the one before and adds up. Each
line also says when the thing itself happened. No figure is summed from the history: entries carry the balance.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from clients.models import Provider
from credits.models import CreditAccount, Entry

__all__ = ["Entry", "Statement", "balance_at", "statement"]


@dataclass(frozen=True)
class Statement:
    """The entries recorded on local dates `first` to `last`, both included; balances in minutes."""

    account: CreditAccount
    first: date
    last: date
    opening_minutes: int
    closing_minutes: int
    entries: Sequence[Entry]

    @property
    def change_minutes(self) -> int:
        """What the period changed."""
        return self.closing_minutes - self.opening_minutes


def balance_at(*, account: CreditAccount, at: datetime) -> int:
    """The balance in minutes at the instant `at`: what the last entry recorded up to then left (rule C15)."""
    last = (
        Entry.objects.filter(account=account, recorded_at__lte=at)
        .order_by("-recorded_at", "-number")
        .values_list("balance_after", flat=True)
        .first()
    )
    return last or 0


def statement(*, account: CreditAccount, first: date, last: date) -> Statement:
    """The statement of a period, in the provider's local dates. Raises ValueError where `last` lies before `first`."""
    if last < first:
        msg = "a statement ends on or after the day it begins"
        raise ValueError(msg)
    begins, ends = _midnight(first), _midnight(last + timedelta(days=1))
    entries = list(
        Entry.objects.filter(account=account, recorded_at__gte=begins, recorded_at__lt=ends)
        .select_related("by", "reverses", "hold")
        .order_by("number")
    )
    before = (
        Entry.objects.filter(account=account, recorded_at__lt=begins)
        .order_by("-recorded_at", "-number")
        .values_list("balance_after", flat=True)
    )
    opening = entries[0].balance_after - entries[0].minutes if entries else before.first() or 0
    return Statement(
        account=account,
        first=first,
        last=last,
        opening_minutes=opening,
        closing_minutes=entries[-1].balance_after if entries else opening,
        entries=entries,
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=Provider.objects.get().zone)
