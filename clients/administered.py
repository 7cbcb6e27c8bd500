"""Pages of the administration on which whoever changes something says why (rules: People, C14).

What is kept there are the terms of the provider and of its clients: prices, rates, times, promises. The reason stands in
the history of every row that the change touches, where the audit log reads it. What is new needs none: it says itself what
it is for.
"""

from typing import Any

from django import forms
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from simple_history.admin import SimpleHistoryAdmin

from clients import reasons
from core.errors import DomainError


class Because(forms.Form):
    """The reason of a change, beside what is changed."""

    why = forms.CharField(label=_("Why"), max_length=reasons.LONGEST, help_text=_("It is kept in the audit log."))

    def clean_why(self) -> str:
        """The reason as it is kept."""
        try:
            return reasons.checked(self.cleaned_data["why"])
        except DomainError as refusal:
            raise forms.ValidationError(str(refusal)) from refusal


class ReasonedAdmin(SimpleHistoryAdmin):
    """A change of a row, or of those that stand on its page, says why."""

    def get_form(self, request: HttpRequest, obj: Model | None = None, change: bool = False, **kwargs: Any) -> Any:
        """The row's own form; where it is there already and may be changed, with the reason beside."""
        if obj is not None and self.has_change_permission(request, obj):
            own: type = kwargs.get("form") or self.form
            kwargs["form"] = type(own.__name__, (own, Because), {})
        return super().get_form(request, obj, change=change, **kwargs)

    def save_model(self, request: HttpRequest, obj: Model, form: forms.ModelForm[Model], change: bool) -> None:
        """Keep the reason with the row."""
        reasons.because(obj, form.cleaned_data.get("why", ""))
        super().save_model(request, obj, form, change)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Keep it with the rows on the same page as well, also with those that are taken away."""
        for each in formset.forms:
            reasons.because(each.instance, form.cleaned_data.get("why", ""))
        super().save_formset(request, form, formset, change)
