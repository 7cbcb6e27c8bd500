"""What one asks the audit log."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.fields import DayField
from trail import reading
from trail.models import Kind
from trail.reading import Wanted

ALL = ("", pgettext_lazy("of a filter", "All"))


class FilterForm(forms.Form):
    """What the log shows: the address is the truth, and whatever cannot be read in it is said and left out."""

    first = DayField(label=_("From"), required=False)
    last = DayField(label=_("Until, included"), required=False)
    kind = forms.ChoiceField(label=_("Kind"), choices=[ALL, *Kind.choices], required=False)
    who = forms.CharField(label=_("Person"), max_length=120, required=False)
    client = forms.CharField(label=_("Client"), max_length=120, required=False)
    thing = forms.ChoiceField(label=_("Thing"), required=False)
    number = forms.IntegerField(label=_("Its number"), min_value=1, max_value=2**62, required=False)
    words = forms.CharField(label=_("What was done, or a name"), max_length=120, required=False)

    def __init__(self, data: Mapping[str, Any]) -> None:
        super().__init__(data, auto_id="filter_%s")
        self.fields["thing"].choices = [ALL, *reading.things().items()]  # type: ignore[attr-defined]

    @property
    def wanted(self) -> Wanted:
        """What is asked for."""
        self.is_valid()
        said = self.cleaned_data
        return Wanted(
            kind=said.get("kind", ""),
            who=said.get("who", ""),
            client=said.get("client", ""),
            thing=said.get("thing", ""),
            number=said.get("number"),
            first=said.get("first"),
            last=said.get("last"),
            words=said.get("words", ""),
            after=str(self.data.get("after", ""))[:60],
        )

    @property
    def query(self) -> str:
        """The filters as they stand in an address."""
        return urlencode([(name, str(self.data[name])) for name in self.fields if self.data.get(name)])
