"""Others are asked about what has waited too long for one person (rules: People, C8).

For a client's approver that is the deputy, where one is named, else whoever else decides; for the account manager the
deputy of the provider's. Once for each thing that waits; the event says so.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from clients.patience import Patience
from core.batches import each
from credits import spending
from people.models import Person
from sessions import hours_messages, life, second_yes
from sessions.models import Session, SessionEvent
from sessions.models.sessions import EventKind
from sessions.waiting import OURS, Waiting, What, too_long


def escalate(at: datetime) -> int:
    """Ask others about what waits too long, once for each; how many (rules: People). A job: run as often as one likes."""
    patience = Patience.of_provider(at=at)
    found = too_long(Session.objects.all(), patience)
    asked = _asked(waiting.session.pk for waiting in found)
    return each([waiting for waiting in found if (waiting.session.pk, waiting.key) not in asked], lambda waiting: _ask(waiting, patience))


@transaction.atomic
def _ask(waiting: Waiting, patience: Patience) -> bool:
    """Whether anybody was asked: it may have been answered meanwhile, asked by another loop, or nobody may be there to ask."""
    session = life.locked(waiting.session)
    still = {other.key for other in too_long(Session.objects.filter(pk=session.pk), patience)}
    people = _others(waiting, at=patience.at)
    if waiting.key not in still or (session.pk, waiting.key) in _asked([session.pk]) or not people:
        return False
    life.note(session, EventKind.ESCALATED, at=patience.at, by=None, facts={"what": waiting.key})
    hours_messages.waits_too_long(session, what=waiting.what, number=waiting.number, since=waiting.since, people=people, at=patience.at)
    return True


def _others(waiting: Waiting, *, at: datetime) -> list[Person]:
    """Who is asked now."""
    session = waiting.session
    if waiting.what in OURS:
        deputy = session.organisation.deputy_manager
        return [deputy] if deputy is not None and deputy.is_active else []
    besides = second_yes.first_yes(session) if waiting.what == What.SECOND_YES else None
    return spending.stand_ins(session.account, besides=besides, at=at)


def _asked(sessions: Iterable[int]) -> set[tuple[int, str]]:
    """About what others have been asked: session and key."""
    events = SessionEvent.objects.filter(kind=EventKind.ESCALATED, session__in=list(sessions))
    return {(event.session_id, event.facts["what"]) for event in events}
