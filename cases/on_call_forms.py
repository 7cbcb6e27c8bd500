"""What staff type about who is on call (rule S18), and about inner teams (rule S17)."""

from collections.abc import Sequence
from datetime import date, datetime, time, tzinfo
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models import Team
from clients.models import OnCallMember, OnCallRota
from clients.on_call import Seat
from clients.rotas import Arrangement
from core.fields import DayField
from core.forms import ActForm, ReasonForm
from people.models import Person, known_time_zones

SPARE_PLACES = 3


def _people(label: Any, people: Sequence[Person], *, empty: Any) -> forms.TypedChoiceField:
    choices = [("", empty), *((person.pk, person.name) for person in people)]
    return forms.TypedChoiceField(label=label, coerce=int, empty_value=None, required=False, choices=choices)


class RotaForm(ActForm):
    """What a rota is set to; `people` are those who can lead it."""

    name_en = forms.CharField(label=_("Name in English"), max_length=80)
    name_sv = forms.CharField(label=_("Name in Swedish"), max_length=80)
    acknowledge_minutes = forms.IntegerField(
        label=_("Minutes until the next is paged"), min_value=1, max_value=1440, help_text=_("Unless somebody acknowledges before.")
    )
    turn_days = forms.IntegerField(label=_("Days of a turn"), min_value=1, max_value=366)
    hands_over_at = forms.TimeField(label=_("Turns change at"), widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}))
    time_zone = forms.CharField(label=_("By the clock in"), max_length=64)

    def __init__(self, *args: Any, people: Sequence[Person], rota: OnCallRota | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if rota:
            self.initial = {name: getattr(rota, name) for name in self.base_fields}
        self.people = {person.pk: person for person in people}
        self.fields["lead"] = _people(_("Lead, paged last"), people, empty=_("Nobody"))
        self.fields["lead"].initial = rota.lead_id if rota else None
        if rota is None:
            self.fields = {"code": forms.SlugField(label=_("Code"), max_length=40, help_text=_("Letters, digits, hyphens."))} | self.fields

    def clean_time_zone(self) -> str:
        """A zone that there is."""
        zone: str = self.cleaned_data["time_zone"]
        if zone not in known_time_zones():
            raise forms.ValidationError(_("“%(value)s” is not a time zone, like Europe/Stockholm."), params={"value": zone})
        return zone

    @property
    def arrangement(self) -> Arrangement:
        """What was filled in."""
        said = {name: value for name, value in self.cleaned_data.items() if name != "code"}
        return Arrangement(**said | {"lead": self.people.get(said["lead"])})


class MembersForm(ActForm):
    """Who takes turns, in order: a place each, and a few spare ones. A place that is left empty is not one."""

    template_name = "cases/desk/_member_fields.html"

    def __init__(self, *args: Any, people: Sequence[Person], members: Sequence[OnCallMember], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {person.pk: person for person in people}
        leaving = [member.person for member in members if member.person_id not in self.people]
        self.places = range(1, len(members) + SPARE_PLACES + 1)
        for place in self.places:
            member = members[place - 1] if place <= len(members) else None
            self._add(place, member, [*people, *leaving])

    @property
    def rows(self) -> list[tuple[int, forms.BoundField, forms.BoundField, forms.BoundField]]:
        """Each place with its three fields."""
        return [(place, self[f"person_{place}"], self[f"email_{place}"], self[f"sms_{place}"]) for place in self.places]

    def clean(self) -> dict[str, Any]:
        """Whoever takes turns is paged somehow, and by SMS only where a number is known."""
        cleaned = super().clean() or {}
        for place in self.places:
            person = self.people.get(cleaned.get(f"person_{place}") or 0)
            if person and not (cleaned.get(f"email_{place}") or cleaned.get(f"sms_{place}")):
                self.add_error(f"person_{place}", _("Choose how %(name)s is paged.") % {"name": person.name})
            elif person and cleaned.get(f"sms_{place}") and not person.mobile:
                self.add_error(f"person_{place}", _("No mobile phone is known for %(name)s.") % {"name": person.name})
        return cleaned

    @property
    def seats(self) -> list[Seat]:
        """Those who were chosen, in order."""
        return [self._seat(place) for place in self.places if self.cleaned_data[f"person_{place}"] is not None]

    def _seat(self, place: int) -> Seat:
        """Who has left is named as well: the verb refuses them."""
        said = self.cleaned_data
        number = said[f"person_{place}"]
        return Seat(self.people.get(number) or Person(pk=number), said[f"email_{place}"], said[f"sms_{place}"])

    def _add(self, place: int, member: OnCallMember | None, people: Sequence[Person]) -> None:
        person = _people(_("Place %(number)s") % {"number": place}, people, empty=_("Nobody"))
        person.initial = member.person_id if member else None
        by_email, by_sms = (member.by_email, member.by_sms) if member else (True, False)
        self.fields[f"person_{place}"] = person
        self.fields[f"email_{place}"] = forms.BooleanField(label=_("E-mail"), required=False, initial=by_email)
        self.fields[f"sms_{place}"] = forms.BooleanField(label=_("SMS"), required=False, initial=by_sms)


class WebhookForm(ActForm):
    """Where pages also go; empty: nowhere."""

    url = forms.CharField(
        label=_("Address of the webhook"),
        help_text=_("It begins with https://. Leave it empty to send to none."),
        max_length=500,
        required=False,
        widget=forms.URLInput,
    )


class SecretForm(ActForm):
    """The wish for a new secret instead of the one that the page knew of."""

    seen = forms.CharField(max_length=16, widget=forms.HiddenInput)


class ChangeForm(ActForm):
    """Who is on call from when to when instead, by the clock of the rota."""

    template_name = "cases/desk/_change_fields.html"

    first_on = DayField(label=_("From"))
    first_at = forms.TimeField(label=_("at"), widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}))
    last_on = DayField(label=_("To"))
    last_at = forms.TimeField(label=_("at"), widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}))

    def __init__(self, *args: Any, people: Sequence[Person], zone: tzinfo, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people, self.zone = {person.pk: person for person in people}, zone
        person = _people(_("Who is on call instead"), people, empty=_("Choose"))
        person.required = True
        self.fields = {"person": person} | self.fields

    def clean(self) -> dict[str, Any]:
        """The times as instants, `stretch`."""
        cleaned = super().clean() or {}
        if {"first_on", "first_at", "last_on", "last_at"} <= cleaned.keys():
            first = self._instant(cleaned["first_on"], cleaned["first_at"])
            cleaned["stretch"] = first, self._instant(cleaned["last_on"], cleaned["last_at"])
        return cleaned

    @property
    def said(self) -> dict[str, Any]:
        """Who, and the stretch."""
        return {"person": self.people[self.cleaned_data["person"]], "stretch": self.cleaned_data["stretch"]}

    def _instant(self, on: date, clock: time) -> datetime:
        """The first of two; where the clock skips it, as much later: turns change so as well."""
        return timezone.make_aware(datetime.combine(on, clock), self.zone)


class TeamForm(ReasonForm):
    """The inner team that gets a case, and why."""

    team: forms.ModelChoiceField[Team] = forms.ModelChoiceField(label=_("Inner team"), queryset=None, empty_label=_("Choose"))
    field_order = ("team", "reason")

    def __init__(self, *args: Any, teams: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].queryset = teams  # type: ignore[attr-defined]  # a model choice field
