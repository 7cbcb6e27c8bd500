"""A solution is proposed, and the client approves it, or not (rule S11).

While it waits the solution clock stands still. Approved, the target was met when it was proposed; refused, the clock
runs on from the client's first word since. Silence closes a case only where the plan allows it.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cases import assignment, calls, ending, life, merging, messages, paging, timing, words
from cases.models import Case, Clock, ClockKind, ClosedAs, EventKind, Solution, SolutionAnswer, State, Voice
from cases.words import Said
from clients import provider
from core.errors import DomainError, NotAllowed
from core.once import at_one_moment
from core.reasons import reasoned
from people.models import Person


class SolutionAnswered(DomainError):
    """A solution is answered once."""

    message = _("This solution has been answered already. Nothing has changed.")


class AlreadyProposed(DomainError):
    """One solution at a time."""

    message = _("A solution waits for the client’s answer already. Nothing has changed; withdraw it first.")


class NotClosed(DomainError):
    """Only a closed case is reopened."""

    message = _("This case is open. Nothing has changed.")


class ReopenedElsewhere(DomainError):
    """The case goes on somewhere else."""

    message = _("This case goes on elsewhere, and is not reopened here. Nothing has changed.")


class TooLateToReopen(DomainError):
    """The time for reopening has passed."""

    message = _("It is too late to reopen this case. Nothing has changed; please report a new one.")


@at_one_moment()
@transaction.atomic
def propose(case: Case, said: Said, *, by: Person, at: datetime, cause: str) -> Solution:
    """Propose a solution to the client (rule S11): it is an answer, and the solution clock stands still until theirs.

    Who proposes one to a case that nobody has, has it from then on.

    The same cause again returns the first; with another text: MessageMismatch. Raises NotAllowed, CaseClosed,
    AlreadyProposed, NothingSaid, TextTooLong.
    """
    case = life.locked_open(case)
    if not life.may_work(by, case):
        raise NotAllowed
    message, fresh = words.add(case, Voice.STAFF, said, by=by, at=at, cause=cause)
    if not fresh and (earlier := case.solutions.order_by("pk").last()):
        return earlier
    if case.state == State.PROPOSED:
        raise AlreadyProposed
    solution = Solution(case=case, text=message.text, proposed_at=at, proposed_by=by)
    solution.remind_at, solution.closes_at = _next_reminder(case, at), _silence(case, at)
    solution.save(force_insert=True)
    words.answered(case, by=by, at=at)
    assignment.by_answering(case, by=by, at=at)
    life.step(case, to=State.PROPOSED, at=at, last_word_at=at, last_word_by_client=False)
    timing.pause(case, at=at)
    event = life.note(case, EventKind.PROPOSED, at=at, by=by, facts={"solution": solution.pk, "message": message.pk})
    messages.happened(case, "solution_proposed", event, messages.clients(case), solution=solution)
    return solution


@at_one_moment()
@transaction.atomic
def approve(solution: Solution, *, by: Person, at: datetime) -> Case:
    """The client approves: the target was met when it was proposed, and the case is closed as solved (rule S11).

    Any of the client's people may. Raises NotAllowed, CaseClosed, SolutionAnswered.
    """
    case = _locked(solution)
    if not life.may_speak(by, case):
        raise NotAllowed
    _answer(solution, SolutionAnswer.APPROVED, by=by, at=at)
    timing.meet(case, ClockKind.SOLUTION, at=at, by=by, met_at=solution.proposed_at)
    life.note(case, EventKind.APPROVED, at=at, by=by, facts={"solution": solution.pk})
    event = ending.close(case, ClosedAs.SOLVED, by=by, at=at)
    messages.happened(case, "solution_approved", event, [*messages.ours(case), *messages.clients(case)], solution=solution)
    return case


@at_one_moment()
@transaction.atomic
def refuse(solution: Solution, *, reason: str, by: Person, at: datetime) -> Case:
    """The client says why it is no solution: the case goes on, and so does the clock (rules S6, S11).

    Raises NotAllowed, CaseClosed, SolutionAnswered, ReasonMissing, ReasonTooLong.
    """
    case = _locked(solution)
    if not life.may_speak(by, case):
        raise NotAllowed
    reason = reasoned(reason)
    _goes_on(case, solution, SolutionAnswer.REFUSED, EventKind.REFUSED, reason=reason, by=by, at=at)
    if not case.last_word_by_client:
        words.restart_response(case, at=at)
    life.amend(case, last_word_at=at, last_word_by_client=True)
    calls.after_answer(case, at=at)
    return case


@at_one_moment()
@transaction.atomic
def withdraw_proposal(solution: Solution, *, reason: str, by: Person, at: datetime) -> Case:
    """We take the proposed solution back: the case goes on. Raises NotAllowed, CaseClosed, SolutionAnswered, ReasonMissing."""
    case = _locked(solution)
    if not life.may_work(by, case):
        raise NotAllowed
    reason = reasoned(reason)
    _goes_on(case, solution, SolutionAnswer.WITHDRAWN, EventKind.RESUMED, reason=reason, by=by, at=at)
    return case


@at_one_moment()
@transaction.atomic
def remind(solution: Solution, *, at: datetime) -> bool:
    """Remind the client of a solution that waits for their answer (rule S11). False where it no longer does, or not yet.

    Nobody is reminded of what silence closes at the same time.
    """
    case = life.locked(solution.case)
    current = Solution.objects.get(pk=solution.pk)
    if current.closes_at is not None and current.closes_at <= at:
        return False
    due = Solution.objects.filter(pk=solution.pk, answered_at=None, remind_at__lte=at)
    if case.state != State.PROPOSED or not due.update(remind_at=_next_reminder(case, at)):
        return False
    event = life.note(case, EventKind.REMINDED, at=at, by=None, facts={"solution": solution.pk})
    messages.happened(case, "solution_reminder", event, messages.clients(case), solution=current)
    return True


@at_one_moment()
@transaction.atomic
def close_silent(solution: Solution, *, at: datetime) -> bool:
    """Close the case as solved where the plan lets silence do so, and its date has come (rule S11). False where not."""
    case = life.locked(solution.case)
    current = Solution.objects.get(pk=solution.pk)
    due = current.answered_at is None and current.closes_at is not None and current.closes_at <= at
    if case.state != State.PROPOSED or not due:
        return False
    _answer(current, SolutionAnswer.SILENCE, by=None, at=at)
    timing.meet(case, ClockKind.SOLUTION, at=at, by=None, met_at=current.proposed_at)
    event = ending.close(case, ClosedAs.SILENCE, by=None, at=at)
    messages.happened(case, "closed_by_silence", event, [*messages.ours(case), *messages.clients(case)], until=ending.reopen_until(case))
    return True


@at_one_moment()
@transaction.atomic
def withdraw(case: Case, *, reason: str, by: Person, at: datetime) -> Case:
    """The client needs no answer any more: the case is closed as withdrawn. Raises NotAllowed, CaseClosed, ReasonMissing."""
    case = life.locked_open(case)
    if not life.may_speak(by, case):
        raise NotAllowed
    reason = reasoned(reason)
    event = ending.close(case, ClosedAs.WITHDRAWN, by=by, at=at, reason=reason)
    messages.happened(case, "withdrawn", event, messages.ours(case))
    return case


@at_one_moment()
@transaction.atomic
def reopen(case: Case, *, reason: str, by: Person, at: datetime) -> Case:
    """The client reopens a closed case, with its clocks as they were: closed time does not count (rule S11).

    Whoever is on call for its target is paged again (rule S18).

    Raises NotAllowed, NotClosed, ReopenedElsewhere, TooLateToReopen, ReasonMissing, ReasonTooLong.
    """
    case = life.locked(case)
    if not life.may_speak(by, case):
        raise NotAllowed
    if case.state != State.CLOSED:
        raise NotClosed
    until = ending.reopen_until(case)
    if until is None:
        raise ReopenedElsewhere
    if at > until:
        raise TooLateToReopen
    reason = reasoned(reason)
    life.step(case, to=State.OPEN, at=at, last_word_at=at, last_word_by_client=True)
    event = life.note(case, EventKind.REOPENED, at=at, by=by, reason=reason, facts={"resumed_at": at.isoformat()})
    ending.restore(case, at=at)
    words.restart_response(case, at=at)
    messages.happened(case, "reopened", event, messages.ours(case))
    paging.page_if_on_call(case, at=at)
    return case


def open_solution(case: Case) -> Solution | None:
    """The solution that waits for the client's answer; None where none does."""
    return case.solutions.filter(answered_at=None).first()


def _locked(solution: Solution) -> Case:
    """The case, locked. Raises CaseClosed."""
    return life.locked_open(solution.case)


def _answer(solution: Solution, answer: SolutionAnswer, *, by: Person | None, at: datetime, reason: str = "") -> None:
    """Answered once. Raises SolutionAnswered."""
    columns = {"answered_at": at, "answered_by": by, "answer": answer, "reason": reason}
    if not Solution.objects.filter(pk=solution.pk, answered_at=None).update(**columns):
        raise SolutionAnswered


def _goes_on(  # noqa: PLR0913
    case: Case, solution: Solution, answer: SolutionAnswer, kind: EventKind, *, reason: str, by: Person, at: datetime
) -> None:
    """The case goes on from the client's first word since the proposal: that ended the waiting (rule S6)."""
    _answer(solution, answer, by=by, at=at, reason=reason)
    life.step(case, to=State.OPEN, at=at)
    facts = timing.resume(case, at=merging.first_word(case, since=solution.proposed_at, at=at) or at)
    event = life.note(case, kind, at=at, by=by, reason=reason, facts={"solution": solution.pk, **facts})
    refused = answer == SolutionAnswer.REFUSED
    people = messages.ours(case) if refused else messages.clients(case)
    due = Clock.objects.filter(case=case, kind=ClockKind.SOLUTION, met_at=None, ended_at=None).first()
    messages.happened(case, "solution_refused" if refused else "solution_withdrawn", event, people, solution=solution, clock=due)


def _next_reminder(case: Case, at: datetime) -> datetime | None:
    days = life.terms_of(case).solution_reminder_days
    return provider.working_days().add(at, days) if days else None


def _silence(case: Case, at: datetime) -> datetime | None:
    """When silence closes the case; None where the plan does not allow it."""
    days = life.terms_of(case).silence_closes_after_days
    return None if days is None else provider.working_days().add(at, days)
