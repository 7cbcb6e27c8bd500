"""REL8. Whoever is killed before or after a commit, or before or after a mail is sent, loses nothing and doubles nothing.

A child of this process does what is due and kills itself at a named point (kill -9). What it left is found by whoever comes next.
A mail may arrive twice when death came between the server's word and our commit: with the same Message-ID.
"""

from datetime import timedelta
from functools import partial
from itertools import count

import pytest

from credits.audit import audit
from credits.ledger import Entry, EntryKind
from dashboard.due import JOBS, run_due
from invoicing import documents
from invoicing.checking import check
from invoicing.models import Invoice, InvoiceDocument
from notices.delivery import message_id
from notices.models import Notice, NoticeState
from sessions.audit import audit as audit_sessions
from tests.cast import NOON, a_client
from tests.credits.posting import figures
from tests.invoicing.scene import an_invoice, invoicing_terms
from tests.proofs.busy import DUE, a_busy_client
from tests.proofs.crash_mails import mails_in
from tests.proofs.dying import POINTS, killed_at
from tests.proofs.sizes import SIZE, chance, say

STUCK_AT_MOST = timedelta(minutes=2)


@pytest.fixture
def folder(settings, tmp_path):
    settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH = "django.core.mail.backends.filebased.EmailBackend", str(tmp_path)
    return tmp_path


@pytest.mark.django_db(transaction=True)
def test_rel8_killed_at_every_named_point_nothing_is_lost_or_doubled(cast, folder, monkeypatch):
    invoicing_terms()
    drawn = documents.draw(an_invoice(a_client(cast, "Sample"), cast.fia))
    monkeypatch.setattr(documents, "draw", lambda _invoice: drawn)  # drawing takes a second, and changes nothing
    kills, clients, ends = 0, count(1), count(1)
    for point in POINTS:
        for repeat in range(SIZE.kills if "commit" in point else 1):
            client, at = a_busy_client(cast, next(clients)), NOON + timedelta(hours=next(ends))
            passing = chance("REL8", point, repeat).randrange(12) if "commit" in point else 0
            kills += killed_at(point, partial(due, at), passing=passing)
            due(at + STUCK_AT_MOST)

            assert done_once(client), point
    sent = mails_in(folder)
    doubled = {name: times for name, times in sent.items() if times > 1}
    say("REL8 named points", points=len(POINTS), kills=kills, mails=len(sent), doubled=len(doubled))

    assert kills >= len(POINTS)
    assert sent.keys() == {message_id(notice) for notice in Notice.objects.all()}
    assert set(doubled.values()) <= {2}
    assert len(doubled) <= 4 * SIZE.kills
    assert not Notice.objects.exclude(state=NoticeState.SENT).exists()
    assert (audit().findings, audit_sessions().findings, check(at=NOON).faults) == ([], [], [])


def due(at):
    done, failed = run_due(at=at, jobs={name: JOBS[name] for name in DUE})
    assert failed == []
    return done


def done_once(client) -> bool:
    """Credit expired once; the invoice was issued once, with its documents kept once."""
    expiries = [entry.minutes for entry in Entry.objects.filter(account=client.account, kind=EntryKind.EXPIRY)]
    (invoice,) = Invoice.objects.filter(organisation=client.organisation)
    kept = InvoiceDocument.objects.filter(invoice=invoice, kind="pdf").count()
    assert (expiries, figures(client.account), kept) == ([-480], (0, 0, 0, 0), 1)
    return bool(invoice.number)
