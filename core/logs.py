"""What never stands in a log: addresses that are secrets themselves, and what tells who somebody is."""

import logging
import re
from collections.abc import MutableMapping
from typing import Any

import structlog

PARTS_NOT_LOGGED = "|".join(
    (r"(?<=/calendar/)[^/\s]+(?=\.ics)", r"(?<=/invitations/)[^/\s]+", r"(?<=/delivery/answer/)[^/\s]+", r"(?<=/reset/key/)[^/\s]+")
)
"""Of addresses that are keys themselves, what makes them so: of a private calendar, an invitation, an estimate, a new password."""

_HIDDEN: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(PARTS_NOT_LOGGED), "…"),
    (re.compile(r"(?<=://)[^/\s@]+@"), "…@"),  # who signs in at another server
    (re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+"), "…@…"),
    (re.compile(r"(?<=[\w/])\?[\w.~%-]+=[^\s'\"]*"), "?…"),  # what was searched for
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}"), r"\1 …"),
    (re.compile(r"(?m)^\s*DETAIL:.*$"), "DETAIL: …"),  # PostgreSQL shows the row there
    (re.compile(r"\b[0-9a-f]{32,}\b"), "…"),
    (re.compile(r"(?<![\w-])(?=[\w-]*[a-z])(?=[\w-]*[A-Z])(?=[\w-]*\d)[A-Za-z0-9-]*[A-Za-z0-9_-]{24,}(?![\w-])"), "…"),  # tokens
    (re.compile(r"(?<![\w.+])\+\d{7,15}\b"), "+…"),  # where texts go
)
"""What is taken out of every text that is logged, and what stands there instead."""
_OURS = frozenset({"request_id", "job_id", "timestamp", "level", "logger"})
"""Made by us, and of use to whoever reads."""


class Without(logging.Filter):
    """Writes … for whatever `secret`, a regular expression, finds in a line that is logged, before it is written anywhere."""

    def __init__(self, secret: str) -> None:
        super().__init__()
        self.secret = re.compile(secret)

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every line through, without its secrets."""
        record.msg = self._cleaned(record.msg)
        if isinstance(record.args, tuple):
            record.args = tuple(self._cleaned(argument) for argument in record.args)
        return True

    def _cleaned(self, said: Any) -> Any:
        return self.secret.sub("…", said) if isinstance(said, str) else said


def discreet(text: str) -> str:
    """The text without addresses of people, tokens, passwords in URLs, query strings, and rows that a database shows."""
    for pattern, instead in _HIDDEN:
        text = pattern.sub(instead, text)
    return text


def without_secrets(_logger: Any, _name: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor, the last before the line is written: no fact of it holds what must not be logged."""
    for key, value in line.items():
        if key not in _OURS and not isinstance(value, int | float | None):
            line[key] = discreet(value if isinstance(value, str) else repr(value))
    return line


def formatter(form: str, foreign_pre_chain: list[Any]) -> logging.Formatter:
    """Writes each line as JSON where `form` is `json`, else for people; the log records of libraries become the same facts."""
    renderer: Any = structlog.processors.JSONRenderer(ensure_ascii=False)
    if form != "json":
        renderer = structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0, exception_formatter=structlog.dev.plain_traceback)
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=foreign_pre_chain,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            without_secrets,
            renderer,
        ],
    )
