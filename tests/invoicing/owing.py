"""Debts that are invoiced, for tests: work that no credit covered, and what is drafted of it."""

from datetime import datetime
from itertools import count

from credits import ledger
from credits.ledger import Entry, Rate, Voucher
from credits.models import CreditAccount, Debt
from invoicing import debts, issuing
from invoicing.models import Invoice
from people.models import Person
from tests.cast import NOON, Client, at_stockholm
from tests.credits.posting import RATE

_numbers = count(1)
MONTH_OVER = at_stockholm(2026, 12, 1)
"""The first instant of December in Stockholm: November's debts are invoiced from now on."""


def owes(
    client: Client, minutes: int = 60, *, text: str = "", at: datetime = NOON, rate: Rate = RATE, account: CreditAccount | None = None
) -> Entry:
    """Work of so many minutes at 1 200 an hour that nothing covered; `text` is what it was."""
    cause = f"test:owed:{next(_numbers)}"
    hold = ledger.claim(account=account or client.account, minutes=minutes, rate=rate, cause=f"{cause}:hold", at=at)
    return ledger.capture(hold=hold, minutes=minutes, voucher=Voucher(cause=cause, at=at, text=text))


def drafted(client: Client, *, at: datetime = MONTH_OVER) -> Invoice:
    """The one draft of what the client owes."""
    (draft,) = debts.pull_debts(by=None, at=at)
    assert draft.organisation_id == client.organisation.pk
    return draft


def invoiced(client: Client, finance: Person, *, at: datetime = MONTH_OVER) -> Invoice:
    """The same, issued."""
    return issuing.issue(drafted(client, at=at), by=finance, at=at)


def open_minutes(client: Client) -> list[int]:
    """What is open of each debt of the client's account."""
    return list(Debt.objects.filter(account=client.account).order_by("pk").values_list("open_minutes", flat=True))
