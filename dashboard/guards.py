"""The last guards of what administrators did about failures, in the database itself."""

from core.guards import append_only

GUARDS = [append_only("dashboard_deadletterevent")]
