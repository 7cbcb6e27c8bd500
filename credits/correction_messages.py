"""Word about corrections of a client's credit: with the reason to who decides about it, to finance with the figures (rules C13, M4)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from clients import access
from clients.models import Organisation, StaffDuty
from credits import spending
from credits.models import CreditAccount, Entry, Refund
from notices import outbox
from people.models import Person


def adjusted(entry: Entry, *, at: datetime) -> None:
    """Tell that minutes were added or taken."""
    _tell_deciders("adjusted", entry, at)


def extended(entry: Entry, *, returned_minutes: int, at: datetime) -> None:
    """Tell until when a lot can be used now, and what came back of it."""
    _tell_deciders("extended", entry, at, returned_minutes=returned_minutes)


def frozen(entry: Entry, *, at: datetime) -> None:
    """Tell that a lot was set aside."""
    _tell_deciders("frozen", entry, at)


def unfrozen(entry: Entry, *, at: datetime) -> None:
    """Tell that a lot can be used again."""
    _tell_deciders("unfrozen", entry, at)


def refunded(refund: Refund, *, at: datetime) -> None:
    """Tell the client what is paid back, and finance what to pay."""
    _tell_deciders("refunded", refund.entry, at, refund=refund)
    finance = access.staff(StaffDuty.FINANCE)
    _compose(f"entry:{refund.entry_id}:refund", finance, "refund_to_pay", {"entry": refund.entry, "refund": refund}, at)


def closed(account: CreditAccount, *, reason: str, by: Person, at: datetime) -> None:
    """Tell that an account is closed."""
    _tell_of_account("account_closed", account, {"reason": reason, "by": by}, at)


def reopened(account: CreditAccount, *, reason: str, by: Person, at: datetime) -> None:
    """Tell that an account is open again."""
    _tell_of_account("account_reopened", account, {"reason": reason, "by": by}, at)


def wound_up(organisation: Organisation, *, cause: str, context: dict[str, Any], at: datetime) -> None:
    """Tell the client what became of its credit, and finance what to pay back and what to invoice (rule P5)."""
    _compose(f"{cause}:wound-up", access.approvers(organisation, at=at), "wound_up", context, at)
    if context["refunds"] or context["owing"]:
        _compose(f"{cause}:to-settle", access.staff(StaffDuty.FINANCE), "wound_up_to_settle", context, at)


def _tell_deciders(template: str, entry: Entry, at: datetime, **context: Any) -> None:
    account = CreditAccount.objects.select_related("organisation").get(pk=entry.account_id)
    people = spending.deciders(account, at=at)
    _compose(f"entry:{entry.pk}:{template}", people, template, {"entry": entry, "account": account, **context}, at)


def _tell_of_account(template: str, account: CreditAccount, context: dict[str, Any], at: datetime) -> None:
    people = spending.deciders(account, at=at)
    _compose(f"account:{account.pk}:{template}:{at.isoformat()}", people, template, {"account": account, **context}, at)


def _compose(cause: str, people: Iterable[Person], template: str, context: dict[str, Any], at: datetime) -> None:
    outbox.compose(cause=cause, people=people, template=f"credits/mail/{template}", context=context, at=at)
