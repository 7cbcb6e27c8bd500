"""A client whose agreement was wound up loses its access last of all (rule P5)."""

from datetime import date, timedelta

import pytest

from clients import invitations, parting
from clients.domains import verify
from clients.invitations import Wanted
from clients.members import Place
from clients.models import Agreement, Invitation, MemberRole, Membership, StaffDuty, VerifiedDomain
from clients.parting import StillBound
from core.errors import NotAllowed
from sessions import feeds
from sessions.models import CalendarFeed
from tests.cast import NOON, a_colleague, an_owner
from tests.racing import race

pytestmark = pytest.mark.django_db


def wound_up(client):
    Agreement.objects.filter(organisation=client.organisation).update(ends_on=date(2026, 11, 1), wound_up_at=NOON)


def members(client):
    return Membership.objects.filter(organisation=client.organisation).count()


def test_p5_everybody_of_the_client_loses_everything_and_nobody_else_does(cast, acme, borealis, client_of):
    owner = an_owner(acme)
    wanted = Wanted(email="ny@acme.example", language="en", place=Place(MemberRole.REQUESTER))
    invitations.invite_member(organisation=acme.organisation, wanted=wanted, key="k", by=owner, at=NOON)
    verify(acme.organisation, "acme-parts.example", by=cast.max, at=NOON)
    feeds.make_feed(person=acme.requester, at=NOON)
    Membership.objects.create(organisation=borealis.organisation, person=acme.approver, role=MemberRole.READER)
    feeds.make_feed(person=acme.approver, at=NOON)
    browser = client_of(acme.requester)
    wound_up(acme)

    ended = parting.part(acme.organisation, by=cast.max, at=NOON)

    assert (ended, members(acme), members(borealis)) == (2, 0, 3)
    assert Invitation.objects.get(organisation=acme.organisation).withdrawn_by == cast.max
    assert not VerifiedDomain.objects.exists()
    assert [feed.person for feed in CalendarFeed.objects.all()] == [acme.approver]
    assert browser.get("/").status_code == 302


def test_p5_twice_ends_nobody_more(cast, acme):
    wound_up(acme)

    assert [parting.part(acme.organisation, by=cast.max, at=NOON) for _ in range(2)] == [2, 0]


def test_p5_as_long_as_an_agreement_runs_or_is_not_wound_up_they_keep_it(cast, acme):
    with pytest.raises(StillBound):
        parting.part(acme.organisation, by=cast.max, at=NOON)

    Agreement.objects.update(ends_on=date(2026, 11, 1))
    with pytest.raises(StillBound):
        parting.part(acme.organisation, by=cast.max, at=NOON)

    Agreement.objects.update(wound_up_at=NOON)
    Agreement.objects.create(organisation=acme.organisation, starts_on=NOON.date() + timedelta(days=30))
    with pytest.raises(StillBound):
        parting.part(acme.organisation, by=cast.max, at=NOON)
    assert members(acme) == 2


@pytest.mark.parametrize("who", ["approver", "requester"])
def test_p5_nobody_of_the_client_and_no_other_staff_ends_it(cast, acme, who):
    wound_up(acme)

    for person in (getattr(acme, who), cast.fia, cast.tessa.person, a_colleague("Other", StaffDuty.ACCOUNT_MANAGER)):
        with pytest.raises(NotAllowed):
            parting.part(acme.organisation, by=person, at=NOON)
    assert members(acme) == 2


def test_p5_an_administrator_ends_it_and_can_invite_again(cast, acme):
    wound_up(acme)
    parting.part(acme.organisation, by=cast.ada, at=NOON)

    wanted = Wanted(email=acme.approver.email, language="en", place=Place(MemberRole.APPROVER, is_owner=True))
    sent = invitations.invite_member(organisation=acme.organisation, wanted=wanted, key="again", by=cast.ada, at=NOON)

    assert sent.token


@pytest.mark.django_db(transaction=True)
def test_p5_two_at_once_end_it_once(cast, acme):
    wound_up(acme)

    outcome = race(2, lambda _number: parting.part(acme.organisation, by=cast.max, at=NOON))

    assert (sorted(outcome.results), outcome.errors, members(acme)) == ([0, 2], [], 0)
