"""How often somebody may ask for what costs us much: papers, exports, searches for open times, calendars (OWASP ASVS 5, 2.4.1).

`settings.COSTLY_ADDRESSES` says which addresses cost what kind of work, and `settings.COSTLY_A_MINUTE` how often one person, and all
people of one client together, may ask for each kind in a minute. Signing in has limits of its own (allauth).

Counts stand in a table, a row for each who asks, which one statement counts up for all processes at once; windows are whole
minutes. What cannot be counted is let through: a table that is locked must not take pages down with it. What costs hardly more
than that statement (`LIGHT`) each process counts for itself.

A refusal must cost next to nothing itself. Whoever was told to wait is refused until then, which each process remembers: so the next
is refused before the person, the counts and a page are read and written (`still`).
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from hashlib import sha256
from math import ceil
from time import time

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest
from django.urls import Resolver404, resolve
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from core import turns
from core.errors import DomainError
from core.models import Tally

WINDOW_SECONDS = 60
LIGHT = {"suggestion", "calendar"}
LOOKS = {"GET", "HEAD"}
Groups = Callable[[HttpRequest], Iterable[str]]

logger = logging.getLogger(__name__)
_groups: list[Groups] = []
_here: Counter[tuple[int, str]] = Counter()
_refused: dict[tuple[str, str], tuple[float, str]] = {}
"""By what somebody is known and the kind of work: until when they are refused, and in which language they were told."""


class AskedTooOften(DomainError):
    """Somebody asked for more than is given, and may ask again after `seconds`. To be told in `language`."""

    message = _("That was asked for too often in a short while. Nothing was changed.")

    def __init__(self, seconds: int, language: str) -> None:
        super().__init__(seconds)
        self.seconds, self.language = seconds, language


@dataclass(frozen=True)
class Limit:
    """How often a minute one person may ask, and all people of one client together where that counts."""

    person: int
    client: int | None


def counted_with(groups: Groups) -> None:
    """Let a higher floor say, in `AppConfig.ready`, for whom else a request counts: names of clients."""
    _groups.append(groups)


def count(request: HttpRequest, address: str) -> ExitStack:
    """Count a request for the address of this name, if it is a costly one, and take its turn until the answer is closed.

    A form that is sent takes none: it is done at once, and once.

    Raises AskedTooOften beyond the limit, and where others of the client are in turn for too long.
    """
    kind = settings.COSTLY_ADDRESSES.get(address)
    if kind is None:
        return ExitStack()
    limit, now = Limit(*settings.COSTLY_A_MINUTE[kind]), time()
    window = int(now // WINDOW_SECONDS)
    clients = [] if limit.client is None else [group for groups in _groups for group in groups(request)]
    asked = [(_who(request), limit.person), *((client, limit.client or 0) for client in clients)]
    most = {f"{kind}:{who}": times for who, times in asked}
    if any(times > most[name] for name, times in (_counted_here if kind in LIGHT else _counted)(sorted(most), window)):
        raise _told(request, kind, WINDOW_SECONDS - int(now % WINDOW_SECONDS))
    try:
        return turns.take(kind, clients if request.method in LOOKS else ())
    except turns.NotYourTurn as others:
        raise _told(request, kind, turns.TOLD_SECONDS) from others


def still(request: HttpRequest) -> None:
    """Raises AskedTooOften where this one was told to wait with this kind of work, and has not. Asks neither a database nor who it is.

    A form that is sent is always looked at whole.
    """
    if not _refused or request.method not in LOOKS:
        return
    try:
        asked_for = resolve(request.path_info)
    except Resolver404:
        return
    kind = settings.COSTLY_ADDRESSES.get(asked_for.view_name, "")
    until, language = _refused.get((_known_by(request), kind), (0, ""))
    seconds = ceil(until - time())
    if 0 < seconds <= WINDOW_SECONDS:  # more than that only where the clock went back
        request.resolver_match = asked_for  # by whose name it is logged and counted
        raise AskedTooOften(seconds, language)


def forget_before(instant: float) -> int:
    """Delete the counts of minutes that began before this instant, in seconds since 1970; returns how many."""
    return Tally.objects.filter(minute__lt=int(instant // WINDOW_SECONDS)).delete()[0]


def _told(request: HttpRequest, kind: str, seconds: int) -> AskedTooOften:
    """The refusal, remembered; not of a cookie that nobody is signed in by: of those anybody can make as many as they like."""
    language, now = get_language() or settings.LANGUAGE_CODE, time()
    for over in [known for known, (until, _language) in list(_refused.items()) if until <= now]:
        _refused.pop(over, None)
    if request.user.is_authenticated == (settings.SESSION_COOKIE_NAME in request.COOKIES):
        _refused[_known_by(request), kind] = (int(now) + seconds, language)
    return AskedTooOften(seconds, language)


def _known_by(request: HttpRequest) -> str:
    """The cookie that somebody is signed in by, or else the address, which is then somebody's secret: neither is kept as it is."""
    session = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    return sha256((f"session:{session}" if session else f"address:{request.path}").encode()).hexdigest()


def _who(request: HttpRequest) -> str:
    """The person; who is not signed in counts by the address itself, which is then a secret of somebody's, and not kept as it is."""
    if request.user.is_authenticated:
        return f"person:{request.user.pk}"
    return f"address:{sha256(request.path.encode()).hexdigest()[:32]}"


def _counted(names: list[str], minute: int) -> list[tuple[str, int]]:
    """How often each of these asked in this minute, with this time. In one order, so that two who count the same never wait crosswise."""
    table = Tally._meta.db_table
    rows = ", ".join(["(%s, %s, 1)"] * len(names))
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {table} (name, minute, asked) VALUES {rows} ON CONFLICT (name) DO UPDATE SET "  # noqa: S608 names of ours
                f"asked = CASE WHEN {table}.minute = excluded.minute THEN {table}.asked + 1 ELSE 1 END, minute = excluded.minute "
                "RETURNING name, asked",
                [value for name in names for value in (name, minute)],
            )
            return [(str(name), int(asked)) for name, asked in cursor.fetchall()]
    except DatabaseError:
        logger.exception("costly requests could not be counted")
        return []


def _counted_here(names: list[str], minute: int) -> list[tuple[str, int]]:
    """The same within this process; minutes that are over are forgotten. Of two threads at once one may go uncounted."""
    if any(begun != minute for begun, _name in list(_here)[:1]):
        _here.clear()
    _here.update((minute, name) for name in names)
    return [(name, _here[minute, name]) for name in names]
