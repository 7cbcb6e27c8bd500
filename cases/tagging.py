"""How staff sort cases: a word or two on each, as many as they like (rule S1)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cases import life
from cases.models import Case, CaseTag, EventKind, Tag
from core.errors import DomainError, NotAllowed
from people.models import Person

LONGEST_TAG = 40


class TagUnreadable(DomainError):
    """A tag is a word or two."""

    message = _("A tag has between 1 and 40 characters. Nothing has changed.")


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


def _locked(case: Case, by: Person) -> Case:
    case = life.locked(case)
    if not life.may_work(by, case):
        raise NotAllowed
    return case
