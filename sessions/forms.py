"""What clients type about sessions: what and when they book, why they change it, what hours should be (rules R1, R2, C8, C10)."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models import Case
from clients.models import Organisation
from core.formatting import clock, hours
from credits import spending
from credits import terms as credit_terms
from credits.accounts import CreditAccount
from people.models import Person
from sessions import availability
from sessions import terms as session_terms
from sessions.availability import Wanted
from sessions.bookings import Wish
from sessions.models import Purpose, Technician
from sessions.receipts import Line

FIRST_YEAR, LAST_YEAR = 2000, 2099
LONGEST_NUMBER = 18


class InstantField(forms.CharField):
    """An instant as the slots name it: ISO 8601 with its offset. It is never typed."""

    widget = forms.HiddenInput

    def to_python(self, value: Any) -> Any:
        """The instant in UTC; anything else is refused."""
        if isinstance(value, datetime):
            return value
        if not (written := super().to_python(value)):
            return None
        try:
            instant = datetime.fromisoformat(written) if written.isprintable() else None  # which passes over a NUL
        except ValueError:
            instant = None
        if instant is None or instant.utcoffset() is None or not FIRST_YEAR < instant.year < LAST_YEAR:
            raise forms.ValidationError(_("Choose one of the open times."))
        return instant.astimezone(UTC)

    def prepare_value(self, value: Any) -> Any:
        """As it is read again."""
        return value.isoformat() if isinstance(value, datetime) else value


class WishForm(forms.Form):
    """What somebody wants to book, before the time (rule R1)."""

    account: forms.ModelChoiceField[CreditAccount] = forms.ModelChoiceField(label=_("Paid from"), queryset=None, empty_label=None)
    purpose: forms.ModelChoiceField[Purpose] = forms.ModelChoiceField(label=_("What kind of work"), queryset=None, empty_label=_("Choose"))
    title = forms.CharField(label=_("What it is about"), help_text=_("A few words that you will recognise it by."), max_length=120)
    minutes = forms.TypedChoiceField(
        label=_("Estimate"), help_text=_("What is held goes by it; you pay what is worked, rounded once."), coerce=int
    )
    technicians = forms.TypedChoiceField(
        label=_("How many technicians"),
        coerce=int,
        initial=1,
        choices=[(1, _("One")), (2, _("Two at the same time: twice the estimate is held, and both are paid"))],
        widget=forms.RadioSelect,
    )
    technician: forms.ModelChoiceField[Technician] = forms.ModelChoiceField(
        label=_("Who"), queryset=None, empty_label=_("Anybody who does it"), required=False
    )

    case: forms.ModelChoiceField[Case] = forms.ModelChoiceField(queryset=Case.objects.none(), required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._offer("case", self.cases_for(person))
        self.of_case = named_case(self["case"].value(), self.cases_for(person))
        accounts = self.accounts_for(person)
        if self.of_case is not None:
            accounts = accounts.filter(organisation=self.of_case.organisation_id)
        self._offer("account", accounts)
        self._offer("purpose", Purpose.objects.filter(offered=True).order_by("position", "pk"))
        bookable = Technician.objects.filter(bookable=True, person__is_active=True).select_related("person")
        self._offer("technician", bookable.order_by("person__name", "pk"))
        step = session_terms.current().estimate_step_minutes
        estimates = range(step, max(credit_terms.current().man_day_minutes, step) + 1, step)
        self.fields["minutes"].choices = [(minutes, hours(minutes)) for minutes in estimates]  # type: ignore[attr-defined]
        self.fields["minutes"].initial = 60 if 60 in estimates else step
        if len(only := list(accounts[:2])) == 1:
            self.fields["account"].initial, self.fields["account"].widget = only[0].pk, forms.HiddenInput()

    def clean(self) -> dict[str, Any]:
        """Whoever is chosen does this kind of work."""
        cleaned = super().clean() or {}
        chosen = cleaned.get("technician")
        if chosen and "purpose" in cleaned:
            able = availability.candidates(Wanted(purpose=cleaned["purpose"], minutes=0))
            if not able.filter(pk=chosen.pk).exists():
                self.add_error("technician", _("%(name)s does not do this kind of work. Choose somebody else.") % {"name": chosen})
        return cleaned

    def accounts_for(self, person: Person) -> QuerySet[CreditAccount]:
        """From which accounts the session can be paid."""
        return spending.spendable(person, at=timezone.now())

    def cases_for(self, person: Person) -> QuerySet[Case]:
        """For which cases it can be booked (rule T3)."""
        return Case.objects.filter(organisation__in=Organisation.objects.of_member(person).values("pk"))

    @property
    def wanted(self) -> Wanted:
        """What a slot must fit."""
        said = self.cleaned_data
        return Wanted(purpose=said["purpose"], minutes=said["minutes"], technician_count=said["technicians"], technician=said["technician"])

    @property
    def query(self) -> str:
        """What was chosen, as the address of a step carries it."""
        return urlencode(self.carried(WishForm.base_fields))

    def carried(self, names: Iterable[str] = ()) -> list[tuple[str, str]]:
        """What was typed so far, but the time, as names and values that the next step carries along."""
        return [(name, str(self.data[name])) for name in names or self.base_fields if name != "starts_at" and self.data.get(name)]

    def _offer(self, name: str, queryset: Any) -> None:
        self.fields[name].queryset = queryset  # type: ignore[attr-defined]  # a model choice field


class BookingForm(WishForm):
    """The whole booking: what was chosen in the steps before is hidden, the details are asked for last."""

    starts_at = InstantField()
    description = forms.CharField(
        label=_("What should be done"),
        help_text=_("What you see and what you expect. How we get in is written later, where it is kept sealed."),
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=4000,
        required=False,
    )
    access_arranged = forms.BooleanField(
        label=_("Access is arranged"),
        help_text=_("If access that is arranged turns out not to be, it counts as cancelling late."),
        required=False,
    )
    key = forms.CharField(widget=forms.HiddenInput, max_length=36)
    shown_held = forms.IntegerField(widget=forms.HiddenInput, min_value=0, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in WishForm.base_fields:
            self.fields[name].widget = self.fields[name].hidden_widget()

    @property
    def is_complete(self) -> bool:
        """Whether all is known that the consequence depends on."""
        return {*WishForm.base_fields, "starts_at"} <= self.cleaned_data.keys()

    @property
    def wish(self) -> Wish:
        """What is to be booked."""
        said = self.cleaned_data
        return Wish(
            purpose=said["purpose"],
            title=said["title"],
            description=said.get("description", ""),
            estimate_minutes=said["minutes"],
            technician_count=said["technicians"],
            technician=said["technician"],
            starts_at=said["starts_at"],
            access_arranged=said.get("access_arranged", False),
            shown_held=said.get("shown_held"),
            case=said.get("case"),
        )

    def show_held(self, minutes: int) -> None:
        """Carry along the credit that is said to be held: sending the form accepts it (rule C17)."""
        sent: Any = self.data
        data = sent.copy()  # of a QueryDict, unlike a dict made of it, the values stay what they are
        data["shown_held"] = str(minutes)
        self.data = data


def from_case(case: Case) -> dict[str, Any]:
    """What a case already says about the session that is booked for it, or the work that is proposed."""
    facts = [
        f"#{case.pk} {case.subject}",
        f"{case.get_kind_display()}, {case.get_environment_display()}" + (f", {case.version}" if case.version else ""),
        case.impact,
        case.system,
    ]
    words = f"{case.subject} {case.service or ''}".lower()
    likely = next((row.pk for row in Purpose.objects.filter(offered=True).order_by("position", "pk") if str(row).lower() in words), None)
    return {"case": case.pk, "title": case.subject[:120], "purpose": likely, "description": "\n".join(filter(None, facts))}


def for_case(named: str, cases: QuerySet[Case]) -> dict[str, Any]:
    """The same of the case that an address names by its number, if it is one of `cases`; else nothing."""
    found = named_case(named, cases)
    return from_case(found) if found else {}


class CancelForm(forms.Form):
    """A change of one agreed start, at the cost that was shown, and why if one likes to say (rule C10)."""

    reason = forms.CharField(label=_("Why"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    shown_minutes = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    start = forms.IntegerField(widget=forms.HiddenInput, min_value=0)


class PostponeForm(CancelForm):
    """The same, with the time it is moved to, and the credit that was said to be held then (rule C17)."""

    starts_at = InstantField()
    shown_held = forms.IntegerField(widget=forms.HiddenInput, min_value=0, required=False)


class DisputeForm(forms.Form):
    """What the lines of submitted hours should be, in minutes, and why (rule C8)."""

    reason = forms.CharField(
        label=_("What is wrong"), help_text=_("Your account manager reads it and settles it."), widget=forms.Textarea(attrs={"rows": 4})
    )

    def __init__(self, *args: Any, lines: Iterable[Line], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = list(lines)
        self.fields = {_name(line): _minutes_field(line) for line in self.lines} | self.fields

    @property
    def claims(self) -> dict[int, int]:
        """What each line should be, by entry id."""
        return {line.entry.pk: self.cleaned_data[_name(line)] for line in self.lines}


def named_case(number: object, cases: QuerySet[Case]) -> Case | None:
    """The one of `cases` with this number, as an address or a form gives it."""
    written = str(number or "")
    if not (written.isascii() and written.isdecimal() and len(written) < LONGEST_NUMBER):
        return None
    return cases.filter(pk=int(written)).select_related("service").first()


def _name(line: Line) -> str:
    return f"line_{line.entry.pk}"


def _minutes_field(line: Line) -> forms.IntegerField:
    words = {
        "person": line.person,
        "begins": clock(line.started_at),
        "ends": clock(line.ended_at),
        "minutes": line.minutes,
        "note": line.note,
    }
    return forms.IntegerField(
        label=_("%(person)s, %(begins)s–%(ends)s: minutes") % words,
        help_text=_("%(minutes)s were logged: %(note)s") % words,
        initial=line.minutes,
        min_value=0,
        max_value=line.entry.minutes,
    )
