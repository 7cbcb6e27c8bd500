"""Who does each session of a list, read along with it (rules R2, R8)."""

from django.db.models import Prefetch

from people.models import Person
from sessions.models import Reservation, Session, SessionQuerySet


def with_crew(found: SessionQuerySet) -> SessionQuerySet:
    """The same, with who does each read along in two queries: see `crew_names`."""
    reserved = Reservation.objects.select_related("technician__person").order_by("technician")
    return found.select_related("worker__person").prefetch_related(Prefetch("reservations", queryset=reserved))


def crew_names(session: Session) -> list[str]:
    """Who does `session`, read along by `with_crew`: those reserved for its present start, or its worker (rules R2, R8)."""
    if session.worker is not None:
        return [session.worker.person.name]
    people: dict[int, Person] = {
        reservation.technician_id: reservation.technician.person
        for reservation in session.reservations.all()
        if reservation.live or _covers_start(reservation, session)
    }
    return [person.name for person in people.values()]


def _covers_start(reservation: Reservation, session: Session) -> bool:
    """Whether it was the reservation of the last start of a session that has been worked."""
    if session.submitted_at is None or session.starts_at is None:
        return False
    return reservation.blocked_from <= session.starts_at < reservation.blocked_until
