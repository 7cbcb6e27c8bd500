"""REL13, the drill: a large installation is brought back by a copy, and by a base backup and WAL to a point in time.

Servers of its own are started, copied, stopped and recovered. PROOF_ENTRIES says how many entries of the ledger there are.
"""

import os
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from time import perf_counter, sleep

import environ
import psycopg
import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from benchmarks import preload, queues
from clients.models import Organisation, StaffDuty
from core import databases
from core.backup import checksums, making, restoring
from credits.audit import audit
from credits.models import CreditAccount
from invoicing import documents
from invoicing.checking import check
from invoicing.models import Invoice, InvoiceDocument, InvoicingTerms
from notices import delivery, holding, outbox
from notices.models import Notice, NoticeState
from tests.backup.places import at_folder, finish, standing_in
from tests.cast import Client, a_colleague
from tests.invoicing.scene import an_invoice, invoicing_terms
from tests.proofs.clusters import clusters
from tests.proofs.sizes import SIZE, SMALL, say

ENTRIES = int(os.environ.get("PROOF_ENTRIES", "1000000"))
CASES, PAPERS = ENTRIES // 10, min(100, max(2, ENTRIES // 10_000))
TICK = 0.1

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(SIZE is SMALL or connection.vendor == "sqlite", reason="minutes long: `make soak` runs it, on PostgreSQL"),
]


def test_rel13_a_large_installation_comes_back_by_a_copy_and_to_a_point_in_time(tmp_path, monkeypatch):
    monkeypatch.setattr(queues, "MANY", CASES)
    with clusters(2) as (live, back):
        live.initialise()
        live.start_archiving()
        with database(live, "live"), standing_in("live"):
            finance = fill()
            by_copy(live, tmp_path)
            aimed, last_tick, sums, papers, numbers, before = to_a_point_in_time(live, back, finance)
        with database(back, "back", fresh=False), standing_in("back"):
            landed = last_tick_in(back)
            changed = [
                told.partition(":")[0]
                for told in checksums.differences(sums, checksums.of_tables(checksums.models_of("default"), "default"))
            ]
            told, found = proofs(), papers_of()
            call_command("hold_outgoing", verbosity=0)
            sent, follows = delivery.deliver_due(at=timezone.now() + timedelta(hours=1)), next_number(finance)

    off = (aimed - landed).total_seconds()
    say("REL13 point in time", entries=ENTRIES, cases=CASES, papers=len(found), off=f"{off:.3f} s", tables=len(sums), changed=len(changed))
    assert 0 <= off <= 1
    assert landed == last_tick
    assert told == before
    assert (changed, sent) == ([], 0)
    assert found == papers
    assert follows == numbers + 1


def database(cluster, alias, *, fresh=True):
    if fresh:
        with psycopg.connect(cluster.url("postgres"), autocommit=True) as server:
            server.execute(f"CREATE DATABASE {alias}")
    return databases.opened(alias, environ.Env.db_url_config(cluster.url("live" if not fresh else alias)))


def fill():
    """The ledger, cases, invoices with their documents, and a word to somebody that waits; returns who issues."""
    call_command("migrate", run_syncdb=True, verbosity=0, interactive=False)
    preload.fill(preload.Size(accounts=max(10, ENTRIES // 500), entries=ENTRIES, long=1))
    queues.fill()
    if not InvoicingTerms.objects.exists():
        invoicing_terms()
    finance = a_colleague("Fia", StaffDuty.FINANCE)
    for _number in range(PAPERS):
        an_invoice(a_client(), finance, at=timezone.now())
    while documents.make_due(at=timezone.now()):
        pass
    now = timezone.now()
    outbox.write(cause="drill:1", person=a_client().approver, subject="A word", body="It waits.", at=now)
    return finance


def a_client():
    organisation = Organisation.objects.earliest("pk")
    account = CreditAccount.objects.filter(organisation=organisation).earliest("pk")
    approver = organisation.memberships.first().person
    return Client(organisation=organisation, approver=approver, requester=approver, account=account)


def by_copy(live, folder):
    """`manage.py backup` and `restore`, into an empty database of the same server."""
    begun, here = perf_counter(), at_folder("default", folder)
    before = proofs()
    made = making.make(folder / "copy", here, secret=None, at=timezone.now())
    copied = perf_counter()
    with database(live, "restored"):
        connection.close()
        restoring.restore(folder / "copy", at_folder("restored", folder), secret=None, replace=False, finish=finish)
        ended = perf_counter()
        with standing_in("restored"):
            told = proofs()
            sent = delivery.deliver_due(at=timezone.now() + timedelta(hours=1))
            left = holding.release(at=timezone.now())["notices"]
            waiting = Notice.objects.filter(state=NoticeState.WAITING, cause="drill:1").count()
    rows = sum(total["rows"] for total in made["tables"].values())
    size = (folder / "copy").stat().st_size
    say(
        "REL13 copy",
        rows=rows,
        tables=len(made["tables"]),
        bytes=size,
        copied=f"{copied - begun:.0f} s",
        restored=f"{ended - copied:.0f} s",
    )
    assert told == before
    assert (sent, waiting) == (0, 0)
    assert left >= 1


def proofs():
    """What the ledger's audit and the check of invoices say. The history was made by SQL, of which the books know nothing."""
    assert audit().findings == []
    return [str(fault) for fault in check(at=timezone.now()).faults]


def to_a_point_in_time(live, back, finance):
    """Copy the server while it runs, let it go on, and recover the copy as it was at a moment between two invoices."""
    live.copy_to(back)
    an_invoice(a_client(), finance, at=timezone.now())  # only the WAL has it
    sums = checksums.of_tables(checksums.models_of("default"), "default")
    papers, numbers, before = papers_of(), issued(), proofs()
    with psycopg.connect(live.url("live"), autocommit=True) as clock:
        clock.execute("CREATE TABLE drill_tick (at timestamptz)")
        ticks = [tick(clock) for _number in range(10)]
        aimed = datetime.now(UTC)
        sleep(TICK)
        tick(clock)
    an_invoice(a_client(), finance, at=timezone.now())  # too late: it must not come back
    live.archive_all()
    connection.close()
    live.stop()
    back.recover(aimed)
    return aimed, ticks[-1], sums, papers, numbers, before


def tick(clock):
    sleep(TICK)
    return clock.execute("INSERT INTO drill_tick VALUES (clock_timestamp()) RETURNING at").fetchone()[0]


def last_tick_in(cluster):
    with psycopg.connect(cluster.url("live")) as clock:
        [(last,)] = clock.execute("SELECT max(at) FROM drill_tick").fetchall()
    return last


def papers_of():
    kept = InvoiceDocument.objects.values_list("pk", "content", "digest")
    return {pk: sha256(content).hexdigest() for pk, content, digest in kept if sha256(content).hexdigest() == digest}


def issued():
    return Invoice.objects.issued().order_by("sequence").last().sequence


def next_number(finance):
    return an_invoice(a_client(), finance, at=timezone.now()).sequence
