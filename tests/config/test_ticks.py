"""What beat sends, and what a worker makes of it, without a broker."""

import subprocess
import sys
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import InterfaceError, OperationalError

from dashboard import due, jobs
from dashboard.due import JOBS
from notices import delivery
from sessions import busy_feeds

LOST = OperationalError("server closed the connection unexpectedly")


@pytest.fixture
def failing(monkeypatch):
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


def test_m4_no_lease_of_a_mail_runs_out_before_its_job_is_given_up():
    assert timedelta(seconds=settings.CELERY_TASK_TIME_LIMIT) < delivery.LEASE


@pytest.mark.django_db(transaction=True)
def test_m4_a_message_names_the_job_that_is_run():
    assert jobs.run("deliver notices") == 0


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


@pytest.mark.parametrize("error", [ValueError("a mistake of ours"), ExceptionGroup("1", [ValueError()])])
def test_what_we_did_wrong_is_said_as_it_is(failing, error):
    failing(error)

    with pytest.raises(type(error)) as raised:
        jobs.run("fail")
    assert raised.value is error


def test_celery_without_a_broker_says_what_is_missing(monkeypatch):
    monkeypatch.delenv("CELERY_BROKER_URL", raising=False)

    celery = subprocess.run(
        [sys.executable, "-m", "celery", "-A", "config", "worker"], cwd=settings.ROOT, capture_output=True, text=True, check=False
    )

    assert celery.returncode != 0
    assert "CELERY_BROKER_URL names no broker" in celery.stderr
    assert "manage.py run_jobs" in celery.stderr
