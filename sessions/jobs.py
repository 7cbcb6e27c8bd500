"""What is done about sessions when its time has come (rules C6, C8, R3, R6).

Every job takes the instant, acts on each session in a transaction of its own, does nothing the second time, and
returns how many sessions it acted on. Two loops at once are harmless: each looks again at the locked row.
"""

from datetime import datetime

from core.batches import each
from sessions import cover, release
from sessions.access import erase_due as erase_access
from sessions.clocks import warn_used
from sessions.models import Session, State
from sessions.overdue import confirm_silent, lapse_disputes, remind_unconfirmed
from sessions.unclosed import alert_unclosed

__all__ = [
    "alert_unclosed",
    "confirm_silent",
    "erase_access",
    "follow_holds",
    "lapse_disputes",
    "release_unpaid",
    "remind_unconfirmed",
    "warn_used",
]


def follow_holds(at: datetime) -> int:
    """Schedule the bookings whose credit has come (rule C6). Pages may call it right after a payment."""
    return each(cover.unsettled(at=at), lambda session: cover.follow(session=session, at=at))


def release_unpaid(at: datetime) -> int:
    """Give up the bookings whose deadline for a top-up has passed, without penalty (rule C6)."""
    overdue = Session.objects.filter(state=State.AWAITING_TOP_UP, top_up_by__lte=at).order_by("top_up_by", "pk")
    return each(overdue, lambda session: release.release(session=session, at=at))
