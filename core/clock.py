"""The one clock that all processes share: the database's. Machines whose own clock has leapt do nothing until it is right.

Leases and turns are kept by it, so that a machine that is an hour ahead takes nothing from who still works on it, and
does nothing an hour early.
"""

from datetime import UTC, datetime, timedelta

from django.db import connection

MOST_ASTRAY = timedelta(seconds=60)


class ClockAstray(Exception):
    """This machine's clock and the database's differ by more than `MOST_ASTRAY`."""


def database_now() -> datetime:
    """The instant by the database's clock, whatever transaction this is."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT clock_timestamp()")
            found: datetime = cursor.fetchone()[0]
            return found.astimezone(UTC)
        cursor.execute("SELECT strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')")
        return datetime.fromisoformat(cursor.fetchone()[0])


def check(at: datetime) -> None:
    """Raises ClockAstray where `at`, by this machine's clock, is not the instant by the database's clock."""
    if connection.vendor == "sqlite":
        return  # the database is this machine
    astray = at - database_now()
    if abs(astray) > MOST_ASTRAY:
        message = f"the clock of this machine is {astray.total_seconds():+.0f} s from the database's; nothing is done until they agree"
        raise ClockAstray(message)
