"""What a change would cost the client, said before it is made (rules C10, C17).

A change inside the notice costs the penalty that was agreed at booking, if its kind is sanctioned. It is free while
the booking awaits a top-up (no time is agreed yet), after our own change, where we did not come, and for a while
after a booking that was itself made inside the notice. After the start has passed a session that was not begun can
still be changed: late. Moving to another time band changes what is held, which is said along with the cost.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from credits.accounts import CreditAccount
from credits.ledger import Hold, HoldState
from sessions import factors, notice
from sessions.compensation import stood_up
from sessions.factors import Factor
from sessions.models import PenaltyKind, Session, State

MOVES = (PenaltyKind.POSTPONE, PenaltyKind.EARLIER)


@dataclass(frozen=True, kw_only=True)
class Quote:
    """The cost of a change in `minutes`, and what it would leave.

    `free_until` is the last instant at which a change of the present start is free, None while no time is agreed.
    `late` says that it is past. `left_minutes` would be available afterwards, `owed_minutes` owed; `covered` tells
    whether a moved booking would keep its cover, or await a top-up. `held_minutes` would be held after the change, by
    the `factor` of the time it is moved to: the estimate, or what the client has agreed to beyond it (rule C8);
    that many `raw_minutes` of work.
    """

    minutes: int
    free_until: datetime | None
    late: bool
    left_minutes: int
    owed_minutes: int = 0
    covered: bool = True
    factor: Factor = field(default_factory=Factor)
    held_minutes: int = 0
    raw_minutes: int = 0


def quote(*, session: Session, kind: PenaltyKind, at: datetime, starts_at: datetime | None = None) -> Quote:
    """What a change of this kind would cost the client at `at` (rule C10). Reads, changes nothing.

    `starts_at` is the time it would be moved to, where that is known already (rule C17).
    """
    minutes = cost_minutes(session=session, kind=kind, at=at)
    gift = session.our_late_change_minutes if stood_up(session, at=at) else 0
    factor = factors.moved_by_client(session=session, starts_at=starts_at) if starts_at else factors.of(session)
    wanted, whole = (factors.promised_minutes(session, factor), factors.held_minutes(session, factor)) if kind in MOVES else (0, 0)
    left, owed, covered = _afterwards(session, gift - minutes, wanted=wanted, whole=whole)
    return Quote(
        minutes=minutes,
        free_until=free_until(session),
        late=_is_late(session, at),
        left_minutes=left,
        owed_minutes=owed,
        covered=covered,
        factor=factor,
        held_minutes=wanted,
        raw_minutes=max(session.estimated_minutes, factors.consented_minutes(session)) if kind in MOVES else 0,
    )


def cost_minutes(*, session: Session, kind: PenaltyKind, at: datetime) -> int:
    """The penalty in minutes for a change received at `at`, by the terms agreed at booking; 0 where it is free (rule C10)."""
    return penalty_minutes(session, kind) if _is_late(session, at) else 0


def penalty_minutes(session: Session, kind: PenaltyKind, *, held_minutes: int | None = None) -> int:
    """What a late change of this kind costs: nothing where the kind is not sanctioned; capped where agreed (rule C10).

    The cap is what the booking holds: what estimate × technicians would be charged at; or `held_minutes`, what it
    would hold after a move.
    """
    if kind not in session.penalty_kinds:
        return 0
    if session.penalty_capped_at_estimate:
        return min(session.penalty_minutes, session.held_minutes if held_minutes is None else held_minutes)
    return session.penalty_minutes


def free_until(session: Session) -> datetime | None:
    """The last instant at which changing the present start is surely free (rule C10); None while no time is agreed."""
    if session.state != State.SCHEDULED or session.starts_at is None:
        return None
    if session.free_change:
        return session.starts_at
    in_time = notice.free_until(starts_at=session.starts_at, notice=session.notice)
    undo = _undo_until(session, session.starts_at)
    return max(in_time, undo) if undo else in_time


def _is_late(session: Session, at: datetime) -> bool:
    """Whether a change would be sanctioned: past the free time, and neither we changed the start nor failed to come."""
    until = free_until(session)
    if until is None or at <= until or session.free_change:
        return False
    return not stood_up(session, at=at)


def _undo_until(session: Session, starts_at: datetime) -> datetime | None:
    if session.start_number != 1:
        return None
    return notice.undo_until(
        starts_at=starts_at,
        booked_at=session.requested_at,
        notice=session.notice,
        undo=timedelta(minutes=session.undo_minutes),
    )


def _afterwards(session: Session, change: int, *, wanted: int, whole: int) -> tuple[int, int, bool]:
    """What would be available and owed after a `change` of the credit, and whether the hold of a move is covered.

    Of the `wanted` minutes so many must be there `whole`; the rest is held as far as credit is left.
    """
    account = CreditAccount.objects.get(pk=session.account_id)
    own = Hold.objects.get(pk=session.hold_id) if session.hold_id else None
    spare = account.available_minutes - account.debt_minutes + (own.covered_minutes if own else 0) + change
    covered = True
    if wanted and own:
        covered = own.postpaid or spare >= whole
        spare -= min(wanted, max(spare, 0)) if covered else 0
    return _after_the_queue(account, own, max(spare, 0)), max(-spare, 0), covered


def _after_the_queue(account: CreditAccount, own: Hold | None, spare: int) -> int:
    """What is left of `spare` minutes when the account's other holds have been served, in the ledger's order."""
    others = Hold.objects.filter(account=account, state__in=[HoldState.PLACED, HoldState.WAITING]).order_by("placed_at", "pk")
    for hold in sorted(others, key=lambda hold: hold.state == HoldState.WAITING):
        if own is not None and hold.pk == own.pk:
            continue
        if hold.state == HoldState.PLACED:
            spare -= min(spare, hold.missing_minutes)
        elif hold.minutes <= spare:
            spare -= hold.minutes
    return spare
