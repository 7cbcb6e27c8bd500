"""What a booking would mean, said before it is made (rules C5, C6, C10, C17).

How much credit is held and what is left or missing, and until when a change would be free.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Sum

from clients import agreements
from clients.models import Organisation
from credits.accounts import CreditAccount
from credits.ledger import Hold, HoldState
from sessions import cover, factors, notice, quotes
from sessions import terms as session_terms
from sessions.availability import Wanted
from sessions.bookings import Wish
from sessions.factors import Factor
from sessions.models import PenaltyKind, Session, State


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What follows from booking now. Minutes.

    `estimated_minutes` of work make `held_minutes` of credit, by the `factor` of the time. Where nothing is
    `missing_minutes`, `left_minutes` would be available after it and a change is free until `free_until`;
    `at_short_notice` says that it is free for `undo_minutes` only, because the start is too near. Else the booking
    waits for a top-up until `top_up_by`. A `postpaid` client's never waits, and `uncovered_minutes` are invoiced when they
    are worked (rule I7). Late changes cost `postpone_minutes` or `cancel_minutes`.
    """

    estimated_minutes: int
    factor: Factor
    held_minutes: int
    left_minutes: int
    missing_minutes: int
    top_up_by: datetime
    free_until: datetime
    at_short_notice: bool
    undo_minutes: int
    postpone_minutes: int
    cancel_minutes: int
    notice_minutes: int
    postpaid: bool = False
    uncovered_minutes: int = 0


def preview(*, account: CreditAccount, wish: Wish, at: datetime) -> Preview:
    """What booking `wish` from `account` at `at` would mean, by the terms in force now (rule P3). Changes nothing."""
    session = _as_if_booked(account.organisation, wish, at)
    held = session.held_minutes
    return Preview(
        estimated_minutes=session.estimated_minutes,
        factor=factors.of(session),
        held_minutes=held,
        left_minutes=max(0, account.available_minutes - held),
        missing_minutes=0 if session.postpaid else missing_minutes(account=account, wanted=held),
        postpaid=session.postpaid,
        uncovered_minutes=max(0, held - account.available_minutes) if session.postpaid else 0,
        top_up_by=cover.top_up_deadline(session, at=at),
        free_until=quotes.free_until(session) or wish.starts_at,
        at_short_notice=notice.is_late(starts_at=wish.starts_at, received_at=at, notice=session.notice),
        undo_minutes=session.undo_minutes,
        postpone_minutes=quotes.penalty_minutes(session, PenaltyKind.POSTPONE),
        cancel_minutes=quotes.penalty_minutes(session, PenaltyKind.CANCEL),
        notice_minutes=session.notice_minutes,
    )


def ordinary_minutes(wanted: Wanted) -> int:
    """The credit that would be held at a time outside all bands (rules C5, C17)."""
    tariff = factors.tariff(wanted)
    return tariff.held_minutes(tariff.at(None))


def missing_minutes(*, account: CreditAccount, wanted: int) -> int:
    """What a top-up would have to bring, after debt and those who waited before; 0 where the hold fits now (rule C6)."""
    if wanted <= account.available_minutes:
        return 0
    live = Hold.objects.filter(account=account, state__in=[HoldState.PLACED, HoldState.WAITING])
    uncovered: int = live.aggregate(minutes=Sum(F("minutes") - F("covered_minutes")))["minutes"] or 0
    return uncovered + wanted + account.debt_minutes - account.available_minutes


def needed(*, account: CreditAccount, wanted: int, at: datetime) -> dict[str, int | bool]:
    """The same for a page, and whether the client is postpaid: then nothing is `missing` (rule I7)."""
    postpaid = agreements.is_postpaid(account.organisation, on=agreements.local_date(at))
    return {"postpaid": postpaid, "missing": 0 if postpaid else missing_minutes(account=account, wanted=wanted)}


def _as_if_booked(organisation: Organisation, wish: Wish, at: datetime) -> Session:
    """The session that would be there, never saved: the rules about real ones answer for it."""
    return Session(
        organisation=organisation,
        state=State.SCHEDULED,
        estimate_minutes=wish.estimate_minutes,
        technician_count=wish.technician_count,
        starts_at=wish.starts_at,
        ends_at=wish.starts_at + timedelta(minutes=wish.estimate_minutes),
        requested_at=at,
        **session_terms.freeze(organisation=organisation, at=at),
        **factors.at_booking(purpose=wish.purpose, starts_at=wish.starts_at).columns,
    )
