"""Whatever is broken in the books behind their guards is found and named by the command that checks invoices (rules C15, I6)."""

from collections.abc import Callable
from contextlib import contextmanager
from decimal import Decimal
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.db.models import F

from core import guards
from credits.ledger import EntryKind
from invoicing import crediting
from invoicing.books import files, posting, ties
from invoicing.models import BookFile, BookMove, BookRow, BookVoucher, Invoice
from tests.cast import NOON, a_client, at_stockholm
from tests.invoicing.books_scene import a_chart, a_paid_lot, penalty, used
from tests.invoicing.scene import invoicing_terms

pytestmark = pytest.mark.django_db
IN_DECEMBER = at_stockholm(2026, 12, 3, 9)
DEDUCTED = {"number": "2420", "voucher__event__entry__kind": "deduction"}

BREAKS: dict[str, tuple[Callable[[], object], str]] = {
    "_vouchers_balance": (lambda: BookRow.objects.filter(number="3001").update(amount=-1), "does not balance"),
    "_numbers_have_no_gaps": (lambda: last_voucher().update(number=F("number") + 1), "has gaps"),
    "_lots_are_what_the_ledger_says": (
        lambda: BookMove.objects.filter(share="used", debt=None).update(minutes=-111),
        "min left in the ledger",
    ),
    "_debts_are_what_the_ledger_says": (lambda: BookMove.objects.filter(lot=None).update(minutes=-1), "min open in the ledger"),
    "_lots_are_worth_what_is_left": (lambda: BookMove.objects.filter(share="used", debt=None).update(amount=-1), "is worth"),
    "_use_is_booked_as_it_was_recognised": (lambda: BookRow.objects.filter(**DEDUCTED).update(amount=-1), "books another sum"),
    "_sold_credit_is_what_its_invoice_said": (
        lambda: BookRow.objects.filter(number="2420", line__isnull=False).update(amount=-1),
        "its invoice booked",
    ),
    "_lots_and_the_account_of_prepaid_credit_agree": (
        lambda: BookRow.objects.filter(number="1510", amount__gt=0).update(number="2420", meaning="advances"),
        "the lots explain",
    ),
    "_files_are_what_their_vouchers_say": (lambda: BookFile.objects.update(content=b"#FLAGGA 0"), "is not what its vouchers say"),
}
"""By the proof that finds it: what is done to the tables, and what it says."""


@pytest.fixture(autouse=True)
def life(cast, acme):
    """Credit that was bought, used and taken as a penalty, with its file; and what another client owes."""
    invoicing_terms()
    a_chart()
    a_paid_lot(acme, cast.fia)
    used(acme, 110)
    penalty(acme, EntryKind.LATE_CHANGE)
    used(a_client(cast, "Borealis"), 90)
    posting.post(at=IN_DECEMBER)
    files.make(until=NOON.date(), by=cast.fia, at=IN_DECEMBER, cause="test:file")


def test_c15_sound_books_hold_and_each_proof_is_counted():
    code, said = checked()

    assert (code, ties.check(IN_DECEMBER)) == (0, [])
    assert "checks hold." in said


def test_c15_each_proof_has_been_seen_to_fail():
    beside = {"_all_is_posted", "_what_was_credited_was_refunded_or_the_price_reduced"}

    assert {prove.__name__ for prove in ties.PROOFS} == {*BREAKS, *beside}


@pytest.mark.parametrize("name", BREAKS)
def test_c15_whatever_is_broken_behind_the_guards_is_named_and_is_an_error(name):
    spoil, word = BREAKS[name]
    with unguarded():
        spoil()

    code, said = checked()

    (proof,) = [prove for prove in ties.PROOFS if prove.__name__ == name]
    assert word in next(proof(IN_DECEMBER), "")
    assert (code, word in said) == (1, True)


def test_c15_what_waits_to_be_posted_is_named(acme):
    used(acme, 10, at=IN_DECEMBER)

    code, said = checked()

    assert (code, "1 events wait to be posted" in said) == (1, True)


def test_c15_a_price_that_was_credited_and_not_reduced_is_named(cast):
    invoice = Invoice.objects.get(kind="invoice")
    crediting.credit(invoice, {invoice.lines.get().pk: Decimal(960)}, reason="As agreed.", by=cast.fia, at=IN_DECEMBER, cause="reduced")
    posting.post(at=IN_DECEMBER)
    assert checked()[0] == 0

    with unguarded():
        assert BookRow.objects.filter(number="2429", amount__lt=0).update(line=None) == 1
    code, said = checked()

    assert (code, "the price of its credit was not reduced" in said) == (1, True)


def checked() -> tuple[int, str]:
    """How `check_invoices` ends, and all that it says."""
    out, code = StringIO(), 0
    with time_machine.travel(IN_DECEMBER, tick=False):
        try:
            call_command("check_invoices", stdout=out, stderr=out)
        except SystemExit as end:
            code = int(end.code or 0)
    return code, out.getvalue()


def last_voucher():
    return BookVoucher.objects.filter(pk=BookVoucher.objects.order_by("-pk").values_list("pk")[:1])


@contextmanager
def unguarded():
    """As an owner of the tables could, who takes the triggers away."""
    declared = [guard for guard in guards.declared() if guard.table.startswith("invoicing_book")]
    with connection.cursor() as cursor:
        for guard in declared:
            for statement in guard.remove(connection):
                cursor.execute(statement)
        yield
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for guard in declared:
            for statement in guard.install(connection):
                cursor.execute(statement)
