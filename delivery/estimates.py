"""Estimates: drafted, written, handed in, taken back, replaced by a new version (rules D1, D3, D6).

An estimate is a draft until it is handed in; then its lines and sums are frozen, here and by the database. A first
estimate gives a task its cost; a change estimate asks for more on top of what is accepted, on the same basis and in the
same currency.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from clients.agreements import local_date
from core.errors import DomainError, NotAllowed
from core.once import at_one_moment
from core.reasons import reasoned
from delivery import contents, cost_messages, life, review, terms
from delivery.contents import (
    BasisDiffers,
    Content,
    CreditPriceRefused,
    CurrenciesMixed,
    Line,
    LineRefused,
    MilestonesOff,
    Step,
    SumAbsurd,
    TextTooLong,
    ValidityRefused,
)
from delivery.models import LIVE, DeliveryTask, Estimate, EstimateKind, EstimateState, TaskEventKind, TaskState
from people.models import Person

__all__ = [
    "AnotherLive",
    "BasisDiffers",
    "Content",
    "CreditPriceRefused",
    "CurrenciesMixed",
    "EstimateMismatch",
    "Line",
    "LineRefused",
    "MilestonesOff",
    "NothingEstimated",
    "Step",
    "SumAbsurd",
    "TextTooLong",
    "ValidityRefused",
    "VatChanged",
    "draft",
    "may_revise",
    "may_withdraw",
    "revise",
    "submit",
    "withdraw",
    "write",
]

ESTIMABLE = (TaskState.ESTIMATING, TaskState.READY, TaskState.WORKING)
"""Of these tasks an estimate can be begun: the first one, or a change of what is accepted."""
REVISABLE = (EstimateState.OFFERED, EstimateState.EXPIRED, EstimateState.DECLINED, EstimateState.WITHDRAWN)


class AnotherLive(DomainError):
    """A task has one estimate at a time that is written, reviewed or waited for."""

    message = _("There is an estimate already that is being written, reviewed or waits for the client. Nothing has changed.")


class NothingEstimated(DomainError):
    """An estimate costs something; what costs nothing goes straight to delivery."""

    message = _("The estimate has no lines: it has to cost something. Without a cost, hand the task over directly. Nothing has changed.")


class EstimateMismatch(DomainError):
    """The same form has begun an estimate before that says something else."""

    message = _("This form has begun another estimate before. Open the page again. Nothing has changed.")


class VatChanged(DomainError):
    """The VAT of the client has become another since the sums were made."""

    message = _("The client’s country or VAT number has changed, and with it the VAT. Save the estimate again, then hand it in.")


@at_one_moment()
@transaction.atomic
def draft(task: DeliveryTask, content: Content, *, by: Person, at: datetime, cause: str) -> Estimate:
    """Begin an estimate of `task`: the first one, or a change of what is accepted (rule D3). The same `cause` again returns it.

    Raises NotAllowed, TaskMovedOn, AnotherLive, EstimateMismatch where the cause has begun another, and what `write` raises.
    """
    task = life.locked(task)
    if not life.may_work(by, task):
        raise NotAllowed
    if found := Estimate.objects.filter(cause=cause).first():
        if found.task_id != task.pk or not contents.says(found, content):
            raise EstimateMismatch
        return found
    if task.estimates.filter(state__in=LIVE).exists():
        raise AnotherLive
    return _begin(task, content, by=by, at=at, cause=cause)


@at_one_moment()
@transaction.atomic
def write(estimate: Estimate, content: Content, *, by: Person, at: datetime) -> Estimate:
    """Let a draft say this; who writes in it is one of its authors from now on, and does not review it.

    Raises NotAllowed, EstimateMovedOn where it is handed in already, LineRefused, SumAbsurd, MilestonesOff, BasisDiffers,
    CurrenciesMixed, ValidityRefused, CreditPriceRefused, TextTooLong.
    """
    estimate = _draft(estimate, by)
    contents.check(estimate, content, at=at)
    contents.fill(estimate, content)
    estimate.save()
    contents.write_rows(estimate, content)
    if by.pk not in review.authors(estimate):
        life.note_internally(estimate.task, TaskEventKind.ESTIMATED, at=at, by=by, facts=_facts(estimate))
    return estimate


def submit(estimate: Estimate, *, by: Person, at: datetime) -> Estimate:
    """Hand a draft in for review (rule D1): from now on its lines and sums are frozen.

    At or below the account manager's own sum what somebody else wrote passes by itself, and the client has it. Raises
    NotAllowed, EstimateMovedOn, TaskMovedOn, NothingEstimated, VatChanged, ValidityRefused where its last day has passed.
    """
    handed_in = _hand_in(estimate, by=by, at=at)
    return review.let_pass(handed_in, at=at) if review.passes_by_itself(handed_in) else handed_in


@at_one_moment()
@transaction.atomic
def withdraw(estimate: Estimate, *, reason: str, by: Person, at: datetime) -> Estimate:
    """Take an estimate back before it is accepted; the cost of the task is to be estimated again where it was the first.

    A draft or one under review by whoever may write one; what the client has, by the client's account manager, and the
    client is told. Raises NotAllowed, EstimateMovedOn, ReasonMissing, ReasonTooLong.
    """
    estimate = life.locked_estimate(estimate)
    if not life.may_work(by, estimate.task):
        raise NotAllowed
    if estimate.state not in LIVE:
        raise life.EstimateMovedOn
    if not may_withdraw(estimate, by):
        raise NotAllowed
    reason = reasoned(reason)
    had_it = estimate.state == EstimateState.OFFERED
    life.step_estimate(estimate, to=EstimateState.WITHDRAWN, closed_at=at, closed_by=by, closing_reason=reason)
    _estimate_again(estimate, at)
    note = life.note if had_it else life.note_internally
    event = note(estimate.task, TaskEventKind.TAKEN_BACK, at=at, by=by, reason=reason, facts=_facts(estimate))
    cost_messages.taken_back(estimate, event, had_it=had_it)
    return estimate


@at_one_moment()
@transaction.atomic
def revise(estimate: Estimate, *, by: Person, at: datetime, cause: str) -> Estimate:
    """Begin a new version from one that the client has or had: lines and milestones are copied. The same `cause` returns it.

    What the client still has is replaced at once, not when the new version is sent: nobody shall accept a sum that we
    are about to change, and a task has one estimate at a time that can be acted on. So only the account manager does
    that. A declined version is the end of its task, unless it asked for a change. Raises NotAllowed, EstimateMovedOn,
    AnotherLive, TaskMovedOn, EstimateMismatch.
    """
    estimate = life.locked_estimate(estimate)
    task = estimate.task
    if not life.may_work(by, task):
        raise NotAllowed
    if found := Estimate.objects.filter(cause=cause).first():
        if found.task_id != task.pk:
            raise EstimateMismatch
        return found
    if estimate.state not in REVISABLE:
        raise life.EstimateMovedOn
    if estimate.state == EstimateState.OFFERED and not life.may_manage(by, task):
        raise NotAllowed
    if task.estimates.filter(state__in=LIVE).exclude(pk=estimate.pk).exists():
        raise AnotherLive
    if estimate.state == EstimateState.OFFERED:
        _supersede(estimate, by=by, at=at)
    content = replace(contents.of(estimate), valid_until=None)
    return _begin(task, content, by=by, at=at, cause=cause, facts={"from": estimate.number})


def may_withdraw(estimate: Estimate, person: Person) -> bool:
    """Whether `person` may take this estimate back as it stands now."""
    if estimate.state == EstimateState.OFFERED:
        return life.may_manage(person, estimate.task)
    return estimate.state in LIVE and life.may_work(person, estimate.task)


def may_revise(estimate: Estimate, person: Person) -> bool:
    """Whether `person` may begin a new version from this one as it stands now."""
    if estimate.state == EstimateState.OFFERED:
        return life.may_manage(person, estimate.task)
    return estimate.state in REVISABLE and estimate.task.state in ESTIMABLE and life.may_work(person, estimate.task)


def _begin(task: DeliveryTask, content: Content, *, by: Person, at: datetime, cause: str, facts: dict[str, Any] | None = None) -> Estimate:
    """The next version, a draft."""
    life.require(task, *ESTIMABLE)
    estimate = Estimate(
        task=task,
        number=task.estimates.count() + 1,
        cause=cause,
        kind=EstimateKind.FIRST if task.state == TaskState.ESTIMATING else EstimateKind.CHANGE,
        currency=task.currency,
        prepared_at=at,
        prepared_by=by,
    )
    contents.check(estimate, content, at=at)
    contents.fill(estimate, content)
    estimate.save(force_insert=True)
    contents.write_rows(estimate, content)
    life.note_internally(task, TaskEventKind.ESTIMATED, at=at, by=by, facts=_facts(estimate) | (facts or {}))
    return estimate


@at_one_moment()
@transaction.atomic
def _hand_in(estimate: Estimate, *, by: Person, at: datetime) -> Estimate:
    """From a draft to one under review, and word of it to who reviews it."""
    estimate = _draft(estimate, by)
    if not estimate.net:
        raise NothingEstimated
    if estimate.vat_treatment != contents.treatment_of(estimate):
        raise VatChanged
    today = local_date(at)
    valid_until = estimate.valid_until or today + timedelta(days=terms.current().validity_days)
    if valid_until < today:
        raise ValidityRefused
    submitted: dict[str, Any] = {"submission": estimate.submission + 1, "submitted_at": at, "submitted_by": by}
    life.step_estimate(estimate, to=EstimateState.REVIEWING, valid_until=valid_until, **submitted)
    if estimate.kind == EstimateKind.FIRST:
        life.step(estimate.task, to=TaskState.REVIEWING, at=at)
    else:
        life.require(estimate.task, TaskState.READY, TaskState.WORKING)
    facts = _facts(estimate) | {"net": str(estimate.net)}
    event = life.note_internally(estimate.task, TaskEventKind.SUBMITTED, at=at, by=by, facts=facts)
    if not review.passes_by_itself(estimate):
        cost_messages.to_review(estimate, event, review.awaited(estimate))
    return estimate


def _draft(estimate: Estimate, by: Person) -> Estimate:
    """The draft, locked."""
    estimate = life.locked_estimate(estimate)
    if not life.may_work(by, estimate.task):
        raise NotAllowed
    if estimate.state != EstimateState.DRAFT:
        raise life.EstimateMovedOn
    return estimate


def _supersede(estimate: Estimate, *, by: Person, at: datetime) -> None:
    """The client has it no longer to answer: a new version is being written."""
    life.step_estimate(estimate, to=EstimateState.SUPERSEDED, closed_at=at, closed_by=by)
    _estimate_again(estimate, at)
    event = life.note(estimate.task, TaskEventKind.SUPERSEDED, at=at, by=by, facts=_facts(estimate))
    cost_messages.superseded(estimate, event)


def _estimate_again(estimate: Estimate, at: datetime) -> None:
    """A task whose first cost fell away waits for an estimate again."""
    if estimate.task.state in (TaskState.REVIEWING, TaskState.OFFERED):
        life.step(estimate.task, to=TaskState.ESTIMATING, at=at)


def _facts(estimate: Estimate) -> dict[str, Any]:
    return {"estimate": estimate.pk, "number": estimate.number}
