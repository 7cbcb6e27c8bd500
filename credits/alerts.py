"""Word to the client when available credit falls below the provider's level, once per crossing."""

from datetime import datetime

from clients import access
from credits import terms
from credits.models import CreditAccount
from notices import outbox


def follow_level(account: CreditAccount, *, before: int, at: datetime) -> None:
    """Compare what was available (minutes) `before` a posting with what is now; tell the approvers on the way down.

    Sets `low_since` and counts the crossing on the account, which the caller saves. What fell and rose again at the
    same instant was never low: one step of a longer act (a penalty, then the rest of its hold freed) says nothing.
    """
    now = account.available_minutes
    if now == before:
        return
    level = terms.current().low_balance_minutes
    if now >= level:
        if account.low_since == at:
            outbox.withdraw(cause=_cause(account))
        account.low_since = None
    elif before >= level:
        account.low_since = at
        account.low_crossings += 1
        _tell(account, level=level, at=at)


def _tell(account: CreditAccount, *, level: int, at: datetime) -> None:
    outbox.compose(
        cause=_cause(account),
        people=access.approvers(account.organisation),
        template="credits/mail/low_balance",
        context={"account": account, "level": level},
        at=at,
    )


def _cause(account: CreditAccount) -> str:
    return f"account:{account.pk}:low:{account.low_crossings}"
