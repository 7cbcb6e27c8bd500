"""Neither side of the line to PostgreSQL waits for the other without end: silent servers, held locks, clients that died."""

import socket
from contextlib import closing

import pytest
from django.db import DatabaseError, OperationalError, connection, connections, transaction
from django.db.backends.postgresql.base import DatabaseWrapper
from django.urls import reverse

from config.settings import POSTGRESQL_OPTIONS
from credits.models import CreditAccount, TopUp
from tests.journeys.belongings import browser_of

postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite is no server")


def to(port: int, **options: object) -> DatabaseWrapper:
    """A line to whatever listens there."""
    place = {"NAME": "x", "USER": "x", "PASSWORD": "x", "HOST": "127.0.0.1", "PORT": str(port), "OPTIONS": POSTGRESQL_OPTIONS | options}
    described = {"ENGINE": "django.db.backends.postgresql", **place}
    return DatabaseWrapper(connections.configure_settings({"default": described})["default"], "silent")


@pytest.mark.django_db
def test_rel10_a_server_that_takes_the_call_and_says_nothing_is_given_up():
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(OperationalError, match="timeout"):
        to(silent.getsockname()[1], connect_timeout=2).ensure_connection()


def test_rel10_what_the_address_of_the_database_says_itself_comes_first(monkeypatch):
    from config import settings  # noqa: PLC0415  what it reads is changed first

    monkeypatch.setenv("DATABASE_URL", "postgres://x@127.0.0.1/x?connect_timeout=60")
    options = settings._database()["OPTIONS"]

    assert options["connect_timeout"] == 60
    assert options["tcp_user_timeout"] == POSTGRESQL_OPTIONS["tcp_user_timeout"]


@postgresql
@pytest.mark.django_db
def test_rel10_the_server_knows_how_long_it_waits_for_us():
    limits = (
        "lock_timeout",
        "idle_in_transaction_session_timeout",
        "tcp_keepalives_idle",
        "tcp_keepalives_interval",
        "tcp_keepalives_count",
    )
    with connection.cursor() as cursor:
        found = [cursor.execute(f"SHOW {name}").fetchone()[0] for name in limits]

    assert found == ["30s", "10min", "30", "10", "3"]


@postgresql
@pytest.mark.django_db(transaction=True)
def test_rel10_a_form_that_waits_too_long_for_a_lock_is_told_so_and_done_once_when_it_is_sent_again(acme):
    url = reverse("topup-new", args=[acme.account.pk])
    form = {"quantity": "8", "unit": "hours", "shown_total": "12000.00", "key": "a"}
    browser = browser_of(acme.approver)
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '100ms'")
    with closing(connection.copy()) as other, other.cursor() as hung:
        other.set_autocommit(False)
        hung.execute(f"SELECT 1 FROM {CreditAccount._meta.db_table} WHERE id = %s FOR UPDATE", [acme.account.pk])
        refused = browser.post(url, form)
        other.rollback()

    again = browser.post(url, form)

    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
    assert (again.status_code, TopUp.objects.count()) == (302, 1)


@postgresql
@pytest.mark.django_db(transaction=True)
def test_rel10_who_holds_a_lock_and_asks_for_nothing_is_sent_away(acme):
    with closing(connection.copy()) as hung:
        with hung.cursor() as cursor:
            cursor.execute("SET idle_in_transaction_session_timeout = '100ms'")
        hung.set_autocommit(False)
        with hung.cursor() as cursor:
            cursor.execute(f"SELECT 1 FROM {CreditAccount._meta.db_table} WHERE id = %s FOR UPDATE", [acme.account.pk])
        with transaction.atomic():
            CreditAccount.objects.select_for_update().get(pk=acme.account.pk)  # waits until the server lets go

        with pytest.raises(DatabaseError), hung.cursor() as cursor:
            cursor.execute("SELECT 1")
