"""What both sides note about a session: plain words that everybody who sees the session can read (rule R1).

A note is never changed or removed. It is no trace of what happened, which the session keeps by itself, and tells
nobody by mail.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from clients.access import acts_for, manages
from core.errors import DomainError, NotAllowed
from people.models import Person
from sessions import crew, life
from sessions.models import Session, SessionNote

LONGEST = 4_000


class NoteMissing(DomainError):
    """The note says nothing."""

    message = _("Please write something. Nothing was noted.")


class NoteTooLong(DomainError):
    """It does not fit."""

    message = _("That is too long: 4,000 characters at most. Nothing was noted.")


class NoteMismatch(DomainError):
    """The same form came with another note before."""

    message = _("This form has noted something else before. Open the page again and write it there.")


@transaction.atomic
def add_note(*, session: Session, text: str, cause: str, by: Person, at: datetime) -> SessionNote:
    """Note `text` for all who see the session. The same `cause` again returns its first note (rule C14).

    Raises NotAllowed, NoteMissing, NoteTooLong, NoteMismatch.
    """
    session = life.locked(session)
    if not may_note(by, session):
        raise NotAllowed
    said = _fitting(text)
    before = SessionNote.objects.filter(cause=cause).first()
    if before is None:
        return SessionNote.objects.create(session=session, by=by, at=at, text=said, cause=cause)
    if (before.session_id, before.text) != (session.pk, said):
        raise NoteMismatch
    return before


def may_note(person: Person, session: Session) -> bool:
    """Whether `person` may note something: the client's people but readers, those who do the session, and its account manager."""
    return acts_for(person, session.organisation) or crew.may_run(person, session) or manages(person, session.organisation)


def notes_of(session: Session) -> QuerySet[SessionNote]:
    """The notes about `session`, the latest first."""
    return session.notes.select_related("by").order_by("-pk")


def _fitting(text: str) -> str:
    said = "\n".join(text.strip().splitlines())
    if not said:
        raise NoteMissing
    if len(said) > LONGEST:
        raise NoteTooLong
    return said
