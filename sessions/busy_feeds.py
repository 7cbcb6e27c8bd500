"""Technicians' own calendars, whose busy times take no bookings (rules R2, W5).

A technician names the secret address of their calendar. It is kept sealed, read every few minutes, and what it says
becomes busy times: they close slots, and never move a booking that stands. Only whether time is taken is kept, nothing
of what for.

Each calendar that is due is first *claimed*: one guarded UPDATE pushes its next reading ahead and is committed before a
server hears a word. So two loops never read the same one, and a crash only means that the claim runs out. It is fetched
and understood outside of any transaction; then all busy times of the technician are replaced in one, if they differ.
Whatever goes wrong, the last good state stays, with since when and why; it is tried again after a growing pause.
"""

import logging
from datetime import UTC, datetime, timedelta
from time import monotonic

from django.db import transaction
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from clients.access import has_duty
from clients.models import StaffDuty
from core import outbound, sealing
from core.errors import DomainError, NotAllowed
from core.outbound import Answer
from people.models import Person
from sessions import busy_apart
from sessions import terms as session_terms
from sessions.busy_apart import Question, Stretch
from sessions.models import BusyFeed, BusyTime, CalendarObject, Technician

MOST_BYTES = 5_000_000
LONGEST_RUN = timedelta(seconds=30)
LEASE = timedelta(minutes=15)
LONGEST_PAUSE = timedelta(hours=6)
BEYOND = timedelta(days=14)
"""How much further than anybody can book we read: a calendar that cannot be read for some days has not run out then."""
ACCEPT = "text/calendar, */*;q=0.5"
A_DAY = timedelta(days=1)

logger = logging.getLogger(__name__)


class NoAddressNamed(DomainError):
    """The technician has no calendar of their own here."""

    message = _("No calendar is read for this technician. Nothing has changed.")


class CalendarUnreadable(DomainError):
    """What came is no calendar, or one that nobody can understand."""

    message = _("What is at this address cannot be read as a calendar (iCalendar, .ics).")


class CalendarTooLarge(DomainError):
    """There is more in the calendar than we read."""

    message = _("The calendar has too many events or recurrences to be read.")


def name_address(*, technician: Technician, url: str, by: Person, at: datetime) -> BusyFeed:
    """Read the technician's own calendar at `url` from now on, in place of any before (rule R2).

    `webcal` means https. What was read from another address stays until this one has been read. Never called inside a
    transaction, for the name in the address is looked up. Raises NotAllowed unless `by` is the technician, a dispatcher
    or an administrator; AddressRefused.
    """
    _check_allowed(technician, by)
    url = _over_https(url)
    place = outbound.check_address(url)
    named = {
        "sealed_url": sealing.seal(url, context=_context(technician)),
        "host": place.host,
        "etag": "",
        "last_modified": "",
        "named_at": at,
        "due_at": at,
        "read_at": None,
        "failing_since": None,
        "failure": "",
    }
    feed, _is_new = BusyFeed.objects.update_or_create(technician=technician, defaults=named)
    logger.info("person %s has the calendar of technician %s read from %s", by.pk, technician.pk, place.host)
    return feed


@transaction.atomic
def forget_address(*, technician: Technician, by: Person, at: datetime) -> None:
    """Read it no more; its busy times go with it (rule R2). Raises NotAllowed, NoAddressNamed."""
    _check_allowed(technician, by)
    feed = BusyFeed.objects.select_for_update().filter(technician=technician).first()
    if feed is None:
        raise NoAddressNamed
    feed.delete()
    BusyTime.objects.filter(technician=technician).delete()
    logger.info("person %s has the calendar of technician %s forgotten at %s", by.pk, technician.pk, at)


def why(feed: BusyFeed) -> str:
    """Why it cannot be read at present, for whoever looks at it; empty where it can."""
    return translation.gettext(feed.failure) if feed.failure else ""


def read_due(at: datetime) -> int:
    """Read the calendars that are due, the longest due first; returns how many could be read (rule R2).

    Those of people who have left are let alone. Ends after about half a minute, so that other jobs get their turn; the
    rest is for the next tick. Never called inside a transaction.
    """
    ends = monotonic() + LONGEST_RUN.total_seconds()
    read = 0
    due = BusyFeed.objects.filter(due_at__lte=at, technician__person__is_active=True).order_by("due_at", "pk")
    for pk in list(due.values_list("pk", flat=True)):
        feed = _claim(pk, at)
        if feed is not None:
            read += _read(feed, at)
        if monotonic() > ends:
            break
    return read


def _check_allowed(technician: Technician, by: Person) -> None:
    if technician.person_id != by.pk and not has_duty(by, StaffDuty.DISPATCHER, StaffDuty.ADMINISTRATOR):
        raise NotAllowed


def _over_https(url: str) -> str:
    scheme, colon, rest = url.strip().partition(":")
    return f"https:{rest}" if scheme.lower() in {"webcal", "webcals"} else f"{scheme}{colon}{rest}"


def _context(technician: Technician) -> str:
    return f"technician:{technician.pk}:busy-feed"


def _claim(pk: int, at: datetime) -> BusyFeed | None:
    """The feed, now ours to read until the lease runs out; None if another loop was quicker."""
    with transaction.atomic(durable=True):
        if not BusyFeed.objects.filter(pk=pk, due_at__lte=at).update(due_at=at + LEASE):
            return None
    return BusyFeed.objects.select_related("technician__person").filter(pk=pk).first()


def _read(feed: BusyFeed, at: datetime) -> bool:
    """One try, outside any transaction; whatever goes wrong with one calendar must not stop the next."""
    try:
        answer, times = _ask(feed, at)
    except Exception as error:
        known = error if isinstance(error, DomainError) else CalendarUnreadable()
        with override("en"):
            reason = str(known)  # `why` says it in the language of whoever looks
        logger.warning("calendar of technician %s at %s not read: %s", feed.technician_id, feed.host, reason, exc_info=known is not error)
        _note_failure(feed, reason, at)
        return False
    return _keep(feed, answer, times, at)


def _ask(feed: BusyFeed, at: datetime) -> tuple[Answer, list[Stretch] | None]:
    """What the address gives, and the times in it; None where nothing is new.

    Once a day all is read anew, for the days in question move on though a calendar stays as it is.
    """
    url = sealing.unseal(feed.sealed_url, context=_context(feed.technician))
    read_today = feed.read_at is not None and feed.read_at.date() == at.date()
    etag, last_modified = (feed.etag, feed.last_modified) if read_today else ("", "")
    answer = outbound.fetch(url, most_bytes=MOST_BYTES, accept=ACCEPT, etag=etag, last_modified=last_modified)
    if answer.unchanged:
        return answer, None
    try:
        return answer, busy_apart.busy_times(answer.body, _question(feed.technician, at))
    except busy_apart.NotACalendar:
        raise CalendarUnreadable from None
    except busy_apart.TooMuch:
        raise CalendarTooLarge from None


def _question(technician: Technician, at: datetime) -> Question:
    first = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - A_DAY  # the same all day: what goes on is not news
    last = first + 2 * A_DAY + timedelta(days=session_terms.current().furthest_ahead_days) + BEYOND
    sessions = CalendarObject.objects.filter(session__reservations__technician=technician, session__ends_at__gte=first)
    ours = frozenset(str(uid) for uid in sessions.values_list("uid", flat=True))
    return Question(first=first, last=last, zone=technician.zone, owner=technician.person.email, ours=ours)


@transaction.atomic
def _keep(feed: BusyFeed, answer: Answer, times: list[Stretch] | None, at: datetime) -> bool:
    """Write down what was read, unless the address was changed or forgotten meanwhile, or our claim ran out."""
    if _claimed(feed).select_for_update().first() is None:
        return False
    if times is not None:
        _replace(feed.technician, times)
        validators = {"etag": answer.etag, "last_modified": answer.last_modified}
    else:
        validators = {}
    due_at = at + timedelta(minutes=session_terms.current().busy_read_minutes)
    _claimed(feed).update(read_at=at, due_at=due_at, failing_since=None, failure="", **validators)
    return True


def _replace(technician: Technician, times: list[Stretch]) -> None:
    busy = BusyTime.objects.filter(technician=technician)
    if list(busy.order_by("starts_at").values_list("starts_at", "ends_at")) == times:
        return
    busy.delete()
    BusyTime.objects.bulk_create([BusyTime(technician=technician, starts_at=start, ends_at=end) for start, end in times])


def _note_failure(feed: BusyFeed, reason: str, at: datetime) -> None:
    """Say since when and why, and try again after as long as it has failed already, at most six hours."""
    since = feed.failing_since or at
    usual = timedelta(minutes=session_terms.current().busy_read_minutes)
    _claimed(feed).update(failing_since=since, failure=reason[:300], due_at=at + max(usual, min(at - since, LONGEST_PAUSE)))


def _claimed(feed: BusyFeed) -> QuerySet[BusyFeed]:
    """The feed as long as it is ours to read."""
    return BusyFeed.objects.filter(pk=feed.pk, due_at=feed.due_at, sealed_url=feed.sealed_url)
