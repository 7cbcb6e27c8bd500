"""Sessions that nobody closes (rule R6).

A session whose time is over a day ago, and that nobody started, missed or cancelled, or whose hours nobody submitted,
still holds the client's credit; so does unplanned work that the client agreed to and nobody began (rule R8). Those
who do it, the dispatchers and the account manager are told so, once for each agreed start. Nothing is closed by
itself: how it went, and what that costs, only people know.
"""

from datetime import datetime, timedelta
from itertools import chain

from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse

from clients import access
from clients.models import StaffDuty
from core.batches import each
from credits.ledger import HoldState
from notices import outbox
from sessions import crew, life
from sessions.models import Session, State

OPEN_FOR_WORK = (State.SCHEDULED, State.IN_PROGRESS, State.PAUSED)
GRACE = timedelta(days=1)
"""How long after its end a session is left in peace; unplanned work, which has none, after its start, or after it could begin."""


def unclosed(*, at: datetime) -> QuerySet[Session]:
    """The sessions that should be closed by `at`. Hours that were opened again are somebody's work."""
    over = Q(ends_at__lte=at - GRACE) | Q(ends_at=None, started_at__lte=at - GRACE)
    never_begun = Q(state=State.REQUESTED, hold__state=HoldState.PLACED, agreed_at__lte=at - GRACE)
    return Session.objects.filter(over & Q(state__in=OPEN_FOR_WORK, submitted_at=None) | never_begun).order_by("requested_at", "pk")


def alert_unclosed(at: datetime) -> int:
    """Tell our people of sessions that nobody closed, once for each agreed start (rule R6)."""
    found = list(unclosed(at=at))
    told = outbox.written(_cause(session) for session in found)
    return each([session for session in found if _cause(session) not in told], lambda session: _alert(session, at))


@transaction.atomic
def _alert(session: Session, at: datetime) -> bool:
    session = life.locked(session)
    if not unclosed(at=at).filter(pk=session.pk).exists():
        return False
    technicians = [technician.person for technician in crew.crew(session).select_related("person")]
    people = chain(technicians, access.staff(StaffDuty.DISPATCHER), access.managers(session.organisation))
    written = outbox.compose(
        cause=_cause(session),
        people={person.pk: person for person in people}.values(),
        template="sessions/mail/unclosed",
        context={"session": session, "page": reverse("desk-session", args=[session.pk])},
        at=at,
    )
    return bool(written)


def _cause(session: Session) -> str:
    return f"session:{session.pk}:start:{session.start_number}:unclosed"
