"""A ledger with a history, made by set-based SQL: what verbs would leave behind, a thousand times faster.

Every account has three lots (used up, partly used, new) and an entry a day: three grants, then deductions of 50
minutes from holds of an hour, each with its notice. The audit finds nothing wrong with it. Beside it stand the tables
of the least possible SQL (`benchmarks.limits`), as full.
"""
# ruff: noqa: S608 - the names in these statements are those of models and their fields

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.core.management import call_command
from django.core.management.color import no_style
from django.db import connection, models

from benchmarks import bookings, limits
from clients.models import Membership, Organisation
from credits.models import CreditAccount, Entry, Hold, Lot, Move
from notices.models import Notice
from people.models import Person

PROFILE = Path(__file__).resolve().parents[1] / "profiles" / "easyredmine.toml"
LONG_ENTRIES = 10_000
FEWEST_ENTRIES = 60
ROOM = 50_000_000
"""Minutes left in a lot that is not used up: more than any run spends."""

_ACCOUNTS = """
    CREATE UNLOGGED TABLE preload_account AS
    SELECT id, entries, (entries - 3) / 2 AS first_uses, entries - 3 - (entries - 3) / 2 AS second_uses, step FROM (
        SELECT id, CASE WHEN id <= %(accounts)s THEN %(each)s ELSE %(long)s END AS entries,
               CASE WHEN id <= %(accounts)s THEN interval '1 day' ELSE interval '1 hour' END AS step
        FROM generate_series(1, %(total)s) AS id
    ) AS sized"""
_EVENTS = """
    CREATE UNLOGGED TABLE preload_event AS
    SELECT row_number() OVER (ORDER BY recorded_at, account) AS id, * FROM (
        SELECT a.id AS account, number, number <= 3 AS is_grant, %(last)s - (entries - number) * step AS recorded_at,
               (a.id - 1) * 3 + CASE WHEN number <= 3 THEN number WHEN number - 3 <= first_uses THEN 1 ELSE 2 END AS lot,
               CASE number WHEN 1 THEN first_uses * 50 WHEN 2 THEN second_uses * 50 + %(room)s WHEN 3 THEN %(room)s ELSE -50 END AS minutes
        FROM preload_account a, generate_series(1, entries) AS number
    ) AS numbered"""


@dataclass(frozen=True)
class Size:
    """How much there is: ordinary accounts with `entries` between them, and `long` ones with 10,000 entries each."""

    accounts: int
    entries: int
    long: int

    @property
    def entries_each(self) -> int:
        """The entries of an ordinary account."""
        return max(self.entries // self.accounts, FEWEST_ENTRIES)

    @property
    def total(self) -> int:
        """All accounts; numbered from 1, those with a long history last."""
        return self.accounts + self.long


def fill(size: Size) -> None:
    """Migrate an empty database and write the history into it. Only a superuser may: triggers and foreign keys rest."""
    call_command("migrate", verbosity=0)
    call_command("load_profile", str(PROFILE), verbosity=0, stdout=_Silent())
    manager = Person.objects.create_user("max@provider.example", name="Max")
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        figures = {"accounts": size.accounts, "each": size.entries_each, "long": LONG_ENTRIES, "total": size.total}
        cursor.execute(_ACCOUNTS, figures)
        cursor.execute(_EVENTS, {"last": _last_noon(), "room": ROOM})
    _write_clients(manager)
    _write_credit()
    _write_history()
    limits.fill()
    bookings.fill()
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE preload_event, preload_account")
        for statement in connection.ops.sequence_reset_sql(no_style(), [Person, Organisation, CreditAccount, Lot, Hold, Entry]):
            cursor.execute(statement)
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")


class _Silent:
    """Where a command writes what nobody reads."""

    def write(self, text: str) -> int:
        return len(text)


def _last_noon() -> datetime:
    """Yesterday at noon: when the last entry of each account was recorded."""
    return datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=1)


def _write_clients(manager: Person) -> None:
    """An organisation with one approver for each account; all three by the same number, people 1000 above it."""
    source, name = "preload_account a", "'Client ' || a.id"
    person = "1000 + a.id"
    _insert(Person, source, id=person, email="'approver' || a.id || '@client.example'", name="'Approver ' || a.id")
    _insert(Organisation, source, id="a.id", name=name, organisation_number="'N' || a.id", account_manager_id=str(manager.pk))
    _insert(Membership, source, person_id=person, organisation_id="a.id", role="'approver'")


def _write_credit() -> None:
    """The accounts and their three lots, as the history leaves them."""
    _insert(
        CreditAccount,
        "preload_account a",
        id="a.id",
        organisation_id="a.id",
        name="'IT'",
        available_minutes=f"2 * {ROOM}",
        entry_count="a.entries",
        last_entry_at="(SELECT MAX(recorded_at) FROM preload_event)",
    )
    used = "CASE e.number WHEN 1 THEN a.first_uses WHEN 2 THEN a.second_uses ELSE 0 END * 50"
    _insert(
        Lot,
        "preload_event e JOIN preload_account a ON a.id = e.account WHERE e.is_grant",
        id="e.lot",
        account_id="e.account",
        source="'top_up'",
        granted_minutes="e.minutes",
        available_minutes=f"e.minutes - {used}",
        spent_minutes=used,
        price_per_hour="1200",
        price_per_hour_currency="'SEK'",
        total_price="e.minutes * 20.0",
        total_price_currency="'SEK'",
        vat_percent="25",
        expires_on="CASE e.number WHEN 3 THEN NULL ELSE CURRENT_DATE + 700 END",
        granted_at="e.recorded_at",
    )


def _write_history() -> None:
    """Entries in order of time, each with its move; a hold and a notice for each deduction."""
    source, deductions = "preload_event e", "preload_event e WHERE NOT e.is_grant ORDER BY e.id"
    cause = "'preload:' || e.id"
    _insert(
        Hold,
        deductions,
        id="e.id",
        account_id="e.account",
        cause=cause,
        state="'captured'",
        minutes="60",
        captured_minutes="50",
        price_per_hour="1200",
        price_per_hour_currency="'SEK'",
        vat_percent="25",
        placed_at="e.recorded_at",
        resolved_at="e.recorded_at",
    )
    _insert(
        Entry,
        f"{source} ORDER BY e.id",
        id="e.id",
        account_id="e.account",
        number="e.number",
        kind="CASE WHEN e.is_grant THEN 'grant' ELSE 'deduction' END",
        minutes="e.minutes",
        balance_after="SUM(e.minutes) OVER (PARTITION BY e.account ORDER BY e.number)",
        cause=cause,
        recorded_at="e.recorded_at",
        occurred_on="e.recorded_at::date",
        by_id="1000 + e.account",
        text="'Remote session, environment'",
        hold_id="CASE WHEN e.is_grant THEN NULL ELSE e.id END",
    )
    _insert(
        Move,
        f"{source} ORDER BY e.id",
        entry_id="e.id",
        lot_id="e.lot",
        from_pocket="CASE WHEN e.is_grant THEN 'outside' ELSE 'held' END",
        to_pocket="CASE WHEN e.is_grant THEN 'available' ELSE 'spent' END",
        minutes="ABS(e.minutes)",
    )
    _insert(
        Notice,
        deductions,
        cause=cause,
        person_id="1000 + e.account",
        address="'approver' || e.account || '@client.example'",
        language="'en'",
        subject="'50 min were deducted'",
        body="repeat('What was done, when and by whom. ', 12)",
        state="'sent'",
        written_at="e.recorded_at",
        due_at="e.recorded_at",
        sent_at="e.recorded_at",
    )


def _insert(model: type[models.Model], source: str, /, **columns: str) -> None:
    """INSERT … SELECT into a model's table: the named columns from their expressions, all others from their defaults."""
    fields = [field for field in model._meta.concrete_fields if field.column in columns or not field.primary_key]
    wanted = [columns.get(field.column, "%s") for field in fields]
    defaults = [field.get_db_prep_save(field.get_default(), connection) for field in fields if field.column not in columns]
    names = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {model._meta.db_table} ({names}) SELECT {', '.join(wanted)} FROM {source}", defaults)
