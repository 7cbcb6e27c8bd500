"""Word of automatic top-ups: to who decides about the account, and to the client's account manager (rule C16)."""

from collections.abc import Iterable
from datetime import datetime

from clients import access
from core.errors import DomainError
from credits import spending
from credits.models import AutoTopUp
from notices import outbox
from people.models import Person


def to_approve(agreement: AutoTopUp, seconds: Iterable[Person], *, at: datetime) -> None:
    """Ask those who can be the second approver."""
    _tell(agreement, "to_approve", seconds, {}, at)


def agreed(agreement: AutoTopUp, *, at: datetime) -> None:
    """Tell everybody concerned what is ordered by itself from now on."""
    _tell(agreement, "agreed", _concerned(agreement, at=at), {}, at)


def stopped(agreement: AutoTopUp, *, at: datetime) -> None:
    """Tell everybody concerned that nothing is ordered by itself any more."""
    _tell(agreement, "stopped", _concerned(agreement, at=at), {}, at)


def not_ordered(agreement: AutoTopUp, refusal: DomainError, *, at: datetime) -> None:
    """Tell everybody concerned that the account is low and nothing could be ordered."""
    _tell(agreement, f"not-ordered:{at.isoformat()}", _concerned(agreement, at=at), {"refusal": refusal}, at, template="not_ordered")


def _concerned(agreement: AutoTopUp, *, at: datetime) -> list[Person]:
    account = agreement.account
    return [*spending.deciders(account, at=at), *access.managers(account.organisation)]


def _tell(agreement: AutoTopUp, event: str, people: Iterable[Person], more: dict[str, object], at: datetime, *, template: str = "") -> None:
    outbox.compose(
        cause=f"auto-top-up:{agreement.pk}:{event}",
        people=dict.fromkeys(people),
        template=f"credits/mail/auto_{template or event}",
        context={"agreement": agreement, **more},
        at=at,
    )
