"""What time does to an estimate that the client has: reminders, others who are asked, and its end (rules D1, D2; People).

Every job takes the instant, acts on each estimate in a transaction of its own, does nothing the second time, and returns
how many it acted on. Late is harmless, and so are two at once: each looks again at the locked row.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet

from clients import access
from clients.agreements import local_date
from clients.models import Organisation
from clients.patience import Patience
from core.batches import each
from delivery import acceptance, acceptance_messages, answerable, life, messages, review, terms
from delivery.models import Acceptance, Estimate, EstimateKind, EstimateState, TaskEventKind, TaskState
from notices import outbox
from people.models import Person

STOPPED = timedelta(minutes=5)
"""Nothing that is handed in takes as long to pass by itself."""
SEEN_WITH = ("task__organisation", "submitted_by", "acceptance__person", "acceptance__account")


def let_pass_due(at: datetime) -> int:
    """Go on with estimates that were handed in when the server stopped, so that nobody has been told of them (rule D1)."""
    found = Estimate.objects.filter(state=EstimateState.REVIEWING, submitted_at__lte=at - STOPPED)
    listed = [estimate for estimate in found.select_related(*SEEN_WITH).order_by("submitted_at", "pk") if not review.is_known(estimate)]
    return each(listed, lambda estimate: review.resume(estimate, at=at))


def expire_due(at: datetime) -> int:
    """Close the estimates whose last day is over (rule D1). A first one's task is to be estimated again."""
    over = Estimate.objects.filter(state=EstimateState.OFFERED, valid_until__lt=local_date(at))
    return each(over.order_by("valid_until", "pk"), lambda estimate: _expire(estimate, at))


def remind_due(at: datetime) -> int:
    """Remind approvers and account managers of what expires soon (*setting*), once for each of the terms' days.

    What was past when the estimate was sent is not made up for; after a standstill only the reminder nearest to the end
    goes out.
    """
    days, today = _reminder_days(), local_date(at)
    if not days:
        return 0
    soon = Estimate.objects.filter(state=EstimateState.OFFERED, valid_until__gte=today, valid_until__lte=today + timedelta(days=max(days)))
    listed = soon.select_related("task").order_by("valid_until", "pk")
    due = {estimate: found for estimate in listed if (found := _due_reminder(estimate, days, at=at)) is not None}
    causes = {estimate: _written(estimate, acceptance_messages.reminder_cause(estimate, found)) for estimate, found in due.items()}
    told = outbox.written(causes.values())
    return each([estimate for estimate, cause in causes.items() if cause not in told], lambda estimate: _remind(estimate, at))


def escalate(at: datetime) -> int:
    """Ask others about what has waited too long, once for each (rules: People)."""
    patience = Patience.of_provider(at=at)
    waiting = {estimate: _written(estimate, _waiting_cause(estimate)) for estimate in waiting_too_long(patience)}
    told = outbox.written(waiting.values())
    return each([estimate for estimate, cause in waiting.items() if cause not in told], lambda estimate: _ask_others(estimate, patience))


def waiting_too_long(patience: Patience, *, clients: QuerySet[Organisation] | None = None) -> list[Estimate]:
    """Estimates that have waited too long for the account manager or for the client, the oldest first; of all, or of `clients`."""
    begun = Q(state=EstimateState.REVIEWING, submitted_at__lte=patience.begun_by)
    begun |= Q(state=EstimateState.OFFERED, offered_at__lte=patience.begun_by, valid_until__gte=local_date(patience.at))
    found = Estimate.objects.filter(begun)
    if clients is not None:
        found = found.filter(task__organisation__in=clients)
    listed = found.select_related(*SEEN_WITH).order_by(F("submitted_at").asc(), "pk")
    return [estimate for estimate in listed if (since := waits_since(estimate)) and patience.is_over(since)]


def waits_since(estimate: Estimate) -> datetime | None:
    """Since when the estimate has waited for whoever has it now: the account manager, an approver, or the second one."""
    if estimate.state == EstimateState.REVIEWING:
        return estimate.submitted_at
    if estimate.state != EstimateState.OFFERED:
        return None
    first = _first(estimate)
    return first.at if first else estimate.offered_at


@transaction.atomic
def _expire(estimate: Estimate, at: datetime) -> bool:
    estimate = life.locked_estimate(estimate)
    if estimate.state != EstimateState.OFFERED or not answerable.is_over(estimate, at=at):
        return False
    life.step_estimate(estimate, to=EstimateState.EXPIRED, closed_at=at)
    if estimate.kind == EstimateKind.FIRST:
        life.step(estimate.task, to=TaskState.ESTIMATING, at=at)
    facts = {"estimate": estimate.pk, "number": estimate.number, "last_on": answerable.last_day(estimate).isoformat()}
    acceptance_messages.expired(estimate, life.note(estimate.task, TaskEventKind.EXPIRED, at=at, by=None, facts=facts))
    return True


@transaction.atomic
def _remind(estimate: Estimate, at: datetime) -> bool:
    """Under the lock everything is asked again: it may have been answered, or another loop been quicker."""
    estimate = life.locked_estimate(estimate)
    days = _due_reminder(estimate, _reminder_days(), at=at)
    if days is None:
        return False
    cause = acceptance_messages.reminder_cause(estimate, days)
    if outbox.written([_written(estimate, cause)]):
        return False
    acceptance_messages.remind(estimate, _asked(estimate, at=at), cause=cause, at=at)
    life.note(estimate.task, TaskEventKind.REMINDED, at=at, by=None, facts={"estimate": estimate.pk, "days": days})
    return True


@transaction.atomic
def _ask_others(estimate: Estimate, patience: Patience) -> bool:
    estimate, at = life.locked_estimate(estimate), patience.at
    since, cause = waits_since(estimate), _waiting_cause(estimate)
    if since is None or not patience.is_over(since) or outbox.written([_written(estimate, cause)]):
        return False
    ours = _deputies_of_ours(estimate)
    if estimate.state == EstimateState.REVIEWING:
        acceptance_messages.waits_for_review(estimate, ours, cause=cause, at=at)
    elif not answerable.is_over(estimate, at=at):
        acceptance_messages.waits_for_client(estimate, clients=_stand_ins(estimate, at=at), ours=ours, cause=cause, at=at)
    return bool(outbox.written([_written(estimate, cause)]))


def _due_reminder(estimate: Estimate, days: Iterable[int], *, at: datetime) -> int | None:
    """Which of the reminders is due at `at`, in days before the last one; None where none is."""
    if estimate.state != EstimateState.OFFERED or estimate.offered_at is None or answerable.is_over(estimate, at=at):
        return None
    last, today, sent_on = answerable.last_day(estimate), local_date(at), local_date(estimate.offered_at)
    return min((before for before in days if sent_on < last - timedelta(days=before) <= today), default=None)


def _reminder_days() -> list[int]:
    """Days before the last one, by the terms in force; none before a profile with delivery is loaded."""
    found = terms.offered()
    return [days for days in found.reminder_days if days > 0] if found else []


def _asked(estimate: Estimate, *, at: datetime) -> list[Person]:
    """Whose answer it waits for: approvers and their deputies, or who can give the second yes."""
    first = _first(estimate)
    return acceptance.seconds(first, at=at) if first else messages.approvers(estimate.task, at=at)


def _stand_ins(estimate: Estimate, *, at: datetime) -> list[Person]:
    """Of those whom it waits for the deputies in force; all of them where there are none."""
    asked = _asked(estimate, at=at)
    lent = {voice.person for voice in access.voices([estimate.task.organisation_id], at=at) if voice.person.pk != voice.approver_id}
    return [person for person in asked if person in lent] or asked


def _deputies_of_ours(estimate: Estimate) -> list[Person]:
    """The deputy account manager; whoever manages the client where there is none."""
    ours = messages.managers(estimate.task)
    return [person for person in ours if person.pk == estimate.task.organisation.deputy_manager_id] or ours


def _first(estimate: Estimate) -> Acceptance | None:
    """The first yes of two, where it is there. No query where it was read with the estimate."""
    found: Acceptance | None = getattr(estimate, "acceptance", None)
    return found if found and found.completed_at is None else None


def _waiting_cause(estimate: Estimate) -> str:
    """Names what it waits for: a review of what was handed in, the first yes, or the second."""
    if estimate.state == EstimateState.REVIEWING:
        return f"estimate:{estimate.pk}:waits:review:{estimate.submission}"
    return f"estimate:{estimate.pk}:waits:{'second' if _first(estimate) else 'answer'}"


def _written(estimate: Estimate, cause: str) -> str:
    return acceptance_messages.written_cause(estimate.task, cause)
