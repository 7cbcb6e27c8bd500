"""Who follows a case besides its reporter and its owner: they are told what is said, and may answer by mail (rules S1, S8)."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from cases import life
from cases.models import Case, EventKind, Watcher
from clients.access import is_member, is_provider_staff
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
    ours = is_provider_staff(person) and life.may_work(by, case)
    if not person.is_active or not (is_member(person, case.organisation) or ours):
        raise WatcherElsewhere
    _watcher, fresh = Watcher.objects.get_or_create(case=case, person=person)
    if fresh:
        life.note(case, EventKind.WATCHED, at=at, by=by, facts={"person": person.pk, "name": str(person)})
    return case


@transaction.atomic
def unwatch(case: Case, person: Person, *, by: Person, at: datetime) -> Case:
    """Let `person` follow the case no more; nothing happens where they do not. Raises NotAllowed."""
    case = life.locked(case)
    _check(case, by)
    gone, _rows = Watcher.objects.filter(case=case, person=person).delete()
    if gone:
        life.note(case, EventKind.UNWATCHED, at=at, by=by, facts={"person": person.pk, "name": str(person)})
    return case


def watching(case: Case) -> QuerySet[Person]:
    """Who follows the case."""
    return Person.objects.filter(pk__in=case.watchers.values("person"), is_active=True).order_by("name", "pk")


def members(case: Case) -> QuerySet[Person]:
    """The client's people."""
    return Person.objects.filter(memberships__organisation=case.organisation_id, is_active=True).order_by("name", "pk")


def colleagues(case: Case) -> QuerySet[Person]:
    """The client's people who could follow it, and do not yet."""
    return members(case).exclude(pk=case.reporter_id).exclude(pk__in=case.watchers.values("person"))


def _check(case: Case, by: Person) -> None:
    if not (life.may_speak(by, case) or life.may_work(by, case)):
        raise NotAllowed
