"""The Celery entry point, in production: `celery -A config worker` and `celery -A config beat` (docs/running.md).

The embedded default needs none of this, and nothing else imports it: no page talks to a broker.
"""

import os
from logging.config import dictConfig
from typing import Any

import django
import structlog
from celery import Celery, signals
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
if not settings.CELERY_BROKER_URL:
    msg = "CELERY_BROKER_URL names no broker (redis://… or amqp://…). Without one, `manage.py run_jobs` does the same work."
    raise ImproperlyConfigured(msg)
django.setup()

from dashboard import jobs  # noqa: E402  the apps must be there first


def _log_like_everything_else(**_: Any) -> None:
    """Celery leaves logging alone where somebody answers this."""
    dictConfig(settings.LOGGING)


def _name_the_job(task_id: str, **_: Any) -> None:
    """Each line of a job bears its id, Celery's own too."""
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(job_id=task_id)


signals.setup_logging.connect(_log_like_everything_else)
signals.task_prerun.connect(_name_the_job)
app = Celery("tillgodo")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.task(jobs.run, autoretry_for=[jobs.DatabaseFailed], retry_backoff=2, retry_backoff_max=30, retry_jitter=True, max_retries=3)
app.conf.beat_schedule = jobs.ticks()
