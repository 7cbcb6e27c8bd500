"""Everything that is asked, in the order in which one thing leans on another."""

from collections.abc import Iterable
from datetime import datetime

from dashboard.health import database, machine, servers, work
from dashboard.health.findings import Check, Finding, State, ask

CHECKS: dict[str, Check] = {
    "configuration": machine.configuration,
    "keys": machine.keys,
    "database": database.reachable,
    "migrations": database.migrated,
    "role": database.role,
    "upkeep": database.upkeep,
    "clock": database.clock,
    "broker": servers.broker,
    "cache": servers.caches,
    "mail": servers.mail,
    "files": machine.folder,
    "disk": machine.disk,
    "documents": machine.documents,
    "static files": machine.static_files,
    "profile": machine.profile,
    "jobs": work.ticks,
    "outbox": work.outbox,
}
PAGES = ("database", "migrations")
"""What a page needs. A balancer that asked for more would take all pages away where only mail is late."""
WORK = (*PAGES, "broker", "jobs", "outbox")
"""What must be well for everything to be done."""


def look(names: Iterable[str], at: datetime) -> list[Finding]:
    """What is found about these."""
    return [ask(name, CHECKS[name], at) for name in names]


def first_fault(findings: Iterable[Finding]) -> Finding | None:
    """The fault to see to first, if there is any."""
    return next((finding for finding in findings if finding.state is State.FAULT), None)
