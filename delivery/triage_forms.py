"""What is typed when a case is judged, and when the client answers whether credit may be used (rules T1 to T3)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from cases import languages, life, triage
from cases.models import Case, DeliveryGround, TriageWay
from clients.models import AgreedService
from core.forms import ActForm

LONGEST = 500


def _lines(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class JudgeForm(ActForm):
    """One way that a case can go. `of`: the way, which names its form on a page with all three."""

    of: TriageWay

    service: forms.ModelChoiceField[AgreedService] = forms.ModelChoiceField(
        label=gettext_lazy("Agreed service"), queryset=None, required=False, empty_label=gettext_lazy("none in particular")
    )
    reason = forms.CharField(
        label=gettext_lazy("What the client reads"),
        help_text=gettext_lazy("In the language of the case. Change it so that it fits."),
        max_length=LONGEST,
        widget=_lines(7),
    )
    way = forms.CharField(widget=forms.HiddenInput, max_length=20)
    key = forms.CharField(widget=forms.HiddenInput, max_length=36)
    field_order = ("service", "ground", "reason")

    def __init__(self, data: Any, *, case: Case, at: datetime) -> None:
        super().__init__(data, auto_id=f"{self.of}_%s")
        services = [service.pk for service in triage.services_of(case, at=at)]
        offered = AgreedService.objects.filter(pk__in=[*services, case.service_id]).order_by("name", "pk")
        self.fields["service"].queryset = offered  # type: ignore[attr-defined]  # a model choice field
        self.fields["service"].initial = case.service_id
        self.fields["way"].initial, self.fields["key"].initial = self.of.value, str(uuid4())
        self.fields["reason"].initial = _in_its_language(case, self.of)

    def cause(self, case: Case) -> str:
        """What names this judgement, as long as it is the same form."""
        return f"case:{case.pk}:triage:{self.cleaned_data['key']}"


class SupportForm(JudgeForm):
    """It is support: nobody but us reads why."""

    of = TriageWay.SUPPORT
    reason = forms.CharField(
        label=gettext_lazy("Note"), help_text=gettext_lazy("For us only."), max_length=LONGEST, required=False, widget=_lines(2)
    )


class CreditForm(JudgeForm):
    """It is server support: the client is asked whether credit may be used."""

    of = TriageWay.SERVER_SUPPORT


class DeliveryForm(JudgeForm):
    """It is delivery. A visit is not, where the plan includes it (rule S12)."""

    of = TriageWay.DELIVERY
    ground = forms.ChoiceField(label=gettext_lazy("Because it is"), widget=forms.RadioSelect)

    def __init__(self, data: Any, *, case: Case, at: datetime) -> None:
        super().__init__(data, case=case, at=at)
        included = life.terms_of(case).visit_included
        grounds = [(value, label) for value, label in DeliveryGround.choices if not (included and value == DeliveryGround.VISIT)]
        self.fields["ground"].choices = grounds  # type: ignore[attr-defined]  # a choice field


class AnswerForm(ActForm):
    """Agree, or do not: each with a form of its own, so that one press says it."""

    YES, NO = "yes", "no"

    answer = forms.ChoiceField(choices=[(YES, YES), (NO, NO)], widget=forms.HiddenInput)

    def __init__(self, data: Any, *, answer: str) -> None:
        super().__init__(data, auto_id=f"{answer}_%s")
        self.fields["answer"].initial = answer
        self.of = answer
        if answer == self.NO:
            label = gettext_lazy("What you would rather have, if you like to say")
            self.fields["reason"] = forms.CharField(label=label, max_length=LONGEST, required=False, widget=_lines(2))

    @property
    def is_yes(self) -> bool:
        """What was answered."""
        return self.of == self.YES


def ways(case: Case, data: Mapping[str, Any] | None, *, at: datetime) -> dict[str, JudgeForm]:
    """The three forms, by way; `data` belongs to the one that it names."""
    sent = str(data.get("way", "")) if data else ""
    return {kind.of.value: kind(data if sent == kind.of else None, case=case, at=at) for kind in (SupportForm, CreditForm, DeliveryForm)}


def _in_its_language(case: Case, way: TriageWay) -> str:
    """The words that are proposed to who judges, in the language that the case is answered in (rule P4)."""
    with override(languages.answer_language(case)):
        if way == TriageWay.SERVER_SUPPORT:
            return _(
                "What this takes is server support, which is paid from your prepaid credit. May we use credit for it? Nothing has "
                "been used so far, and what we have worked until now is free. When you have agreed, we book a session with you, or "
                "propose the work with an estimate."
            )
        if way == TriageWay.DELIVERY:
            return _(
                "What you ask for changes how an agreed service is set up, or your environment. That is delivery work and not "
                "support: it has a cost, which we estimate first, and nothing is done before you have accepted it. We therefore close "
                "this case, and a delivery task goes on with it."
            )
        return ""
