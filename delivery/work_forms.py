"""What is typed about the work on a task: who has it, when, where it is told of, what is said, what was spent."""

from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from cases.intake import LONGEST_TEXT
from clients.models import Organisation, StaffDuty
from core.fields import DayField
from core.forms import ActForm
from delivery import worklog
from delivery.board import WHOSE, Wanted
from delivery.models import DeliveryTask, LineKind
from delivery.tasks import Wish
from delivery.thread import LONGEST_ADDRESS
from delivery.worklog import Cost
from people.models import Person

DOING = (StaffDuty.TECHNICIAN, StaffDuty.DISPATCHER)


def _fresh_key() -> str:
    return str(uuid4())


def colleagues(task: DeliveryTask) -> QuerySet[Person]:
    """Who can have the task: technicians, dispatchers, and the client's account manager and deputy."""
    managing = Q(
        pk__in=[task.organisation.account_manager_id, task.organisation.deputy_manager_id], staff_roles__duty=StaffDuty.ACCOUNT_MANAGER
    )
    found = Person.objects.filter(Q(staff_roles__duty__in=DOING) | managing, is_active=True)
    return found.distinct().order_by("name", "pk")


class FilterForm(forms.Form):
    """What the board shows: the address is the truth, and whatever cannot be read in it is left out."""

    whose = forms.ChoiceField(label=_("Whose"), choices=WHOSE, required=False)
    client: forms.ModelChoiceField[Organisation] = forms.ModelChoiceField(
        label=_("Client"), queryset=Organisation.objects.none(), required=False, empty_label=_("All")
    )

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person
        having = DeliveryTask.objects.visible_to(person).values("organisation")
        self.fields["client"].queryset = Organisation.objects.filter(pk__in=having).order_by("name")  # type: ignore[attr-defined]

    @property
    def wanted(self) -> Wanted:
        """What is asked for."""
        self.is_valid()
        client = self.cleaned_data.get("client")
        return Wanted(self.person, self.cleaned_data.get("whose", ""), client.pk if client else None)

    @property
    def query(self) -> str:
        """The filters as they stand in an address."""
        return urlencode([(name, str(self.data[name])) for name in self.fields if self.data.get(name)])


class AssignForm(ActForm):
    """Who has the task from now on; nobody where nobody is chosen."""

    person: forms.ModelChoiceField[Person] = forms.ModelChoiceField(
        label=_("Who"), queryset=Person.objects.none(), required=False, empty_label=_("Nobody")
    )

    def __init__(self, *args: Any, task: DeliveryTask, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = colleagues(task)  # type: ignore[attr-defined]
        self.fields["person"].initial = task.assignee_id


class PlanForm(ActForm):
    """From which day to which day; the client sees them."""

    starts_on = DayField(label=_("From"), required=False)
    ends_on = DayField(label=_("Until, included"), required=False)


class WorkspaceForm(ActForm):
    """The address of the client's own team space."""

    address = forms.CharField(
        label=_("Address"),
        help_text=_("Begins with https://. Empty: progress is told here only."),
        max_length=LONGEST_ADDRESS,
        required=False,
        widget=forms.URLInput(attrs={"autocomplete": "off", "placeholder": "https://"}),
    )


class WordForm(ActForm):
    """What is said in the thread. The key lets the same form speak once."""

    text = forms.CharField(label=_("Your message"), max_length=LONGEST_TEXT, strip=False, widget=forms.Textarea(attrs={"rows": 5}))
    key = forms.CharField(max_length=60, widget=forms.HiddenInput, initial=_fresh_key)


class SpendForm(ActForm):
    """Mileage or an expense, on an accepted line where there is one for it (rule S12)."""

    what = forms.ChoiceField(label=_("What"))
    text = forms.CharField(label=_("What for"), max_length=200)
    spent_on = DayField(label=_("Day"))
    quantity = forms.DecimalField(label=_("Kilometres or pieces"), max_digits=9, decimal_places=2, min_value=Decimal("0.01"), initial=1)
    unit_price = forms.DecimalField(
        label=_("Price of one, without VAT"),
        help_text=_("Empty: the price of the line, or ours of a kilometre."),
        max_digits=12,
        decimal_places=2,
        min_value=Decimal("0.01"),
        required=False,
    )
    key = forms.CharField(max_length=60, widget=forms.HiddenInput, initial=_fresh_key)

    def __init__(self, *args: Any, task: DeliveryTask, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = {str(line.pk): line for line in worklog.accepted_lines(task).filter(kind__in=worklog.SPENT).order_by("pk")}
        on_lines = [(number, f"{line.text} ({line.get_kind_display()})") for number, line in self.lines.items()]
        others = [(LineKind.EXPENSE.value, _("An expense of no line")), (LineKind.MILEAGE.value, _("Mileage of no line"))]
        self.fields["what"].choices = [*on_lines, *others]  # type: ignore[attr-defined]

    @property
    def cost(self) -> Cost:
        """What was spent."""
        said = self.cleaned_data
        line = self.lines.get(said["what"])
        kind = LineKind(line.kind if line is not None else said["what"])
        return Cost(kind, said["text"], said["spent_on"], said["quantity"], said["unit_price"], line)


class NewForm(ActForm):
    """A task that no case gave rise to, for one client."""

    title = forms.CharField(label=_("Title"), help_text=_("A few words that the client recognises it by."), max_length=200)
    description = forms.CharField(
        label=_("What is to be done"), max_length=20_000, required=False, widget=forms.Textarea(attrs={"rows": 6})
    )
    contact: forms.ModelChoiceField[Person] = forms.ModelChoiceField(
        label=_("The client’s contact"), queryset=Person.objects.none(), required=False, empty_label=_("Its approvers")
    )
    key = forms.CharField(max_length=60, widget=forms.HiddenInput, initial=_fresh_key)

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        members = Person.objects.filter(memberships__organisation=organisation, is_active=True).order_by("name", "pk")
        self.fields["contact"].queryset = members  # type: ignore[attr-defined]

    @property
    def wish(self) -> Wish:
        """What is asked for."""
        return Wish(self.cleaned_data["title"], self.cleaned_data["description"], self.cleaned_data["contact"])


class ClientForm(forms.Form):
    """For which client."""

    client: forms.ModelChoiceField[Organisation] = forms.ModelChoiceField(
        label=_("Client"), queryset=Organisation.objects.none(), empty_label=_("Choose")
    )

    def __init__(self, *args: Any, clients: QuerySet[Organisation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["client"].queryset = clients  # type: ignore[attr-defined]
