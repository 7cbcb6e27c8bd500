"""A monthly limit of an account: what may be spent from it in one calendar month (rule C16).

The month is that of the work, in the provider's local dates: what was deducted for it, and what holds promise to
it. Work that is done is owed whatever the limit; the limit refuses new promises.
"""

from datetime import date, timedelta

from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from core.formatting import hours
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


def used_minutes(account: CreditAccount, day: date, *, besides: Hold | None = None) -> int:
    """What the month of `day` has used of its limit: deductions and penalties that stand, and what holds promise it."""
    first = day.replace(day=1)
    after = (first + timedelta(days=31)).replace(day=1)
    spent = Entry.objects.filter(
        account=account,
        kind__in=[EntryKind.DEDUCTION, *PENALTIES],
        occurred_on__gte=first,
        occurred_on__lt=after,
        reversed_by=None,
    ).aggregate(minutes=Sum("minutes"))
    promised = Hold.objects.filter(account=account, state__in=LIVE, due_on__gte=first, due_on__lt=after)
    if besides is not None:
        promised = promised.exclude(pk=besides.pk)
    return (promised.aggregate(minutes=Sum("minutes"))["minutes"] or 0) - (spent["minutes"] or 0)
