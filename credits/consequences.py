"""What a correction would do to an account, said before it is made (rules C5, C6, C11, C13).

The ledger serves with what comes free, in this order: debt; bookings that were let through with too little; bookings
that wait, in order of request, passing over what does not fit. What is taken is taken from what is available.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from credits.models import CreditAccount, Hold, HoldState
from credits.models.holds import LIVE

__all__ = ["Consequence", "Figures", "consequence"]


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What can be done with the credit of an account, in minutes."""

    available_minutes: int
    held_minutes: int
    frozen_minutes: int
    debt_minutes: int


@dataclass(frozen=True)
class Consequence:
    """The account `now` and `then`; `served` is how many bookings would get credit that they lack."""

    now: Figures
    then: Figures
    served: int

    @property
    def paid_minutes(self) -> int:
        """How much of the debt would be paid."""
        return self.now.debt_minutes - self.then.debt_minutes


def consequence(account: CreditAccount, *, change: int, frozen: int = 0) -> Consequence:
    """What follows if `change` minutes come free (below 0: are taken), and `frozen` minutes more are frozen. Changes nothing."""
    now = Figures(
        available_minutes=account.available_minutes,
        held_minutes=account.held_minutes,
        frozen_minutes=account.frozen_minutes,
        debt_minutes=account.debt_minutes,
    )
    then = replace(now, frozen_minutes=now.frozen_minutes + frozen)
    if change <= 0:
        return Consequence(now, replace(then, available_minutes=now.available_minutes + change), 0)
    paid = min(change, now.debt_minutes)
    spare, held, served = _serve(_unserved(account), now.available_minutes + change - paid)
    then = replace(then, available_minutes=spare, held_minutes=now.held_minutes + held, debt_minutes=now.debt_minutes - paid)
    return Consequence(now, then, served)


def _unserved(account: CreditAccount) -> list[Hold]:
    """The holds that lack something, in the order in which the ledger serves them."""
    live = Hold.objects.filter(account=account, state__in=LIVE).order_by("placed_at", "pk")
    return sorted((hold for hold in live if hold.missing_minutes), key=lambda hold: hold.state == HoldState.WAITING)


def _serve(holds: Iterable[Hold], spare: int) -> tuple[int, int, int]:
    """What is left of `spare` minutes, what was set aside, and for how many holds."""
    held = served = 0
    for hold in holds:
        waits = hold.state == HoldState.WAITING
        given = (hold.minutes if hold.minutes <= spare else 0) if waits else min(hold.missing_minutes, spare)
        spare, held, served = spare - given, held + given, served + bool(given)
    return spare, held, served
