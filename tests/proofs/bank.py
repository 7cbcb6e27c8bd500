"""A bank of hours and its clients, who do at random whatever can be done with credit (rules C4, C5, C7, C10, C11, C14)."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from credits import ledger
from credits.accounts import open_account
from credits.audit import audit
from credits.ledger import Voucher
from credits.models import CreditAccount
from tests.cast import NOON, Cast, Client, a_client
from tests.credits.posting import bought
from tests.proofs.crowd import PATIENCE, Crowd
from tests.proofs.snapshots import MONEY, SERVICE, breaches, one_snapshot, sums
from tests.proofs.teller import REFUSALS, Account, Teller

OPENING = 600
"""Minutes that every account begins with."""
EVERY = 0.05
"""Seconds between two looks of a reader."""
A_TURN = 25
"""Acts after which a client gives up the seat."""


class Bank:
    """Organisations with credit; what their clients have done, and what they were told."""

    def __init__(self, cast: Cast, *, organisations: int, opening: int = OPENING) -> None:
        self.cast = cast
        clients = [a_client(cast, f"Org{number}") for number in range(organisations)]
        self.accounts = [account for client in clients for account in opened(client, opening)]
        self.done: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.looks = 0
        self.seen: list[str] = []
        self.errors: list[Exception] = []
        self._counting = threading.Lock()

    def serve(self, number: int, acts: int, crowd: Crowd) -> None:
        """One client's acts, a turn at a time. Anything but a refusal in good order goes to the crowd's errors."""
        teller = Teller(self.cast, self.accounts[number % len(self.accounts)], number)
        for begun in range(0, acts, A_TURN):
            with crowd.seat():
                for _ in range(min(A_TURN, acts - begun)):
                    self.one(teller)

    def one(self, teller: Teller) -> None:
        """One act, and what came of it."""
        name = teller.choose()
        try:
            minutes = teller.act(name)
        except REFUSALS as refusal:
            with self._counting:
                self.refused[f"{name}: {type(refusal).__name__}"] += 1
        else:
            with self._counting:
                self.done[name] += 1
            with teller.account.lock:
                teller.account.told += minutes

    @contextmanager
    def watched(self, readers: int) -> Iterator[None]:
        """Readers look at everything again and again, each time in one snapshot, until what is inside is over."""
        over = threading.Event()
        threads = [threading.Thread(target=self._watch, args=(over,)) for _ in range(readers)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            over.set()
            for thread in threads:
                thread.join(timeout=PATIENCE)

    def end(self) -> list[str]:
        """What is wrong when all have gone home: by our own eyes, by what clients were told, and by the audit."""
        return look(MONEY | SERVICE) + self.untold() + [str(finding) for finding in audit().findings]

    def untold(self) -> list[str]:
        """The accounts that have another balance than adds up from what their people were told."""
        found = []
        for account in self.accounts:
            has = CreditAccount.objects.get(pk=account.row.pk).balance_minutes
            if has != account.told:
                found.append(f"account {account.row.pk} has {has}, and its people were told of {account.told}")
        return found

    def _watch(self, over: threading.Event) -> None:
        try:
            while not over.wait(EVERY):
                found = look(MONEY | SERVICE)
                with self._counting:
                    self.looks += 1
                    self.seen += found
        except Exception as error:
            self.errors.append(error)
        finally:
            connection.close()


def look(sentences: dict[str, str]) -> list[str]:
    """What is wrong at this one moment."""
    with one_snapshot():
        came_in, went_out, balances = sums()
        found = breaches(sentences)
    if came_in - went_out != balances:
        found.append(f"{came_in} came in, {went_out} went out, and {balances} are there")
    return found


def opened(client: Client, opening: int = OPENING) -> tuple[Account, Account]:
    """The two accounts of a client, each with its first lot of `opening` minutes."""
    one = Account(client, client.account)
    two = Account(client, open_account(organisation=client.organisation, name="Site"), other=one)
    one.other = two
    for account in (one, two):
        voucher = Voucher(cause=f"opening:{account.row.pk}", at=NOON)
        account.lots.append(ledger.grant(account=account.row, minutes=opening, terms=bought(), voucher=voucher))
        account.told = opening
    return one, two
