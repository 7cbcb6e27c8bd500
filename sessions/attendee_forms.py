"""What a client types about who comes to a session (rule C10)."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from people.models import Person
from sessions import attendance
from sessions.models import Session, Side


class ColleagueForm(forms.Form):
    """Whom to invite: offered are the colleagues who are not invited yet. Whoever was chosen twice is invited once."""

    person: forms.ModelChoiceField[Person] = forms.ModelChoiceField(label=_("Who else comes"), queryset=None)

    def __init__(self, *args: Any, session: Session, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["person"]
        field.queryset = Person.objects.filter(pk__in=session.organisation.memberships.values("person"), is_active=True)
        self.offered = list(attendance.colleagues(session))
        field.choices = [("", _("Choose")), *((person.pk, person.name) for person in self.offered)]


class AttendeeForm(forms.Form):
    """Whom to take off: anybody of the client who is invited, or was."""

    person: forms.ModelChoiceField[Person] = forms.ModelChoiceField(queryset=None)

    def __init__(self, *args: Any, session: Session, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["person"]
        field.queryset = Person.objects.filter(pk__in=session.attendees.filter(side=Side.CLIENT).values("person"))
