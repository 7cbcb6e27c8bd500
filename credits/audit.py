"""The proof that the ledger holds, over the whole database with set-based SQL (rule C15).

    balance = sum of entries = what is left in lots − debt
    available = balance − what holds cover − what is frozen, or 0 while there is debt

Each check selects what breaks one sentence of that; a sound ledger selects nothing. A check that finds something
names the first entry, lot, hold or account that is wrong. Written in SQL that SQLite and PostgreSQL both read, and
without the verbs, so that it shares none of their mistakes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from core import guards

MOST_NAMED = 20

_LIVE = "('available', 'held', 'frozen')"
_LOT_FLOW = """
    SELECT lot_id, pocket, SUM(minutes) AS minutes FROM (
        SELECT lot_id, to_pocket AS pocket, minutes FROM credits_move WHERE lot_id IS NOT NULL
        UNION ALL SELECT lot_id, from_pocket, -minutes FROM credits_move WHERE lot_id IS NOT NULL
    ) AS flow GROUP BY lot_id, pocket"""
_DEBT_FLOW = _LOT_FLOW.replace("lot_id", "debt_id")
_CHAIN = """
    SELECT id, account_id, number, minutes, balance_after, recorded_at,
           LAG(number) OVER ledger AS previous_number, LAG(balance_after) OVER ledger AS previous_balance,
           LAG(recorded_at) OVER ledger AS previous_at
    FROM credits_entry WINDOW ledger AS (PARTITION BY account_id ORDER BY number)"""


@dataclass(frozen=True)
class Check:
    """One sentence that must be true, and the query for what breaks it: columns (subject, account, number, found, expected)."""

    sentence: str
    query: str


@dataclass(frozen=True)
class Finding:
    """Something wrong: which sentence is broken by what. `found` and `expected` are minutes, numbers or digests."""

    sentence: str
    subject: str
    found: str
    expected: str

    def __str__(self) -> str:
        return f"{self.subject}: {self.sentence} (found {self.found}, expected {self.expected})"


@dataclass(frozen=True)
class Report:
    """What was looked at, and what is wrong with it."""

    figures: dict[str, int]
    findings: Sequence[Finding]


def _pocket_check(pocket: str) -> Check:
    return Check(
        f"the lot's {pocket} minutes are those its moves brought there",
        f"""SELECT 'lot', l.account_id, l.id, l.{pocket}_minutes, COALESCE(f.minutes, 0) FROM credits_lot l
            LEFT JOIN ({_LOT_FLOW}) f ON f.lot_id = l.id AND f.pocket = '{pocket}'
            WHERE l.{pocket}_minutes <> COALESCE(f.minutes, 0) ORDER BY l.id""",
    )


def _account_check(pocket: str) -> Check:
    return Check(
        f"the account's {pocket} minutes are the sum of its lots'",
        f"""SELECT 'account', a.id, a.id, a.{pocket}_minutes, COALESCE(s.minutes, 0) FROM credits_creditaccount a
            LEFT JOIN (SELECT account_id, SUM({pocket}_minutes) AS minutes FROM credits_lot GROUP BY account_id) s ON s.account_id = a.id
            WHERE a.{pocket}_minutes <> COALESCE(s.minutes, 0) ORDER BY a.id""",
    )


def _debt_check(pocket: str) -> Check:
    return Check(
        f"the debt's {pocket} minutes are those its moves brought there",
        f"""SELECT 'debt', d.account_id, d.id, d.{pocket}_minutes, COALESCE(f.minutes, 0) FROM credits_debt d
            LEFT JOIN ({_DEBT_FLOW}) f ON f.debt_id = d.id AND f.pocket = '{pocket}'
            WHERE d.{pocket}_minutes <> COALESCE(f.minutes, 0) ORDER BY d.id""",
    )


CHECKS: Sequence[Check] = (
    Check(
        "entries are numbered without gaps",
        f"""SELECT 'entry', account_id, number, number, COALESCE(previous_number, 0) + 1 FROM ({_CHAIN}) AS chain
            WHERE number <> COALESCE(previous_number, 0) + 1 ORDER BY account_id, number""",
    ),
    Check(
        "an entry carries the balance after it",
        f"""SELECT 'entry', account_id, number, balance_after, COALESCE(previous_balance, 0) + minutes FROM ({_CHAIN}) AS chain
            WHERE balance_after <> COALESCE(previous_balance, 0) + minutes ORDER BY account_id, number""",
    ),
    Check(
        "entries are recorded in order of time",
        f"""SELECT 'entry', account_id, number, recorded_at, previous_at FROM ({_CHAIN}) AS chain
            WHERE recorded_at < previous_at ORDER BY account_id, number""",
    ),
    Check(
        "an entry changes the balance by what its moves did",
        f"""SELECT 'entry', e.account_id, e.number, e.minutes, COALESCE(m.minutes, 0) FROM credits_entry e LEFT JOIN (
                SELECT entry_id, SUM(minutes * (
                    CASE WHEN lot_id IS NOT NULL AND to_pocket IN {_LIVE} THEN 1 ELSE 0 END
                    - CASE WHEN lot_id IS NOT NULL AND from_pocket IN {_LIVE} THEN 1 ELSE 0 END
                    - CASE WHEN debt_id IS NOT NULL AND to_pocket = 'open' THEN 1 ELSE 0 END
                    + CASE WHEN debt_id IS NOT NULL AND from_pocket = 'open' THEN 1 ELSE 0 END)) AS minutes
                FROM credits_move GROUP BY entry_id
            ) m ON m.entry_id = e.id WHERE e.minutes <> COALESCE(m.minutes, 0) ORDER BY e.account_id, e.number""",
    ),
    Check(
        "a move touches the entry's own account",
        """SELECT 'entry', e.account_id, e.number, COALESCE(l.account_id, d.account_id), e.account_id
            FROM credits_move m JOIN credits_entry e ON e.id = m.entry_id
            LEFT JOIN credits_lot l ON l.id = m.lot_id LEFT JOIN credits_debt d ON d.id = m.debt_id
            WHERE e.account_id <> COALESCE(l.account_id, d.account_id) ORDER BY e.account_id, e.number""",
    ),
    Check(
        "a reversal is the opposite of what it reverses",
        """SELECT 'entry', r.account_id, r.number, r.minutes, -e.minutes FROM credits_entry r JOIN credits_entry e ON e.id = r.reverses_id
            WHERE r.minutes <> -e.minutes OR r.account_id <> e.account_id ORDER BY r.account_id, r.number""",
    ),
    Check(
        "the balance is the sum of the entries",
        """SELECT 'account', a.id, a.id, a.available_minutes + a.held_minutes + a.frozen_minutes - a.debt_minutes, COALESCE(s.minutes, 0)
            FROM credits_creditaccount a LEFT JOIN (SELECT account_id, SUM(minutes) AS minutes FROM credits_entry GROUP BY account_id) s
            ON s.account_id = a.id
            WHERE a.available_minutes + a.held_minutes + a.frozen_minutes - a.debt_minutes <> COALESCE(s.minutes, 0) ORDER BY a.id""",
    ),
    Check(
        "the account counts its entries",
        """SELECT 'account', a.id, a.id, a.entry_count, COALESCE(s.entries, 0) FROM credits_creditaccount a
            LEFT JOIN (SELECT account_id, COUNT(*) AS entries FROM credits_entry GROUP BY account_id) s ON s.account_id = a.id
            WHERE a.entry_count <> COALESCE(s.entries, 0) ORDER BY a.id""",
    ),
    *(_account_check(pocket) for pocket in ("available", "held", "frozen")),
    Check(
        "the account owes what its debts leave open",
        """SELECT 'account', a.id, a.id, a.debt_minutes, COALESCE(s.minutes, 0) FROM credits_creditaccount a
            LEFT JOIN (SELECT account_id, SUM(open_minutes) AS minutes FROM credits_debt GROUP BY account_id) s ON s.account_id = a.id
            WHERE a.debt_minutes <> COALESCE(s.minutes, 0) ORDER BY a.id""",
    ),
    Check(
        "there is never debt and available credit at once",
        """SELECT 'account', id, id, debt_minutes, 0 FROM credits_creditaccount
            WHERE debt_minutes > 0 AND available_minutes > 0 ORDER BY id""",
    ),
    Check(
        "a lot's pockets add up to what was granted",
        """SELECT 'lot', account_id, id, available_minutes + held_minutes + frozen_minutes + spent_minutes + expired_minutes
            + refunded_minutes + moved_minutes, granted_minutes FROM credits_lot WHERE granted_minutes <> available_minutes + held_minutes
            + frozen_minutes + spent_minutes + expired_minutes + refunded_minutes + moved_minutes ORDER BY id""",
    ),
    *(_pocket_check(pocket) for pocket in ("frozen", "spent", "expired", "refunded", "moved")),
    Check(
        "what a lot has available and held is what its moves left",
        f"""SELECT 'lot', l.account_id, l.id, l.available_minutes + l.held_minutes, COALESCE(f.minutes, 0) FROM credits_lot l LEFT JOIN (
                SELECT lot_id, SUM(minutes) AS minutes FROM ({_LOT_FLOW}) g WHERE pocket IN ('available', 'held') GROUP BY lot_id
            ) f ON f.lot_id = l.id WHERE l.available_minutes + l.held_minutes <> COALESCE(f.minutes, 0) ORDER BY l.id""",
    ),
    Check(
        "a lot holds what holds cover from it",
        """SELECT 'lot', l.account_id, l.id, l.held_minutes, COALESCE(p.minutes, 0) FROM credits_lot l
            LEFT JOIN (SELECT lot_id, SUM(minutes) AS minutes FROM credits_holdpart GROUP BY lot_id) p ON p.lot_id = l.id
            WHERE l.held_minutes <> COALESCE(p.minutes, 0) ORDER BY l.id""",
    ),
    Check(
        "a hold covers the sum of its parts",
        """SELECT 'hold', h.account_id, h.id, h.covered_minutes, COALESCE(p.minutes, 0) FROM credits_hold h
            LEFT JOIN (SELECT hold_id, SUM(minutes) AS minutes FROM credits_holdpart GROUP BY hold_id) p ON p.hold_id = h.id
            WHERE h.covered_minutes <> COALESCE(p.minutes, 0) ORDER BY h.id""",
    ),
    Check(
        "a captured hold posted what it says",
        """SELECT 'hold', h.account_id, h.id, h.captured_minutes, COALESCE(-e.minutes, 0) FROM credits_hold h
            LEFT JOIN credits_entry e ON e.hold_id = h.id AND e.kind = 'deduction'
            WHERE h.state = 'captured' AND h.captured_minutes <> COALESCE(-e.minutes, 0) ORDER BY h.id""",
    ),
    *(_debt_check(pocket) for pocket in ("open", "paid", "reversed")),
    Check(
        "what was paid of a debt came from lots",
        """SELECT 'debt', d.account_id, d.id, COALESCE(p.minutes, 0), COALESCE(m.minutes, 0) FROM credits_debt d
            LEFT JOIN (SELECT debt_id, SUM(minutes) AS minutes FROM credits_move WHERE to_pocket = 'paid' GROUP BY debt_id) p
                ON p.debt_id = d.id
            LEFT JOIN (SELECT pays_id, SUM(minutes) AS minutes FROM credits_move WHERE pays_id IS NOT NULL GROUP BY pays_id) m
                ON m.pays_id = d.id
            WHERE COALESCE(p.minutes, 0) <> COALESCE(m.minutes, 0) ORDER BY d.id""",
    ),
    Check(
        "a paid top-up became exactly the credit that was ordered",
        """SELECT 'top-up', t.account_id, t.id, COALESCE(l.granted_minutes, 0), t.minutes + t.bonus_minutes FROM credits_topup t
            LEFT JOIN credits_lot l ON l.id = t.lot_id AND l.account_id = t.account_id
            WHERE (t.state = 'paid' OR t.lot_id IS NOT NULL) AND COALESCE(l.granted_minutes, 0) <> t.minutes + t.bonus_minutes
            ORDER BY t.id""",
    ),
    Check(
        "a debt that was invoiced was paid by the credit of its own invoice, at its own price",
        """SELECT 'top-up', t.account_id, t.id, COALESCE(m.minutes, 0), t.minutes FROM credits_topup t
            JOIN credits_debt d ON d.id = t.debt_id
            LEFT JOIN (
                SELECT lot_id, pays_id, SUM(minutes) AS minutes FROM credits_move WHERE pays_id IS NOT NULL GROUP BY lot_id, pays_id
            ) m ON m.lot_id = t.lot_id AND m.pays_id = t.debt_id
            WHERE d.account_id <> t.account_id OR d.price_per_hour <> t.price_per_hour OR d.vat_percent <> t.vat_percent
                OR t.lot_id IS NOT NULL AND COALESCE(m.minutes, 0) <> t.minutes ORDER BY t.id""",
    ),
    Check(
        "a lot can be used as long as its last entry about it says",
        """SELECT 'lot', l.account_id, l.id, l.expires_on, e.expires_on FROM credits_lot l JOIN credits_entry e ON e.id = (
                SELECT MAX(id) FROM credits_entry WHERE lot_id = l.id AND kind IN ('grant', 'extension'))
            WHERE COALESCE(CAST(l.expires_on AS VARCHAR(10)), '') <> COALESCE(CAST(e.expires_on AS VARCHAR(10)), '') ORDER BY l.id""",
    ),
    Check(
        "a lot is frozen as its entries say",
        """SELECT 'lot', l.account_id, l.id, l.frozen_minutes, e.minutes FROM credits_lot l LEFT JOIN credits_entry e ON e.id = (
                SELECT MAX(id) FROM credits_entry WHERE lot_id = l.id AND kind IN ('freeze', 'unfreeze'))
            WHERE (l.frozen_at IS NOT NULL) <> (COALESCE(e.kind, 'unfreeze') = 'freeze') ORDER BY l.id""",
    ),
    Check(
        "a lot refunded what its refunds say",
        """SELECT 'lot', l.account_id, l.id, l.refunded_minutes, COALESCE(r.minutes, 0) FROM credits_lot l
            LEFT JOIN (SELECT lot_id, SUM(minutes) AS minutes FROM credits_refund GROUP BY lot_id) r ON r.lot_id = l.id
            WHERE l.refunded_minutes <> COALESCE(r.minutes, 0) ORDER BY l.id""",
    ),
    Check(
        "a refund says what its entry does",
        """SELECT 'entry', e.account_id, e.number, COALESCE(r.minutes, 0), -e.minutes FROM credits_entry e
            LEFT JOIN credits_refund r ON r.entry_id = e.id AND r.lot_id = e.lot_id
            WHERE e.kind = 'refund' AND COALESCE(r.minutes, 0) <> -e.minutes ORDER BY e.account_id, e.number""",
    ),
    Check(
        "no lot gives back more money than it cost",
        """SELECT 'lot', l.account_id, l.id, ROUND((COALESCE(r.net, 0) + COALESCE(m.total, 0)) * 100), ROUND(l.total_price * 100)
            FROM credits_lot l LEFT JOIN (SELECT lot_id, SUM(net) AS net, SUM(vat) AS vat FROM credits_refund GROUP BY lot_id) r
                ON r.lot_id = l.id
            LEFT JOIN (SELECT origin_id, SUM(total_price) AS total FROM credits_lot GROUP BY origin_id) m ON m.origin_id = l.id
            WHERE ROUND((COALESCE(r.net, 0) + COALESCE(m.total, 0)) * 100) > ROUND(l.total_price * 100)
                OR COALESCE(r.vat, 0) * 100 > l.total_price * l.vat_percent + 0.501 ORDER BY l.id""",
    ),
    Check(
        "what was moved out of a lot is in lots of the same organisation",
        """SELECT 'lot', l.account_id, l.id, l.moved_minutes, COALESCE(m.minutes, 0) FROM credits_lot l
            JOIN credits_creditaccount a ON a.id = l.account_id
            LEFT JOIN (
                SELECT n.origin_id, b.organisation_id, SUM(n.granted_minutes) AS minutes FROM credits_lot n
                JOIN credits_creditaccount b ON b.id = n.account_id WHERE n.origin_id IS NOT NULL GROUP BY n.origin_id, b.organisation_id
            ) m ON m.origin_id = l.id AND m.organisation_id = a.organisation_id
            WHERE l.moved_minutes <> COALESCE(m.minutes, 0) ORDER BY l.id""",
    ),
    Check(
        "what one account gave another received",
        """SELECT 'entry', o.account_id, o.number, COALESCE(i.minutes, 0), -o.minutes FROM credits_entry o
            LEFT JOIN credits_entry i ON i.kind = 'transfer_in' AND i.cause = o.cause
            WHERE o.kind = 'transfer_out' AND COALESCE(i.minutes, 0) <> -o.minutes ORDER BY o.account_id, o.number""",
    ),
    Check(
        "a transfer that was carried out was posted as it was agreed",
        """SELECT 'transfer', t.source_id, t.id, COALESCE(-e.minutes, 0), t.minutes FROM credits_transfer t
            LEFT JOIN credits_entry e ON e.kind = 'transfer_out' AND e.account_id = t.source_id
                AND e.cause = 'transfer:' || CAST(t.id AS VARCHAR(20))
            WHERE t.state = 'done' AND COALESCE(-e.minutes, 0) <> t.minutes ORDER BY t.id""",
    ),
)


def audit() -> Report:
    """Check every sentence over the whole database (rule C15). Reads only; run it in one snapshot while others write."""
    return Report(figures=_figures(), findings=[*findings_of(CHECKS), *missing_guards("credits_")])


def findings_of(checks: Sequence[Check]) -> list[Finding]:
    """What breaks the sentences of `checks`, at most MOST_NAMED of each, in their order."""
    return [finding for check in checks for finding in _run(check)]


def missing_guards(prefix: str) -> list[Finding]:
    """The guards that do not stand on the tables whose names begin with `prefix`."""
    wanted = {name for guard in guards.declared() if guard.table.startswith(prefix) for name in guard.names(connection)}
    missing = wanted - guards.standing(connection)
    return [Finding("the database guard stands", f"guard {name}", "nothing", "a trigger or constraint") for name in sorted(missing)]


def _run(check: Check) -> list[Finding]:
    with connection.cursor() as cursor:
        cursor.execute(f"{check.query} LIMIT {MOST_NAMED}")
        return [
            Finding(check.sentence, _name(subject, account, number), str(found), str(expected))
            for subject, account, number, found, expected in cursor.fetchall()
        ]


def _name(subject: str, account: int, number: int) -> str:
    return f"account {account}" if subject == "account" else f"account {account}, {subject} {number}"


def _figures() -> dict[str, int]:
    tables = {
        "accounts": "creditaccount",
        "entries": "entry",
        "moves": "move",
        "lots": "lot",
        "holds": "hold",
        "debts": "debt",
        "top-ups": "topup",
    }
    figures = {}
    with connection.cursor() as cursor:
        for name, table in tables.items():
            cursor.execute(f"SELECT COUNT(*) FROM credits_{table}")
            figures[name] = cursor.fetchone()[0]
        cursor.execute(
            "SELECT COALESCE(SUM(available_minutes), 0), COALESCE(SUM(held_minutes), 0), COALESCE(SUM(frozen_minutes), 0), "
            "COALESCE(SUM(debt_minutes), 0) FROM credits_creditaccount"
        )
        names = ("minutes available", "minutes held", "minutes frozen", "minutes owed")
        figures |= {name: int(value) for name, value in zip(names, cursor.fetchone(), strict=True)}
    return figures
