"""Booking a session: a slot and its credit, both or neither (rules C5, C6, C17, R1, R2, P3, T3).

A client's member who may spend, or the account manager on their behalf, names a purpose, an estimate and an open time. The
estimate is held at once; where credit is missing the booking awaits a top-up, of which an account has only a few.
The terms in force now, and the factor of the time, are copied onto the session and stay in force for it.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from cases import server_support
from cases.models import Case
from clients import agreements, processing
from clients.access import has_duty, manages
from clients.models import Organisation, StaffDuty
from core.errors import DomainError, NotAllowed
from core.formatting import day, hours, moment
from core.once import at_one_moment
from core.reasons import reasoned
from credits import accounts, spending
from credits.accounts import CreditAccount
from credits.ledger import MonthlyLimitReached
from people.models import Person
from sessions import availability, cover, factors, life, messages, reservations
from sessions import terms as session_terms
from sessions.availability import Wanted
from sessions.cover import AmountChanged
from sessions.models import Purpose, Series, Session, SessionTerms, State, Technician
from sessions.models.sessions import EventKind
from sessions.reservations import OffGrid, SlotTaken, TooLong

__all__ = [
    "AmountChanged",
    "MonthlyLimitReached",
    "NotAllowed",
    "OffGrid",
    "OffStep",
    "PurposeWithdrawn",
    "RequestMismatch",
    "SlotTaken",
    "TooFarAhead",
    "TooLong",
    "TooManyAwaiting",
    "TooManyTechnicians",
    "TooSoon",
    "Wish",
    "WrongAccount",
    "check_time",
    "check_wish",
    "request",
    "wanted",
]

MOST_TECHNICIANS = 2
A_WEEK = 7 * 24 * 60
"""Minutes: nobody works that long without a break, and dates could run out of the calendar."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What somebody wants to book. `technician` None: anybody; the estimate is for each technician, in minutes.

    `shown_held` is the credit that was said to be held for it; None where nobody was told. `override_reason` says why
    the shortest lead and the furthest time ahead do not hold: for the provider's people alone. What is booked for a date of
    a series names both; `case` is the support case that it comes from, of the same client, which goes on here (rule T3).
    """

    purpose: Purpose
    title: str
    estimate_minutes: int
    starts_at: datetime
    description: str = ""
    technician_count: int = 1
    technician: Technician | None = None
    access_arranged: bool = False
    shown_held: int | None = None
    override_reason: str = ""
    series: Series | None = None
    series_on: date | None = None
    case: Case | None = None


class WrongAccount(NotAllowed):
    """The account belongs to an organisation for which the person may not book, or names others who spend (rule C16)."""

    message = _("You may not book from this account. Nothing was booked.")


class RequestMismatch(DomainError):
    """The same form was sent before, by somebody else or with other wishes."""

    message = _("This form has been sent before with other details. Nothing more was booked; look at your sessions.")


class PurposeWithdrawn(DomainError):
    """The purpose is not offered any more."""

    message = _("This kind of session is not offered any more. Nothing was booked.")


class OffStep(DomainError):
    """Estimates go in steps, and are one step at least. Minutes."""

    def __init__(self, *, step_minutes: int) -> None:
        super().__init__(step_minutes)
        self.step_minutes = step_minutes

    @property
    def message(self) -> str:
        """The sentence with the step."""
        return _("An estimate is %(step)s or a multiple of it. Nothing was booked.") % {"step": hours(self.step_minutes)}


class TooManyTechnicians(DomainError):
    """A session has one technician or two."""

    message = _("A session has one technician or two. Nothing was booked.")


class TooSoon(DomainError):
    """The start is past, or nearer than the shortest time from booking to start."""

    def __init__(self, *, earliest: datetime) -> None:
        super().__init__(earliest)
        self.earliest = earliest

    @property
    def message(self) -> str:
        """The sentence with the first possible time."""
        return _("That is too soon: the earliest start is %(earliest)s. Nothing was booked.") % {"earliest": moment(self.earliest)}


class TooFarAhead(DomainError):
    """The start is further ahead than is planned yet."""

    def __init__(self, *, latest: datetime) -> None:
        super().__init__(latest)
        self.latest = latest

    @property
    def message(self) -> str:
        """The sentence with the last day that can be booked."""
        return _("That is too far ahead: sessions are planned until %(latest)s. Nothing was booked.") % {"latest": day(self.latest)}


class TooManyAwaiting(DomainError):
    """The account has as many bookings awaiting a top-up as it may have."""

    def __init__(self, *, most: int) -> None:
        super().__init__(most)
        self.most = most

    @property
    def message(self) -> str:
        """The sentence with the limit."""
        return ngettext(
            "There is not enough credit, and %(most)s booking awaits a top-up already. Please top up first. Nothing was booked.",
            "There is not enough credit, and %(most)s bookings await a top-up already. Please top up first. Nothing was booked.",
            self.most,
        ) % {"most": self.most}


@transaction.atomic
@at_one_moment()
def request(*, account: CreditAccount, wish: Wish, cause: str, by: Person, at: datetime) -> Session:
    """Take the slot and hold its credit (rules C5, C6, P5, R2, X2). The same `cause` with the same wish returns its session.

    For a case, the client has agreed to use credit, or books by themselves; it goes on here, and is closed (rule T3).

    The session is scheduled, or awaits a top-up. Raises WrongAccount, NotAllowed, RequestMismatch, PurposeWithdrawn, OffStep,
    TooManyTechnicians, TooSoon, TooFarAhead, AgreementEnded(ends_on), ProcessingAgreementMissing, SlotTaken(nearest),
    OffGrid(nearest), TooLong, AmountChanged(minutes), TooManyAwaiting, MonthlyLimitReached(limit, left), CaseClosed, ConsentMissing.
    """
    (account,) = accounts.lock([account.pk])
    organisation = account.organisation
    if not (spending.may_spend(by, account, at=at) or manages(by, organisation)):
        raise WrongAccount
    wish = replace(wish, override_reason=_overriding(wish, organisation, by))
    if session := Session.objects.filter(cause=cause).first():
        return _same(session, account, wish, by)
    if wish.case is not None:
        wish = replace(wish, case=_agreed_case(wish.case, organisation, by))
    terms = session_terms.current()
    check_wish(wish, terms=terms)
    check_time(wish.starts_at, terms=terms, at=at, overriding=bool(wish.override_reason))
    agreements.require(organisation, on=agreements.local_date(wish.starts_at))
    processing.require(organisation, on=agreements.local_date(at))
    session = _create(account, wish, cause=cause, by=by, at=at)
    technicians = reservations.take(session=session, wanted=wanted(wish), starts_at=wish.starts_at, at=at)
    cover.accept_amount(session.held_minutes, shown_held=wish.shown_held)
    cover.hold_estimate(session=session, at=at)
    if session.state == State.AWAITING_TOP_UP:
        _check_awaiting(account, terms)
    _tell(session, wish, technicians, by=by, at=at)
    return session


def wanted(wish: Wish) -> Wanted:
    """What a slot must fit for the wish."""
    return Wanted(
        purpose=wish.purpose,
        minutes=wish.estimate_minutes,
        technician_count=wish.technician_count,
        technician=wish.technician,
        overriding=bool(wish.override_reason),
    )


def check_wish(wish: Wish, *, terms: SessionTerms) -> None:
    """Refuse what is not offered, whatever the time (rules R1, R2).

    Raises PurposeWithdrawn, OffStep, TooLong, TooManyTechnicians.
    """
    if not wish.purpose.offered:
        raise PurposeWithdrawn
    if wish.estimate_minutes <= 0 or wish.estimate_minutes % terms.estimate_step_minutes:
        raise OffStep(step_minutes=terms.estimate_step_minutes)
    if wish.estimate_minutes >= A_WEEK:
        raise TooLong(longest_minutes=availability.longest_minutes(wanted=wanted(wish), around=wish.starts_at))
    if not 1 <= wish.technician_count <= MOST_TECHNICIANS:
        raise TooManyTechnicians


def check_time(starts_at: datetime, *, terms: SessionTerms, at: datetime, overriding: bool = False) -> None:
    """Refuse a start that is past, too near or too far (rule R2). `overriding`: only the past and two years bind the provider.

    Raises TooSoon(earliest), TooFarAhead(latest).
    """
    earliest, latest = availability.bookable(terms=terms, at=at, overriding=overriding)
    if starts_at < earliest:
        raise TooSoon(earliest=earliest)
    if starts_at >= latest:
        raise TooFarAhead(latest=latest)


def _overriding(wish: Wish, organisation: Organisation, by: Person) -> str:
    """Why the limits for clients do not hold, as it is kept; nothing where they do (rule R2). Raises NotAllowed, ReasonTooLong."""
    if not wish.override_reason.strip():
        return ""
    if not (manages(by, organisation) or has_duty(by, StaffDuty.DISPATCHER)):
        raise NotAllowed
    return reasoned(wish.override_reason)


def _agreed_case(case: Case, organisation: Organisation, by: Person) -> Case:
    """The case, locked after the account: of the same client, who has agreed to use credit for it (rule T3)."""
    if case.organisation_id != organisation.pk:
        raise WrongAccount
    return server_support.require_consent(case, by=by)


def _same(session: Session, account: CreditAccount, wish: Wish, by: Person) -> Session:
    """The session that the same form booked before, if it wished for the same."""
    booked = session.events.get(kind=EventKind.BOOKED)
    case_id = wish.case.pk if wish.case else None
    if (session.account_id, session.requested_by_id, session.case_id) != (account.pk, by.pk, case_id) or (booked.facts, booked.reason) != (
        _facts(wish),
        wish.override_reason,
    ):
        raise RequestMismatch
    return session


def _create(account: CreditAccount, wish: Wish, *, cause: str, by: Person, at: datetime) -> Session:
    starts_at = wish.starts_at.astimezone(UTC)
    try:
        with transaction.atomic():
            return Session.objects.create(
                organisation=account.organisation,
                account=account,
                cause=cause,
                purpose=wish.purpose,
                title=wish.title,
                description=wish.description,
                access_arranged=wish.access_arranged,
                state=State.REQUESTED,
                estimate_minutes=wish.estimate_minutes,
                technician_count=wish.technician_count,
                starts_at=starts_at,
                ends_at=starts_at + timedelta(minutes=wish.estimate_minutes),
                requested_at=at,
                requested_by=by,
                series=wish.series,
                series_on=wish.series_on,
                case=wish.case,
                **session_terms.freeze(organisation=account.organisation, at=at),
                **factors.at_booking(purpose=wish.purpose, starts_at=starts_at).columns,
            )
    except IntegrityError as refused:
        if Session.objects.filter(cause=cause).exists():  # from another account, at the same moment
            raise RequestMismatch from refused
        raise


def _check_awaiting(account: CreditAccount, terms: SessionTerms) -> None:
    """Refuse one more booking that awaits a top-up than an account may have, this one counted (rule C6)."""
    if Session.objects.filter(account=account, state=State.AWAITING_TOP_UP).count() > terms.most_awaiting:
        raise TooManyAwaiting(most=terms.most_awaiting)


def _tell(session: Session, wish: Wish, technicians: list[Technician], *, by: Person, at: datetime) -> None:
    event = life.note(session, EventKind.BOOKED, at=at, by=by, reason=wish.override_reason, facts=_facts(wish))
    messages.booked(session, event, technicians)
    if wish.case is not None:
        server_support.goes_on_in(session.pk, wish.case, title=session.title, by=by, at=at)
    if session.state == State.AWAITING_TOP_UP:
        cover.await_top_up(session=session, at=at)
    else:
        life.note(session, EventKind.SCHEDULED, at=at, by=None, facts={"start": session.start_number})


def _facts(wish: Wish) -> dict[str, str | int | None]:
    """What was wished for, as the event keeps it."""
    return {
        "purpose": wish.purpose.code,
        "title": wish.title,
        "starts_at": wish.starts_at.astimezone(UTC).isoformat(),
        "minutes": wish.estimate_minutes,
        "technicians": wish.technician_count,
        "technician": wish.technician.pk if wish.technician else None,
    }
