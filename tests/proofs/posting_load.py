"""Clients who post to the ledger until they are told to stop, whatever becomes of the database; `test_rel7_database.py` runs it.

Everybody does one act after the other, each with its own cause, and does it again until it is acknowledged. The process makes
the tables, says READY, ends when its input ends, and says in JSON what it was told and what the database then holds.
"""

import json
import os
import sys
import threading
import time
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import DatabaseError, InterfaceError, connection, connections  # noqa: E402

from credits import ledger  # noqa: E402
from credits.audit import audit  # noqa: E402
from credits.ledger import Entry, NotEnoughCredit, Voucher  # noqa: E402
from credits.models import CreditAccount  # noqa: E402
from tests.cast import NOON, a_client, a_provider  # noqa: E402
from tests.credits.posting import RATE, bought, grant  # noqa: E402

PAUSE_SECONDS = 0.02


class NoMigrations:
    """Tables come from the models."""

    def __contains__(self, _app: str) -> bool:
        return True

    def __getitem__(self, _app: str) -> None:
        return None


class Post:
    """What all clients were told: (cause, minutes, seconds of the clock that all processes share)."""

    def __init__(self, accounts: list[CreditAccount]) -> None:
        self.accounts, self.over = accounts, threading.Event()
        self.told: list[tuple[str, int, float]] = []
        self.refused = self.lost = 0
        self.wrong: list[str] = []

    def serve(self, number: int) -> None:
        """One client, until it is over."""
        turn = 0
        while not self.over.is_set():
            turn += 1
            self._until_told(number, f"load:{number}:{turn}", self.accounts[(number + turn) % len(self.accounts)])
        connections.close_all()

    def _until_told(self, number: int, cause: str, account: CreditAccount) -> None:
        while True:
            try:
                minutes = self._act(number, cause, account)
            except NotEnoughCredit:
                self.refused += 1
                return
            except (DatabaseError, InterfaceError):
                self.lost += 1
                connection.close()
                time.sleep(PAUSE_SECONDS)
            except Exception as error:
                self.wrong.append(repr(error))
                return
            else:
                self.told.append((cause, minutes, time.monotonic()))
                return

    def _act(self, number: int, cause: str, account: CreditAccount) -> int:
        voucher = Voucher(cause=cause, at=NOON)
        if number % 2:
            return ledger.grant(account=account, minutes=10, terms=bought(), voucher=voucher).granted_minutes
        hold = ledger.place_hold(account=account, minutes=10, rate=RATE, cause=cause, at=NOON)
        return ledger.capture(hold=hold, minutes=10, voucher=voucher).minutes


def main(clients: int) -> dict[str, Any]:
    """Everything, and what came of it."""
    settings.MIGRATION_MODULES = NoMigrations()
    call_command("migrate", run_syncdb=True, verbosity=0)
    cast = a_provider()
    accounts = [a_client(cast, f"Org{number}").account for number in range(4)]
    for account in accounts:
        grant(account, 600)
    post = Post(accounts)
    people = [threading.Thread(target=post.serve, args=[number]) for number in range(clients)]
    for person in people:
        person.start()
    print("READY", flush=True)  # noqa: T201 the other process waits for it
    sys.stdin.read()
    post.over.set()
    for person in people:
        person.join()
    return {"told": post.told, "refused": post.refused, "lost": post.lost, "wrong": post.wrong} | held(post)


def held(post: Post) -> dict[str, Any]:
    """What the database holds of what people were told."""
    connections.close_all()  # this one may have died with a server
    causes = [cause for cause, _minutes, _when in post.told]
    kept = list(Entry.objects.filter(cause__startswith="load:").values_list("cause", flat=True))
    balance = sum(account.balance_minutes for account in CreditAccount.objects.all())
    told = 600 * len(post.accounts) + sum(minutes for _cause, minutes, _when in post.told)
    return {
        "missing": len(set(causes) - set(kept)),
        "doubled": len(kept) - len(set(kept)),
        "untold": len(set(kept) - set(causes)),
        "off": balance - told,
        "findings": [str(finding) for finding in audit().findings],
    }


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]))), flush=True)  # noqa: T201 the other process reads it
