"""Word to clients and finance about credit that was ordered and paid."""

from datetime import datetime

from clients import access
from clients.models import StaffDuty
from credits.models import TopUp
from notices import outbox


def top_up_ordered(top_up: TopUp, *, at: datetime) -> None:
    """Tell the client's approvers what was ordered, and finance that a payment is on its way."""
    people = {person.pk: person for person in (*access.approvers(top_up.account.organisation, at=at), *access.staff(StaffDuty.FINANCE))}
    outbox.compose(
        cause=f"top-up:{top_up.pk}:ordered",
        people=people.values(),
        template="credits/mail/top_up_ordered",
        context={"top_up": top_up},
        at=at,
    )


def top_up_paid(top_up: TopUp, *, at: datetime) -> None:
    """Tell the client's approvers that the credit is theirs to use."""
    outbox.compose(
        cause=f"top-up:{top_up.pk}:paid",
        people=access.approvers(top_up.account.organisation, at=at),
        template="credits/mail/top_up_paid",
        context={"top_up": top_up},
        at=at,
    )
