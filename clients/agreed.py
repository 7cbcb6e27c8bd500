"""What a client has agreed: plans, targets and terms of its own, agreed services, trials (rules P3, S13, S18).

The account manager writes it, and it holds for what is reported from then on: a case keeps the terms that it was opened
under. Whoever changes it says why, and the history of the row keeps that (rule C14).
"""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext_lazy as _

from clients import plans, reasons
from clients.access import has_duty, manages
from clients.agreements import local_date
from clients.models import AgreedService, Agreement, AgreementPlan, AgreementTarget, AgreementTerm, Organisation, Plan, StaffDuty
from core.errors import DomainError, NotAllowed
from people.models import Person

Row = TypeVar("Row", bound=models.Model)


class DaysTaken(DomainError):
    """Another agreement covers some of the days."""

    message = _("Another agreement already covers some of these days. Nothing has changed.")


class PeriodBackwards(DomainError):
    """The agreement would end before it begins."""

    message = _("An agreement ends after it begins. Nothing has changed.")


class NoTrialOffered(DomainError):
    """The plan is not offered on trial, or not at all."""

    message = _("This plan is not offered on trial. Nothing has changed.")


class TrialUsed(DomainError):
    """The client has had the plan on trial already."""

    message = _("The client has tried this plan already. Nothing has changed.")


class TermRefused(DomainError):
    """The value is none that the term, target or service can have; the message says why."""

    def __init__(self, fault: ValidationError) -> None:
        super().__init__(fault)
        self.reason = " ".join(fault.messages)

    @property
    def message(self) -> str:
        """The reason."""
        return _("%(reason)s Nothing has changed.") % {"reason": self.reason}


class RemovedAlready(DomainError):
    """Somebody took it out of the agreement meanwhile."""

    message = _("It had been removed already. Nothing has changed.")


class ServiceInUse(DomainError):
    """Cases are about the service: it stays."""

    message = _("Cases have been reported about this service, so it stays. Nothing has changed.")


def may_edit(person: Person, organisation: Organisation) -> bool:
    """Whether `person` writes what the client has agreed: its account manager, the deputy, or an administrator."""
    return manages(person, organisation) or has_duty(person, StaffDuty.ADMINISTRATOR)


@transaction.atomic
def agree(
    *, organisation: Organisation, bound: Collection[Plan], starts_on: date, ends_on: date | None, by: Person, at: datetime
) -> Agreement:
    """Make an agreement over the provider's local dates [starts_on, ends_on). No why is asked: the contract is the reason.

    Raises NotAllowed, PeriodBackwards, DaysTaken.
    """
    return _agree(Agreement(organisation=organisation, starts_on=starts_on, ends_on=ends_on), bound, by)


@transaction.atomic
def start_trial(*, organisation: Organisation, plan: Plan, on: date, by: Person, at: datetime) -> Agreement:
    """Let the client try a plan from the provider's local date `on`, for the plan's days; it ends by itself (rule P3).

    No why is asked: the offer that was accepted is the reason. Raises NotAllowed, NoTrialOffered, TrialUsed, DaysTaken.
    """
    if not plan.trial_days or not plan.published_at:
        raise NoTrialOffered
    if AgreementPlan.objects.filter(agreement__organisation=organisation, agreement__is_trial=True, plan=plan).exists():
        raise TrialUsed
    ends_on = on + timedelta(days=plan.trial_days)
    return _agree(Agreement(organisation=organisation, starts_on=on, ends_on=ends_on, is_trial=True), [plan], by)


@transaction.atomic
def bind(*, agreement: Agreement, bound: Collection[Plan], reason: str, by: Person, at: datetime) -> Agreement:
    """Let the agreement name these plans, and no others (rule P3). The same again changes nothing.

    A plan that comes to an agreement which has begun is charged from today's local date on (rule I7).
    Raises NotAllowed, ReasonMissing.
    """
    reason, today = reasons.checked(reason), local_date(at)
    return _bind(_locked(agreement, by), bound, by, reason, since=today if today > agreement.starts_on else None)


@transaction.atomic
def set_target(*, agreement: Agreement, target: AgreementTarget, reason: str, by: Person, at: datetime) -> AgreementTarget:
    """Let the agreement have a target of its own for the priority, instead of its plans' (rules P3, S18).

    Raises NotAllowed, ReasonMissing, TermRefused, and plans.RotaEmpty where nobody is on call for one around the clock.
    """
    reason, agreement = reasons.checked(reason), _locked(agreement, by)
    found = agreement.targets.filter(priority=target.priority_id).first()
    target.agreement, target.pk = agreement, found.pk if found else None
    target._state.adding = found is None
    _check(target)
    if target.is_always_open and target.rota is not None and not plans.has_people(target.rota):
        raise plans.RotaEmpty(rotas=[target.rota])
    return _written(target, found, by, reason)


@transaction.atomic
def drop_target(*, target: AgreementTarget, reason: str, by: Person, at: datetime) -> None:
    """Let the plans' target hold again. Raises NotAllowed, ReasonMissing, RemovedAlready."""
    reason = reasons.checked(reason)
    _locked(target.agreement, by)
    _removed(target, by, reason)


@transaction.atomic
def set_term(*, agreement: Agreement, name: str, value: Any, reason: str, by: Person, at: datetime) -> AgreementTerm:
    """Let the agreement set one of `overriding.OVERRIDABLE` for itself (rule P3). Raises NotAllowed, ReasonMissing, TermRefused."""
    reason, agreement = reasons.checked(reason), _locked(agreement, by)
    found = agreement.terms.filter(name=name).first()
    term = AgreementTerm(pk=found.pk if found else None, agreement=agreement, name=name, value=value)
    term._state.adding = found is None
    _check(term)
    return _written(term, found, by, reason)


@transaction.atomic
def drop_term(*, term: AgreementTerm, reason: str, by: Person, at: datetime) -> None:
    """Let the plans' term hold again. Raises NotAllowed, ReasonMissing, RemovedAlready."""
    reason = reasons.checked(reason)
    _locked(term.agreement, by)
    _removed(term, by, reason)


@transaction.atomic
def cover(*, service: AgreedService, reason: str, by: Person, at: datetime) -> AgreedService:
    """Name a service that the agreement covers, or write anew what is said of it (rules P3, S13).

    Raises NotAllowed, ReasonMissing, TermRefused.
    """
    reason = reasons.checked(reason)
    _locked(service.agreement, by)
    _check(service)
    return _written(service, AgreedService.objects.filter(pk=service.pk).first(), by, reason)


@transaction.atomic
def uncover(*, service: AgreedService, reason: str, by: Person, at: datetime) -> None:
    """Take a service out of the agreement. Raises NotAllowed, ReasonMissing, RemovedAlready, ServiceInUse."""
    reason = reasons.checked(reason)
    _locked(service.agreement, by)
    try:
        with transaction.atomic():
            _removed(service, by, reason)
    except ProtectedError as used:
        raise ServiceInUse from used


def _agree(agreement: Agreement, bound: Collection[Plan], by: Person) -> Agreement:
    organisation = Organisation.objects.select_for_update().get(pk=agreement.organisation_id)
    if not may_edit(by, organisation):
        raise NotAllowed
    if agreement.ends_on is not None and agreement.ends_on <= agreement.starts_on:
        raise PeriodBackwards
    if agreement.others_over_the_same_days().exists():
        raise DaysTaken
    _remembered(agreement, by).save()
    return _bind(agreement, bound, by, None, since=None)


def _bind(agreement: Agreement, bound: Collection[Plan], by: Person, reason: str | None, *, since: date | None) -> Agreement:
    for row in agreement.plans.exclude(plan__in=bound):
        _remembered(row, by, reason).delete()
    kept = set(agreement.plans.values_list("plan", flat=True))
    for plan in bound:
        if plan.pk not in kept:
            _remembered(AgreementPlan(agreement=agreement, plan=plan, starts_on=since), by, reason).save()
    return agreement


def _locked(agreement: Agreement, by: Person) -> Agreement:
    found = Agreement.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=agreement.pk)
    if not may_edit(by, found.organisation):
        raise NotAllowed
    return found


def _removed(row: models.Model, by: Person, reason: str) -> None:
    """The row is gone, once, whoever asks for it at the same moment. Its agreement is locked."""
    if not type(row)._default_manager.filter(pk=row.pk).exists():
        raise RemovedAlready
    _remembered(row, by, reason).delete()


def _check(row: models.Model) -> None:
    try:
        row.full_clean()
    except ValidationError as fault:
        raise TermRefused(fault) from fault


def _written(row: Row, found: Row | None, by: Person, reason: str) -> Row:
    """The row, written where it says something else than `found`: the same again leaves no trace."""
    columns = [field.attname for field in row._meta.concrete_fields]
    if found is None or any(getattr(row, column) != getattr(found, column) for column in columns):
        _remembered(row, by, reason).save()
    return row


def _remembered(row: Row, by: Person, reason: str | None = None) -> Row:
    """The row with who writes it and why, for its history."""
    row._history_user = by  # type: ignore[attr-defined]  # how django-simple-history takes who did it
    if reason is not None:
        reasons.because(row, reason)
    return row
