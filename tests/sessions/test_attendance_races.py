"""Who comes, changed by many at once (rule R4): every change has a SEQUENCE of its own, and nobody is lost."""

from collections import Counter

import pytest

from clients.models import Membership
from people.models import Person
from sessions import attendance
from sessions.models import CalendarObject, Session
from tests.cast import NOON, a_client, a_person, a_provider
from tests.racing import race
from tests.sessions.booked import book
from tests.sessions.invited import invitations, sent

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
MANY = 6


@pytest.fixture
def stage():
    """A session, its client, and colleagues who are not invited yet."""
    cast = a_provider()
    client = a_client(cast)
    session = book(cast, client, credit=480)
    guests = [a_person(f"Guest{number}") for number in range(MANY)]
    for guest in guests:
        Membership.objects.create(organisation=client.organisation, person=guest, role="requester")
    sent(at=NOON)
    return session, client, guests


def invite(session, client, guest):
    by = Person.objects.get(pk=client.approver.pk)
    return attendance.invite(session=Session.objects.get(pk=session.pk), person=guest, by=by, at=NOON)


def test_r4_colleagues_invited_at_once_all_come_and_each_change_has_its_sequence(stage):
    session, client, guests = stage

    outcome = race(MANY, lambda number: invite(session, client, guests[number]))

    mails = sent(at=NOON)
    assert (outcome.errors, outcome.most_inside >= 2) == ([], True)
    assert len(attendance.attending(session)) == MANY + 2
    assert CalendarObject.objects.get().sequence == MANY
    assert len([mail for mail in mails if mail.to.startswith("rolf")]) == MANY
    assert [sequence for name, _, sequence, _ in invitations(mails) if name == "rolf"] == [MANY]  # what waited is told by the last


def test_r4_the_same_colleague_invited_at_once_is_invited_once(stage):
    session, client, guests = stage

    outcome = race(MANY, lambda _: invite(session, client, guests[0]))

    told = Counter(mail.told[0] for mail in sent(at=NOON))
    assert (outcome.errors, outcome.most_inside >= 2) == ([], True)
    assert (told, CalendarObject.objects.get().sequence) == ({"guest0": 1, "rolf": 1, "tessa": 1}, 1)
