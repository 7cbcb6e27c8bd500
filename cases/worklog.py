"""Time worked on cases (rules S10, S11, C7): covered by the plan, and never deducted from credit.

Logged to the minute by whoever worked, or on behalf of them by the account manager or a dispatcher. Nobody works twice
at once. On a closed case what was done before it was closed can still be logged, for as long as it could be reopened.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from cases import calls, life
from cases.models import OPEN_STATES, Case, CaseEvent, CaseTime, EventKind, State
from clients.access import has_duty, manages
from clients.models import StaffDuty
from clients.timelog import whole_minute
from core.errors import DomainError, NotAllowed
from core.reasons import reasoned
from people.models import Person

LONGEST = timedelta(hours=24)
BEFORE_REPORT = timedelta(hours=24)
"""A call is often written down after it was worked on."""
MINUTE = timedelta(minutes=1)


class TimesReversed(DomainError):
    """The work would have ended before it began, or at once."""

    message = _("The work has to end after it began, by a minute at least. Nothing was logged.")


class WorkTooLong(DomainError):
    """No entry is longer than a day."""

    message = _("One entry is 24 hours at most. Nothing was logged.")


class WorkInFuture(DomainError):
    """Only what is done can be logged."""

    message = _("Work can be logged once it is done, not ahead. Nothing was logged.")


class WorkBeforeReport(DomainError):
    """The work lies more than a day before the report."""

    message = _("This lies before the case was reported. Nothing was logged.")


class WorkAfterClosing(DomainError):
    """The case was closed by then, or was closed too long ago."""

    message = _("The case was closed by then, or was closed too long ago. Reopen it first. Nothing was logged.")


class EntriesOverlap(DomainError):
    """The same person already has time logged there, on this case or another: nobody works twice at once."""

    message = _("Some of this time is already logged for the same person, on this case or another. Nothing was logged.")


class EntryTakenBack(DomainError):
    """The entry had been taken back before."""

    message = _("This entry has already been taken back. Nothing has changed.")


@dataclass(frozen=True)
class Begun:
    """Somebody began to troubleshoot a case at `since`, and has logged nothing of it yet (rule S4)."""

    case: Case
    since: datetime


@transaction.atomic
def log(  # noqa: PLR0913 who, from, to and what belong together, and so do by and at
    *, case: Case, person: Person, started_at: datetime, ended_at: datetime, note: str, by: Person, at: datetime
) -> CaseTime:
    """Log that `person` worked on `case` from `started_at` to `ended_at`, to the minute. A call may become due (rule S10).

    Raises NotAllowed, TimesReversed, WorkTooLong, WorkInFuture, WorkBeforeReport, WorkAfterClosing, EntriesOverlap,
    ReasonMissing where the note does not say what was done, ReasonTooLong.
    """
    case = life.locked(case)
    _check_may_log(case, person, by)
    started_at, ended_at = whole_minute(started_at.astimezone(UTC)), whole_minute(ended_at.astimezone(UTC))
    _check_times(case, started_at, ended_at, at)
    Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    columns: dict[str, Any] = {"started_at": started_at, "ended_at": ended_at, "note": reasoned(note), "logged_at": at}
    entry = _add(CaseTime(case=case, person=person, **columns))
    life.note_internally(case, EventKind.LOGGED, at=at, by=by, facts=_facts(entry))
    if case.state != State.CLOSED:
        calls.after_work(case, at=at)
    return entry


@transaction.atomic
def take_back(*, entry: CaseTime, by: Person, at: datetime, reason: str) -> CaseTime:
    """Take back time that was logged wrongly. It stays readable and counts no more; a call that it raised stays.

    Raises NotAllowed, EntryTakenBack, ReasonMissing, ReasonTooLong.
    """
    case = life.locked(entry.case)
    _check_may_log(case, entry.person, by)
    reason = reasoned(reason)
    if not CaseTime.objects.filter(pk=entry.pk, live=True).update(live=False):
        raise EntryTakenBack
    life.note_internally(case, EventKind.UNLOGGED, at=at, by=by, reason=reason, facts=_facts(entry))
    entry.refresh_from_db(fields=["live"])
    return entry


def logged_on(case: Case) -> QuerySet[CaseTime]:
    """What counts of the time on a case, the oldest first."""
    return CaseTime.objects.filter(case=case, live=True).select_related("person").order_by("started_at", "pk")


def total_minutes(case: Case) -> int:
    """All that counts, over everybody who worked."""
    return sum(entry.minutes for entry in logged_on(case))


def check_stretch(started_at: datetime, ended_at: datetime, *, at: datetime) -> None:
    """Whether anybody can have worked so by `at`, on whatever. Raises TimesReversed, WorkTooLong, WorkInFuture."""
    if ended_at <= started_at:
        raise TimesReversed
    if ended_at - started_at > LONGEST:
        raise WorkTooLong
    if ended_at > at:
        raise WorkInFuture


def begun(person: Person, *, at: datetime) -> list[Begun]:
    """The open cases that `person` began to troubleshoot and has logged nothing of since, the latest first (rule S4).

    Beginning opens the entry: its first instant is kept in the event, and the form that logs begins there. What was begun
    longer than a day ago is no longer one entry.
    """
    later = CaseTime.objects.filter(case=OuterRef("case"), person=person, live=True, ended_at__gt=OuterRef("at"))
    events = CaseEvent.objects.filter(kind=EventKind.TROUBLESHOOTING, by=person, case__state__in=OPEN_STATES, at__gt=at - LONGEST)
    found = events.exclude(Exists(later)).select_related("case__organisation").order_by("-at", "-pk")
    return [Begun(event.case, whole_minute(event.at)) for event in found]


def _check_may_log(case: Case, worker: Person, by: Person) -> None:
    on_behalf = manages(by, case.organisation) or has_duty(by, StaffDuty.DISPATCHER)
    if not by.is_active or not (by == worker or on_behalf) or not life.may_work(worker, case):
        raise NotAllowed


def _check_times(case: Case, started_at: datetime, ended_at: datetime, at: datetime) -> None:
    check_stretch(started_at, ended_at, at=at)
    if started_at < case.opened_at - BEFORE_REPORT:
        raise WorkBeforeReport
    if case.closed_at is not None:
        last = case.closed_at + timedelta(days=life.terms_of(case).reopen_days)
        if ended_at > whole_minute(case.closed_at) + MINUTE or at > last:
            raise WorkAfterClosing


def _facts(entry: CaseTime) -> dict[str, Any]:
    """Time worked as events keep it."""
    times = {"started_at": entry.started_at.isoformat(), "ended_at": entry.ended_at.isoformat()}
    return {"entry": entry.pk, "person": entry.person_id, "minutes": entry.minutes, **times}


def _add(entry: CaseTime) -> CaseTime:
    """Insert `entry`. The database itself refuses one that overlaps another of the same person."""
    try:
        with transaction.atomic():
            entry.save(force_insert=True)
    except IntegrityError as refused:
        if "no_overlap" in str(refused):
            raise EntriesOverlap from refused
        raise
    return entry
