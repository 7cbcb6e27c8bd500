"""Who has a case (rules S11, S17): taken, given, let go. From the first answer of a person on it has an owner.

A case that somebody has is given to another by whoever works on it; taken from under somebody it is not.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cases import life, messages
from cases.models import Case, EventKind
from core.errors import DomainError, NotAllowed
from people.models import Person


class TakenBySomebody(DomainError):
    """Somebody else was first."""

    def __init__(self, owner: Person) -> None:
        super().__init__(owner)
        self.owner = owner

    @property
    def message(self) -> str:
        """Who has it."""
        return _("%(name)s has this case already. Nothing has changed.") % {"name": self.owner}


class CannotHaveIt(DomainError):
    """The person does not work on this client's cases."""

    message = _("This person does not work on the client’s cases. Nothing has changed.")


@transaction.atomic
def take(*, case: Case, by: Person, at: datetime) -> Case:
    """Take a case that nobody has. Who has it already keeps it. Raises NotAllowed, CaseClosed, TakenBySomebody."""
    case = life.locked_open(case)
    if not life.may_work(by, case):
        raise NotAllowed
    # not `owner`: what is joined to a row that was waited for is from before
    if case.owner_id is not None and case.owner_id != by.pk:
        raise TakenBySomebody(Person.objects.get(pk=case.owner_id))
    _give(case, to=by, by=by, at=at)
    return case


@transaction.atomic
def assign(*, case: Case, to: Person, by: Person, at: datetime) -> Case:
    """Give the case to somebody who works on it, and tell them. Raises NotAllowed, CaseClosed, CannotHaveIt."""
    case = life.locked_open(case)
    if not life.may_work(by, case):
        raise NotAllowed
    if not life.may_work(to, case):
        raise CannotHaveIt
    _give(case, to=to, by=by, at=at)
    return case


@transaction.atomic
def release(*, case: Case, by: Person, at: datetime) -> Case:
    """Let the case go: the dispatchers are told that it is nobody's. Raises NotAllowed, CaseClosed."""
    case = life.locked_open(case)
    if not life.may_work(by, case):
        raise NotAllowed
    if case.owner_id is not None:
        left = case.owner_id
        life.amend(case, owner=None)
        event = life.note_internally(case, EventKind.ASSIGNED, at=at, by=by, facts={"left": left, "took": None})
        messages.happened(case, "assigned", event, [person for person in messages.ours(case) if person != by])
    return case


def by_answering(case: Case, *, by: Person, at: datetime) -> None:
    """Who answers a case that nobody has, has it from then on (rule S11). The caller holds its row."""
    if case.owner_id is None:
        _give(case, to=by, by=by, at=at)


def _give(case: Case, *, to: Person, by: Person, at: datetime) -> None:
    if case.owner_id == to.pk:
        return
    facts = {"left": case.owner_id, "took": to.pk}
    life.amend(case, owner=to)
    event = life.note_internally(case, EventKind.ASSIGNED, at=at, by=by, facts=facts)
    if to != by:
        messages.happened(case, "assigned", event, [to])
