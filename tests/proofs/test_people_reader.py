"""A reader sees what members see, and acts on nothing (rules: People): every form that a client sends, sent by readers."""

from itertools import count

import pytest
import time_machine

from clients.models import MemberRole, Membership
from tests.cast import NOON, a_client, a_provider
from tests.internet import CALENDARS_ADDRESS
from tests.journeys.belongings import browser_of
from tests.proofs.test_rel5_once import post, rows
from tests.proofs.traces import effect, traces
from tests.proofs.writes import a_stage

pytestmark = pytest.mark.django_db
THEIR_OWN = {
    "my-data-copy",
    "my-data-erasure",
    "sign-ins-end",
    "sign-in-end",
    "preferences",
    "my-calendar-make",
    "my-calendar-drop",
    "notifications",
    "invitation",
}
"""What everybody settles for themselves; and an invitation, which is to a place of its own."""


def test_people_a_reader_has_no_effect_at_any_address_that_is_written_to(internet):
    internet.names["calendar.example.org"] = [CALENDARS_ADDRESS]
    cast, numbers = a_provider(), count(1)
    with time_machine.travel(NOON, tick=False):
        stage = a_stage(cast, next(numbers))
        forms = {name: write for name, write in rows(stage).items() if write.person.memberships.exists() and name not in THEIR_OWN}
        other = a_client(cast, "Other")
        Membership.objects.exclude(organisation=other.organisation).update(is_owner=False, role=MemberRole.READER)
        for person in {write.person for write in forms.values()}:
            browser_of(person)  # signing in leaves a trace of its own
        done = {name: found for name, write in forms.items() if not write.ids and (found := _done(name, write))}
        for person in {write.person for write in forms.values()}:  # who decides elsewhere still only reads here
            Membership.objects.create(person=person, organisation=other.organisation, role=MemberRole.APPROVER, is_owner=True)
        done |= {name: found for name, write in forms.items() if write.ids and (found := _done(name, write))}

    assert len(forms) > 50
    assert done == {}


def _done(name, write):
    """What the form changed."""
    before = traces()
    assert post(write, name).status_code in (200, 302, 403, 404, 409, 422), name
    return effect(before)
