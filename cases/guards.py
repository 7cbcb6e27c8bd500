"""The last guards of cases, in the database itself (rules P3, S1, S6, S7), and the full-text index of help (rule S14)."""

from cases.help_index import GUARD as HELP_INDEX
from clients.erasable import erasable
from core.guards import append_only, closed_once, columns_fixed, no_overlap, set_once

_OPENED = ("organisation_id", "opened_via", "opened_at", "cause", "terms", "plan_id", "plan_rank", "mail_token")
_JUDGED = ("case_id", "way", "ground", "reason", "service_id", "decided_at", "decided_by_id", "support_minutes")

GUARDS = [
    HELP_INDEX,
    *erasable(["reason", "facts"], append_only("cases_caseevent")),
    *erasable(["address", "text", "html"], append_only("cases_message")),
    *erasable(["name", "content_type"], append_only("cases_attachment")),
    *erasable(["terms"], columns_fixed("cases_case", _OPENED)),
    columns_fixed("cases_clock", ["case_id", "kind"]),
    set_once("cases_clock", ["met_at", "breached_at", "warned_at", "ended_at"]),
    *erasable(["note"], closed_once("cases_calltask", "closed_at")),
    *erasable(
        ["reason", "answer", "objection"],
        columns_fixed("cases_reclassification", ["case_id", "old", "new", "reason", "asked_at", "asked_by_id"]),
    ),
    set_once("cases_reclassification", ["decided_at", "granted", "objected_at", "settled_at", "upheld"]),
    *erasable(
        ["text", "reason"],
        closed_once("cases_solution", "answered_at"),
        columns_fixed("cases_solution", ["case_id", "text", "proposed_at", "proposed_by_id"]),
    ),
    closed_once("cases_page", "acknowledged_at"),
    *erasable(["note"], columns_fixed("cases_casetime", ["case_id", "person_id", "started_at", "ended_at", "note", "logged_at"])),
    columns_fixed("cases_visit", ["case_id", "cause", "planned_at", "planned_by_id", "uid"]),
    *erasable(["place", "contact", "purpose", "outcome"], closed_once("cases_visit", "ended_at")),
    no_overlap(table="cases_visit", key="consultant_id", start="starts_at", end="ends_at"),
    no_overlap(table="cases_casetime", key="person_id", start="started_at", end="ended_at"),
    *erasable(["reason", "objection", "settlement"], columns_fixed("cases_triagedecision", _JUDGED)),
    set_once("cases_triagedecision", ["answered_at", "agreed", "objected_at", "settled_at", "settled_by_id", "upheld"]),
]
