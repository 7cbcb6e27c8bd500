"""The last guards of sessions, in the database itself (rules P3, R2, R6, C7, C8)."""

from core.guards import append_only, closed_once, columns_fixed, no_overlap
from sessions.models.terms import FrozenTerms

_BOOKED = ("organisation_id", "account_id", "cause", "requested_at", "requested_by_id")
_AGREED = tuple(field.column for field in FrozenTerms._meta.local_fields)

GUARDS = [
    append_only("support_sessions_sessionevent"),
    columns_fixed("support_sessions_session", (*_BOOKED, *_AGREED)),
    closed_once("support_sessions_consent", "answered_at"),
    closed_once("support_sessions_dispute", "settled_at"),
    closed_once("support_sessions_latework", "answered_at"),
    closed_once("support_sessions_penaltydispute", "settled_at"),
    columns_fixed("support_sessions_penaltydispute", ["session_id", "entry_id", "reason", "raised_at", "raised_by_id", "due_at"]),
    columns_fixed("support_sessions_workentry", ["session_id", "person_id", "started_at", "ended_at", "note", "logged_at", "corrects_id"]),
    no_overlap(table="support_sessions_reservation", key="technician_id", start="blocked_from", end="blocked_until"),
    no_overlap(table="support_sessions_workentry", key="person_id", start="started_at", end="ended_at"),
]
