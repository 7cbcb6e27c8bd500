"""The product's Celery app in the worker and the beat of a test: on its database and its queues, with a faster tick."""

import json
import os
import time
from datetime import datetime

from django.conf import settings

settings.DATABASES["default"]["NAME"] = os.environ["TEST_DATABASE_NAME"]

from config.celery import app  # noqa: E402  the database is chosen first
from notices import delivery  # noqa: E402
from notices.models import Notice  # noqa: E402
from tests.config.brokers import settings_for  # noqa: E402

options = {**app.conf.broker_transport_options, **json.loads(os.environ["TEST_TRANSPORT_OPTIONS"])}
app.conf.update(settings_for(os.environ["CELERY_BROKER_URL"], os.environ["TEST_PREFIX"], **options))
app.conf.beat_schedule = {name: {**tick, "schedule": 1.0} for name, tick in app.conf.beat_schedule.items()}

hand_over = delivery._hand_over


def slowly(notice: Notice, at: datetime) -> None:
    """A mail server that takes its time."""
    time.sleep(float(os.environ.get("TEST_SECONDS_A_MAIL", "0")))
    hand_over(notice, at)


delivery._hand_over = slowly
