"""What is said in a case, and what it does to the clocks (rules S4, S6, S8, S9).

A public answer of ours, by mail or portal, or a logged call, is the first human answer; where the plan says that only
*troubleshooting begun* meets the response, it is not enough (rule S4). A question to the client lets the solution clock
stand still until any word of theirs (rule S6). The same cause again returns the first message.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from cases import assignment, calls, life, merging, messages, priorities, timing
from cases.intake import LONGEST_TEXT, TextTooLong
from cases.models import Case, ClockKind, EventKind, Message, SolutionAnswer, State, Voice, Way
from clients.access import has_duty
from clients.models import MetBy, StaffDuty
from core.errors import DomainError, NotAllowed
from core.once import at_one_moment
from core.reasons import reasoned
from notices.models import IncomingMail
from people.models import Person


class NothingSaid(DomainError):
    """A message has a text."""

    message = _("Please write something. Nothing has been sent.")


class MessageMismatch(DomainError):
    """The same form came with other words before."""

    message = _("This form has sent something else before. Open the page again and write it there. Nothing has been sent.")


class NothingToAnswer(DomainError):
    """The client’s last word has been answered, or needs no answer already."""

    message = _("No word of the client’s waits for an answer. Nothing has changed.")


class AlreadyBegun(DomainError):
    """Troubleshooting has begun before: the response is met once."""

    message = _("Troubleshooting has already begun. Nothing has changed.")


@dataclass(frozen=True)
class Said:
    """A text, how it came or went, and what a mail brought besides: HTML as it came, and the mail itself.

    `told_apart`: whoever says it writes the mail in which it goes out, because that tells more.
    """

    text: str
    way: Way = Way.PORTAL
    html: str = ""
    mail: IncomingMail | None = None
    address: str = ""
    told_apart: bool = False


@at_one_moment()
@transaction.atomic
def answer(case: Case, said: Said, *, by: Person, at: datetime, cause: str) -> Message:
    """Answer the client in public (rules S4, S9). Raises NotAllowed, CaseClosed, NothingSaid, TextTooLong.

    Who answers a case that nobody has, has it (rule S11). The same `cause` with other words: MessageMismatch.
    """
    return _ours(case, said, by=by, at=at, cause=cause, asks=False)


@at_one_moment()
@transaction.atomic
def ask(case: Case, said: Said, *, by: Person, at: datetime, cause: str) -> Message:
    """Answer with a question: the case waits for the client, and the solution clock stands still (rule S6). Raises as `answer`."""
    return _ours(case, said, by=by, at=at, cause=cause, asks=True)


@transaction.atomic
def add_note(case: Case, said: Said, *, by: Person, at: datetime, cause: str) -> Message:
    """Note something for staff only; it never counts as a response (rule S4). Closed cases take notes too.

    Raises NotAllowed, NothingSaid, TextTooLong.
    """
    case = life.locked(case)
    if not life.may_work(by, case):
        raise NotAllowed
    message, fresh = add(case, Voice.NOTE, said, by=by, at=at, cause=cause)
    if fresh:
        life.note_internally(case, EventKind.NOTED, at=at, by=by, facts={"message": message.pk})
    return message


@at_one_moment()
@transaction.atomic
def client_says(case: Case, said: Said, *, by: Person | None, at: datetime, cause: str) -> Message:
    """The client writes (rules S4, S6): whatever waited for them goes on.

    `by` None: somebody whom staff let in, with `said.address`. A word to a closed case is kept and shown to staff; it
    opens nothing by itself. One to a case that was merged is said where that goes on. Raises NotAllowed, NothingSaid,
    TextTooLong.
    """
    case = _where_it_goes_on(case)
    if by is not None and not life.may_speak(by, case):
        raise NotAllowed
    message, fresh = add(case, Voice.CLIENT, said, by=by, at=at, cause=cause)
    if not fresh:
        return message
    life.note(case, EventKind.CLIENT_SAID, at=at, by=by, facts={"message": message.pk})
    goes_on(case, by=by, at=at)
    if not case.last_word_by_client:
        restart_response(case, at=at)
    life.amend(case, last_word_at=at, last_word_by_client=True)
    messages.client_said(case, message, at=at)
    return message


@at_one_moment()
@transaction.atomic
def log_call(case: Case, said: Said, *, by: Person, at: datetime, cause: str) -> Message:
    """Note what was said in a call: it counts as an answer (rule S4), and closes the calls that were due (rules S9, S10).

    In a call the client speaks too: what waited for their word goes on (rule S6), and a priority that a call has to
    confirm stands (rule S2). A call that nobody took is a note. The client reads what was said. Raises NotAllowed,
    CaseClosed, NothingSaid, TextTooLong.
    """
    case = life.locked_open(case)
    if not life.may_work(by, case):
        raise NotAllowed
    message, fresh = add(case, Voice.STAFF, Said(said.text, Way.PHONE), by=by, at=at, cause=cause)
    if fresh:
        life.note(case, EventKind.CALLED, at=at, by=by, facts={"message": message.pk})
        calls.made(case, note=message.text, by=by, at=at)
        answered(case, by=by, at=at)
        assignment.by_answering(case, by=by, at=at)
        goes_on(case, by=by, at=at)
        if case.state == State.NEW:
            life.step(case, to=State.OPEN, at=at)
        priorities.confirm_by_call(case, by=by, at=at)
        life.amend(case, last_word_at=at, last_word_by_client=False)
    return message


@at_one_moment()
@transaction.atomic
def begin_troubleshooting(case: Case, *, by: Person, at: datetime) -> Case:
    """A named technician begins to look into it, and the client is told (rule S4). Raises NotAllowed, CaseClosed, AlreadyBegun."""
    case = life.locked_open(case)
    if not may_begin(by, case):
        raise NotAllowed
    if case.events.filter(kind=EventKind.TROUBLESHOOTING).exists():
        raise AlreadyBegun
    life.note(case, EventKind.TROUBLESHOOTING, at=at, by=by)
    if case.state == State.NEW:
        life.step(case, to=State.OPEN, at=at)
    assignment.by_answering(case, by=by, at=at)
    if life.terms_of(case).response_met_by == MetBy.TROUBLESHOOTING:
        timing.meet(case, ClockKind.RESPONSE, at=at, by=by)
    messages.troubleshooting(case, by=by, at=at)
    return case


def may_begin(person: Person, case: Case) -> bool:
    """Whether `person` may begin to troubleshoot: a technician's act, which the account manager cannot do for them (rule S4)."""
    return life.may_work(person, case) and has_duty(person, StaffDuty.TECHNICIAN, StaffDuty.DISPATCHER)


@transaction.atomic
def no_answer_needed(case: Case, *, by: Person, at: datetime, reason: str) -> Case:
    """The client's last word needs no answer: the clock that it started ends (rule S4).

    The clock that the report started does not: a report needs an answer. Raises NotAllowed, CaseClosed, NothingToAnswer,
    ReasonMissing.
    """
    case = life.locked_open(case)
    if not life.may_work(by, case):
        raise NotAllowed
    if not case.last_word_by_client:
        raise NothingToAnswer
    reason = reasoned(reason)
    ends = [ClockKind.RESPONSE] if _started_anew(case) else []
    timing.end(case, ends, at=at)
    life.note_internally(case, EventKind.NO_ANSWER_NEEDED, at=at, by=by, reason=reason, facts={"ended": ends})
    life.amend(case, last_word_by_client=False)
    return case


def _ours(case: Case, said: Said, *, by: Person, at: datetime, cause: str, asks: bool) -> Message:
    case = life.locked_open(case)
    if not life.may_work(by, case):
        raise NotAllowed
    message, fresh = add(case, Voice.STAFF, said, by=by, at=at, cause=cause)
    if not fresh:
        return message
    life.note(case, EventKind.ANSWERED, at=at, by=by, facts={"message": message.pk, "asks": asks})
    answered(case, by=by, at=at)
    assignment.by_answering(case, by=by, at=at)
    if asks and case.state != State.WAITING:
        end_proposal(case, by=by, at=at)
        life.step(case, to=State.WAITING, at=at)
        timing.pause(case, at=at)
        life.note(case, EventKind.WAITING, at=at, by=by)
    elif case.state == State.NEW:
        life.step(case, to=State.OPEN, at=at)
    life.amend(case, last_word_at=at, last_word_by_client=False)
    calls.after_answer(case, at=at)
    if not said.told_apart:
        messages.answered(case, message, at=at)
    return message


def answered(case: Case, *, by: Person, at: datetime) -> None:
    """A first answer of a person meets the response, where the plan does not ask for more (rule S4).

    A clock that the client's next word started is met by any answer.
    """
    by_answer = life.terms_of(case).response_met_by == MetBy.ANSWER
    if by_answer or case.events.filter(kind=EventKind.TROUBLESHOOTING).exists():
        timing.meet(case, ClockKind.RESPONSE, at=at, by=by)


def end_proposal(case: Case, *, by: Person, at: datetime) -> None:
    """We ask, so it is not the solution yet (rule S11). The waiting for it ended with the client's first word since (rule S6)."""
    solution = case.solutions.filter(answered_at=None).first()
    if solution is None:
        return
    if said_at := merging.first_word(case, since=solution.proposed_at, at=at):
        facts = timing.resume(case, at=said_at)
        life.note(case, EventKind.RESUMED, at=at, by=by, facts=facts)
    withdrawn = {"answered_at": at, "answered_by": by, "answer": SolutionAnswer.WITHDRAWN}
    case.solutions.filter(answered_at=None).update(**withdrawn)


def goes_on(case: Case, *, by: Person | None, at: datetime) -> None:
    """Any word of the client's ends the waiting for it (rule S6), and is not silence (rule S11)."""
    case.solutions.filter(answered_at=None).update(closes_at=None)
    if case.state == State.WAITING:
        life.step(case, to=State.OPEN, at=at)
        facts = timing.resume(case, at=at)
        life.note(case, EventKind.RESUMED, at=at, by=by, facts=facts)


def _started_anew(case: Case) -> bool:
    """Whether the response clock that runs is about a later word of the client's, not about the report (rule S4)."""
    running = timing.running(case).get(ClockKind.RESPONSE)
    return running is not None and timing.counted_from(case, ClockKind.RESPONSE) > case.opened_at


def restart_response(case: Case, *, at: datetime, said_at: datetime | None = None) -> None:
    """The client's next word starts a new response clock where the plan says so; further ones do not move it (rule S4).

    `said_at`: when it came, where that was before `at`.
    """
    restarts = life.terms_of(case).restarts_on_word and case.state != State.CLOSED
    if restarts and ClockKind.RESPONSE not in timing.running(case):
        timing.start_response(case, at=at, said_at=said_at)


def _where_it_goes_on(case: Case) -> Case:
    """The case that the client speaks in, locked: the surviving one, also where it was merged while it was waited for."""
    case = life.locked(merging.surviving(case))
    while case.merged_into_id is not None:
        case = life.locked(merging.surviving(case))
    return case


def add(case: Case, voice: Voice, said: Said, *, by: Person | None, at: datetime, cause: str) -> tuple[Message, bool]:
    """The message, and whether it is new: the same cause brings the first one back."""
    text = said.text.replace("\0", "").strip("\r\n")
    if earlier := Message.objects.filter(cause=cause, case=case).first():
        return _the_same(earlier, voice, text), False
    if not text.strip() and not said.mail:
        raise NothingSaid
    if len(text) > LONGEST_TEXT:
        raise TextTooLong
    message = Message(case=case, voice=voice, way=said.way, author=by, address=said.address, text=text)
    message.html, message.mail, message.at, message.cause = said.html, said.mail, at, cause
    try:
        with transaction.atomic():
            message.save(force_insert=True)
    except IntegrityError:
        if earlier := Message.objects.filter(cause=cause, case=case).first():
            return _the_same(earlier, voice, text), False
        raise
    return message, True


def _the_same(earlier: Message, voice: Voice, text: str) -> Message:
    if (earlier.voice, earlier.text) != (voice, text):
        raise MessageMismatch
    return earlier
