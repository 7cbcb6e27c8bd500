"""Who comes to a session on the client's side (rules C10, R4).

Whoever belongs to the client adds colleagues and takes them off, as long as the session is still to come or going on.
That is never sanctioned, however late. Everybody who is invited is told, with the session for their calendar. Our own
side is its technicians: who they are is not the client's to change.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from clients.access import acts_for, is_member
from core.errors import DomainError, NotAllowed
from people.models import Person
from sessions import invitations, life, messages
from sessions.models import Attendee, Session, Side
from sessions.models.sessions import EventKind

__all__ = ["MOST", "NotAColleague", "NotAllowed", "TooManyAttendees", "attending", "colleagues", "excuse", "invite", "may_arrange"]

MOST = 20
"""People on the client's side: beyond them it is no session any more but a meeting, and each is written to."""


class NotAColleague(DomainError):
    """Only people of the client can be invited by it, and they must be able to sign in."""

    message = _("Only people of your own organisation can be invited. Nothing has changed.")


class TooManyAttendees(DomainError):
    """As many are invited as can be: `most`."""

    def __init__(self, *, most: int) -> None:
        super().__init__(most)
        self.most = most

    @property
    def message(self) -> str:
        """The sentence with the limit."""
        return ngettext(
            "At most %(most)s person of your organisation can be invited. Nothing has changed.",
            "At most %(most)s people of your organisation can be invited. Nothing has changed.",
            self.most,
        ) % {"most": self.most}


@transaction.atomic
def invite(*, session: Session, person: Person, by: Person, at: datetime) -> Session:
    """Invite a colleague of `by`'s, free at any time (rule C10); who is invited already stays so, and nobody is told anew.

    Raises NotAllowed, NotAColleague, TooManyAttendees(most), SessionMovedOn where the session is over or has no time.
    """
    session = _locked(session, by=by, at=at)
    coming = invitations.clients_people(session, at=at)
    if person in coming or _is_ours(session, person):
        return session
    if not (person.is_active and is_member(person, session.organisation)):
        raise NotAColleague
    if len(coming) >= MOST:
        raise TooManyAttendees(most=MOST)
    _tell(session, person, [*coming, person], comes=True, by=by, at=at)
    return session


@transaction.atomic
def excuse(*, session: Session, person: Person, by: Person, at: datetime) -> Session:
    """Take somebody of the client's side off, free at any time (rule C10); who is not invited is not told anew.

    Raises NotAllowed, SessionMovedOn where the session is over or has no time.
    """
    session = _locked(session, by=by, at=at)
    coming = invitations.clients_people(session, at=at)
    if person in coming:
        _tell(session, person, [other for other in coming if other != person], comes=False, by=by, at=at)
    return session


def may_arrange(person: Person, session: Session, *, at: datetime) -> bool:
    """Whether `person` can change who comes now: somebody of the client who is no reader, before the end of a session that takes place."""
    return acts_for(person, session.organisation) and _is_ahead(session, at)


def attending(session: Session) -> Sequence[Attendee]:
    """Everybody who is invited now, with what they answered: the client's people by name, then our technicians. One query."""
    return list(session.attendees.filter(live=True).select_related("person").order_by("side", "person__name", "pk"))


def colleagues(session: Session) -> QuerySet[Person]:
    """The people of the client who can be invited and are not."""
    members = session.organisation.memberships.filter(person__is_active=True)
    invited = session.attendees.filter(live=True)
    return Person.objects.filter(pk__in=members.values("person")).exclude(pk__in=invited.values("person")).order_by("name", "pk")


def _locked(session: Session, *, by: Person, at: datetime) -> Session:
    session = life.locked(session)
    if not acts_for(by, session.organisation):
        raise NotAllowed
    if not _is_ahead(session, at):
        raise life.SessionMovedOn
    return session


def _is_ahead(session: Session, at: datetime) -> bool:
    return session.ends_at is not None and at < session.ends_at and session.state in invitations.STANDING


def _is_ours(session: Session, person: Person) -> bool:
    """Whether `person` comes as a technician already."""
    return session.attendees.filter(person=person, side=Side.TECHNICIAN, live=True).exists()


def _tell(session: Session, person: Person, coming: list[Person], *, comes: bool, by: Person, at: datetime) -> None:
    facts = {"person": person.pk, "name": person.name, "comes": comes}
    event = life.note(session, EventKind.ATTENDEES_CHANGED, at=at, by=by, facts=facts)
    messages.attendees_changed(session, event, person=person, client=coming)
