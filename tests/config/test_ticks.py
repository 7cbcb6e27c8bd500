"""What beat sends, and what a worker makes of it, without a broker."""

import os
import signal
import subprocess
import sys
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from config.settings import _transport_options
from core import failures
from core.clock import ClockAstray, database_now
from core.models import Failure
from dashboard import due, jobs
from dashboard.due import JOBS
from invoicing.transmission import sending
from notices import delivery, mailroom
from sessions import busy_feeds

LOST = OperationalError("server closed the connection unexpectedly")


@pytest.fixture
def failing(monkeypatch, db):
    """A job that fails so."""

    def put(error):
        def job(at):
            raise error

        monkeypatch.setitem(due.JOBS, "fail", job)

    return put


def test_every_job_has_a_tick_of_its_own_that_does_not_pile_up():
    ticks = jobs.ticks()

    assert [(name, tick["task"], tick["args"]) for name, tick in ticks.items()] == [(name, "dashboard.jobs.run", [name]) for name in JOBS]
    assert all(0 < tick["schedule"] <= 60 and 0 < tick["options"]["expires"] <= 60 for tick in ticks.values())
    assert {tick["options"]["queue"] for tick in ticks.values()} == set(settings.CELERY_TASK_QUEUES)


def test_m4_what_sends_mail_holds_up_nothing_else():
    queues = {JOBS[name]: tick["options"]["queue"] for name, tick in jobs.ticks().items()}

    assert queues[delivery.deliver_due] == "mail"
    assert {job for job, queue in queues.items() if queue == "mail"} == jobs.SENDERS


def test_r2_what_asks_other_peoples_servers_holds_up_nothing_else():
    queues = {JOBS[name]: tick["options"]["queue"] for name, tick in jobs.ticks().items()}

    assert queues[busy_feeds.read_due] == "fetch"
    assert {job for job, queue in queues.items() if queue == "fetch"} == due.FETCHERS


def test_r2_no_claim_of_a_calendar_runs_out_before_its_job_is_given_up():
    assert timedelta(seconds=settings.CELERY_TASK_TIME_LIMIT) < busy_feeds.LEASE


@pytest.mark.parametrize("module", [delivery, sending])
def test_m4_what_was_claimed_by_a_dead_worker_waits_two_minutes_at_most_and_longer_than_a_run_and_one_silent_server(module):
    assert module.LONGEST_RUN + timedelta(seconds=settings.EMAIL_TIMEOUT) < module.LEASE < timedelta(minutes=2)


def test_m1_no_claim_of_an_incoming_mail_runs_out_before_its_job_is_given_up():
    assert timedelta(seconds=settings.CELERY_TASK_TIME_LIMIT) < mailroom.LEASE


@pytest.mark.django_db(transaction=True)
def test_m4_a_message_names_the_job_that_is_run():
    assert jobs.run("deliver notices") == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    "error",
    [
        LOST,
        InterfaceError("connection already closed"),
        ExceptionGroup("2", [ValueError(), LOST]),
        ExceptionGroup("1", [ExceptionGroup("1", [LOST])]),
    ],
)
def test_what_the_database_did_is_worth_another_try(failing, error):
    failing(error)

    with pytest.raises(jobs.DatabaseFailed):
        jobs.run("fail")


@pytest.mark.django_db
@pytest.mark.parametrize("error", [ValueError("a mistake of ours"), ExceptionGroup("1", [ValueError()])])
def test_what_we_did_wrong_is_said_as_it_is(failing, error):
    failing(error)

    with pytest.raises(type(error)) as raised:
        jobs.run("fail")
    assert raised.value is error


@pytest.mark.parametrize("tick", [("a job of the next release",), ("deliver notices", "and how")])
def test_rel9_a_tick_of_another_release_does_nothing_and_hurts_nobody(tick, caplog):
    assert jobs.run(*tick) == 0
    assert "another release" in caplog.text


@pytest.mark.django_db
def test_rel10_a_job_that_raises_is_counted_and_rests_while_the_others_run(failing):
    failing(ValueError("https://user:pass@mail.example/in?token=abc is no address"))
    others: dict[str, due.Job] = {"fail": due.JOBS["fail"], "go": lambda at: 3}
    now = timezone.now()

    assert due.run_due(at=now, jobs=others) == ({"go": 3}, ["fail"])
    assert due.run_due(at=now + timedelta(seconds=40), jobs=others) == ({"go": 3}, [])
    assert due.run_due(at=now + timedelta(minutes=2), jobs=others) == ({"go": 3}, ["fail"])

    row = Failure.objects.get()
    assert (row.job, row.thing, row.attempts, row.since) == ("fail", "", 2, now)
    assert row.last_error == "ValueError: https://…@mail.example/… is no address"
    assert due.run_due(at=row.retry_at, jobs={"fail": lambda at: 1}) == ({"fail": 1}, [])
    assert not Failure.objects.exists()


def test_rel10_pauses_grow_from_a_minute_to_six_hours_with_chance_in_them():
    pauses = [[failures.pause_after(tries) for _ in range(20)] for tries in (1, 3, 30)]

    assert all(len(set(drawn)) > 1 for drawn in pauses)
    for drawn, middle in zip(pauses, (timedelta(minutes=1), timedelta(minutes=4), timedelta(hours=6)), strict=True):
        assert all(0.8 * middle <= pause <= 1.2 * middle for pause in drawn)


@pytest.mark.django_db
def test_rel10_a_job_told_to_end_says_so_and_no_batch_swallows_it(monkeypatch):
    def long(at):
        try:
            os.kill(os.getpid(), signal.SIGUSR1)
        except Exception:
            return 1

    monkeypatch.setitem(due.JOBS, "long", long)

    with pytest.raises(jobs.JobTookTooLong):
        jobs.run("long")
    assert Failure.objects.get().last_error.startswith("JobTookTooLong")


@pytest.mark.django_db
@pytest.mark.parametrize("leap", [timedelta(hours=1), timedelta(hours=-1)])
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has the clock of its machine; the same runs on PostgreSQL")
def test_rel10_a_machine_whose_clock_has_leapt_does_nothing_until_it_is_right(leap):
    with time_machine.travel(database_now() + leap), pytest.raises(ClockAstray):
        jobs.run("deliver notices")
    assert jobs.run("deliver notices") == 0


@pytest.mark.parametrize("broker", ["redis://127.0.0.1/0", "amqp://127.0.0.1//"])
def test_rel9_what_a_broker_hands_out_is_kept_until_its_job_is_done(broker):
    options = _transport_options(broker)

    assert settings.CELERY_TASK_ACKS_LATE
    assert settings.CELERY_TASK_REJECT_ON_WORKER_LOST
    assert settings.CELERY_WORKER_PREFETCH_MULTIPLIER == 1
    assert settings.CELERY_TASK_SOFT_TIME_LIMIT < settings.CELERY_TASK_TIME_LIMIT < options.get("visibility_timeout", 10**9)
    assert options.get("confirm_publish", broker.startswith("redis"))


def test_celery_without_a_broker_says_what_is_missing(monkeypatch):
    monkeypatch.delenv("CELERY_BROKER_URL", raising=False)

    celery = subprocess.run(
        [sys.executable, "-m", "celery", "-A", "config", "worker"], cwd=settings.ROOT, capture_output=True, text=True, check=False
    )

    assert celery.returncode != 0
    assert "CELERY_BROKER_URL names no broker" in celery.stderr
    assert "manage.py run_jobs" in celery.stderr
