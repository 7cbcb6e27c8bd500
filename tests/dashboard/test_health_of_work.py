"""Jobs that nobody runs, that fail or rest, and word that waits: each is told with what mends it (rule M4)."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from core.models import Failure
from dashboard import ticks
from dashboard.due import JOBS
from dashboard.health import work
from dashboard.health.findings import State
from dashboard.jobs import queue_of
from dashboard.models import JobRun
from notices import holding, outbox
from tests.cast import a_person

pytestmark = pytest.mark.django_db
MAILBOX = "read the mailbox"


def test_m4_a_worker_that_stopped_is_told_by_its_jobs():
    now = timezone.now()
    ticks.note(done=list(JOBS)[5:], at=now)
    ticks.note(done=list(JOBS)[:5], at=now - 2 * work.LATEST_RUN)

    said = work.ticks(now)
    assert said.says.startswith("5 jobs do not run, “expire credit")
    assert said.advice == "Start `manage.py run_jobs`, or `manage.py serve`, anew."


@pytest.mark.parametrize(
    ("queue", "told", "mend"),
    [
        ("pdf", "“make the documents of invoices” does not run", "Start a worker for the queue pdf;"),
        ("mail", "“deliver notices” does not run", "Start a worker for the queue mail;"),
        ("fetch", "6 jobs do not run, “send texts and call webhooks” among them", "Start a worker for the queue fetch;"),
        (
            "fetch pdf",
            "7 jobs do not run, “make the documents of invoices” among them",
            "Start a worker for each of the queues fetch, pdf;",
        ),
    ],
)
def test_m4_a_worker_that_was_never_started_is_told_by_its_queue(settings, queue, told, mend):
    now = timezone.now()
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    migrated(at=now - work.LATEST_RUN)
    ticks.note(done=[name for name, job in JOBS.items() if queue_of(job) not in queue.split()], at=now)

    said = work.ticks(now)

    assert (said.state, said.says, said.advice.partition(" where")[0]) == (State.FAULT, told, mend)


def test_m4_jobs_that_have_not_run_yet_after_an_upgrade_are_waited_for():
    now = timezone.now()
    migrated(at=now - timedelta(days=30))
    migrated(at=now - work.LATEST_RUN + timedelta(seconds=1))
    ticks.note(done=list(JOBS)[5:], at=now)

    assert work.ticks(now).state is State.OK


def test_m4_a_job_that_failed_and_rests_is_told_as_failing_though_nobody_runs_it():
    now = timezone.now()
    ticks.note(done=JOBS, at=now)
    rests_until = now + timedelta(minutes=5)
    failed(MAILBOX, rests_until=rests_until, at=now - timedelta(minutes=27))

    said, later = work.ticks(now), rests_until + work.LATEST_RUN
    assert said.says == "“read the mailbox” fails each time"
    assert said.advice == "The log says why, at the lines of that job, and administrators see it under What failed."

    ticks.note(done=[name for name in JOBS if name != MAILBOX], at=later)
    assert work.ticks(later).says == "“read the mailbox” does not run"


@pytest.mark.parametrize(
    ("reason", "mend"),
    [(holding.RESTORED, "run `manage.py release_outgoing`"), (holding.MOVED, "Name the other database in DATABASE_URL")],
)
def test_m4_what_waits_while_outgoing_is_held_is_told_with_what_ends_the_hold(reason, mend):
    now = timezone.now()
    outbox.write(cause="x:1", person=a_person("Anna"), subject="S", body="B", at=now - timedelta(hours=1))
    holding.hold(reason=reason, at=now)

    said = work.outbox(now)

    assert (said.state, said.says) == (State.NOTE, f"nothing leaves this installation ({reason})")
    assert mend in said.advice


def migrated(*, at):
    """A migration was applied then."""
    MigrationRecorder(connection).migration_qs.create(app="dashboard", name=f"made at {at}", applied=at)


def failed(name, *, rests_until, at):
    """The job failed as a whole, for the sixth time."""
    JobRun.objects.filter(name=name).update(failures=6, ran_at=at)
    Failure.objects.create(job=name, attempts=6, since=at, last_at=at, retry_at=rests_until, last_error="error: LOGIN failed")
