"""Word to the client when available credit falls below one of the provider's levels, once per crossing."""

from collections.abc import Iterable
from datetime import datetime

from clients import agreements
from credits import spending, terms
from credits.models import CreditAccount
from notices import outbox


def follow_level(account: CreditAccount, *, before: int, at: datetime) -> None:
    """Compare what was available (minutes) `before` a posting with what is now; tell the approvers on the way down.

    Sets the level, `low_since` and the number of crossings on the account, which the caller saves. What fell and rose
    again at the same instant was never low: one step of a longer act (a penalty, then the rest of its hold freed) says
    nothing.
    """
    now = account.available_minutes
    if now == before:
        return
    level, known = level_of(now, terms.current().low_balance_levels), account.low_level_minutes
    account.low_level_minutes = level
    if level is not None and now < before and (known is None or level < known):
        account.low_since = at
        account.low_crossings += 1
        _tell(account, level=level, at=at)
    elif now > before and account.low_since == at:
        outbox.withdraw(cause=_cause(account))
    if level is None:
        account.low_since = None


def level_of(available: int, levels: Iterable[int]) -> int | None:
    """The lowest level (minutes) that `available` lies below, None where it lies below none. Level 0: nothing is left."""
    return min((level for level in levels if available < max(level, 1)), default=None)


def _tell(account: CreditAccount, *, level: int, at: datetime) -> None:
    if agreements.is_postpaid(account.organisation, on=agreements.local_date(at)):  # they pay afterwards, and run out of nothing
        return
    outbox.compose(
        cause=_cause(account),
        people=spending.deciders(account, at=at),
        template="credits/mail/low_balance",
        context={"account": account, "level": level},
        at=at,
    )


def _cause(account: CreditAccount) -> str:
    return f"account:{account.pk}:low:{account.low_crossings}"
