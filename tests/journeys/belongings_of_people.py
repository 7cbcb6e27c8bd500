"""A client's people, invitations and duties, for the walk through every address (see `belongings.py`)."""

from types import SimpleNamespace

from clients import invitations
from clients.invitations import Wanted
from clients.members import Place
from clients.models import MemberRole, Membership, StaffDuty, StaffRole
from tests.cast import NOON, Cast, Client, a_colleague, a_person, a_reader, an_owner
from tests.journeys.belongings import Own


def invited(client: Client) -> SimpleNamespace:
    """Somebody who belongs, somebody who is invited and has an account, and somebody who has none."""
    anna, name = an_owner(client), f"Nora{client.organisation.pk}"
    member = Membership.objects.get(person=a_reader(client, f"Lena{client.organisation.pk}"))
    nora = a_person(name, domain="elsewhere.example")

    def invite(email: str) -> invitations.Sent:
        wanted = Wanted(email=email, language="en", place=Place(MemberRole.REQUESTER))
        return invitations.invite_member(organisation=client.organisation, wanted=wanted, key=email[:36], by=anna, at=NOON)

    known, unknown = invite(nora.email), invite(f"x{client.organisation.pk}@elsewhere.example")
    return SimpleNamespace(anna=anna, member=member, nora=nora, token=known.token, open=unknown.invitation)


def people_pages(cast: Cast, acme: Client) -> dict[str, Own]:
    """What Acme's owner has, what the invited has, and what our administrator does about duties."""
    things = invited(acme)
    dora = StaffRole.objects.get(person=a_colleague("Dagny", StaffDuty.DISPATCHER))
    staff = [cast.tessa.person, cast.max, cast.fia, acme.requester]
    ours = [cast.tessa.person, cast.max, cast.fia, acme.approver, acme.requester]
    member = {"membership_id": things.member.pk}
    return {
        "people": Own({"organisation_id": acme.organisation.pk}, things.anna, strangers=staff),
        "member": Own(member, things.anna, strangers=staff),
        "member-end": Own(member, things.anna, acts_only=True, strangers=staff),
        "invitation-withdraw": Own({"invitation_id": things.open.pk}, things.anna, acts_only=True, strangers=staff),
        "invitation": Own({"token": things.token}, things.nora),
        "desk-duty-give": Own({"person_id": dora.person_id}, cast.ada, acts_only=True, strangers=ours),
        "desk-duty-take": Own({"role_id": dora.pk}, cast.ada, acts_only=True, strangers=ours),
    }
