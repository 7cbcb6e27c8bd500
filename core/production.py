"""What a production installation must have before it starts.

In production nothing runs on a key that was made up, a forgotten default, or a channel that leads nowhere. All that is
wrong is said at once, one sentence each, by the name of the variable to set (docs/environment.md).
"""

from base64 import urlsafe_b64decode
from binascii import Error as NotBase64
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

Settings = Mapping[str, Any]

SECRET_KEY_LENGTH = 50
TOKEN_LENGTH = 32
FEWEST_KINDS = 10
"""Fewer different characters than this were never drawn at random."""
NEEDED = (
    *("DEBUG", "SECRET_KEY", "SEALING_KEYS", "DATABASES", "SQLITE_IS_ENOUGH", "BASE_URL", "ALLOWED_HOSTS", "DEFAULT_HOSTS"),
    *("PROXY_HEADER", "ALLAUTH_TRUSTED_PROXY_COUNT", "SECURE_HSTS_SECONDS", "CACHES"),
    *("EMAIL_BACKEND", "DEFAULT_FROM_EMAIL", "MONITORING_TOKEN"),
)
"""The settings that are judged."""
LEADS_NOWHERE = ("filebased", "console", "locmem", "dummy")
COUNTED_TOGETHER = ("db.DatabaseCache", "redis.RedisCache")
"""The caches that all processes share, in which two cannot add the same key at once, and whose client is installed."""


class NotFitToStart(ImproperlyConfigured):
    """What is missing or weak, a line each."""


def refuse(faults: list[str]) -> None:
    """Raise NotFitToStart with all `faults`, where there are any."""
    if faults:
        lines = "\n".join(f"  - {fault}" for fault in faults)
        message = f"Tillgodo does not start: its environment has {len(faults)} fault{'s'[: len(faults) != 1]}.\n{lines}"
        raise NotFitToStart(message)


@contextmanager
def collected(faults: list[str]) -> Iterator[None]:
    """Keep what a setting refuses in `faults`, so that the others are asked, too."""
    try:
        yield
    except ImproperlyConfigured as fault:
        faults.append(f"{fault}".rstrip(".") + ".")


def faults(settings: Settings) -> list[str]:
    """What keeps an installation with these settings from being fit for production, a sentence each."""
    return [sentence for ask in ASKED for sentence in ask(settings)]


def weak_keys(settings: Settings) -> list[str]:
    """What is wrong with keys alone."""
    return [sentence for ask in (_secret_key, _sealing_keys, _monitoring) for sentence in ask(settings)]


def _debug(settings: Settings) -> Iterator[str]:
    if settings["DEBUG"]:
        yield "DEBUG is on, and would show the inside of the product to whoever meets an error: take it away."


def _secret_key(settings: Settings) -> Iterator[str]:
    key = settings["SECRET_KEY"]
    if not key:
        yield f"SECRET_KEY is missing: name {SECRET_KEY_LENGTH} random characters or more, the same for every process."
    elif len(key) < SECRET_KEY_LENGTH or len(set(key)) < FEWEST_KINDS or key.startswith("django-insecure-"):
        yield f"SECRET_KEY is weak: it must be {SECRET_KEY_LENGTH} random characters or more."


def _sealing_keys(settings: Settings) -> Iterator[str]:
    if not settings["SEALING_KEYS"]:
        yield "SEALING_KEYS is missing: name a key, which 32 random bytes in URL-safe base64 are, and keep a copy of it."
    for number, key in enumerate(settings["SEALING_KEYS"], start=1):
        if not _is_strong(key):
            yield f"SEALING_KEYS: key {number} is not 32 random bytes in URL-safe base64."


def _database(settings: Settings) -> Iterator[str]:
    database = settings["DATABASES"]["default"]
    if "sqlite" in database["ENGINE"] and not settings["SQLITE_IS_ENOUGH"]:
        yield "DATABASE_URL names no PostgreSQL: name one, or say SQLITE_IS_ENOUGH=true for a small installation on one machine."


def _address(settings: Settings) -> Iterator[str]:
    base = urlsplit(settings["BASE_URL"])
    if base.scheme != "https" or not base.hostname:
        yield "BASE_URL is not an https address: name the one that people use, as in https://support.example.com."
    elif base.path or base.query or base.username:
        yield "BASE_URL is more than an address: name only https://, the host, and a port where it is not 443."


def _hosts(settings: Settings) -> Iterator[str]:
    hosts, own = settings["ALLOWED_HOSTS"], urlsplit(settings["BASE_URL"]).hostname
    if any(host.strip(".") in ("", "*") for host in hosts):
        yield "ALLOWED_HOSTS lets in any host: name those that people use."
    elif not hosts or hosts == settings["DEFAULT_HOSTS"]:
        yield "ALLOWED_HOSTS is missing: name the host in BASE_URL."
    elif own and not any(own == host or (host.startswith(".") and f".{own}".endswith(host)) for host in hosts):
        yield "ALLOWED_HOSTS does not hold the host in BASE_URL, so that no page would be shown."


def _proxy(settings: Settings) -> Iterator[str]:
    if not settings["PROXY_HEADER"]:
        yield "PROXY_HEADER is missing: name the header by which the proxy in front tells of https (X-Forwarded-Proto), or none."
    elif settings["PROXY_HEADER"] != "none" and settings["ALLAUTH_TRUSTED_PROXY_COUNT"] < 1:
        yield (
            "TRUSTED_PROXIES is missing: name how many proxies of yours stand in front, 1 as a rule. Without it all people have the "
            "proxy's address, and a stranger's wrong passwords shut everybody out."
        )


def _hsts(settings: Settings) -> Iterator[str]:
    if settings["SECURE_HSTS_SECONDS"] < 1:
        yield "HSTS_SECONDS lets browsers come by plain http, where a stranger in between can read along: take it away, or name seconds."


def _cache(settings: Settings) -> Iterator[str]:
    if not settings["CACHES"]["default"]["BACKEND"].endswith(COUNTED_TOGETHER):
        yield (
            "CACHE_URL names no cache that all processes share, so that tries to sign in would not be counted, and codes be of use twice: "
            "take it away for a table of the database, or name a Redis, as in redis://:password@host:6379/1."
        )


def _mail(settings: Settings) -> Iterator[str]:
    if any(part in settings["EMAIL_BACKEND"] for part in LEADS_NOWHERE):
        yield "EMAIL_URL names no mail server, so that mails would reach nobody: name one, as in smtp+tls://user:password@host:587."
    if "provider.example" in settings["DEFAULT_FROM_EMAIL"] or "@" not in settings["DEFAULT_FROM_EMAIL"]:
        yield "DEFAULT_FROM_EMAIL is missing: name who mails come from, as in Support <support@example.com>."


def _monitoring(settings: Settings) -> Iterator[str]:
    token = settings["MONITORING_TOKEN"]
    if token and (len(token) < TOKEN_LENGTH or len(set(token)) < FEWEST_KINDS):
        yield f"MONITORING_TOKEN is weak: it must be {TOKEN_LENGTH} random characters or more, or nothing."


def _is_strong(sealing_key: str) -> bool:
    """Whether this is a Fernet key, and not one that somebody typed."""
    try:
        found = urlsafe_b64decode(sealing_key)
    except (NotBase64, ValueError):
        return False
    return len(found) == 32 and len(set(found)) >= FEWEST_KINDS


ASKED: tuple[Callable[[Settings], Iterator[str]], ...] = (
    _debug,
    _secret_key,
    _sealing_keys,
    _database,
    _address,
    _hosts,
    _proxy,
    _hsts,
    _cache,
    _mail,
    _monitoring,
)
