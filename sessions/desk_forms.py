"""What staff type about sessions. Times are wall-clock in the writer's zone and become instants here (rule W5)."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.fields import DayField
from core.formatting import clock, hours
from core.forms import ActForm, ReasonForm
from people.models import Person
from sessions.forms import InstantField
from sessions.late_work import LateReasonMissing
from sessions.models import DisputeLine, State, Technician
from sessions.slots import MIDNIGHT

ONE_DAY = timedelta(days=1)


def _several_lines(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


def _time_input() -> forms.TimeInput:
    return forms.TimeInput(format="%H:%M", attrs={"type": "time"})


class CallForm(ReasonForm):
    """An attempt to call a client who has not appeared (rule C10)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].label = _("Whom you called, and how it went")


class MissForm(ActForm):
    """Why the session was missed (rule C10): nobody came or, where it had been promised, access was not arranged."""

    ABSENT, NO_ACCESS = "absent", "access"
    GROUNDS = ((ABSENT, _("The client did not appear")), (NO_ACCESS, _("Access had not been arranged, though it was promised")))

    ground = forms.ChoiceField(label=_("What happened"), widget=forms.RadioSelect, choices=GROUNDS, initial=ABSENT)
    reason = forms.CharField(
        label=_("What was missing"), help_text=_("Needed where access had not been arranged."), max_length=500, required=False
    )

    def __init__(self, *args: Any, access_promised: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not access_promised:
            self.fields["ground"].widget = forms.HiddenInput()
            del self.fields["reason"]

    @property
    def for_access(self) -> bool:
        """Whether it was access that was missing."""
        return bool(self.cleaned_data["ground"] == self.NO_ACCESS)


class LogForm(ActForm):
    """Who worked from when to when on which day, and what was done (rule R7). `crew` are those who can be named."""

    template_name = "sessions/desk/_log_fields.html"

    on = DayField(label=_("Day"))
    begins = forms.TimeField(label=_("From"), widget=_time_input())
    ends = forms.TimeField(label=_("To"), widget=_time_input())
    note = forms.CharField(label=_("What was done"), max_length=500, widget=_several_lines(2))
    late_reason = forms.CharField(label=_("Why it is logged only now"), max_length=500, required=False, widget=_several_lines(2))

    def __init__(self, *args: Any, crew: Sequence[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.crew = {person.pk: person for person in crew}
        self.fields = {"technician": _who(crew)} | self.fields

    @property
    def worker(self) -> Person:
        """Who worked."""
        return self.crew[self.cleaned_data["technician"]]

    @property
    def asks_why_late(self) -> bool:
        """Whether the work ended so long ago that it has to be said why it is logged only now (rule R6)."""
        return isinstance(self.refusal, LateReasonMissing) or bool(self.data.get("late_reason"))

    def clean(self) -> dict[str, Any]:
        """The times as instants `started_at` and `ended_at`. "To" 00:00 is the next midnight."""
        cleaned = super().clean() or {}
        if {"on", "begins", "ends"} <= cleaned.keys():
            ends_on = cleaned["on"] + ONE_DAY if cleaned["ends"] == MIDNIGHT else cleaned["on"]
            cleaned["started_at"] = self._instant("begins", cleaned["on"], cleaned["begins"])
            cleaned["ended_at"] = self._instant("ends", ends_on, cleaned["ends"], after=cleaned["started_at"])
        return cleaned

    def _instant(self, name: str, on: date, clock: time, after: datetime | None = None) -> datetime | None:
        """The instant of a wall-clock time; the first of two, unless only the second lies `after` (rule W5)."""
        wall = datetime.combine(on, clock, tzinfo=timezone.get_current_timezone())
        found = wall.astimezone(UTC)
        if found.astimezone(wall.tzinfo).time() != clock:
            self.add_error(name, _("This time does not exist on that day: the clocks were put forward over it."))
            return None
        return wall.replace(fold=1).astimezone(UTC) if after is not None and found <= after else found


class ConsentForm(ActForm):
    """How much time is asked for in all, in steps above what is agreed already, and why (rule C8)."""

    STEPS = 8

    reason = forms.CharField(label=_("Why it takes longer"), max_length=500, widget=_several_lines(2))

    def __init__(self, *args: Any, agreed: int, step: int, free_minutes: int | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        first = (agreed // step + 1) * step
        choices = [(minutes, hours(minutes)) for minutes in range(first, first + self.STEPS * step, step)]
        self.fields = {"minutes": forms.TypedChoiceField(label=_("Up to, in all"), coerce=int, choices=choices)} | self.fields
        if free_minutes is not None:
            self.fields["goes_on"] = _goes_on(free_minutes)

    @property
    def goes_on(self) -> bool:
        """Whether the session is to end later, and the technicians' time to be kept for it (rule R2)."""
        return self.is_valid() and bool(self.cleaned_data.get("goes_on"))


class SubmitForm(ActForm):
    """The written summary with which hours are submitted (rule R7)."""

    summary = forms.CharField(label=_("Summary for the client"), max_length=10_000, widget=_several_lines(4))


class MoveForm(ReasonForm):
    """The time to move to, one of the open ones that the page draws, and why we move (rule C10). `asked`: chosen beforehand."""

    def __init__(self, *args: Any, asked: datetime | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked = asked

    @property
    def chosen(self) -> str:
        """The time that was chosen, as the page names it."""
        return str(self.data.get("starts_at", self.asked.isoformat() if self.asked else ""))

    def clean(self) -> dict[str, Any]:
        """The instant of the time chosen. Whether it is still open is for the verb to say."""
        cleaned = super().clean() or {}
        try:
            cleaned["starts_at"] = InstantField().clean(self.chosen)
        except forms.ValidationError:
            raise forms.ValidationError(_("Please choose one of the open times.")) from None
        return cleaned


class SuccessorForm(ReasonForm):
    """Who of the `there` leaves a session, and who takes it over (rule R2): those who are `free` then come first."""

    def __init__(
        self, *args: Any, there: Sequence[Technician], free: Sequence[Technician], others: Sequence[Technician], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.technicians = {technician.pk: technician for technician in (*there, *free, *others)}
        leaves = forms.TypedChoiceField(label=_("Who leaves"), coerce=int, choices=_named(there))
        if len(there) == 1:
            leaves.initial, leaves.widget = there[0].pk, forms.HiddenInput()
        groups: list[tuple[Any, Any]] = [(_("Free then"), _named(free)), (_("Not free then"), _named(others))]
        choices: list[tuple[Any, Any]] = [("", _("Choose")), *((name, people) for name, people in groups if people)]
        takes = forms.TypedChoiceField(label=_("Who takes over"), coerce=int, choices=choices)
        self.fields = {"leaves": leaves, "takes": takes} | self.fields

    @property
    def succession(self) -> dict[str, Technician]:
        """Who leaves, and who takes over."""
        return {name: self.technicians[self.cleaned_data[name]] for name in ("leaves", "takes")}


class SessionFilter(forms.Form):
    """Which sessions to list. What cannot be read is as if it had not been asked."""

    q = forms.CharField(label=_("Title or client"), max_length=160, required=False, widget=forms.TextInput(attrs={"type": "search"}))
    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("Any state")), *State.choices])
    first = DayField(label=_("From"), required=False)
    last = DayField(label=_("To and including"), required=False)


class CorrectForm(ReasonForm):
    """What disputed lines are settled at, in minutes, and why (rule C8). To be shown what it charges, no reason is needed."""

    def __init__(self, *args: Any, lines: Sequence[DisputeLine], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.entries = [line.entry_id for line in lines]
        self.fields = {f"line_{line.entry_id}": _minutes_of(line) for line in lines} | self.fields
        self.fields["reason"].required = not self.only_shown

    @property
    def only_shown(self) -> bool:
        """Whether the reader wants to see what the figures come to, and nothing more."""
        return self.data.get("act") == "preview"

    @property
    def figures(self) -> dict[int, int]:
        """The minutes of each line, by entry, of a form that is well filled in."""
        return {entry: self.cleaned_data[f"line_{entry}"] for entry in self.entries}


def _who(crew: Sequence[Person]) -> forms.TypedChoiceField:
    """Whom to choose from; nothing to choose where it can be one person only."""
    field = forms.TypedChoiceField(label=_("Who worked"), coerce=int, choices=[(person.pk, person.name) for person in crew])
    if len(crew) == 1:
        field.initial, field.widget = crew[0].pk, forms.HiddenInput()
    return field


def _goes_on(free_minutes: int) -> forms.BooleanField:
    """Whether the calendars grow, with how far they can: nobody looks further than a day."""
    free = _("Everybody is free for %(free)s beyond the agreed end.") % {"free": hours(free_minutes)}
    words = free if timedelta(minutes=free_minutes) < ONE_DAY else _("Nothing else is booked in the day after the agreed end.")
    label = _("The session goes on: keep our time for it")
    return forms.BooleanField(label=label, help_text=words, required=False, initial=free_minutes > 0)


def _named(technicians: Sequence[Technician]) -> list[tuple[int, str]]:
    return [(technician.pk, str(technician)) for technician in technicians]


def _minutes_of(line: DisputeLine) -> forms.IntegerField:
    entry = line.entry
    worked = {"person": entry.person, "begins": clock(entry.started_at), "ends": clock(entry.ended_at)}
    label = _("%(person)s, %(begins)s–%(ends)s: minutes") % worked
    return forms.IntegerField(label=label, initial=line.claimed_minutes, min_value=0, max_value=entry.minutes)
