"""What the account manager types about a client's credit (rules C12, C13, I5, P5). Each form acts once, by its key."""

from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from core.fields import DayField
from core.forms import ReasonForm
from credits.corrections import MOST_MINUTES
from people.models import Person


def _fresh() -> str:
    return str(uuid4())


class CorrectionForm(ReasonForm):
    """A correction with its reason. `key` is new each time the page is opened."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=36, initial=_fresh)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = _("The client reads it, and it stays in the ledger.")

    def cause(self, by: Person) -> str:
        """What names the correction in the ledger (rule C14)."""
        return f"correction:{by.pk}:{self.cleaned_data['key']}"


class ForeseenForm(CorrectionForm):
    """A correction whose effect is shown before it is made: the form is sent to be shown, and once more to be done."""

    @property
    def is_meant(self) -> bool:
        """Whether it was sent to be done, not only to be shown."""
        return self.data.get("act") == "carry-out"

    @property
    def is_shown(self) -> bool:
        """Whether its effect can be shown: it is well filled in, and nothing refused it."""
        return self.is_bound and not self.errors

    def refuse(self, refusal: DomainError) -> None:
        """Say on the form what would be refused."""
        self.refusal = refusal
        self.add_error(None, str(refusal))

    @property
    def carried(self) -> list[tuple[str, str]]:
        """What was typed, as the button that does it carries it along."""
        return [(name, str(self.data.get(name, ""))) for name in self.fields]


class AdjustForm(ForeseenForm):
    """How many minutes are added or taken (rule C13)."""

    ADD, TAKE = "add", "take"
    DIRECTIONS = ((ADD, _("Add free credit")), (TAKE, _("Take available credit")))

    direction = forms.ChoiceField(label=_("What to do"), widget=forms.RadioSelect, choices=DIRECTIONS, initial=ADD)
    minutes = forms.IntegerField(label=_("Minutes"), help_text=_("90 is an hour and a half."), min_value=1, max_value=MOST_MINUTES)
    field_order = ("direction", "minutes", "reason")

    @property
    def change(self) -> int:
        """The minutes with their sign, of a form that is well filled in."""
        minutes: int = self.cleaned_data["minutes"]
        return minutes if self.cleaned_data["direction"] == self.ADD else -minutes


class RefundForm(ForeseenForm):
    """How many unused minutes of a lot are refunded (rule C13). `shown_total` is the sum that stood on the page."""

    minutes = forms.IntegerField(label=_("Minutes"), help_text=_("90 is an hour and a half."), min_value=1, max_value=MOST_MINUTES)
    field_order = ("minutes", "reason")


class ExtendForm(CorrectionForm):
    """Until when a lot can be used (rule C12)."""

    expires_on = DayField(label=_("Can be used until"))
    field_order = ("expires_on", "reason")
