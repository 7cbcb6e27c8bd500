"""The last guards of sessions, in the database itself (rules R2, R6, C7)."""

from core.guards import append_only, columns_fixed, no_overlap

_FROZEN = (
    "organisation_id",
    "account_id",
    "cause",
    "notice_minutes",
    "penalty_minutes",
    "rounding_step_minutes",
    "rounding_mode",
    "minimum_charge_minutes",
    "price_per_hour",
    "price_per_hour_currency",
    "vat_percent",
    "requested_at",
    "requested_by_id",
)

GUARDS = [
    append_only("support_sessions_sessionevent"),
    columns_fixed("support_sessions_session", _FROZEN),
    columns_fixed("support_sessions_workentry", ["session_id", "person_id", "started_at", "ended_at", "note", "logged_at", "corrects_id"]),
    no_overlap(table="support_sessions_reservation", key="technician_id", start="blocked_from", end="blocked_until"),
    no_overlap(table="support_sessions_workentry", key="person_id", start="started_at", end="ended_at"),
]
