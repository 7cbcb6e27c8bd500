"""What the page of a session shows to both sides: its clock, its notes, and whether we know how to get in (rules R1, R3, C5)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from people.models import Person
from sessions import access, clocks, notes
from sessions.models import AccessInstructions, Session
from sessions.models.sessions import BEFORE_WORK
from sessions.pauses import Pause
from sessions.preparation_forms import NoteForm


def shared(session: Session, *, person: Person, at: datetime, stood_still: Iterable[Pause], logged_minutes: int) -> dict[str, Any]:
    """The facts that both pages show. What is sealed is not even fetched."""
    return {
        "clock": clocks.clock_of(session, at=at, stood_still=stood_still, logged_minutes=logged_minutes),
        "notes": list(notes.notes_of(session)),
        "note_form": NoteForm() if notes.may_note(person, session) else None,
        "instructions": AccessInstructions.objects.filter(session=session).defer("sealed").select_related("written_by").first(),
        "looks": list(session.access_looks.select_related("person").order_by("-pk")),
        "may_read_access": access.may_read(person, session),
        "access_needed": session.state in access.NEEDED,
        "is_ahead": session.starts_at is not None and session.starts_at > at and session.state in BEFORE_WORK,
    }
