"""How our technicians get in: kept secret, read by few, each look recorded, erased in the end (rule R3).

The client's people write access instructions in plain words before the end of a session. They are sealed at rest
(`core.sealing`), and only who needs them reads them: the technicians who are assigned while the session is ahead or
runs, and the client's own people. Whoever reads leaves a look that the client sees. Some time after the session has
ended (*setting*) they are erased; the looks stay. The words themselves stand nowhere else: in no mail, event, log,
history, error page or export.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce, Greatest
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from clients import processing
from clients.access import acts_for
from clients.agreements import local_date
from core import sealing
from core.batches import each
from core.errors import DomainError, NotAllowed
from core.sealing import SealBroken
from credits import spending
from people.models import Person
from sessions import crew, life
from sessions import terms as session_terms
from sessions.models import AccessInstructions, AccessLook, Session, State
from sessions.models.sessions import BEFORE_WORK, EventKind

__all__ = ["AccessErased", "AccessMissing", "AccessTooLong", "SealBroken", "erase_due", "may_read", "may_write", "read", "write"]

LONGEST = 4_000
NEEDED = (*BEFORE_WORK, State.IN_PROGRESS, State.PAUSED)
"""While technicians need to get in."""


class AccessMissing(DomainError):
    """There is nothing to keep, or nothing to read."""

    message = _("There are no access instructions. Nothing has changed.")


class AccessTooLong(DomainError):
    """It does not fit."""

    message = _("That is too long: 4,000 characters at most. Nothing has changed.")


class AccessErased(DomainError):
    """The instructions were erased, as was promised; they are not written anew."""

    message = _("The access instructions of this session have been erased. Nothing has changed.")


@sensitive_variables()
@transaction.atomic
def write(*, session: Session, text: str, by: Person, at: datetime) -> AccessInstructions:
    """Keep how to connect and who lets us in, sealed, instead of what was written before (rule R3). The same again changes nothing.

    Raises NotAllowed, SessionMovedOn once the work is over, ProcessingAgreementMissing, AccessMissing, AccessTooLong,
    AccessErased.
    """
    session = life.locked(session)
    if not may_write(by, session, at=at):
        raise NotAllowed
    life.require(session, *NEEDED)
    processing.require(session.organisation, on=local_date(at))
    text = _fitting(text)
    kept = _locked(session)
    if kept is not None and kept.erased_at is not None:
        raise AccessErased
    if kept is not None and _says(kept, text):
        return kept
    columns = {"sealed": sealing.seal(text, context=_context(session)), "written_at": at, "written_by": by}
    kept, _created = AccessInstructions.objects.update_or_create(session=session, defaults=columns)
    life.note(session, EventKind.ACCESS_WRITTEN, at=at, by=by)
    return kept


@sensitive_variables()
@transaction.atomic
def read(*, session: Session, by: Person, at: datetime) -> str:
    """What is to be known to get in. That `by` has looked is recorded, and the client sees it (rule R3).

    Raises NotAllowed, ProcessingAgreementMissing, AccessMissing, AccessErased, SealBroken where no key opens it any more:
    then nobody has read anything, and no look is recorded.
    """
    session = life.locked(session)
    if not may_read(by, session):
        raise NotAllowed
    processing.require(session.organisation, on=local_date(at))
    kept = _locked(session)
    if kept is None:
        raise AccessMissing
    if kept.erased_at is not None:
        raise AccessErased
    text = sealing.unseal(kept.sealed, context=_context(session))
    AccessLook.objects.create(session=session, person=by, at=at)
    return text


def may_write(person: Person, session: Session, *, at: datetime) -> bool:
    """Whether `person` may say how we get in: a member of the client who may book such a session."""
    return spending.may_spend(person, session.account, at=at)


def may_read(person: Person, session: Session) -> bool:
    """Whether `person` may read how to get in: the client's own people but readers, technicians assigned while needed (rule R3)."""
    return acts_for(person, session.organisation) or (session.state in NEEDED and crew.is_assigned(person, session))


def erase_due(at: datetime) -> int:
    """Erase the instructions of sessions that ended so long ago that nobody needs them any more; how many (rule R3)."""
    return each(_due(at), lambda kept: _erase(kept, at=at)) if session_terms.offered() else 0


@transaction.atomic
def _erase(kept: AccessInstructions, *, at: datetime) -> bool:
    """Whether there was still something to erase: hours may have been opened again, or somebody was first."""
    session = life.locked(kept.session)
    if not _due(at).filter(pk=kept.pk).update(sealed="", erased_at=at):
        return False
    life.note(session, EventKind.ACCESS_ERASED, at=at, by=None)
    return True


def _due(at: datetime) -> QuerySet[AccessInstructions]:
    """Those of sessions that were closed, or whose hours were submitted, and whose time was over, so many days ago.

    A session that is still open for work keeps them: somebody may yet have to get in.
    """
    ended = Coalesce("session__closed_at", "session__submitted_at")
    over = Greatest(ended, Coalesce(F("session__ends_at"), ended))
    kept = AccessInstructions.objects.filter(erased_at=None).exclude(session__state__in=NEEDED).select_related("session")
    return kept.filter(pk__in=kept.annotate(over=over).filter(over__lte=at - _kept_for()).values("pk"))


def _kept_for() -> timedelta:
    return timedelta(days=session_terms.current().access_kept_days)


def _locked(session: Session) -> AccessInstructions | None:
    return AccessInstructions.objects.select_for_update().filter(session=session).first()


def _fitting(text: str) -> str:
    said = "\n".join(text.strip().splitlines())
    if not said:
        raise AccessMissing
    if len(said) > LONGEST:
        raise AccessTooLong
    return said


def _says(kept: AccessInstructions, text: str) -> bool:
    try:
        return sealing.unseal(kept.sealed, context=_context(kept.session)) == text
    except SealBroken:
        return False


def _context(session: Session) -> str:
    return f"session:{session.pk}:access"
