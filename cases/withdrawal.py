"""The client takes a case back: it needs no answer any more (rule S1)."""

from datetime import datetime

from django.db import transaction

from cases import life, messages, timing
from cases.models import CallTask, Case, ClockKind, ClosedAs, EventKind, SolutionAnswer, State
from core.errors import NotAllowed
from people.models import Person


@transaction.atomic
def withdraw(case: Case, *, reason: str, by: Person, at: datetime) -> Case:
    """Close the case as withdrawn by its client. Its clocks end; a deadline that has passed stays recorded (rule S7).

    Calls that were due and a solution that waited are needed no more. Raises NotAllowed, CaseClosed, ReasonMissing,
    ReasonTooLong.
    """
    case = life.locked_open(case)
    if not life.may_speak(by, case):
        raise NotAllowed
    reason = life.reasoned(reason)
    timing.end(case, list(ClockKind), at=at)
    case.solutions.filter(answered_at=None).update(answered_at=at, answered_by=by, answer=SolutionAnswer.WITHDRAWN, reason=reason)
    CallTask.objects.filter(case=case, closed_at=None).update(closed_at=at, closed_by=by)
    life.step(case, to=State.CLOSED, at=at, closed_as=ClosedAs.WITHDRAWN, last_word_at=at, last_word_by_client=True)
    event = life.note(case, EventKind.CLOSED, at=at, by=by, reason=reason, facts={"as": ClosedAs.WITHDRAWN})
    told = [person for person in [*messages.ours(case), *messages.clients(case)] if person != by]
    messages.happened(case, "withdrawn", event, told)
    return case
