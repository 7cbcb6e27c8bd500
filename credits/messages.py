"""Word to clients and finance about credit that was ordered and paid, and that is to go to another account."""

from collections.abc import Iterable
from datetime import datetime

from clients import access
from clients.models import StaffDuty
from credits import spending
from credits.models import TopUp, Transfer
from notices import outbox
from people.models import Person


def top_up_to_approve(top_up: TopUp, seconds: Iterable[Person], *, at: datetime) -> None:
    """Ask those who can be the second approver of an order (rules: People)."""
    _tell(f"top-up:{top_up.pk}:approval", seconds, "top_up_to_approve", {"top_up": top_up}, at)


def top_up_ordered(top_up: TopUp, *, by_invoice: bool, at: datetime) -> None:
    """Tell those who decide about the account what was ordered, and finance that a payment is on its way."""
    orderer = [top_up.ordered_by] if top_up.ordered_by else []
    people = [*spending.deciders(top_up.account, at=at), *orderer, *access.staff(StaffDuty.FINANCE)]
    context = {"top_up": top_up, "by_invoice": by_invoice}
    _tell(f"top-up:{top_up.pk}:ordered", people, "top_up_ordered", context, at)


def top_up_cancelled(top_up: TopUp, *, at: datetime) -> None:
    """Tell who ordered it that somebody else withdrew or declined the order."""
    orderer = [top_up.ordered_by] if top_up.ordered_by else []
    _tell(f"top-up:{top_up.pk}:cancelled", orderer, "top_up_cancelled", {"top_up": top_up}, at)


def top_up_granted(top_up: TopUp, *, at: datetime) -> None:
    """Tell those who decide about the account that the invoice is issued, and the credit theirs to use (rule C4)."""
    _tell(f"top-up:{top_up.pk}:granted", spending.deciders(top_up.account, at=at), "top_up_granted", {"top_up": top_up}, at)


def top_up_paid(top_up: TopUp, *, at: datetime) -> None:
    """Tell those who decide about the account that the credit is theirs to use."""
    _tell(f"top-up:{top_up.pk}:paid", spending.deciders(top_up.account, at=at), "top_up_paid", {"top_up": top_up}, at)


def top_up_waits(top_up: TopUp, people: Iterable[Person], *, at: datetime) -> None:
    """Ask others for the approval that has waited too long (rules: People)."""
    _tell(f"top-up:{top_up.pk}:waits", people, "top_up_waits", {"top_up": top_up}, at)


def transfer_proposed(transfer: Transfer, *, at: datetime) -> None:
    """Ask those who decide about either account, but who proposed it, whose yes is there where it counts (rule C16)."""
    people = [person for person in _concerned(transfer, at=at) if person != transfer.proposed_by]
    _tell(f"transfer:{transfer.pk}:proposed", people, "transfer_proposed", {"transfer": transfer}, at)


def transfer_done(transfer: Transfer, *, at: datetime) -> None:
    """Tell everybody concerned that the credit has moved."""
    _tell(f"transfer:{transfer.pk}:done", _concerned(transfer, at=at), "transfer_done", {"transfer": transfer}, at)


def transfer_declined(transfer: Transfer, *, at: datetime) -> None:
    """Tell everybody concerned that nothing will move."""
    _tell(f"transfer:{transfer.pk}:declined", _concerned(transfer, at=at), "transfer_declined", {"transfer": transfer}, at)


def transfer_waits(transfer: Transfer, people: Iterable[Person], *, at: datetime) -> None:
    """Ask others for the approval that has waited too long (rules: People)."""
    _tell(f"transfer:{transfer.pk}:waits", people, "transfer_waits", {"transfer": transfer}, at)


def _concerned(transfer: Transfer, *, at: datetime) -> list[Person]:
    """Who decides about either account, and who proposed it."""
    return [*spending.deciders(transfer.source, at=at), *spending.deciders(transfer.target, at=at), transfer.proposed_by]


def _tell(cause: str, people: Iterable[Person], template: str, context: dict[str, object], at: datetime) -> None:
    """Write `template` to each of `people` once."""
    outbox.compose(cause=cause, people=dict.fromkeys(people), template=f"credits/mail/{template}", context=context, at=at)
