"""Closing an account that is not needed any more, and opening it again (rules C13, C16, P5).

An account is closed by the account manager when nothing is left in it: no credit, no debt, nothing promised, no order
that is not paid, no transfer that waits. From then on the ledger refuses everything about it; its statements stay.
"""

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from clients.access import manages
from core.errors import DomainError, NotAllowed
from core.formatting import hours
from credits import accounts, auto_top_ups, correction_messages, ledger
from credits.corrections import reasoned
from credits.ledger import AccountClosed
from credits.models import CreditAccount, Hold, TopUp, TopUpState, Transfer, TransferState
from credits.models.holds import LIVE
from people.models import Person

__all__ = ["AccountClosed", "AccountOpen", "StillInUse", "close", "hindrances", "is_empty", "pending", "reopen"]

UNPAID = (TopUpState.AWAITING_APPROVAL, TopUpState.ORDERED)


class StillInUse(DomainError):
    """Something is left in the account, or on its way. `hindrances` are sentences."""

    def __init__(self, hindrances: list[str]) -> None:
        super().__init__(hindrances)
        self.hindrances = hindrances

    @property
    def message(self) -> str:
        """What has to be dealt with first."""
        return " ".join([_("The account cannot be closed yet."), *self.hindrances, _("Nothing has changed.")])


class AccountOpen(DomainError):
    """The account is not closed."""

    message = gettext_lazy("This account is open. Nothing has changed.")


@transaction.atomic
def close(*, account: CreditAccount, reason: str, by: Person, at: datetime) -> CreditAccount:
    """Close an empty account for good, with a reason; its approvers are told (rule P5).

    Raises NotAllowed, ReasonMissing, ReasonTooLong, AccountClosed, StillInUse(hindrances).
    """
    account = _locked(account, by)
    reason = reasoned(reason)
    ledger.expire(account=account, at=at)
    account.refresh_from_db()
    if found := hindrances(account):
        raise StillInUse(found)
    account.closed_at = at
    account.save(update_fields=["closed_at"])
    auto_top_ups.stop_with_account(account, reason=reason, by=by, at=at)
    correction_messages.closed(account, reason=reason, by=by, at=at)
    return account


@transaction.atomic
def reopen(*, account: CreditAccount, reason: str, by: Person, at: datetime) -> CreditAccount:
    """Open a closed account again, with a reason; its approvers are told. Raises NotAllowed, ReasonMissing, ReasonTooLong, AccountOpen."""
    account = _locked(account, by)
    reason = reasoned(reason)
    if account.closed_at is None:
        raise AccountOpen
    account.closed_at = None
    account.save(update_fields=["closed_at"])
    correction_messages.reopened(account, reason=reason, by=by, at=at)
    return account


def hindrances(account: CreditAccount) -> list[str]:
    """Why the account cannot be closed now, a sentence each; nothing where it can be."""
    return [*_what_is_left(account), *pending(account)]


def pending(account: CreditAccount) -> list[str]:
    """What is on its way in or out of the account, a sentence each: bookings, orders, transfers."""
    holds = Hold.objects.filter(account=account, state__in=LIVE).count()
    orders = TopUp.objects.filter(account=account, state__in=UNPAID, debt=None).count()
    waiting = Transfer.objects.filter(Q(source=account) | Q(target=account), state=TransferState.PROPOSED).count()
    found = (
        (holds, ngettext("%(number)s booking is open.", "%(number)s bookings are open.", holds)),
        (orders, ngettext("%(number)s top-up is not paid.", "%(number)s top-ups are not paid.", orders)),
        (waiting, ngettext("%(number)s transfer waits for approval.", "%(number)s transfers wait for approval.", waiting)),
    )
    return [sentence % {"number": number} for number, sentence in found if number]


def is_empty(account: CreditAccount) -> bool:
    """Whether there is neither credit nor debt in the account."""
    return not any((account.available_minutes, account.held_minutes, account.frozen_minutes, account.debt_minutes))


def _what_is_left(account: CreditAccount) -> Iterator[str]:
    if account.available_minutes:
        yield _("%(size)s of credit is left.") % {"size": hours(account.available_minutes)}
    if account.frozen_minutes:
        yield _("%(size)s of credit is frozen.") % {"size": hours(account.frozen_minutes)}
    if account.debt_minutes:
        yield _("%(size)s is owed.") % {"size": hours(account.debt_minutes)}


def _locked(account: CreditAccount, by: Person) -> CreditAccount:
    (account,) = accounts.lock([account.pk])
    if not manages(by, account.organisation):
        raise NotAllowed
    return account
