"""Another priority for a case (rules S2, S5): ours to decide by its effect on the business, the client's to ask for.

Each change keeps its reason and tells the client the old and the new deadline. What happens to the clocks stands in
`cases.targets`; what the client objects to, in `cases.objections`.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy, override

from cases import life, messages, paging, targets
from cases.models import Case, CaseEvent, Environment, EventKind, Reclassification
from cases.targets import Change, Turn
from clients.access import staff
from clients.models import Priority, StaffDuty
from core.errors import DomainError, NotAllowed
from core.once import at_one_moment
from core.reasons import LONGEST_REASON, reasoned
from people.models import Person


class PriorityNotInPlan(DomainError):
    """There is no such priority."""

    message = gettext_lazy("There is no such priority. Nothing has changed.")


class PriorityUnchanged(DomainError):
    """The case has this priority already."""

    message = gettext_lazy("The case has this priority already. Nothing has changed.")


class OnlyInProduction(DomainError):
    """This priority is for what is in production (rule S5)."""

    message = gettext_lazy("This priority is for what is in production, and this case is about something else. Nothing has changed.")


class NotHigher(DomainError):
    """Only a higher priority is asked for (rule S5)."""

    message = gettext_lazy("Only a higher priority can be asked for. Nothing has changed.")


class AlreadyAsked(DomainError):
    """A higher priority is asked for once at a time."""

    message = gettext_lazy("A higher priority is asked for already, and not decided yet. Nothing has changed.")


class AlreadyDecided(DomainError):
    """Somebody else has decided."""

    message = gettext_lazy("That has been decided already. Nothing has changed.")


class ObjectionOpen(DomainError):
    """An objection has to be decided first (rule S5)."""

    message = gettext_lazy("The client objects to the last change of priority: decide that first. Nothing has changed.")


def foreseen(case: Case, *, to: int, at: datetime) -> list[Change]:
    """What `to` would do to each deadline at `at`, to be shown before it is done (rule S5)."""
    with transaction.atomic():  # clocks are read with a lock
        return targets.changes(case, to, _turn(case, to), at=at)


@at_one_moment()
@transaction.atomic
def reclassify(case: Case, *, to: int, reason: str, by: Person, at: datetime) -> Reclassification:
    """Raise or lower the priority (rule S5). The client is told, with the old and the new deadline.

    Raises NotAllowed, CaseClosed, ReasonMissing, ReasonTooLong, PriorityNotInPlan, PriorityUnchanged, OnlyInProduction,
    ObjectionOpen.
    """
    case = life.locked_open(case)
    if not life.may_direct(by, case):
        raise NotAllowed
    _check(case, to)
    reason = reasoned(reason)
    made = _decided(Reclassification(case=case, old=case.priority, new=to, reason=reason, asked_at=at), by=by, at=at)
    made.save(force_insert=True)
    change(case, to=to, reason=reason, by=by, at=at)
    return made


@at_one_moment()
@transaction.atomic
def ask_higher(case: Case, *, to: int, reason: str, by: Person, at: datetime) -> Reclassification:
    """The client asks for a higher priority (rule S5); dispatchers and the account manager are told.

    Where a call has to confirm it, the next logged call does (rule S2). Raises NotAllowed, CaseClosed, ReasonMissing,
    ReasonTooLong, PriorityNotInPlan, NotHigher, OnlyInProduction, ObjectionOpen, AlreadyAsked.
    """
    case = life.locked_open(case)
    if not life.may_speak(by, case):
        raise NotAllowed
    if to >= case.priority:
        raise NotHigher
    chosen = _check(case, to)
    asked = Reclassification(case=case, old=case.priority, new=to, reason=reasoned(reason), asked_at=at, asked_by=by)
    try:
        with transaction.atomic():
            asked.save(force_insert=True)
    except IntegrityError:
        raise AlreadyAsked from None
    if chosen.needs_call:
        life.amend(case, priority_asked=to)
    event = life.note(case, EventKind.PRIORITY_ASKED, at=at, by=by, reason=asked.reason, facts={"old": case.priority, "to": to})
    messages.happened(case, "priority_asked", event, directors(case), asked=asked)
    return asked


@at_one_moment()
@transaction.atomic
def grant(asked: Reclassification, *, answer: str, by: Person, at: datetime) -> Reclassification:
    """Give the case the priority that its client asked for (rule S5); one that is as high by now stays as it is.

    Raises NotAllowed, CaseClosed, AlreadyDecided, OnlyInProduction, ObjectionOpen.
    """
    case, asked = _undecided(asked, by)
    _check_no_objection(case)
    _check_production(case, Priority.objects.filter(number=asked.new).first())
    _decided(asked, by=by, at=at, answer=answer.strip()).save()
    if asked.new < case.priority:
        change(case, to=asked.new, reason=asked.answer or asked.reason, by=by, at=at)
    return asked


@at_one_moment()
@transaction.atomic
def refuse(asked: Reclassification, *, answer: str, by: Person, at: datetime) -> Reclassification:
    """Leave the priority as it is, and say why (rule S5). Raises NotAllowed, CaseClosed, AlreadyDecided, ReasonMissing."""
    case, asked = _undecided(asked, by)
    answer = reasoned(answer)
    _decided(asked, by=by, at=at, answer=answer, granted=False).save()
    life.amend(case, priority_asked=None)
    event = life.note(case, EventKind.PRIORITY_CHANGED, at=at, by=by, reason=answer, facts={"refused": asked.new, "ended": []})
    messages.happened(case, "priority_refused", event, messages.clients(case), asked=asked)
    return asked


def confirm_by_call(case: Case, *, by: Person, at: datetime) -> None:
    """A call was logged: the priority that waited for it stands, from the call on (rules S2, S5). The case is locked."""
    to = case.priority_asked
    if to is None:
        return
    asked = case.reclassifications.filter(decided_at=None).first()
    reason = _in_clients_language(case, gettext_lazy("Asked for by the client, and confirmed by phone."))
    if asked is None or asked.new != to:
        asked = Reclassification(case=case, old=case.priority, new=to, reason=reason, asked_at=at, asked_by=case.reporter)
    _decided(asked, by=by, at=at).save()
    if to != case.priority:
        change(case, to=to, reason=reason, by=by, at=at)
    else:
        life.amend(case, priority_asked=None)


def note_lowered_report(case: Case, *, asked: int, at: datetime) -> None:
    """What was reported with a priority that is for production only is lowered at once, and the client told why (rule S5)."""
    _lower_out_of_production(case, old=asked, by=None, at=at)


def lower_out_of_production(case: Case, *, by: Person, at: datetime) -> None:
    """The case turned out not to be about production: a priority that is only for that becomes a lower one (rule S5)."""
    found = Priority.objects.filter(number=case.priority, production_only=True).first()
    if found is None or found.lowered_to is None or case.environment == Environment.PRODUCTION:
        return
    old = case.priority
    made = targets.changes(case, found.lowered_to, Turn.LOWER, at=at)
    life.amend(case, priority=found.lowered_to, priority_asked=None)
    _lower_out_of_production(case, old=old, by=by, at=at, made=made)


def change(case: Case, *, to: int, reason: str, by: Person | None, at: datetime) -> CaseEvent:
    """Give the case another priority, and its clocks what follows from it; the client is told (rule S5). The case is locked."""
    old, made = case.priority, targets.changes(case, to, _turn(case, to), at=at)
    life.amend(case, priority=to, priority_asked=None)
    facts = {"old": old, "new": to, **targets.told(made)}
    event = life.note(case, EventKind.PRIORITY_CHANGED, at=at, by=by, reason=reason, facts=facts)
    targets.carry_out(case, made, at=at)
    messages.happened(case, "priority_changed", event, messages.clients(case), old=old, changes=made)
    if to < old:
        paging.page_if_on_call(case, at=at)
    return event


def directors(case: Case) -> list[Person]:
    """Who decides about priorities and objections: the dispatchers, the client's account manager and the deputy."""
    manager_ids = {case.organisation.account_manager_id, case.organisation.deputy_manager_id} - {None}
    managers = Person.objects.filter(pk__in=manager_ids, is_active=True)
    return list(dict.fromkeys([*staff(StaffDuty.DISPATCHER), *managers]))


def _lower_out_of_production(case: Case, *, old: int, by: Person | None, at: datetime, made: Iterable[Change] = ()) -> None:
    """Keep why, tell the client, who may object, and let the clocks follow."""
    made = list(made)
    reason = _in_clients_language(case, gettext_lazy("Priority %(old)d is for what is in production, and this is not."), old=old)
    row = Reclassification(case=case, old=old, new=case.priority, reason=reason, asked_at=at)
    _decided(row, by=by, at=at).save(force_insert=True)
    facts = {"old": old, "new": case.priority, **targets.told(made)}
    event = life.note(case, EventKind.PRIORITY_CHANGED, at=at, by=by, reason=reason, facts=facts)
    targets.carry_out(case, made, at=at)
    messages.happened(case, "priority_lowered", event, messages.clients(case), old=old, changes=made)


def _turn(case: Case, to: int) -> Turn:
    """1 is the gravest."""
    return Turn.RAISE if to < case.priority else Turn.LOWER


def _check(case: Case, to: int) -> Priority:
    chosen = Priority.objects.filter(number=to).first()
    if chosen is None:
        raise PriorityNotInPlan
    if to == case.priority:
        raise PriorityUnchanged
    _check_production(case, chosen)
    _check_no_objection(case)
    return chosen


def _check_production(case: Case, chosen: Priority | None) -> None:
    if chosen is not None and chosen.production_only and case.environment != Environment.PRODUCTION:
        raise OnlyInProduction


def _check_no_objection(case: Case) -> None:
    if case.reclassifications.filter(objected_at__isnull=False, settled_at=None).exists():
        raise ObjectionOpen


def _undecided(asked: Reclassification, by: Person) -> tuple[Case, Reclassification]:
    """The case, locked, and the client's wish as it is now. Raises NotAllowed, CaseClosed, AlreadyDecided."""
    case = life.locked_open(asked.case)
    if not life.may_direct(by, case):
        raise NotAllowed
    current = Reclassification.objects.select_for_update(of=("self",)).get(pk=asked.pk)
    if current.decided_at is not None:
        raise AlreadyDecided
    current.case = case
    return case, current


def _decided(row: Reclassification, *, by: Person | None, at: datetime, answer: str = "", granted: bool = True) -> Reclassification:
    row.decided_at, row.decided_by, row.granted, row.answer = at, by, granted, answer[:LONGEST_REASON]
    return row


def _in_clients_language(case: Case, text: object, **values: object) -> str:
    """A reason of the system's own, as its first reader reads it."""
    with override(case.reporter.language):
        return str(text) % values if values else str(text)
