"""What waits about sessions for a decision, and has waited too long (rules: People, C8, C10, R6).

Hours wait for their approver, or for the second one; questions for an answer; disputes for the account manager.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet, TextChoices
from django.utils.translation import gettext_lazy as _

from clients.patience import Patience
from sessions import consents, late_work
from sessions.models import Consent, Dispute, LateWork, PenaltyDispute, Session, State


class What(TextChoices):
    """What it is that waits."""

    HOURS = "hours", _("Hours to confirm")
    SECOND_YES = "second_yes", _("Hours to confirm by a second approver")
    CONSENT = "consent", _("A question to the client")
    LATE_WORK = "late_work", _("Work logged late")
    DISPUTE = "dispute", _("Disputed hours")
    PENALTY = "penalty", _("A disputed penalty")


OURS = (What.DISPUTE, What.PENALTY)
"""What waits for the account manager."""


@dataclass(frozen=True)
class Waiting:
    """Something that waits `since` then. `number` names it among those of its kind: its own, or the round of the hours."""

    what: What
    since: datetime
    session: Session
    number: int

    @property
    def key(self) -> str:
        """What names it among all that waits about its session."""
        return f"{self.what.value}:{self.number}"


def too_long(sessions: QuerySet[Session], patience: Patience) -> list[Waiting]:
    """What has waited too long about `sessions`, the oldest first. As many queries however much it is."""
    found = [waiting for waiting in _all(sessions, patience.begun_by) if patience.is_over(waiting.since)]
    return sorted(found, key=lambda waiting: (waiting.since, waiting.session.pk))


def _all(sessions: QuerySet[Session], begun_by: datetime) -> Iterator[Waiting]:
    yield from _hours(sessions, begun_by)
    yield from _consents(sessions, begun_by)
    yield from _late_work(sessions, begun_by)
    for dispute in _read(Dispute.objects.filter(outcome="", raised_at__lte=begun_by, session__in=sessions)):
        yield Waiting(What.DISPUTE, dispute.raised_at, dispute.session, dispute.pk)
    for penalty in _read(PenaltyDispute.objects.filter(outcome="", raised_at__lte=begun_by, session__in=sessions)):
        yield Waiting(What.PENALTY, penalty.raised_at, penalty.session, penalty.entry_id)


def _hours(sessions: QuerySet[Session], begun_by: datetime) -> Iterator[Waiting]:
    submitted = sessions.filter(state=State.SUBMITTED, submitted_at__lte=begun_by)
    for session in submitted.select_related("organisation", "account", "first_confirmed_by"):
        if session.first_confirmed_at is not None:
            yield Waiting(What.SECOND_YES, session.first_confirmed_at, session, session.round)
        elif session.submitted_at is not None:
            yield Waiting(What.HOURS, session.submitted_at, session, session.round)


def _consents(sessions: QuerySet[Session], begun_by: datetime) -> Iterator[Waiting]:
    asked = Consent.objects.filter(given=None, asked_at__lte=begun_by, session__in=sessions, session__state__in=consents.ANSWERABLE)
    for consent in _read(asked):
        yield Waiting(What.CONSENT, consent.asked_at, consent.session, consent.pk)


def _late_work(sessions: QuerySet[Session], begun_by: datetime) -> Iterator[Waiting]:
    asked = LateWork.objects.filter(
        accepted=None, entry__live=True, asked_at__lte=begun_by, entry__session__in=sessions, entry__session__state__in=late_work.ANSWERABLE
    )
    for late in asked.select_related("entry__session__organisation", "entry__session__account"):
        yield Waiting(What.LATE_WORK, late.asked_at, late.entry.session, late.pk)


def _read(things: QuerySet[Consent] | QuerySet[Dispute] | QuerySet[PenaltyDispute]) -> Iterable[Any]:
    return things.select_related("session__organisation", "session__account")
