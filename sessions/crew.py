"""Who does a session: the technicians reserved for it, or the one who does unplanned work (rules R2, R6, R8)."""

from django.db.models import QuerySet

from clients.access import has_duty
from clients.models import StaffDuty
from people.models import Person
from sessions.life import CLOSED
from sessions.models import Reservation, Session, Technician


def crew(session: Session) -> QuerySet[Technician]:
    """The technicians who do `session`. Reservations end with the work or the session; who had the last ones stays."""
    if session.worker_id is not None:
        return Technician.objects.filter(pk=session.worker_id)
    reservations = Reservation.objects.filter(session=session)
    if session.submitted_at is not None or session.state in CLOSED:
        reservations = reservations.order_by("-pk")[: session.technician_count]
    else:
        reservations = reservations.filter(live=True)
    return Technician.objects.filter(pk__in=reservations.values("technician")).order_by("pk")


def is_assigned(person: Person, session: Session) -> bool:
    """Whether `person` is one of the technicians who do `session`."""
    return crew(session).filter(person=person).exists()


def may_run(person: Person, session: Session) -> bool:
    """Whether `person` may start, end and submit `session`: its technicians, or a dispatcher."""
    return has_duty(person, StaffDuty.DISPATCHER) or is_assigned(person, session)


def dismiss(session: Session) -> None:
    """End the reservations of `session`: its technicians can be booked again."""
    Reservation.objects.filter(session=session, live=True).update(live=False)
