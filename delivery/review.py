"""The review of an estimate before the client sees it (rule D1): by the client's account manager, never by who wrote it.

Up to a sum of the manager's own choice an estimate passes by itself; above another one a second account manager
approves it too. Approved for good, its documents are kept and the client's approvers have it.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from clients.access import has_duty, manages, staff
from clients.agreements import local_date
from clients.models import StaffDuty
from core.errors import DomainError, NotAllowed
from core.once import at_one_moment
from core.reasons import reasoned
from delivery import cost_messages, documents, life, terms
from delivery.documents import Drawn
from delivery.models import DeliveryTask, Estimate, EstimateApproval, EstimateKind, EstimateState, TaskEvent, TaskEventKind, TaskState
from people.models import Person

WAITS_WITH = {EstimateKind.FIRST: (TaskState.REVIEWING,), EstimateKind.CHANGE: (TaskState.READY, TaskState.WORKING)}
"""The states of its task in which an estimate that is reviewed can be sent: what is done asks for no more."""


class OwnEstimate(DomainError):
    """Nobody reviews what they wrote or handed in."""

    message = _("You wrote this estimate or handed it in: somebody else reviews it. Nothing has changed.")


class ValidityPassed(DomainError):
    """Its last valid day is over before the client has seen it."""

    message = _("The last day of its validity has passed. Give it back, so that it gets another. Nothing has changed.")


def approve(estimate: Estimate, *, by: Person, at: datetime, submission: int | None = None) -> Estimate:
    """Approve what was handed in (rule D1); where that is enough, the client has it. Approving twice is harmless.

    `submission` is the one that was read, where the page can tell. The documents are drawn before anything is locked,
    for that takes a second. Raises NotAllowed for anybody whose turn it is not, OwnEstimate, EstimateMovedOn,
    TaskMovedOn where the work is done already, ValidityPassed.
    """
    estimate = Estimate.objects.select_related("task__organisation").get(pk=estimate.pk)
    _require_reviewer(estimate, by)
    if _has_approved(estimate, by):
        return estimate
    drawn = documents.draw(estimate)
    return _approve(estimate, drawn, by=by, at=at, submission=submission)


@at_one_moment()
@transaction.atomic
def give_back(estimate: Estimate, *, reason: str, by: Person, at: datetime) -> Estimate:
    """It is a draft again, and who wrote it reads why.

    Raises NotAllowed, OwnEstimate, EstimateMovedOn, ReasonMissing, ReasonTooLong.
    """
    estimate = life.locked_estimate(estimate)
    _require_reviewer(estimate, by)
    if estimate.state != EstimateState.REVIEWING:
        raise life.EstimateMovedOn
    if not may_give_back(estimate, by):
        raise NotAllowed
    reason = reasoned(reason)
    life.step_estimate(estimate, to=EstimateState.DRAFT)
    if estimate.kind == EstimateKind.FIRST:
        life.step(estimate.task, to=TaskState.ESTIMATING, at=at)
    event = life.note_internally(estimate.task, TaskEventKind.RETURNED, at=at, by=by, reason=reason, facts=_facts(estimate))
    cost_messages.returned(estimate, event)
    return estimate


def let_pass(estimate: Estimate, *, at: datetime) -> Estimate:
    """Let an estimate pass by itself, and the client have it. Where it was acted on meanwhile, that stands."""
    drawn = documents.draw(estimate)
    return _let_pass(estimate, drawn, at=at)


def resume(estimate: Estimate, *, at: datetime) -> bool:
    """Go on with what was handed in when the server stopped: it passes, or whose turn it is hears of it. Whether either came about."""
    if passes_by_itself(estimate):
        return let_pass(estimate, at=at).state == EstimateState.OFFERED
    return _ask(estimate)


def is_known(estimate: Estimate) -> bool:
    """Whether anybody has been asked to review what was handed in last, or has."""
    event = _handing_in(estimate)
    return bool(_approvals(estimate)) or event is None or cost_messages.was_told(estimate, event)


def passes_by_itself(estimate: Estimate) -> bool:
    """Whether the client's account manager has chosen that such a sum of somebody else's needs no look (rule D1)."""
    return estimate.state == EstimateState.REVIEWING and would_pass(estimate, by=estimate.submitted_by)


def would_pass(estimate: Estimate, *, by: Person | None) -> bool:
    """The same of a draft, once `by` has handed it in."""
    organisation = estimate.task.organisation
    manager, limit = organisation.account_manager, terms.limits_of(organisation).passes_below
    if limit is None or estimate.net > limit or takes_two(estimate) or manager == by or manager.pk in authors(estimate):
        return False
    return manager.is_active and manages(manager, organisation)


def takes_two(estimate: Estimate) -> bool:
    """Whether the sum without VAT is above what one account manager approves alone (rule D1)."""
    limit = terms.second_above(estimate.task.organisation)
    return limit is not None and estimate.net > limit


def awaited(estimate: Estimate) -> list[Person]:
    """Who can approve it now: the client's account manager or deputy, then, where it takes two, any other account manager.

    Never who wrote it or handed it in; where that leaves none of the client's own, any account manager does. Nobody
    where it is not under review.
    """
    if estimate.state != EstimateState.REVIEWING:
        return []
    return _awaited(estimate, staff(StaffDuty.ACCOUNT_MANAGER), authors(estimate))


def would_ask(estimate: Estimate, *, by: Person) -> list[Person]:
    """Who would be asked first, once `by` has handed this draft in."""
    wrote = authors(estimate) | {by.pk}
    others = [person for person in staff(StaffDuty.ACCOUNT_MANAGER) if person.pk not in wrote]
    return [person for person in others if _is_own(estimate.task, person)] or others


def authors(estimate: Estimate) -> set[int]:
    """Who began it, wrote in it, or handed it in, by their numbers: none of them reviews it (rule D1)."""
    return _writers([estimate])[estimate.pk]


def may_approve(estimate: Estimate, person: Person) -> bool:
    """Whether it is the turn of `person` to approve it."""
    return person in awaited(estimate)


def may_give_back(estimate: Estimate, person: Person) -> bool:
    """Whether `person` may give it back: whose turn it is, who approved it already, and the client's own account managers."""
    if estimate.state != EstimateState.REVIEWING or not _is_reviewer(person) or person.pk in authors(estimate):
        return False
    return _is_own(estimate.task, person) or person.pk in _approvals(estimate) or may_approve(estimate, person)


def waiting_for(person: Person) -> list[Estimate]:
    """The estimates that wait for the approval of `person`, the first handed in first."""
    if not _is_reviewer(person):
        return []
    managers = list(staff(StaffDuty.ACCOUNT_MANAGER))
    found = Estimate.objects.filter(state=EstimateState.REVIEWING).select_related("task__organisation", "prepared_by", "submitted_by")
    reviewed = list(found.prefetch_related("approvals").order_by("submitted_at", "pk"))
    wrote = _writers(reviewed)
    return [estimate for estimate in reviewed if person in _awaited(estimate, managers, wrote[estimate.pk])]


@at_one_moment()
@transaction.atomic
def _approve(estimate: Estimate, drawn: Drawn, *, by: Person, at: datetime, submission: int | None) -> Estimate:
    estimate = life.locked_estimate(estimate)
    _require_reviewer(estimate, by)
    if _has_approved(estimate, by):
        return estimate
    if estimate.state != EstimateState.REVIEWING or {drawn.submission, submission or drawn.submission} != {estimate.submission}:
        raise life.EstimateMovedOn
    if not may_approve(estimate, by):
        raise NotAllowed
    life.require(estimate.task, *WAITS_WITH[EstimateKind(estimate.kind)])
    if estimate.valid_until is None or estimate.valid_until < local_date(at):
        raise ValidityPassed
    EstimateApproval.objects.create(estimate=estimate, submission=estimate.submission, person=by, at=at)
    event = life.note_internally(estimate.task, TaskEventKind.APPROVED, at=at, by=by, facts=_facts(estimate))
    if takes_two(estimate) and len(_approvals(estimate)) == 1:
        cost_messages.to_review(estimate, event, awaited(estimate))
        return estimate
    return _offer(estimate, drawn, by=by, at=at)


@at_one_moment()
@transaction.atomic
def _let_pass(estimate: Estimate, drawn: Drawn, *, at: datetime) -> Estimate:
    estimate = life.locked_estimate(estimate)
    waits = estimate.task.state in WAITS_WITH[EstimateKind(estimate.kind)]
    if estimate.submission != drawn.submission or not waits or not passes_by_itself(estimate):
        return estimate
    life.note_internally(estimate.task, TaskEventKind.PASSED, at=at, by=None, facts=_facts(estimate))
    return _offer(estimate, drawn, by=None, at=at)


@at_one_moment()
@transaction.atomic
def _ask(estimate: Estimate) -> bool:
    """Ask whose turn it is; under the lock it is looked again whether nobody knows."""
    estimate = life.locked_estimate(estimate)
    event, people = _handing_in(estimate), awaited(estimate)
    if event is None or not people or is_known(estimate):
        return False
    cost_messages.to_review(estimate, event, people)
    return True


def _handing_in(estimate: Estimate) -> TaskEvent | None:
    """The event of its being handed in last."""
    handed_in = TaskEvent.objects.filter(task=estimate.task_id, kind=TaskEventKind.SUBMITTED, facts__estimate=estimate.pk)
    return handed_in.order_by("pk").last()


def _offer(estimate: Estimate, drawn: Drawn, *, by: Person | None, at: datetime) -> Estimate:
    """The client has it: documents kept, the task waits for their answer, the approvers told."""
    documents.keep(estimate, drawn=drawn, at=at)
    life.step_estimate(estimate, to=EstimateState.OFFERED, offered_at=at)
    if estimate.kind == EstimateKind.FIRST:
        life.step(estimate.task, to=TaskState.OFFERED, at=at)
    facts = _facts(estimate) | {"net": str(estimate.net), "total": str(estimate.total)}
    event = life.note(estimate.task, TaskEventKind.OFFERED, at=at, by=by, facts=facts)
    cost_messages.offered(estimate, event)
    return estimate


def _awaited(estimate: Estimate, managers: Iterable[Person], wrote: set[int]) -> list[Person]:
    """Those of all account `managers` whose turn it is, but those who `wrote` it."""
    given = set(_approvals(estimate))
    colleagues = [person for person in managers if person.pk not in wrote | given]
    own = [] if given else [person for person in colleagues if _is_own(estimate.task, person)]
    return own or colleagues


def _require_reviewer(estimate: Estimate, by: Person) -> None:
    """Raises NotAllowed for who is no account manager, OwnEstimate for who wrote it or handed it in."""
    if not _is_reviewer(by):
        raise NotAllowed
    if by.pk in authors(estimate):
        raise OwnEstimate


def _is_reviewer(person: Person) -> bool:
    return person.is_active and has_duty(person, StaffDuty.ACCOUNT_MANAGER)


def _writers(estimates: Sequence[Estimate]) -> dict[int, set[int]]:
    """Who began, wrote in or handed in each of these, by their numbers. One query."""
    found = {estimate.pk: {pk for pk in (estimate.prepared_by_id, estimate.submitted_by_id) if pk} for estimate in estimates}
    written = TaskEvent.objects.filter(kind=TaskEventKind.ESTIMATED, task__in={estimate.task_id for estimate in estimates})
    for facts, person in written.values_list("facts", "by"):
        if person and facts.get("estimate") in found:
            found[facts["estimate"]].add(person)
    return found


def _is_own(task: DeliveryTask, person: Person) -> bool:
    return person.pk in (task.organisation.account_manager_id, task.organisation.deputy_manager_id)


def _approvals(estimate: Estimate) -> list[int]:
    """Who has approved what was handed in last."""
    return [approval.person_id for approval in estimate.approvals.all() if approval.submission == estimate.submission]


def _has_approved(estimate: Estimate, person: Person) -> bool:
    return estimate.state in (EstimateState.REVIEWING, EstimateState.OFFERED) and person.pk in _approvals(estimate)


def _facts(estimate: Estimate) -> dict[str, int]:
    return {"estimate": estimate.pk, "number": estimate.number, "submission": estimate.submission}
