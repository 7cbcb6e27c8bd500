"""A ledger of any size: two accounts in which everything has happened, by the verbs, and as many copies of them as are wanted."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.db import connection, models
from django.db.backends.utils import CursorWrapper

from core import guards
from credits import ledger, topups
from credits.models import CreditAccount, Entry
from tests.cast import NOON, Cast, Client, a_client
from tests.credits.posting import grant, hold, queued, voucher, worked
from tests.proofs.bank import opened
from tests.proofs.teller import REFUSALS, Teller

SHIFT = 10_000_000
"""What is added to every id of the first copy, twice to the second's."""
ACTS = 60
LEAST_COPIES = 60
"""So many that every corruption has copies of its own, however long the history is that chance made."""


class Books:
    """`rich` has available credit, holds and a frozen lot, `owing` has debt; `copies` of both are numbered from 1."""

    def __init__(self, cast: Cast, *, entries: int) -> None:
        client = a_client(cast, "Everything")
        rich, owing = opened(client)
        for account in (rich, owing):
            teller = Teller(cast, account, account.row.pk)
            for _ in range(ACTS):
                _try_one(teller)
        self.rich, self.owing = rich.row, owing.row
        _finish(cast, client, self.rich, self.owing)
        self.copies = max(entries // Entry.objects.count(), LEAST_COPIES)
        with at_rest() as cursor:
            _copy(cursor, self.copies)
            cursor.execute("ANALYZE")  # as the database does by itself where rows come one by one

    def copy_of(self, account: CreditAccount, number: int) -> CreditAccount:
        """One of the copies of `account`."""
        return CreditAccount.objects.get(pk=account.pk + number * SHIFT)


@contextmanager
def at_rest(*, checks: bool = False) -> Iterator[CursorWrapper]:
    """Triggers and foreign keys rest, as they do for whoever has the owner's password; `checks` drops the constraints too."""
    declared = guards.declared()
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA ignore_check_constraints = ON")
            _run(cursor, [statement for guard in declared for statement in guard.remove(connection)])
        else:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET session_replication_role = replica")
            _run(cursor, _dropped(cursor) if checks else [])
        yield cursor
        if connection.vendor == "sqlite":
            _run(cursor, [statement for guard in declared for statement in guard.install(connection)])
            cursor.execute("PRAGMA ignore_check_constraints = OFF")
        else:
            cursor.execute("SET session_replication_role = origin")


def _try_one(teller: Teller) -> None:
    try:
        teller.act(teller.choose())
    except REFUSALS:
        return


def _finish(cast: Cast, client: Client, rich: CreditAccount, owing: CreditAccount) -> None:
    """Whatever chance left out happens now, in the state that each account is to end in."""
    worked(owing, 20_000)
    grant(owing, 500)
    grant(rich, 30_000)
    order = topups.order(account=rich, minutes=480, cause="the last order", by=client.approver, at=NOON)
    topups.mark_paid(top_up=order, paid_on=NOON.date(), amount=order.total, payment_reference="BG", by=cast.fia, at=NOON)
    ledger.reverse(entry=worked(rich, 50), voucher=voucher(reason="not our work"))
    ledger.capture(hold=hold(rich, 60), minutes=40, voucher=voucher())
    ledger.freeze(lot=grant(rich, 200), voucher=voucher(reason="the invoice is overdue"))
    hold(rich, 90)
    queued(rich, 90_000)


def _copy(cursor: CursorWrapper, copies: int) -> None:
    tables = _copied()
    for model in tables:
        columns = [_copied_column(field, tables) for field in model._meta.local_concrete_fields]
        names = ", ".join(field.column for field in model._meta.local_concrete_fields)
        cursor.execute(
            f"WITH RECURSIVE copy(nth) AS (SELECT 1 UNION ALL SELECT nth + 1 FROM copy WHERE nth < {copies}) "
            f"INSERT INTO {model._meta.db_table} ({names}) SELECT {', '.join(columns)} FROM {model._meta.db_table}, copy WHERE id < {SHIFT}"
        )


def _copied() -> list[type[models.Model]]:
    """The tables of accounts, and of what belongs to one, directly or not."""
    found: list[type[models.Model]] = [CreditAccount]
    for _ in range(4):
        found += [model for model in apps.get_app_config("credits").get_models() if model not in found and _belongs(model, found)]
    return found


def _belongs(model: type[models.Model], found: list[type[models.Model]]) -> bool:
    return any(field.related_model in found for field in model._meta.local_concrete_fields)


def _copied_column(field: models.Field[Any, Any], tables: list[type[models.Model]]) -> str:
    if field.primary_key or field.related_model in tables:
        return f"{field.column} + CAST(nth AS BIGINT) * {SHIFT}"
    return f"{field.column} || ':' || nth" if field.name in ("cause", "name") else str(field.column)


def _dropped(cursor: CursorWrapper) -> list[str]:
    """What drops every CHECK and exclusion constraint; the transaction of the test brings them back."""
    cursor.execute("SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE contype IN ('c', 'x') AND conrelid <> 0")
    return [f'ALTER TABLE {table} DROP CONSTRAINT "{name}"' for table, name in cursor.fetchall()]


def _run(cursor: CursorWrapper, statements: list[str]) -> None:
    for statement in statements:
        cursor.execute(statement)
