"""Whether what is due is being done: jobs, and word to people (rule M4)."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Max

from core.models import Failure
from dashboard.due import JOBS
from dashboard.health.findings import Said, fault, note, ok
from dashboard.jobs import queue_of
from dashboard.models import JobRun
from notices import holding
from notices.models import Notice, NoticeState

LATEST_TICK = timedelta(minutes=5)
LATEST_RUN = timedelta(minutes=20)
"""A job may take ten minutes before it is given up."""
MOST_FAILURES = 3
LONGEST_LAG = timedelta(minutes=15)
RELEASE = {
    holding.RESTORED: "Look whether the original is surely gone, then run `manage.py release_outgoing` (docs/backup.md).",
    holding.MOVED: "Name the other database in DATABASE_URL, and start all processes anew.",
}
"""What ends a hold, by its reason."""


def ticks(at: datetime) -> Said:
    """Whether jobs are run, every one of them, and go well."""
    start = "Start the workers and beat." if settings.CELERY_BROKER_URL else "Start `manage.py run_jobs`, or `manage.py serve`."
    runs = {run.name: run for run in JobRun.objects.filter(name__in=JOBS)}
    newest = max((run.ran_at for run in runs.values()), default=None)
    if newest is None:
        return fault("no job has ever run", start)
    if newest <= at - LATEST_TICK:
        return fault(f"no job has run since {newest:%Y-%m-%d %H:%M} UTC", start)
    if still := _still(runs, at):
        return fault(_counted(still, "does not run", "do not run"), _start_those_of(still))
    failing = [name for name, run in runs.items() if run.failures >= MOST_FAILURES]
    if failing:
        advice = "The log says why, at the lines of that job, and administrators see it under What failed."
        return fault(_counted(failing, "fails each time", "fail each time"), advice)
    return ok(f"the last tick was at {newest:%H:%M:%S} UTC")


def outbox(at: datetime) -> Said:
    """Whether word to people goes out."""
    if reason := holding.reason():
        return note(f"nothing leaves this installation ({reason})", RELEASE.get(reason, RELEASE[holding.RESTORED]))
    due = Notice.objects.filter(state=NoticeState.WAITING, due_at__lte=at - LONGEST_LAG).order_by("due_at")
    if oldest := due.values_list("channel", "due_at").first():
        channel, since = oldest
        minutes = int((at - since).total_seconds() // 60)
        advice = "See that its worker runs (mail: queue mail; others: fetch), and what the log says of it."
        return fault(f"a notice by {channel} has been due for {minutes} min", advice)
    failed = Notice.objects.filter(state=NoticeState.FAILED).count()
    if failed:
        return note(f"nothing is late; {failed} notices were given up", "An administrator finds them under Mail, and can send them again.")
    return ok("nothing is late")


def _still(runs: dict[str, JobRun], at: datetime) -> list[str]:
    """Jobs that nobody runs, though each is due once a minute.

    One that failed and rests is not run on purpose (`core/failures.py`), and is due again when its rest is over. One that has
    never run has been due since this release's tables were made.
    """
    rests = dict(Failure.objects.filter(job__in=JOBS, thing="").values_list("job", "retry_at"))
    since = {name: max(run.ran_at, rests.get(name, run.ran_at)) for name, run in runs.items()}
    if len(since) < len(JOBS):
        made = MigrationRecorder(connection).migration_qs.aggregate(made=Max("applied"))["made"]
        since = dict.fromkeys(JOBS, made or at) | since
    return [name for name in JOBS if since.get(name, at) <= at - LATEST_RUN]


def _counted(names: list[str], one: str, more: str) -> str:
    return f"“{names[0]}” {one}" if len(names) == 1 else f"{len(names)} jobs {more}, “{names[0]}” among them"


def _start_those_of(names: Iterable[str]) -> str:
    """What to start so that these jobs run."""
    if not settings.CELERY_BROKER_URL:
        return "Start `manage.py run_jobs`, or `manage.py serve`, anew."
    queues = sorted({queue_of(JOBS[name]) for name in names})
    if len(queues) == 1:
        return f"Start a worker for the queue {queues[0]}; where one runs, start it anew."
    return f"Start a worker for each of the queues {', '.join(queues)}; where one runs, start it anew."
