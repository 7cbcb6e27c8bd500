"""What the account manager types to book on a client's behalf (rules R1, R2)."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models import Case
from clients.models import Organisation
from core.fields import DayField
from credits.accounts import CreditAccount
from people.models import Person
from sessions import availability, wall_clock
from sessions import terms as session_terms
from sessions.availability import Wanted
from sessions.bookings import Wish
from sessions.forms import BookingForm, WishForm
from sessions.wall_clock import NoSuchTime


class ClientsWishForm(WishForm):
    """What a client wants, before the time: paid from an account of theirs, at any open time, soon or far ahead."""

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        self.organisation = organisation
        super().__init__(*args, **kwargs)
        self.fields["title"].help_text = _("A few words that the client will recognise it by.")
        self.fields["minutes"].help_text = _("What is held goes by it; the client pays what is worked, rounded once.")

    def accounts_for(self, person: Person) -> QuerySet[CreditAccount]:
        """The open accounts of the client."""
        return CreditAccount.objects.filter(organisation=self.organisation, closed_at=None).order_by("name", "pk")

    def cases_for(self, person: Person) -> QuerySet[Case]:
        """The cases of the client."""
        return Case.objects.filter(organisation=self.organisation)

    @property
    def wanted(self) -> Wanted:
        """What a slot must fit. With a reason, the limits for clients do not hold."""
        return replace(super().wanted, overriding=True)


class ClientsBookingForm(ClientsWishForm, BookingForm):
    """The whole booking. Where the time is sooner or later than clients may book, it takes a reason."""

    override_reason = forms.CharField(
        label=_("Why at this time"),
        help_text=_(
            "It is sooner, or further ahead, than clients can book. The reason stands in the session’s history, where they read it."
        ),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["description"].help_text = ""
        self.fields["access_arranged"].help_text = ""
        if not self.is_beyond_limits:
            self.fields["override_reason"].widget = forms.HiddenInput()

    @property
    def is_beyond_limits(self) -> bool:
        """Whether the time is one that the client could not book by themselves (rule R2)."""
        starts_at, now = wall_clock.read(str(self.data.get("starts_at", "")), timezone.get_current_timezone()), timezone.now()
        earliest, latest = availability.bookable(terms=session_terms.current(), at=now)
        return starts_at is not None and not earliest <= starts_at < latest

    @property
    def wish(self) -> Wish:
        """What is to be booked."""
        reason = self.cleaned_data.get("override_reason", "") if self.is_beyond_limits else ""
        return replace(super().wish, override_reason=reason)


class TypedTimeForm(forms.Form):
    """A time that is typed instead of picked, by the writer's clock (rule W5)."""

    on = DayField(label=_("Day"))
    clock = forms.TimeField(label=_("Time"), widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}))

    def clean(self) -> dict[str, Any]:
        """The instant that is meant."""
        cleaned = super().clean() or {}
        if {"on", "clock"} <= cleaned.keys():
            try:
                cleaned["starts_at"] = wall_clock.instant_at(cleaned["on"], cleaned["clock"], timezone.get_current_timezone())
            except NoSuchTime as refusal:
                self.add_error("clock", str(refusal))
        return cleaned

    @property
    def starts_at(self) -> datetime | None:
        """The instant, of a form that is well filled in."""
        return self.cleaned_data.get("starts_at") if self.is_valid() else None
