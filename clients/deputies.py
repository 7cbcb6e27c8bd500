"""Deputies of approvers (rules: People).

An approver names somebody of the same organisation for a period. On those days, of the provider's calendar, the deputy
does all that the approver may do; what was only lent is not lent on. Either can be seen for ever: who could decide when.
"""

from datetime import date, datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from clients.access import ACTING, acts_for, is_approver_by_role
from clients.agreements import local_date
from clients.models import Deputyship, Membership, Organisation
from core.errors import DomainError, NotAllowed
from core.formatting import day
from people.models import Person


class NotAMember(DomainError):
    """A deputy is one of the organisation's own people, and no reader."""

    message = _("Only somebody of your own organisation can be your deputy, and no reader. Nothing has changed.")


class OwnDeputy(DomainError):
    """Nobody stands in for themselves."""

    message = _("You cannot be your own deputy. Choose somebody else. Nothing has changed.")


class PeriodReversed(DomainError):
    """The last day lies before the first."""

    message = _("The period ends before it begins. Choose a later last day. Nothing has changed.")


class PeriodPast(DomainError):
    """The period would begin before today."""

    message = _("The period begins in the past. Choose today or a later day. Nothing has changed.")


class AlreadyDeputy(DomainError):
    """The same person is the deputy on some of these days already: until `last_on`."""

    def __init__(self, *, first_on: date, last_on: date) -> None:
        super().__init__(first_on, last_on)
        self.first_on, self.last_on = first_on, last_on

    @property
    def message(self) -> str:
        """The sentence with the days that are taken."""
        days = {"first": day(self.first_on), "last": day(self.last_on)}
        return _("That person is your deputy from %(first)s to %(last)s already. Choose other days. Nothing has changed.") % days


class DeputyshipOver(DomainError):
    """Its last day has passed."""

    message = _("This period is over already. Nothing has changed.")


@transaction.atomic
def name(*, organisation: Organisation, deputy: Person, first_on: date, last_on: date, by: Person, at: datetime) -> Deputyship:
    """Let `deputy` decide for `by` from `first_on` to `last_on`, both included, in the provider's local dates.

    The same deputy for the same days again returns the first deputyship. Raises NotAllowed for anybody who does not
    decide in their own right, NotAMember, OwnDeputy, PeriodReversed, PeriodPast, AlreadyDeputy(first_on, last_on).
    """
    if not is_approver_by_role(by, organisation):
        raise NotAllowed
    if deputy == by:
        raise OwnDeputy
    if last_on < first_on:
        raise PeriodReversed
    if first_on < local_date(at):
        raise PeriodPast
    _lock(organisation, by)
    if not organisation.memberships.filter(person=deputy, person__is_active=True, role__in=ACTING).exists():
        raise NotAMember
    same = Deputyship.objects.filter(organisation=organisation, approver=by, deputy=deputy, ended_at=None)
    if taken := same.filter(first_on__lte=last_on, last_on__gte=first_on).order_by("first_on").first():
        if (taken.first_on, taken.last_on) == (first_on, last_on):
            return taken
        raise AlreadyDeputy(first_on=taken.first_on, last_on=taken.last_on)
    return Deputyship.objects.create(organisation=organisation, approver=by, deputy=deputy, first_on=first_on, last_on=last_on, named_at=at)


@transaction.atomic
def end(*, deputyship: Deputyship, by: Person, at: datetime) -> Deputyship:
    """End it at once, before its last day. Twice is harmless. Raises NotAllowed for all but its approver, DeputyshipOver."""
    deputyship = (
        Deputyship.objects.select_for_update(of=("self",)).select_related("organisation", "approver", "deputy").get(pk=deputyship.pk)
    )
    if by != deputyship.approver or not acts_for(by, deputyship.organisation):
        raise NotAllowed
    if deputyship.ended_at is not None:
        return deputyship
    if deputyship.last_on < local_date(at):
        raise DeputyshipOver
    deputyship.ended_at = at
    deputyship.save(update_fields=["ended_at"])
    return deputyship


def visible_to(person: Person) -> QuerySet[Deputyship]:
    """The deputyships that concern `person`: those they named, and those they were named in. Latest first."""
    mine = Deputyship.objects.filter(Q(approver=person) | Q(deputy=person), organisation__memberships__person=person)
    return mine.select_related("organisation", "approver", "deputy").order_by("-last_on", "-pk")


def _lock(organisation: Organisation, approver: Person) -> None:
    """One deputy at a time is named by an approver."""
    Membership.objects.select_for_update(no_key=True).get(organisation=organisation, person=approver)
