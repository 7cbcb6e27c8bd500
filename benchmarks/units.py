"""What the product does, one unit of work at a time, through the functions that its pages and sessions call."""

import random
import uuid
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import prefetch_related_objects
from django.utils import timezone
from djmoney.money import Money

from benchmarks.clients import Work
from clients.models import Provider
from credits import ledger, portal
from credits import statement as statements
from credits.accounts import CreditAccount
from credits.ledger import Hold, Rate, Voucher
from credits.views.statements import PAGE_LENGTH
from notices import outbox
from people.models import Person

RATE = Rate(Money(Decimal(1200), "SEK"), Decimal(25))
BODY = "What was done, when and by whom. " * 12


@dataclass(frozen=True)
class Client:
    """An account, and the person who acts for it."""

    account: CreditAccount
    person: Person


def clients(accounts: range) -> list[Client]:
    """The accounts with these numbers and their approvers."""
    people = Person.objects.in_bulk([1000 + number for number in accounts])
    return [Client(account, people[1000 + account.pk]) for account in CreditAccount.objects.in_bulk(accounts).values()]


def hold(client: Client) -> Hold:
    """Promise an hour and write to the client, both or neither (rules C5, M4)."""
    cause, at = f"bench:{uuid.uuid4()}", timezone.now()
    with transaction.atomic():
        held = ledger.place_hold(account=client.account, minutes=60, rate=RATE, cause=cause, at=at)
        outbox.write(cause=f"{cause}:held", person=client.person, subject="60 min are held", body=BODY, at=at)
    return held


def capture(client: Client, held: Hold) -> None:
    """Deduct 50 minutes of the hour, free the rest, and write to the client (rules C7, C8, M4)."""
    at = timezone.now()
    voucher = Voucher(
        cause=f"{held.cause}:settlement:1",
        at=at,
        by=client.person,
        text="Remote session, environment",
        occurred_on=at.date(),
        raw_minutes=47,
    )
    with transaction.atomic():
        ledger.capture(hold=held, minutes=50, voucher=voucher)
        outbox.write(cause=voucher.cause, person=client.person, subject="50 min were deducted", body=BODY, at=at)


def holds_and_captures(known: list[Client], seed: int, number: int) -> Work:
    """A hold, then its capture, each a unit of its own, on accounts at random."""
    chance = random.Random(f"{seed}:ours:{number}")  # noqa: S311 - chosen again from the same seed
    while True:
        client = chance.choice(known)
        held = hold(client)
        yield
        capture(client, held)
        yield


def balances(known: list[Client]) -> Work:
    """What the account of something at hand has, as a page about a session reads it: nothing is summed."""
    while True:
        for client in known:
            client.account.refresh_from_db()
            _ = client.account.balance_minutes
            yield


def balances_looked_up(known: list[Client]) -> Work:
    """The same where the account is named by its number, as on its own page: found among those its reader may see."""
    people = [client.person for client in known]
    prefetch_related_objects(people, "memberships__organisation", "staff_roles")  # as `portal_page` does, once a page
    while True:
        for client in known:
            _ = portal.readable_accounts(client.person).get(pk=client.account.pk).balance_minutes
            yield


def balances_on_a_day(known: list[Client]) -> Work:
    """What the balance was at an instant some days ago."""
    at = timezone.now() - timedelta(days=20)
    while True:
        for client in known:
            statements.balance_at(account=client.account, at=at)
            yield


def statement_pages(known: list[Client]) -> Work:
    """The first page of a statement, as its view reads it: fifty entries of the sixty days that ended yesterday."""
    today = timezone.now().astimezone(Provider.objects.get().zone).date()
    first, last = today - timedelta(days=60), today - timedelta(days=1)
    while True:
        for client in known:
            account = CreditAccount.objects.get(pk=client.account.pk)
            found = statements.statement(account=account, first=first, last=last)
            page = Paginator(found.entries, PAGE_LENGTH).get_page(1)
            _ = [(entry.number, entry.by, entry.minutes, entry.balance_after) for entry in page]
            _ = found.opening_minutes, found.closing_minutes
            yield
