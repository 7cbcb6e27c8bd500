"""What both sides type beside the agenda of a session: how we get in, what should be done, and notes (rules R1, R3)."""

from datetime import datetime
from uuid import uuid4

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from core.forms import ActForm
from people.models import Person
from sessions import access, notes
from sessions.models import Session


class AccessForm(ActForm):
    """How we get in. It is never filled in by itself, and nothing that a browser offers reads along (rule R3)."""

    instructions = forms.CharField(
        label=_("How we get in"),
        help_text=_("How to connect, with which names and words, and who lets us in."),
        max_length=access.LONGEST,
        widget=forms.Textarea(attrs={"rows": 6, "autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}),
    )


class AgendaForm(ActForm):
    """What a session is about, and what should be done."""

    title = forms.CharField(label=_("What it is about"), max_length=120)
    description = forms.CharField(
        label=_("What should be done"), max_length=4_000, required=False, widget=forms.Textarea(attrs={"rows": 8})
    )

    def __init__(self, data: QueryDict | None, *, session: Session) -> None:
        super().__init__(data, initial={"title": session.title, "description": session.description})


class NoteForm(ActForm):
    """A note for all who see the session; its key makes one note of a form that is sent twice."""

    text = forms.CharField(label=_("Note"), max_length=notes.LONGEST, widget=forms.Textarea(attrs={"rows": 3}))
    key = forms.CharField(widget=forms.HiddenInput, max_length=36)

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data, initial={"key": uuid4()}, auto_id="note_%s")

    def added_to(self, session: Session, *, by: Person, at: datetime) -> bool:
        """Whether the form was sent and its note stands now; see `carried_out`."""
        return self.carried_out(
            lambda said: notes.add_note(session=session, text=said["text"], cause=f"note:{by.pk}:{said['key']}", by=by, at=at)
        )
