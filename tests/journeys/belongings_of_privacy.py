"""What people asked for about their own data, for the walk through every address (see `belongings.py`)."""

from types import SimpleNamespace

from clients.models import MemberRole, Membership
from clients.privacy import erasures, exports
from people.models import Person
from tests.cast import NOON, Cast, Client, a_person
from tests.journeys.belongings import Own


def privacy_pages(cast: Cast, acme: Client) -> dict[str, Own]:
    """The requester's copy, which is theirs alone, and what administrators decide about."""
    things, others = asked_for(cast, acme), [acme.approver, acme.requester, cast.tessa.person, cast.max, cast.fia]
    wish, theirs = {"erasure_id": things.wish.pk}, {"organisation_id": acme.organisation.pk}
    no_deciders = [acme.requester, cast.tessa.person, cast.fia]
    return {
        "client-data": Own(theirs, acme.approver, strangers=no_deciders),
        "client-data-file": Own(theirs, acme.approver, strangers=no_deciders),
        "my-data-file": Own({"export_id": things.copy.pk}, acme.requester, strangers=[acme.approver, cast.ada, cast.max]),
        "desk-erasure": Own(wish, cast.ada, strangers=others),
        "desk-erasure-approve": Own(wish, cast.ada, acts_only=True, strangers=others),
        "desk-erasure-refuse": Own(wish, cast.ada, acts_only=True, strangers=others),
        "desk-retention-kind": Own({"name": "notices"}, cast.ada, strangers=others),
    }


def asked_for(cast: Cast, client: Client) -> SimpleNamespace:
    """A copy that is being made, and people who want to go: one who asked, one whom Ada proposed, one to be refused."""
    leavers = [_a_leaver(client, number) for number in range(3)]
    wishes = [erasures.ask(person=each, by=each, at=NOON) for each in leavers]
    erasures.propose(wishes[1], also="", by=cast.ada, at=NOON)
    return SimpleNamespace(
        copy=exports.ask(person=client.requester, by=client.requester, at=NOON), wish=wishes[0], proposed=wishes[1], refused=wishes[2]
    )


def _a_leaver(client: Client, number: int) -> Person:
    person = a_person(f"Leaver{client.organisation.pk}x{number}")
    Membership.objects.create(organisation=client.organisation, person=person, role=MemberRole.REQUESTER)
    return person
