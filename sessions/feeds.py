"""Each person's private calendar address (rule R4).

The address holds a random token, is a secret like a password, and is shown once: only the token's hash is kept. Making
it anew ends the old address at once. Whoever asks gets the sessions that belong into that person's calendar now.

Calendar programs ask every hour, and mostly nothing has changed. So the document is written once per change and kept: a
*fingerprint*, one query over all that it depends on, says whether it still stands. It is written anew at least once a
day, for what leaves no trace (a colleague's new name), and when something drops out by the passing of time.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, Max, Model, OuterRef, QuerySet, Subquery, Sum
from django.utils.translation import gettext_lazy as _

from clients.models import Organisation, Provider
from core.errors import DomainError
from people.models import Person
from sessions import feed_documents
from sessions.invited import leaves_at, sessions_of
from sessions.models import CalendarFeed, Purpose, Session, SessionEvent, SessionQuerySet, SessionTerms

TOKEN_BYTES = 32
LONGEST_KEPT = timedelta(days=1)
FORMAT = 1
"""To be counted up when documents are written in another way."""


class NoFeed(DomainError):
    """The person has no calendar address that could be removed."""

    message = _("You have no calendar address. Nothing has changed.")


@dataclass(frozen=True)
class Known:
    """A feed that was found, without its document; with the terms and names that it depends on."""

    feed: CalendarFeed
    provider: str
    cancelled_kept: timedelta

    @property
    def person(self) -> Person:
        """Whose calendar it is."""
        return self.feed.person


@dataclass(frozen=True)
class Edition:
    """The calendar as it stands: its ETag, and the document where it had to be written just now."""

    etag: str
    document: str | None = None


def make_feed(*, person: Person, at: datetime) -> str:
    """Give `person` a calendar address, or a new one for the old, which is dead at once; returns its token (rule R4).

    The token is nowhere else: who loses it makes a new one.
    """
    token = token_urlsafe(TOKEN_BYTES)
    CalendarFeed.objects.update_or_create(person=person, defaults={"token_hash": _hash(token), "made_at": at})
    return token


@transaction.atomic
def drop_feed(*, person: Person, at: datetime) -> None:
    """Remove the calendar address of `person`, and what was written for it (rule R4). Raises NoFeed."""
    if not CalendarFeed.objects.filter(person=person).delete()[0]:
        raise NoFeed


def follow_end(person: Person, organisation: Organisation, at: datetime) -> None:
    """Somebody belongs to `organisation` no more: their calendar says so at the next look, or ends with their last place (rule R4)."""
    if person.memberships.exists() or person.staff_roles.exists():
        CalendarFeed.objects.filter(person=person).update(fingerprint="", document="", etag="")
    else:
        CalendarFeed.objects.filter(person=person).delete()


def find(*, token: str) -> Known | None:
    """The feed with this token, of somebody who may sign in; None for any other. Two queries."""
    terms, provider = SessionTerms.objects.filter(pk=1), Provider.objects.filter(pk=1)
    feeds = CalendarFeed.objects.filter(token_hash=_hash(token), person__is_active=True).defer("document").select_related("person")
    feed = (
        feeds.annotate(kept_days=Subquery(terms.values("cancelled_kept_days")), provider=Subquery(provider.values("name")))
        .prefetch_related("person__staff_roles")
        .first()
    )
    if feed is None:
        return None
    return Known(feed, feed.provider or "Tillgodo", timedelta(days=feed.kept_days or 0))


def edition(known: Known, *, at: datetime) -> Edition:
    """The calendar as it stands at `at`: written anew where something has changed since, else one query (SPD11)."""
    feed, sessions = known.feed, sessions_of(known.person, at=at, cancelled_kept=known.cancelled_kept)
    fingerprint = _fingerprint(known, sessions)
    if feed.fingerprint == fingerprint and feed.good_until is not None and at < feed.good_until:
        return Edition(feed.etag)
    shown = feed_documents.found(sessions)
    document = feed_documents.write(shown, person=known.person, provider=known.provider)
    etag = sha256(document.encode()).hexdigest()
    # What was read may be newer than the fingerprint, never older; whoever was quicker is not overwritten.
    CalendarFeed.objects.filter(pk=feed.pk, fingerprint=feed.fingerprint, written_at=feed.written_at).update(
        fingerprint=fingerprint,
        good_until=_good_until(shown, known, at),
        etag=etag,
        document=document,
        written_at=at,
    )
    return Edition(etag, document)


def kept(known: Known) -> Edition | None:
    """The calendar as it was last written; None where the address was removed meanwhile."""
    row = CalendarFeed.objects.filter(pk=known.feed.pk).values_list("etag", "document").first()
    return Edition(*row) if row else None


def _hash(token: str) -> str:
    """A random token of 256 bits needs neither salt nor stretching."""
    return sha256(token.encode(errors="replace")).hexdigest()


def _fingerprint(known: Known, sessions: SessionQuerySet) -> str:
    """What the document depends on, in one query.

    Every step of a session leaves an event, whose numbers are added up: a sum also knows those that were committed late.
    """
    told = SessionEvent.objects.filter(session=OuterRef("pk")).order_by().values("session").annotate(sum=Sum("pk")).values("sum")
    figures = sessions.annotate(told=Subquery(told)).aggregate(
        number=Count("pk"),
        which=Sum("pk"),
        events=Sum("told"),
        starts=Sum("start_number"),
        free=Count("pk", filter=F("free_change")),
        objects=Count("calendar_object"),
        sequences=Sum("calendar_object__sequence"),
        purposes=Max(_newest(Purpose)),
        clients=Max(_newest(Organisation)),
    )
    person = known.person
    facts = [FORMAT, settings.BASE_URL, known.provider, known.cancelled_kept.days, person.language, person.time_zone]
    return sha256(repr([*facts, *(int(figure or 0) for figure in figures.values())]).encode()).hexdigest()


def _newest(model: type[Model]) -> Subquery:
    """The last change of any name of this kind."""
    history: QuerySet[Model] = model.history.order_by("-history_id")  # type: ignore[attr-defined]  # django-simple-history's
    return Subquery(history.values("history_id")[:1])


def _good_until(shown: list[Session], known: Known, at: datetime) -> datetime:
    leaving = [leaves_at(session, cancelled_kept=known.cancelled_kept) for session in shown]
    return min([*leaving, at + LONGEST_KEPT])
