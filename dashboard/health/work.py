"""Whether what is due is being done: jobs, and word to people (rule M4)."""

from datetime import datetime, timedelta

from django.conf import settings

from dashboard.due import JOBS
from dashboard.health.findings import Said, fault, note, ok
from dashboard.models import JobRun
from notices.models import Notice, NoticeState

LATEST_TICK = timedelta(minutes=5)
LATEST_RUN = timedelta(minutes=20)
"""A job may take ten minutes before it is given up."""
MOST_FAILURES = 3
LONGEST_LAG = timedelta(minutes=15)


def ticks(at: datetime) -> Said:
    """Whether jobs are run, every one of them, and go well."""
    start = "Start the workers and beat." if settings.CELERY_BROKER_URL else "Start `manage.py run_jobs`, or `manage.py serve`."
    runs = {run.name: run for run in JobRun.objects.filter(name__in=JOBS)}
    newest = max((run.ran_at for run in runs.values()), default=None)
    if newest is None:
        return fault("no job has ever run", start)
    if newest <= at - LATEST_TICK:
        return fault(f"no job has run since {newest:%Y-%m-%d %H:%M} UTC", start)
    still = [name for name in JOBS if name not in runs or runs[name].ran_at <= at - LATEST_RUN]
    if still and newest - min(run.ran_at for run in runs.values()) > LATEST_RUN:
        queues = ", ".join(settings.CELERY_TASK_QUEUES)
        return fault(f"{len(still)} jobs do not run, “{still[0]}” among them", f"Start a worker for each of the queues {queues}.")
    failing = [name for name, run in runs.items() if run.failures >= MOST_FAILURES]
    if failing:
        return fault(f"{len(failing)} jobs fail each time, “{failing[0]}” among them", "The log says why, at the lines of that job.")
    return ok(f"the last tick was at {newest:%H:%M:%S} UTC")


def outbox(at: datetime) -> Said:
    """Whether word to people goes out."""
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
