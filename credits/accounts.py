"""Credit accounts: opening them and locking them (rules C15, C16)."""

from collections.abc import Iterable

from clients.models import Organisation
from core import rows
from credits.models import CreditAccount

__all__ = ["CreditAccount", "lock", "open_account"]


def open_account(*, organisation: Organisation, name: str, reference: str = "") -> CreditAccount:
    """The account `name` of `organisation`, opened empty if it is not there yet (rule C16)."""
    account, _ = CreditAccount.objects.get_or_create(organisation=organisation, name=name, defaults={"reference": reference})
    return account


def lock(ids: Iterable[int]) -> list[CreditAccount]:
    """The rows of these accounts, locked until the transaction ends, in ascending order so that nobody deadlocks.

    Everything that touches credit locks its accounts first, then bookings, technicians by id, holds and lots.
    """
    return rows.by_key(CreditAccount, ids, lock=True)
