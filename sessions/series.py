"""Series of sessions: the wish that something comes again, and its dates (rules C5, C16, R1, R2, W5).

Who may spend from an account begins a series on it, or the account manager. Nothing is held then: each date becomes an
ordinary booking when its time has come (`sessions.occurrences`), with a hold of its own and the terms of that day, and
is moved, cancelled and paid like any other. Ending a series only means that no further date is booked.
"""

from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from clients import agreements
from clients.access import manages
from clients.models import Provider
from core.errors import DomainError
from credits import accounts, spending
from credits.accounts import CreditAccount
from people.models import Person, known_time_zones
from sessions import availability, bookings, recurrence, series_messages
from sessions import terms as session_terms
from sessions.bookings import RequestMismatch, Wish, WrongAccount
from sessions.models import Purpose, Series, SessionTerms, Technician
from sessions.models.series import rhythm
from sessions.recurrence import Rule
from sessions.reservations import TooLong

__all__ = [
    "AlreadyEnded",
    "BeginsTooLate",
    "NoDate",
    "OffGrid",
    "RequestMismatch",
    "SeriesWish",
    "StartsInThePast",
    "TooManySeries",
    "UnknownZone",
    "WrongAccount",
    "booked_from",
    "check",
    "end",
    "may_end",
    "plan",
    "wish_for",
]

MOST_RUNNING = 20
"""Series an account may have running: more are a slip, or somebody's program."""
FURTHEST_BEGINNING = timedelta(days=731)


@dataclass(frozen=True, kw_only=True)
class SeriesWish:
    """What is to come again, when, and until when. Minutes for each technician; `technician` None: anybody."""

    purpose: Purpose
    title: str
    estimate_minutes: int
    ordinal: int
    weekday: int
    at_clock: time
    time_zone: str
    first_on: date
    last_on: date | None = None
    every_months: int = 1
    description: str = ""
    technician_count: int = 1
    technician: Technician | None = None

    @property
    def rhythm(self) -> str:
        """On which days, in the reader's language."""
        return rhythm(ordinal=self.ordinal, weekday=self.weekday, every_months=self.every_months)

    @property
    def series(self) -> Series:
        """The series that it would be, never saved."""
        return Series(**{field.name: getattr(self, field.name) for field in fields(self)})


class UnknownZone(DomainError):
    """The time zone database does not know the zone."""

    message = _("That time zone is not known. Choose one of those offered. Nothing was begun.")


class NoDate(DomainError):
    """No date lies between the first and the last day."""

    message = _("There is no such day before the series ends. Nothing was begun.")


class StartsInThePast(DomainError):
    """The first date has passed."""

    message = _("The first date would have passed already. Let the series begin later. Nothing was begun.")


class BeginsTooLate(DomainError):
    """The first date is further ahead than anybody plans."""

    message = _("The first date is more than two years ahead. Nothing was begun.")


class OffGrid(DomainError):
    """Start times stand on a grid by the provider's clock. `earlier` and `later` are the nearest by the series' own."""

    def __init__(self, *, earlier: time, later: time) -> None:
        super().__init__(earlier, later)
        self.earlier, self.later = earlier, later

    @property
    def message(self) -> str:
        """The sentence with the times that can be chosen."""
        near = {"earlier": f"{self.earlier:%H:%M}", "later": f"{self.later:%H:%M}"}
        return _("Sessions do not begin at that minute: choose %(earlier)s or %(later)s. Nothing was begun.") % near


class TooManySeries(DomainError):
    """The account has as many running series as it may have."""

    def __init__(self, *, most: int) -> None:
        super().__init__(most)
        self.most = most

    @property
    def message(self) -> str:
        """The sentence with the limit."""
        return ngettext(
            "The account has %(most)s running series. End one first. Nothing was begun.",
            "The account has %(most)s running series. End one of them first. Nothing was begun.",
            self.most,
        ) % {"most": self.most}


class AlreadyEnded(DomainError):
    """The series was ended before."""

    message = _("This series has ended already. Nothing has changed.")


@transaction.atomic
def plan(*, account: CreditAccount, wish: SeriesWish, cause: str, by: Person, at: datetime) -> Series:
    """Begin a series; nothing is booked or held yet (rules C5, R2). The same `cause` with the same wish returns its series.

    Raises WrongAccount, RequestMismatch, TooManySeries, and what `check` raises.
    """
    (account,) = accounts.lock([account.pk])
    if not (spending.may_spend(by, account, at=at) or manages(by, account.organisation)):
        raise WrongAccount
    if found := Series.objects.filter(cause=cause).first():
        return _same(found, account, wish, by)
    check(account=account, wish=wish, at=at)
    if Series.objects.filter(account=account, ended_at=None).count() >= MOST_RUNNING:
        raise TooManySeries(most=MOST_RUNNING)
    series = wish.series
    series.organisation, series.account, series.cause, series.made_at, series.made_by = account.organisation, account, cause, at, by
    try:
        with transaction.atomic():
            series.save(force_insert=True)
    except IntegrityError as refused:
        if Series.objects.filter(cause=cause).exists():  # from another account, at the same moment
            raise RequestMismatch from refused
        raise
    return series


@transaction.atomic
def end(*, series: Series, by: Person, at: datetime) -> Series:
    """Book no further date; what is booked stays, each session with its own terms (rules C10, R2).

    Raises NotAllowed, AlreadyEnded.
    """
    accounts.lock([series.account_id])
    series = Series.objects.select_related("account", "organisation", "made_by").get(pk=series.pk)
    if not may_end(by, series, at=at):
        raise WrongAccount
    if series.ended_at is not None:
        raise AlreadyEnded
    series.ended_at, series.ended_by = at, by
    series.save(update_fields=["ended_at", "ended_by"])
    series_messages.ended(series, at=at)
    return series


def may_end(person: Person, series: Series, *, at: datetime) -> bool:
    """Whether `person` may end the series: who may spend from its account, or manages its client (rule C16)."""
    return spending.may_spend(person, series.account, at=at) or manages(person, series.organisation)


def check(*, account: CreditAccount, wish: SeriesWish, at: datetime) -> None:
    """Refuse a series that could not be booked as things stand (rules P5, R1, R2, W5).

    Raises PurposeWithdrawn, OffStep, TooManyTechnicians, UnknownZone, NoDate, StartsInThePast, BeginsTooLate,
    OffGrid(earlier, later), AgreementEnded(ends_on), TooLong(longest_minutes).
    """
    terms = session_terms.current()
    if wish.time_zone not in known_time_zones():
        raise UnknownZone
    series = wish.series
    first = _first_date(series.rule, today=at.astimezone(series.zone).date())
    booking = wish_for(series, first)
    bookings.check_wish(booking, terms=terms)
    if booking.starts_at <= at:
        raise StartsInThePast
    _check_grid(series, booking.starts_at, terms)
    agreements.require(account.organisation, on=agreements.local_date(booking.starts_at))
    longest = availability.longest_minutes(wanted=bookings.wanted(booking), around=booking.starts_at)
    if 0 < longest < wish.estimate_minutes:
        raise TooLong(longest_minutes=longest)


def wish_for(series: Series, on: date) -> Wish:
    """What is booked for a date of the series."""
    return Wish(
        purpose=series.purpose,
        title=series.title,
        description=series.description,
        estimate_minutes=series.estimate_minutes,
        technician_count=series.technician_count,
        technician=series.technician,
        starts_at=series.starts_at(on),
        series=series,
        series_on=on,
    )


def booked_from(starts_at: datetime, *, terms: SessionTerms) -> datetime:
    """When a date is booked and its credit held: so many days before it, and not before it can be booked at all (rules C5, R2)."""
    return starts_at - timedelta(days=min(terms.series_ahead_days, terms.furthest_ahead_days))


def _same(series: Series, account: CreditAccount, wish: SeriesWish, by: Person) -> Series:
    """The series that the same form began before, if it wished for the same."""
    wished = all(getattr(series, field.name) == getattr(wish, field.name) for field in fields(wish))
    if (series.account_id, series.made_by_id) != (account.pk, by.pk) or not wished:
        raise RequestMismatch
    return series


def _first_date(rule: Rule, *, today: date) -> date:
    """The first date, compared as dates first: those at the ends of the calendar have no instants."""
    first = recurrence.first(rule)
    if first is None:
        raise NoDate
    if first < today:
        raise StartsInThePast
    if first > today + FURTHEST_BEGINNING:
        raise BeginsTooLate
    return first


def _check_grid(series: Series, starts_at: datetime, terms: SessionTerms) -> None:
    """By the first date: where the clocks of two zones change on other days, later ones may find no open time."""
    step, zone = timedelta(minutes=terms.slot_step_minutes), Provider.objects.get().zone
    if recurrence.is_on_grid(starts_at, step=step, zone=zone):
        return
    earlier, later = recurrence.nearest_on_grid(starts_at, step=step, zone=zone)
    raise OffGrid(earlier=earlier.astimezone(series.zone).time(), later=later.astimezone(series.zone).time())
