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
from invoicing import checks_in_sql, checks_of_papers, crediting
from invoicing.checking import MOST_NAMED, check
from invoicing.models import Invoice, InvoiceLine
from tests.cast import NOON
from tests.credits.posting import voucher
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
SPOILED: dict[str, tuple[str, str]] = {
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
"""Only where UNIQUE can be dropped: SQLite’s stands as long as its table does."""


@pytest.fixture
def books(cast):
    invoicing_terms()
    return sound_invoices(cast, clients=max(2, SIZE.entries // 1000))


def test_i1_sound_invoices_of_any_number_raise_no_alarm(books):
    begun = monotonic()
    report = check(at=NOON)

    figures = {name.replace(" ", "_"): value for name, value in report.figures.items()}
    say("check_invoices clean", seconds=f"{monotonic() - begun:.2f}", **figures)
    assert report.faults == []
    assert (report.figures["credit notes"], report.figures["invoices"] >= 7 * len(books)) == (notes(), True)


def test_i1_whatever_is_spoiled_is_found_and_named(books):
    blob = "BLOB" if connection.vendor == "sqlite" else "BYTEA"
    missed = {}
    for name, (statement, sentence) in SPOILED.items():
        if name in TWICE and connection.vendor == "sqlite":
            continue
        with spoiled() as cursor:
            for table, unique in _unique(cursor) if name in TWICE else ():
                cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {unique}")
            cursor.execute(statement.format(blob=blob))
            assert cursor.rowcount >= 1, name
            found = [*checks_in_sql.faults(), *checks_of_papers.faults()]
        if sentence not in {fault.sentence for fault in found}:
            missed[name] = sentence

    say("check_invoices spoiled", ways=len(SPOILED), found=len(SPOILED) - len(missed))
    assert missed == {}
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


def _unique(cursor):
    tables = ["invoicing_invoice", "invoicing_invoiceline", "credits_topup"]
    cursor.execute(
        "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE contype = 'u' AND conrelid::regclass::text = ANY(%s)", [tables]
    )
    return cursor.fetchall()


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
