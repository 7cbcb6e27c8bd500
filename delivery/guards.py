"""The last guards of delivery, in the database itself (rules D1 to D6, P3, C14)."""

from clients.erasable import erasable
from core.guards import Guard, append_only, closed_once, columns_fixed, frozen_while, no_overlap, set_once, triggers

_HANDED_IN = "EXISTS (SELECT 1 FROM delivery_estimate e WHERE e.id = {row}.estimate_id AND e.state <> 'draft')"


def _estimate_frozen() -> Guard:
    """What an estimate says never changes once it is handed in; given back, it is a draft again (rule D1)."""
    name = "delivery_estimate_frozen"
    columns = ("basis", "currency", "intro", "terms", "vat_treatment", "net", "vat", "total", "credit_price_per_hour", "valid_until")
    sqlite = " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in columns)
    changed = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in columns)
    return triggers(
        table="delivery_estimate",
        name=name,
        on="UPDATE",
        sqlite={"BEFORE UPDATE": f"SELECT RAISE(ABORT, '{name}') WHERE OLD.state <> 'draft' AND ({sqlite})"},
        postgresql=f"IF OLD.state <> 'draft' AND ({changed}) THEN "
        f"RAISE EXCEPTION '{name}' USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW;",
    )


def _billed_within_accepted() -> Guard:
    """Of a task never more is to be invoiced than was accepted of it (rule D3). Whole cents: SQLite adds floating numbers."""
    name = "delivery_billable_within_accepted"
    more = (
        "ROUND(100 * (NEW.net + COALESCE((SELECT SUM(b.net) FROM delivery_billable b WHERE b.task_id = NEW.task_id), 0))) > "
        "ROUND(100 * (SELECT t.accepted_net FROM delivery_deliverytask t WHERE t.id = NEW.task_id))"
    )
    return triggers(
        table="delivery_billable",
        name=name,
        on="INSERT",
        sqlite={"BEFORE INSERT": f"SELECT RAISE(ABORT, '{name}') WHERE {more}"},
        postgresql=f"IF {more} THEN RAISE EXCEPTION '{name}' USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW;",
    )


_ACCEPTED = ("estimate_id", "person_id", "at", "way", "address", "document_id", "digest", "currency", "net", "vat", "total")
_EVIDENT = ("recorded_by_id", "evidence", "evidence_name", "evidence_digest")
_OPENED = ("organisation_id", "case_id", "decision_id", "cause", "opened_at", "opened_by_id", "mail_token", "currency")
_SPENT = ("task_id", "line_id", "kind", "text", "spent_on", "quantity", "unit_price", "net", "logged_at", "logged_by_id")
_LOGGED = ("task_id", "line_id", "rate", "billable", "fault_id", "person_id", "started_at", "ended_at", "note", "logged_at")

GUARDS = [
    *erasable(["reason", "facts"], append_only("delivery_taskevent")),
    *erasable(["text"], append_only("delivery_taskmessage")),
    columns_fixed("delivery_deliverytask", _OPENED),
    columns_fixed("delivery_estimate", ["task_id", "number", "cause", "kind", "prepared_at", "prepared_by_id"]),
    closed_once("delivery_estimate", "closed_at"),
    set_once("delivery_estimate", ["offered_at"]),
    _estimate_frozen(),
    frozen_while(
        "delivery_estimateline",
        ["estimate_id", "position", "kind", "text", "quantity", "unit_price", "net", "vat_percent"],
        holds=_HANDED_IN,
    ),
    frozen_while("delivery_milestone", ["estimate_id", "position", "title", "net", "planned_on"], holds=_HANDED_IN),
    closed_once("delivery_milestone", "reached_at"),
    append_only("delivery_estimateapproval"),
    append_only("delivery_estimatedocument"),
    columns_fixed("delivery_acceptance", [*_ACCEPTED, *_EVIDENT, "pays_with", "account_id", "minutes"]),
    closed_once("delivery_acceptance", "completed_at"),
    append_only("delivery_spokenanswer"),
    *erasable(
        ["words", "evidence"],
        closed_once("delivery_completion", "answered_at"),
        columns_fixed("delivery_completion", ["task_id", "number", "told_at", "told_by_id", "words", "due_at", "silence_accepts"]),
    ),
    *erasable(
        ["text", "mended_how"],
        closed_once("delivery_fault", "mended_at"),
        columns_fixed("delivery_fault", ["completion_id", "task_id", "number", "text", "disputed_net", "listed_at", "listed_by_id"]),
    ),
    *erasable(["note"], columns_fixed("delivery_deliverytime", _LOGGED)),
    no_overlap(table="delivery_deliverytime", key="person_id", start="started_at", end="ended_at"),
    columns_fixed("delivery_deliverycost", _SPENT),
    append_only("delivery_billable"),
    _billed_within_accepted(),
]
