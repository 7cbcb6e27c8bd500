"""The client's answer to an estimate: accepted, declined, or recorded by the account manager (rules D1 to D3, D6).

What was shown is what is accepted: the answer carries the digest of the document. Above the sum that an approver decides
alone the first yes is kept and others are asked; nothing follows until a second approver agrees. The acceptance that is
complete adds to what can be worked and invoiced, and hands a first estimate's task to the delivery department. A yes by
phone or mail counts as of when it was said.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from clients import limits
from clients.access import Voice, Yes
from clients.limits import NoSecondApprover, SecondApproverNeeded
from core.errors import DomainError, NotAllowed
from core.once import at_one_moment
from core.reasons import reasoned
from credits.accounts import CreditAccount
from delivery import acceptance_messages, acceptance_orders, answerable, evidence, life, objections, paying
from delivery.evidence import Evidence
from delivery.models import (
    WORK_STATES,
    Acceptance,
    AcceptedBy,
    Basis,
    Estimate,
    EstimateDocument,
    EstimateKind,
    EstimateState,
    LineKind,
    PaysWith,
    SpokenAnswer,
    TaskEventKind,
    TaskState,
)
from delivery.paying import Payment
from people.models import Person

__all__ = [
    "Answer",
    "DocumentDiffers",
    "FirstYesDiffers",
    "FirstYesThere",
    "NoSecondApprover",
    "NotAnApprover",
    "ReferenceTooLong",
    "SecondApproverNeeded",
    "accept",
    "decline",
    "first_yes",
    "payment_of",
    "record",
    "record_decline",
    "seconds",
]

LONGEST_REFERENCE = 80


class DocumentDiffers(DomainError):
    """What was shown is not the document that would be accepted."""

    message = _("The document that you were shown is not the one that is kept. Open the estimate again and read it. Nothing has changed.")


class FirstYesDiffers(DomainError):
    """The second approver agrees to what the first one accepted, and to nothing else."""

    message = _("That is not what the first approver accepted: the way of paying differs. Look at it again. Nothing has changed.")


class FirstYesThere(DomainError):
    """Whoever gave the first yes of two says it again: that is not the second one."""

    message = _("Their yes is there already, and the sum takes that of another approver too. Nothing has changed.")


class NotAnApprover(DomainError):
    """The account manager named somebody who cannot accept costs for the client."""

    message = _("They did not accept costs for the client when they said it. Choose an approver. Nothing has changed.")


class ReferenceTooLong(DomainError):
    """The order reference does not fit on an invoice."""

    message = _("The order reference has 80 characters at most. Nothing has changed.")


@dataclass(frozen=True)
class Answer:
    """A yes on the page or through the personal link, to the document with this digest, as it was shown in `language`."""

    way: AcceptedBy
    language: str
    digest: str
    address: str | None = None
    order_reference: str = ""
    pays_with: PaysWith = PaysWith.INVOICE
    account: CreditAccount | None = None
    minutes: int | None = None

    @property
    def payment(self) -> Payment:
        """How it is paid."""
        return Payment(self.pays_with, self.account, self.minutes)


@dataclass(frozen=True)
class _Word:
    """Whose yes it is, and as of when; `spoken` and `recorded_by` where it was recorded."""

    person: Person
    said_at: datetime
    spoken: Evidence | None = None
    recorded_by: Person | None = None

    @property
    def actor(self) -> Person:
        """Who acts now."""
        return self.recorded_by or self.person


@at_one_moment()
@transaction.atomic
def accept(estimate: Estimate, answer: Answer, *, by: Person, at: datetime) -> Acceptance:
    """Accept the cost (rule D1): alone, as the first of two, or as the second, which completes it. Twice is harmless.

    Raises NotAllowed for anybody but approvers and their deputies, AlreadyAccepted, AlreadyDeclined, EstimateExpired,
    EstimateReplaced, EstimateTakenBack, DocumentDiffers, FirstYesDiffers, SecondApproverNeeded, NoSecondApprover,
    ReferenceTooLong, TaskMovedOn; where credit pays what `delivery.paying` refuses, NotEnoughCredit, MonthlyLimitReached;
    where an invoice pays OrderNumberMissing, and what `clients.purchase_orders.use` refuses (rule I8).
    """
    paying.lock(answer.payment)
    estimate = life.locked_estimate(estimate)
    if not life.may_accept(by, estimate.task, at=at):
        raise NotAllowed
    standing = _standing(estimate)
    if standing and standing.completed_at and by in (standing.person, standing.second):
        return standing
    return _say_yes(estimate, answer, _Word(by, at), standing, at=at)


@at_one_moment()
@transaction.atomic
def decline(estimate: Estimate, reason: str, *, by: Person, at: datetime) -> Estimate:
    """Decline the cost, with a reason (rule D2): a first estimate closes its task, a change leaves it as it is. Twice is harmless.

    Raises NotAllowed, AlreadyAccepted and the other ends of an estimate, ReasonMissing, ReasonTooLong.
    """
    estimate = life.locked_estimate(estimate)
    if not life.may_accept(by, estimate.task, at=at):
        raise NotAllowed
    if estimate.state == EstimateState.DECLINED and estimate.closed_by_id == by.pk:
        return estimate
    return _say_no(estimate, reason, _Word(by, at), at=at)


@at_one_moment()
@transaction.atomic
def record(estimate: Estimate, said: Evidence, *, by: Person, at: datetime) -> Acceptance:
    """Record an approver's yes by phone or mail, with its evidence (rule D1); they are told that it was. It is paid by invoice.

    Their limit holds here too. Recording it twice is harmless. Raises NotAllowed for anybody but the client's account
    manager, NotAnApprover, FirstYesThere, what `delivery.evidence` refuses, and what `accept` refuses.
    """
    estimate = _to_record(estimate, said, by, at)
    standing = _standing(estimate)
    if standing and estimate.spoken_answers.filter(person=said.person, accepts=True).exists():
        return standing
    found = standing.document if standing else _in_language_of(estimate, said.person)
    answer = Answer(said.way, found.language, found.digest, order_reference=said.order_reference)
    return _say_yes(estimate, answer, _Word(said.person, said.said_at, said, by), standing, at=at)


@at_one_moment()
@transaction.atomic
def record_decline(estimate: Estimate, said: Evidence, reason: str, *, by: Person, at: datetime) -> Estimate:
    """Record an approver's no by phone or mail, with its evidence. Raises what `record` and `decline` do."""
    estimate = _to_record(estimate, said, by, at)
    if estimate.state == EstimateState.DECLINED and estimate.spoken_answers.filter(accepts=False, person=said.person).exists():
        return estimate
    return _say_no(estimate, reason, _Word(said.person, said.said_at, said, by), at=at)


def first_yes(acceptance: Acceptance) -> Yes:
    """The first yes of two: it counts in the rights of when it was said."""
    return Yes(acceptance.estimate.task.organisation_id, acceptance.person, acceptance.at)


def payment_of(acceptance: Acceptance) -> Payment:
    """How what was accepted is paid."""
    return Payment(PaysWith(acceptance.pays_with), acceptance.account, acceptance.minutes)


def seconds(acceptance: Acceptance, *, at: datetime) -> list[Person]:
    """Who can complete an acceptance that has its first yes."""
    about = paying.voices(acceptance.estimate, payment_of(acceptance), at=at)
    return limits.seconds_to(first_yes(acceptance), among=about)


def _to_record(estimate: Estimate, said: Evidence, by: Person, at: datetime) -> Estimate:
    """The estimate, locked, of which `by` may record such an answer."""
    estimate = life.locked_estimate(estimate)
    if not life.may_manage(by, estimate.task):
        raise NotAllowed
    evidence.require(estimate, said, at=at)
    if not life.may_accept(said.person, estimate.task, at=said.said_at):
        raise NotAnApprover
    return estimate


def _say_yes(estimate: Estimate, answer: Answer, word: _Word, standing: Acceptance | None, *, at: datetime) -> Acceptance:
    answerable.require(estimate, at=at)
    document = _document(estimate, answer, standing)
    about = paying.voices(estimate, payment_of(standing) if standing else answer.payment, at=word.said_at)
    alone = limits.decides_alone(word.person, estimate.net, among=about)
    if standing is None:
        paying.require(estimate, answer.payment, word.person, among=about)
        acceptance = _row(estimate, answer, document, word)
    elif answer.payment != payment_of(standing):
        raise FirstYesDiffers
    elif standing.person == word.person and not alone:
        if word.spoken is not None:
            raise FirstYesThere
        return standing
    else:
        acceptance = _agreed(standing, answer, word, about, alone=alone)
    if word.spoken is not None:
        kept = evidence.keep(estimate, word.spoken, accepts=True, by=word.actor, at=at)
        if standing is None:
            _name_evidence(acceptance, kept)
    if standing is None and not alone:
        return _ask_second(estimate, acceptance, word, limits.seconds(word.person, among=about), at=at)
    return _complete(estimate, acceptance, word, at=at)


def _row(estimate: Estimate, answer: Answer, document: EstimateDocument, word: _Word) -> Acceptance:
    """The first yes, not written yet."""
    reference = answer.order_reference.replace("\0", "").strip()
    if len(reference) > LONGEST_REFERENCE:
        raise ReferenceTooLong
    if answer.pays_with == PaysWith.INVOICE:
        reference = acceptance_orders.settled(estimate, reference, at=word.said_at)
    acceptance = Acceptance(estimate=estimate, person=word.person, at=word.said_at, way=answer.way, address=answer.address)
    acceptance.document, acceptance.digest, acceptance.order_reference = document, document.digest, reference
    acceptance.currency, acceptance.net, acceptance.vat, acceptance.total = estimate.currency, estimate.net, estimate.vat, estimate.total
    acceptance.pays_with, acceptance.account, acceptance.minutes = answer.pays_with, answer.account, answer.minutes
    return acceptance


def _name_evidence(acceptance: Acceptance, kept: SpokenAnswer) -> None:
    acceptance.recorded_by, acceptance.evidence = kept.recorded_by, kept.words
    acceptance.evidence_name, acceptance.evidence_digest = kept.file_name, kept.digest


def _agreed(standing: Acceptance, answer: Answer, word: _Word, about: list[Voice], *, alone: bool) -> Acceptance:
    """The first yes with the second one; or the first alone, where their limit allows that by now. Not written yet."""
    if standing.person != word.person:
        if not alone and word.person not in limits.seconds_to(first_yes(standing), among=about):
            raise SecondApproverNeeded
        standing.second, standing.second_at = word.person, word.said_at
        standing.second_way, standing.second_address = answer.way, answer.address
    return standing


def _ask_second(estimate: Estimate, acceptance: Acceptance, word: _Word, others: list[Person], *, at: datetime) -> Acceptance:
    """Keep the first yes and ask who can give the second. Nothing else follows from it."""
    if not others:
        raise NoSecondApprover
    acceptance.save(force_insert=True)
    facts = _facts(estimate, word) | {"way": acceptance.way, "digest": acceptance.digest}
    event = life.note(estimate.task, TaskEventKind.ACCEPTED_FIRST, at=at, by=word.actor, facts=facts)
    acceptance_messages.second_asked(estimate, event, word.person, others)
    if word.spoken is not None:
        acceptance_messages.recorded(estimate, event, word.person, accepts=True)
    return acceptance


def _complete(estimate: Estimate, acceptance: Acceptance, word: _Word, *, at: datetime) -> Acceptance:
    """All that follows from an acceptance, or nothing of it (rules D2, D3, D6)."""
    held = paying.hold(estimate, acceptance, at=at)
    acceptance_orders.take(estimate, acceptance, at=word.said_at)
    acceptance.completed_at, acceptance.hold_cause = at, held.cause if held else ""
    acceptance.save()
    life.step_estimate(estimate, to=EstimateState.ACCEPTED, closed_at=at, closed_by=word.person)
    _add_to_task(estimate, at=at)
    objections.end_by_accepting(estimate.task, by=word.person, at=at)
    facts = _facts(estimate, word) | {"way": acceptance.second_way or acceptance.way, "digest": acceptance.digest}
    facts |= {"pays_with": acceptance.pays_with, "first": acceptance.person_id if acceptance.second else None}
    event = life.note(estimate.task, TaskEventKind.ACCEPTED, at=at, by=word.actor, facts=facts)
    if held is not None:
        hold_facts = {"estimate": estimate.pk, "account": held.account.name, "minutes": held.minutes, "cause": held.cause}
        life.note(estimate.task, TaskEventKind.HELD, at=at, by=word.actor, facts=hold_facts)
    acceptance_messages.accepted(estimate, acceptance, event)
    if word.spoken is not None:
        acceptance_messages.recorded(estimate, event, word.person, accepts=True)
    return acceptance


def _add_to_task(estimate: Estimate, *, at: datetime) -> None:
    """What is accepted adds to what can be worked and invoiced; a first estimate makes the task ready (rules D2, D3)."""
    task = estimate.task
    fixed = sum((line.net for line in estimate.lines.filter(kind=LineKind.FIXED)), Decimal(0))
    workable = estimate.net if estimate.basis == Basis.FIXED else estimate.net - fixed
    sums: dict[str, Any] = {"accepted_net": task.accepted_net + estimate.net, "workable_net": task.workable_net + workable}
    if estimate.kind == EstimateKind.FIRST:
        life.require(task, TaskState.OFFERED)
        life.step(task, to=TaskState.READY, at=at, **sums)
    else:
        life.require(task, *WORK_STATES)
        life.amend(task, warned_at=None, **sums)


def _say_no(estimate: Estimate, reason: str, word: _Word, *, at: datetime) -> Estimate:
    answerable.require(estimate, at=at)
    reason = reasoned(reason)
    if word.spoken is not None:
        evidence.keep(estimate, word.spoken, accepts=False, by=word.actor, at=at)
    life.step_estimate(estimate, to=EstimateState.DECLINED, closed_at=at, closed_by=word.person, closing_reason=reason)
    if estimate.kind == EstimateKind.FIRST:
        life.step(estimate.task, to=TaskState.DECLINED, at=at)
    event = life.note(estimate.task, TaskEventKind.DECLINED, at=at, by=word.actor, reason=reason, facts=_facts(estimate, word))
    acceptance_messages.declined(estimate, event, word.person)
    if word.spoken is not None:
        acceptance_messages.recorded(estimate, event, word.person, accepts=False)
    return estimate


def _standing(estimate: Estimate) -> Acceptance | None:
    """The acceptance that there is of the locked estimate, complete or not."""
    found = Acceptance.objects.select_related("person", "second", "account", "document").defer("document__pdf")
    acceptance = found.filter(estimate=estimate).first()
    if acceptance is not None:
        acceptance.estimate = estimate
    return acceptance


def _document(estimate: Estimate, answer: Answer, standing: Acceptance | None) -> EstimateDocument:
    """The document that was shown, as it is kept; for the second approver that of the first. Raises DocumentDiffers."""
    kept = estimate.documents.defer("pdf").filter(language=answer.language, digest=answer.digest).first()
    if kept is None or (standing is not None and standing.digest != kept.digest):
        raise DocumentDiffers
    return kept


def _in_language_of(estimate: Estimate, person: Person) -> EstimateDocument:
    """The document that the person reads: in their language, where there is one. Raises DocumentDiffers where there is none."""
    kept = list(estimate.documents.defer("pdf").order_by("language"))
    found = next((document for document in kept if document.language == person.language), next(iter(kept), None))
    if found is None:
        raise DocumentDiffers
    return found


def _facts(estimate: Estimate, word: _Word) -> dict[str, Any]:
    """What every answer leaves in its event; `person` is whose answer it is where another one recorded it."""
    facts: dict[str, Any] = {"estimate": estimate.pk, "number": estimate.number, "net": str(estimate.net), "currency": estimate.currency}
    return facts | ({"person": word.person.pk, "said_at": word.said_at.isoformat()} if word.spoken else {})
