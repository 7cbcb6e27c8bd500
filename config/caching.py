"""Where tries to sign in and used codes are counted: shared by all processes, else each would count for itself.

Without CACHE_URL a table of the database: atomic where files are not, shared between machines, and nothing more to run.
"""

from typing import Any

from django.core.exceptions import ImproperlyConfigured

PATIENCE_SECONDS = 5.0
"""So long a page waits for a Redis, for a connection and for each answer, before it fails."""


def completed(cache: dict[str, Any], *, production: bool) -> dict[str, Any]:
    """What CACHE_URL describes, with the options each kind needs to be safe.

    Raises ImproperlyConfigured for one of a single process, except in production, where more is asked (`core/production.py`).
    """
    kind = str(cache["BACKEND"]).rpartition(".")[2]
    if kind == "LocMemCache" and not production:
        raise ImproperlyConfigured("CACHE_URL must name a cache that all processes share, such as redis://host:6379/1")
    if kind == "DatabaseCache":
        cache["OPTIONS"] = {"MAX_ENTRIES": 50_000}  # nobody is to push out their own tries by making others
    if kind == "RedisCache":
        bounds = {"socket_connect_timeout": PATIENCE_SECONDS, "socket_timeout": PATIENCE_SECONDS}
        cache["OPTIONS"] = {**bounds, **cache.get("OPTIONS", {})}
    return {"KEY_PREFIX": "tillgodo", **cache}
