"""Production: real workers and a real beat, on Redis and on RabbitMQ. Whatever is lost, doubled or killed, all is done, once."""

import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from credits.ledger import Entry, EntryKind
from dashboard.due import JOBS
from notices.delivery import message_id
from notices.models import Notice, NoticeState
from sessions.models import Session, State
from sessions.models.sessions import EventKind
from tests.cast import STOCKHOLM, a_client, a_provider
from tests.config import brokers
from tests.config.line import Line
from tests.config.processes import Crew, locked
from tests.credits.posting import figures, grant
from tests.left_out import cannot
from tests.sessions.booked import book, trace

pytestmark = pytest.mark.django_db(transaction=True)

TODAY = datetime.now(tz=UTC).date()
WEDNESDAY = datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=STOCKHOLM) - timedelta(days=14 + (TODAY.weekday() - 2) % 7)
"""At noon, two or three weeks ago: workers read the real clock."""
TUESDAY = (WEDNESDAY + timedelta(days=6)).replace(hour=9)
EXPIRE = "expire credit whose last day is over"


@pytest.fixture(params=["redis", "rabbitmq"])
def broker(request) -> Iterator[brokers.Broker]:
    try:
        found = brokers.find(request.param)
    except Exception as error:
        cannot(f"no {request.param} answers here: {error}")
    yield found
    found.clean_up()


@pytest.fixture
def line(broker) -> Iterator[Line]:
    line = Line(broker.url)
    yield line
    line.cut()


@pytest.fixture
def crew(broker, line, tmp_path) -> Iterator[Crew]:
    crew = Crew(broker, line.url, tmp_path)
    yield crew
    crew.dismiss()


@pytest.fixture
def cast(transactional_db):
    return a_provider()


@pytest.fixture
def acme(cast):
    return a_late_client(cast, "Acme")


def a_late_client(cast, name):
    """Has eight hours whose last day is over; nobody has touched them since."""
    client = a_client(cast, name)
    grant(client.account, 480, expires_on=TUESDAY.date(), at=WEDNESDAY)
    return client


def expiries(client) -> list[int]:
    """The minutes of each expiry in the ledger of a client."""
    return [entry.minutes for entry in Entry.objects.filter(account=client.account, kind=EntryKind.EXPIRY)]


def test_c6_c12_m4_what_was_lost_with_its_message_is_done_at_the_next_tick_and_once(cast, acme, broker, crew):
    borealis = a_client(cast, "Borealis")
    booking = book(cast, borealis, credit=20, at=WEDNESDAY, starts_at=TUESDAY)
    broker.send(EXPIRE, times=2)
    assert broker.lose_everything() == 2

    crew.worker()
    crew.beat()
    crew.until(lambda: expiries(acme) and Session.objects.filter(state=State.RELEASED))
    crew.until(lambda: not Notice.objects.filter(state=NoticeState.WAITING))
    ticks = crew.succeeded()
    crew.until(lambda: crew.succeeded() >= ticks + 2 * len(JOBS))

    assert (expiries(acme), figures(acme.account)) == ([-480], (0, 0, 0, 0))
    assert [kind for kind, *_ in trace(booking)].count(EventKind.RELEASED) == 1
    assert figures(borealis.account) == (20, 0, 0, 20)
    assert set(Notice.objects.values_list("state", "attempts")) == {(NoticeState.SENT, 1)}
    assert sorted(crew.mails()) == sorted(message_id(notice) for notice in Notice.objects.all())


def test_c12_five_messages_and_two_workers_expire_credit_once(acme, broker, crew):
    crew.worker()
    crew.worker()
    broker.send(EXPIRE, times=5)

    with locked(acme.account):
        crew.until(lambda: crew.held_up() == 2)
    crew.until(lambda: crew.succeeded(EXPIRE) == 5)

    assert (expiries(acme), figures(acme.account)) == ([-480], (0, 0, 0, 0))


def test_c12_a_job_whose_process_is_killed_is_done_by_another_process(acme, broker, crew):
    worker = crew.worker()
    broker.send(EXPIRE)

    with locked(acme.account):
        crew.until(lambda: crew.held_up() == 1)
        os.kill(worker.child, signal.SIGKILL)
        crew.until(lambda: "WorkerLostError" in worker.log)
    crew.until(lambda: crew.succeeded(EXPIRE) == 1)

    assert (expiries(acme), figures(acme.account)) == ([-480], (0, 0, 0, 0))


def test_c12_a_job_whose_worker_is_killed_is_done_by_another_worker(acme, broker, crew):
    soon = {"visibility_timeout": 1, "unacked_restore_interval": 1, "unacked_restore_throttle": 1} if broker.is_redis else {}
    worker = crew.worker(**soon)
    broker.send(EXPIRE)

    with locked(acme.account):
        crew.until(lambda: crew.held_up() == 1)
        worker.kill()
    assert expiries(acme) == []
    crew.worker(**soon)
    crew.until(lambda: crew.succeeded(EXPIRE) == 1)

    assert (expiries(acme), figures(acme.account)) == ([-480], (0, 0, 0, 0))


@pytest.mark.skipif(connection.vendor == "sqlite", reason="a beat's lease waits for SQLite's one writer; the same runs on PostgreSQL")
def test_c12_a_broker_that_goes_away_in_the_middle_of_a_job_is_found_again(cast, acme, line, crew):
    worker, beat = crew.worker(), crew.beat()

    with locked(acme.account):
        crew.until(lambda: crew.held_up() == 1)
        line.cut()
        crew.until(lambda: "Connection to broker lost" in worker.log and "Error" in beat.log)
    borealis = a_late_client(cast, "Borealis")
    line.mend()
    crew.until(lambda: expiries(acme) and expiries(borealis))

    assert (expiries(acme), expiries(borealis)) == ([-480], [-480])


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has no connection to lose; the same runs on PostgreSQL")
def test_c12_a_job_that_lost_its_database_is_tried_again(acme, broker, crew):
    worker = crew.worker()
    broker.send(EXPIRE)

    with locked(acme.account):
        crew.until(lambda: crew.held_up() == 1)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
        crew.until(lambda: "DatabaseFailed" in worker.log)
    crew.until(lambda: crew.succeeded(EXPIRE) == 1)

    assert (expiries(acme), figures(acme.account)) == ([-480], (0, 0, 0, 0))
