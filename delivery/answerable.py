"""Whether the client can still answer an estimate, and what is said where they cannot (rules D1, D2).

An estimate is answered while it is offered, up to the end of its last day by the provider's clock: also where no job
has run since. What happened instead is named, with who did it and when.
"""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from clients import provider
from clients.agreements import local_date
from core.errors import DomainError
from core.formatting import day, moment
from delivery.models import Estimate, EstimateState
from people.models import Person


class Unanswerable(DomainError):
    """The client cannot answer this estimate, not yet or not any more."""


class NotOffered(Unanswerable):
    """It is still being written or reviewed: the client has not got it."""

    message = _("This estimate has not been sent to the client yet. Nothing has changed.")


class EstimateExpired(Unanswerable):
    """Its last day is over."""

    def __init__(self, *, last_on: date) -> None:
        super().__init__(last_on)
        self.last_on = last_on

    @property
    def message(self) -> str:
        """Up to when it could be answered."""
        said = _("This estimate was valid until %(last)s and has expired. Ask for a new one. Nothing has changed.")
        return said % {"last": day(self.last_on)}


class Ended(Unanswerable):
    """It ended before: `at` an instant, by `person`; None is the system."""

    named: StrPromise
    nameless: StrPromise

    def __init__(self, *, at: datetime | None, person: Person | None) -> None:
        super().__init__(at, person)
        self.at, self.person = at, person

    @property
    def message(self) -> str:
        """What happened to it, and when."""
        facts: dict[str, Any] = {"person": self.person, "when": moment(self.at) if self.at else ""}
        return str(self.named if self.person else self.nameless) % facts


class AlreadyAccepted(Ended):
    """Another approver has accepted it."""

    named = _("%(person)s accepted this estimate on %(when)s. Nothing more was changed.")
    nameless = _("This estimate was accepted on %(when)s. Nothing more was changed.")


class AlreadyDeclined(Ended):
    """An approver has declined it."""

    named = _("%(person)s declined this estimate on %(when)s. Nothing more was changed.")
    nameless = _("This estimate was declined on %(when)s. Nothing more was changed.")


class EstimateReplaced(Ended):
    """A new version has taken its place."""

    named = _("This version was replaced by a new one on %(when)s. Nothing was accepted; look at the new version.")
    nameless = named


class EstimateTakenBack(Ended):
    """We have taken it back."""

    named = _("%(person)s took this estimate back on %(when)s. Nothing was accepted.")
    nameless = _("This estimate was taken back on %(when)s. Nothing was accepted.")


ENDED: dict[str, type[Ended]] = {
    EstimateState.ACCEPTED: AlreadyAccepted,
    EstimateState.DECLINED: AlreadyDeclined,
    EstimateState.SUPERSEDED: EstimateReplaced,
    EstimateState.WITHDRAWN: EstimateTakenBack,
}


def require(estimate: Estimate, *, at: datetime) -> None:
    """Raises what happened to the estimate instead, where it cannot be answered at `at` any more, or not yet."""
    if (found := refusal(estimate, at=at)) is not None:
        raise found


def refusal(estimate: Estimate, *, at: datetime) -> Unanswerable | None:
    """Why the estimate cannot be answered at `at`; None where it can."""
    if estimate.state == EstimateState.EXPIRED or (estimate.state == EstimateState.OFFERED and is_over(estimate, at=at)):
        return EstimateExpired(last_on=last_day(estimate))
    if estimate.state == EstimateState.OFFERED:
        return None
    if ended := ENDED.get(estimate.state):
        return ended(at=estimate.closed_at, person=estimate.closed_by)
    return NotOffered()


def is_over(estimate: Estimate, *, at: datetime) -> bool:
    """Whether its last day, by the provider's clock, is over at `at`."""
    return local_date(at) > last_day(estimate)


def last_day(estimate: Estimate) -> date:
    """The last day on which it can be answered; what was handed in always has one."""
    if estimate.valid_until is None:
        raise NotOffered
    return estimate.valid_until


def ends_at(estimate: Estimate) -> datetime:
    """The instant at which its last day is over: the midnight after it, by the provider's clock."""
    return datetime.combine(last_day(estimate) + timedelta(days=1), time(), tzinfo=provider.current().zone)
