"""How the work of this installation stands, read from the database at the moment somebody asks (rules M4, C10, S8)."""

import os
import platform
from collections.abc import Iterator
from datetime import datetime

import django
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import Count, Min, Q
from django.utils import timezone
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from credits import ledger
from dashboard.due import JOBS
from dashboard.metrics.requests import REGISTRY
from dashboard.models import JobRun
from notices.models import Channel, IncomingMail, MailState, Notice, NoticeState


def everything() -> bytes:
    """All figures in Prometheus' text format: requests of every process, and how the work stands."""
    registry = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    work = CollectorRegistry()
    work.register(Installation())
    return generate_latest(registry) + generate_latest(work)


class Installation(Collector):
    """Asks anew each time. Without the database it says only that it is away."""

    def collect(self) -> Iterator[Metric]:
        """The figures."""
        build = {"version": settings.VERSION, "revision": settings.REVISION, "python": platform.python_version()}
        yield InfoMetricFamily("tillgodo_build", "What runs.", build | {"django": django.get_version()})
        at = timezone.now()
        try:
            figures = [*_outbox(at), *_came_in(), *_jobs(), _holds(), _connections()]
        except DatabaseError:
            yield GaugeMetricFamily("tillgodo_database_up", "Whether the database answers.", 0)
            return
        yield GaugeMetricFamily("tillgodo_database_up", "Whether the database answers.", 1)
        yield from figures


def _outbox(at: datetime) -> Iterator[Metric]:
    waiting, due = Q(state=NoticeState.WAITING), Q(state=NoticeState.WAITING, due_at__lte=at)
    asked = Notice.objects.exclude(state=NoticeState.SENT).values("channel")
    counted = asked.annotate(
        waiting=Count("pk", filter=waiting),
        failed=Count("pk", filter=Q(state=NoticeState.FAILED)),
        oldest=Min("due_at", filter=due),
    )
    found = {row["channel"]: row for row in counted}
    lag = GaugeMetricFamily("tillgodo_outbox_lag_seconds", "How long the oldest notice that is due has waited.", labels=["channel"])
    waits = GaugeMetricFamily("tillgodo_outbox_waiting", "Notices that wait, also for their next try.", labels=["channel"])
    fails = GaugeMetricFamily("tillgodo_outbox_failed", "Notices given up, for an administrator to see to.", labels=["channel"])
    for channel in Channel.values:
        row = found.get(channel, {"waiting": 0, "failed": 0, "oldest": None})
        lag.add_metric([channel], (at - row["oldest"]).total_seconds() if row["oldest"] else 0)
        waits.add_metric([channel], row["waiting"])
        fails.add_metric([channel], row["failed"])
    yield from (lag, waits, fails)


def _came_in() -> Iterator[Metric]:
    unfinished = [MailState.WAITING, MailState.HELD]
    counted = IncomingMail.objects.filter(state__in=unfinished).values_list("state").annotate(Count("pk")).order_by()
    found = {str(state): number for state, number in counted}
    mails = GaugeMetricFamily("tillgodo_incoming_mails", "Mails that came in and wait, or are held for staff.", labels=["state"])
    for state in unfinished:
        mails.add_metric([state.value], found.get(state.value, 0))
    yield mails


def _jobs() -> Iterator[Metric]:
    """Of the jobs that there are, so that a name of long ago stays in no figure."""
    ran = GaugeMetricFamily("tillgodo_job_last_run_timestamp_seconds", "When each job last ended.", labels=["job"])
    well = GaugeMetricFamily("tillgodo_job_last_success_timestamp_seconds", "When each job last ended well.", labels=["job"])
    failures = GaugeMetricFamily("tillgodo_job_failures", "How often each job has failed since it last ended well.", labels=["job"])
    newest = 0.0
    for run in JobRun.objects.filter(name__in=JOBS).order_by("name"):
        newest = max(newest, run.ran_at.timestamp())
        ran.add_metric([run.name], run.ran_at.timestamp())
        well.add_metric([run.name], run.succeeded_at.timestamp() if run.succeeded_at else 0)
        failures.add_metric([run.name], run.failures)
    yield GaugeMetricFamily("tillgodo_last_tick_timestamp_seconds", "When any job last ended; 0 if none ever did.", newest)
    yield from (ran, well, failures)


def _holds() -> Metric:
    return GaugeMetricFamily("tillgodo_holds_waiting", "Holds of credit that wait for a top-up.", ledger.how_many_wait())


def _connections() -> Metric:
    """SQLite has no server to ask: the one that asks."""
    open_ones = GaugeMetricFamily("tillgodo_database_connections", "Connections to the database, by what they do.", labels=["state"])
    if connection.vendor != "postgresql":
        open_ones.add_metric(["active"], 1)
        return open_ones
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(state, 'unknown'), count(*) FROM pg_stat_activity WHERE datname = current_database() GROUP BY 1 ORDER BY 1"
        )
        for state, number in cursor.fetchall():
            open_ones.add_metric([state], number)
    return open_ones
