"""Word about answers to invitations (rules C10, R4, M4). “Declined” is answered with the cost and the way, once a start.

Who may change the session is asked; where somebody else of the client will not come, who booked is told. That one of
our own does not come concerns the account manager and the dispatchers.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.urls import reverse

from clients import access
from clients.models import StaffDuty
from credits import spending
from notices import outbox
from people.models import Person
from sessions import quotes
from sessions.models import Attendee, PenaltyKind, Session, Side


def declined(session: Session, attendee: Attendee, *, at: datetime) -> None:
    """Answer to a “declined”: one notice for each agreed start and person who declined, whatever they answer later."""
    person = attendee.person
    if attendee.side == Side.TECHNICIAN:
        people = {*access.managers(session.organisation), *access.staff(StaffDuty.DISPATCHER)}
        _tell(session, attendee, people, "technician_declined", page="desk-session", at=at)
    elif spending.may_spend(person, session.account, at=at):
        cancelling, postponing = (quotes.quote(session=session, kind=kind, at=at) for kind in (PenaltyKind.CANCEL, PenaltyKind.POSTPONE))
        _tell(session, attendee, [person], "declined", at=at, cancelling=cancelling, postponing=postponing)
    else:
        _tell(session, attendee, _who_booked(session, besides=person, at=at), "will_not_attend", at=at)


def _who_booked(session: Session, *, besides: Person, at: datetime) -> list[Person]:
    """Who booked; where that was the same person, or one of ours on the client's behalf, who decides about the account."""
    booker = session.requested_by
    if booker != besides and booker.is_active and access.is_member(booker, session.organisation):
        return [booker]
    return [person for person in spending.deciders(session.account, at=at) if person != besides]


def _tell(
    session: Session, attendee: Attendee, people: Iterable[Person], template: str, *, at: datetime, page: str = "session", **context: Any
) -> None:
    outbox.compose(
        cause=f"session:{session.pk}:start:{session.start_number}:declined:{attendee.person_id}",
        people=people,
        template=f"sessions/mail/{template}",
        context={"session": session, "who": attendee.person, "page": reverse(page, args=[session.pk]), **context},
        at=at,
    )
