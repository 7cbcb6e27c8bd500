"""Which agreement is in force for a client on a day (rule P3), and what it means that one has ended (rule P5)."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from clients import provider
from clients.models import Agreement, Organisation
from core.errors import DomainError
from core.formatting import day
from core.once import once


class AgreementEnded(DomainError):
    """The client's agreement ends before the day in question, and no other covers it (rule P5)."""

    def __init__(self, *, ends_on: date) -> None:
        super().__init__(ends_on)
        self.ends_on = ends_on

    @property
    def message(self) -> str:
        """The sentence with the last day of the agreement."""
        return _(
            "The agreement ends on %(last)s. For the time after that nothing can be booked or ordered; "
            "the account manager can make a new one. Nothing has changed."
        ) % {"last": day(self.ends_on - timedelta(days=1))}


def in_force(organisation: Organisation, *, on: date) -> Agreement | None:
    """The agreement that covers `on`, the provider's local date; None where only the provider's terms apply."""
    covering = Agreement.objects.filter(Q(ends_on=None) | Q(ends_on__gt=on), organisation=organisation, starts_on__lte=on)
    return once(("agreement", organisation.pk, on), lambda: covering.order_by("-starts_on").first())


def is_postpaid(organisation: Organisation, *, on: date) -> bool:
    """Whether the client's hours of this day are paid afterwards: invoiced monthly instead of taken from credit (rule I7)."""
    agreement = in_force(organisation, on=on)
    return agreement is not None and agreement.postpaid


def postpaid_among(ids: Iterable[int], *, on: date) -> set[int]:
    """The same of several clients, by their numbers. One query."""
    covering = Agreement.objects.filter(Q(ends_on=None) | Q(ends_on__gt=on), organisation__in=list(ids), starts_on__lte=on)
    latest = {found.organisation_id: found.postpaid for found in covering.order_by("starts_on")}
    return {pk for pk, postpaid in latest.items() if postpaid}


def require(organisation: Organisation, *, on: date) -> None:
    """Refuse what is to happen on the provider's local date `on`, if an agreement has ended by then and none covers it (rule P5).

    A client who never had one is under the provider's terms. Raises AgreementEnded(ends_on).
    """
    if in_force(organisation, on=on):
        return
    if ended := Agreement.objects.filter(organisation=organisation, ends_on__lte=on).order_by("-ends_on").first():
        raise AgreementEnded(ends_on=ended.ends_on or on)


def to_wind_up(*, on: date) -> QuerySet[Agreement]:
    """The agreements that have ended by the provider's local date `on`, that no other follows, and that are not wound up (rule P5)."""
    another = Agreement.objects.filter(organisation=OuterRef("organisation")).exclude(pk=OuterRef("pk"))
    following = another.filter(Q(ends_on=None) | Q(ends_on__gt=OuterRef("ends_on")))
    return Agreement.objects.filter(~Exists(following), ends_on__lte=on, wound_up_at=None)


def local_date(at: datetime) -> date:
    """The provider's calendar date at the instant `at`: the date of postings, expiry and invoices."""
    return at.astimezone(provider.current().zone).date()
