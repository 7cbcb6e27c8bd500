"""Jobs that issue invoices, expire credit and send mail, whatever becomes of the database; `test_rel7_jobs.py` runs it.

The process makes the tables and clients for whom there is something to do, says READY, does what is due again and again until its
input ends, then until nothing is left, and says in JSON what the database holds. Mails go to the folder that it is given.
"""

import json
import os
import sys
import threading
import time
from datetime import datetime, timedelta
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import DatabaseError, InterfaceError, connections  # noqa: E402

from credits.audit import audit  # noqa: E402
from credits.ledger import Entry, EntryKind  # noqa: E402
from dashboard.due import JOBS, run_due  # noqa: E402
from invoicing import documents  # noqa: E402
from invoicing.checking import check  # noqa: E402
from invoicing.models import Invoice, InvoiceDocument  # noqa: E402
from notices.delivery import message_id  # noqa: E402
from notices.models import Notice, NoticeState  # noqa: E402
from tests.cast import NOON, a_client, a_provider  # noqa: E402
from tests.invoicing.scene import an_invoice, invoicing_terms  # noqa: E402
from tests.proofs.busy import DUE, a_busy_client  # noqa: E402
from tests.proofs.posting_load import NoMigrations  # noqa: E402

ROUND = timedelta(hours=7)
"""Longer than what failed rests."""
MOST_ROUNDS_AFTERWARDS = 60
PAUSE_SECONDS = 0.02


class Jobs:
    """They do what is due, round by round; `lost` counts the rounds in which something met no database."""

    def __init__(self) -> None:
        self.at, self.rounds, self.lost = NOON, 0, 0
        self.wrong: list[str] = []
        self.over = threading.Event()

    def serve(self) -> None:
        """Until it is over."""
        while not self.over.is_set():
            self.once()
        connections.close_all()

    def once(self) -> None:
        """One round of all jobs."""
        self.at += ROUND
        self.rounds += 1
        try:
            failed = run_due(at=self.at, jobs={name: JOBS[name] for name in DUE})[1]
        except (DatabaseError, InterfaceError) as error:
            failed = [repr(error)]
        except Exception as error:
            self.wrong.append(repr(error))
            return
        if failed:
            self.lost += 1
            connections.close_all()
            time.sleep(PAUSE_SECONDS)


def main(clients: int, folder: str) -> dict[str, Any]:
    """Everything, and what came of it."""
    settings.MIGRATION_MODULES = NoMigrations()
    settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH = "django.core.mail.backends.filebased.EmailBackend", folder
    call_command("migrate", run_syncdb=True, verbosity=0)
    cast = a_provider()
    invoicing_terms()
    drawn = documents.draw(an_invoice(a_client(cast, "Sample"), cast.fia))
    documents.draw = lambda invoice: drawn  # drawing takes a second, and changes nothing
    for number in range(clients):
        a_busy_client(cast, number)
    jobs = Jobs()
    worker = threading.Thread(target=jobs.serve)
    worker.start()
    print("READY", flush=True)  # noqa: T201 the other process waits for it
    sys.stdin.read()
    jobs.over.set()
    worker.join()
    connections.close_all()  # this one may have died with a server
    rounds = jobs.rounds
    while something_is_left(clients) and jobs.rounds < rounds + MOST_ROUNDS_AFTERWARDS:
        jobs.once()
    return {"rounds": rounds, "lost": jobs.lost, "wrong": jobs.wrong} | held(jobs.at)


def something_is_left(clients: int) -> bool:
    """Whether a mail waits, an invoice has no number or no document, or credit whose last day is over stands."""
    waits = Notice.objects.exclude(state=NoticeState.SENT).exists()
    return waits or InvoiceDocument.objects.filter(kind="pdf").count() < clients + 1 or _expiries() < clients


def _expiries() -> int:
    return Entry.objects.filter(kind=EntryKind.EXPIRY).count()


def held(at: datetime) -> dict[str, Any]:
    """What the database holds in the end."""
    numbers = list(Invoice.objects.exclude(number=None).values_list("number", flat=True))
    return {
        "numbers": len(numbers),
        "series": len(set(numbers)),
        "papers": InvoiceDocument.objects.filter(kind="pdf").count(),
        "expiries": _expiries(),
        "told": [message_id(notice) for notice in Notice.objects.all()],
        "waiting": Notice.objects.exclude(state=NoticeState.SENT).count(),
        "findings": [str(finding) for finding in audit().findings] + [str(fault) for fault in check(at=at).faults],
    }


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]), sys.argv[2])), flush=True)  # noqa: T201 the other process reads it
