"""What is checked of all invoices at once, by SQL that SQLite and PostgreSQL both read (rules I1 to I4, C4, C13).

Each check selects what breaks one sentence: (subject, found, expected). Sound invoices select nothing.
"""
# ruff: noqa: S608 - all names in these statements are those of models and their fields

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import OneToOneField

from invoicing.faults import Fault
from invoicing.models import InvoiceLine

MOST_OF_ONE = 20
_CENT = "0.004"
"""Sums are of cents: SQLite adds them as binary fractions."""
_NAME = "CASE WHEN i.kind = 'invoice' THEN 'invoice ' ELSE 'credit note ' END || COALESCE(i.number, '#' || CAST(i.id AS TEXT))"
_PAID = "(SELECT COALESCE(SUM(p.amount), 0) FROM invoicing_payment p WHERE p.invoice_id = i.id)"
_GIVEN_UP = "(SELECT COALESCE(SUM(p.amount), 0) FROM invoicing_payment p WHERE p.invoice_id = i.id AND p.way = 'bad_debt')"
_TAKEN = (
    "(SELECT COALESCE(SUM(c.net), 0) FROM invoicing_invoiceline c JOIN invoicing_invoiceline o ON o.id = c.credits_id "
    "JOIN invoicing_invoice n ON n.id = c.invoice_id WHERE o.invoice_id = i.id AND n.state = 'issued')"
)
_TAKEN_OF_LINE = (
    "(SELECT COALESCE(SUM(c.net), 0) FROM invoicing_invoiceline c JOIN invoicing_invoice n ON n.id = c.invoice_id "
    "WHERE c.credits_id = l.id AND n.state = 'issued')"
)
_NOTES = "(SELECT COALESCE(SUM(n.total), 0) FROM invoicing_invoice n WHERE n.preceding_id = i.id AND n.state = 'issued')"
_NETS = "(SELECT COALESCE(SUM(l.net), 0) FROM invoicing_invoiceline l WHERE l.invoice_id = i.id)"
_CREDITED = f"(CASE WHEN {_NETS} - {_TAKEN} < {_CENT} OR {_NOTES} > i.payable THEN i.payable ELSE {_NOTES} END)"
_MADE = (
    "(EXISTS (SELECT 1 FROM invoicing_invoicedocument d WHERE d.invoice_id = i.id) "
    "OR EXISTS (SELECT 1 FROM invoicing_transmission s WHERE s.invoice_id = i.id) "
    "OR EXISTS (SELECT 1 FROM invoicing_invoiceevent v WHERE v.invoice_id = i.id "
    "AND v.kind IN ('no_xml', 'sent', 'by_mail', 'undelivered')))"
)
"""Its documents were made: they are kept together with the first transmission, and nothing is sent before."""
_MONEY = "SUM(CASE WHEN what = 'money' THEN amount ELSE 0 END)"
_LIVE = "SUM(CASE WHEN what = 'live' THEN amount ELSE 0 END)"
_CAME_BY_INVOICE = (
    "e.recorded_at NOT IN (t.ordered_at, COALESCE(t.approved_at, t.ordered_at), COALESCE(t.closed_at, t.ordered_at)) AND NOT EXISTS "
    "(SELECT 1 FROM credits_entry b WHERE b.account_id = e.account_id AND b.number < e.number AND b.recorded_at = e.recorded_at)"
)
"""Granted neither with the order, nor with its second yes, nor with its payment. The ledger never goes back in time: an entry at the
very instant of the one before may have happened earlier, and tells nothing."""
ORGANISATION_OF = {
    "top_up_id": (
        "SELECT a.organisation_id FROM credits_topup s JOIN credits_creditaccount a ON a.id = s.account_id WHERE s.id = l.top_up_id"
    ),
    "billable_id": (
        "SELECT t.organisation_id FROM delivery_billable s JOIN delivery_deliverytask t ON t.id = s.task_id WHERE s.id = l.billable_id"
    ),
    "refund_id": (
        "SELECT a.organisation_id FROM credits_refund s JOIN credits_entry e ON e.id = s.entry_id "
        "JOIN credits_creditaccount a ON a.id = e.account_id WHERE s.id = l.refund_id"
    ),
    "credits_id": (
        "SELECT n.organisation_id FROM invoicing_invoiceline s JOIN invoicing_invoice n ON n.id = s.invoice_id WHERE s.id = l.credits_id"
    ),
}
"""Whose each kind of source is, where this module knows it."""


@dataclass(frozen=True)
class Check:
    """One sentence that must be true, and the query for what breaks it: columns (subject, found, expected)."""

    sentence: str
    query: str


def faults() -> Iterator[Fault]:
    """Whatever breaks a sentence, the sentences in their order."""
    for check in checks():
        with connection.cursor() as cursor:
            cursor.execute(f"{check.query} LIMIT {MOST_OF_ONE}")
            for subject, found, expected in cursor.fetchall():
                yield Fault(check.sentence, str(subject), str(found), str(expected))


def checks() -> Sequence[Check]:
    """All of them; those of sources by what lines can come from."""
    return [*NUMBERS, *_sources(), *_owners(), *DOCUMENTS, *MONEY, *CREDIT]


def source_columns() -> list[str]:
    """What a line can come from, one-to-one; a refund stands beside the line that it credits."""
    fields = [field for field in InvoiceLine._meta.fields if isinstance(field, OneToOneField)]
    return [field.column for field in fields if field.column != "refund_id"]


def _sources() -> list[Check]:
    columns = source_columns()
    count = " + ".join(f"(CASE WHEN l.{column} IS NULL THEN 0 ELSE 1 END)" for column in columns)
    line = f"{_NAME} || ', line ' || CAST(l.position AS TEXT)"
    joined = "FROM invoicing_invoiceline l JOIN invoicing_invoice i ON i.id = l.invoice_id"
    wrong = f"i.kind = 'invoice' AND ({count} <> 1 OR l.credits_id IS NOT NULL) "
    wrong += f"OR i.kind <> 'invoice' AND ({count} <> 0 OR l.credits_id IS NULL)"
    one = f"SELECT {line}, {count} + (CASE WHEN l.credits_id IS NULL THEN 0 ELSE 1 END), 1 {joined} WHERE {wrong} ORDER BY l.id"
    return [Check("a line has exactly one source", one), *(_once(column) for column in [*columns, "refund_id"])]


def _once(column: str) -> Check:
    what = column.removesuffix("_id").replace("_", "-")
    return Check(
        f"a {what} stands on one line at most",
        f"SELECT '{what} ' || CAST({column} AS TEXT), COUNT(*), 1 FROM invoicing_invoiceline WHERE {column} IS NOT NULL "
        f"GROUP BY {column} HAVING COUNT(*) > 1 ORDER BY {column}",
    )


def _owners() -> list[Check]:
    """A line that stands on another client's invoice is found by whose its source is; a source that is gone is nobody's."""
    return [
        Check(
            f"what a line comes from ({column.removesuffix('_id').replace('_', '-')}) is of the client of its invoice",
            f"SELECT {_NAME} || ', line ' || CAST(l.position AS TEXT), i.organisation_id, ({owner}) "
            "FROM invoicing_invoiceline l JOIN invoicing_invoice i ON i.id = l.invoice_id "
            f"WHERE l.{column} IS NOT NULL AND i.organisation_id <> COALESCE(({owner}), 0) ORDER BY l.id",
        )
        for column, owner in ORGANISATION_OF.items()
    ]


NUMBERS = (
    Check(
        "numbers run from 1 without gaps in their series and year",
        f"""SELECT name, sequence, previous + 1 FROM (
            SELECT {_NAME} AS name, i.kind, i.year, i.sequence,
                COALESCE(LAG(i.sequence) OVER (PARTITION BY i.kind, i.year ORDER BY i.sequence, i.id), 0) AS previous
            FROM invoicing_invoice i WHERE i.state = 'issued') AS numbered
            WHERE sequence <> previous + 1 ORDER BY kind, year, sequence""",
    ),
    Check(
        "a series knows the last number that it gave",
        """SELECT s.kind || ' ' || CAST(s.year AS TEXT), s.last, COALESCE(MAX(i.sequence), 0) FROM invoicing_numberseries s
            LEFT JOIN invoicing_invoice i ON i.kind = s.kind AND i.year = s.year AND i.state = 'issued'
            GROUP BY s.id, s.kind, s.year, s.last HAVING s.last <> COALESCE(MAX(i.sequence), 0)
            UNION ALL
            SELECT i.kind || ' ' || CAST(i.year AS TEXT), 0, MAX(i.sequence) FROM invoicing_invoice i WHERE i.state = 'issued'
            AND NOT EXISTS (SELECT 1 FROM invoicing_numberseries s WHERE s.kind = i.kind AND s.year = i.year) GROUP BY i.kind, i.year""",
    ),
    Check(
        "a number stands on one document",
        "SELECT 'number ' || number, COUNT(*), 1 FROM invoicing_invoice WHERE number IS NOT NULL GROUP BY number HAVING COUNT(*) > 1",
    ),
    Check(
        "a credit note corrects an issued invoice of the same client, currency and VAT",
        f"""SELECT {_NAME}, i.organisation_id, n.organisation_id FROM invoicing_invoice i
            LEFT JOIN invoicing_invoice n ON n.id = i.preceding_id WHERE i.kind <> 'invoice' AND i.state = 'issued'
            AND (n.id IS NULL OR n.kind <> 'invoice' OR n.state <> 'issued' OR n.organisation_id <> i.organisation_id
                 OR n.currency <> i.currency OR n.vat_treatment <> i.vat_treatment) ORDER BY i.id""",
    ),
    Check(
        "a line of a credit note credits a line of its own invoice",
        f"""SELECT {_NAME} || ', line ' || CAST(l.position AS TEXT), o.invoice_id, i.preceding_id FROM invoicing_invoiceline l
            JOIN invoicing_invoice i ON i.id = l.invoice_id JOIN invoicing_invoiceline o ON o.id = l.credits_id
            WHERE o.invoice_id <> i.preceding_id OR o.vat_percent <> l.vat_percent ORDER BY l.id""",
    ),
)

DOCUMENTS = (
    Check(
        "a document belongs to an issued invoice",
        """SELECT d.kind || ' ' || CAST(d.id AS TEXT), COALESCE(i.state, 'nothing'), 'issued' FROM invoicing_invoicedocument d
            LEFT JOIN invoicing_invoice i ON i.id = d.invoice_id WHERE i.id IS NULL OR i.state <> 'issued' ORDER BY d.id""",
    ),
    Check(
        "an invoice whose documents were made has its PDF",
        f"""SELECT {_NAME}, 'nothing', 'a PDF' FROM invoicing_invoice i WHERE i.state = 'issued' AND {_MADE}
            AND NOT EXISTS (SELECT 1 FROM invoicing_invoicedocument f WHERE f.invoice_id = i.id AND f.kind = 'pdf') ORDER BY i.id""",
    ),
    Check(
        "an invoice whose documents were made has its e-invoice, or says why there is none",
        f"""SELECT {_NAME}, 'nothing', 'an e-invoice' FROM invoicing_invoice i WHERE i.state = 'issued' AND {_MADE}
            AND NOT EXISTS (SELECT 1 FROM invoicing_invoicedocument f WHERE f.invoice_id = i.id AND f.kind = 'xml')
            AND NOT EXISTS (SELECT 1 FROM invoicing_invoiceevent n WHERE n.invoice_id = i.id AND n.kind = 'no_xml') ORDER BY i.id""",
    ),
)

MONEY = (
    Check(
        "what is paid of an invoice is the sum of its payments",
        f"SELECT {_NAME}, i.paid, {_PAID} FROM invoicing_invoice i WHERE ABS(i.paid - {_PAID}) > {_CENT} ORDER BY i.id",
    ),
    Check(
        "what is written off of an invoice is what was given up of it",
        f"""SELECT {_NAME}, i.written_off, {_GIVEN_UP} FROM invoicing_invoice i
            WHERE ABS(i.written_off - {_GIVEN_UP}) > {_CENT} ORDER BY i.id""",
    ),
    Check(
        "what is credited of an invoice is what its credit notes take",
        f"""SELECT {_NAME}, i.credited, {_CREDITED} FROM invoicing_invoice i
            WHERE i.kind = 'invoice' AND i.state = 'issued' AND ABS(i.credited - {_CREDITED}) > {_CENT} ORDER BY i.id""",
    ),
    Check(
        "of a line no more is credited than it has",
        f"""SELECT {_NAME} || ', line ' || CAST(l.position AS TEXT), SUM(c.net), l.net FROM invoicing_invoiceline l
            JOIN invoicing_invoice i ON i.id = l.invoice_id JOIN invoicing_invoiceline c ON c.credits_id = l.id
            GROUP BY l.id, l.position, l.net, i.id, i.kind, i.number HAVING SUM(c.net) > l.net + {_CENT} ORDER BY l.id""",
    ),
    Check(
        "a payment is of the client and in the currency of its issued invoice",
        f"""SELECT 'payment ' || CAST(p.id AS TEXT) || ' of ' || COALESCE({_NAME}, 'no invoice'), p.organisation_id, i.organisation_id
            FROM invoicing_payment p LEFT JOIN invoicing_invoice i ON i.id = p.invoice_id WHERE p.invoice_id IS NOT NULL
            AND (i.id IS NULL OR i.state <> 'issued' OR i.kind <> 'invoice'
                 OR i.organisation_id <> p.organisation_id OR i.currency <> p.currency) ORDER BY p.id""",
    ),
    Check(
        "a payment that was taken back is taken back whole",
        f"""SELECT 'payment ' || CAST(b.id AS TEXT), b.amount, -p.amount FROM invoicing_payment b
            JOIN invoicing_payment p ON p.id = b.reverses_id WHERE ABS(b.amount + p.amount) > {_CENT} ORDER BY b.id""",
    ),
    Check(
        "no more goes to invoices and clients than a bank transaction brought",
        f"""SELECT 'transaction ' || CAST(t.id AS TEXT), SUM(p.amount), t.amount FROM invoicing_banktransaction t
            JOIN invoicing_payment p ON p.transaction_id = t.id
            GROUP BY t.id, t.amount HAVING SUM(p.amount) > t.amount + {_CENT} ORDER BY t.id""",
    ),
    Check(
        "a client’s money covers what payouts have set aside",
        f"""SELECT 'client ' || CAST(organisation_id AS TEXT) || ', ' || currency, {_MONEY}, {_LIVE} FROM (
            SELECT organisation_id, currency, amount, 'money' AS what FROM invoicing_payment WHERE invoice_id IS NULL
            UNION ALL SELECT organisation_id, currency, amount, 'live' FROM invoicing_payout WHERE state IN ('proposed', 'approved')
            ) AS flow GROUP BY organisation_id, currency HAVING {_MONEY} < {_LIVE} - {_CENT} ORDER BY organisation_id""",
    ),
    Check(
        "a payout that was paid is the money that left",
        f"""SELECT 'payout ' || CAST(o.id AS TEXT), COALESCE(p.amount, 0), -o.amount FROM invoicing_payout o
            LEFT JOIN invoicing_payment p ON p.id = o.payment_id WHERE o.state = 'paid'
            AND (p.id IS NULL OR p.way <> 'payout' OR p.organisation_id <> o.organisation_id OR ABS(p.amount + o.amount) > {_CENT})
            UNION ALL
            SELECT 'payment ' || CAST(p.id AS TEXT), p.amount, 0 FROM invoicing_payment p WHERE p.way = 'payout'
            AND NOT EXISTS (SELECT 1 FROM invoicing_payout o WHERE o.payment_id = p.id)""",
    ),
    Check(
        "a refund that grew the client’s money is what was refunded, and has no credit note",
        f"""SELECT 'payment ' || CAST(p.id AS TEXT), p.amount, r.total FROM invoicing_payment p JOIN credits_refund r ON r.id = p.refund_id
            WHERE ABS(p.amount - r.total) > {_CENT} OR EXISTS (SELECT 1 FROM invoicing_invoiceline l WHERE l.refund_id = r.id)
            ORDER BY p.id""",
    ),
)

CREDIT = (
    Check(
        "an invoice that is paid has made its top-ups credit",
        f"""SELECT {_NAME}, t.state, 'paid' FROM invoicing_invoice i JOIN invoicing_invoiceline l ON l.invoice_id = i.id
            JOIN credits_topup t ON t.id = l.top_up_id WHERE i.state = 'issued' AND i.payable - i.credited - i.paid < {_CENT}
            AND i.credited < i.payable - {_CENT} AND i.written_off < {_CENT} AND (t.state <> 'paid' OR t.lot_id IS NULL)
            AND l.net - {_TAKEN_OF_LINE} > {_CENT} ORDER BY i.id""",
    ),
    Check(
        "credit before its payment was granted on issue",
        """SELECT 'top-up ' || CAST(t.id AS TEXT), t.credit_on, 'issue' FROM credits_topup t
            WHERE t.lot_id IS NOT NULL AND t.state <> 'paid' AND t.credit_on <> 'issue' ORDER BY t.id""",
    ),
    Check(
        "a top-up became credit once, of what was ordered",
        """SELECT 'top-up ' || CAST(t.id AS TEXT), l.granted_minutes, t.minutes + t.bonus_minutes FROM credits_topup t
            JOIN credits_lot l ON l.id = t.lot_id WHERE l.source <> 'top_up' OR l.origin_id IS NOT NULL OR l.account_id <> t.account_id
            OR l.granted_minutes <> t.minutes + t.bonus_minutes OR 1 < (SELECT COUNT(*) FROM credits_topup o WHERE o.lot_id = t.lot_id)
            ORDER BY t.id""",
    ),
    Check(
        "credit that was ordered has its order",
        """SELECT 'lot ' || CAST(l.id AS TEXT) || ' of account ' || CAST(l.account_id AS TEXT), 'nothing', e.cause FROM credits_lot l
            JOIN credits_entry e ON e.lot_id = l.id AND e.kind = 'grant' WHERE l.source = 'top_up' AND l.origin_id IS NULL
            AND e.cause LIKE 'top-up:%' AND NOT EXISTS (SELECT 1 FROM credits_topup t WHERE t.lot_id = l.id)
            UNION ALL
            SELECT 'lot ' || CAST(l.id AS TEXT) || ' of account ' || CAST(l.account_id AS TEXT), 'nothing', 'the lot that it was moved from'
            FROM credits_lot l WHERE l.origin_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM credits_lot o WHERE o.id = l.origin_id)""",
    ),
    Check(
        "credit that came by an invoice stands on an issued one",
        f"""SELECT 'lot ' || CAST(t.lot_id AS TEXT) || ' of top-up ' || CAST(t.id AS TEXT), 'nothing', 'an issued invoice'
            FROM credits_topup t JOIN credits_entry e ON e.lot_id = t.lot_id AND e.kind = 'grant'
            WHERE t.credit_on = 'issue' AND {_CAME_BY_INVOICE}
            AND NOT EXISTS (SELECT 1 FROM invoicing_invoiceline l JOIN invoicing_invoice i ON i.id = l.invoice_id
                WHERE l.top_up_id = t.id AND i.kind = 'invoice' AND i.state = 'issued') ORDER BY t.id""",
    ),
    Check(
        "a top-up on an invoice costs there what was ordered",
        f"""SELECT {_NAME}, l.net, t.net FROM invoicing_invoiceline l JOIN invoicing_invoice i ON i.id = l.invoice_id
            JOIN credits_topup t ON t.id = l.top_up_id
            WHERE ABS(l.net - t.net) > {_CENT} OR l.vat_percent <> t.vat_percent OR t.net_currency <> i.currency ORDER BY l.id""",
    ),
)
