"""Work in a session: it starts, time is logged to the minute, and the hours are submitted (rules C6, C7, R6, R7).

Time is logged by those who do the session, or by the account manager on behalf of them. Nobody works twice at
once, nor in a pause. What is logged long after it was done counts only if the client accepts it. Until the hours are
submitted an entry is corrected by taking it back and logging another, so that both can be read; afterwards nothing is
added unless the hours are opened again.
"""

from datetime import UTC, datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from clients.access import manages
from clients.timelog import whole_minute
from core.errors import DomainError, NotAllowed
from core.reasons import ReasonMissing, reasoned
from credits import accounts, ledger
from people.models import Person
from sessions import cover, hours_messages, late_work, life, pauses
from sessions.confirmation import silence_confirms_at
from sessions.crew import dismiss, is_assigned, may_run
from sessions.models import Session, SessionKind, State, Technician, WorkEntry
from sessions.models.sessions import EventKind
from sessions.no_shows import attempt_call, miss, miss_for_access
from sessions.receipts import receipt
from sessions.second_yes import FORGOTTEN
from sessions.starts import EARLY, NotAgreed, NotCovered, StartTooEarly, start

__all__ = [
    "NotAgreed",
    "NotCovered",
    "StartTooEarly",
    "attempt_call",
    "hand_in",
    "log",
    "miss",
    "miss_for_access",
    "reopen",
    "start",
    "submit",
    "take_back",
]

LONGEST = timedelta(hours=24)
"""The longest stretch of work that is one entry."""


class NotInProgress(life.SessionMovedOn):
    """Time is logged between start and submission only (rule R6)."""

    message = _("Time is logged while a session is in progress. Submitted hours have to be opened again first.")


class TimesReversed(DomainError):
    """The work would have ended before it began, or at once."""

    message = _("The work has to end after it began, by a minute at least. Nothing was logged.")


class WorkTooLong(DomainError):
    """No entry is longer than a day."""

    message = _("One entry is 24 hours at most. Nothing was logged.")


class WorkInFuture(DomainError):
    """Only what is done can be logged."""

    message = _("Work can be logged once it is done, not ahead. Nothing was logged.")


class WorkBeforeStart(DomainError):
    """The work lies before the session."""

    message = _("This lies before the session was started. Nothing was logged.")


class EntriesOverlap(DomainError):
    """The same person already has time logged there, in this session or another: nobody works twice at once."""

    message = _("Some of this time is already logged for the same person, here or in another session. Nothing was logged.")


class EntryTakenBack(DomainError):
    """The entry had been taken back before."""

    message = _("This entry has already been taken back. Nothing has changed.")


@transaction.atomic
def log(  # noqa: PLR0913 who, from, to and what belong together, and so do by and at
    *,
    session: Session,
    technician_person: Person,
    started_at: datetime,
    ended_at: datetime,
    note: str,
    by: Person,
    at: datetime,
    corrects: WorkEntry | None = None,
    late_reason: str = "",
) -> WorkEntry:
    """Log that somebody of the crew worked from `started_at` to `ended_at`, to the minute (rules C7, R6, R7).

    `corrects` is the entry of the same worker that this one replaces. `by` is the worker, or the account manager on behalf. More than
    the agreed working days later `late_reason` says why, and the client is asked whether the work is accepted.
    Raises NotAllowed, NotInProgress, TimesReversed, WorkTooLong, WorkInFuture, WorkBeforeStart, WorkDuringPause,
    LateReasonMissing(days), EntriesOverlap, EntryTakenBack, ReasonMissing where the note does not say what was done.
    """
    session = life.locked(session)
    _check_may_log(session, technician_person, by)
    if corrects is not None and corrects.person_id != technician_person.pk:
        raise NotAllowed
    started_at, ended_at = whole_minute(started_at.astimezone(UTC)), whole_minute(ended_at.astimezone(UTC))
    _check_times(session, started_at, ended_at, at)
    pauses.check_outside(session, started_at=started_at, ended_at=ended_at)
    is_late = late_work.is_late(session=session, stretch=(started_at, ended_at), corrects=corrects, at=at)
    why_late = late_work.reason_of(session, late_reason) if is_late else ""
    Technician.objects.select_for_update().get(person=technician_person)
    if corrects is not None:
        _take_back(session, corrects)
    entry = _add(
        WorkEntry(
            session=session,
            person=technician_person,
            started_at=started_at,
            ended_at=ended_at,
            note=reasoned(note),
            logged_at=at,
            corrects=corrects,
        )
    )
    life.note(session, EventKind.LOGGED, at=at, by=by, facts=life.facts_of(entry))
    if is_late:
        late_work.ask(entry=entry, reason=why_late, by=by, at=at)
    return entry


@transaction.atomic
def take_back(*, entry: WorkEntry, by: Person, at: datetime, reason: str) -> WorkEntry:
    """Take back time that was logged wrongly, before submission (rule R6). It stays readable and counts no more.

    Raises NotAllowed, NotInProgress, EntryTakenBack, ReasonMissing.
    """
    session = life.locked(entry.session)
    _check_may_log(session, entry.person, by)
    reason = reasoned(reason)
    Technician.objects.select_for_update().get(person=entry.person)
    _take_back(session, entry)
    life.note(session, EventKind.UNLOGGED, at=at, by=by, reason=reason, facts=life.facts_of(entry))
    entry.refresh_from_db(fields=["live"])
    return entry


@transaction.atomic
def submit(*, session: Session, summary: str, by: Person, at: datetime) -> Session:
    """End the work with a written summary and ask the client to confirm the hours (rules C7, C8, R7).

    The hold becomes the rounded total, as far as there is credit; the technicians can be booked again. No entry at
    all makes 0 minutes. Raises NotAllowed, NotInProgress, LateWorkUnanswered(minutes), ReasonMissing where nothing was
    summed up.
    """
    accounts.lock([session.account_id])
    session = life.locked(session)
    if not may_run(by, session):
        raise NotAllowed
    _check_in_progress(session)
    hand_in(session, summary=summary, by=by, at=at)
    return session


def hand_in(session: Session, *, summary: str, by: Person, at: datetime, fault: str = "") -> None:
    """Submit the hours of a session that runs, locked after its account; `fault` is whose it was where it was broken off.

    Raises LateWorkUnanswered(minutes), ReasonMissing.
    """
    summary = summary.strip()
    if not summary:
        raise ReasonMissing
    late_work.check_answered(session)
    bill = receipt(session)
    figures = {"raw_minutes": bill.raw_minutes, "free_minutes": bill.free_minutes, "charged_minutes": bill.charged_minutes}
    life.step(session, to=State.SUBMITTED, at=at, submitted_at=at, submitted_by=by, summary=summary, fault=fault, **figures)
    ledger.resize_hold(hold=life.hold(session), minutes=bill.charged_minutes, at=at)
    dismiss(session)
    life.note(session, EventKind.SUBMITTED, at=at, by=by, facts={"round": session.round, **figures})
    hours_messages.hours_to_confirm(session, bill=bill, silence_at=silence_confirms_at(session), at=at)
    cover.follow_account(account_id=session.account_id, at=at)


@transaction.atomic
def reopen(*, session: Session, by: Person, at: datetime, reason: str) -> Session:
    """Open submitted hours again, so that they can be corrected and submitted anew (rule R6).

    A session that was broken off runs again: it ends anew, by submission or by breaking it off.
    Raises NotAllowed, ReasonMissing, SessionMovedOn once the client has confirmed or disputed them.
    """
    session = life.locked(session)
    if not (may_run(by, session) or manages(by, session.organisation)):
        raise NotAllowed
    life.require(session, State.SUBMITTED)
    reason = reasoned(reason)
    life.step(session, to=State.IN_PROGRESS, at=at, round=session.round + 1, fault="", **FORGOTTEN)
    life.note(session, EventKind.REOPENED, at=at, by=by, reason=reason, facts={"round": session.round})
    hours_messages.reopened(session, reason=reason, at=at)
    return session


def _check_may_log(session: Session, worker: Person, by: Person) -> None:
    if by != worker and not manages(by, session.organisation):
        raise NotAllowed
    if not is_assigned(worker, session):
        raise NotAllowed
    _check_in_progress(session)


def _check_in_progress(session: Session) -> None:
    if session.state not in (State.IN_PROGRESS, State.PAUSED):
        raise NotInProgress


def _check_times(session: Session, started_at: datetime, ended_at: datetime, at: datetime) -> None:
    if ended_at <= started_at:
        raise TimesReversed
    if ended_at - started_at > LONGEST:
        raise WorkTooLong
    if ended_at > at:
        raise WorkInFuture
    began = [instant for instant in (session.started_at, session.starts_at) if instant is not None]
    early = timedelta() if session.kind == SessionKind.URGENT else EARLY  # nobody was asked or told before (rule R8)
    if started_at < whole_minute(min(began)) - early:
        raise WorkBeforeStart


def _take_back(session: Session, entry: WorkEntry) -> None:
    if not WorkEntry.objects.filter(pk=entry.pk, session=session, live=True).update(live=False):
        raise EntryTakenBack


def _add(entry: WorkEntry) -> WorkEntry:
    """Insert `entry`. The database itself refuses one that overlaps another of the same person."""
    try:
        with transaction.atomic():
            entry.save(force_insert=True)
    except IntegrityError as refused:
        if "no_overlap" in str(refused):
            raise EntriesOverlap from refused
        raise
    return entry
