"""What has waited too long at the clients of an account manager, for the approvers or for themselves (rules: People)."""

from dataclasses import asdict, dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from clients.access import has_duty
from clients.models import Organisation, StaffDuty
from clients.patience import Patience
from core.formatting import hours
from credits import waiting as credit_waiting
from credits.topups import TopUp
from credits.transfers import Transfer
from dashboard import delivery_waiting
from people.models import Person
from sessions import waiting as session_waiting
from sessions.models import Session
from sessions.waiting import What

__all__ = ["TooLong", "too_long"]


@dataclass(frozen=True)
class TooLong:
    """One thing that waits `since` then, at which client, what it is, and where it is looked at."""

    since: datetime
    client: str
    title: str
    text: str
    url: str


def too_long(person: Person, *, at: datetime) -> list[TooLong]:
    """What waits too long at the clients that `person` looks after, the oldest first; an administrator sees all.

    As many queries however much it is.
    """
    clients = _clients_of(person)
    if clients is None:
        return []
    patience = Patience.of_provider(at=at)
    found = [
        *(_about_session(waiting) for waiting in session_waiting.too_long(Session.objects.filter(organisation__in=clients), patience)),
        *(_about_top_up(top_up) for top_up in credit_waiting.top_ups_too_long(patience, clients=clients)),
        *(_about_transfer(transfer) for transfer in credit_waiting.transfers_too_long(patience, clients=clients)),
        *(TooLong(**asdict(waiting)) for waiting in delivery_waiting.too_long(clients, patience)),
    ]
    return sorted(found, key=lambda waiting: waiting.since)


def _clients_of(person: Person) -> QuerySet[Organisation] | None:
    if has_duty(person, StaffDuty.ADMINISTRATOR):
        return Organisation.objects.all()
    return Organisation.objects.managed_by(person) if has_duty(person, StaffDuty.ACCOUNT_MANAGER) else None


def _about_session(waiting: session_waiting.Waiting) -> TooLong:
    session = waiting.session
    addresses = {What.DISPUTE: ("desk-dispute", waiting.number), What.PENALTY: ("desk-penalty", waiting.number)}
    name, number = addresses.get(waiting.what, ("desk-session", session.pk))
    return TooLong(waiting.since, str(session.organisation), session.title, str(waiting.what.label), reverse(name, args=[number]))


def _about_top_up(top_up: TopUp) -> TooLong:
    account = top_up.account
    title = _("Order of %(size)s") % {"size": hours(top_up.minutes)}
    url = reverse("desk-client", args=[account.organisation_id])
    return TooLong(top_up.ordered_at, str(account.organisation), title, _("Waits for a second approver"), url)


def _about_transfer(transfer: Transfer) -> TooLong:
    words = {"size": hours(transfer.minutes), "source": transfer.source.name, "target": transfer.target.name}
    title = _("%(size)s from %(source)s to %(target)s") % words
    return TooLong(
        transfer.proposed_at,
        str(transfer.source.organisation),
        title,
        _("Waits for approval"),
        reverse("transfer", args=[transfer.pk]),
    )
