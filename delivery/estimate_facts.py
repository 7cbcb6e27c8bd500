"""What can be done with an estimate now, by whom, and what would follow from it (rule D1)."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from clients import access
from delivery import estimates, life, review
from delivery.estimate_forms import ApproveForm, WhyForm
from delivery.models import DeliveryTask, Estimate, EstimateApproval, EstimateState
from people.models import Person

TONES = {
    EstimateState.DRAFT: "quiet",
    EstimateState.REVIEWING: "held",
    EstimateState.OFFERED: "held",
    EstimateState.ACCEPTED: "credit",
    EstimateState.DECLINED: "owed",
    EstimateState.EXPIRED: "owed",
    EstimateState.SUPERSEDED: "quiet",
    EstimateState.WITHDRAWN: "quiet",
}


def acts(estimate: Estimate, person: Person, *, at: datetime) -> dict[str, Any]:
    """For the page of the estimate: who is waited for, the acts of `person`, and blank forms for them."""
    task = estimate.task
    awaited = review.awaited(estimate)
    is_draft = estimate.state == EstimateState.DRAFT
    writes = is_draft and life.may_work(person, task)
    approves = person in awaited
    return {
        "tone": TONES[EstimateState(estimate.state)],
        "approvals": _approvals(estimate),
        "awaited": awaited,
        "writes": writes,
        "passes": writes and review.would_pass(estimate, by=person),
        "asked": review.would_ask(estimate, by=person) if writes else [],
        "approves": approves,
        "takes_two": review.takes_two(estimate),
        "approvers": list(access.approvers(task.organisation, at=at)) if approves or writes else [],
        "approval": ApproveForm(initial={"submission": estimate.submission}) if approves else None,
        "back": WhyForm(label=_("What is to be mended")) if review.may_give_back(estimate, person) else None,
        "withdraws": estimates.may_withdraw(estimate, person),
        "revises": estimates.may_revise(estimate, person) and _is_last(estimate, task),
    }


def _approvals(estimate: Estimate) -> list[EstimateApproval]:
    """Who has approved what was handed in last."""
    return list(estimate.approvals.filter(submission=estimate.submission).select_related("person").order_by("at", "pk"))


def _is_last(estimate: Estimate, task: DeliveryTask) -> bool:
    """Whether no version has come after it: only the last one leads to another."""
    return not task.estimates.filter(number__gt=estimate.number).exists()
