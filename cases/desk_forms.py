"""What staff type about cases."""

from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.desk_choices import Offered
from cases.forms import WithFiles
from cases.models import CannedAnswer, State
from cases.queue import BY_CLOSING, BY_DUE, BY_RULE, Wanted
from clients.models import CaseKind
from core.forms import ActForm
from people.models import Person

ANY = ("", pgettext_lazy("of a filter", "Any"))
ORDERS = [(BY_RULE, _("Outage, plan, priority, deadline")), (BY_DUE, _("Due next"))]
WHOSE = [("", _("All")), ("mine", _("Mine")), ("unassigned", _("Nobody’s"))]
FIRST = ("order", "whose", "q", "client", "state", "priority")
COLUMNS = {"priority": "priority", "plan": "plan", "team": "team", "kind": "kind"}


class QueueFilter(forms.Form):
    """The filters of the queue: the address is the truth, and whatever cannot be read in it is left out."""

    order = forms.ChoiceField(label=_("In order of"), choices=ORDERS, required=False)
    whose = forms.ChoiceField(label=_("Whose"), choices=WHOSE, required=False)
    q = forms.CharField(label=_("Words or number"), max_length=100, required=False, widget=forms.TextInput(attrs={"type": "search"}))
    client = forms.CharField(label=_("Client"), max_length=100, required=False)
    state = forms.ChoiceField(label=_("State"), choices=[("", _("Not closed")), *State.choices], required=False)
    priority = forms.ChoiceField(label=_("Priority"), required=False)
    kind = forms.ChoiceField(label=_("Kind"), choices=[ANY, *CaseKind.choices], required=False)
    plan = forms.ChoiceField(label=_("Plan"), required=False)
    team = forms.ChoiceField(label=_("Inner team"), required=False)
    tag = forms.ChoiceField(label=_("Tag"), required=False)
    breached = forms.BooleanField(label=_("A deadline was missed"), required=False)
    external = forms.BooleanField(label=_("Possibly of external cause"), required=False)

    def __init__(self, *args: Any, offered: Offered, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lists = {"priority": offered.priorities, "plan": offered.plans, "team": offered.teams, "tag": offered.tags}
        for name, choices in lists.items():
            self.fields[name].choices = [ANY, *((str(number), word) for number, word in choices)]  # type: ignore[attr-defined]

    def wanted(self, person: Person, *, after: str) -> Wanted:
        """What is asked for."""
        self.is_valid()
        said = self.cleaned_data
        columns = {column: said[name] for name, column in COLUMNS.items() if said.get(name)}
        order = said.get("order") or BY_RULE
        if said.get("state") == State.CLOSED:
            order = BY_CLOSING
        elif said.get("state"):
            columns["state"] = said["state"]
        if said.get("external"):
            columns["external_cause"] = True
        return Wanted(
            order=order,
            whose=said.get("whose", ""),
            person=person,
            client=said.get("client", "").strip(),
            words=said.get("q", "").strip(),
            columns=columns,
            tag=int(said["tag"]) if said.get("tag") else None,
            breached=bool(said.get("breached")),
            after=after,
        )

    @property
    def first_fields(self) -> list[forms.BoundField]:
        """What is always shown."""
        return [self[name] for name in FIRST]

    @property
    def more_fields(self) -> list[forms.BoundField]:
        """What is shown where it is asked for."""
        return [self[name] for name in self.fields if name not in FIRST]

    @property
    def is_deep(self) -> bool:
        """Whether any of the further filters is used."""
        return any(self.data.get(name) for name in self.fields if name not in FIRST)

    @property
    def query(self) -> str:
        """The filters as they stand in an address."""
        return urlencode([(name, str(self.data[name])) for name in self.fields if self.data.get(name)])

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the order is asked for."""
        return any(self.data.get(name) for name in self.fields if name != "order")


class ViewForm(forms.Form):
    """A choice of filters to keep, by name."""

    name = forms.CharField(label=_("Keep these filters as"), max_length=60)
    query = forms.CharField(max_length=500, required=False, widget=forms.HiddenInput)
    shared = forms.BooleanField(label=_("for everybody"), required=False)
    opens = forms.BooleanField(label=_("open the queue with it"), required=False)


def _fresh_key() -> str:
    return str(uuid4())


class SayForm(WithFiles, ActForm):
    """What is said in a case, and how: the button that is pressed says whether the client reads it."""

    text = forms.CharField(label=_("Your answer or note"), max_length=200_000, strip=False, widget=forms.Textarea(attrs={"rows": 8}))
    canned: forms.ModelChoiceField[CannedAnswer] = forms.ModelChoiceField(
        label=_("Canned answer"), queryset=None, required=False, empty_label=_("None")
    )
    key = forms.CharField(max_length=60, widget=forms.HiddenInput, initial=_fresh_key)
    field_order = ("text", "attached", "canned", "key")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["canned"].queryset = CannedAnswer.objects.order_by("title")  # type: ignore[attr-defined]


class OtherCaseForm(ActForm):
    """The number of another case."""

    other = forms.CharField(label=_("Number of the other case"), max_length=20)

    @property
    def number(self) -> int:
        """The number; 0, which no case has, where none can be read."""
        text = str(self.data.get("other", "")).strip().lstrip("#")
        return int(text) if text.isdecimal() and len(text) < 18 else 0


class MergeForm(OtherCaseForm):
    """Into which case, and why."""

    reason = forms.CharField(label=_("Why they are the same"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class TagForm(ActForm):
    """A tag."""

    name = forms.CharField(label=_("Tag"), max_length=40)


class PersonForm(ActForm):
    """Somebody: to give the case to, or to let watch."""

    person = forms.ModelChoiceField(label=_("Who"), queryset=Person.objects.filter(is_active=True), empty_label=_("Choose"))
