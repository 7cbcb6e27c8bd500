"""How the product logs: lines of JSON where machines read them, readable ones for people, and the same facts in both.

What is bound to a request or a job (`core/tracing.py`) stands in every line that is logged meanwhile, by whatever library;
what must not stand in a log is taken out of all of them (`core/logs.py`).
"""

import logging
from typing import Any

import structlog

from core.logs import PARTS_NOT_LOGGED

REFUSED_LEVEL = logging.INFO
"""Of requests that are answered 4xx: ordinary."""

SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def logging_of(form: str, level: str) -> dict[str, Any]:
    """The LOGGING of Django's settings. `form` is `json` or `text`; `level` counts for all that is not quieter below."""
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.PositionalArgumentsFormatter(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {"()": "core.logs.formatter", "form": form, "foreign_pre_chain": SHARED},
        },
        # A private calendar's address is its key (rule R4): it is in no log of ours, whatever went wrong there.
        "filters": {"without_tokens": {"()": "core.logs.Without", "secret": PARTS_NOT_LOGGED}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["without_tokens"]}},
        "loggers": {
            "django.server": {"handlers": ["console"], "level": "INFO", "propagate": False},
            "gunicorn.error": {"handlers": ["console"], "level": "WARNING", "propagate": False},  # names the address that failed
            "weasyprint": {"level": "WARNING"},
            "fontTools": {"level": "WARNING"},
            "urllib3": {"level": "ERROR"},  # its warnings hold addresses, which are secrets
        },
        "root": {"handlers": ["console"], "level": level},
    }
