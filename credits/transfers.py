"""Transfers between two accounts of one organisation (rules C13, C16).

Somebody who decides about one of the accounts proposes it with a reason, or the account manager on behalf. Each side
takes the yes of somebody who decides about that account; who decides about both gives both at once. With the last yes
the credit moves, in the same transaction. Where it is not there at that moment, that yes does not count and the
proposal stays.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from clients import access
from core.errors import DomainError, NotAllowed
from credits import accounts, ledger, messages, spending
from credits.corrections import MOST_MINUTES, NothingAsked, ReasonMissing, ReasonTooLong, reasoned
from credits.ledger import AccountClosed, NotEnoughCredit, OtherOrganisation, SameAccount
from credits.models import CreditAccount, Transfer, TransferState
from credits.vouchers import Voucher
from people.models import Person

__all__ = [
    "AccountClosed",
    "AlreadyApproved",
    "DecidesAboutNeither",
    "NotEnoughCredit",
    "NothingAsked",
    "OtherOrganisation",
    "ReasonMissing",
    "ReasonTooLong",
    "SameAccount",
    "TooMuch",
    "Transfer",
    "TransferClosed",
    "TransferMismatch",
    "TransferState",
    "Wish",
    "approve",
    "decline",
    "may_close",
    "propose",
    "sides_of",
]

SIDES = ("source", "target")


class DecidesAboutNeither(NotAllowed):
    """Only somebody who decides about one of the accounts, or the account manager, proposes to move between them."""

    message = _("You decide about neither of these accounts, so somebody who does has to propose it. Nothing has changed.")


class TooMuch(DomainError):
    """So many minutes are a slip of the pen."""

    message = _("That is more than can be moved at once. Nothing has changed.")


class TransferMismatch(DomainError):
    """The same form has proposed something else before."""

    message = _("This form has already been used for another transfer. Open the page again to propose one more.")


class TransferClosed(DomainError):
    """It has been carried out or declined."""

    message = _("This transfer has already been carried out or declined. Nothing has changed.")


class AlreadyApproved(DomainError):
    """The person's sides have agreed; it waits for the other one."""

    message = _("Your side has agreed already: it waits for the other account. Nothing has changed.")


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What is to move, in minutes, from where to where, and why."""

    source: CreditAccount
    target: CreditAccount
    minutes: int
    reason: str


@transaction.atomic
def propose(*, wish: Wish, cause: str, by: Person, at: datetime) -> Transfer:
    """Propose a transfer; `by` agrees for each side about which they decide (rules C13, C16).

    The same cause again returns its first transfer. Raises DecidesAboutNeither for anybody but these and the account
    manager, ReasonMissing, ReasonTooLong, NothingAsked, TooMuch, SameAccount, OtherOrganisation, AccountClosed,
    TransferMismatch, and NotEnoughCredit where `by` decides about both and the credit is not there: then nothing is
    proposed.
    """
    wish = _checked(wish)
    source, target = _locked_accounts(wish.source, wish.target)
    if first := Transfer.objects.filter(cause=cause).first():
        return _same(first, wish, by)
    if source.closed_at or target.closed_at:
        raise AccountClosed
    transfer = Transfer(source=source, target=target, minutes=wish.minutes, reason=wish.reason, cause=cause, proposed_at=at, proposed_by=by)
    mine = sides_of(transfer, by, at=at)
    if not (mine or access.manages(by, source.organisation)):
        raise DecidesAboutNeither
    transfer.save()
    if not _agree(transfer, mine, by=by, at=at):
        messages.transfer_proposed(transfer, at=at)
    return transfer


@transaction.atomic
def approve(*, transfer: Transfer, by: Person, at: datetime) -> Transfer:
    """Agree for each side about which `by` decides; with the last yes the credit moves (rule C16).

    Raises NotAllowed, AlreadyApproved, TransferClosed; NotEnoughCredit, AccountClosed where it cannot move now: then
    this yes does not count, and the transfer stays proposed.
    """
    transfer = _locked(transfer)
    mine = sides_of(transfer, by, at=at)
    if not mine:
        raise NotAllowed
    if transfer.state != TransferState.PROPOSED:
        raise TransferClosed
    missing = [side for side in mine if not _agreed(transfer, side)]
    if not missing:
        raise AlreadyApproved
    _agree(transfer, missing, by=by, at=at)
    return transfer


@transaction.atomic
def decline(*, transfer: Transfer, by: Person, at: datetime) -> Transfer:
    """Say no, or withdraw what one proposed (rule C16). Twice is harmless. Raises NotAllowed, TransferClosed."""
    transfer = _locked(transfer)
    if not may_close(transfer, by, at=at):
        raise NotAllowed
    if transfer.state == TransferState.DECLINED:
        return transfer
    if transfer.state != TransferState.PROPOSED:
        raise TransferClosed
    transfer.state, transfer.closed_at, transfer.closed_by = TransferState.DECLINED, at, by
    transfer.save(update_fields=["state", "closed_at", "closed_by"])
    messages.transfer_declined(transfer, at=at)
    return transfer


def sides_of(transfer: Transfer, person: Person, *, at: datetime) -> list[str]:
    """For which sides, `source` and `target`, `person` decides."""
    about = spending.voices([transfer.source, transfer.target], at=at)
    return [side for side in SIDES if any(voice.person == person for voice in about[getattr(transfer, f"{side}_id")])]


def may_close(transfer: Transfer, person: Person, *, at: datetime) -> bool:
    """Whether `person` may decline the transfer, or withdraw it as who proposed it."""
    return person.pk == transfer.proposed_by_id or bool(sides_of(transfer, person, at=at))


def _checked(wish: Wish) -> Wish:
    """The wish, with its reason as the ledger keeps it."""
    wish = replace(wish, reason=reasoned(wish.reason))
    if wish.minutes <= 0:
        raise NothingAsked
    if wish.minutes > MOST_MINUTES:
        raise TooMuch
    if wish.source.pk == wish.target.pk:
        raise SameAccount
    if wish.source.organisation_id != wish.target.organisation_id:
        raise OtherOrganisation
    return wish


def _locked_accounts(source: CreditAccount, target: CreditAccount) -> tuple[CreditAccount, CreditAccount]:
    """Both accounts as they are now, locked in ascending order, so that two transfers that cross wait for each other."""
    found = {account.pk: account for account in accounts.lock([source.pk, target.pk])}
    return found[source.pk], found[target.pk]


def _locked(transfer: Transfer) -> Transfer:
    """The transfer as it is now, locked after its accounts."""
    source, target = _locked_accounts(transfer.source, transfer.target)
    current = Transfer.objects.select_for_update(of=("self",)).select_related("proposed_by").get(pk=transfer.pk)
    current.source, current.target = source, target
    return current


def _same(first: Transfer, wish: Wish, by: Person) -> Transfer:
    proposed = (first.source_id, first.target_id, first.minutes, first.reason, first.proposed_by_id)
    if proposed != (wish.source.pk, wish.target.pk, wish.minutes, wish.reason, by.pk):
        raise TransferMismatch
    return first


def _agreed(transfer: Transfer, side: str) -> bool:
    """Whether somebody has agreed for the side. A yes given counts as of when it was given, also where they lost the role since."""
    return getattr(transfer, f"{side}_approved_by_id") is not None


def _agree(transfer: Transfer, sides: list[str], *, by: Person, at: datetime) -> bool:
    """Note the yes of these sides, and carry the transfer out where it was the last; whether it was."""
    for side in sides:
        setattr(transfer, f"{side}_approved_at", at)
        setattr(transfer, f"{side}_approved_by", by)
    complete = all(_agreed(transfer, side) for side in SIDES)
    if complete:
        voucher = Voucher(cause=f"transfer:{transfer.pk}", at=at, by=by, reason=transfer.reason, text=_text(transfer))
        ledger.transfer(source=transfer.source, target=transfer.target, minutes=transfer.minutes, voucher=voucher)
        transfer.state, transfer.closed_at, transfer.closed_by = TransferState.DONE, at, by
    transfer.save()
    if complete:
        messages.transfer_done(transfer, at=at)
    return complete


def _text(transfer: Transfer) -> str:
    return f"{transfer.source.name} → {transfer.target.name}"
