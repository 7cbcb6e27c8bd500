"""What the pages of a case show of how it was judged, and what can be done about it now (rules T1 to T3).

Possible is what the verbs would not refuse; they decide again.
"""

from typing import Any

from django.db.models import QuerySet

from cases import life, server_support, triage
from cases.models import Case, ClosedAs, EventKind, State, TriageDecision
from clients.access import has_duty
from clients.models import Organisation, StaffDuty
from people.models import Person


def for_client(case: Case, person: Person) -> dict[str, Any]:
    """For the client's page of the case. `task`: the number of the delivery task that it became."""
    decision, is_open = triage.latest(case), case.state != State.CLOSED
    delivered = decision if case.closed_as == ClosedAs.DELIVERY else None
    speaks = life.may_speak(person, case)
    return {
        "delivered": delivered,
        "task": _task(case, delivered) if delivered else None,
        "may_object": speaks and delivered is not None and delivered.objected_at is None,
        "question": triage.question(case) if speaks and is_open else None,
        "may_book": speaks and is_open and server_support.has_consent(case),
        "session": _session(case) if case.closed_as == ClosedAs.SERVER_SUPPORT else None,
    }


def for_staff(case: Case, person: Person) -> dict[str, Any]:
    """For the desk's page of the case: every judgement, the last one first."""
    is_open, judges = case.state != State.CLOSED, triage.may_judge(person, case)
    found = case.triage_decisions.select_related("decided_by", "service", "answered_by", "objected_by", "settled_by").order_by("-pk")
    waiting, objected = triage.question(case), triage.undecided(case)
    last = found.first()
    return {
        "all": list(found),
        "task": _task(case, last) if last else None,
        "question": waiting if is_open else None,
        "may_judge": judges and is_open and waiting is None,
        "may_take_back": judges and is_open and waiting is not None,
        "agreed": is_open and server_support.has_consent(case),
        "is_urgent": is_open and server_support.is_top_priority(case),
        "undecided": objected,
        "may_settle": judges and objected is not None and objected.decided_by_id != person.pk,
    }


def to_settle(person: Person) -> QuerySet[TriageDecision]:
    """The judgements with an objection that waits for a decision that `person` may make, the oldest first: not about their own."""
    waiting = TriageDecision.objects.filter(objected_at__isnull=False, settled_at=None).exclude(decided_by=person)
    if not person.is_active:
        return waiting.none()
    if not has_duty(person, StaffDuty.DISPATCHER):
        waiting = waiting.filter(case__organisation__in=Organisation.objects.managed_by(person).values("pk"))
    return waiting.select_related("case__organisation", "objected_by", "decided_by").order_by("objected_at", "pk")


def _task(case: Case, decision: TriageDecision) -> int | None:
    """The number of the task that the case became by this judgement."""
    became = case.events.filter(kind=EventKind.BECAME_DELIVERY, facts__decision=decision.pk).order_by("pk").last()
    return became.facts["task"] if became else None


def _session(case: Case) -> dict[str, Any] | None:
    """The number and title of the session in which the case goes on."""
    booked = case.events.filter(kind=EventKind.SESSION_BOOKED).order_by("pk").last()
    return booked.facts if booked else None
