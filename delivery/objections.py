"""The client objects to its case being delivery, and somebody else than the one who judged decides (rule T2).

As long as nothing of the cost is accepted. While an objection waits, the cost can be estimated, and offered: a client who
accepts it agrees that it is delivery, and the objection is given up. Nothing begins without a cost meanwhile. Upheld, the
task goes on; not upheld, it is withdrawn, and the case is back in support as if it had never been closed. The case is
locked before the task.
"""

from datetime import datetime

from django.db import transaction

from cases import life as cases_life
from cases import triage
from cases.models import TriageDecision
from cases.triage import NothingToObjectTo
from core.errors import NotAllowed
from core.once import at_one_moment
from core.reasons import reasoned
from delivery import life, messages, withdrawing
from delivery.models import DeliveryTask, TaskEventKind, TaskState
from people.models import Person

OPEN_TO_OBJECTION = (TaskState.ESTIMATING, TaskState.REVIEWING, TaskState.OFFERED, TaskState.DECLINED)


@at_one_moment()
@transaction.atomic
def object_to(decision: TriageDecision, *, reason: str, by: Person, at: datetime) -> DeliveryTask:
    """The client says that it is support, once, while nothing of the cost is accepted (rule T2).

    Raises NotAllowed, NothingToObjectTo, ReasonMissing, ReasonTooLong.
    """
    task = _locked(decision)
    if not life.may_speak(by, task):
        raise NotAllowed
    if not may_object(task):
        raise NothingToObjectTo
    triage.object_to(decision, reason=reason, by=by, at=at)
    event = life.note(task, TaskEventKind.OBJECTED, at=at, by=by, reason=reasoned(reason))
    messages.happened(task, "objected", event, _busy_with(task))
    return task


@at_one_moment()
@transaction.atomic
def decide(decision: TriageDecision, *, upheld: bool, reason: str, by: Person, at: datetime) -> DeliveryTask:
    """Decide about the objection (rule T2). `upheld`: the task goes on; else it is withdrawn, and the case is support again.

    Raises NotAllowed, ObjectionDecided, DecidesOnOwnJudgement, ReasonMissing, ReasonTooLong.
    """
    task = _locked(decision)
    if upheld:
        triage.uphold(decision, reason=reason, by=by, at=at, goes_on=not task.is_closed)
    else:
        triage.back_to_support(decision, reason=reason, by=by, at=at)
    reason = reasoned(reason)
    event = life.note(task, TaskEventKind.OBJECTION_DECIDED, at=at, by=by, reason=reason, facts={"upheld": upheld})
    if not upheld:
        withdrawing.close(task, reason, by=by, at=at)
    messages.happened(task, "objection_decided", event, _busy_with(task), upheld=upheld)
    return task


def end_by_accepting(task: DeliveryTask, *, by: Person, at: datetime) -> bool:
    """Whoever accepts the cost agrees that it is delivery: an objection that waits is given up (rule T2). Whether one did.

    `task` is locked by the caller, within whose transaction this is.
    """
    if task.decision is None or not triage.agree_by_accepting(task.decision, by=by, at=at):
        return False
    life.note(task, TaskEventKind.OBJECTION_DECIDED, at=at, by=by, facts={"upheld": True, "accepted": True})
    return True


def may_object(task: DeliveryTask) -> bool:
    """Whether the judgement that the task came from can be objected to: once, and while nothing of the cost is accepted."""
    objected = task.decision is None or task.decision.objected_at is not None
    return not objected and task.state in OPEN_TO_OBJECTION and not task.accepted_net and not task.is_free


def waiting(task: DeliveryTask) -> bool:
    """Whether an objection waits for a decision."""
    if task.decision_id is None:
        return False
    return TriageDecision.objects.filter(pk=task.decision_id, objected_at__isnull=False, settled_at=None).exists()


def _locked(decision: TriageDecision) -> DeliveryTask:
    """The task that came of the judgement, as it is now, locked after its case. Raises NothingToObjectTo where none did."""
    cases_life.locked(decision.case)
    found = DeliveryTask.objects.filter(decision=decision.pk).first()
    if found is None:
        raise NothingToObjectTo
    task = life.locked(found)
    task.decision = TriageDecision.objects.get(pk=decision.pk)
    return task


def _busy_with(task: DeliveryTask) -> list[Person]:
    """Ours who should know what becomes of the task: the account manager and the deputy, and whoever has it."""
    return [*messages.managers(task), *([task.assignee] if task.assignee and task.assignee.is_active else [])]
