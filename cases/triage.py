"""A case is judged: support, server support or delivery (rules T1 to T3).

Support is help with the services named in the agreement. A change of configuration to them, or in the client's
environment, is delivery, at a cost. `delivery.tasks.open_from_case` and `delivery.objections` call down to here: what
becomes of the case is decided here, and whatever comes of it stands above. The third way is `cases.server_support`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases import ending, life, messages, paging, priorities, words, worklog
from cases.models import Case, CaseEvent, ClosedAs, DeliveryGround, EventKind, State, TriageDecision, TriageWay, Voice
from cases.words import Said
from clients import agreements
from clients.models import AgreedService
from core.errors import DomainError, NotAllowed
from core.once import at_one_moment
from core.reasons import reasoned
from people.models import Person


class QuestionWaits(DomainError):
    """The client was asked whether credit may be used, and has not answered."""

    message = gettext_lazy(
        "The client has been asked whether credit may be used, and has not answered. Take the question back first. Nothing has changed."
    )


class ObjectionWaits(DomainError):
    """The client says that it is support, and nobody has decided about that."""

    message = gettext_lazy("The client objects to this being delivery. Decide about the objection first. Nothing has changed.")


class AlreadyJudged(DomainError):
    """The case was judged so before."""

    message = gettext_lazy("This case has been judged so already. Nothing has changed.")


class VisitIncluded(DomainError):
    """The plan includes visits: one is no delivery (rule S12)."""

    message = gettext_lazy("The plan of this case includes visits: a visit is support, and costs nothing. Nothing has changed.")


class ServiceNotAgreed(DomainError):
    """The agreement in force does not name the service."""

    message = gettext_lazy("The client’s agreement does not name that service now. Nothing has changed.")


class NothingToObjectTo(DomainError):
    """Only a judgement that it is delivery can be objected to, once."""

    message = gettext_lazy(
        "There is nothing to object to here: you have objected before, or the cost has been accepted. Nothing has changed."
    )


class ObjectionDecided(DomainError):
    """An objection is decided once."""

    message = gettext_lazy("This objection has been decided already. Nothing has changed.")


class DecidesOnOwnJudgement(DomainError):
    """Whoever judged does not decide about the objection (rule T2)."""

    message = gettext_lazy("Somebody else than the one who judged decides about the objection. Nothing has changed.")


@dataclass(frozen=True)
class Judgement:
    """Why a case is delivery: on which ground, and in words that the client reads; `service` is the agreed one it is about."""

    ground: DeliveryGround
    reason: str
    service: AgreedService | None = None


def may_judge(person: Person, case: Case) -> bool:
    """Whether `person` may triage: dispatchers, and the client's account manager."""
    return life.may_direct(person, case)


@at_one_moment()
@transaction.atomic
def call_support(case: Case, *, note: str = "", service: AgreedService | None = None, by: Person, at: datetime) -> TriageDecision:
    """It is support (rule T1): the case goes on as it is, and the record says who judged so. The client is told nothing.

    Raises NotAllowed, CaseClosed, QuestionWaits, ObjectionWaits, AlreadyJudged, ServiceNotAgreed, ReasonTooLong.
    """
    case = to_judge(case, service, by=by, at=at)
    reason = reasoned(note.strip() or _("Help with an agreed service."))
    last = latest(case)
    if last is not None and (last.way, last.service, last.reason) == (TriageWay.SUPPORT, service, reason):
        raise AlreadyJudged
    decision = keep(case, TriageWay.SUPPORT, reason, service=service, by=by, at=at)
    life.note_internally(case, EventKind.TRIAGED, at=at, by=by, reason=reason, facts=facts_of(decision))
    return decision


def close_as_delivery(case: Case, judgement: Judgement, *, by: Person, at: datetime, cause: str) -> TriageDecision:
    """Tell the client in the case that it is delivery, and close it with that reason (rule T2). Within the caller's transaction.

    The words count as our answer (rule S4); the minutes worked until then stay support. Raises NotAllowed, CaseClosed,
    QuestionWaits, ObjectionWaits, VisitIncluded, ServiceNotAgreed, ReasonMissing, ReasonTooLong.
    """
    case = to_judge(case, judgement.service, by=by, at=at)
    reason = reasoned(judgement.reason)
    if judgement.ground == DeliveryGround.VISIT and life.terms_of(case).visit_included:
        raise VisitIncluded
    words.end_proposal(case, by=by, at=at)
    told = words.answer(case, Said(reason, told_apart=True), by=by, at=at, cause=f"{cause}:told")
    case = life.locked_open(case)
    decision = keep(case, TriageWay.DELIVERY, reason, ground=judgement.ground, service=judgement.service, by=by, at=at)
    event = life.note(case, EventKind.TRIAGED, at=at, by=by, facts=facts_of(decision))
    ending.close(case, ClosedAs.DELIVERY, by=by, at=at, reason=reason)
    messages.happened(case, "judged_delivery", event, messages.clients(case), message=told, decision=decision, by_person=True)
    return decision


def link_delivery(decision: TriageDecision, *, task: int, at: datetime, by: Person) -> None:
    """The case says which task it became (rule T2)."""
    life.note(decision.case, EventKind.BECAME_DELIVERY, at=at, by=by, facts={"task": task, "decision": decision.pk})


def object_to(decision: TriageDecision, *, reason: str, by: Person, at: datetime) -> TriageDecision:
    """The client says that it is support (rule T2), once. Within the caller's transaction.

    Raises NotAllowed, ReasonMissing, ReasonTooLong, NothingToObjectTo.
    """
    case, decision = locked(decision)
    if not life.may_speak(by, case):
        raise NotAllowed
    reason = reasoned(reason)
    if case.closed_as != ClosedAs.DELIVERY or decision.objected_at is not None or decision != latest(case):
        raise NothingToObjectTo
    _write(decision, objected_at=at, objected_by=by, objection=reason)
    event = life.note(case, EventKind.CALLED_SUPPORT, at=at, by=by, reason=reason, facts={"decision": decision.pk})
    others = [person for person in priorities.directors(case) if person.pk != decision.decided_by_id]
    messages.happened(case, "called_support", event, others, decision=decision)
    return decision


def uphold(decision: TriageDecision, *, reason: str, by: Person, at: datetime, goes_on: bool = True) -> TriageDecision:
    """It is delivery, and the client is told why (rule T2). `goes_on`: whether its task is open. Within the caller's transaction.

    Raises NotAllowed, ReasonMissing, ReasonTooLong, ObjectionDecided, DecidesOnOwnJudgement.
    """
    case, decision = _to_settle(decision, by)
    event = _settle(case, decision, upheld=True, reason=reason, by=by, at=at)
    messages.happened(case, "triage_upheld", event, messages.clients(case), decision=decision, goes_on=goes_on)
    return decision


def back_to_support(decision: TriageDecision, *, reason: str, by: Person, at: datetime) -> TriageDecision:
    """It is support after all (rule T2): the case is open again, and its clocks run as if it had never been closed.

    The time closed counts as used, and a deadline that passed meanwhile is missed. A word of the client's that came
    meanwhile, the objection itself too, starts a response clock where the plan says so (rule S4), from when it came.
    Within the caller's transaction. Raises as `uphold` does.
    """
    case, decision = _to_settle(decision, by)
    closed_at, said_at = case.closed_at, _first_word_since(case, decision)
    _settle(case, decision, upheld=False, reason=reason, by=by, at=at)
    life.step(case, to=State.OPEN, at=at, last_word_at=said_at, last_word_by_client=True)
    resumed = {"decision": decision.pk, "resumed_at": closed_at.isoformat() if closed_at else None}
    event = life.note(case, EventKind.BACK_TO_SUPPORT, at=at, by=by, facts=resumed)
    ending.run_on(case, at=at)
    words.restart_response(case, at=at, said_at=said_at)
    clocks = list(case.clocks.filter(met_at=None, ended_at=None).order_by("due_at", "pk"))
    people = [*messages.clients(case), *messages.ours(case)]
    messages.happened(case, "back_to_support", event, people, decision=decision, clocks=clocks)
    paging.page_if_on_call(case, at=at)
    return decision


def agree_by_accepting(decision: TriageDecision, *, by: Person, at: datetime) -> bool:
    """The client accepts the cost: an objection that still waits is given up, for accepting is agreeing (rule T2).

    Whether one waited. The caller holds the task that came of the case, without which nobody decides; the case is not
    touched, so that whoever holds it is not waited for.
    """
    waiting = TriageDecision.objects.filter(pk=decision.pk, objected_at__isnull=False, settled_at=None)
    return bool(waiting.update(settled_at=at, settled_by=by, settlement=_("The cost was accepted."), upheld=True))


def to_judge(case: Case, service: AgreedService | None = None, *, by: Person, at: datetime) -> Case:
    """The case, locked, for a judgement about `service`.

    Raises NotAllowed, ObjectionWaits, CaseClosed, QuestionWaits, ServiceNotAgreed.
    """
    case = life.locked(case)
    if not may_judge(by, case):
        raise NotAllowed
    if undecided(case):
        raise ObjectionWaits
    if case.state == State.CLOSED:
        raise life.CaseClosed
    if question(case):
        raise QuestionWaits
    if service is not None and service.pk != case.service_id and service not in services_of(case, at=at):
        raise ServiceNotAgreed
    return case


def keep(  # noqa: PLR0913
    case: Case,
    way: TriageWay,
    reason: str,
    *,
    ground: str = "",
    service: AgreedService | None,
    by: Person,
    at: datetime,
) -> TriageDecision:
    """The judgement as it is kept, with what was worked on the case until then."""
    decision = TriageDecision(case=case, way=way, ground=ground, reason=reason, service=service, decided_at=at, decided_by=by)
    decision.support_minutes = worklog.total_minutes(case)
    decision.save(force_insert=True)
    return decision


def facts_of(decision: TriageDecision) -> dict[str, object]:
    """A judgement as the log of the case keeps it."""
    return {"decision": decision.pk, "way": decision.way}


def services_of(case: Case, *, at: datetime) -> Sequence[AgreedService]:
    """The agreed services of the agreement that is in force at `at` (rule T1)."""
    agreement = agreements.in_force(case.organisation, on=agreements.local_date(at))
    return list(agreement.services.order_by("name", "pk")) if agreement else []


def locked(decision: TriageDecision) -> tuple[Case, TriageDecision]:
    """The case as it is now, and the judgement, both locked; the case first."""
    case = life.locked(decision.case)
    current = TriageDecision.objects.select_for_update(of=("self",)).select_related("decided_by", "service").get(pk=decision.pk)
    current.case = case
    return case, current


def latest(case: Case) -> TriageDecision | None:
    """The last judgement of the case."""
    return case.triage_decisions.select_related("service", "decided_by", "objected_by", "settled_by").order_by("pk").last()


def question(case: Case) -> TriageDecision | None:
    """The question whether credit may be used that waits for the client; None where none does (rule T3)."""
    return case.triage_decisions.filter(way=TriageWay.SERVER_SUPPORT, answered_at=None).order_by("pk").last()


def undecided(case: Case) -> TriageDecision | None:
    """The judgement whose objection waits for a decision; None where none does (rule T2)."""
    return case.triage_decisions.filter(objected_at__isnull=False, settled_at=None).order_by("pk").last()


def first_words(case: Case) -> str:
    """What the client wrote first."""
    first = case.messages.filter(voice=Voice.CLIENT).order_by("at", "pk").first()
    return first.text if first else ""


def _to_settle(decision: TriageDecision, by: Person) -> tuple[Case, TriageDecision]:
    case, current = locked(decision)
    if not life.may_direct(by, case):
        raise NotAllowed
    if current.objected_at is None or current.settled_at is not None:
        raise ObjectionDecided
    if by.pk == current.decided_by_id:
        raise DecidesOnOwnJudgement
    return case, current


def _settle(case: Case, decision: TriageDecision, *, upheld: bool, reason: str, by: Person, at: datetime) -> CaseEvent:
    reason = reasoned(reason)
    _write(decision, settled_at=at, settled_by=by, settlement=reason, upheld=upheld)
    return life.note(case, EventKind.TRIAGE_DECIDED, at=at, by=by, reason=reason, facts={"decision": decision.pk, "upheld": upheld})


def _write(decision: TriageDecision, **columns: object) -> None:
    """The columns of a judgement that is locked."""
    for name, value in columns.items():
        setattr(decision, name, value)
    decision.save(update_fields=list(columns))


def _first_word_since(case: Case, decision: TriageDecision) -> datetime | None:
    """When the client first said something after the case was closed as delivery: the objection at the latest."""
    said = case.messages.filter(voice=Voice.CLIENT, at__gt=decision.decided_at).order_by("at").values_list("at", flat=True).first()
    return min(word for word in (said, decision.objected_at) if word is not None)
