"""The last guards of what clients have arranged, in the database itself (rules: People, S18)."""

from core.guards import closed_once, columns_fixed, no_overlap

GUARDS = [
    columns_fixed("clients_deputyship", ["organisation_id", "approver_id", "deputy_id", "first_on", "last_on", "named_at"]),
    closed_once("clients_deputyship", "ended_at"),
    no_overlap(table="clients_oncallswap", key="rota_id", start="starts_at", end="ends_at"),
]
