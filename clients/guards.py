"""The last guards of what clients have arranged, in the database itself (rules: People)."""

from core.guards import closed_once, columns_fixed

GUARDS = [
    columns_fixed("clients_deputyship", ["organisation_id", "approver_id", "deputy_id", "first_on", "last_on", "named_at"]),
    closed_once("clients_deputyship", "ended_at"),
]
