"""What waits too long in delivery, for the client's yes or for ours (rules: People, T2, T3, D1, D5)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from cases.models import TriageDecision, TriageWay
from clients.models import Organisation
from clients.patience import Patience
from dashboard import delivery_links
from delivery.models import Completion, Estimate, EstimateState


@dataclass(frozen=True)
class Waiting:
    """Something that waits `since` then, at which client: what it is about, what it waits for, and where that is looked at."""

    since: datetime
    client: str
    title: str
    text: str
    url: str


def too_long(clients: QuerySet[Organisation], patience: Patience) -> list[Waiting]:
    """What has waited too long at these clients. As many queries however much it is."""
    found = [*_estimates(clients, patience), *_answers(clients, patience), *_judgements(clients, patience)]
    return [waiting for waiting in found if patience.is_over(waiting.since)]


def _estimates(clients: QuerySet[Organisation], patience: Patience) -> Iterator[Waiting]:
    """Costs that wait for the account manager, for the client's yes, or for the second approver's."""
    waiting = Estimate.objects.filter(state__in=[EstimateState.REVIEWING, EstimateState.OFFERED], task__organisation__in=clients)
    for estimate in waiting.filter(submitted_at__lte=patience.begun_by).select_related("task__organisation", "acceptance").order_by("pk"):
        first = getattr(estimate, "acceptance", None)
        since, text, url = estimate.submitted_at, _("Estimate to review"), delivery_links.review(estimate)
        if estimate.state == EstimateState.OFFERED:
            since = first.at if first else estimate.offered_at
            text = _("Cost to accept by a second approver") if first else _("Cost to accept")
            url = reverse("desk-delivery-task", args=[estimate.task_id])
        if since is not None:
            yield Waiting(since, str(estimate.task.organisation), str(estimate.task), text, url)


def _answers(clients: QuerySet[Organisation], patience: Patience) -> Iterator[Waiting]:
    """Done and told, with the time to answer over: that is as long as it may wait."""
    waiting = Completion.objects.filter(answered_at=None, due_at__lte=patience.at, task__organisation__in=clients)
    for told in waiting.filter(told_at__lte=patience.begun_by).select_related("task__organisation").order_by("pk"):
        url = reverse("desk-delivery-task", args=[told.task_id])
        yield Waiting(told.told_at, str(told.task.organisation), str(told.task), _("Work to accept"), url)


def _judgements(clients: QuerySet[Organisation], patience: Patience) -> Iterator[Waiting]:
    """Objections that nobody has decided, and questions whether credit may be used."""
    decisions = TriageDecision.objects.filter(case__organisation__in=clients).select_related("case__organisation").order_by("pk")
    for decision in decisions.filter(objected_at__lte=patience.begun_by, settled_at=None).select_related("delivery_task"):
        since, url = decision.objected_at or decision.decided_at, delivery_links.objection(decision)
        yield _about(decision, since, _("An objection: support, not delivery"), url)
    asked = decisions.filter(way=TriageWay.SERVER_SUPPORT, answered_at=None, decided_at__lte=patience.begun_by, case__closed_at=None)
    for decision in asked:
        url = reverse("desk-case", args=[decision.case_id])
        yield _about(decision, decision.decided_at, _("A question whether credit may be used"), url)


def _about(decision: TriageDecision, since: datetime, text: str, url: str) -> Waiting:
    return Waiting(since, str(decision.case.organisation), f"#{decision.case_id} {decision.case.subject}", text, url)
