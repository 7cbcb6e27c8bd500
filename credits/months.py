"""A monthly limit of an account: what may be spent from it in one calendar month (rule C16).

The month is that of the work, in the provider's local dates: what was deducted for it, and what holds promise to
it. Work that is done is owed whatever the limit; the limit refuses new promises. One that stands keeps standing where
the limit is lowered later, as long as it neither grows nor moves to another month; our own change never breaks one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.db.models import QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from core.formatting import hours
from credits import accounts
from credits.models import CreditAccount, Entry, EntryKind, Hold
from credits.models.entries import PENALTIES
from credits.models.holds import LIVE


class MonthlyLimitReached(DomainError):
    """The account may not promise that much for the month. Minutes."""

    def __init__(self, *, limit: int, left: int) -> None:
        super().__init__(limit, left)
        self.limit, self.left = limit, left

    @property
    def message(self) -> str:
        """The sentence with the limit and what is left of it."""
        figures = {"limit": hours(self.limit), "left": hours(self.left)}
        return _("This account may spend %(limit)s a month, and %(left)s of that is left. Nothing has changed.") % figures


def check(account: CreditAccount, minutes: int, *, due_on: date | None, besides: Hold | None = None) -> None:
    """Refuse a promise of `minutes` for `due_on` beyond the limit of the locked account; `besides` is left out.

    Raises MonthlyLimitReached(limit, left). No limit, or no date: nothing is refused.
    """
    if account.monthly_limit_minutes is None or due_on is None:
        return
    left = account.monthly_limit_minutes - used_minutes(account, due_on, besides=besides)
    if minutes > left:
        raise MonthlyLimitReached(limit=account.monthly_limit_minutes, left=max(left, 0))


def recheck(account: CreditAccount, hold: Hold, minutes: int, *, due_on: date | None) -> None:
    """Refuse that a hold of the locked account comes to want `minutes` for `due_on`, beyond the limit.

    Nothing is refused of what stays in its month and does not grow. Raises MonthlyLimitReached(limit, left).
    """
    stays = hold.due_on is not None and due_on is not None and _first(hold.due_on) == _first(due_on)
    if not (stays and minutes <= hold.minutes):
        check(account, minutes, due_on=due_on, besides=hold)


@transaction.atomic
def move(*, hold: Hold, due_on: date) -> None:
    """At the client's wish what the hold promises is for another day (rule C16). Raises MonthlyLimitReached(limit, left)."""
    (account,) = accounts.lock([hold.account_id])
    live = Hold.objects.select_for_update().get(pk=hold.pk)
    recheck(account, live, live.minutes, due_on=due_on)
    Hold.objects.filter(pk=hold.pk).update(due_on=due_on)


@transaction.atomic
def move_by_provider(*, hold: Hold, due_on: date) -> None:
    """At our wish it is for another day, whatever the limit of that month: our change costs the client nothing."""
    accounts.lock([hold.account_id])
    Hold.objects.filter(pk=hold.pk).update(due_on=due_on)


@dataclass(frozen=True)
class Standing:
    """How much of an account's monthly limit is used or promised in the month that begins on `first`. Minutes."""

    first: date
    limit_minutes: int
    used_minutes: int

    @property
    def left_minutes(self) -> int:
        """What can still be promised."""
        return max(self.limit_minutes - self.used_minutes, 0)


def standing(account: CreditAccount, day: date) -> Standing | None:
    """How the month of `day` stands; None for an account without a limit (rule C16)."""
    return standings([account], day).get(account.pk)


def standings(listed: Iterable[CreditAccount], day: date) -> dict[int, Standing]:
    """The same for those of several accounts that have a limit, by account. Two queries."""
    limits = {account.pk: account.monthly_limit_minutes for account in listed if account.monthly_limit_minutes is not None}
    if not limits:
        return {}
    used = dict.fromkeys(limits, 0)
    for found, sign in ((_promised(limits, day), 1), (_spent(limits, day), -1)):
        for pk, minutes in found.order_by().values_list("account").annotate(minutes=Sum("minutes")):
            used[pk] += sign * minutes
    return {pk: Standing(_first(day), limit, used[pk]) for pk, limit in limits.items()}


def used_minutes(account: CreditAccount, day: date, *, besides: Hold | None = None) -> int:
    """What the month of `day` has used of its limit: deductions and penalties that stand, and what holds promise it."""
    promised = _promised([account.pk], day).exclude(pk=besides.pk if besides else 0)
    return _sum(promised) - _sum(_spent([account.pk], day))


def _spent(ids: Iterable[int], day: date) -> QuerySet[Entry]:
    kinds = [EntryKind.DEDUCTION, *PENALTIES]
    return Entry.objects.filter(
        account__in=list(ids), kind__in=kinds, occurred_on__gte=_first(day), occurred_on__lt=_after(day), reversed_by=None
    )


def _promised(ids: Iterable[int], day: date) -> QuerySet[Hold]:
    return Hold.objects.filter(account__in=list(ids), state__in=LIVE, due_on__gte=_first(day), due_on__lt=_after(day))


def _sum(rows: QuerySet[Entry] | QuerySet[Hold]) -> int:
    return rows.aggregate(minutes=Sum("minutes"))["minutes"] or 0


def _first(day: date) -> date:
    return day.replace(day=1)


def _after(day: date) -> date:
    """The first day of the following month."""
    return _first(_first(day) + timedelta(days=31))
