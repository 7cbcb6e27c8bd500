"""What a declined invitation asks of the client: whether the session is to stand all the same (rule C10).

“Declined” in somebody's calendar cancels nothing. While it stands for the present start, the page of the session shows
it to the client with what cancelling would cost, until somebody who may change the session cancels, moves or keeps it.
"""

from datetime import datetime

from django.db import transaction

from core.errors import NotAllowed
from credits import spending
from people.models import Person
from sessions import life
from sessions.models import Answer, Attendee, Session, Side, State
from sessions.models.sessions import EventKind

ASKED_ABOUT = (State.AWAITING_TOP_UP, State.SCHEDULED)


def standing(session: Session) -> list[Person]:
    """Who of the client declined to come at the present start, and was not answered yet. Two queries at most."""
    if session.state not in ASKED_ABOUT:
        return []
    declining = Attendee.objects.filter(session=session, live=True, side=Side.CLIENT, answer=Answer.DECLINED)
    people = {attendee.person_id: attendee.person for attendee in declining.select_related("person").order_by("person__name", "pk")}
    asking = _asking(session) if people else set()
    return [person for pk, person in people.items() if pk in asking]


@transaction.atomic
def keep(*, session: Session, by: Person, at: datetime) -> Session:
    """Say that the session stands although somebody declined (rule C10). The same again changes nothing.

    Raises NotAllowed unless `by` may change the session, SessionMovedOn once it has begun or is over.
    """
    if not spending.may_spend(by, session.account, at=at):
        raise NotAllowed
    current = life.locked(session)
    life.require(current, *ASKED_ABOUT)
    if standing(current):
        life.note(current, EventKind.ANSWERED, at=at, by=by, facts={"kept": True, "start": current.start_number})
    return current


def _asking(session: Session) -> set[int]:
    """Those who declined at the present start since it was last kept, by number."""
    asking: set[int] = set()
    answers = session.events.filter(kind=EventKind.ANSWERED, facts__start=session.start_number).order_by("pk")
    for facts in answers.values_list("facts", flat=True):
        if facts.get("kept"):
            asking.clear()
        elif facts.get("answer") == Answer.DECLINED:
            asking.add(facts["person"])
    return asking
