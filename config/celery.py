"""The Celery entry point, in production: `celery -A config worker` and `celery -A config beat` (docs/running.md).

The embedded default needs none of this, and nothing else imports it: no page talks to a broker.
"""

import os

import django
from celery import Celery
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
if not settings.CELERY_BROKER_URL:
    msg = "CELERY_BROKER_URL names no broker (redis://… or amqp://…). Without one, `manage.py run_jobs` does the same work."
    raise ImproperlyConfigured(msg)
django.setup()

from dashboard import jobs  # noqa: E402  the apps must be there first

app = Celery("tillgodo")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.task(jobs.run, autoretry_for=[jobs.DatabaseFailed], retry_backoff=2, retry_jitter=True, max_retries=3)
app.conf.beat_schedule = jobs.ticks()
