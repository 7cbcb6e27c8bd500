"""Whether the database is there, is what we need, and lets the product do no more than it should (rule C14)."""

from datetime import UTC, datetime, timedelta
from time import monotonic

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from core import roles
from dashboard.health.findings import Said, fault, note, ok

OLDEST = 15
MOST_APART = timedelta(seconds=5)
BEGUN = datetime(2026, 1, 1, tzinfo=UTC)
"""No clock that is right says less."""
NEEDED = "SELECT"
CLOSED = """
    SELECT relname FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT has_table_privilege(oid, %s)"""
"""By number, for PostgreSQL may ask of tables in other schemas first, which have no name without theirs."""
KEEPS = ("fsync", "full_page_writes", "synchronous_commit")
CLEARS = ("track_counts", "autovacuum")
WELL_FOR_SECONDS = 60.0
_seen_well: dict[str, float] = {}
"""When all migrations of a database had run, by this process's own clock."""


def reachable(at: datetime) -> Said:
    """Whether it answers, and is new enough."""
    try:
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute("SELECT sqlite_version()")
                return ok(f"SQLite {cursor.fetchone()[0]} answers")
            cursor.execute("SHOW server_version_num")
            version = int(cursor.fetchone()[0]) // 10_000
    except DatabaseError as error:
        return fault(f"the database does not answer ({type(error).__name__})", "See that it runs, and that DATABASE_URL leads to it.")
    if version < OLDEST:
        return fault(f"PostgreSQL {version} is too old", f"Move to PostgreSQL {OLDEST} or newer.")
    return ok(f"PostgreSQL {version} answers")


def migrated(at: datetime) -> Said:
    """Whether its tables are those of this release. Looked at once a minute at most: the plan takes longer than a page."""
    name = str(connection.settings_dict["NAME"])
    if monotonic() - _seen_well.get(name, -WELL_FOR_SECONDS) < WELL_FOR_SECONDS:
        return ok("all migrations have run")
    executor = MigrationExecutor(connection)
    pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if pending:
        first = f"{pending[0][0].app_label}.{pending[0][0].name}"
        return fault(f"{len(pending)} migrations have not run, the first is {first}", "Stop the workers, and run `manage.py migrate`.")
    _seen_well[name] = monotonic()
    return ok("all migrations have run")


def role(at: datetime) -> Said:
    """Whether the role that runs the product can do what it must, and not what it must not."""
    if connection.vendor != "postgresql":
        return note("SQLite knows no roles: whoever has the file can change it")
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        name = str(cursor.fetchone()[0])
        cursor.execute(CLOSED, [NEEDED])
        closed = [table for (table,) in cursor.fetchall()]
    advice = "As the owner of the tables, run `manage.py database_role ROLE`, and name that role in DATABASE_URL."
    if closed:
        return fault(f"the role {name} may not read {len(closed)} tables, {min(closed)} among them", advice)
    if roles.is_unbound(role=name, connection=connection):
        told = f"the role {name} owns the tables or is a superuser, so that it could change what must never change"
        return fault(told, advice) if settings.PRODUCTION else note(told, advice)
    if allowed := roles.still_allowed(role=name, connection=connection):
        return fault(f"the role {name} may {allowed[0]}", advice)
    return ok(f"the role {name} has its rights and no more")


def upkeep(at: datetime) -> Said:
    """Whether PostgreSQL keeps what it says it has, and clears away what nobody needs any more."""
    if connection.vendor == "sqlite":
        return ok("SQLite needs none")
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, setting FROM pg_settings WHERE name = ANY(%s)", [[*KEEPS, *CLEARS]])
        return upkept(dict(cursor.fetchall()))


def upkept(setting: dict[str, str]) -> Said:
    """What is to be said of a server with these settings."""
    if lax := [name for name in KEEPS if setting[name] == "off"]:
        return fault(f"{lax[0]} is off, so that what people were told is done can be lost", f"Set {lax[0]} = on in postgresql.conf.")
    if idle := [name for name in CLEARS if setting[name] == "off"]:
        told = f"{idle[0]} is off, so that tables grow and every page becomes slower from day to day"
        return note(told, f"Set {idle[0]} = on in postgresql.conf, and reload it.")
    return ok("PostgreSQL keeps what it confirms, and clears away by itself")


def clock(at: datetime) -> Said:
    """Whether this machine's clock can be right, and agrees with the database's; times there are UTC."""
    if at < BEGUN:
        return fault(f"this machine believes that it is {at:%Y-%m-%d}", "Set its clock, and keep it set (chrony, systemd-timesyncd).")
    if connection.vendor == "sqlite":
        return ok("one machine, one clock")
    before = datetime.now(UTC)
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp(), current_setting('TimeZone')")
        theirs, zone = cursor.fetchone()
    if zone != "UTC":
        return fault(f"connections to the database are in the time zone {zone}", "Take the time zone out of DATABASE_URL and the role.")
    between = before + (datetime.now(UTC) - before) / 2
    apart = abs(theirs - between)
    if apart > MOST_APART:
        return fault(f"the clocks of this machine and of the database are {apart.total_seconds():.0f} s apart", "Keep both set by NTP.")
    return ok(f"agrees with the database's within {apart.total_seconds():.1f} s, in UTC")
