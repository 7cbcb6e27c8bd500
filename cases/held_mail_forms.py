"""What staff type about a mail that is held (rule S8)."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clients.access import ACTING
from clients.models import Organisation
from people.models import Person


class NewCaseForm(forms.Form):
    """The client that the mail is of, and who of them reports it."""

    reporter = forms.ChoiceField(label=_("Client, and who reports it"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = Person.objects.filter(is_active=True, memberships__role__in=ACTING).order_by("memberships__organisation__name", "name")
        rows = known.values_list("memberships__organisation", "pk", "memberships__organisation__name", "name", "email")
        choices = [("", _("Choose"))] + [(f"{client}:{pk}", f"{named}: {name}, {email}") for client, pk, named, name, email in rows]
        self.fields["reporter"] = forms.ChoiceField(label=_("Client, and who reports it"), choices=choices)

    @property
    def chosen(self) -> tuple[Organisation, Person]:
        """The client and the person."""
        client, _colon, person = self.cleaned_data["reporter"].partition(":")
        return Organisation.objects.get(pk=client), Person.objects.get(pk=person)


class JoinForm(forms.Form):
    """The case that the mail belongs to."""

    number = forms.IntegerField(label=_("Number of the case"), min_value=1, max_value=2**31)
