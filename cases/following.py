"""How staff keep cases together and keep an eye on them: tags and watchers (rule S1).

A watcher is told what is said in the case. One of the client's people may then also answer it by mail (rule S8), so only
members of the client's organisation, or those of ours who work on its cases, can watch.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cases import life
from cases.models import Case, CaseTag, EventKind, Tag, Watcher
from core.errors import DomainError, NotAllowed
from people.models import Person

LONGEST_TAG = 40


class TagUnreadable(DomainError):
    """A tag is a word or two."""

    message = _("A tag has between 1 and 40 characters. Nothing has changed.")


class CannotWatch(DomainError):
    """The person belongs neither to the client nor to those who work on its cases."""

    message = _("This person has nothing to do with the client. Nothing has changed.")


@transaction.atomic
def tag(*, case: Case, name: str, by: Person, at: datetime) -> Tag:
    """Put a tag on the case, once; a new word becomes a tag. Raises NotAllowed, TagUnreadable."""
    case = _locked(case, by)
    word = " ".join(name.lower().replace("\0", "").split())
    if not 0 < len(word) <= LONGEST_TAG:
        raise TagUnreadable
    found, _made = Tag.objects.get_or_create(name=word)
    _tagged, fresh = CaseTag.objects.get_or_create(case=case, tag=found)
    if fresh:
        life.note_internally(case, EventKind.TAGGED, at=at, by=by, reason=word)
    return found


@transaction.atomic
def untag(*, case: Case, name: str, by: Person, at: datetime) -> None:
    """Take a tag off; where it is not on, nothing changes. Raises NotAllowed."""
    case = _locked(case, by)
    gone, _each = CaseTag.objects.filter(case=case, tag__name=name).delete()
    if gone:
        life.note_internally(case, EventKind.UNTAGGED, at=at, by=by, reason=name)


@transaction.atomic
def watch(*, case: Case, person: Person, by: Person, at: datetime) -> Watcher:
    """Let somebody be told what is said. Raises NotAllowed, CannotWatch."""
    case = _locked(case, by)
    if not (life.may_work(person, case) or life.may_speak(person, case)):
        raise CannotWatch
    watcher, fresh = Watcher.objects.get_or_create(case=case, person=person)
    if fresh:
        life.note_internally(case, EventKind.WATCHED, at=at, by=by, facts={"person": person.pk})
    return watcher


@transaction.atomic
def unwatch(*, case: Case, person: Person, by: Person, at: datetime) -> None:
    """Tell somebody no more; who was not told, is not. Raises NotAllowed."""
    case = _locked(case, by)
    gone, _each = Watcher.objects.filter(case=case, person=person).delete()
    if gone:
        life.note_internally(case, EventKind.UNWATCHED, at=at, by=by, facts={"person": person.pk})


def _locked(case: Case, by: Person) -> Case:
    case = life.locked(case)
    if not life.may_work(by, case):
        raise NotAllowed
    return case
