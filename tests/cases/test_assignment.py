"""Who has a case (rule S11)."""

import pytest

from cases import assignment, portal, watchers, words
from cases.assignment import CannotHaveIt, TakenBySomebody
from cases.models import EventKind
from cases.words import MessageMismatch, NothingToAnswer, Said
from clients.models import StaffDuty
from core.errors import NotAllowed
from notices.models import Notice
from tests.cases.opened import a_case, a_dispatcher, a_plan, bind
from tests.cast import NOON, a_colleague
from tests.racing import race

pytestmark = pytest.mark.django_db


@pytest.fixture
def disa(acme):
    bind(acme, a_plan())
    return a_dispatcher()


def test_s11_the_new_owner_is_told(cast, acme, disa):
    case = a_case(acme)

    assignment.assign(case=case, to=cast.tessa.person, by=disa, at=NOON)

    case.refresh_from_db()
    assert case.owner == cast.tessa.person
    assert Notice.objects.filter(person=cast.tessa.person, cause__startswith=f"case:{case.pk}:event").count() == 1


def test_s11_whoever_answers_first_has_the_case(acme, disa):
    case = a_case(acme)

    words.answer(case, Said("We look at it."), by=disa, at=NOON, cause="a")

    case.refresh_from_db()
    assert case.owner == disa


def test_s11_what_somebody_has_is_not_taken_from_them(cast, acme, disa):
    case = a_case(acme)
    assignment.take(case=case, by=disa, at=NOON)

    with pytest.raises(TakenBySomebody):
        assignment.take(case=case, by=cast.tessa.person, at=NOON)
    assignment.release(case=case, by=disa, at=NOON)
    assignment.take(case=case, by=cast.tessa.person, at=NOON)


def test_s11_only_who_works_on_the_clients_cases_can_have_one(cast, acme, disa):
    case, mona = a_case(acme), a_colleague("Mona", StaffDuty.ACCOUNT_MANAGER)

    with pytest.raises(CannotHaveIt):
        assignment.assign(case=case, to=mona, by=disa, at=NOON)
    with pytest.raises(NotAllowed):
        assignment.take(case=case, by=acme.requester, at=NOON)


def test_s1_only_people_of_the_client_or_ours_can_watch(acme, borealis, disa):
    case = a_case(acme)
    watchers.watch(case, acme.approver, by=disa, at=NOON)

    with pytest.raises(watchers.WatcherElsewhere):
        watchers.watch(case, borealis.approver, by=disa, at=NOON)


def test_s1_a_client_learns_nothing_of_those_of_ours_who_watch(cast, acme, disa):
    case = a_case(acme)
    watchers.watch(case, cast.tessa.person, by=disa, at=NOON)
    watchers.watch(case, acme.approver, by=disa, at=NOON)

    assert list(watchers.watching_members(case)) == [acme.approver]
    assert [event.facts["person"] for event in portal.happened_in(case).filter(kind="watched")] == [acme.approver.pk]
    with pytest.raises(NotAllowed):
        watchers.unwatch(case, cast.tessa.person, by=acme.requester, at=NOON)


def test_s4_the_key_of_an_answer_does_not_send_other_words(acme, disa):
    case = a_case(acme)
    words.answer(case, Said("One."), by=disa, at=NOON, cause="a")
    words.answer(case, Said("One."), by=disa, at=NOON, cause="a")

    with pytest.raises(MessageMismatch):
        words.answer(case, Said("Two."), by=disa, at=NOON, cause="a")
    with pytest.raises(NothingToAnswer):
        words.no_answer_needed(case, by=disa, at=NOON, reason="Thanks only")


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_s11_two_who_take_at_once_are_not_both_given_it(cast, acme, disa):
    case = a_case(acme)
    people = [disa, cast.tessa.person]

    raced = race(2, lambda number: assignment.take(case=case, by=people[number], at=NOON))

    assert (len(raced.results), [type(error) for error in raced.errors]) == (1, [TakenBySomebody])
    assert case.events.filter(kind=EventKind.ASSIGNED).count() == 1


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_s4_two_who_answer_at_once_are_both_heard_and_one_has_it(cast, acme, disa):
    case = a_case(acme)
    people = [disa, cast.tessa.person]

    raced = race(2, lambda number: words.answer(case, Said("Here."), by=people[number], at=NOON, cause=f"a{number}"))

    assert (raced.errors, case.messages.filter(voice="staff").count()) == ([], 2)
    assert case.events.filter(kind=EventKind.ASSIGNED).count() == 1
    assert case.events.filter(kind=EventKind.MET).count() == 1
