"""What the end of an agreement means for its sessions, and winding it up (rule P5).

Nothing new is booked for the time after the end (`sessions.bookings`). A session that was booked for it before runs,
or the client cancels it free of charge. When nothing is open any more the account manager winds the agreement up in
one step: `credits.winding_up` settles what is left. While hours that silence confirmed can be contested (rule C8), or
a penalty disputed (rule C10), it waits: afterwards nothing could be given back. Until that is done the manager is reminded every week.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import TruncDate
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clients import access, agreements
from clients.access import manages
from clients.models import Agreement, Organisation, Provider
from core.batches import each
from core.errors import DomainError, NotAllowed
from core.formatting import moment
from credits import accounts, closing, spending, winding_up
from credits.accounts import CreditAccount
from credits.winding_up import WindingUp
from notices import outbox
from notices.models import Notice
from people.models import Person
from sessions import confirmation, life, penalties
from sessions.models import PenaltyDispute, Session, State
from sessions.models.sessions import OPEN
from sessions.penalties import Penalty

__all__ = ["StillOpen", "Unfinished", "after_the_end", "close_account", "free_after_the_end", "remind_of_ended", "unfinished", "wind_up"]

BOOKED = (State.AWAITING_TOP_UP, State.SCHEDULED)
DAYS_BETWEEN_REMINDERS = 7


@dataclass(frozen=True)
class Unfinished:
    """What is open at a client: sessions that are not settled, disputes of penalties, and what can still be objected to.

    `contestable` are sessions whose hours silence confirmed, each with the last instant to contest them.
    """

    sessions: Sequence[Session]
    disputes: Sequence[PenaltyDispute]
    contestable: Sequence[tuple[Session, datetime]]
    disputable: Sequence[Penalty]

    def __bool__(self) -> bool:
        return bool(self.sessions or self.disputes or self.objections_until)

    @property
    def objections_until(self) -> datetime | None:
        """The last instant at which the client can object to something; None where there is nothing."""
        instants = [*(until for _session, until in self.contestable), *(penalty.disputable_until for penalty in self.disputable)]
        return max(instants, default=None)


class StillOpen(DomainError):
    """Sessions or disputes are open, so nothing is closed."""

    def __init__(self, found: Unfinished) -> None:
        super().__init__(found)
        self.found = found

    @property
    def message(self) -> str:
        """What is open."""
        open_sessions, open_disputes = len(self.found.sessions), len(self.found.disputes)
        sessions = ngettext("%(number)s session is open.", "%(number)s sessions are open.", open_sessions) % {"number": open_sessions}
        disputed = ngettext("%(number)s penalty is disputed.", "%(number)s penalties are disputed.", open_disputes)
        said = [sessions] if open_sessions else []
        said += [disputed % {"number": open_disputes}] if open_disputes else []
        if until := self.found.objections_until:
            said.append(_("The client can object to hours or penalties until %(until)s.") % {"until": moment(until)})
        return " ".join([*said, _("Nothing has changed.")])


@transaction.atomic
def wind_up(*, agreement: Agreement, reason: str, by: Person, at: datetime) -> WindingUp:
    """Settle what is left of a client's credit, once nothing is open (rule P5); see `credits.winding_up.wind_up`.

    Raises StillOpen(found) besides.
    """
    organisation = agreement.organisation
    if not manages(by, organisation):
        raise NotAllowed
    accounts.lock(CreditAccount.objects.filter(organisation=organisation).values_list("pk", flat=True))
    if agreement.wound_up_at is None and (found := unfinished(organisation, at=at)):
        raise StillOpen(found)
    return winding_up.wind_up(agreement=agreement, reason=reason, by=by, at=at)


@transaction.atomic
def close_account(*, account: CreditAccount, reason: str, by: Person, at: datetime) -> CreditAccount:
    """Close an account for which nothing is open; see `credits.closing.close`. Raises StillOpen(found) besides."""
    (account,) = accounts.lock([account.pk])
    if not manages(by, account.organisation):
        raise NotAllowed
    if found := _unfinished([account], at):
        raise StillOpen(found)
    return closing.close(account=account, reason=reason, by=by, at=at)


def unfinished(organisation: Organisation, *, at: datetime) -> Unfinished:
    """What is open at the client at `at`. Six queries."""
    return _unfinished(list(CreditAccount.objects.filter(organisation=organisation)), at)


def after_the_end() -> QuerySet[Session]:
    """Booked sessions for a day by which their client's agreement has ended, and that no other covers (rule P5)."""
    theirs = Agreement.objects.filter(organisation=OuterRef("organisation"))
    ended = theirs.filter(ends_on__lte=OuterRef("start_on"))
    covering = theirs.filter(Q(ends_on=None) | Q(ends_on__gt=OuterRef("start_on")), starts_on__lte=OuterRef("start_on"))
    booked = Session.objects.filter(state__in=BOOKED, starts_at__isnull=False)
    dated = booked.annotate(start_on=TruncDate("starts_at", tzinfo=Provider.objects.get().zone))
    return dated.filter(Exists(ended), ~Exists(covering)).order_by("starts_at", "pk")


# Jobs: run as often as one likes.


def free_after_the_end(at: datetime) -> int:
    """Let the client cancel sessions after the agreement's end free of charge, and tell them so; how many (rule P5)."""
    return each(after_the_end().filter(free_change=False), lambda session: _free(session, at))


def remind_of_ended(at: datetime) -> int:
    """Remind the account managers of agreements that have ended and are not wound up, every week (rule P5)."""
    due = agreements.to_wind_up(on=agreements.local_date(at)).select_related("organisation").order_by("ends_on", "pk")
    return each(due, lambda agreement: _remind(agreement, at))


@transaction.atomic
def _free(session: Session, at: datetime) -> bool:
    """Whether anything was done: somebody may have changed the session, or the agreement, meanwhile."""
    accounts.lock([session.account_id])
    session = life.locked(session)
    if session.free_change or not after_the_end().filter(pk=session.pk).exists():
        return False
    life.amend(session, free_change=True)
    booker = [session.requested_by] if access.is_member(session.requested_by, session.organisation) else []
    people = {person.pk: person for person in chain(spending.deciders(session.account, at=at), booker)}
    outbox.compose(
        cause=f"session:{session.pk}:start:{session.start_number}:after-the-end",
        people=people.values(),
        template="sessions/mail/after_the_end",
        context={"session": session},
        at=at,
    )
    return True


def _remind(agreement: Agreement, at: datetime) -> bool:
    """Write the reminder of this week, unless it was written."""
    days = (agreements.local_date(at) - agreement.ends_on).days if agreement.ends_on else 0
    cause = f"agreement:{agreement.pk}:ended:{days // DAYS_BETWEEN_REMINDERS}"
    if Notice.objects.filter(cause=cause).exists():
        return False
    found = unfinished(agreement.organisation, at=at)
    with transaction.atomic():
        written = outbox.compose(
            cause=cause,
            people=access.managers(agreement.organisation),
            template="sessions/mail/agreement_ended",
            context={
                "agreement": agreement,
                "sessions": len(found.sessions),
                "disputes": len(found.disputes),
                "objections_until": found.objections_until,
            },
            at=at,
        )
    return bool(written)


def _unfinished(theirs: Sequence[CreditAccount], at: datetime) -> Unfinished:
    sessions = Session.objects.filter(account__in=theirs)
    disputes = PenaltyDispute.objects.filter(session__account__in=theirs, outcome="").select_related("session", "entry")
    return Unfinished(
        sessions=list(sessions.filter(state__in=OPEN).select_related("organisation").order_by("starts_at", "pk")),
        disputes=list(disputes.order_by("due_at", "pk")),
        contestable=confirmation.contestable(sessions, at=at),
        disputable=penalties.disputable(theirs, at=at),
    )
