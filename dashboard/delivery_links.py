"""Where what waits in delivery is looked at and answered: the one place that knows these addresses."""

from django.urls import reverse

from cases.models import TriageDecision
from delivery.models import Completion, Estimate


def review(estimate: Estimate) -> str:
    """Where an account manager approves an estimate or gives it back (rule D1)."""
    return reverse("desk-delivery-estimate", args=[estimate.pk])


def objection(decision: TriageDecision) -> str:
    """Where somebody else decides about the client's objection (rule T2)."""
    return reverse("desk-delivery-objection", args=[decision.delivery_task.pk])


def acceptance(estimate: Estimate) -> str:
    """Where an approver of the client's accepts an estimate or declines it (rule D1)."""
    return reverse("delivery-estimate", args=[estimate.pk])


def completion(told: Completion, *, decides: bool) -> str:
    """Where the client accepts what was done, or lists faults (rule D5); who does not decide about it looks at the task."""
    return reverse("delivery-completion" if decides else "delivery-task", args=[told.task_id])


def credit_question(decision: TriageDecision) -> str:
    """Where the client says whether credit may be used (rule T3)."""
    return reverse("delivery-credit", args=[decision.case_id])
