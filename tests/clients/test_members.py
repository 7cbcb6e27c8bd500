"""Who looks after a client's people, and what they may change (rules: People)."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from clients import members
from clients.members import LastApprover, LastOwner, LimitWithoutApproval, MoreThanTheirOwn, PlaceChanged, RaisesThemselves, ReaderAsOwner
from clients.models import MemberRole, Membership
from core.errors import NotAllowed
from people.models import Person
from tests.cast import NOON, a_reader, an_owner

pytestmark = pytest.mark.django_db
READER, REQUESTER, APPROVER = (members.Place(role) for role in (MemberRole.READER, MemberRole.REQUESTER, MemberRole.APPROVER))


def place_of(person, client):
    return Membership.objects.get(person=person, organisation=client.organisation)


def change(person, client, place, by):
    return members.change(
        membership=place_of(person, client), place=place, reason="They moved on", by=Person.objects.get(pk=by.pk), at=NOON
    )


def test_people_an_owner_changes_role_limit_and_ownership_and_history_keeps_each(acme):
    anna = an_owner(acme)

    change(acme.requester, acme, members.Place(MemberRole.APPROVER, Decimal(5000), is_owner=True), anna)
    again = change(acme.requester, acme, members.Place(MemberRole.APPROVER, Decimal(5000), is_owner=True), anna)

    assert members.place_of(again) == members.Place(MemberRole.APPROVER, Decimal(5000), is_owner=True)
    assert [row.role for row in again.history.order_by("history_id")] == ["requester", "approver"]


@pytest.mark.parametrize(
    ("start", "wanted", "refusal"),
    [
        (members.Place(MemberRole.REQUESTER, is_owner=True), APPROVER, RaisesThemselves),
        (members.Place(MemberRole.APPROVER, Decimal(100), is_owner=True), members.Place(MemberRole.APPROVER, None, True), RaisesThemselves),
        (members.Place(MemberRole.APPROVER, is_owner=True), APPROVER, LastOwner),
        (members.Place(MemberRole.APPROVER, is_owner=True), members.Place(MemberRole.REQUESTER, is_owner=True), LastApprover),
        (members.Place(MemberRole.APPROVER, is_owner=True), members.Place(MemberRole.REQUESTER, Decimal(1), True), LimitWithoutApproval),
        (members.Place(MemberRole.APPROVER, is_owner=True), members.Place(MemberRole.READER, is_owner=True), ReaderAsOwner),
    ],
)
def test_people_nobody_raises_themselves_and_the_last_one_stays(acme, start, wanted, refusal):
    Membership.objects.filter(person=acme.approver).update(role=start.role, approval_limit=start.limit, is_owner=start.is_owner)

    with pytest.raises(refusal):
        change(acme.approver, acme, wanted, acme.approver)

    assert members.place_of(place_of(acme.approver, acme)) == start


def test_people_an_owner_gives_no_more_than_they_have(acme):
    Membership.objects.filter(person=acme.approver).update(is_owner=True, approval_limit=1000)

    for wanted in (APPROVER, members.Place(MemberRole.APPROVER, Decimal(1001))):
        with pytest.raises(MoreThanTheirOwn):
            change(acme.requester, acme, wanted, acme.approver)

    assert change(acme.requester, acme, members.Place(MemberRole.APPROVER, Decimal(1000)), acme.approver).approval_limit == 1000


def test_people_who_looks_after_nobody_changes_nobody(cast, acme, borealis):
    an_owner(borealis)
    for stranger in (acme.approver, borealis.approver, cast.max, cast.fia, cast.tessa.person):
        with pytest.raises(NotAllowed):
            change(acme.requester, acme, READER, stranger)
        with pytest.raises(NotAllowed):
            members.end(membership=place_of(acme.requester, acme), reason="They moved on", by=stranger, at=NOON)


def test_people_an_administrator_of_ours_may_end_even_the_last_one(cast, acme):
    an_owner(acme)

    members.end(membership=place_of(acme.approver, acme), reason="They moved on", by=cast.ada, at=NOON)

    assert not Membership.objects.filter(person=acme.approver).exists()


def test_people_the_last_owner_and_the_last_approver_cannot_leave(acme):
    anna = an_owner(acme)
    with pytest.raises(LastOwner):
        members.end(membership=place_of(anna, acme), reason="They moved on", by=anna, at=NOON)

    change(acme.requester, acme, members.Place(MemberRole.REQUESTER, is_owner=True), anna)
    with pytest.raises(LastApprover):
        members.end(membership=place_of(anna, acme), reason="They moved on", by=Person.objects.get(pk=acme.requester.pk), at=NOON)


def test_people_a_place_that_has_ended_is_not_changed(acme):
    anna, gone = an_owner(acme), place_of(acme.requester, acme)
    members.end(membership=gone, reason="They moved on", by=anna, at=NOON)
    gone.pk = gone.pk or 999_999

    with pytest.raises(PlaceChanged):
        members.change(membership=gone, place=READER, reason="They moved on", by=anna, at=NOON)


def test_people_who_is_ended_is_signed_out_everywhere_at_once(acme, client_of):
    anna, browser = an_owner(acme), client_of(acme.requester)
    assert browser.get("/").status_code == 200

    members.end(membership=place_of(acme.requester, acme), reason="They moved on", by=anna, at=NOON)

    assert browser.get("/").status_code == 302
    assert browser.get("/").headers["Location"].startswith("/accounts/login/")


def test_people_a_reader_owns_nothing_in_the_database(acme):
    lena = a_reader(acme)
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.filter(person=lena).update(is_owner=True)
