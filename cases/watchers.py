"""Who follows a case besides its reporter and its owner: they are told what is said, and may answer by mail (rules S1, S8).

The client's people follow and read who of theirs follows. Those of ours follow for themselves: the client learns nothing of it.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from cases import life
from cases.models import Case, EventKind, Watcher
from clients.access import is_member
from core.errors import DomainError, NotAllowed
from people.models import Person


class WatcherElsewhere(DomainError):
    """Whoever is to follow the case belongs neither to its client nor to us."""

    message = _("Only colleagues at the same organisation can follow a case. Nothing has changed.")


@transaction.atomic
def watch(case: Case, person: Person, *, by: Person, at: datetime) -> Case:
    """Let `person` follow the case; nothing happens where they do. A client's people add their own, ours anybody of either side.

    Raises NotAllowed, WatcherElsewhere.
    """
    case = life.locked(case)
    _check(case, by)
    ours = life.may_work(by, case) and life.may_work(person, case)
    if not (life.may_speak(person, case) or ours):
        raise WatcherElsewhere
    _watcher, fresh = Watcher.objects.get_or_create(case=case, person=person)
    if fresh:
        _note(case, EventKind.WATCHED, person, by=by, at=at)
    return case


@transaction.atomic
def unwatch(case: Case, person: Person, *, by: Person, at: datetime) -> Case:
    """Let `person` follow the case no more; nothing happens where they do not. Clients leave ours alone. Raises NotAllowed."""
    case = life.locked(case)
    _check(case, by)
    if not (is_member(person, case.organisation) or life.may_work(by, case)):
        raise NotAllowed
    gone, _rows = Watcher.objects.filter(case=case, person=person).delete()
    if gone:
        _note(case, EventKind.UNWATCHED, person, by=by, at=at)
    return case


def watching(case: Case) -> QuerySet[Person]:
    """Who follows the case, on both sides: for the desk."""
    return Person.objects.filter(pk__in=case.watchers.values("person"), is_active=True).order_by("name", "pk")


def watching_members(case: Case) -> QuerySet[Person]:
    """Who of the client's people follows it."""
    return members(case).filter(pk__in=case.watchers.values("person"))


def members(case: Case) -> QuerySet[Person]:
    """The client's people."""
    return Person.objects.filter(memberships__organisation=case.organisation_id, is_active=True).order_by("name", "pk")


def colleagues(case: Case) -> QuerySet[Person]:
    """The client's people who could follow it, and do not yet."""
    return members(case).exclude(pk=case.reporter_id).exclude(pk__in=case.watchers.values("person"))


def _note(case: Case, kind: EventKind, person: Person, *, by: Person, at: datetime) -> None:
    """The client reads it of their own people only."""
    noted = life.note if is_member(person, case.organisation) else life.note_internally
    noted(case, kind, at=at, by=by, facts={"person": person.pk, "name": str(person)})


def _check(case: Case, by: Person) -> None:
    if not (life.may_speak(by, case) or life.may_work(by, case)):
        raise NotAllowed
