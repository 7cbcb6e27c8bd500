"""Invitations: one link, once, for one address (rules: People)."""

from datetime import timedelta
from decimal import Decimal
from hashlib import sha256

import pytest
from django.db import IntegrityError, connection, transaction

from clients import duties, invitations, members
from clients.invitations import (
    AlreadyOurs,
    DutyMissing,
    FormReused,
    InvitationOver,
    IsMember,
    IsOurs,
    Newcomer,
    OtherAddress,
    SignInFirst,
    TooManyInvitations,
    Wanted,
)
from clients.members import MoreThanTheirOwn, Place
from clients.models import Invitation, MemberRole, Membership, StaffDuty, StaffRole
from core.errors import NotAllowed
from people.models import Person
from tests.cast import NOON, PASSWORD, a_client, a_colleague, a_person, a_provider, an_owner
from tests.racing import race

pytestmark = pytest.mark.django_db
REQUESTER = Place(MemberRole.REQUESTER)
NILS = Newcomer(name="Nils Nilsson", language="sv", time_zone="Europe/Oslo", password=PASSWORD)
A_WEEK = timedelta(days=7)


def invite(client, email="nils@acme.example", place=REQUESTER, *, key="a", by=None, at=NOON):
    wanted = Wanted(email=email, language="sv", place=place)
    return invitations.invite_member(organisation=client.organisation, wanted=wanted, key=key, by=by or an_owner(client), at=at)


def test_people_somebody_unknown_joins_by_the_link_once(acme):
    sent = invite(acme, "Nils@Acme.example", Place(MemberRole.APPROVER, Decimal(500)))

    accepted = invitations.join(token=sent.token, newcomer=NILS, at=NOON)

    nils = Person.objects.get(email="nils@acme.example")
    place = Membership.objects.get(person=nils)
    assert (place.organisation, place.role, place.approval_limit, place.is_owner) == (acme.organisation, "approver", Decimal(500), False)
    assert (nils.language, nils.time_zone, nils.check_password(PASSWORD), accepted.accepted_by) == ("sv", "Europe/Oslo", True, nils)
    with pytest.raises(InvitationOver):
        invitations.join(token=sent.token, newcomer=NILS, at=NOON)


def test_people_only_the_hash_of_the_token_is_kept(acme):
    sent = invite(acme)

    assert Invitation.objects.get().token_hash == sha256(sent.token.encode()).hexdigest()
    assert "token_hash" not in {field.name for field in Invitation.history.model._meta.fields}
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM clients_invitation")
        assert sent.token not in repr(cursor.fetchall())


def test_people_somebody_known_accepts_as_themselves_and_nobody_else_does(acme, borealis):
    sent = invite(acme, borealis.requester.email)

    with pytest.raises(SignInFirst):
        invitations.join(token=sent.token, newcomer=NILS, at=NOON)
    with pytest.raises(OtherAddress):
        invitations.accept(token=sent.token, by=borealis.approver, at=NOON)
    invitations.accept(token=sent.token, by=borealis.requester, at=NOON)

    assert set(borealis.requester.memberships.values_list("organisation", flat=True)) == {acme.organisation.pk, borealis.organisation.pk}


def test_people_a_link_is_good_for_as_long_as_the_provider_says(cast, acme):
    cast.provider.invitation_hours = 48
    cast.provider.save()
    sent = invite(acme)

    assert invitations.find(token=sent.token, at=NOON + timedelta(hours=47, minutes=59)) == sent.invitation
    for token, at in ((sent.token, NOON + timedelta(hours=48)), ("unknown", NOON), ("", NOON), ("\ud800", NOON)):
        with pytest.raises(InvitationOver):
            invitations.find(token=token, at=at)


def test_people_inviting_again_renews_and_the_link_before_is_dead(acme):
    first = invite(acme, key="a")
    same = invite(acme, key="a")
    second = invite(acme, place=Place(MemberRole.READER), key="b", at=NOON + A_WEEK)

    assert (same.token, same.invitation, second.invitation) == (None, first.invitation, first.invitation)
    with pytest.raises(InvitationOver):
        invitations.find(token=first.token, at=NOON)
    found = invitations.find(token=second.token, at=NOON + A_WEEK)
    assert (found.round, found.role, Invitation.objects.count()) == (2, "reader", 1)


def test_people_the_same_form_with_other_details_is_refused(acme):
    invite(acme, key="a")
    with pytest.raises(FormReused):
        invite(acme, "other@acme.example", key="a")


def test_people_a_withdrawn_invitation_opens_nothing_and_stays(acme):
    sent = invite(acme)
    invitations.withdraw(invitation=sent.invitation, by=acme.approver, at=NOON)
    again = invitations.withdraw(invitation=sent.invitation, by=acme.approver, at=NOON + A_WEEK)

    assert (again.closed_at, again.withdrawn_by) == (NOON, acme.approver)
    with pytest.raises(InvitationOver):
        invitations.join(token=sent.token, newcomer=NILS, at=NOON)


def test_people_nobody_invites_who_may_not_or_beyond_what_they_have(cast, acme, borealis):
    an_owner(borealis)
    for other in (acme.requester, borealis.approver, cast.max, cast.fia):
        with pytest.raises(NotAllowed):
            invite(acme, by=other)
    Membership.objects.filter(person=acme.requester).update(is_owner=True)
    with pytest.raises(MoreThanTheirOwn):
        invite(acme, place=Place(MemberRole.APPROVER), by=Person.objects.get(pk=acme.requester.pk))
    assert invite(acme, place=Place(MemberRole.APPROVER), by=cast.ada).token


def test_people_nobody_is_invited_twice_over(cast, acme):
    with pytest.raises(IsMember):
        invite(acme, acme.requester.email)
    with pytest.raises(IsOurs):
        invite(acme, cast.fia.email)


def test_people_what_somebody_gave_on_is_withdrawn_when_they_have_less(cast, acme):
    sent = invite(acme, place=Place(MemberRole.APPROVER))

    members.end(membership=Membership.objects.get(person=acme.approver), reason="They moved on", by=cast.ada, at=NOON)

    with pytest.raises(InvitationOver):
        invitations.find(token=sent.token, at=NOON)


def test_people_who_sends_many_waits_an_hour(acme, settings):
    settings.INVITATIONS_PER_HOUR = 2
    for number in (1, 2):
        invite(acme, key=str(number), at=NOON)
    with pytest.raises(TooManyInvitations):
        invite(acme, "other@acme.example", key="3", at=NOON + timedelta(minutes=59))
    assert invite(acme, "other@acme.example", key="4", at=NOON + timedelta(hours=1)).token


def test_people_an_administrator_invites_colleagues_with_duties(cast, acme):
    def colleague(email, *of, by=cast.ada, key="k"):
        return invitations.invite_colleague(email=email, of=frozenset(of), language="en", key=key, by=by, at=NOON)

    for refusal, arguments in (
        (DutyMissing, ("new@provider.example",)),
        (AlreadyOurs, (cast.fia.email, StaffDuty.FINANCE)),
        (IsOurs, (acme.approver.email, StaffDuty.FINANCE)),
    ):
        with pytest.raises(refusal):
            colleague(*arguments)
    with pytest.raises(NotAllowed):
        colleague("new@provider.example", StaffDuty.FINANCE, by=cast.max)
    sent = colleague("new@provider.example", StaffDuty.FINANCE, StaffDuty.ADMINISTRATOR)
    invitations.join(token=sent.token, newcomer=NILS, at=NOON)

    new = Person.objects.get(email="new@provider.example")
    assert set(new.staff_roles.values_list("duty", flat=True)) == {"finance", "administrator"}
    assert (new.is_staff, new.is_superuser) == (True, True)


def test_people_a_closed_invitation_stays_as_it_was_in_the_database(acme):
    sent = invite(acme)
    invitations.join(token=sent.token, newcomer=NILS, at=NOON)

    kept = Invitation.objects.filter(pk=sent.invitation.pk)
    for change in ({"role": "approver"}, {"closed_at": None, "accepted_by": None}, {"is_owner": True}, {"withdrawn_by": acme.approver}):
        with pytest.raises(IntegrityError), transaction.atomic():
            kept.update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        kept.delete()
    assert list(Invitation.history.values_list("closed_at", flat=True)) == [NOON, None]


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("known", [True, False])
def test_people_of_two_who_accept_at_once_one_does(known):
    acme = a_client(a_provider())
    sent = invite(acme)
    nils = a_person("Nils", domain="acme.example") if known else None

    def accept(_number):
        if nils is not None:
            return invitations.accept(token=sent.token, by=nils, at=NOON)
        return invitations.join(token=sent.token, newcomer=NILS, at=NOON)

    outcome = race(4, accept)

    assert outcome.most_inside > 1
    assert (len(outcome.results), {type(error) for error in outcome.errors}) == (1, {InvitationOver})
    assert Membership.objects.filter(person__email="nils@acme.example").count() == 1
    assert Person.objects.filter(email="nils@acme.example").count() == 1


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_people_of_two_last_administrators_who_leave_at_once_one_stays():
    cast = a_provider()
    both = [cast.ada, a_colleague("Adam", StaffDuty.ADMINISTRATOR)]
    roles = [StaffRole.objects.get(person=person) for person in both]

    outcome = race(2, lambda number: duties.take(role=roles[number], reason="They moved on", by=both[number], at=NOON))

    assert (len(outcome.results), [type(error) for error in outcome.errors]) == (1, [duties.LastAdministrator])
    assert StaffRole.objects.filter(duty=StaffDuty.ADMINISTRATOR).count() == 1
