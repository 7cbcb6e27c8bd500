"""The last guards of mail, in the database itself: what came in stays as it came (rule S8)."""

from core.guards import columns_fixed

GUARDS = [
    columns_fixed("notices_incomingmail", ["raw", "digest", "size", "source", "received_at"]),
]
