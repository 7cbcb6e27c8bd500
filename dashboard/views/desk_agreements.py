"""What a client has agreed, at the desk: read by who looks after clients, written by its account manager (rules P3, S13, S18)."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import Model
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clients import agreed, processing
from clients.agreements import local_date
from clients.desk import StaffRequest, for_staff
from clients.models import AgreedService, Agreement, AgreementTarget, AgreementTerm, Organisation, StaffDuty
from clients.reason_forms import ReasonForm
from core.errors import NotAllowed
from core.forms import ActForm
from dashboard import plan_pages
from dashboard.agreement_forms import AgreeForm, BindForm, ProcessingForm, ServiceForm, TargetForm, TermForm, TrialForm

CARING = (StaffDuty.ACCOUNT_MANAGER, StaffDuty.FINANCE, StaffDuty.ADMINISTRATOR)


@require_safe
@for_staff(*CARING)
def agreement(request: StaffRequest, organisation_id: int) -> HttpResponse:
    """The agreement in force, what it gives, earlier and later ones; forms for who may edit."""
    organisation = get_object_or_404(Organisation.objects.visible_to(request.user), pk=organisation_id)
    return _page(request, organisation)


@require_POST
@for_staff(*CARING)
def agree(request: StaffRequest, organisation_id: int) -> HttpResponse:
    """Make a new agreement."""
    organisation = get_object_or_404(Organisation.objects.visible_to(request.user), pk=organisation_id)
    form = AgreeForm(request.POST)

    def act(said: dict[str, Any]) -> object:
        return agreed.agree(organisation=organisation, **said, by=request.user, at=timezone.now())

    return _acted(request, organisation, "agree", form, act)


@require_POST
@for_staff(*CARING)
def trial(request: StaffRequest, organisation_id: int) -> HttpResponse:
    """Let the client try a plan."""
    organisation = get_object_or_404(Organisation.objects.visible_to(request.user), pk=organisation_id)
    now = timezone.now()
    form = TrialForm(request.POST, today=local_date(now))

    def act(said: dict[str, Any]) -> object:
        return agreed.start_trial(organisation=organisation, **said, by=request.user, at=now)

    return _acted(request, organisation, "trial", form, act)


@require_POST
@for_staff(*CARING)
def bind(request: StaffRequest, agreement_id: int) -> HttpResponse:
    """Let the agreement name these plans."""
    found = _agreement(request, agreement_id)
    form = BindForm(request.POST)

    def act(said: dict[str, Any]) -> object:
        return agreed.bind(agreement=found, **said, by=request.user, at=timezone.now())

    return _acted(request, found.organisation, "bind", form, act)


@require_POST
@for_staff(*CARING)
def record_processing(request: StaffRequest, agreement_id: int) -> HttpResponse:
    """Write down when a data processing agreement was signed, and where it is filed (rule X2)."""
    found, today = _agreement(request, agreement_id), local_date(timezone.now())
    form = ProcessingForm(request.POST)

    def act(said: dict[str, Any]) -> object:
        return processing.record(agreement=found, **said, by=request.user, today=today)

    return _acted(request, found.organisation, "processing", form, act)


@require_POST
@for_staff(*CARING)
def add_target(request: StaffRequest, agreement_id: int) -> HttpResponse:
    """Give the agreement a target of its own."""
    found = _agreement(request, agreement_id)
    form = TargetForm(request.POST)

    def act(said: dict[str, Any]) -> object:
        return agreed.set_target(agreement=found, target=form.target(), reason=said["reason"], by=request.user, at=timezone.now())

    return _acted(request, found.organisation, "target", form, act)


@require_POST
@for_staff(*CARING)
def add_term(request: StaffRequest, agreement_id: int) -> HttpResponse:
    """Give the agreement a term of its own."""
    found = _agreement(request, agreement_id)
    form = TermForm(request.POST)

    def act(said: dict[str, Any]) -> object:
        return agreed.set_term(agreement=found, **said, by=request.user, at=timezone.now())

    return _acted(request, found.organisation, "term", form, act)


@require_POST
@for_staff(*CARING)
def add_service(request: StaffRequest, agreement_id: int) -> HttpResponse:
    """Let the agreement cover a service."""
    found = _agreement(request, agreement_id)
    form = ServiceForm(request.POST)

    def act(said: dict[str, Any]) -> object:
        service = form.service()
        service.agreement = found
        return agreed.cover(service=service, reason=said["reason"], by=request.user, at=timezone.now())

    return _acted(request, found.organisation, "service", form, act)


@require_POST
@for_staff(*CARING)
def drop_target(request: StaffRequest, target_id: int) -> HttpResponse:
    """Let the plans' target hold again."""
    found = get_object_or_404(AgreementTarget.objects.filter(agreement__in=_agreements(request)), pk=target_id)

    def act(said: dict[str, Any]) -> object:
        return agreed.drop_target(target=found, **said, by=request.user, at=timezone.now())

    return _acted(request, found.agreement.organisation, _removal(found), ReasonForm(request.POST), act)


@require_POST
@for_staff(*CARING)
def drop_term(request: StaffRequest, term_id: int) -> HttpResponse:
    """Let the plans' term hold again."""
    found = get_object_or_404(AgreementTerm.objects.filter(agreement__in=_agreements(request)), pk=term_id)

    def act(said: dict[str, Any]) -> object:
        return agreed.drop_term(term=found, **said, by=request.user, at=timezone.now())

    return _acted(request, found.agreement.organisation, _removal(found), ReasonForm(request.POST), act)


@require_POST
@for_staff(*CARING)
def drop_service(request: StaffRequest, service_id: int) -> HttpResponse:
    """Take a service out of the agreement."""
    found = get_object_or_404(AgreedService.objects.filter(agreement__in=_agreements(request)), pk=service_id)

    def act(said: dict[str, Any]) -> object:
        return agreed.uncover(service=found, **said, by=request.user, at=timezone.now())

    return _acted(request, found.agreement.organisation, _removal(found), ReasonForm(request.POST), act)


def _agreements(request: StaffRequest) -> Any:
    return Agreement.objects.filter(organisation__in=Organisation.objects.visible_to(request.user)).select_related("organisation")


def _agreement(request: StaffRequest, agreement_id: int) -> Agreement:
    found: Agreement = get_object_or_404(_agreements(request), pk=agreement_id)
    return found


def _acted(
    request: StaffRequest, organisation: Organisation, name: str, form: ActForm, act: Callable[[dict[str, Any]], object]
) -> HttpResponse:
    """The page again: with the form and what is wrong with it, else with what was done. Raises NotAllowed."""
    if not agreed.may_edit(request.user, organisation):
        raise NotAllowed
    form.auto_id = _apart(name)
    if form.carried_out(act):
        messages.success(request, _("The agreement is changed. It holds for what is reported from now on."))
        return redirect("desk-agreement", organisation_id=organisation.pk)
    return _page(request, organisation, **{name: form})


def _apart(name: str) -> str:
    """How the fields of this form are known on a page on which other forms have fields of the same name."""
    return f"{name}_%s"


def _removal(row: Model) -> str:
    """The name of the form that takes the row out of the agreement."""
    return f"{row._meta.model_name}-{row.pk}"


def _processing(found: Agreement | None) -> dict[str, Any]:
    return {"signed_on": found.processing_agreed_on, "reference": found.processing_reference} if found else {}


def _page(request: StaffRequest, organisation: Organisation, **typed: ActForm) -> HttpResponse:
    support = plan_pages.support_of(organisation)
    found = support.agreement
    targets, terms = ([], []) if found is None else (plan_pages.own_targets(found), plan_pages.own_terms(found))
    rows: list[Model] = [*(row for row, _line in targets), *(row for row, _label, _value in terms), *support.services]
    asked = _forms(support) | {_removal(row): ReasonForm() for row in rows}
    for name, form in asked.items():
        form.auto_id = _apart(name)
    forms = asked | typed
    context: dict[str, Any] = {
        "organisation": organisation,
        "support": support,
        "others": [one for one in organisation.agreements.order_by("-starts_on") if one != found],
        "may_edit": agreed.may_edit(request.user, organisation),
        "own_targets": [(row, line, forms[_removal(row)]) for row, line in targets],
        "own_terms": [(row, label, value, forms[_removal(row)]) for row, label, value in terms],
        "own_services": [(row, forms[_removal(row)]) for row in support.services],
        "refused": next((form for name, form in typed.items() if name not in asked), None),
        "processing_missing": processing.is_missing(organisation, on=local_date(timezone.now())),
    }
    status = max([200, *(form.status for form in typed.values())])
    return render(request, "desk/agreement.html", context | forms, status=status)


def _forms(support: plan_pages.Support) -> dict[str, ActForm]:
    """What can be written beside the removals, each by the name that its part of the page has."""
    today = local_date(timezone.now())
    return {
        "agree": AgreeForm(initial={"starts_on": today}),
        "trial": TrialForm(today=today),
        "bind": BindForm(initial={"bound": [plan.pk for plan, _price in support.plans]}),
        "target": TargetForm(),
        "term": TermForm(),
        "service": ServiceForm(),
        "processing": ProcessingForm(initial=_processing(support.agreement)),
    }
