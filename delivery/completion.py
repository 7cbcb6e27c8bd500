"""Done, and accepted as done: told by the account manager, accepted by the client or answered with faults (rule D5).

The client has so many working days. What nobody disputes is invoiced; a fault is mended free of charge, and then it is told
anew. An answer is given once: on the page by an approver, or by phone or mail and recorded by the account manager with its
evidence. Silence accepts only where the terms said so when it was told (rule P3).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from djmoney.money import Money

from clients import provider
from core.batches import each
from core.errors import DomainError, NotAllowed
from core.formatting import money as formatted
from core.once import at_one_moment
from core.reasons import LONGEST_REASON, reasoned
from delivery import billing, life, messages, terms
from delivery.models import (
    LIVE,
    AcceptedBy,
    Completion,
    DeliveryTask,
    Fault,
    TaskEventKind,
    TaskState,
)
from delivery.money import CENT
from people.models import Person

LONGEST_WORDS = 5_000
MOST_FAULTS = 50


class EstimateWaits(DomainError):
    """An estimate of the task is still written, reviewed or waited for."""

    message = _("An estimate of this task is not settled yet. Take it back or have it answered first. Nothing has changed.")


class FaultsLeft(DomainError):
    """The client listed faults that are not mended yet."""

    message = _("Faults that the client listed are not mended yet. Nothing has changed.")


class NothingTold(DomainError):
    """The client is told what was delivered."""

    message = _("Say what was delivered, in 5,000 characters at most: the client reads it. Nothing has changed.")


class CompletionAnswered(DomainError):
    """What is done is answered once."""

    message = _("This has been answered already. Nothing has changed; look at it again.")


class SumChanged(DomainError):
    """What is to be invoiced is not what was shown."""

    message = _("What is to be invoiced has changed meanwhile; the new sum is shown. Nothing was accepted.")


class NoFaults(DomainError):
    """No fault was named, or more than anybody reads."""

    message = _("Name at least one fault, and at most 50. Nothing has changed.")


class FaultRefused(DomainError):
    """A fault says nothing, too much, or holds back a sum that is none."""

    def __init__(self, position: int) -> None:
        super().__init__(position)
        self.position = position

    @property
    def message(self) -> str:
        """Which one."""
        said = _("Fault %(number)s needs a text of 500 characters at most, and a sum of zero or more. Nothing has changed.")
        return said % {"number": self.position}


class HeldBackTooMuch(DomainError):
    """More is held back than is left to invoice."""

    def __init__(self, left: Money) -> None:
        super().__init__(left)
        self.left = left

    @property
    def message(self) -> str:
        """What is left."""
        return _("At most %(left)s can be held back: that is what is left to invoice. Nothing has changed.") % {
            "left": formatted(self.left)
        }


class FaultMended(DomainError):
    """A fault is mended once."""

    message = _("This fault has been mended already. Nothing has changed.")


class EvidenceMissing(DomainError):
    """An answer that was not given on the page is recorded with what proves it."""

    message = _("Write down what was said or written, and when: it is the evidence. Nothing has changed.")


class NotAnApprover(DomainError):
    """Whoever answered does not decide for the client."""

    message = _("This person does not decide for the client. Nothing has changed.")


@dataclass(frozen=True)
class FaultSaid:
    """What the client finds wrong, and the net sum that they hold back for it."""

    text: str
    held_back: Decimal = Decimal(0)


@dataclass(frozen=True)
class AnswerGiven:
    """An answer by phone or mail: who gave it, how, what proves it, and the faults; none: it is accepted as done."""

    person: Person
    way: AcceptedBy
    evidence: str
    faults: Sequence[FaultSaid] = ()


@dataclass(frozen=True)
class _Answer:
    """Who answered when, and how it reached us."""

    by: Person | None
    at: datetime
    way: str = ""
    recorded_by: Person | None = None
    evidence: str = ""

    @property
    def actor(self) -> Person | None:
        """Who did it here: for the record, and to be told of nothing that they did themselves."""
        return self.recorded_by or self.by


@at_one_moment()
@transaction.atomic
def tell_done(task: DeliveryTask, *, words: str, by: Person, at: datetime) -> Completion:
    """Tell the client that it is done, and until when to accept it or to list faults (rule D5): the account manager does.

    Raises NotAllowed, TaskMovedOn, EstimateWaits, FaultsLeft, NothingTold.
    """
    task = life.locked(task)
    if not life.may_manage(by, task):
        raise NotAllowed
    life.require(task, TaskState.WORKING)
    if task.estimates.filter(state__in=LIVE).exists():
        raise EstimateWaits
    if task.faults.filter(mended_at=None).exists():
        raise FaultsLeft
    said = words.replace("\0", "").strip()
    if not said or len(said) > LONGEST_WORDS:
        raise NothingTold
    agreed, number = terms.current(), task.completions.count() + 1
    due_at = due(at)
    completion = Completion(task=task, number=number, told_at=at, told_by=by, words=said, due_at=due_at)
    completion.silence_accepts, completion.remind_at = agreed.silence_accepts, _reminders(completion, after=at)
    completion.save(force_insert=True)
    life.step(task, to=TaskState.DONE, at=at)
    facts = {"completion": completion.pk, "number": number, "due_at": due_at.isoformat()}
    event = life.note(task, TaskEventKind.DONE, at=at, by=by, facts=facts)
    readers = [*messages.clients(task), *messages.approvers(task, at=at)]
    messages.happened(task, "done", event, readers, completion=completion, account=billing.account_of(task))
    return completion


@at_one_moment()
@transaction.atomic
def accept(completion: Completion, *, by: Person, at: datetime, shown: Decimal | None = None) -> Completion:
    """An approver accepts it as done: what is left is to be invoiced, and credit that pays for it is used (rules D5, D6).

    `shown` is the net that the page named; where it is another one now, nothing is accepted. Raises NotAllowed,
    CompletionAnswered, SumChanged, and what `billing.bill_completion` raises.
    """
    task = _locked(completion)
    if not life.may_accept(by, task, at=at):
        raise NotAllowed
    if shown is not None and shown != billing.account_of(task).left:
        raise CompletionAnswered if task.state != TaskState.DONE else SumChanged
    return _accept(completion, task, _Answer(by, at, AcceptedBy.PAGE))


@at_one_moment()
@transaction.atomic
def list_faults(completion: Completion, *, faults: Sequence[FaultSaid], by: Person, at: datetime) -> list[Fault]:
    """An approver lists what is wrong: the task goes on, and what they do not hold back is to be invoiced (rule D5).

    Raises NotAllowed, CompletionAnswered, NoFaults, FaultRefused, HeldBackTooMuch.
    """
    task = _locked(completion)
    if not life.may_accept(by, task, at=at):
        raise NotAllowed
    return _list(completion, task, faults, _Answer(by, at, AcceptedBy.PAGE))


@at_one_moment()
@transaction.atomic
def record(completion: Completion, answer: AnswerGiven, *, by: Person, at: datetime) -> Completion:
    """The account manager records what an approver answered by phone or mail, with the evidence (rule D5).

    Raises NotAllowed, EvidenceMissing, NotAnApprover, and what `accept` or `list_faults` raises.
    """
    task = _locked(completion)
    if not life.may_manage(by, task):
        raise NotAllowed
    evidence = answer.evidence.replace("\0", "").strip()
    if not evidence or answer.way not in (AcceptedBy.PHONE, AcceptedBy.MAIL):
        raise EvidenceMissing
    if not life.may_accept(answer.person, task, at=at):
        raise NotAnApprover
    given = _Answer(answer.person, at, answer.way, recorded_by=by, evidence=evidence)
    if answer.faults:
        _list(completion, task, answer.faults, given)
        return completion
    return _accept(completion, task, given)


@at_one_moment()
@transaction.atomic
def mend(fault: Fault, *, how: str, by: Person, at: datetime) -> Fault:
    """A fault is mended, free of charge (rule D5): the client is told how; with the last one, the account manager too.

    Raises NotAllowed, TaskMovedOn, FaultMended, ReasonMissing, ReasonTooLong.
    """
    task = life.locked(fault.task)
    if not life.may_work(by, task):
        raise NotAllowed
    if Fault.objects.get(pk=fault.pk).mended_at is not None:
        raise FaultMended
    life.require(task, TaskState.WORKING)
    how = reasoned(how)
    columns = {"mended_at": at, "mended_by": by, "mended_how": how}
    if not Fault.objects.filter(pk=fault.pk, mended_at=None).update(**columns):
        raise FaultMended
    event = life.note(task, TaskEventKind.MENDED, at=at, by=by, reason=how, facts={"fault": fault.pk, "number": fault.number})
    left = task.faults.filter(mended_at=None).count()
    people = messages.clients(task) if left else [*messages.clients(task), *messages.managers(task)]
    messages.happened(task, "mended", event, people, fault=fault, left=left)
    fault.refresh_from_db()
    return fault


def remind_due(at: datetime) -> int:
    """Remind clients of what is done and waits for their answer: half-way, and a working day before the end (rule D5)."""
    waiting = Completion.objects.filter(answered_at=None, remind_at__lte=at, due_at__gt=at).select_related("task")
    return each(waiting.order_by("remind_at", "pk"), lambda completion: _remind(completion, at=at))


def lapse_due(at: datetime) -> int:
    """At the end of the time silence accepts, where the terms said so; else the account manager hears of it (rule D5)."""
    over = Completion.objects.filter(answered_at=None, lapsed_at=None, due_at__lte=at).select_related("task")
    return each(over.order_by("due_at", "pk"), lambda completion: _lapse(completion, at=at))


def due(at: datetime) -> datetime:
    """Until when the client has for what they are told is done at `at`."""
    return provider.working_days().add(at, terms.current().acceptance_days)


def waiting(task: DeliveryTask) -> Completion | None:
    """What waits for the client's answer; None where nothing does."""
    return task.completions.filter(answered_at=None).select_related("told_by").first()


@at_one_moment()
@transaction.atomic
def _remind(completion: Completion, *, at: datetime) -> bool:
    task = life.locked(completion.task)
    open_ = Completion.objects.filter(pk=completion.pk, answered_at=None, remind_at__lte=at)
    if task.state != TaskState.DONE or not open_.update(remind_at=_reminders(completion, after=at)):
        return False
    event = life.note(task, TaskEventKind.REMINDED, at=at, by=None, facts={"completion": completion.pk})
    readers = [*messages.clients(task), *messages.approvers(task, at=at)]
    messages.happened(task, "done_reminder", event, readers, completion=completion, account=billing.account_of(task))
    return True


@at_one_moment()
@transaction.atomic
def _lapse(completion: Completion, *, at: datetime) -> bool:
    task = _locked(completion)
    current = Completion.objects.get(pk=completion.pk)
    if current.answered_at is not None or current.lapsed_at is not None or task.state != TaskState.DONE:
        return False
    if current.silence_accepts:
        _accept(current, task, _Answer(None, at))
        return True
    Completion.objects.filter(pk=current.pk, answered_at=None).update(lapsed_at=at)
    event = life.note_internally(task, TaskEventKind.UNANSWERED, at=at, by=None, facts={"completion": current.pk})
    messages.happened(task, "done_unanswered", event, messages.managers(task), completion=current)
    return True


def _locked(completion: Completion) -> DeliveryTask:
    """The task, locked, and before it the accounts whose credit may pay."""
    billing.lock_credit(DeliveryTask(pk=completion.task_id))
    return life.locked(DeliveryTask(pk=completion.task_id))


def _accept(completion: Completion, task: DeliveryTask, answer: _Answer) -> Completion:
    _answer(completion, answer, accepted=True)
    account = billing.account_of(task)
    life.step(task, to=TaskState.ACCEPTED, at=answer.at)
    facts = {"completion": completion.pk, "number": completion.number, "way": answer.way, "silent": answer.by is None}
    if answer.recorded_by is not None and answer.by is not None:
        facts["answered_by"] = answer.by.pk
    event = life.note(task, TaskEventKind.COMPLETED, at=answer.at, by=answer.actor, reason=_short(answer.evidence), facts=facts)
    billing.bill_completion(task, by=answer.actor, at=answer.at)
    everybody = [*messages.managers(task), *messages.department(task), *messages.clients(task), *messages.approvers(task)]
    messages.happened(task, "completed", event, everybody, completion=completion, account=account, accepted_by=answer.by)
    return completion


def _list(completion: Completion, task: DeliveryTask, faults: Sequence[FaultSaid], answer: _Answer) -> list[Fault]:
    said = _sound(faults)
    held_back = sum((fault.held_back for fault in said), Decimal(0))
    account = billing.account_of(task)
    if task.state == TaskState.DONE and held_back > account.left:
        raise HeldBackTooMuch(account.left_money)
    _answer(completion, answer, accepted=False)
    first = task.faults.count() + 1
    columns = {"completion": completion, "task": task, "listed_at": answer.at, "listed_by": answer.by}
    rows = Fault.objects.bulk_create(
        Fault(number=number, text=fault.text, disputed_net=fault.held_back, **columns) for number, fault in enumerate(said, start=first)
    )
    life.step(task, to=TaskState.WORKING, at=answer.at)
    facts = {"completion": completion.pk, "faults": [row.pk for row in rows], "held_back": str(held_back), "currency": task.currency}
    if answer.recorded_by is not None and answer.by is not None:
        facts |= {"way": answer.way, "answered_by": answer.by.pk}
    event = life.note(task, TaskEventKind.FAULTS, at=answer.at, by=answer.actor, reason=_short(answer.evidence), facts=facts)
    billing.bill_undisputed(completion, task, by=answer.actor, at=answer.at)
    people = [*messages.managers(task), *messages.department(task), *messages.clients(task)]
    messages.happened(task, "faults", event, people, faults=rows, said_by=answer.by, held_back=Money(held_back, task.currency))
    return rows


def _answer(completion: Completion, answer: _Answer, *, accepted: bool) -> None:
    """Answered once. Raises CompletionAnswered."""
    columns = {
        "answered_at": answer.at,
        "answered_by": answer.by,
        "accepted": accepted,
        "silent": answer.by is None,
        "way": answer.way,
        "recorded_by": answer.recorded_by,
        "evidence": answer.evidence,
    }
    if not Completion.objects.filter(pk=completion.pk, answered_at=None).update(**columns):
        raise CompletionAnswered
    completion.refresh_from_db()


def _sound(faults: Sequence[FaultSaid]) -> list[FaultSaid]:
    """The faults as they are kept. Raises NoFaults, FaultRefused."""
    if not 0 < len(faults) <= MOST_FAULTS:
        raise NoFaults
    kept = []
    for position, fault in enumerate(faults, start=1):
        text, sum_ = fault.text.replace("\0", "").strip(), fault.held_back
        if not 0 < len(text) <= LONGEST_REASON or not sum_.is_finite() or sum_ < 0 or sum_ != sum_.quantize(CENT):
            raise FaultRefused(position)
        kept.append(FaultSaid(text, sum_))
    return kept


def _reminders(completion: Completion, *, after: datetime) -> datetime | None:
    """The next reminder later than `after`: half-way, and a working day before the end; None where there is none left."""
    working, days = provider.working_days(), 1
    while working.add(completion.told_at, days) < completion.due_at:
        days += 1
    marks = {working.add(completion.told_at, number) for number in (days // 2, days - 1) if number > 0}
    return min((mark for mark in marks if mark > after), default=None)


def _short(evidence: str) -> str:
    return evidence if len(evidence) <= LONGEST_REASON else f"{evidence[: LONGEST_REASON - 1]}…"
