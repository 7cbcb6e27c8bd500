"""Visits to the client's site (rule S12): planned at once, moved, cancelled, made. The clocks of the case run on.

Where the plan or the agreement includes them, a visit is planned from the case. Elsewhere it is a delivery cost (rule D):
then this refuses, and says so.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from cases import life, visit_messages
from cases.models import Case, EventKind, Visit, VisitEnd
from clients.access import has_duty
from clients.models import StaffDuty
from clients.timelog import whole_minute
from core.errors import DomainError, NotAllowed
from core.once import at_one_moment
from core.reasons import reasoned
from people.models import Person

LONGEST = timedelta(hours=14)
FURTHEST = timedelta(days=366)
LONGEST_PLACE, LONGEST_CONTACT = 200, 120


class VisitNotIncluded(DomainError):
    """Neither plan nor agreement includes visits."""

    message = _("Visits are not included in what the client has agreed: a visit is delivery, at a cost. Nothing was planned.")


class VisitTimesRefused(DomainError):
    """The time lies in the past, too far ahead, or is no stretch of a day."""

    message = _("A visit lies ahead, within a year, and takes from a minute to 14 hours. Nothing has changed.")


class PlaceMissing(DomainError):
    """Nobody knows where to go."""

    message = _("Please say where the visit takes place, in 200 characters at most. Nothing has changed.")


class ConsultantAway(DomainError):
    """Whoever should come is at another visit then."""

    message = _("That person is at another visit at that time. Nothing has changed; choose another time or person.")


class NotAConsultant(DomainError):
    """Only somebody who works cases can come."""

    message = _("Only a technician or dispatcher who can sign in visits clients. Nothing has changed.")


class VisitOver(DomainError):
    """The visit was made or cancelled."""

    message = _("This visit was made or cancelled already. Nothing has changed.")


class VisitMismatch(DomainError):
    """The same form has planned another visit."""

    message = _("This form has planned another visit before. Open the page again. Nothing has changed.")


class NotMadeYet(DomainError):
    """What has not begun was not made."""

    message = _("The visit has not begun yet. Nothing has changed.")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Who comes when and where, who lets us in, and what is done there."""

    consultant: Person
    starts_at: datetime
    ends_at: datetime
    place: str
    purpose: str
    contact: str = ""


@at_one_moment()
@transaction.atomic
def plan(case: Case, wanted: Plan, *, by: Person, at: datetime, cause: str) -> Visit:
    """Plan a visit, and tell the client and whoever comes, with an invitation (rule S12). The same `cause` again returns it.

    Raises NotAllowed, CaseClosed, VisitNotIncluded, VisitTimesRefused, PlaceMissing, NotAConsultant, ConsultantAway,
    ReasonMissing and ReasonTooLong of what is done there, VisitMismatch.
    """
    case = life.locked_open(case)
    if not life.may_work(by, case):
        raise NotAllowed
    columns = _checked(wanted, at)
    if found := Visit.objects.filter(cause=cause).first():
        return _the_same(found, case, columns)
    if not life.terms_of(case).visit_included:
        raise VisitNotIncluded
    visit = Visit(case=case, cause=cause, planned_at=at, planned_by=by, **columns)
    _write(visit)
    event = life.note(case, EventKind.VISIT_PLANNED, at=at, by=by, reason=visit.purpose, facts=_facts(visit))
    visit_messages.planned(visit, event)
    return visit


@at_one_moment()
@transaction.atomic
def move(visit: Visit, wanted: Plan, *, by: Person, at: datetime) -> Visit:
    """Let the visit be at another time or place, or by somebody else. Everybody's calendar is told.

    Raises as `plan` does, and VisitOver.
    """
    visit = _locked(visit, by)
    columns, left = _checked(wanted, at), visit.consultant
    if all(getattr(visit, name) == value for name, value in columns.items()):
        return visit
    for name, value in columns.items():
        setattr(visit, name, value)
    visit.sequence += 1
    _write(visit)
    event = life.note(visit.case, EventKind.VISIT_MOVED, at=at, by=by, reason=visit.purpose, facts=_facts(visit))
    visit_messages.moved(visit, event, left=left)
    return visit


@at_one_moment()
@transaction.atomic
def cancel(visit: Visit, *, reason: str, by: Person, at: datetime) -> Visit:
    """The visit does not take place. Raises NotAllowed, VisitOver, ReasonMissing, ReasonTooLong."""
    visit = _locked(visit, by)
    reason = reasoned(reason)
    visit.sequence += 1
    visit.live, visit.ended_at, visit.ended_as, visit.ended_by, visit.outcome = False, at, VisitEnd.CANCELLED, by, reason
    visit.save()
    event = life.note(visit.case, EventKind.VISIT_CANCELLED, at=at, by=by, reason=reason, facts=_facts(visit))
    visit_messages.cancelled(visit, event)
    return visit


@at_one_moment()
@transaction.atomic
def tell_made(visit: Visit, *, outcome: str, by: Person, at: datetime) -> Visit:
    """The visit was made, and what came of it. Raises NotAllowed, VisitOver, NotMadeYet, ReasonMissing, ReasonTooLong."""
    visit = _locked(visit, by)
    if at < visit.starts_at:
        raise NotMadeYet
    visit.ended_at, visit.ended_as, visit.ended_by, visit.outcome = at, VisitEnd.MADE, by, reasoned(outcome)
    visit.save()
    event = life.note(visit.case, EventKind.VISIT_MADE, at=at, by=by, reason=visit.outcome, facts=_facts(visit))
    visit_messages.made(visit, event)
    return visit


def is_consultant(person: Person) -> bool:
    """Whether `person` can be sent to a client: somebody who works cases."""
    return person.is_active and has_duty(person, StaffDuty.TECHNICIAN, StaffDuty.DISPATCHER)


def _locked(visit: Visit, by: Person) -> Visit:
    """The visit as it is now, its case locked before it. Raises NotAllowed, VisitOver."""
    case = life.locked(visit.case)
    if not life.may_work(by, case):
        raise NotAllowed
    current = Visit.objects.select_for_update(of=("self",)).select_related("consultant").get(pk=visit.pk)
    if current.ended_at is not None:
        raise VisitOver
    current.case = case
    return current


def _checked(wanted: Plan, at: datetime) -> dict[str, Any]:
    """The columns that the plan gives. Raises what is wrong with it."""
    starts_at, ends_at = (whole_minute(instant.astimezone(UTC)) for instant in (wanted.starts_at, wanted.ends_at))
    if not at < starts_at <= at + FURTHEST or not timedelta() < ends_at - starts_at <= LONGEST:
        raise VisitTimesRefused
    place, contact = (text.replace("\0", "").strip() for text in (wanted.place, wanted.contact))
    if not place or len(place) > LONGEST_PLACE or len(contact) > LONGEST_CONTACT:
        raise PlaceMissing
    if not is_consultant(wanted.consultant):
        raise NotAConsultant
    purpose = reasoned(wanted.purpose)
    return {
        "consultant": wanted.consultant,
        "starts_at": starts_at,
        "ends_at": ends_at,
        "place": place,
        "contact": contact,
        "purpose": purpose,
    }


def _write(visit: Visit) -> None:
    """Write it; the consultant's row is locked first, for the database's own guard deadlocks under load."""
    Person.objects.select_for_update(no_key=True).get(pk=visit.consultant_id)
    others = Visit.objects.filter(consultant=visit.consultant_id, live=True, starts_at__lt=visit.ends_at, ends_at__gt=visit.starts_at)
    if others.exclude(pk=visit.pk).exists():
        raise ConsultantAway
    try:
        with transaction.atomic():
            visit.save()
    except IntegrityError as refused:
        raise ConsultantAway from refused


def _the_same(found: Visit, case: Case, columns: dict[str, Any]) -> Visit:
    if found.case_id != case.pk or any(getattr(found, name) != value for name, value in columns.items()):
        raise VisitMismatch
    return found


def _facts(visit: Visit) -> dict[str, Any]:
    return {
        "visit": visit.pk,
        "person": visit.consultant_id,
        "starts_at": visit.starts_at.isoformat(),
        "ends_at": visit.ends_at.isoformat(),
        "place": visit.place,
    }
