"""What an approver types about a deputy (rules: People)."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clients.access import ACTING
from clients.models import MemberRole, Organisation
from core.fields import DayField
from core.forms import ActForm
from people.models import Person


class DeputyForm(ActForm):
    """Who stands in for the writer, and when; for which organisation, where there are several."""

    organisation: forms.ModelChoiceField[Organisation] = forms.ModelChoiceField(label=_("For"), queryset=None, empty_label=None)
    deputy: forms.ModelChoiceField[Person] = forms.ModelChoiceField(label=_("Who"), queryset=None, empty_label=_("Choose"))
    first_on = DayField(label=_("From"))
    last_on = DayField(label=_("To and including"))

    def __init__(self, *args: Any, person: Person, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mine = Organisation.objects.filter(memberships__person=person, memberships__role=MemberRole.APPROVER).order_by("name")
        colleagues = Person.objects.filter(memberships__organisation__in=mine, memberships__role__in=ACTING, is_active=True)
        self.fields["organisation"].queryset = mine  # type: ignore[attr-defined]  # a model choice field
        self.fields["deputy"].queryset = colleagues.exclude(pk=person.pk).distinct().order_by("name", "pk")  # type: ignore[attr-defined]
        self.fields["first_on"].initial = today
        if len(only := list(mine[:2])) == 1:
            self.fields["organisation"].initial, self.fields["organisation"].widget = only[0].pk, forms.HiddenInput()
