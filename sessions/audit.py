"""The proof that sessions and their credit agree, over the whole database with set-based SQL (rules C5 to C8, C15, R2, R6).

    charged = what the minutes that count round to = what was deducted
    an open booking has one live hold and its technicians, and nothing else has

Beside the audit of the ledger, which knows nobody who spends: the ledger can be sound and a session still be charged
wrongly. Like that one it shares no code with the verbs, and names what breaks a sentence. It reads the tables of
credit, as an auditor does.
"""

from collections.abc import Sequence

from django.db import connection

from credits.audit import Check, Report, findings_of, missing_guards
from sessions.models import Reservation, Session, WorkEntry

_WITH_HOURS = "('submitted', 'disputed', 'confirmed', 'settled')"
_POSTED = "('confirmed', 'settled')"
_BOOKED = "('awaiting_top_up', 'scheduled')"
_HELD_FOR = "('awaiting_top_up', 'scheduled', 'in_progress', 'paused', 'submitted', 'disputed')"
_CLOSED = "('confirmed', 'settled', 'cancelled', 'missed', 'released', 'aborted')"
_LIVE = "('placed', 'waiting')"

# What the minutes that count come to, in hundredths of a minute first, so that the factor loses nothing (rules C7, C17).
_EXACT = "(s.raw_minutes - s.free_minutes) * s.factor_percent"
_STEP = "(s.rounding_step_minutes * 100)"
_GOES_UP = f"""CASE s.rounding_mode WHEN 'up' THEN CASE WHEN {_EXACT} % {_STEP} > 0 THEN 1 ELSE 0 END
    WHEN 'nearest' THEN CASE WHEN {_EXACT} % {_STEP} * 2 >= {_STEP} THEN 1 ELSE 0 END ELSE 0 END"""
_ROUNDED = f"({_EXACT} / {_STEP} + {_GOES_UP}) * s.rounding_step_minutes"
_CHARGE = f"""CASE WHEN {_EXACT} = 0 THEN 0
    WHEN {_ROUNDED} < s.minimum_charge_minutes THEN s.minimum_charge_minutes ELSE {_ROUNDED} END"""

_ELAPSED = {
    "sqlite": "CAST(ROUND((JULIANDAY(w.ended_at) - JULIANDAY(w.started_at)) * 1440) AS INTEGER)",
    "postgresql": "CAST(EXTRACT(EPOCH FROM w.ended_at - w.started_at) / 60 AS INTEGER)",
}


_CHECKS: Sequence[Check] = (
    Check(
        "a session charges what its counted minutes round to",
        f"""SELECT 'session', s.account_id, s.id, s.charged_minutes, {_CHARGE} FROM support_sessions_session s
            WHERE s.state IN {_WITH_HOURS} AND s.charged_minutes <> {_CHARGE} ORDER BY s.id""",
    ),
    Check(
        "a confirmed session deducted what it charges",
        f"""SELECT 'session', s.account_id, s.id, COALESCE(-e.minutes, 0), s.charged_minutes FROM support_sessions_session s
            LEFT JOIN credits_entry e ON e.kind = 'deduction' AND e.account_id = s.account_id
                AND e.cause = 'session:' || s.id || ':settlement:' || s.round
            WHERE s.state IN {_POSTED} AND (e.id IS NULL OR -e.minutes <> s.charged_minutes) ORDER BY s.id""",
    ),
    Check(
        "nothing is deducted for hours that are not confirmed",
        f"""SELECT 'session', s.account_id, s.id, -e.minutes, 0 FROM support_sessions_session s
            JOIN credits_entry e ON e.hold_id = s.hold_id AND e.kind = 'deduction'
            LEFT JOIN credits_entry r ON r.reverses_id = e.id
            WHERE s.state NOT IN {_POSTED} AND r.id IS NULL ORDER BY s.id""",
    ),
    Check(
        "an open booking has a live hold, and a closed one has none",
        f"""SELECT 'session', s.account_id, s.id, COALESCE(h.state, 'nothing'), CASE WHEN s.state IN {_HELD_FOR} THEN 'a live hold'
                ELSE 'none' END
            FROM support_sessions_session s LEFT JOIN credits_hold h ON h.id = s.hold_id
            WHERE s.state IN {_HELD_FOR} AND (h.id IS NULL OR h.state NOT IN {_LIVE} OR h.account_id <> s.account_id)
                OR s.state IN {_CLOSED} AND h.state IN {_LIVE} ORDER BY s.id""",
    ),
    Check(
        "what is held for a session is held once",
        f"""SELECT 'hold', h.account_id, h.id, h.covered_minutes, 0 FROM credits_hold h
            LEFT JOIN support_sessions_session s ON s.hold_id = h.id
            WHERE h.cause LIKE 'session:%' AND h.state IN {_LIVE} AND s.id IS NULL ORDER BY h.id""",
    ),
    Check(
        "a booking has its technicians, and a closed session has none",
        f"""SELECT 'session', s.account_id, s.id, COALESCE(r.technicians, 0), CASE WHEN s.state IN {_BOOKED} THEN s.technician_count
                ELSE 0 END
            FROM support_sessions_session s LEFT JOIN (
                SELECT session_id, COUNT(*) AS technicians FROM support_sessions_reservation WHERE live GROUP BY session_id
            ) r ON r.session_id = s.id
            WHERE s.state IN {_BOOKED} AND COALESCE(r.technicians, 0) <> s.technician_count
                OR s.state IN {_CLOSED} AND COALESCE(r.technicians, 0) > 0 ORDER BY s.id""",
    ),
    Check(
        "a technician is reserved for one thing at a time",
        """SELECT 'session', s.account_id, s.id, a.session_id, s.id FROM support_sessions_reservation a
            JOIN support_sessions_reservation b ON b.technician_id = a.technician_id AND b.id > a.id AND b.live
                AND a.blocked_from < b.blocked_until AND b.blocked_from < a.blocked_until
            JOIN support_sessions_session s ON s.id = b.session_id WHERE a.live ORDER BY s.id""",
    ),
    Check(
        "a technician is reserved from the start of a session to its end",
        """SELECT 'session', s.account_id, s.id, r.blocked_until, s.ends_at FROM support_sessions_session s
            JOIN support_sessions_reservation r ON r.session_id = s.id AND r.live
            WHERE r.blocked_from > s.starts_at OR r.blocked_until < s.ends_at ORDER BY s.id""",
    ),
)


def audit() -> Report:
    """Check every sentence over the whole database. Reads only; run it in one snapshot while others write."""
    counted = {"sessions": Session, "times worked": WorkEntry, "reservations": Reservation}
    figures = {name: model._default_manager.count() for name, model in counted.items()}
    return Report(figures=figures, findings=[*findings_of(checks()), *missing_guards("support_sessions_")])


def checks() -> Sequence[Check]:
    """Every sentence, for the database that is connected."""
    logged = f"""
        SELECT w.session_id, SUM(COALESCE(d.settled_minutes, {_ELAPSED[connection.vendor]})) AS minutes
        FROM support_sessions_workentry w JOIN support_sessions_session s ON s.id = w.session_id
        LEFT JOIN support_sessions_disputeline d ON d.entry_id = w.id AND EXISTS (
            SELECT 1 FROM support_sessions_dispute p WHERE p.id = d.dispute_id AND p.session_id = s.id AND p.round = s.round)
        WHERE w.live GROUP BY w.session_id"""
    return (
        Check(
            "a session's worked minutes are those that were logged, or settled",
            f"""SELECT 'session', s.account_id, s.id, s.raw_minutes, COALESCE(l.minutes, 0) FROM support_sessions_session s
                LEFT JOIN ({logged}) l ON l.session_id = s.id
                WHERE s.state IN {_WITH_HOURS} AND s.raw_minutes <> COALESCE(l.minutes, 0) ORDER BY s.id""",
        ),
        *_CHECKS,
    )
