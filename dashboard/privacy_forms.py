"""What is typed about people's own data: for whom something is asked, other spellings, how long things are kept."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import ActForm
from people.models import Person

COPY, ERASURE = "copy", "erasure"


class AskForm(ActForm):
    """A request that reached us otherwise, entered for the person."""

    email = forms.EmailField(label=_("E-mail address of the person"))
    what = forms.ChoiceField(
        label=_("What they ask for"),
        choices=[(COPY, _("A copy of everything about them")), (ERASURE, _("To be erased"))],
        widget=forms.RadioSelect,
    )

    def clean_email(self) -> Person:
        """The person of this address."""
        person = Person.objects.filter(email=self.cleaned_data["email"].lower()).first()
        if person is None:
            raise forms.ValidationError(_("Nobody signs in with this address."))
        return person


class ProposalForm(ActForm):
    """Other spellings of the person's name, and other addresses."""

    also = forms.CharField(
        label=_("Other names and addresses of theirs"),
        help_text=_("One a line, for example a former name. They are replaced like the name and the address."),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class RetentionForm(ActForm):
    """How long one kind is kept."""

    days = forms.IntegerField(
        label=_("Days"), required=False, min_value=1, max_value=36_500, help_text=_("Empty: it is kept for ever, and nothing is purged.")
    )
    reason = forms.CharField(label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, days: int | None, reason: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["days"].initial, self.fields["reason"].initial = days, reason
