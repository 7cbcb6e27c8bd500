"""What is typed to answer an estimate, and to record an answer that came by phone or mail (rules D1, D6)."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases import uploads
from clients.models import Organisation
from core.fields import DayField
from core.formatting import hours
from core.forms import ActForm
from credits import order_forms
from delivery.evidence import MOST_BYTES, MOST_WORDS, SPOKEN, Attached, Evidence
from delivery.models import AcceptedBy, EstimateDocument, PaysWith
from delivery.paying import Choice, Payment
from people.models import Person

INVOICE = "invoice"


class AcceptForm(ActForm):
    """A yes to the document that was shown. Credit pays only where that is chosen, and it never is beforehand (rule D6)."""

    language = forms.CharField(widget=forms.HiddenInput, max_length=5)
    digest = forms.CharField(widget=forms.HiddenInput, max_length=64)
    minutes = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0, max_value=2_000_000_000)
    pays = forms.ChoiceField(label=_("How it is paid"), widget=forms.RadioSelect)
    order_reference = forms.CharField(
        label=_("Your reference or purchase order"), help_text=_("It will stand on the invoice."), max_length=80, required=False
    )

    def __init__(self, *args: Any, choices: Iterable[Choice] = (), by_invoice: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        listed = list(choices)
        self.accounts = {value(choice): choice.account for choice in listed}
        invoice = [(INVOICE, _("By invoice"))] if by_invoice else []
        pays: Any = self.fields["pays"]
        pays.choices = [*invoice, *((value(choice), _words(choice)) for choice in listed)]
        pays.widget.choices = [*invoice, *((value(choice), _words(choice)) for choice in listed if not choice.missing_minutes)]
        if by_invoice:
            pays.initial = INVOICE
        if by_invoice and not listed:
            pays.required, pays.widget = False, forms.HiddenInput()

    def offer_orders(self, organisation: Organisation, *, at: datetime) -> None:
        """Let it choose among the client's purchase orders, the usual one first (rule I8)."""
        order_forms.offer(self, organisation, text="order_reference", at=at)
        self.initial = {**order_forms.shown(organisation, text="order_reference", at=at), **self.initial}

    @property
    def order_number(self) -> str:
        """The number that it gives."""
        return order_forms.chosen(self.cleaned_data, text="order_reference")

    def shown_anew(self, **shown: object) -> None:
        """The next press of the button is about what is shown now; what was typed is kept."""
        self.data = {**self.data.dict(), **{name: str(carried) for name, carried in shown.items()}}  # type: ignore[attr-defined]  # as it was sent

    @property
    def payment(self) -> Payment:
        """How it is paid, with the minutes that were shown."""
        account = self.accounts.get(self.cleaned_data["pays"])
        if account is None:
            return Payment()
        return Payment(PaysWith.CREDIT, account, self.cleaned_data["minutes"])


class SecondForm(ActForm):
    """The second yes, to what the first approver accepted, paid as they chose: it carries that as it was shown."""

    language = forms.CharField(widget=forms.HiddenInput, max_length=5)
    digest = forms.CharField(widget=forms.HiddenInput, max_length=64)
    minutes = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0, max_value=2_000_000_000)
    pays = forms.CharField(widget=forms.HiddenInput, max_length=40)

    def __init__(self, *args: Any, first: Payment, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.first = first

    @property
    def payment(self) -> Payment:
        """How the first one pays, if that was shown; otherwise something that differs."""
        said = self.cleaned_data
        if said["pays"] == value(self.first) and (self.first.account is None or said["minutes"] == self.first.minutes):
            return self.first
        return Payment(PaysWith.CREDIT, None, said["minutes"])


class RecordForm(ActForm):
    """An answer by phone or mail: whose, when, in which words, with which file."""

    YES, NO = "accepted", "declined"

    person = forms.ModelChoiceField(label=_("Who answered"), queryset=Person.objects.none(), empty_label=None)
    way = forms.ChoiceField(label=_("How"), choices=[(way.value, way.label) for way in SPOKEN], widget=forms.RadioSelect)
    verdict = forms.ChoiceField(
        label=pgettext_lazy("what somebody answered", "Answer"),
        choices=[(YES, pgettext_lazy("an estimate", "Accepted")), (NO, pgettext_lazy("an estimate", "Declined"))],
        widget=forms.RadioSelect,
        initial=YES,
    )
    said_on = DayField(label=_("Day on which they said it"))
    said_clock = forms.TimeField(label=_("Time"), widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}))
    words = forms.CharField(
        label=_("What they said"),
        help_text=_("Word for word, as far as you can. This or a file is needed."),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=MOST_WORDS,
        required=False,
    )
    file = forms.FileField(label=_("Their mail or another file"), help_text=_("10 MB at most."), required=False, allow_empty_file=False)
    order_reference = forms.CharField(label=_("Their reference or purchase order"), max_length=80, required=False)
    reason = forms.CharField(label=_("Why they decline"), help_text=_("Needed where they decline."), max_length=500, required=False)

    def __init__(self, *args: Any, approvers: Iterable[Person], request: HttpRequest | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = Person.objects.filter(pk__in=[person.pk for person in approvers]).order_by("name", "pk")
        self.fields["person"].queryset = people  # type: ignore[attr-defined]
        self.names_dropped = uploads.dropped(request)

    def clean_file(self) -> Any:
        """A file that is kept, or none."""
        chosen = self.cleaned_data["file"]
        if self.names_dropped or (chosen is not None and chosen.size > MOST_BYTES):
            raise forms.ValidationError(_("The file is too large. Attach a smaller one; a browser does not keep it."))
        return chosen

    def clean(self) -> dict[str, Any]:
        """The instant, `said_at`, and a reason where they decline."""
        cleaned = super().clean() or {}
        if {"said_on", "said_clock"} <= cleaned.keys():
            wall = datetime.combine(cleaned["said_on"], cleaned["said_clock"], tzinfo=timezone.get_current_timezone())
            cleaned["said_at"] = wall.astimezone(UTC)
            if cleaned["said_at"].astimezone(wall.tzinfo).replace(tzinfo=None) != wall.replace(tzinfo=None):
                self.add_error("said_clock", _("This time does not exist on that day: the clocks were put forward over it."))
        if cleaned.get("verdict") == self.NO and not cleaned.get("reason"):
            self.add_error("reason", _("Please say why: others will read it."))
        return cleaned

    @property
    def declines(self) -> bool:
        """Whether the answer was no."""
        return bool(self.cleaned_data["verdict"] == self.NO)

    @property
    def evidence(self) -> Evidence:
        """What proves it."""
        said = self.cleaned_data
        file = Attached(said["file"].name or "", said["file"].read()) if said["file"] else None
        way = AcceptedBy(said["way"])
        return Evidence(said["person"], way, said["said_at"], words=said["words"], file=file, order_reference=said["order_reference"])


def shown(document: EstimateDocument | None, paid: Iterable[Choice | Payment] = ()) -> dict[str, Any]:
    """What a form carries of what its page shows."""
    carried: dict[str, Any] = {"language": document.language, "digest": document.digest} if document else {}
    minutes = next((way.minutes for way in paid if way.minutes), None)
    return carried | ({"minutes": minutes} if minutes else {})


def value(paid: Choice | Payment) -> str:
    """How a way of paying is written in a form."""
    return f"credit:{paid.account.pk}" if paid.account else INVOICE


def _words(choice: Choice) -> str:
    said = _("From the credit of %(account)s: %(minutes)s of the %(available)s available now; %(after)s would be left")
    figures = {"minutes": hours(choice.minutes), "available": hours(choice.account.available_minutes), "after": hours(choice.after_minutes)}
    return said % {"account": choice.account.name, **figures}
