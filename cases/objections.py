"""The client objects to a lower priority (rule S5): until somebody else has decided, the shorter target runs."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cases import life, messages, paging, priorities, targets
from cases.models import Case, EventKind, Reclassification
from cases.targets import Turn
from core.errors import DomainError, NotAllowed
from core.once import at_one_moment
from core.reasons import reasoned
from people.models import Person


class NothingToObjectTo(DomainError):
    """Only the last lowering can be objected to, once."""

    message = _("There is nothing to object to here: the priority was not lowered, has changed since, or was objected to before.")


class ObjectionDecided(DomainError):
    """An objection is decided once."""

    message = _("This objection has been decided already. Nothing has changed.")


class DecidesOnOwnWork(DomainError):
    """Whoever lowered the priority does not decide about the objection to it."""

    message = _("Somebody else than the one who lowered the priority decides about the objection. Nothing has changed.")


@at_one_moment()
@transaction.atomic
def object_to(lowering: Reclassification, *, reason: str, by: Person, at: datetime) -> Reclassification:
    """The client objects to `lowering`: the shorter target runs again, as from the report (rule S5).

    Whoever is on call for the old priority is paged, as for a raise (rule S18).

    Raises NotAllowed, CaseClosed, ReasonMissing, ReasonTooLong, NothingToObjectTo.
    """
    case = life.locked_open(lowering.case)
    if not life.may_speak(by, case):
        raise NotAllowed
    reason = reasoned(reason)
    if (current := standing(case)) is None or current.pk != lowering.pk:
        raise NothingToObjectTo
    current.case, current.objected_at, current.objected_by, current.objection = case, at, by, reason
    current.save()
    made = targets.changes(case, current.old, Turn.SHORTER, at=at)
    event = life.note(case, EventKind.OBJECTED, at=at, by=by, reason=reason, facts=targets.told(made))
    targets.carry_out(case, made, at=at)
    messages.happened(case, "objected", event, priorities.directors(case), lowering=current, changes=made)
    paging.page_if_on_call(case, priority=current.old, at=at)
    return current


@at_one_moment()
@transaction.atomic
def decide(lowering: Reclassification, *, upheld: bool, reason: str, by: Person, at: datetime) -> Reclassification:
    """Decide about the objection (rule S5). `upheld`: the lower priority stands; else the case has its old one back.

    The targets of whichever priority stands run from then on. Raises NotAllowed, CaseClosed, ReasonMissing, ReasonTooLong,
    ObjectionDecided, DecidesOnOwnWork.
    """
    case = life.locked_open(lowering.case)
    current = Reclassification.objects.select_for_update(of=("self",)).get(pk=lowering.pk)
    if not life.may_direct(by, case):
        raise NotAllowed
    if current.objected_at is None or current.settled_at is not None:
        raise ObjectionDecided
    if by.pk == current.decided_by_id:
        raise DecidesOnOwnWork
    reason = reasoned(reason)
    current.case, current.settled_at, current.settled_by, current.upheld = case, at, by, upheld
    current.save()
    stands = current.new if upheld else current.old
    made = targets.changes(case, stands, Turn.LOWER if upheld else Turn.SHORTER, at=at)
    life.amend(case, priority=stands)
    facts = {"upheld": upheld, "old": current.old, "new": current.new, **targets.told(made)}
    event = life.note(case, EventKind.OBJECTION_DECIDED, at=at, by=by, reason=reason, facts=facts)
    targets.carry_out(case, made, at=at)
    messages.happened(case, "objection_decided", event, messages.clients(case), lowering=current, changes=made)
    return current


def standing(case: Case) -> Reclassification | None:
    """The lowering that the client may object to: the last change, if it stands and was not objected to; else None."""
    last = case.reclassifications.filter(granted=True).order_by("decided_at", "pk").last()
    if last is None or last.new <= last.old or last.objected_at is not None or last.new != case.priority:
        return None
    return last


def undecided(case: Case) -> Reclassification | None:
    """The lowering whose objection waits for a decision; None where there is none."""
    return case.reclassifications.filter(objected_at__isnull=False, settled_at=None).first()
