"""The audit finds every kind of damage, and nothing in a sound ledger (rule C15)."""

from contextlib import contextmanager
from datetime import date

import pytest
from django.core.management import call_command
from django.db import connection

from core import guards
from credits import ledger, owed, topups
from credits.accounts import open_account
from credits.audit import CHECKS, audit
from credits.ledger import EntryKind
from credits.models import Debt, Transfer
from tests.cast import NOON
from tests.credits.posting import grant, hold, queued, voucher, worked

pytestmark = pytest.mark.django_db


@pytest.fixture
def busy(acme, borealis):
    """An account in which everything has happened: two lots, holds, debt paid in part, a reversal, an expiry."""
    account = acme.account
    entry = worked(account, 100)
    grant(account, 300)
    ledger.charge(hold=hold(account, 60), minutes=120, kind=EntryKind.LATE_CHANGE, voucher=voucher())
    ledger.reverse(entry=entry, voucher=voucher(reason="not our work"))
    grant(account, 60, expires_on=date(2026, 11, 20))
    queued(account, 900)
    worked(account, 500)
    grant(account, 30)
    lot = grant(borealis.account, 480)
    hold(borealis.account, 90)
    do_all_with_lots(lot, borealis.approver)
    invoice_debt(open_account(organisation=borealis.organisation, name="Owing"), borealis.approver)
    return account


def invoice_debt(account, person):
    """An hour is owed, and paid by the credit of its own invoice."""
    order = owed.order(debt=Debt.objects.get(entry=worked(account, 60)), by=person, at=NOON)
    assert order is not None
    topups.grant_on_issue(top_up=order, by=person, at=NOON)


def do_all_with_lots(lot, approver):
    """Part of a lot is refunded and part of it moved to a branch; another is extended and frozen."""
    branch = open_account(organisation=lot.account.organisation, name="Branch")
    transfer = Transfer.objects.create(
        source=lot.account,
        target=branch,
        cause="form:1",
        minutes=45,
        reason="moved",
        state="done",
        proposed_at=NOON,
        proposed_by=approver,
        source_approved_by=approver,
        target_approved_by=approver,
        closed_at=NOON,
    )
    ledger.transfer(source=lot.account, target=branch, minutes=45, voucher=voucher(f"transfer:{transfer.pk}", reason="moved"))
    ledger.refund(lot=lot, minutes=30, voucher=voucher(reason="asked for"))
    dated = grant(lot.account, 60, expires_on=date(2026, 12, 31))
    ledger.extend(lot=dated, expires_on=date(2027, 12, 31), voucher=voucher(reason="asked for"))
    ledger.freeze(lot=dated, voucher=voucher(reason="not paid"))


@contextmanager
def without_guards():
    """What an attacker with the owner's password would do first; CHECKs are taken away where the test needs it."""
    declared = [guard for guard in guards.declared() if guard.table.startswith("credits_")]
    with connection.cursor() as cursor:
        for guard in declared:
            for statement in guard.remove(connection):
                cursor.execute(statement)
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA ignore_check_constraints = ON")
        else:
            _drop_checks(cursor)
        yield cursor
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA ignore_check_constraints = OFF")
        for guard in declared:
            for statement in guard.install(connection):
                cursor.execute(statement)


def _drop_checks(cursor):
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    cursor.execute(
        "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE contype = 'c' AND conrelid::regclass::text LIKE 'credits_%'"
    )
    for table, name in cursor.fetchall():
        cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    cursor.execute("SET CONSTRAINTS ALL DEFERRED")


DAMAGE = {
    "entries are numbered without gaps": "UPDATE credits_entry SET number = number + 7 WHERE id = (SELECT MAX(id) FROM credits_entry)",
    "an entry carries the balance after it": "UPDATE credits_entry SET balance_after = balance_after + 10 WHERE number = 2",
    "entries are recorded in order of time": "UPDATE credits_entry SET recorded_at = '2020-01-01 00:00:00+00:00' WHERE number = 3",
    "an entry changes the balance by what its moves did": "UPDATE credits_entry SET minutes = minutes - 10 WHERE kind = 'deduction'",
    "a move touches the entry's own account": (
        "UPDATE credits_lot SET account_id = (SELECT MAX(id) FROM credits_creditaccount) WHERE id = (SELECT MIN(id) FROM credits_lot)"
    ),
    "a reversal is the opposite of what it reverses": "UPDATE credits_entry SET minutes = minutes + 1 WHERE kind = 'reversal'",
    "the balance is the sum of the entries": "UPDATE credits_creditaccount SET frozen_minutes = frozen_minutes + 10",
    "the account counts its entries": "UPDATE credits_creditaccount SET entry_count = entry_count + 1",
    "the account's available minutes are the sum of its lots'": (
        "UPDATE credits_creditaccount SET available_minutes = available_minutes + 1"
    ),
    "the account's held minutes are the sum of its lots'": "UPDATE credits_creditaccount SET held_minutes = held_minutes + 1",
    "the account's frozen minutes are the sum of its lots'": "UPDATE credits_lot SET frozen_minutes = 1",
    "the account owes what its debts leave open": "UPDATE credits_creditaccount SET debt_minutes = debt_minutes + 1",
    "there is never debt and available credit at once": "UPDATE credits_creditaccount SET debt_minutes = 5, available_minutes = 5",
    "a lot's pockets add up to what was granted": "UPDATE credits_lot SET granted_minutes = granted_minutes + 60",
    "the lot's frozen minutes are those its moves brought there": "UPDATE credits_lot SET frozen_minutes = 3, available_minutes = 0",
    "the lot's spent minutes are those its moves brought there": "UPDATE credits_lot SET spent_minutes = spent_minutes + 1",
    "the lot's expired minutes are those its moves brought there": "UPDATE credits_lot SET expired_minutes = expired_minutes + 1",
    "the lot's refunded minutes are those its moves brought there": "UPDATE credits_lot SET refunded_minutes = 1",
    "the lot's moved minutes are those its moves brought there": "UPDATE credits_lot SET moved_minutes = 1",
    "what a lot has available and held is what its moves left": "UPDATE credits_lot SET available_minutes = available_minutes + 9",
    "a lot holds what holds cover from it": "UPDATE credits_lot SET held_minutes = held_minutes + 1",
    "a hold covers the sum of its parts": "UPDATE credits_holdpart SET minutes = minutes + 1",
    "a captured hold posted what it says": "UPDATE credits_hold SET captured_minutes = captured_minutes + 10 WHERE state = 'captured'",
    "the debt's open minutes are those its moves brought there": "UPDATE credits_debt SET open_minutes = open_minutes + 1",
    "the debt's paid minutes are those its moves brought there": "UPDATE credits_debt SET paid_minutes = paid_minutes + 1",
    "the debt's reversed minutes are those its moves brought there": "UPDATE credits_debt SET reversed_minutes = reversed_minutes + 1",
    "what was paid of a debt came from lots": "UPDATE credits_move SET pays_id = NULL",
    "a paid top-up became exactly the credit that was ordered": None,
    "a debt that was invoiced was paid by the credit of its own invoice, at its own price": (
        "UPDATE credits_debt SET price_per_hour = price_per_hour + 1"
    ),
    "a lot can be used as long as its last entry about it says": "UPDATE credits_lot SET expires_on = '2030-01-01'",
    "a lot is frozen as its entries say": "UPDATE credits_lot SET frozen_at = granted_at",
    "a lot refunded what its refunds say": "UPDATE credits_refund SET minutes = minutes + 1",
    "a refund says what its entry does": "UPDATE credits_refund SET minutes = minutes - 1",
    "no lot gives back more money than it cost": "UPDATE credits_refund SET net = 9600",
    "what was moved out of a lot is in lots of the same organisation": "UPDATE credits_lot SET origin_id = NULL",
    "what one account gave another received": "DELETE FROM credits_move WHERE entry_id IN (SELECT id FROM credits_entry WHERE kind = "
    "'transfer_in'); DELETE FROM credits_entry WHERE kind = 'transfer_in'",
    "a transfer that was carried out was posted as it was agreed": "UPDATE credits_transfer SET minutes = minutes + 1",
}


def test_c15_a_sound_ledger_raises_no_alarm(busy, capsys):
    call_command("audit_ledger")

    assert "checks hold" in capsys.readouterr().out


def test_c15_every_check_has_a_damage_that_proves_it():
    assert {check.sentence for check in CHECKS} == set(DAMAGE)


@pytest.mark.parametrize("sentence", [sentence for sentence, statement in DAMAGE.items() if statement])
def test_c15_damage_is_found_and_named(busy, sentence):
    with without_guards() as cursor:
        for statement in DAMAGE[sentence].split("; "):
            cursor.execute(statement)

    assert sentence in {finding.sentence for finding in audit().findings}


@pytest.mark.parametrize("table", ["credits_move", "credits_holdpart"])
def test_c15_a_missing_row_is_found(busy, table):
    with without_guards() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE id = (SELECT MAX(id) FROM {table})")

    assert audit().findings


def test_c15_a_top_up_that_became_other_credit_is_found(cast, acme):
    top_up = topups.order(account=acme.account, minutes=480, cause="form:1", by=acme.approver, at=NOON)
    topups.mark_paid(top_up=top_up, paid_on=date(2026, 11, 18), amount=top_up.total, payment_reference="1", by=cast.fia, at=NOON)
    with without_guards() as cursor:
        cursor.execute("UPDATE credits_topup SET minutes = 960")

    assert [finding.sentence for finding in audit().findings] == ["a paid top-up became exactly the credit that was ordered"]


def test_c15_a_guard_that_was_taken_down_is_found(busy):
    drop = (
        "DROP TRIGGER credits_entry_append_only_update"
        if connection.vendor == "sqlite"
        else "DROP TRIGGER credits_entry_append_only ON credits_entry"
    )
    with connection.cursor() as cursor:
        cursor.execute(drop)

    assert [finding.subject for finding in audit().findings] == [f"guard {drop.split()[2]}"]


def test_c15_the_command_names_the_first_wrong_entry_and_exits_1(busy, capsys):
    with without_guards() as cursor:
        cursor.execute("UPDATE credits_entry SET balance_after = balance_after + 10 WHERE number IN (2, 4)")

    with pytest.raises(SystemExit) as exit_:
        call_command("audit_ledger")

    assert exit_.value.code == 1
    assert f"the first: account {busy.pk}, entry 2: an entry carries the balance after it" in capsys.readouterr().err
