"""The reminder of a session (rules R5, R3, M4): when, until when it can be changed free, what to prepare, whether access is arranged.

To who booked and who else was invited of the client's people, and to the technicians.
"""

from collections.abc import Iterable
from datetime import datetime

from django.urls import reverse

from clients import access
from credits import spending
from notices import outbox
from notices.models import Notice
from people.models import Person
from sessions import crew, quotes
from sessions.models import Attendee, PenaltyKind, Session, Side


def remind(session: Session, *, cause: str, at: datetime) -> list[Notice]:
    """Write the reminder to each of both sides, in their own language and zone; what was written."""
    technicians = [technician.person for technician in crew.crew(session).select_related("person")]
    people = {person.pk: person for person in [*_client(session, at=at), *_guests(session), *technicians]}
    ours = {pk for pk, person in people.items() if access.is_provider_staff(person)}
    return [
        *_compose(session, cause, [people[pk] for pk in people if pk not in ours], at, page="session"),
        *_compose(session, cause, [people[pk] for pk in people if pk in ours], at, page="desk-session"),
    ]


def _client(session: Session, *, at: datetime) -> list[Person]:
    """Who booked; where that was our account manager on the client's behalf, the client's approvers."""
    if access.is_member(session.requested_by, session.organisation):
        return [session.requested_by]
    return spending.deciders(session.account, at=at)


def _guests(session: Session) -> Iterable[Person]:
    """Others of the client's people who are invited, as long as they belong to it."""
    invited = Attendee.objects.filter(session=session, side=Side.CLIENT, live=True)
    return Person.objects.filter(pk__in=invited.values("person"), memberships__organisation=session.organisation_id).order_by("pk")


def _compose(session: Session, cause: str, people: list[Person], at: datetime, *, page: str) -> list[Notice]:
    until = quotes.free_until(session)
    context = {
        "session": session,
        "free_until": until,
        "late": until is not None and until < at,
        "later": _cost(session, PenaltyKind.POSTPONE),
        "earlier": _cost(session, PenaltyKind.EARLIER),
        "cancelling": _cost(session, PenaltyKind.CANCEL),
        "ours": page == "desk-session",
        "page": reverse(page, args=[session.pk]),
    }
    return outbox.compose(cause=cause, people=people, template="sessions/mail/reminder_before", context=context, at=at)


def _cost(session: Session, kind: PenaltyKind) -> int:
    """What the change costs when it comes late, in minutes: nothing where we have moved the start (rule C10)."""
    return 0 if session.free_change else quotes.penalty_minutes(session, kind)
