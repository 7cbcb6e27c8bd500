"""The sessions that belong into somebody's calendar (rule R4).

Those to which the person is invited, does as a technician, or has booked for an organisation of their own; never more
than the person may see today, so that who has left a client or the company finds nothing any more. What was called off
stays for a while, so that a calendar which is read seldom learns of it; what is over stays for a quarter.
"""

from datetime import datetime, timedelta

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from people.models import Person
from sessions.life import CLOSED
from sessions.models import Attendee, Reservation, Session, SessionQuerySet, Side, State

CALLED_OFF = (State.CANCELLED, State.RELEASED)
"""What a calendar shows as cancelled, unless it was started. A session that was missed or broken off took place in its time."""
PAST_KEPT = timedelta(days=90)
"""Long enough for a quarter's report, short enough that a busy technician's calendar stays small."""


def sessions_of(person: Person, *, at: datetime, cancelled_kept: timedelta) -> SessionQuerySet:
    """The sessions with a time that are in the calendar of `person` at `at`; those called off for `cancelled_kept`."""
    oldest = at - max(PAST_KEPT, cancelled_kept)
    mine = _attended(person).union(_worked(person, oldest), _booked(person))
    called_off = Q(state__in=CALLED_OFF, started_at=None)
    kept = called_off & Q(closed_at__gt=at - cancelled_kept) | ~called_off & Q(ends_at__gt=at - PAST_KEPT)
    return Session.objects.visible_to(person).filter(kept, pk__in=mine, starts_at__isnull=False)


def is_called_off(session: Session) -> bool:
    """Whether calendars show the session as cancelled."""
    return session.state in CALLED_OFF and session.started_at is None


def leaves_at(session: Session, *, cancelled_kept: timedelta) -> datetime:
    """When the session drops out of calendars by the passing of time alone."""
    if is_called_off(session) and session.closed_at is not None:
        return session.closed_at + cancelled_kept
    return (session.ends_at or session.requested_at) + PAST_KEPT


def _attended(person: Person) -> QuerySet[Attendee, int]:
    """Invited, and not disinvited. With a session that is called off the invitation of its client ends too, and stays in sight."""
    invited = Q(live=True) | Q(side=Side.CLIENT, session__state__in=CALLED_OFF)
    return Attendee.objects.filter(invited, person=person).values_list("session", flat=True)


def _worked(person: Person, oldest: datetime) -> QuerySet[Reservation, int]:
    """Done by `person`, as `sessions.crew` says: reservations in force, or the last ones of a session that is over."""
    later = Reservation.objects.filter(session=OuterRef("session"), pk__gt=OuterRef("pk")).order_by().values("session")
    over = Q(session__submitted_at__isnull=False) | Q(session__state__in=CLOSED)
    theirs = Reservation.objects.filter(technician__person=person, blocked_until__gt=oldest)
    last = theirs.alias(later=Coalesce(Subquery(later.annotate(number=Count("pk")).values("number")), 0))
    return last.filter(Q(live=True) | over & Q(later__lt=F("session__technician_count"))).values_list("session", flat=True)


def _booked(person: Person) -> QuerySet[Session, int]:
    """Booked by `person` for an organisation that they belong to; not what an account manager booked for a client."""
    return Session.objects.filter(requested_by=person, organisation__memberships__person=person).values_list("pk", flat=True)
