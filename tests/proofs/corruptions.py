"""Ways to spoil a ledger or its sessions behind the product's back, each with the sentence by which an audit names it (REL12)."""

from dataclasses import dataclass
from typing import Any

from credits.models import Entry

AFTER_ALL = 9_000_000_000_000
"""More than any id."""
_COLUMNS = [field.column for field in Entry._meta.local_concrete_fields]
_TWICE = {
    "id": f"id + {AFTER_ALL}",
    "number": "(SELECT entry_count + 1 FROM credits_creditaccount WHERE id = {a})",
    "cause": "cause || ':again'",
}


def _entry(what: str, pick: str = "MIN") -> str:
    return f"(SELECT {pick}(id) FROM credits_entry WHERE account_id = {{a}} AND {what})"


def _lot(what: str) -> str:
    return f"(SELECT MAX(id) FROM credits_lot WHERE account_id = {{a}} AND {what})"


def _account(change: str) -> str:
    return f"UPDATE credits_creditaccount SET {change} WHERE id = {{a}}"


_DEDUCTION = _entry("kind = 'deduction' AND minutes < 0")
_LAST = _entry("minutes IS NOT NULL", "MAX")
_REVERSAL = _entry("kind = 'reversal'")
_HAS_SOME = _lot("available_minutes >= 10")
_SPENT = _lot("spent_minutes >= 10 AND frozen_at IS NULL")
_COVERED = "(SELECT MAX(id) FROM credits_hold WHERE account_id = {a} AND covered_minutes > 0)"
_DEBT = "(SELECT MAX(id) FROM credits_debt WHERE account_id = {a} AND open_minutes > 0 AND paid_minutes > 0)"


@dataclass(frozen=True)
class Corruption:
    """`statements` spoil account {a}, or give something of it to {b}; `where` is the account or session named, `of` the kind of copy."""

    statements: tuple[str, ...]
    sentence: str
    of: str = "rich"
    named: str = "a"


LEDGER: dict[str, Corruption] = {
    "an entry is missing": Corruption(
        (f"DELETE FROM credits_move WHERE entry_id = {_DEDUCTION}", f"DELETE FROM credits_entry WHERE id = {_DEDUCTION}"),
        "entries are numbered without gaps",
    ),
    "the last entry is missing": Corruption(
        (f"DELETE FROM credits_move WHERE entry_id = {_LAST}", f"DELETE FROM credits_entry WHERE id = {_LAST}"),
        "the account counts its entries",
    ),
    "an entry stands twice": Corruption(
        (
            f"INSERT INTO credits_entry ({', '.join(_COLUMNS)}) SELECT {', '.join(_TWICE.get(column, column) for column in _COLUMNS)} "
            f"FROM credits_entry WHERE id = {_DEDUCTION}",
        ),
        "an entry changes the balance by what its moves did",
    ),
    "an entry stands in another account": Corruption(
        (f"UPDATE credits_entry SET account_id = {{b}}, number = 99999 WHERE id = {_LAST}",),
        "a move touches the entry's own account",
        named="b",
    ),
    "a deduction is rounded otherwise than its moves": Corruption(
        (f"UPDATE credits_entry SET minutes = minutes - 3, balance_after = balance_after - 3 WHERE id = {_DEDUCTION}",),
        "an entry changes the balance by what its moves did",
    ),
    "an entry carries a wrong balance": Corruption(
        (f"UPDATE credits_entry SET balance_after = balance_after + 10 WHERE id = {_DEDUCTION}",), "an entry carries the balance after it"
    ),
    "an entry is dated back": Corruption(
        (f"UPDATE credits_entry SET recorded_at = '2020-01-01 00:00:00+00:00' WHERE id = {_LAST}",), "entries are recorded in order of time"
    ),
    "a reversal gives back too much": Corruption(
        (f"UPDATE credits_entry SET minutes = minutes + 1 WHERE id = {_REVERSAL}",),
        "a reversal is the opposite of what it reverses",
    ),
    "an account has more than its lots": Corruption(
        (_account("available_minutes = available_minutes + 10"),), "the account's available minutes are the sum of its lots'"
    ),
    "an account holds more than its lots": Corruption(
        (_account("held_minutes = held_minutes + 10"),), "the account's held minutes are the sum of its lots'"
    ),
    "an account has frozen less than its lots": Corruption(
        (_account("frozen_minutes = frozen_minutes - 10"),), "the account's frozen minutes are the sum of its lots'"
    ),
    "an account balances what its entries do not": Corruption(
        (_account("debt_minutes = debt_minutes - 10"),), "the balance is the sum of the entries", of="owing"
    ),
    "an account owes more than its debts": Corruption(
        (_account("debt_minutes = debt_minutes + 10"),), "the account owes what its debts leave open", of="owing"
    ),
    "an account owes and has at once": Corruption(
        (_account("available_minutes = 5"),), "there is never debt and available credit at once", of="owing"
    ),
    "an account counts an entry too many": Corruption((_account("entry_count = entry_count + 1"),), "the account counts its entries"),
    "spent minutes are available again": Corruption(
        (
            _account("available_minutes = available_minutes + 10"),
            f"UPDATE credits_lot SET available_minutes = available_minutes + 10, spent_minutes = spent_minutes - 10 WHERE id = {_SPENT}",
        ),
        "the lot's spent minutes are those its moves brought there",
    ),
    "a lot was granted more than it has": Corruption(
        (f"UPDATE credits_lot SET granted_minutes = granted_minutes + 60 WHERE id = {_SPENT}",),
        "a lot's pockets add up to what was granted",
    ),
    "a lot holds for nobody": Corruption(
        (
            _account("available_minutes = available_minutes - 10, held_minutes = held_minutes + 10"),
            f"UPDATE credits_lot SET available_minutes = available_minutes - 10, held_minutes = held_minutes + 10 WHERE id = {_HAS_SOME}",
        ),
        "a lot holds what holds cover from it",
    ),
    "a part of a hold is missing": Corruption(
        (f"DELETE FROM credits_holdpart WHERE hold_id = {_COVERED}",), "a hold covers the sum of its parts"
    ),
    "a hold covers less than its parts": Corruption(
        (f"UPDATE credits_hold SET covered_minutes = covered_minutes - 1 WHERE id = {_COVERED}",), "a hold covers the sum of its parts"
    ),
    "a hold says another deduction": Corruption(
        (
            "UPDATE credits_hold SET captured_minutes = captured_minutes + 10 "
            "WHERE id = (SELECT MAX(id) FROM credits_hold WHERE account_id = {a} AND state = 'captured')",
        ),
        "a captured hold posted what it says",
    ),
    "a debt is paid by nothing": Corruption(
        (f"UPDATE credits_debt SET open_minutes = open_minutes - 10, paid_minutes = paid_minutes + 10 WHERE id = {_DEBT}",),
        "the debt's paid minutes are those its moves brought there",
        of="owing",
    ),
    "a debt is forgiven by nobody": Corruption(
        (f"UPDATE credits_debt SET open_minutes = open_minutes - 10, reversed_minutes = reversed_minutes + 10 WHERE id = {_DEBT}",),
        "the debt's reversed minutes are those its moves brought there",
        of="owing",
    ),
    "a payment names no debt": Corruption(
        (f"UPDATE credits_move SET pays_id = NULL WHERE pays_id = {_DEBT}",), "what was paid of a debt came from lots", of="owing"
    ),
    "a move is missing": Corruption(
        (f"DELETE FROM credits_move WHERE entry_id = {_DEDUCTION}",), "an entry changes the balance by what its moves did"
    ),
    "a move goes to another pocket": Corruption(
        (f"UPDATE credits_move SET to_pocket = 'expired' WHERE entry_id = {_DEDUCTION} AND to_pocket = 'spent'",),
        "the lot's expired minutes are those its moves brought there",
    ),
    "a top-up became other credit": Corruption(
        (
            "UPDATE credits_topup SET minutes = minutes + 60 "
            "WHERE id = (SELECT MAX(id) FROM credits_topup WHERE account_id = {a} AND state = 'paid')",
        ),
        "a paid top-up became exactly the credit that was ordered",
    ),
}

_HOURS = "UPDATE support_sessions_session SET {change} WHERE id = {{s}}"
SESSIONS: dict[str, Corruption] = {
    "a session is charged otherwise than deducted": Corruption(
        (_HOURS.format(change="charged_minutes = charged_minutes + 10"),), "a confirmed session deducted what it charges", of="silent"
    ),
    "a session is not rounded": Corruption(
        (_HOURS.format(change="charged_minutes = 47"),), "a session charges what its counted minutes round to", of="submitted"
    ),
    "time worked is missing": Corruption(
        ("DELETE FROM support_sessions_workentry WHERE session_id = {s}",),
        "a session's worked minutes are those that were logged, or settled",
        of="submitted",
    ),
    "hours are deducted and open again": Corruption(
        (_HOURS.format(change="state = 'submitted', closed_at = NULL"),),
        "nothing is deducted for hours that are not confirmed",
        of="silent",
    ),
    "a booking has lost its hold": Corruption(
        (_HOURS.format(change="hold_id = NULL"),), "an open booking has a live hold, and a closed one has none", of="coming"
    ),
    "credit is held for a session that is not there": Corruption(
        (_HOURS.format(change="hold_id = NULL"),), "what is held for a session is held once", of="waiting", named="hold"
    ),
    "a cancelled booking still holds": Corruption(
        (_HOURS.format(change="state = 'cancelled'"),), "an open booking has a live hold, and a closed one has none", of="coming"
    ),
    "a booking has lost its technician": Corruption(
        ("DELETE FROM support_sessions_reservation WHERE session_id = {s}",),
        "a booking has its technicians, and a closed session has none",
        of="coming",
    ),
    "a technician is booked twice": Corruption(
        (
            "UPDATE support_sessions_reservation SET blocked_from = (SELECT MIN(blocked_from) FROM support_sessions_reservation "
            "WHERE live AND technician_id = (SELECT technician_id FROM support_sessions_reservation WHERE session_id = {s} AND live)) "
            "WHERE session_id = {s}",
        ),
        "a technician is reserved for one thing at a time",
        of="waiting",
    ),
    "a session was made longer than its technician's time": Corruption(
        (_HOURS.format(change="ends_at = (SELECT MAX(ends_at) FROM support_sessions_session)"),),
        "a technician is reserved from the start of a session to its end",
        of="running",
    ),
}


def said(corruption: Corruption, **ids: Any) -> list[str]:
    """The statements, about these ids."""
    return [statement.format(**ids) for statement in corruption.statements]
