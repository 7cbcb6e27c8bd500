"""The last guards of sessions, in the database itself (rules P3, R2, R3, R4, R6, C7, C8, C17, X2)."""

from clients.erasable import erasable
from core.guards import Guard, append_only, closed_once, columns_fixed, no_overlap, triggers
from sessions.models.terms import FrozenTerms

_BOOKED = ("organisation_id", "account_id", "cause", "requested_at", "requested_by_id")
_AGREED = tuple(field.column for field in FrozenTerms._meta.local_fields)


def _factor_fixed_once_started() -> Guard:
    """What a session is multiplied by changes with its agreed time, and never once work has begun (rule C17)."""
    name = "support_sessions_session_factor_fixed"
    columns = ("factor_percent", "band_id", "skill_level_id")
    sqlite = " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in columns)
    postgresql = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in columns)
    return triggers(
        table="support_sessions_session",
        name=name,
        on="UPDATE",
        sqlite={"BEFORE UPDATE": f"SELECT RAISE(ABORT, '{name}') WHERE OLD.started_at IS NOT NULL AND ({sqlite})"},
        postgresql=f"IF OLD.started_at IS NOT NULL AND ({postgresql}) THEN "
        f"RAISE EXCEPTION '{name}' USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW;",
    )


_UNPROTECTED = """EXISTS (SELECT 1 FROM clients_provider provider WHERE provider.needs_processing_agreement) AND NOT EXISTS (
    SELECT 1 FROM clients_agreement agreement
    WHERE agreement.organisation_id = NEW.organisation_id AND agreement.processing_agreed_on IS NOT NULL)"""
UNPROTECTED = "no session without a data processing agreement"

GUARDS = [
    triggers(
        table="support_sessions_session",
        name="support_sessions_session_processing_agreed",
        on="INSERT",
        sqlite={"BEFORE INSERT": f"SELECT RAISE(ABORT, '{UNPROTECTED}') WHERE {_UNPROTECTED}"},
        postgresql=f"IF {_UNPROTECTED} THEN RAISE EXCEPTION '{UNPROTECTED}' USING ERRCODE = 'check_violation'; END IF; RETURN NEW;",
    ),
    *erasable(["reason", "facts"], append_only("support_sessions_sessionevent")),
    append_only("support_sessions_accesslook"),
    *erasable(["text"], append_only("support_sessions_sessionnote")),
    *erasable(["reason"], append_only("support_sessions_passedover")),
    columns_fixed("support_sessions_calendarobject", ["session_id", "uid"]),
    columns_fixed("support_sessions_attendee", ["session_id", "person_id"]),
    closed_once("support_sessions_accessinstructions", "erased_at"),
    *erasable(["title", "description"], closed_once("support_sessions_series", "ended_at")),
    columns_fixed("support_sessions_session", (*_BOOKED, *_AGREED)),
    _factor_fixed_once_started(),
    *erasable(["reason"], closed_once("support_sessions_consent", "answered_at")),
    *erasable(["reason", "settlement"], closed_once("support_sessions_dispute", "settled_at")),
    *erasable(["reason"], closed_once("support_sessions_latework", "answered_at")),
    *erasable(
        ["reason", "settlement"],
        closed_once("support_sessions_penaltydispute", "settled_at"),
        columns_fixed("support_sessions_penaltydispute", ["session_id", "entry_id", "reason", "raised_at", "raised_by_id", "due_at"]),
    ),
    *erasable(
        ["note"],
        columns_fixed(
            "support_sessions_workentry", ["session_id", "person_id", "started_at", "ended_at", "note", "logged_at", "corrects_id"]
        ),
    ),
    no_overlap(table="support_sessions_reservation", key="technician_id", start="blocked_from", end="blocked_until"),
    no_overlap(table="support_sessions_workentry", key="person_id", start="started_at", end="ended_at"),
]
