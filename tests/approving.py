"""More people who decide, for tests about deputies, limits and second approvers (rules: People)."""

from datetime import datetime, timedelta
from decimal import Decimal

from clients import deputies
from clients.agreements import local_date
from clients.models import Deputyship, MemberRole, Membership
from credits.accounts import CreditAccount
from credits.models import Spender
from people.models import Person
from tests.cast import NOON, Client, a_person


def a_member(client: Client, name: str, *, role: MemberRole = MemberRole.REQUESTER, limit: int | None = None) -> Person:
    """Somebody more of the client's."""
    person = a_person(name, domain=f"{client.organisation.name.lower()}.example")
    Membership.objects.create(
        organisation=client.organisation, person=person, role=role, approval_limit=None if limit is None else Decimal(limit)
    )
    return person


def an_approver(client: Client, name: str, *, limit: int | None = None) -> Person:
    """One more approver, who decides alone up to `limit`."""
    return a_member(client, name, role=MemberRole.APPROVER, limit=limit)


def limited(client: Client, limit: int | None) -> None:
    """Let Anna, the client's approver, decide alone up to `limit`."""
    Membership.objects.filter(organisation=client.organisation, person=client.approver).update(approval_limit=limit)


def a_deputy(client: Client, deputy: Person, *, of: Person | None = None, at: datetime = NOON) -> Deputyship:
    """`deputy` stands in for Anna, or for `of`, for a week from the day of `at`."""
    today = local_date(at)
    last_on = today + timedelta(days=7)
    return deputies.name(organisation=client.organisation, deputy=deputy, first_on=today, last_on=last_on, by=of or client.approver, at=at)


def only(account: CreditAccount, *people: Person) -> None:
    """Let the account name these people as those who spend from it."""
    for person in people:
        Spender.objects.create(account=account, person=person)
