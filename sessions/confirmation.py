"""Submitted hours are confirmed by the client, and then deducted (rules C7, C8).

An approver who decides about the account confirms them; above the sum that one decides alone it takes two. Silence
confirms only where that was agreed before the booking, after the agreed number of working days, on a date that every
mail has announced. Reminders go out as long as nothing is said.
"""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from clients import provider
from core.errors import DomainError, NotAllowed
from credits import accounts, ledger, spending
from people.models import Person
from sessions import cover, hours_messages, life, second_yes
from sessions.models import Session, SessionEvent, State, WorkEntry
from sessions.models.sessions import EventKind


class SilenceNotConfirming(DomainError):
    """Silence does not confirm these hours: it was not agreed, or its date has not come."""

    message = _("Silence does not confirm these hours, or not yet. Nothing has changed.")


@transaction.atomic
def confirm(*, session: Session, by: Person, at: datetime) -> Session:
    """Accept the submitted hours and deduct them (rules C7, C8). However many try at once, one does it.

    What is accepted are the hours of the round in which `session` was read, never others submitted meanwhile. Above the
    sum that `by` decides alone the session stays submitted, with the first yes of two noted (rules: People). Raises
    NotAllowed for anybody who does not decide about the account, SecondApproverNeeded, NoSecondApprover, SessionMovedOn
    where those hours no longer wait for confirmation.
    """
    accounts.lock([session.account_id])
    session = life.locked_as_read(session)
    about = spending.voices_about(session.account, at=at)
    if by not in {voice.person for voice in about}:
        raise NotAllowed
    life.require(session, State.SUBMITTED)
    if not second_yes.completes(session, by, among=about):
        second_yes.note_first(session, by=by, among=about, at=at)
        return session
    deduct(session=session, by=by, at=at)
    life.step(session, to=State.CONFIRMED, at=at)
    life.note(session, EventKind.CONFIRMED, at=at, by=by, facts=_facts(session))
    hours_messages.confirmed(session, by=by, at=at)
    cover.follow_account(account_id=session.account_id, at=at)
    return session


@transaction.atomic
def confirm_by_silence(*, session: Session, at: datetime) -> Session:
    """Take the client's silence for a yes, where that was agreed and its date has come (rule C8).

    Raises SilenceNotConfirming, SessionMovedOn where the client has spoken meanwhile.
    """
    accounts.lock([session.account_id])
    session = life.locked(session)
    life.require(session, State.SUBMITTED)
    due = silence_confirms_at(session)
    if due is None or at < due:
        raise SilenceNotConfirming
    deduct(session=session, by=None, at=at)
    life.step(session, to=State.CONFIRMED, at=at)
    life.note(session, EventKind.CONFIRMED_BY_SILENCE, at=at, by=None, facts=_facts(session))
    hours_messages.confirmed(session, by=None, contest_until=contest_until(session), at=at)
    cover.follow_account(account_id=session.account_id, at=at)
    return session


@transaction.atomic
def remind(*, session: Session, at: datetime) -> SessionEvent | None:
    """Remind the approvers of hours that have waited for so many working days, once for each reminder (rule C8).

    None where no reminder is due that has not gone out. Raises SessionMovedOn where nothing waits any more.
    """
    session = life.locked(session)
    life.require(session, State.SUBMITTED)
    number, due = last_reminder_due(session, at=at)
    if not number or session.events.filter(kind=EventKind.REMINDED, at__gte=due).exists():
        return None
    hours_messages.reminder(session, number=number, silence_at=silence_confirms_at(session), at=at)
    return life.note(session, EventKind.REMINDED, at=at, by=None, facts={"number": number, "round": session.round})


def silence_confirms_at(session: Session) -> datetime | None:
    """When silence will confirm the submitted hours; None where it never does (rule C8)."""
    if not session.silence_confirms or session.submitted_at is None:
        return None
    return provider.working_days().add(session.submitted_at, session.silence_days)


def last_reminder_due(session: Session, *, at: datetime) -> tuple[int, datetime]:
    """The number of the latest reminder that is due by `at`, and since when; number 0 where none is yet (rule C8)."""
    submitted_at = session.submitted_at
    if submitted_at is None or session.reminder_days == 0:
        return 0, at
    number, due, working = 0, submitted_at, provider.working_days()
    while (following := working.add(submitted_at, (number + 1) * session.reminder_days)) <= at:
        number, due = number + 1, following
    return number, due


def contest_until(session: Session) -> datetime | None:
    """Until when hours that silence confirmed can be contested; None for others (rule C8)."""
    if session.state != State.CONFIRMED or session.closed_at is None:
        return None
    if not session.events.filter(kind=EventKind.CONFIRMED_BY_SILENCE).exists():
        return None
    return session.closed_at + timedelta(days=session.contest_days)


def contestable(sessions: QuerySet[Session], *, at: datetime) -> list[tuple[Session, datetime]]:
    """Those of `sessions` whose hours can still be contested at `at`, each with the last instant, the first on top (rule C8)."""
    silent = sessions.filter(state=State.CONFIRMED, charged_minutes__gt=0, events__kind=EventKind.CONFIRMED_BY_SILENCE).distinct()
    dated = [(session, session.closed_at + timedelta(days=session.contest_days)) for session in silent if session.closed_at is not None]
    return sorted(((session, until) for session, until in dated if at <= until), key=lambda found: (found[1], found[0].pk))


def last_day(session: Session) -> date | None:
    """The provider's local date of the last minute worked; without work, of the start."""
    ended_at = WorkEntry.objects.filter(session=session, live=True).order_by("-ended_at").values_list("ended_at", flat=True).first()
    last = ended_at - timedelta(minutes=1) if ended_at else session.started_at
    return last.astimezone(provider.current().zone).date() if last else None


def settlement_cause(session: Session) -> str:
    """What names the deduction of the present round in the ledger (rule C14)."""
    return f"session:{session.pk}:settlement:{session.round}"


def deduct(*, session: Session, by: Person | None, at: datetime, reason: str = "") -> ledger.Entry:
    """Post the charged minutes of the locked `session`, dated on the day of its last work (rules C7, C17)."""
    voucher = ledger.Voucher(
        cause=settlement_cause(session),
        at=at,
        by=by,
        reason=reason,
        text=session.title,
        occurred_on=last_day(session),
        raw_minutes=(session.raw_minutes or 0) - (session.free_minutes or 0),
        factor_percent=session.factor_percent,
    )
    return ledger.capture(hold=life.hold(session), minutes=session.charged_minutes or 0, voucher=voucher)


def _facts(session: Session) -> dict[str, int | None]:
    return {"round": session.round, "charged_minutes": session.charged_minutes}
