"""The forms about people: invitations, places, duties, and what one wants to be told (see `writes.py`)."""

from datetime import date

from clients.models import Agreement, Organisation, StaffDuty, StaffRole
from tests.cast import NOON, a_client, a_colleague
from tests.journeys.belongings_of_people import invited
from tests.proofs.writes import KEY, Stage, Write


def rows(stage: Stage) -> dict[str, Write]:
    """What an owner does, what the invited does, what our administrator does, and what everyone does."""
    number = stage.client.organisation.pk
    things, ada = invited(stage.client), stage.cast.ada
    anna, member = things.anna, {"membership_id": things.member.pk}
    dora = StaffRole.objects.get(person=a_colleague(f"Dora{number}", StaffDuty.DISPATCHER))
    inviting = {"email": f"ny{number}@acme.example", "language": "sv", "role": "requester", "limit": "", "key": KEY}
    parted = a_parted_client(stage)
    colleague = {"email": f"ny{number}@provider.example", "language": "sv", "duties": ["finance"], "key": f"{KEY}-{number}"}
    return {
        "people": Write(anna, {"organisation_id": number}, inviting, {"role": "reader"}),
        "member": Write(anna, member, {"role": "requester", "limit": "", "reason": "They asked"}, about="member"),
        "member-end": Write(anna, member, {"reason": "They left"}, about="member"),
        "invitation-withdraw": Write(anna, {"invitation_id": things.open.pk}),
        "invitation": Write(things.nora, {"token": things.token}),
        "desk-end-access": Write(stage.cast.max, {"organisation_id": parted.pk}),
        "desk-people": Write(ada, {}, colleague, {"duties": ["technician"]}),
        "desk-duty-give": Write(ada, {"person_id": dora.person_id}, {"duty": "account_manager", "reason": "More clients"}, about="duties"),
        "desk-duty-take": Write(ada, {"role_id": dora.pk}, {"reason": "Other work"}, about="duties"),
        "notifications": Write(anna, {}, {"new_cases-email": "on"}),
    }


def a_parted_client(stage: Stage) -> Organisation:
    """One whose agreement has ended and was wound up, and whose people have access still."""
    client = a_client(stage.cast, f"Parted{stage.client.organisation.pk}").organisation
    Agreement.objects.filter(organisation=client).update(ends_on=date(2026, 10, 31), wound_up_at=NOON)
    return client
