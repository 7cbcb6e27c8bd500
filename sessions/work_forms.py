"""What staff type about unplanned work, and about breaking a session off (rules R6, R8)."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from cases.models import Case
from core.formatting import hours
from core.forms import ActForm
from credits import terms as credit_terms
from credits.accounts import CreditAccount
from people.models import Person
from sessions import terms as session_terms
from sessions import unplanned
from sessions.forms import named_case
from sessions.models import Fault, Purpose, Technician
from sessions.unplanned import Proposal


class ProposalForm(ActForm):
    """Unplanned work that `person` proposes, and whether it waits for the client's yes (rule R8)."""

    ASKED, AT_ONCE = "asked", "at-once"

    account: forms.ModelChoiceField[CreditAccount] = forms.ModelChoiceField(label=_("Client"), queryset=None, empty_label=_("Choose"))
    purpose: forms.ModelChoiceField[Purpose] = forms.ModelChoiceField(label=_("What kind of work"), queryset=None, empty_label=_("Choose"))
    worker: forms.ModelChoiceField[Technician] = forms.ModelChoiceField(label=_("Who does it"), queryset=None, empty_label=_("Choose"))
    title = forms.CharField(label=_("What it is about"), max_length=120)
    reason = forms.CharField(
        label=_("What should be done, and why"),
        help_text=_("The client reads it before answering."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    minutes = forms.TypedChoiceField(label=_("Estimate"), coerce=int)
    when = forms.ChoiceField(label=_("When it begins"), widget=forms.RadioSelect, initial=ASKED)
    urgency = forms.CharField(
        label=_("Why it cannot wait"),
        help_text=_("Needed where it begins at once. The client reads it."),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    case: forms.ModelChoiceField[Case] = forms.ModelChoiceField(queryset=Case.objects.none(), required=False, widget=forms.HiddenInput)
    key = forms.CharField(widget=forms.HiddenInput, max_length=36)

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        terms = session_terms.current()
        workers = unplanned.workers_for(person)
        self._offer("account", unplanned.accounts_for(person))
        self._offer("case", Case.objects.visible_to(person))
        self._offer("purpose", Purpose.objects.filter(offered=True).order_by("position", "pk"))
        self._offer("worker", workers)
        mine = next((worker for worker in workers if worker.person_id == person.pk), None)
        self.fields["worker"].initial = mine
        if len(workers) == 1:
            self.fields["worker"].widget = forms.HiddenInput()
            self.fields["worker"].initial = workers[0]
        step = terms.estimate_step_minutes
        self._choose("minutes", [(minutes, hours(minutes)) for minutes in _estimates(step)])
        choices: list[tuple[str, Any]] = [(self.ASKED, _("When the client has agreed"))]
        if terms.urgent_cap_minutes:
            at_once = _("At once, because it cannot wait: until the client answers at most %(cap)s counts")
            choices.append((self.AT_ONCE, at_once % {"cap": hours(terms.urgent_cap_minutes)}))
        self._choose("when", choices)

    def clean(self) -> dict[str, Any]:
        """What begins at once says why; the case is of the client that pays."""
        cleaned = super().clean() or {}
        account, case = cleaned.get("account"), cleaned.get("case")
        if account and case and account.organisation_id != case.organisation_id:
            self.add_error("account", _("The case that this is for is another client’s. Choose an account of its client."))
        if cleaned.get("when") == self.AT_ONCE and not cleaned.get("urgency", "").strip():
            self.add_error("urgency", _("Please say why it cannot wait."))
        return cleaned

    @property
    def of_case(self) -> Case | None:
        """The case that it is for, if it is for one."""
        return named_case(self["case"].value(), self.fields["case"].queryset)  # type: ignore[attr-defined]  # a model choice field

    @property
    def begins_at_once(self) -> bool:
        """Whether the work begins before the client has answered."""
        return bool(self.cleaned_data["when"] == self.AT_ONCE)

    @property
    def proposal(self) -> Proposal:
        """What is to be done."""
        said = self.cleaned_data
        return Proposal(
            purpose=said["purpose"],
            title=said["title"],
            reason=said["reason"],
            estimate_minutes=said["minutes"],
            worker=said["worker"],
            case=said["case"],
        )

    def _offer(self, name: str, queryset: Any) -> None:
        self.fields[name].queryset = queryset  # type: ignore[attr-defined]  # a model choice field

    def _choose(self, name: str, choices: list[tuple[Any, Any]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]  # a choice field


class AbortForm(ActForm):
    """Why a session is broken off through this `fault`; what was done, where `hours_follow` for the client to confirm (rule R6)."""

    reason = forms.CharField(label=_("What happened"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))
    summary = forms.CharField(label=_("Summary for the client"), max_length=10_000, widget=forms.Textarea(attrs={"rows": 3}))
    fault = forms.ChoiceField(choices=Fault.choices, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict | None, *, fault: Fault, hours_follow: bool) -> None:
        super().__init__(data, auto_id=f"{fault.value}_%s")
        self.of = fault
        self.fields["fault"].initial = fault.value
        if not hours_follow:
            del self.fields["summary"]


def _estimates(step: int) -> range:
    """The estimates that can be chosen: by steps, up to a man-day. Minutes."""
    return range(step, max(credit_terms.current().man_day_minutes, step) + 1, step)
