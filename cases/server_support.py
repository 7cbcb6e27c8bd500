"""The third way of a case: server support, which the client's prepaid credit pays (rule T3).

Before the first minute of credit the client is told in the case, and says whether credit may be used; what was worked
before is free. While they are asked the case waits for them, and the solution clock stands still (rule S6). Agreed, the
case is closed when a session is booked or unplanned work proposed for it, and goes on there. Who of the client's people
may answer depends on their accounts: `delivery.consent` asks, for cases know nothing of credit.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy

from cases import ending, life, messages, triage, words
from cases.models import Case, ClosedAs, EventKind, State, TriageDecision, TriageWay
from cases.words import Said
from clients import access
from clients.models import AgreedService, Priority
from core.errors import DomainError, NotAllowed
from core.once import at_one_moment
from core.reasons import reasoned
from people.models import Person


class ConsentMissing(DomainError):
    """The client has not agreed to use credit for this case."""

    message = gettext_lazy(
        "The client has not agreed to use credit for this case. Judge it as server support first, and wait for their answer. "
        "Nothing was booked."
    )


class CreditRefused(ConsentMissing):
    """The client has said no to using credit for this case, and has not been asked anew."""

    message = gettext_lazy("The client has refused to use credit for this case. Ask them again before work begins. Nothing was booked.")


class QuestionAnswered(DomainError):
    """The client is asked once, and answers once."""

    message = gettext_lazy("This question has been answered already, or was taken back. Nothing has changed.")


@at_one_moment()
@transaction.atomic
def ask_for_credit(
    case: Case, reason: str, *, service: AgreedService | None = None, by: Person, at: datetime, cause: str
) -> TriageDecision:
    """It is server support: ask the client in the case whether credit may be used (rule T3). The same `cause` returns its question.

    The case waits for them. Raises NotAllowed, CaseClosed, QuestionWaits, ObjectionWaits, AlreadyJudged where they have
    agreed before, ServiceNotAgreed, ReasonMissing, ReasonTooLong.
    """
    case = life.locked(case)
    if found := case.events.filter(kind=EventKind.TRIAGED, facts__cause=cause).first():
        return TriageDecision.objects.get(pk=found.facts["decision"])
    case = triage.to_judge(case, service, by=by, at=at)
    if has_consent(case):
        raise triage.AlreadyJudged
    reason = reasoned(reason)
    asked = words.ask(case, Said(reason, told_apart=True), by=by, at=at, cause=f"{cause}:told")
    decision = triage.keep(case, TriageWay.SERVER_SUPPORT, reason, service=service, by=by, at=at)
    facts = triage.facts_of(decision) | {"cause": cause}
    event = life.note(case, EventKind.TRIAGED, at=at, by=by, facts=facts)
    people = [*messages.clients(case), *access.approvers(case.organisation, at=at)]
    messages.happened(case, "credit_asked", event, people, message=asked, decision=decision, by_person=True)
    return decision


@at_one_moment()
@transaction.atomic
def answer_credit(decision: TriageDecision, *, agreed: bool, by: Person, at: datetime, reason: str = "") -> TriageDecision:
    """The client says whether credit may be used (rule T3): a word of theirs, with which the case goes on (rule S6).

    The same answer of the same person again changes nothing. Raises NotAllowed, CaseClosed, QuestionAnswered, ReasonTooLong.
    """
    case, decision = _locked(decision)
    if not life.may_speak(by, case):
        raise NotAllowed
    if decision.answered_at is not None:
        if (decision.agreed, decision.answered_by_id) == (agreed, by.pk):
            return decision
        raise QuestionAnswered
    if case.state == State.CLOSED:
        raise life.CaseClosed
    said = reasoned(reason) if reason.strip() else ""
    _answer(decision, agreed=agreed, by=by, at=at)
    kind = EventKind.CREDIT_AGREED if agreed else EventKind.CREDIT_REFUSED
    event = life.note(case, kind, at=at, by=by, reason=said, facts={"decision": decision.pk})
    words.goes_on(case, by=by, at=at)
    if not case.last_word_by_client:
        words.restart_response(case, at=at)
    life.amend(case, last_word_at=at, last_word_by_client=True)
    asking = [decision.decided_by] if access.is_provider_staff(decision.decided_by) and decision.decided_by.is_active else []
    messages.happened(case, "credit_answered", event, [*messages.ours(case), *asking], decision=decision)
    return decision


@at_one_moment()
@transaction.atomic
def take_back_question(decision: TriageDecision, *, reason: str, by: Person, at: datetime) -> TriageDecision:
    """We need no credit for it after all, or not yet: the question is taken back, and the case goes on (rules S6, T3).

    Raises NotAllowed, CaseClosed, QuestionAnswered, ReasonMissing, ReasonTooLong.
    """
    case, decision = _locked(decision)
    if not triage.may_judge(by, case):
        raise NotAllowed
    if decision.answered_at is not None:
        raise QuestionAnswered
    if case.state == State.CLOSED:
        raise life.CaseClosed
    reason = reasoned(reason)
    _answer(decision, agreed=False, by=by, at=at)
    event = life.note(case, EventKind.CREDIT_REFUSED, at=at, by=by, reason=reason, facts={"decision": decision.pk, "taken_back": True})
    words.goes_on(case, by=by, at=at)
    messages.happened(case, "credit_question_taken_back", event, messages.clients(case), decision=decision)
    return decision


def has_consent(case: Case) -> bool:
    """Whether the case is judged as server support, and the client has agreed to use credit (rule T3)."""
    last = triage.latest(case)
    return last is not None and last.way == TriageWay.SERVER_SUPPORT and last.agreed is True


def has_refused(case: Case) -> bool:
    """Whether the client was asked last whether credit may be used, and said no. A question that we took back is no refusal."""
    last = triage.latest(case)
    if last is None or last.way != TriageWay.SERVER_SUPPORT or last.agreed is not False:
        return False
    return not any(event.facts.get("taken_back") for event in case.events.filter(kind=EventKind.CREDIT_REFUSED, facts__decision=last.pk))


def require_consent(case: Case, *, by: Person) -> Case:
    """The case, locked, for a session that `by` books or work that they propose (rule T3). Within the caller's transaction.

    A client who books for their own case agrees by booking. Raises CaseClosed, ConsentMissing.
    """
    case = _goes_on_there(case)
    if not (life.may_speak(by, case) or has_consent(case)):
        raise ConsentMissing
    return case


def require_urgency(case: Case, *, by: Person) -> Case:
    """The same for urgent work: under the top priority the client is asked meanwhile (rule R8), unless they have said no.

    Raises as `require_consent`, and CreditRefused.
    """
    case = _goes_on_there(case)
    if has_refused(case):
        raise CreditRefused
    return case if is_top_priority(case) else require_consent(case, by=by)


def is_top_priority(case: Case) -> bool:
    """Whether none is higher than the one that the case has."""
    return not Priority.objects.filter(number__lt=case.priority).exists()


def goes_on_in(session: int, case: Case, *, title: str, by: Person, at: datetime) -> None:
    """The case, locked, goes on in the session of this number, and is closed as server support (rule T3). Within the caller's transaction.

    Whoever books for the client has answered a question that still waited.
    """
    facts = {"session": session, "title": title}
    if life.may_speak(by, case):
        if (waiting := triage.question(case)) is not None:
            _answer(waiting, agreed=True, by=by, at=at)
            facts["decision"] = waiting.pk
        life.note(case, EventKind.CREDIT_AGREED, at=at, by=by, facts=facts)
    event = life.note(case, EventKind.SESSION_BOOKED, at=at, by=by, facts={"session": session, "title": title})
    if case.state != State.CLOSED:
        ending.close(case, ClosedAs.SERVER_SUPPORT, by=by, at=at, facts={"session": session})
        people = [person for person in [*messages.clients(case), *messages.ours(case)] if person.pk != by.pk]
        messages.happened(case, "server_support", event, people, title=title, until=ending.reopen_until(case))


def _goes_on_there(case: Case) -> Case:
    """The case, locked: open, or one that goes on as server support already. Raises CaseClosed."""
    case = life.locked(case)
    if case.state == State.CLOSED and case.closed_as != ClosedAs.SERVER_SUPPORT:
        raise life.CaseClosed
    return case


def _locked(decision: TriageDecision) -> tuple[Case, TriageDecision]:
    """The case as it is now, and the question, both locked; the case first."""
    case, current = triage.locked(decision)
    if current.way != TriageWay.SERVER_SUPPORT:
        raise QuestionAnswered
    return case, current


def _answer(decision: TriageDecision, *, agreed: bool, by: Person, at: datetime) -> None:
    decision.answered_at, decision.answered_by, decision.agreed = at, by, agreed
    decision.save(update_fields=["answered_at", "answered_by", "agreed"])
