"""Visits to clients beside remote sessions (rules S12, R2): a technician is never at a client's and in a session at once.

`cases.visits` plans them; here it is seen to that the time is not booked already. Bookings in turn see visits as time
that is taken (`sessions.rosters`). Both lock the technician's row before they look, so that neither overlooks the other,
and both the case before it.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cases import life, visits
from cases.models import Case, Visit
from cases.visits import Plan
from core.errors import DomainError
from core.formatting import clock
from core.once import at_one_moment
from people.models import Person
from sessions.models import Reservation, Technician


class ConsultantBooked(DomainError):
    """The technician has a session then."""

    def __init__(self, *, starts_at: datetime, ends_at: datetime) -> None:
        super().__init__(starts_at, ends_at)
        self.starts_at, self.ends_at = starts_at, ends_at

    @property
    def message(self) -> str:
        """When that is."""
        said = _("That person has a remote session from %(begins)s to %(ends)s. Nothing has changed; choose another time or person.")
        return said % {"begins": clock(self.starts_at), "ends": clock(self.ends_at)}


@at_one_moment()
@transaction.atomic
def plan(case: Case, wanted: Plan, *, by: Person, at: datetime, cause: str) -> Visit:
    """Plan a visit, where nobody is booked for a session meanwhile. Raises ConsultantBooked, and what `visits.plan` raises."""
    _check_free(wanted, case)
    return visits.plan(case, wanted, by=by, at=at, cause=cause)


@at_one_moment()
@transaction.atomic
def move(visit: Visit, wanted: Plan, *, by: Person, at: datetime) -> Visit:
    """Change a visit likewise. Raises ConsultantBooked, and what `visits.move` raises."""
    _check_free(wanted, visit.case)
    return visits.move(visit, wanted, by=by, at=at)


def _check_free(wanted: Plan, case: Case) -> None:
    life.locked(case)
    technician = Technician.objects.select_for_update(of=("self",)).filter(person=wanted.consultant).first()
    if technician is None:
        return
    taken = Reservation.objects.filter(
        technician=technician, live=True, blocked_from__lt=wanted.ends_at, blocked_until__gt=wanted.starts_at
    ).order_by("blocked_from")
    if (first := taken.first()) is not None:
        raise ConsultantBooked(starts_at=first.blocked_from, ends_at=first.blocked_until)
