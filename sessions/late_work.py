"""Work that is logged long after it was done (rule R6).

It counts only if an approver accepts it, knowing why it comes so late. Until then, and where it is refused, the line
stands on the receipt and is free. The answer is given while the hours are open: they are not submitted with a
question that has no answer, so that what the client is asked to confirm never changes afterwards. Who does not want
to wait takes the entry back, and submits without it.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from clients import provider
from core.errors import DomainError, NotAllowed
from core.formatting import hours
from core.reasons import ReasonMissing, reasoned
from credits import spending
from people.models import Person
from sessions import hours_messages, life
from sessions.models import LateWork, Session, State, WorkEntry
from sessions.models.sessions import EventKind

ANSWERABLE = (State.IN_PROGRESS, State.PAUSED)


class LateReasonMissing(DomainError):
    """The work ended more than `days` working days ago, and nobody has said why it is logged only now."""

    def __init__(self, *, days: int) -> None:
        super().__init__(days)
        self.days = days

    @property
    def message(self) -> str:
        """The sentence with the time there was, and what follows."""
        return ngettext(
            "This work ended more than %(days)s working day ago, so the client has to accept it. "
            "Please say why it is logged only now. Nothing was logged.",
            "This work ended more than %(days)s working days ago, so the client has to accept it. "
            "Please say why it is logged only now. Nothing was logged.",
            self.days,
        ) % {"days": self.days}


class LateWorkUnanswered(DomainError):
    """The client has not said whether `minutes` that were logged late are accepted, so the hours cannot be submitted."""

    def __init__(self, *, minutes: int) -> None:
        super().__init__(minutes)
        self.minutes = minutes

    @property
    def message(self) -> str:
        """The sentence with the time in question, and what can be done."""
        return _(
            "The client has not said yet whether %(minutes)s that were logged late are accepted. Nothing was submitted. "
            "Wait for the answer, or take the entry back and submit without it."
        ) % {"minutes": hours(self.minutes)}


class LateWorkAnswered(DomainError):
    """Somebody answered before, or the entry was taken back."""

    message = _("This no longer waits for an answer. Nothing has changed.")


@transaction.atomic
def accept_late_work(*, late: LateWork, by: Person, at: datetime) -> LateWork:
    """Let work that was logged late count as if it had been logged in time (rule R6).

    Raises NotAllowed for anybody who does not decide about the account, LateWorkAnswered, SessionMovedOn where the hours are not open.
    """
    return _answer(late, accepted=True, by=by, at=at)


@transaction.atomic
def refuse_late_work(*, late: LateWork, by: Person, at: datetime) -> LateWork:
    """Refuse work that was logged late: the line stays readable, and is free (rule R6). Raises as `accept_late_work`."""
    return _answer(late, accepted=False, by=by, at=at)


def is_late(*, session: Session, stretch: tuple[datetime, datetime], corrects: WorkEntry | None, at: datetime) -> bool:
    """Whether work from and to `stretch` is logged too late to count without a yes (rule R6).

    A correction inside an entry that was logged in time brings nothing new, and is in time too.
    """
    started_at, ended_at = stretch
    if at <= provider.working_days().add(ended_at, session.late_log_days):
        return False
    if corrects is None or LateWork.objects.filter(entry=corrects).exists():
        return True
    return not corrects.started_at <= started_at < ended_at <= corrects.ended_at


def reason_of(session: Session, said: str) -> str:
    """Why the work is logged only now, as it is kept. Raises LateReasonMissing(days), ReasonTooLong."""
    try:
        return reasoned(said)
    except ReasonMissing:
        raise LateReasonMissing(days=session.late_log_days) from None


def ask(*, entry: WorkEntry, reason: str, by: Person, at: datetime) -> LateWork:
    """Ask the client's approvers whether `entry`, of a locked session, is accepted (rule R6)."""
    late = LateWork.objects.create(entry=entry, reason=reason, asked_at=at)
    life.note(entry.session, EventKind.LATE_WORK_ASKED, at=at, by=by, reason=reason, facts=life.facts_of(entry))
    hours_messages.late_work_asked(late, at=at)
    return late


def questions(session: Session) -> QuerySet[LateWork]:
    """What was logged late and waits for an answer that can still be given."""
    return LateWork.objects.filter(entry__session=session, entry__live=True, accepted=None).select_related("entry__person").order_by("pk")


def check_answered(session: Session) -> None:
    """Refuse to submit the hours of the locked `session` while a question is open. Raises LateWorkUnanswered(minutes)."""
    if waiting := list(questions(session)):
        raise LateWorkUnanswered(minutes=sum(late.entry.minutes for late in waiting))


def _answer(late: LateWork, *, accepted: bool, by: Person, at: datetime) -> LateWork:
    session = life.locked(late.entry.session)
    if not spending.may_decide(by, session.account, at=at):
        raise NotAllowed
    life.require(session, *ANSWERABLE)
    waiting = LateWork.objects.filter(pk=late.pk, accepted=None, entry__live=True)
    if not waiting.update(accepted=accepted, answered_at=at, answered_by=by):
        raise LateWorkAnswered
    kind = EventKind.LATE_WORK_ACCEPTED if accepted else EventKind.LATE_WORK_REFUSED
    life.note(session, kind, at=at, by=by, facts=life.facts_of(late.entry))
    late.refresh_from_db()
    hours_messages.late_work_answered(late, at=at)
    return late
