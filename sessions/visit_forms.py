"""What is typed about a visit. Times are wall-clock in the writer's zone and become instants here (rules S12, W5)."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models import Case, Visit
from cases.visits import LONGEST_CONTACT, LONGEST_PLACE, Plan
from clients.models import StaffDuty
from core.fields import DayField
from core.forms import ActForm
from people.models import Person
from sessions import wall_clock
from sessions.wall_clock import NoSuchTime


def consultants() -> Any:
    """Who can be sent: technicians and dispatchers who can sign in, by name."""
    duties = [StaffDuty.TECHNICIAN, StaffDuty.DISPATCHER]
    return Person.objects.filter(staff_roles__duty__in=duties, is_active=True).distinct().order_by("name", "pk")


def _clock(label: Any) -> forms.TimeField:
    return forms.TimeField(label=label, widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}))


class VisitForm(ActForm):
    """Who comes when and where, and what is done there."""

    consultant: forms.ModelChoiceField[Person] = forms.ModelChoiceField(
        label=_("Who comes"), queryset=Person.objects.none(), empty_label=None
    )
    on = DayField(label=_("Day"))
    begins = _clock(_("From"))
    ends = _clock(_("To"))
    place = forms.CharField(label=_("Place"), max_length=LONGEST_PLACE)
    contact = forms.CharField(label=_("Who lets us in"), help_text=_("A name and a number."), max_length=LONGEST_CONTACT, required=False)
    purpose = forms.CharField(
        label=_("What is done there"), help_text=_("The client reads it."), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )
    key = forms.CharField(widget=forms.HiddenInput, max_length=36)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["consultant"].queryset = consultants()  # type: ignore[attr-defined]
        self.fields["key"].initial = str(uuid4())

    def clean(self) -> dict[str, Any]:
        """The instants that are meant."""
        cleaned = super().clean() or {}
        for name, typed in (("starts_at", "begins"), ("ends_at", "ends")):
            if {"on", typed} <= cleaned.keys():
                try:
                    cleaned[name] = wall_clock.instant_at(cleaned["on"], cleaned[typed], timezone.get_current_timezone())
                except NoSuchTime as refusal:
                    self.add_error(typed, str(refusal))
        return cleaned

    @property
    def plan(self) -> Plan:
        """What was typed."""
        names = ("consultant", "starts_at", "ends_at", "place", "contact", "purpose")
        return Plan(**{name: self.cleaned_data[name] for name in names})

    def cause(self, case: Case) -> str:
        """What names the visit that this form plans."""
        return f"case:{case.pk}:visit:{self.cleaned_data['key']}"


def as_it_stands(visit: Visit) -> dict[str, Any]:
    """What the form holds of a visit that is to be changed, by the reader's clock."""
    begins, ends = (timezone.localtime(instant) for instant in (visit.starts_at, visit.ends_at))
    return {
        "consultant": visit.consultant_id,
        "on": begins.date(),
        "begins": _minute(begins),
        "ends": _minute(ends),
        "place": visit.place,
        "contact": visit.contact,
        "purpose": visit.purpose,
    }


def _minute(instant: datetime) -> str:
    return f"{instant:%H:%M}"
