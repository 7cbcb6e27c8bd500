"""What a client sees of sessions: those of the organisations they belong to, each with what it asks for now.

A list of them takes a fixed number of queries, however long it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch, QuerySet
from django.db.models.functions import Coalesce

from clients.models import Organisation
from people.models import Person
from sessions import cover, quotes
from sessions.models import Consent, LateWork, Reservation, Series, Session

__all__ = ["WHEN", "Row", "consents_of", "late_work_of", "rows", "series_of", "sessions_of"]

WHEN = Coalesce("starts_at", "started_at", "requested_at")
"""By which sessions are put in order: unplanned work has no time, and stands where it was begun or proposed (rule R8)."""


@dataclass(frozen=True)
class Row:
    """One session in a list. `missing_minutes` of credit keep it from being agreed; `free_until` is its cut-off."""

    session: Session
    technicians: Sequence[Person]
    free_until: datetime | None
    is_late: bool
    missing_minutes: int


def sessions_of(person: Person) -> QuerySet[Session]:
    """The sessions of the organisations `person` belongs to as a client."""
    return Session.objects.visible_to(person).filter(organisation__in=Organisation.objects.of_member(person))


def series_of(person: Person) -> QuerySet[Series]:
    """The series of sessions of the organisations `person` belongs to as a client."""
    return Series.objects.filter(organisation__in=Organisation.objects.of_member(person))


def consents_of(person: Person) -> QuerySet[Consent]:
    """The questions for more time about those sessions (rule C8)."""
    return Consent.objects.filter(session__in=sessions_of(person))


def late_work_of(person: Person) -> QuerySet[LateWork]:
    """The questions whether work that was logged late is accepted (rule R6)."""
    return LateWork.objects.filter(entry__session__in=sessions_of(person))


def rows(sessions: QuerySet[Session], *, at: datetime) -> list[Row]:
    """The sessions with technicians, cut-off and what is missing; queries do not depend on how many there are."""
    crew = Reservation.objects.filter(live=True).select_related("technician__person").order_by("technician")
    read = sessions.select_related(
        "organisation", "account__organisation", "purpose", "hold", "requested_by", "submitted_by", "first_confirmed_by", "worker__person"
    )
    listed = list(read.prefetch_related(Prefetch("reservations", queryset=crew, to_attr="crew")))
    missing = cover.gaps(listed)
    return [_row(session, missing.get(session.pk, 0), at) for session in listed]


def _row(session: Session, missing: int, at: datetime) -> Row:
    until = quotes.free_until(session)
    reserved = [reservation.technician for reservation in session.crew]  # type: ignore[attr-defined]  # prefetched
    return Row(
        session=session,
        technicians=[technician.person for technician in ([session.worker] if session.worker else reserved)],
        free_until=until,
        is_late=until is not None and at > until,
        missing_minutes=missing,
    )
