"""Reading everything at one moment, while others write, and what must be true of it then (rules C5, C6, C11, C15).

The sentences are of this module alone: they share no code with the ledger, nor with its audit.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

BALANCE = "available_minutes + held_minutes + frozen_minutes - debt_minutes"
MONEY = {
    "a pocket of an account is below nothing": (
        "SELECT id FROM credits_creditaccount WHERE available_minutes < 0 OR held_minutes < 0 OR frozen_minutes < 0 OR debt_minutes < 0"
    ),
    "a pocket of a lot is below nothing": (
        "SELECT id FROM credits_lot WHERE available_minutes < 0 OR held_minutes < 0 OR frozen_minutes < 0 OR spent_minutes < 0"
    ),
    "there is debt and available credit at once": "SELECT id FROM credits_creditaccount WHERE debt_minutes > 0 AND available_minutes > 0",
    "the stored balance is not the sum of the entries": (
        f"SELECT a.id FROM credits_creditaccount a WHERE {BALANCE} <> "
        "(SELECT COALESCE(SUM(e.minutes), 0) FROM credits_entry e WHERE e.account_id = a.id)"
    ),
    "an account does not hold what its holds cover": (
        "SELECT a.id FROM credits_creditaccount a WHERE a.held_minutes <> "
        "(SELECT COALESCE(SUM(h.covered_minutes), 0) FROM credits_hold h WHERE h.account_id = a.id)"
    ),
    "a lot does not hold what holds cover from it": (
        "SELECT l.id FROM credits_lot l WHERE l.held_minutes <> "
        "(SELECT COALESCE(SUM(p.minutes), 0) FROM credits_holdpart p WHERE p.lot_id = l.id)"
    ),
    "a hold does not cover the sum of its parts": (
        "SELECT h.id FROM credits_hold h WHERE h.covered_minutes <> "
        "(SELECT COALESCE(SUM(p.minutes), 0) FROM credits_holdpart p WHERE p.hold_id = h.id)"
    ),
    "an account does not have what its lots have": (
        "SELECT a.id FROM credits_creditaccount a WHERE a.available_minutes <> "
        "(SELECT COALESCE(SUM(l.available_minutes), 0) FROM credits_lot l WHERE l.account_id = a.id)"
    ),
    "an account does not owe what its debts leave open": (
        "SELECT a.id FROM credits_creditaccount a WHERE a.debt_minutes <> "
        "(SELECT COALESCE(SUM(d.open_minutes), 0) FROM credits_debt d WHERE d.account_id = a.id)"
    ),
}
"""What would be wrong with somebody's credit, and a query that names it."""

SERVICE = {
    "a placed hold is short while credit is available": (
        "SELECT h.id FROM credits_hold h JOIN credits_creditaccount a ON a.id = h.account_id "
        "WHERE h.state = 'placed' AND h.covered_minutes < h.minutes AND a.available_minutes > 0"
    ),
    "a hold waits for credit that is there": (
        "SELECT h.id FROM credits_hold h JOIN credits_creditaccount a ON a.id = h.account_id "
        "WHERE h.state = 'waiting' AND h.minutes <= a.available_minutes"
    ),
}
"""What would be wrong with the order in which people are served."""


@contextmanager
def one_snapshot() -> Iterator[None]:
    """Everything read inside is as it was at one moment; nobody waits for us."""
    begin = "BEGIN" if connection.vendor == "sqlite" else "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"
    with connection.cursor() as cursor:
        cursor.execute(begin)
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")


def sums() -> tuple[int, int, int]:
    """What came in, what went out, and what all accounts have together: minutes."""
    came_in, went_out = (_one(f"SELECT COALESCE(SUM(minutes), 0) FROM credits_entry WHERE minutes {sign} 0") for sign in "><")
    return came_in, -went_out, _one(f"SELECT COALESCE(SUM({BALANCE}), 0) FROM credits_creditaccount")


def breaches(sentences: dict[str, str]) -> list[str]:
    """The sentences that are true now and must never be, each with the first rows that make them so."""
    found = []
    for sentence, query in sentences.items():
        with connection.cursor() as cursor:
            cursor.execute(f"{query} LIMIT 5")
            if rows := [row[0] for row in cursor.fetchall()]:
                found.append(f"{sentence}: {rows}")
    return found


def _one(query: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return int(cursor.fetchone()[0])
