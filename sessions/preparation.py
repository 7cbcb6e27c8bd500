"""What the client prepares for a session: what is on its agenda, and the access that our technicians need (rules R1, C10).

Who attends and what is on the agenda can be told at any time before the end, and is never sanctioned. Access that was
said to be arranged and is not counts as cancelling late, so it is said knowingly, by name.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from clients.access import acts_for
from core.errors import DomainError, NotAllowed
from people.models import Person
from sessions import crew, life, messages
from sessions.models import Session, State
from sessions.models.sessions import BEFORE_WORK, EventKind

BEFORE_THE_END = (*BEFORE_WORK, State.IN_PROGRESS, State.PAUSED)


class TitleMissing(DomainError):
    """A session has to be about something."""

    message = _("Please say in a few words what it is about. Nothing has changed.")


class AgendaTooLong(DomainError):
    """It does not fit."""

    message = _("That is too long: 120 characters for what it is about, 4,000 for what should be done. Nothing has changed.")


@transaction.atomic
def arrange_access(*, session: Session, by: Person, at: datetime) -> Session:
    """Say that access is arranged; again changes nothing (rule C10). Raises NotAllowed, SessionMovedOn once work has begun."""
    session = life.locked(session)
    if not acts_for(by, session.organisation):
        raise NotAllowed
    life.require(session, *BEFORE_WORK)
    if session.access_arranged:
        return session
    Session.objects.filter(pk=session.pk).update(access_arranged=True)
    session.access_arranged = True
    life.note(session, EventKind.ACCESS_ARRANGED, at=at, by=by)
    return session


@transaction.atomic
def change_agenda(*, session: Session, title: str | None = None, description: str, by: Person, at: datetime) -> Session:
    """Say anew what should be done and, if given, what it is about: any time before the end, free (rules R1, C10).

    Who booked and the technicians are told. The same again changes nothing, and tells nobody.
    Raises NotAllowed, SessionMovedOn once the work is over, TitleMissing, AgendaTooLong.
    """
    session = life.locked(session)
    if not acts_for(by, session.organisation):
        raise NotAllowed
    life.require(session, *BEFORE_THE_END)
    agenda = _agenda(session.title if title is None else title, description)
    if agenda == _agenda(session.title, session.description):
        return session
    life.amend(session, **agenda)
    event = life.note(session, EventKind.AGENDA_CHANGED, at=at, by=by)
    messages.changed("agenda_changed", session, event, crew.crew(session).select_related("person"))
    return session


def _agenda(title: str, description: str) -> dict[str, str]:
    agenda = {"title": " ".join(title.split()), "description": "\n".join(description.strip().splitlines())}
    if not agenda["title"]:
        raise TitleMissing
    if len(agenda["title"]) > 120 or len(agenda["description"]) > 4_000:
        raise AgendaTooLong
    return agenda
