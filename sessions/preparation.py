"""What the client prepares for a session: the access that our technicians need (rules R1, C10).

Who attends and what is on the agenda can be told at any time, and is never sanctioned. Access that was said to be
arranged and is not counts as cancelling late, so it is said knowingly, by name.
"""

from datetime import datetime

from django.db import transaction

from clients.access import is_member
from core.errors import NotAllowed
from people.models import Person
from sessions import life
from sessions.models import Session
from sessions.models.sessions import BEFORE_WORK, EventKind


@transaction.atomic
def arrange_access(*, session: Session, by: Person, at: datetime) -> Session:
    """Say that access is arranged; again changes nothing (rule C10). Raises NotAllowed, SessionMovedOn once work has begun."""
    session = life.locked(session)
    if not is_member(by, session.organisation):
        raise NotAllowed
    life.require(session, *BEFORE_WORK)
    if session.access_arranged:
        return session
    Session.objects.filter(pk=session.pk).update(access_arranged=True)
    session.access_arranged = True
    life.note(session, EventKind.ACCESS_ARRANGED, at=at, by=by)
    return session
