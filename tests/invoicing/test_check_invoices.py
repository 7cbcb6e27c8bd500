"""Checking invoices raises no false alarm, and whatever is spoiled behind the product's back is found and named (rules I1 to I4)."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from time import monotonic

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from credits import ledger
from invoicing import checks_in_sql, checks_of_papers, crediting, documents
from invoicing.checking import MOST_NAMED, check
from invoicing.models import Invoice, InvoiceLine
from tests.cast import NOON
from tests.credits.posting import voucher
from tests.invoicing.going_back import a_paid_invoice, lot_of
from tests.invoicing.owing import MONTH_OVER, invoiced, owes
from tests.invoicing.scene import an_invoice, invoicing_terms, paid
from tests.invoicing.sound_invoices import notes, sound_invoices
from tests.proofs.books import at_rest
from tests.proofs.sizes import SIZE, say

pytestmark = pytest.mark.django_db

ISSUED = "(SELECT MIN(id) FROM invoicing_invoice WHERE state = 'issued' AND kind = 'invoice')"
SECOND = f"(SELECT MIN(id) FROM invoicing_invoice WHERE state = 'issued' AND kind = 'invoice' AND id > {ISSUED})"
LAST = "(SELECT MAX(id) FROM invoicing_invoice WHERE state = 'issued' AND kind = 'invoice')"
NOTE = "(SELECT MIN(id) FROM invoicing_invoice WHERE state = 'issued' AND kind = 'credit_note')"
LAST_NOTE = "(SELECT MAX(id) FROM invoicing_invoice WHERE state = 'issued' AND kind = 'credit_note')"
DRAFT = "(SELECT MIN(id) FROM invoicing_invoice WHERE state = 'draft' AND kind = 'invoice')"
PAID = (
    "(SELECT MIN(i.id) FROM invoicing_invoice i WHERE i.state = 'issued' AND i.paid = i.payable AND i.credited = 0 AND i.kind = 'invoice')"
)
OTHER = f"(SELECT MAX(id) FROM clients_organisation WHERE id <> (SELECT organisation_id FROM invoicing_invoice WHERE id = {ISSUED}))"
LINES = "UPDATE invoicing_invoiceline SET {change} WHERE invoice_id = {invoice}"
INVOICE = "UPDATE invoicing_invoice SET {change} WHERE id = {invoice}"


def said(change: str, invoice: str = ISSUED, what: str = INVOICE) -> str:
    return what.format(change=change, invoice=invoice)


ELSEWHERE = f"(SELECT MIN(s.id) FROM credits_topup s JOIN credits_creditaccount a ON a.id = s.account_id WHERE a.organisation_id = {OTHER})"
PAYMENTS, LEFT = "what is paid of an invoice is the sum of its payments", "a payout that was paid is the money that left"
HAS_PDF, HAS_ORDER = "an invoice whose documents were made has its PDF", "credit that was ordered has its order"
SPOILED: dict[str, tuple[str, str]] = {
    "what was given up never was": (said("written_off = 1", PAID), "what is written off of an invoice is what was given up of it"),
    "a number is missing": (said("sequence = 9000", SECOND), "numbers run from 1 without gaps in their series and year"),
    "a number stands twice": (
        said(f"sequence = (SELECT sequence FROM invoicing_invoice WHERE id = {ISSUED})", SECOND),
        "numbers run from 1 without gaps in their series and year",
    ),
    "a printed number stands twice": (
        said(f"number = (SELECT number FROM invoicing_invoice WHERE id = {ISSUED})", SECOND),
        "a number stands on one document",
    ),
    "the series runs ahead": ("UPDATE invoicing_numberseries SET last = last + 1", "a series knows the last number that it gave"),
    "the series is gone": ("DELETE FROM invoicing_numberseries", "a series knows the last number that it gave"),
    "a number was altered": (said("number = '202699999'"), checks_of_papers.NUMBER),
    "a reference was altered": (said("ocr = '1234574'"), checks_of_papers.REFERENCE),
    "a total was altered": (said("total = total + 1, payable = payable + 1"), checks_of_papers.TOTAL),
    "a sum to pay was altered": (said("payable = payable - 0.5"), checks_of_papers.PAYABLE),
    "a net was altered": (said("net = net + 0.01"), checks_of_papers.NET),
    "the VAT was altered": (said("vat = vat - 0.01"), checks_of_papers.TAX),
    "the VAT in the books was altered": (said("vat_in_books = vat_in_books + 1"), checks_of_papers.BOOKS),
    "the frozen rates were altered": (said("vat_rows = '[]'"), checks_of_papers.RATES),
    "the frozen rates are none": (said("vat_rows = '[null]'"), checks_of_papers.READABLE),
    "the buyer is nobody": (said("buyer = 'null'"), checks_of_papers.READABLE),
    "a line was altered": (said("net = net + 100", what=LINES), checks_of_papers.RATES),
    "a price was altered": (said("price = price + 1", what=LINES), checks_of_papers.LINE),
    "a line is gone": (f"DELETE FROM invoicing_invoiceline WHERE invoice_id = {ISSUED}", checks_of_papers.NET),
    "a document was altered": (
        f"UPDATE invoicing_invoicedocument SET content = CAST('forged' AS {{blob}}) WHERE invoice_id = {ISSUED}",
        checks_of_papers.DIGEST,
    ),
    "a document is of a draft": (
        f"UPDATE invoicing_invoicedocument SET invoice_id = {DRAFT} WHERE invoice_id = {ISSUED}",
        "a document belongs to an issued invoice",
    ),
    "the documents are gone": (f"DELETE FROM invoicing_invoicedocument WHERE invoice_id = {ISSUED}", HAS_PDF),
    "a PDF is gone": (f"DELETE FROM invoicing_invoicedocument WHERE kind = 'pdf' AND invoice_id = {ISSUED}", HAS_PDF),
    "an e-invoice is gone": (
        f"DELETE FROM invoicing_invoicedocument WHERE kind = 'xml' AND invoice_id = {ISSUED}",
        "an invoice whose documents were made has its e-invoice, or says why there is none",
    ),
    "why there is no e-invoice is gone": (
        "DELETE FROM invoicing_invoiceevent WHERE kind = 'no_xml'",
        "an invoice whose documents were made has its e-invoice, or says why there is none",
    ),
    "a file of payouts was altered": ("UPDATE invoicing_payoutfile SET digest = 'x'", checks_of_papers.FILE),
    "a payout is in no file": ("UPDATE invoicing_payout SET file_id = NULL", checks_of_papers.FILE),
    "a payment is missing": (
        f"DELETE FROM invoicing_payment WHERE invoice_id = {PAID}",
        PAYMENTS,
    ),
    "an invoice says it is paid": (said("paid = payable"), PAYMENTS),
    "an invoice says it is credited": (said("credited = 5"), "what is credited of an invoice is what its credit notes take"),
    "a credit note is more than the line": (
        said("net = net * 1000", LAST_NOTE, LINES),
        "of a line no more is credited than it has",
    ),
    "a credit note corrects another client’s": (
        said(f"organisation_id = {OTHER}", NOTE),
        "a credit note corrects an issued invoice of the same client, currency and VAT",
    ),
    "a credit note credits a line elsewhere": (
        said(f"credits_id = (SELECT MIN(id) FROM invoicing_invoiceline WHERE invoice_id = {LAST})", NOTE, LINES),
        "a line of a credit note credits a line of its own invoice",
    ),
    "a line comes from nothing": (said("top_up_id = NULL", what=LINES), "a line has exactly one source"),
    "a line of another client’s": (
        said(f"top_up_id = {ELSEWHERE}", what=LINES),
        "what a line comes from (top-up) is of the client of its invoice",
    ),
    "a top-up is gone": (
        f"DELETE FROM credits_topup WHERE id = (SELECT top_up_id FROM invoicing_invoiceline WHERE invoice_id = {ISSUED})",
        "what a line comes from (top-up) is of the client of its invoice",
    ),
    "a top-up stands on two lines": (
        said(f"top_up_id = (SELECT top_up_id FROM invoicing_invoiceline WHERE invoice_id = {ISSUED})", SECOND, LINES),
        "a top-up stands on one line at most",
    ),
    "a refund stands on two lines": (
        "UPDATE invoicing_invoiceline SET refund_id = (SELECT MIN(refund_id) FROM invoicing_invoiceline) WHERE refund_id IS NOT NULL",
        "a refund stands on one line at most",
    ),
    "a payment is another client’s": (
        f"UPDATE invoicing_payment SET organisation_id = {OTHER} WHERE invoice_id = {ISSUED}",
        "a payment is of the client and in the currency of its issued invoice",
    ),
    "an invoice that was paid is gone": (
        f"DELETE FROM invoicing_invoice WHERE id = {PAID}",
        "a payment is of the client and in the currency of its issued invoice",
    ),
    "a payment was taken back in part": (
        "UPDATE invoicing_payment SET amount = amount + 1 WHERE reverses_id IS NOT NULL",
        "a payment that was taken back is taken back whole",
    ),
    "more is kept than came in": (
        "UPDATE invoicing_payment SET amount = amount + 1 WHERE transaction_id IS NOT NULL AND invoice_id IS NULL",
        "no more goes to invoices and clients than a bank transaction brought",
    ),
    "a client’s money is gone": (
        "DELETE FROM invoicing_payment WHERE invoice_id IS NULL AND amount > 0",
        "a client’s money covers what payouts have set aside",
    ),
    "a payout was altered": (
        "UPDATE invoicing_payout SET amount = amount + 1 WHERE state = 'paid'",
        LEFT,
    ),
    "money left for no payout": (
        "UPDATE invoicing_payout SET payment_id = NULL WHERE state = 'paid'",
        LEFT,
    ),
    "a refund grew more than it was": (
        "UPDATE invoicing_payment SET amount = amount + 1 WHERE refund_id IS NOT NULL",
        "a refund that grew the client’s money is what was refunded, and has no credit note",
    ),
    "paid credit is not there": (
        f"UPDATE credits_topup SET state = 'ordered' WHERE id = (SELECT top_up_id FROM invoicing_invoiceline WHERE invoice_id = {PAID})",
        "an invoice that is paid has made its top-ups credit",
    ),
    "credit came before its payment": (
        f"UPDATE credits_topup SET state = 'ordered' WHERE id = (SELECT top_up_id FROM invoicing_invoiceline WHERE invoice_id = {PAID})",
        "credit before its payment was granted on issue",
    ),
    "credit has no order": (
        f"DELETE FROM credits_topup WHERE id = (SELECT top_up_id FROM invoicing_invoiceline WHERE invoice_id = {PAID})",
        HAS_ORDER,
    ),
    "credit was moved from nowhere": ("UPDATE credits_lot SET origin_id = -1 WHERE source = 'opening'", HAS_ORDER),
    "credit came by no invoice": (
        "DELETE FROM invoicing_invoiceline WHERE top_up_id IN (SELECT id FROM credits_topup WHERE debt_id IS NOT NULL)",
        "credit that came by an invoice stands on an issued one",
    ),
    "credit came twice": (
        "UPDATE credits_topup SET lot_id = (SELECT MIN(lot_id) FROM credits_topup) WHERE lot_id IS NOT NULL",
        "a top-up became credit once, of what was ordered",
    ),
    "a top-up cost something else": (
        f"UPDATE credits_topup SET net = net - 1 WHERE id = (SELECT top_up_id FROM invoicing_invoiceline WHERE invoice_id = {ISSUED})",
        "a top-up on an invoice costs there what was ordered",
    ),
}
KNOWN_ELSEWHERE = {
    "a billable stands on one line at most",
    "what a line comes from (billable) is of the client of its invoice",
    "what a line comes from (refund) is of the client of its invoice",
    "what a line comes from (credits) is of the client of its invoice",
}
"""Sentences made like those that are proved, of another column."""


TWICE = {name for name in SPOILED if "twice" in name or "two lines" in name}
"""Only where UNIQUE no longer holds."""
MOST_CLIENTS = 200
"""A client’s course takes more than a second to make, and has more than a dozen documents."""
NOT_WHAT_WAS_FROZEN = ("null", "1", "true", '"words"', "[]", "{}", "[null]", '[{"percent": "NaN"}]', '{"reference": 1}', '{"name": null}')
HUGE = '[{"category": "S", "percent": "1E+999999", "net": "9600.00", "vat": "2400.00", "reason": ""}]'


@pytest.fixture
def books(cast):
    invoicing_terms()
    return sound_invoices(cast, clients=min(max(2, SIZE.entries // 1000), MOST_CLIENTS))


def test_rel12_sound_invoices_of_any_number_raise_no_alarm(books):
    begun = monotonic()
    reports = [check(at=NOON) for _ in range(SIZE.clean_audits)]
    seconds, report = (monotonic() - begun) / len(reports), reports[0]

    figures = {name.replace(" ", "_"): value for name, value in report.figures.items()}
    say("REL12 invoices", runs=len(reports), seconds_each=f"{seconds:.2f}", **figures)
    assert [one.faults for one in reports] == [[]] * len(reports)
    assert (report.figures["credit notes"], report.figures["invoices"] >= 7 * len(books)) == (notes(), True)


def test_rel12_whatever_is_spoiled_in_invoices_is_found_and_named(books):
    blob = "BLOB" if connection.vendor == "sqlite" else "BYTEA"
    missed = {}
    for name, (statement, sentence) in SPOILED.items():
        with spoiled() as cursor:
            if name in TWICE:
                _drop_unique(cursor)
                assert list(checks_in_sql.faults()) == [], "what takes the place of a table is the same"
            cursor.execute(statement.format(blob=blob))
            assert cursor.rowcount >= 1, name
            found = [*checks_in_sql.faults(), *checks_of_papers.faults()]
        if sentence not in {fault.sentence for fault in found}:
            missed[name] = sentence

    say("REL12 invoices spoiled", corruptions=len(SPOILED), found=len(SPOILED) - len(missed))
    assert missed == {}
    assert check(at=NOON).faults == []


def test_i1_what_was_frozen_and_cannot_be_read_is_named_and_all_others_are_looked_at(cast, acme):
    invoicing_terms()
    one, other = an_invoice(acme, cast.fia), an_invoice(acme, cast.fia)
    ways = [(column, value) for column in checks_of_papers.FROZEN for value in NOT_WHAT_WAS_FROZEN] + [("vat_rows", HUGE)]
    ways += [(column, "{not JSON") for column in checks_of_papers.FROZEN if connection.vendor == "sqlite"]
    ways.remove(("late_terms", "{}"))
    missed = []
    with spoiled() as cursor:
        cursor.execute("UPDATE invoicing_invoice SET ocr = '1' WHERE id = %s", [other.pk])
        for column, value in ways:
            with transaction.atomic():
                cursor.execute(f"UPDATE invoicing_invoice SET {column} = %s WHERE id = %s", [value, one.pk])
                named = {fault.subject for fault in check(at=NOON).faults}
                transaction.set_rollback(True)
            missed += [(column, value)] if named != {f"Invoice {one.number}", f"Invoice {other.number}"} else []

    assert missed == []


def test_c4_credit_whose_order_line_and_invoice_are_gone_is_named(cast, acme):
    invoicing_terms()
    invoice = a_paid_invoice(acme, cast.fia)
    lot = lot_of(invoice)
    with spoiled() as cursor:
        for table, column in (("invoiceline", "invoice_id"), ("invoiceevent", "invoice_id"), ("payment", "invoice_id"), ("invoice", "id")):
            cursor.execute(f"DELETE FROM invoicing_{table} WHERE {column} = %s", [invoice.pk])
        cursor.execute("DELETE FROM invoicing_numberseries")
        cursor.execute("DELETE FROM credits_topup")
        faults = check(at=NOON).faults

    assert [(fault.sentence, fault.subject) for fault in faults] == [(HAS_ORDER, f"lot {lot.pk} of account {acme.account.pk}")]


def test_i4_documents_that_nobody_has_made_yet_raise_no_alarm(cast, acme):
    invoicing_terms()
    invoices = [an_invoice(acme, cast.fia) for _ in range(3)]
    documents.keep(invoices[1], at=NOON)

    assert check(at=NOON).faults == []


def test_i1_every_sentence_has_a_corruption_that_proves_it():
    sentences = {one.sentence for one in checks_in_sql.checks()} | set(checks_of_papers.SENTENCES)
    made_of_columns = {sentence for sentence in sentences if sentence.endswith(("line at most", "client of its invoice"))}

    assert sentences - {sentence for _statement, sentence in SPOILED.values()} - made_of_columns == set()
    assert made_of_columns >= KNOWN_ELSEWHERE


def test_i1_the_command_says_what_it_looked_at_or_exits_1_with_the_first_fault(cast, acme, capsys):
    invoicing_terms()
    invoice = an_invoice(acme, cast.fia)
    call_command("check_invoices", stdout=(sound := StringIO()))
    with at_rest() as cursor:
        cursor.execute("UPDATE invoicing_invoice SET ocr = '1'")

    with pytest.raises(SystemExit) as exit_:
        call_command("check_invoices", stdout=StringIO(), stderr=(wrong := StringIO()))

    assert "1 invoices" in sound.getvalue()
    assert "checks hold." in sound.getvalue()
    assert exit_.value.code == 1
    assert (
        f"Invoices are wrong; the first: Invoice {invoice.number}: {checks_of_papers.REFERENCE} (found 1, expected {invoice.ocr})"
        in wrong.getvalue()
    )


def test_i1_no_more_than_twenty_faults_are_named(cast, acme):
    invoicing_terms()
    for _ in range(MOST_NAMED + 5):
        an_invoice(acme, cast.fia)
    with spoiled() as cursor:
        cursor.execute("UPDATE invoicing_invoice SET ocr = CAST(id AS TEXT), paid = 1")
        faults = check(at=NOON).faults

    assert len(faults) == MOST_NAMED


def test_i1_it_takes_as_many_queries_for_many_invoices_as_for_few(cast, acme, django_assert_max_num_queries):
    invoicing_terms()
    few = 60
    for _ in range(12):
        an_invoice(acme, cast.fia)

    with django_assert_max_num_queries(few):
        check(at=NOON)

    assert (Invoice.objects.count(), InvoiceLine.objects.count()) == (12, 12)


@contextmanager
def spoiled() -> Iterator[CursorWrapper]:
    """Everything that is done inside is undone afterwards."""
    with transaction.atomic():
        with at_rest(checks=True) as cursor:
            yield cursor
        transaction.set_rollback(True)


def _drop_unique(cursor):
    """Let everything stand twice: SQLite keeps its UNIQUE as long as the table, so that a copy without any takes its place."""
    tables = ["invoicing_invoice", "invoicing_invoiceline", "credits_topup"]
    if connection.vendor == "sqlite":
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} RENAME TO {table}_unique")
            cursor.execute(f"CREATE TABLE {table} AS SELECT * FROM {table}_unique")
        return
    cursor.execute(
        "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE contype = 'u' AND conrelid::regclass::text = ANY(%s)", [tables]
    )
    for table, unique in cursor.fetchall():
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {unique}")


def test_c11_an_invoice_whose_other_debts_are_paid_and_one_credited_raises_no_alarm(cast, acme):
    invoicing_terms()
    wrong, _right = owes(acme, 60), owes(acme, 120)
    invoice = invoiced(acme, cast.fia)
    ledger.reverse(entry=wrong, voucher=voucher(at=MONTH_OVER, reason="Not ours"))
    line = invoice.lines.get(position=1)

    crediting.credit(invoice, {line.pk: line.net}, reason="Not ours", by=cast.fia, at=MONTH_OVER, cause="test:note")
    invoice.refresh_from_db()
    paid(invoice, invoice.open.amount, cast.fia, at=MONTH_OVER)

    assert check(at=MONTH_OVER).faults == []
