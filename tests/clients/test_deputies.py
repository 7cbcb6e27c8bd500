"""Deputies of approvers: who is named, for which days, and what that lets them do (rules: People)."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from clients import access, deputies
from clients.models import Deputyship, MemberRole, Membership
from core.errors import NotAllowed
from tests.cast import NOON, a_person, at_stockholm
from tests.racing import race

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 18)
A_WEEK_ON = date(2026, 11, 25)


@pytest.fixture
def dora(acme):
    """A second approver of Acme's."""
    person = a_person("Dora")
    Membership.objects.create(organisation=acme.organisation, person=person, role=MemberRole.APPROVER)
    return person


def named(acme, *, deputy=None, first_on=TODAY, last_on=A_WEEK_ON, by=None, at=NOON):
    return deputies.name(
        organisation=acme.organisation, deputy=deputy or acme.requester, first_on=first_on, last_on=last_on, by=by or acme.approver, at=at
    )


def decides(person, acme, at):
    """What every way of asking says, which is the same."""
    person = type(person).objects.get(pk=person.pk)
    said = {
        access.is_approver(person, acme.organisation, at=at),
        acme.organisation.pk in access.decides_for(person, at=at),
        person in access.approvers(acme.organisation, at=at),
        person in {voice.person for voice in access.voices([acme.organisation.pk], at=at)},
    }
    assert len(said) == 1
    return said.pop()


def test_a_deputy_decides_on_the_days_of_the_period_by_the_providers_calendar(acme):
    named(acme)

    instants = [
        at_stockholm(2026, 11, 17, 23, 59),
        at_stockholm(2026, 11, 18),
        at_stockholm(2026, 11, 25, 23, 59),
        at_stockholm(2026, 11, 26),
    ]
    assert [decides(acme.requester, acme, at) for at in instants] == [False, True, True, False]


def test_a_deputyship_that_was_ended_is_over_at_once(acme):
    deputyship = named(acme)

    ended = deputies.end(deputyship=deputyship, by=acme.approver, at=NOON)

    assert ended.ended_at == NOON
    assert not decides(acme.requester, acme, NOON)


def test_who_is_no_approver_any_more_has_no_deputy_either(acme):
    named(acme)

    Membership.objects.filter(person=acme.approver).update(role=MemberRole.REQUESTER)

    assert not decides(acme.requester, acme, NOON)


def test_a_deputy_who_left_the_organisation_decides_nothing(acme):
    named(acme)

    Membership.objects.filter(person=acme.requester).delete()

    assert not decides(acme.requester, acme, NOON)


def test_an_approver_who_can_no_longer_sign_in_lends_nothing(acme):
    named(acme)

    type(acme.approver).objects.filter(pk=acme.approver.pk).update(is_active=False)

    assert not decides(acme.requester, acme, NOON)


def test_who_only_deputises_names_nobody(acme):
    named(acme)
    other = a_person("Ola")
    Membership.objects.create(organisation=acme.organisation, person=other, role=MemberRole.REQUESTER)

    with pytest.raises(NotAllowed):
        named(acme, deputy=other, by=acme.requester)


def test_a_requester_and_an_approver_of_another_client_name_nobody(acme, borealis):
    for person in (acme.requester, borealis.approver):
        with pytest.raises(NotAllowed):
            named(acme, deputy=acme.approver, by=person)


def test_only_a_member_who_can_sign_in_is_named(acme, borealis):
    with pytest.raises(deputies.NotAMember):
        named(acme, deputy=borealis.requester)
    type(acme.requester).objects.filter(pk=acme.requester.pk).update(is_active=False)
    with pytest.raises(deputies.NotAMember):
        named(acme)


def test_nobody_is_their_own_deputy(acme):
    with pytest.raises(deputies.OwnDeputy):
        named(acme, deputy=acme.approver)


@pytest.mark.parametrize(
    ("first_on", "last_on", "refusal"),
    [
        (TODAY - timedelta(days=1), A_WEEK_ON, deputies.PeriodPast),
        (A_WEEK_ON, TODAY, deputies.PeriodReversed),
        (TODAY - timedelta(days=9), TODAY - timedelta(days=2), deputies.PeriodPast),
    ],
)
def test_a_period_lies_ahead_and_ends_after_it_began(acme, first_on, last_on, refusal):
    with pytest.raises(refusal):
        named(acme, first_on=first_on, last_on=last_on)
    assert not Deputyship.objects.exists()


def test_one_day_is_a_period(acme):
    assert named(acme, last_on=TODAY).last_on == TODAY


def test_the_same_days_again_are_the_same_deputyship(acme):
    assert named(acme) == named(acme)
    assert Deputyship.objects.count() == 1


@pytest.mark.parametrize(("first", "last"), [(0, 3), (7, 9), (2, 5), (0, 30)])
def test_the_same_deputy_is_not_named_for_a_day_twice(acme, first, last):
    named(acme)

    with pytest.raises(deputies.AlreadyDeputy) as refused:
        named(acme, first_on=TODAY + timedelta(days=first), last_on=TODAY + timedelta(days=last))

    assert refused.value.last_on == A_WEEK_ON
    assert "from Wed 18 Nov to Wed 25 Nov already" in str(refused.value).replace(" 2026", "")


def test_the_days_after_days_that_were_ended_and_another_deputy_are_free(acme, dora):
    deputies.end(deputyship=named(acme), by=acme.approver, at=NOON)

    named(acme)
    named(acme, deputy=dora)
    named(acme, first_on=A_WEEK_ON + timedelta(days=1), last_on=A_WEEK_ON + timedelta(days=2))

    assert Deputyship.objects.count() == 4


def test_only_the_approver_ends_it(acme, dora):
    deputyship = named(acme)

    for person in (acme.requester, dora):
        with pytest.raises(NotAllowed):
            deputies.end(deputyship=deputyship, by=person, at=NOON)


def test_ending_it_twice_is_harmless_and_what_is_over_is_not_ended(acme):
    deputyship = named(acme)
    deputies.end(deputyship=deputyship, by=acme.approver, at=NOON)
    over = named(acme)

    assert deputies.end(deputyship=deputyship, by=acme.approver, at=NOON + timedelta(hours=1)).ended_at == NOON
    with pytest.raises(deputies.DeputyshipOver):
        deputies.end(deputyship=over, by=acme.approver, at=NOON + timedelta(days=8))


@pytest.mark.parametrize("change", [{"last_on": date(2027, 1, 1)}, {"ended_at": None}])
def test_the_database_keeps_who_could_decide_when(acme, change):
    deputyship = deputies.end(deputyship=named(acme), by=acme.approver, at=NOON)

    with pytest.raises(IntegrityError), transaction.atomic():
        Deputyship.objects.filter(pk=deputyship.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        Deputyship.objects.filter(pk=deputyship.pk).delete()


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_several_forms_for_days_that_overlap_one_names_the_deputy(acme):
    outcome = race(6, lambda number: named(acme, last_on=A_WEEK_ON + timedelta(days=number)))

    assert (len(outcome.results), {type(error) for error in outcome.errors}) == (1, {deputies.AlreadyDeputy})
    assert outcome.most_inside >= 2
    assert Deputyship.objects.count() == 1
