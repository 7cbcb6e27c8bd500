"""Another technician takes over a session, at the time that was agreed (rules R2, R6).

The dispatcher, the crew or the account manager says who leaves and who takes their place, and why. It never costs the
client anything: the start, its notice, the credit that is held and the factor stay as they are. Who takes over does
this kind of work and is free then; else it is refused, and those who are free are named. The reservation passes from
one to the other, so that the time is never open in between.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from clients.access import manages
from core.errors import DomainError, NotAllowed
from core.reasons import reasoned
from credits import accounts
from people.models import Person
from sessions import availability, cover, crew, life, messages
from sessions.availability import Wanted
from sessions.models import Reservation, Session, State, Technician
from sessions.models.sessions import EventKind

__all__ = ["AlreadyThere", "NotAllowed", "NotThere", "TechnicianNotFree", "may_reassign", "reassign", "successors"]

BOOKED = (State.AWAITING_TOP_UP, State.SCHEDULED)


class NotThere(DomainError):
    """Who was to leave does not do the session, or no longer."""

    message = _("This technician does not do the session any more. Nothing has changed; look at it again.")


class AlreadyThere(DomainError):
    """Who was to take over does the session already."""

    message = _("This technician does the session already. Nothing has changed.")


class TechnicianNotFree(DomainError):
    """Who was to take over does not do this kind of work, or is not free at the time. `free` are those who could."""

    def __init__(self, technician: Technician, free: Sequence[Technician]) -> None:
        super().__init__(technician, free)
        self.technician, self.free = technician, free

    @property
    def message(self) -> str:
        """The sentence with who could."""
        names = {"name": self.technician, "others": ", ".join(map(str, self.free))}
        if self.free:
            return _("%(name)s cannot take this over: not free then, or not their kind of work. Free then: %(others)s.") % names
        return _("%(name)s cannot take this over: not free then, or not their kind of work. Nobody else is free then either.") % names


@transaction.atomic
def reassign(*, session: Session, leaves: Technician, takes: Technician, reason: str, by: Person, at: datetime) -> Session:
    """Let `takes` do the session instead of `leaves`; nothing else of it changes (rules R2, R6).

    Raises NotAllowed, SessionMovedOn, ReasonMissing, NotThere, AlreadyThere, TechnicianNotFree(technician, free).
    """
    session = _locked(session)
    list(Technician.objects.filter(pk__in={leaves.pk, takes.pk}).select_for_update(of=("self",)).order_by("pk"))
    there = Reservation.objects.filter(session=session, live=True)
    reservation = there.filter(technician=leaves).first()
    if reservation is None:
        raise NotThere  # said first: who has just handed over their own, twice, may do nothing to it any more
    if not may_reassign(by, session):
        raise NotAllowed
    reason = reasoned(reason)
    if there.filter(technician=takes).exists():
        raise AlreadyThere
    _pass_on(reservation, takes)
    facts = {"start": session.start_number, "left": leaves.pk, "took": takes.pk}
    event = life.note(session, EventKind.REASSIGNED, at=at, by=by, reason=reason, facts=facts)
    messages.changed("reassigned", session, event, [leaves, takes], leaves=leaves, takes=takes, was=session.starts_at)
    return session


def may_reassign(person: Person, session: Session) -> bool:
    """Whether `person` may say who does the session: the crew, a dispatcher, the account manager."""
    return manages(person, session.organisation) or crew.may_run(person, session)


def successors(session: Session) -> list[Technician]:
    """Who does this kind of work, is free at the time of the session, and does not do it yet; by name."""
    there = Reservation.objects.filter(session=session, live=True).values("technician")
    free = _free(session, Wanted(purpose=session.purpose, minutes=session.estimate_minutes))
    return list(Technician.objects.filter(pk__in=free).exclude(pk__in=there).select_related("person").order_by("person__name", "pk"))


def _locked(session: Session) -> Session:
    """The session as it is now, its account locked first; with the start that was read."""
    accounts.lock([session.account_id])
    current = life.locked(session)
    life.require(current, *BOOKED)
    if current.start_number != session.start_number or current.starts_at != session.starts_at:
        raise life.SessionMovedOn
    return current


def _pass_on(reservation: Reservation, takes: Technician) -> None:
    """Let the reservation be of who takes over. The database refuses an overlap by itself, and means the same."""
    session = reservation.session
    wanted = Wanted(purpose=session.purpose, minutes=session.estimate_minutes, technician=takes)
    if takes.pk not in _free(session, wanted):
        raise TechnicianNotFree(takes, successors(session))
    try:
        with transaction.atomic():
            Reservation.objects.filter(pk=reservation.pk).update(technician=takes)
    except IntegrityError:
        raise TechnicianNotFree(takes, successors(session)) from None


def _free(session: Session, wanted: Wanted) -> Sequence[int]:
    """Who is free at the time of the session, of those who could be asked. It was agreed: no lead and no limit counts."""
    starts_at = cover.start_of(session)
    slot = availability.slot_at(wanted=replace(wanted, moving=session, overriding=True), starts_at=starts_at, at=starts_at)
    return slot.technicians if slot else ()
