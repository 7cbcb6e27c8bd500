"""The proof that delivery holds, over the whole database with set-based SQL (rules D1 to D6).

    accepted = sum of the accepted estimates, used = what is logged and counts
    what is to be invoiced never exceeds what was earned, nor what was accepted

Like the audits of the ledger and of sessions it shares no code with the verbs, and names what breaks a sentence. Digests
are computed anew, a few documents at a time. It reads the tables of credit, as an auditor does.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from django.db import connection

from credits.audit import MOST_NAMED, Finding, Report, missing_guards
from delivery.models import Billable, DeliveryTask, DeliveryTime, Estimate, EstimateDocument, SpokenAnswer

AT_ONCE = 20


def _cents(amount: str) -> str:
    """A sum, or a percentage, as a whole number of hundredths."""
    return f"CAST(ROUND({amount} * 100) AS BIGINT)"


_BEGUN = "('ready', 'working', 'done', 'accepted')"
_CLOSE = "0.005"
"""Sums are whole cents; SQLite keeps them as floating numbers."""
_ELAPSED = {
    "sqlite": "CAST(ROUND((JULIANDAY(w.ended_at) - JULIANDAY(w.started_at)) * 1440) AS INTEGER)",
    "postgresql": "CAST(EXTRACT(EPOCH FROM w.ended_at - w.started_at) / 60 AS INTEGER)",
}
_ACCEPTED = "SELECT task_id, SUM(net) AS net FROM delivery_estimate WHERE state = 'accepted' GROUP BY task_id"
_FIXED_SUMS = """SELECT e.task_id, SUM(l.net) AS net FROM delivery_estimateline l JOIN delivery_estimate e ON e.id = l.estimate_id
    WHERE e.state = 'accepted' AND e.basis <> 'fixed' AND l.kind = 'fixed' GROUP BY e.task_id"""
_BILLED = "SELECT task_id, SUM(net) AS net FROM delivery_billable GROUP BY task_id"
_BY_INVOICE = """SELECT e.task_id, SUM(e.net) AS net FROM delivery_estimate e JOIN delivery_acceptance a ON a.estimate_id = e.id
    WHERE e.state = 'accepted' AND a.pays_with = 'invoice' GROUP BY e.task_id"""
_BY_CREDIT = """SELECT e.task_id, COUNT(*) AS estimates FROM delivery_estimate e JOIN delivery_acceptance a ON a.estimate_id = e.id
    WHERE e.state = 'accepted' AND a.pays_with = 'credit' GROUP BY e.task_id"""
_LINES = "SELECT estimate_id, SUM(net) AS net FROM delivery_estimateline GROUP BY estimate_id"
_TAXES = f"""SELECT estimate_id, SUM(cents) AS cents FROM (
        SELECT estimate_id, (CAST(SUM({_cents("net")}) AS BIGINT) * {_cents("vat_percent")} + 5000) / 10000 AS cents
        FROM delivery_estimateline GROUP BY estimate_id, vat_percent
    ) AS by_rate GROUP BY estimate_id"""
"""VAT is rounded once for each rate, half a cent up: in whole numbers, so that no database rounds otherwise."""
_MILESTONES = "SELECT estimate_id, SUM(net) AS net FROM delivery_milestone GROUP BY estimate_id"


@dataclass(frozen=True)
class Check:
    """One sentence that must be true, and the query for what breaks it: columns (task, subject, number, found, expected)."""

    sentence: str
    query: str


_CHECKS: Sequence[Check] = (
    Check(
        "what was begun, and whatever came of it, has an accepted cost or is free",
        f"""SELECT t.id, 'task', t.id, COALESCE(a.net, 0), 'something' FROM delivery_deliverytask t
            LEFT JOIN ({_ACCEPTED}) a ON a.task_id = t.id
            WHERE t.state IN {_BEGUN} AND NOT t.is_free AND COALESCE(a.net, 0) = 0 ORDER BY t.id""",
    ),
    Check(
        "what is accepted of a task is the sum of its accepted estimates",
        f"""SELECT t.id, 'task', t.id, t.accepted_net, COALESCE(a.net, 0) FROM delivery_deliverytask t
            LEFT JOIN ({_ACCEPTED}) a ON a.task_id = t.id
            WHERE ABS(t.accepted_net - COALESCE(a.net, 0)) > {_CLOSE} ORDER BY t.id""",
    ),
    Check(
        "what is for time and expenses is what was accepted without fixed sums",
        f"""SELECT t.id, 'task', t.id, t.workable_net, t.accepted_net - COALESCE(f.net, 0) FROM delivery_deliverytask t
            LEFT JOIN ({_FIXED_SUMS}) f ON f.task_id = t.id
            WHERE ABS(t.workable_net - (t.accepted_net - COALESCE(f.net, 0))) > {_CLOSE} ORDER BY t.id""",
    ),
    Check(
        "an estimate's net is the sum of its lines",
        f"""SELECT e.task_id, 'estimate', e.id, e.net, COALESCE(l.net, 0) FROM delivery_estimate e
            LEFT JOIN ({_LINES}) l ON l.estimate_id = e.id WHERE ABS(e.net - COALESCE(l.net, 0)) > {_CLOSE} ORDER BY e.id""",
    ),
    Check(
        "an estimate's VAT is rounded once for each rate of its lines",
        f"""SELECT e.task_id, 'estimate', e.id, e.vat, COALESCE(v.cents, 0) / 100.0 FROM delivery_estimate e
            LEFT JOIN ({_TAXES}) v ON v.estimate_id = e.id WHERE {_cents("e.vat")} <> COALESCE(v.cents, 0) ORDER BY e.id""",
    ),
    Check(
        "milestones come to the sum of their estimate",
        f"""SELECT e.task_id, 'estimate', e.id, m.net, e.net FROM delivery_estimate e
            JOIN ({_MILESTONES}) m ON m.estimate_id = e.id WHERE ABS(e.net - m.net) > {_CLOSE} ORDER BY e.id""",
    ),
    Check(
        "an accepted estimate has its complete acceptance, and no other has one that is complete",
        """SELECT e.task_id, 'estimate', e.id, e.state, CASE WHEN a.completed_at IS NULL THEN 'no yes' ELSE 'a yes' END
            FROM delivery_estimate e LEFT JOIN delivery_acceptance a ON a.estimate_id = e.id
            WHERE (e.state = 'accepted') <> (a.completed_at IS NOT NULL) ORDER BY e.id""",
    ),
    Check(
        "an acceptance is of its estimate's sum",
        f"""SELECT e.task_id, 'estimate', e.id, a.total, e.total FROM delivery_acceptance a
            JOIN delivery_estimate e ON e.id = a.estimate_id
            WHERE ABS(a.net - e.net) > {_CLOSE} OR ABS(a.vat - e.vat) > {_CLOSE} OR ABS(a.total - e.total) > {_CLOSE}
                OR a.currency <> e.currency ORDER BY e.id""",
    ),
    Check(
        "an acceptance names the digest of a document of its own estimate",
        """SELECT e.task_id, 'estimate', e.id, a.digest, d.digest FROM delivery_acceptance a
            JOIN delivery_estimate e ON e.id = a.estimate_id JOIN delivery_estimatedocument d ON d.id = a.document_id
            WHERE a.digest <> d.digest OR d.estimate_id <> e.id ORDER BY e.id""",
    ),
    Check(
        "the author of an estimate never approves it",
        """SELECT e.task_id, 'estimate', e.id, a.person_id, 'somebody else' FROM delivery_estimateapproval a
            JOIN delivery_estimate e ON e.id = a.estimate_id
            WHERE a.person_id = e.prepared_by_id ORDER BY e.id""",
    ),
    Check(
        "all sums of a task are in one currency",
        """SELECT t.id, 'task', t.id, x.currency, t.currency FROM delivery_deliverytask t JOIN (
                SELECT task_id, currency FROM delivery_estimate UNION SELECT task_id, currency FROM delivery_billable
            ) x ON x.task_id = t.id WHERE x.currency <> t.currency ORDER BY t.id""",
    ),
    Check(
        "a task that is done waits for one answer, and no other does",
        """SELECT t.id, 'task', t.id, t.state, COALESCE(c.waits, 0) FROM delivery_deliverytask t LEFT JOIN (
                SELECT task_id, COUNT(*) AS waits FROM delivery_completion WHERE answered_at IS NULL GROUP BY task_id
            ) c ON c.task_id = t.id WHERE (t.state = 'done') <> (COALESCE(c.waits, 0) = 1) ORDER BY t.id""",
    ),
    Check(
        "a task is accepted as done by its last completion",
        """SELECT t.id, 'task', t.id, t.state, COALESCE(c.yes, 0) FROM delivery_deliverytask t LEFT JOIN (
                SELECT task_id, COUNT(*) AS yes FROM delivery_completion WHERE accepted GROUP BY task_id
            ) c ON c.task_id = t.id WHERE (t.state = 'accepted') <> (COALESCE(c.yes, 0) = 1) ORDER BY t.id""",
    ),
    Check(
        "no fault is left when a task is done",
        """SELECT t.id, 'fault', f.id, 'not mended', 'mended' FROM delivery_fault f JOIN delivery_deliverytask t ON t.id = f.task_id
            WHERE f.mended_at IS NULL AND t.state <> 'working' ORDER BY f.id""",
    ),
    Check(
        "what is to be invoiced is never more than was accepted and not paid with credit",
        f"""SELECT t.id, 'task', t.id, b.net, COALESCE(i.net, 0) FROM delivery_deliverytask t JOIN ({_BILLED}) b ON b.task_id = t.id
            LEFT JOIN ({_BY_INVOICE}) i ON i.task_id = t.id WHERE b.net > COALESCE(i.net, 0) + {_CLOSE} ORDER BY t.id""",
    ),
    Check(
        "what is to be invoiced is never more than was earned: what was used, and the fixed sums",
        f"""SELECT t.id, 'task', t.id, b.net, t.accepted_net - t.workable_net + CASE WHEN e.basis = 'fixed'
                THEN t.workable_net ELSE t.used_net END
            FROM delivery_deliverytask t JOIN ({_BILLED}) b ON b.task_id = t.id JOIN delivery_estimate e ON e.id = (
                SELECT MIN(id) FROM delivery_estimate WHERE task_id = t.id AND state = 'accepted')
            WHERE b.net > t.accepted_net - t.workable_net + CASE WHEN e.basis = 'fixed' THEN t.workable_net ELSE t.used_net END + {_CLOSE}
            ORDER BY t.id""",
    ),
    Check(
        "of what is accepted as done all is to be invoiced that was used, and the fixed sums",
        f"""SELECT t.id, 'task', t.id, COALESCE(b.net, 0), t.accepted_net - t.workable_net + CASE WHEN e.basis = 'fixed'
                THEN t.workable_net ELSE t.used_net END
            FROM delivery_deliverytask t JOIN delivery_estimate e ON e.id = (
                SELECT MIN(id) FROM delivery_estimate WHERE task_id = t.id AND state = 'accepted')
            LEFT JOIN ({_BILLED}) b ON b.task_id = t.id LEFT JOIN ({_BY_CREDIT}) c ON c.task_id = t.id
            WHERE t.state = 'accepted' AND c.estimates IS NULL AND ABS(COALESCE(b.net, 0) - (t.accepted_net - t.workable_net
                + CASE WHEN e.basis = 'fixed' THEN t.workable_net ELSE t.used_net END)) > {_CLOSE} ORDER BY t.id""",
    ),
    Check(
        "a milestone brings no more than its sum, and only once it is reached",
        f"""SELECT b.task_id, 'milestone', m.id, SUM(b.net), m.net FROM delivery_billable b
            JOIN delivery_milestone m ON m.id = b.milestone_id GROUP BY b.task_id, m.id, m.net, m.reached_at
            HAVING SUM(b.net) > m.net + {_CLOSE} OR m.reached_at IS NULL ORDER BY m.id""",
    ),
    Check(
        "credit that is to pay for a task is held until it is used",
        """SELECT e.task_id, 'estimate', e.id, COALESCE(h.state, 'nothing'),
                CASE WHEN t.closed_at IS NULL THEN 'held' ELSE 'used or freed' END
            FROM delivery_acceptance a JOIN delivery_estimate e ON e.id = a.estimate_id JOIN delivery_deliverytask t ON t.id = e.task_id
            LEFT JOIN credits_hold h ON h.cause = a.hold_cause
            WHERE a.pays_with = 'credit' AND e.state = 'accepted' AND (h.id IS NULL OR h.account_id <> a.account_id
                OR t.state IN ('ready', 'working', 'done') AND (h.state NOT IN ('placed', 'waiting') OR h.minutes <> a.minutes)
                OR t.state IN ('declined', 'withdrawn') AND h.state IN ('placed', 'waiting')
                OR t.state = 'accepted' AND (h.state NOT IN ('captured', 'voided') OR h.captured_minutes > a.minutes)) ORDER BY e.id""",
    ),
    Check(
        "what mends a fault is free, and of the same task",
        """SELECT w.task_id, 'fault', f.id, 'charged or elsewhere', 'free' FROM delivery_deliverytime w
            JOIN delivery_fault f ON f.id = w.fault_id WHERE w.billable OR f.task_id <> w.task_id ORDER BY f.id""",
    ),
)


def audit() -> Report:
    """Check every sentence over the whole database. Reads only; run it in one snapshot while others write."""
    counted = {"delivery tasks": DeliveryTask, "estimates": Estimate, "to be invoiced": Billable}
    figures = {name: model._default_manager.count() for name, model in counted.items()}
    findings = [*(finding for check in checks() for finding in _run(check)), *_wrong_digests(), *missing_guards("delivery_")]
    return Report(figures=figures, findings=findings)


def checks() -> Sequence[Check]:
    """Every sentence, for the database that is connected."""
    minutes = f"""SELECT w.task_id, w.rate, SUM({_ELAPSED[connection.vendor]}) AS minutes FROM {DeliveryTime._meta.db_table} w
        WHERE w.live AND w.billable GROUP BY w.task_id, w.rate"""
    logged = f"""SELECT task_id, SUM(cents) AS cents FROM (
            SELECT task_id, (2 * minutes * {_cents("rate")} + 60) / 120 AS cents FROM ({minutes}) AS by_rate
            UNION ALL SELECT task_id, {_cents("net")} FROM delivery_deliverycost WHERE live
        ) AS logged GROUP BY task_id"""
    return (
        Check(
            "what is used of a task is what was logged and counts, each price rounded once",
            f"""SELECT t.id, 'task', t.id, t.used_net, COALESCE(l.cents, 0) / 100.0 FROM delivery_deliverytask t
                LEFT JOIN ({logged}) l ON l.task_id = t.id
                WHERE {_cents("t.used_net")} <> COALESCE(l.cents, 0) ORDER BY t.id""",
        ),
        *_CHECKS,
    )


def _run(check: Check) -> list[Finding]:
    with connection.cursor() as cursor:
        cursor.execute(f"{check.query} LIMIT {MOST_NAMED}")
        return [
            Finding(check.sentence, _name(task, subject, number), str(found), str(expected))
            for task, subject, number, found, expected in cursor.fetchall()
        ]


def _name(task: int, subject: str, number: int) -> str:
    return f"D{task}" if subject == "task" else f"D{task}, {subject} {number}"


def _wrong_digests() -> Iterator[Finding]:
    """Documents and evidence whose bytes are not those of their digest."""
    documents = EstimateDocument.objects.order_by("pk").values_list("estimate__task_id", "pk", "pdf", "digest")
    yield from _differing("the digest of a document is that of its bytes", "document", documents.iterator(chunk_size=AT_ONCE))
    kept = SpokenAnswer.objects.exclude(file=None).order_by("pk")
    evidence = kept.values_list("estimate__task_id", "pk", "file", "digest").iterator(chunk_size=AT_ONCE)
    yield from _differing("the digest of evidence is that of its bytes", "spoken answer", evidence)


def _differing(sentence: str, subject: str, rows: Iterable[tuple[int, int, bytes | memoryview | None, str]]) -> Iterator[Finding]:
    for task, number, content, digest in rows:
        computed = sha256(bytes(content or b"")).hexdigest()
        if computed != digest:
            yield Finding(sentence, _name(task, subject, number), digest, computed)
