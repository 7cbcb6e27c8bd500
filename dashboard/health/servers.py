"""Whether the servers that we lean on answer: the broker, the cache, the mail server. Nothing is sent."""

from datetime import datetime
from pathlib import Path
from secrets import token_hex
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.mail import get_connection

from dashboard.health.findings import Said, fault, note, ok

PATIENCE_SECONDS = 5.0
"""For a connection, and for each answer on it: a server may take a connection and never say a word."""
KEY = "tillgodo:doctor"


def broker(at: datetime) -> Said:
    """Whether Celery's broker answers, where one is named."""
    if not settings.CELERY_BROKER_URL:
        return ok("none is named: `manage.py run_jobs` does the work")
    from celery import Celery  # noqa: PLC0415  no page needs it

    app = Celery("doctor", broker=settings.CELERY_BROKER_URL, fixups=[], set_as_current=False)
    try:
        options = _no_longer_than(PATIENCE_SECONDS, settings.CELERY_BROKER_URL)
        with app.connection_for_write(connect_timeout=PATIENCE_SECONDS, transport_options=options) as connection:
            connection.ensure_connection(max_retries=1, interval_start=0.2, timeout=PATIENCE_SECONDS)
    except Exception as error:  # each kind of broker has errors of its own
        return fault(f"the broker does not answer ({type(error).__name__})", "See that it runs, and that CELERY_BROKER_URL leads to it.")
    finally:
        app.close()
    return ok("the broker answers")


def caches(at: datetime) -> Said:
    """Whether what is put into the cache is found there again."""
    token = token_hex(8)
    try:
        cache.set(KEY, token, timeout=60)
        found = cache.get(KEY)
    except Exception as error:  # each kind of cache has errors of its own
        return fault(f"the cache does not answer ({type(error).__name__})", "See that its server runs, and that CACHE_URL leads to it.")
    if found != token:
        return fault("what is put into the cache is not found there again", "See that its server runs and has room.")
    return ok("keeps what is put into it")


def mail(at: datetime) -> Said:
    """Whether the mail server takes a connection and our password."""
    if "filebased" in settings.EMAIL_BACKEND:
        says = f"mails are written to {Path(settings.MAIL_FOLDER)}, and reach nobody"
        return note(says, "To send them, name a mail server in EMAIL_URL: smtp+tls://user:password@host:587.")
    try:
        connection = get_connection(timeout=PATIENCE_SECONDS)
        connection.open()
        connection.close()
    except Exception as error:  # sockets, TLS and SMTP have errors of their own
        return fault(
            f"the mail server cannot be used ({type(error).__name__})", "See that EMAIL_URL leads to it, with its user and password."
        )
    return ok("the mail server lets us in")


def _no_longer_than(seconds: float, broker: str) -> dict[str, Any]:
    """What has Celery's transport wait so long for an answer; left alone, that of Redis waits without end for its first."""
    if broker.startswith("amqp"):
        return {"read_timeout": seconds, "write_timeout": seconds}
    return {"socket_timeout": seconds, "socket_connect_timeout": seconds}
