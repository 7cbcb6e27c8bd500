"""What is typed when an estimate is written, reviewed or taken back (rules D1, D3, D6, S12).

Lines and milestones are rows, as many as one likes: a row in which nothing was typed is none. Without JavaScript a row
comes or goes by a press of a button, and all that was typed stays.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from core.fields import DayField
from core.forms import ActForm, ReasonForm
from credits.forms import QuantityField
from delivery import contents
from delivery.contents import Content, Line, Step
from delivery.models import Basis, DeliveryTerms, LineKind
from delivery.sheets import WHAT_IT_MEANS

MOST_ROWS = 100
FIRST_ROWS = 3
ONE = Decimal(1)


def _amount(label: Any) -> QuantityField:
    return QuantityField(
        label=label,
        required=False,
        min_value=Decimal("0.01"),
        max_digits=12,
        decimal_places=2,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )


def usual_prices(terms: DeliveryTerms | None, currency: str) -> dict[str, str]:
    """What the provider usually asks, by the kind of line; nothing where its terms are in another currency."""
    if terms is None or str(terms.hourly_rate.currency) != currency:
        return {}
    usual = {LineKind.HOURS: terms.hourly_rate, LineKind.TRAVEL: terms.travel_rate, LineKind.MILEAGE: terms.mileage_rate}
    return {kind.value: str(price.amount) for kind, price in usual.items()}


class LineForm(forms.Form):
    """One line. An hour, an hour's travel and a kilometre cost what they usually do where no price was typed."""

    use_required_attribute = False
    kind = forms.ChoiceField(label=_("Kind"), choices=LineKind)
    text = forms.CharField(label=_("What"), required=False, max_length=contents.LONGEST_LINE)
    quantity = _amount(_("Quantity"))
    unit_price = _amount(_("Price"))
    vat_percent = QuantityField(
        label=_("VAT %"),
        required=False,
        min_value=0,
        max_value=100,
        decimal_places=2,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, prices: Mapping[str, str], domestic: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.prices = prices
        if not domestic:
            del self.fields["vat_percent"]

    def has_changed(self) -> bool:
        """Whether anything was typed: a kind and its usual price stand there by themselves."""
        if not self.is_bound:
            return False
        typed = {name: str(self.data.get(self.add_prefix(name), "")).strip() for name in ("text", "quantity", "unit_price")}
        return bool(typed["text"] or typed["quantity"] or typed["unit_price"] not in ("", *self.prices.values()))

    def clean(self) -> dict[str, Any]:
        """One piece where no quantity was typed for a fixed sum or an expense; the usual price where none was."""
        cleaned = super().clean() or {}
        kind = cleaned.get("kind", "")
        if kind in (LineKind.FIXED, LineKind.EXPENSE) and cleaned.get("quantity", "") is None:
            cleaned["quantity"] = ONE
        if cleaned.get("unit_price", "") is None and kind in self.prices:
            cleaned["unit_price"] = Decimal(self.prices[kind])
        wanted = {"text": _("Say what it is for."), "quantity": _("How much?"), "unit_price": _("At which price?")}
        for name, question in wanted.items():
            if name in cleaned and cleaned[name] in (None, ""):
                self.add_error(name, question)
        return cleaned

    def line(self) -> Line:
        """The line that was typed."""
        said = self.cleaned_data
        return Line(LineKind(said["kind"]), said["text"], said["quantity"], said["unit_price"], said.get("vat_percent"))


class StepForm(forms.Form):
    """One milestone."""

    use_required_attribute = False
    title = forms.CharField(label=_("When this is reached"), required=False, max_length=contents.LONGEST_STEP)
    net = _amount(_("Without VAT"))
    planned_on = DayField(label=_("Planned"), required=False)

    def clean(self) -> dict[str, Any]:
        """A title and a sum."""
        cleaned = super().clean() or {}
        for name, question in {"title": _("What is reached then?"), "net": _("Which part of the sum?")}.items():
            if name in cleaned and cleaned[name] in (None, ""):
                self.add_error(name, question)
        return cleaned

    def step(self) -> Step:
        """The milestone that was typed."""
        return Step(self.cleaned_data["title"], self.cleaned_data["net"], self.cleaned_data["planned_on"])


class Rows(forms.BaseFormSet):  # type: ignore[type-arg]  # of whichever form it is made
    """Rows of one form, of which those that stay empty are none."""

    def initial_form_count(self) -> int:
        """None is written already: each save writes all rows anew."""
        return 0

    def total_form_count(self) -> int:
        """As many as were sent, or as stand there to begin with."""
        if self.is_bound:
            return min(self.management_form.cleaned_data["TOTAL_FORMS"] or 0, MOST_ROWS)
        return min(len(self.initial or []), MOST_ROWS)

    @property
    def filled(self) -> list[Any]:
        """The forms in which something was typed, in their order."""
        return [form for form in self.forms if form.has_changed()]


LineRows = forms.formset_factory(LineForm, formset=Rows, extra=0, max_num=MOST_ROWS, absolute_max=MOST_ROWS)
StepRows = forms.formset_factory(StepForm, formset=Rows, extra=0, max_num=MOST_ROWS, absolute_max=MOST_ROWS)


class HeadForm(ActForm):
    """What an estimate says besides its rows. `key` makes sending it twice harmless."""

    basis = forms.ChoiceField(label=_("What the price means"), widget=forms.RadioSelect)
    intro = forms.CharField(
        label=_("What the client gets"),
        help_text=_("In words that an approver understands who was not in the case."),
        required=False,
        max_length=contents.LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    valid_until = DayField(label=_("Valid until and including"), required=False)
    credit_price_per_hour = _amount(_("An hour of prepaid credit pays"))
    terms = forms.CharField(label=_("Terms"), required=False, max_length=contents.LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 5}))
    key = forms.CharField(widget=forms.HiddenInput, max_length=36)

    def __init__(self, *args: Any, only: str = "", days: int | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(basis.value, WHAT_IT_MEANS[basis]) for basis in Basis if only in ("", basis.value)]
        self.fields["basis"].choices = choices  # type: ignore[attr-defined]  # a choice field
        self.fields["credit_price_per_hour"].help_text = _("Without VAT. Empty: it cannot be paid with credit.")
        self.fields["terms"].help_text = _("Empty: our usual ones, in the client’s language.")
        if days:
            self.fields["valid_until"].help_text = _("Empty: %(days)d days from when it is handed in.") % {"days": days}

    @property
    def faulty(self) -> list[tuple[forms.BoundField, Any]]:
        """The fields that need mending, with what is wrong."""
        return [(field, field.errors) for field in self if field.errors]

    def content(self, lines: Sequence[Line], steps: Sequence[Step]) -> Content:
        """All that was typed."""
        said = self.cleaned_data
        return Content(
            lines=lines,
            basis=Basis(said["basis"]),
            intro=said["intro"],
            terms=said["terms"],
            valid_until=said["valid_until"],
            milestones=steps,
            credit_price_per_hour=said["credit_price_per_hour"] or Decimal(0),
        )


class ApproveForm(ActForm):
    """The press of the button, for what was read."""

    submission = forms.IntegerField(widget=forms.HiddenInput)


class WhyForm(ReasonForm):
    """A reason, asked for in words of the act's own."""

    def __init__(self, *args: Any, label: Any, help_text: Any = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].label, self.fields["reason"].help_text = label, help_text


class KeyForm(ActForm):
    """The press of a button that begins something: once, however often it is sent."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=36)


def typed_rows(data: QueryDict, prefix: str, names: Sequence[str]) -> list[dict[str, str]]:
    """The rows as they were sent, well typed or not."""
    total = data.get(f"{prefix}-TOTAL_FORMS", "")
    count = min(int(total), MOST_ROWS) if total.isdecimal() and len(total) < 5 else 0
    return [{name: data.get(f"{prefix}-{row}-{name}", "") for name in names} for row in range(count)]
