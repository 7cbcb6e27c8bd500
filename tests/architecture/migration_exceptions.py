"""Migrations that break a rule of `migration_rules` with a reason, which somebody else has looked at."""

EXCEPTIONS: dict[tuple[str, str], str] = {}
"""By migration (`app.name`) and fault, why nobody waits for it all the same."""
