"""The dates of series, each booked when its time has come (rules C5, C6, C16, P5, R2).

So many days before a date (terms) it is booked through `sessions.bookings`, by who began the series, and its credit is
held then. What stands against it stands against any booking: then the date is passed over, once, the client and the
account manager are told why, and they book another time by hand if they like. Missing credit is no such thing: that
booking awaits a top-up. A job that ran late books what can still be booked, and passes over what is past.

Every decision is made again on rows read under the lock of the account; that a date is booked once is in the database.
"""

from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from clients import agreements
from clients.agreements import AgreementEnded
from clients.models import Agreement
from clients.processing import ProcessingAgreementMissing
from core.batches import each
from core.errors import DomainError
from credits import accounts
from credits.ledger import MonthlyLimitReached
from sessions import bookings, recurrence, series_messages
from sessions import terms as session_terms
from sessions.availability import Slot
from sessions.bookings import PurposeWithdrawn, SlotTaken, TooFarAhead, TooLong, TooManyAwaiting, TooSoon, WrongAccount
from sessions.models import PassedOver, Series, Session, Why
from sessions.series import booked_from, wish_for

__all__ = ["book_due", "end_with_agreements"]

A_DAY = timedelta(days=1)
REASONS: dict[type[DomainError], Why] = {
    SlotTaken: Why.TAKEN,
    TooLong: Why.TOO_LONG,
    TooManyAwaiting: Why.CREDIT,
    MonthlyLimitReached: Why.LIMIT,
    AgreementEnded: Why.AGREEMENT,
    ProcessingAgreementMissing: Why.PROCESSING,
    PurposeWithdrawn: Why.PURPOSE,
    TooSoon: Why.LATE,
    WrongAccount: Why.MAKER,
}


def end_with_agreements(at: datetime) -> int:
    """End the series of clients whose agreement has ended, and tell them; how many (rule P5)."""
    if not running().exists():
        return 0
    return each(_without_agreement(agreements.local_date(at)), lambda series: _end(series, at))


def book_due(at: datetime) -> int:
    """Book the dates of series whose time has come, or pass them over; how many dates (rules C5, R2)."""
    return each(_due(at), lambda found: _handle(*found, at=at))


def running() -> QuerySet[Series]:
    """The series that have not ended."""
    return Series.objects.filter(ended_at=None).order_by("pk")


def _due(at: datetime) -> list[tuple[Series, date]]:
    """The dates that are to be booked by now and are not handled yet, the next first. Four queries at most."""
    booked = Prefetch("sessions", queryset=Session.objects.only("series_id", "series_on"))
    passed = Prefetch("passed_over", queryset=PassedOver.objects.only("series_id", "on"))
    found = list(running().prefetch_related(booked, passed))
    if not found:
        return []
    terms = session_terms.current()
    furthest = (at + timedelta(days=terms.series_ahead_days) + A_DAY).date()
    open_dates = [(series, on) for series in found for on in _unhandled(series, until=furthest)]
    due = [(series.starts_at(on), series, on) for series, on in open_dates if booked_from(series.starts_at(on), terms=terms) <= at]
    return [(series, on) for _starts_at, series, on in sorted(due, key=lambda found: (found[0], found[1].pk))]


def _unhandled(series: Series, *, until: date) -> Iterator[date]:
    """The dates of the series up to `until` that are neither booked nor passed over."""
    handled: Collection[date | None] = {session.series_on for session in series.sessions.all()}
    handled = {*handled, *(over.on for over in series.passed_over.all())}
    return (on for on in recurrence.dates(series.rule, until=until) if on not in handled)


@transaction.atomic
def _handle(series: Series, on: date, *, at: datetime) -> bool:
    """Whether anything was done about the date: another loop may have been first, or the series have ended."""
    accounts.lock([series.account_id])
    series = _read_again(series)
    if series.ended_at is not None or on not in _unhandled(series, until=on):
        return False
    try:
        _book(series, on, at)
    except TooFarAhead:
        return False  # at the very edge of what can be booked: soon
    except DomainError as refusal:
        _pass_over(series, on, refusal, at)
    _finish(series, at)
    return True


def _book(series: Series, on: date, at: datetime) -> Session:
    """Book the date as its maker would; who may not sign in any more may not book either. Raises what bookings do."""
    if not series.made_by.is_active:
        raise WrongAccount
    cause = f"series:{series.pk}:{on.isoformat()}"
    return bookings.request(account=series.account, wish=wish_for(series, on), cause=cause, by=series.made_by, at=at)


def _pass_over(series: Series, on: date, refusal: DomainError, at: datetime) -> None:
    why = next((why for kind, why in REASONS.items() if isinstance(refusal, kind)), Why.OTHER)
    nearest: list[Slot] = refusal.nearest if isinstance(refusal, SlotTaken) else []
    over = PassedOver.objects.create(series=series, on=on, at=at, reason=why)
    series_messages.passed_over(over, nearest=nearest)


def _finish(series: Series, at: datetime) -> None:
    """A series whose last date is handled has ended by itself."""
    if series.last_on is not None and not any(_unhandled(_read_again(series), until=series.last_on)):
        Series.objects.filter(pk=series.pk).update(ended_at=at)


@transaction.atomic
def _end(series: Series, at: datetime) -> bool:
    """Whether the series was ended: it, or the agreement, may have changed meanwhile."""
    accounts.lock([series.account_id])
    series = _read_again(series)
    if not _without_agreement(agreements.local_date(at)).filter(pk=series.pk).exists():
        return False
    series.ended_at = at
    series.save(update_fields=["ended_at"])
    series_messages.ended(series, at=at)
    return True


def _without_agreement(today: date) -> QuerySet[Series]:
    """Running series of clients whose agreement has ended by `today`, and that no other covers (rule P5)."""
    theirs = Agreement.objects.filter(organisation=OuterRef("organisation"))
    ended = theirs.filter(ends_on__lte=today)
    covering = theirs.filter(Q(ends_on=None) | Q(ends_on__gt=today), starts_on__lte=today)
    return running().filter(Exists(ended), ~Exists(covering))


def _read_again(series: Series) -> Series:
    related = ("account", "organisation", "purpose__skill_level", "technician", "made_by")
    return Series.objects.select_related(*related).get(pk=series.pk)
