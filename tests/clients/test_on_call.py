"""Who is on call: members, changed turns, refusals (rule S18)."""

from dataclasses import fields, replace
from datetime import timedelta

import pytest

from clients import on_call, rotas
from clients.models import OnCallSwap, StaffDuty
from clients.on_call import Seat
from core import sealing
from core.addresses import AddressRefused
from core.errors import NotAllowed
from tests.cases.opened import a_plan
from tests.cast import NOON, a_colleague
from tests.clients.rotas import a_rota

HOUR = timedelta(hours=1)


@pytest.fixture
def disa(cast):
    return a_colleague("Disa", StaffDuty.DISPATCHER)


@pytest.fixture
def rota(cast):
    return a_rota(cast.tessa.person, cast.theo.person)


def test_s18_the_member_whose_turn_it_is_is_on_call_and_the_other_comes_next(cast, rota):
    found = on_call.on_call(rota=rota, at=NOON), on_call.next_in_turn(rota=rota, at=NOON, after={cast.tessa.person.pk})

    assert found == (cast.tessa.person, cast.theo.person)


def test_s18_who_may_no_longer_sign_in_is_passed_over(cast, rota):
    cast.tessa.person.is_active = False
    cast.tessa.person.save()

    assert on_call.on_call(rota=rota, at=NOON) == cast.theo.person


def test_s18_a_member_hands_their_own_turn_to_another(cast, rota):
    change = on_call.swap(rota=rota, person=cast.theo.person, stretch=(NOON, NOON + HOUR), by=cast.tessa.person, at=NOON)

    assert on_call.on_call(rota=rota, at=NOON) == cast.theo.person
    assert on_call.on_call(rota=rota, at=NOON + HOUR) == cast.tessa.person
    assert change.history.count() == 1


@pytest.mark.parametrize(
    ("first", "last", "refusal"),
    [
        (0, -1, on_call.ChangeReversed),
        (0, 24 * 400, on_call.ChangeReversed),
        (-3, -1, on_call.ChangeOver),
    ],
)
def test_s18_a_change_that_makes_no_sense_is_refused(cast, disa, first, last, refusal):
    rota = a_rota(cast.tessa.person, cast.theo.person)

    with pytest.raises(refusal):
        on_call.swap(rota=rota, person=cast.theo.person, stretch=(NOON + first * HOUR, NOON + last * HOUR), by=disa, at=NOON)

    assert not OnCallSwap.objects.exists()


def test_s18_somebody_who_works_no_cases_is_not_put_on_call(cast, disa, rota):
    with pytest.raises(on_call.NotAColleague):
        on_call.swap(rota=rota, person=cast.fia, stretch=(NOON, NOON + HOUR), by=disa, at=NOON)


def test_s18_nobody_hands_over_a_turn_that_is_not_theirs(cast, rota):
    with pytest.raises(NotAllowed):
        on_call.swap(rota=rota, person=cast.theo.person, stretch=(NOON, NOON + 9 * 24 * HOUR), by=cast.tessa.person, at=NOON)


def test_s18_two_changes_never_overlap_and_one_that_is_taken_back_makes_room(cast, disa, rota):
    stretch = (NOON, NOON + HOUR)
    first = on_call.swap(rota=rota, person=cast.theo.person, stretch=stretch, by=disa, at=NOON)

    with pytest.raises(on_call.SwapsOverlapped):
        on_call.swap(rota=rota, person=cast.tessa.person, stretch=stretch, by=disa, at=NOON)
    on_call.take_back(swap=first, by=cast.tessa.person, at=NOON)
    with pytest.raises(on_call.SwapTakenBack):
        on_call.take_back(swap=first, by=disa, at=NOON)

    assert on_call.swap(rota=rota, person=cast.theo.person, stretch=stretch, by=disa, at=NOON).live


def test_s18_what_has_passed_is_not_taken_back_and_strangers_take_nothing_back(cast, disa, rota):
    change = on_call.swap(rota=rota, person=cast.theo.person, stretch=(NOON, NOON + HOUR), by=disa, at=NOON)

    with pytest.raises(NotAllowed):
        on_call.take_back(swap=change, by=cast.max, at=NOON)
    with pytest.raises(on_call.ChangeOver):
        on_call.take_back(swap=change, by=disa, at=NOON + HOUR)


def test_s18_the_order_is_changed_and_the_running_turn_stays(cast, disa, rota):
    on_call.set_members(rota=rota, seats=[Seat(cast.theo.person), Seat(cast.tessa.person, by_sms=True)], by=disa, at=NOON)

    rota.refresh_from_db()
    assert [(member.person, member.by_sms) for member in rota.members.order_by("position")] == [
        (cast.theo.person, False),
        (cast.tessa.person, True),
    ]
    assert on_call.on_call(rota=rota, at=NOON) == cast.tessa.person
    assert on_call.on_call(rota=rota, at=NOON + timedelta(weeks=1)) == cast.theo.person


def test_s18_turns_become_longer_and_the_running_one_stays_with_whom_it_is(cast, disa, rota):
    second = NOON + timedelta(weeks=1)
    assert on_call.on_call(rota=rota, at=second) == cast.theo.person
    kept = {name: getattr(rota, name) for name in ("name_en", "name_sv", "lead", "time_zone", "hands_over_at", "acknowledge_minutes")}

    rota = rotas.arrange(rota=rota, arrangement=rotas.Arrangement(**kept, turn_days=14), by=disa, at=second)

    found = [on_call.on_call(rota=rota, at=second + timedelta(weeks=weeks)) for weeks in range(4)]
    assert found == [cast.theo.person, cast.theo.person, cast.tessa.person, cast.tessa.person]


def test_s18_members_are_colleagues_once_each_and_set_by_who_may(cast, disa, acme, rota):
    with pytest.raises(on_call.NotAColleague):
        on_call.set_members(rota=rota, seats=[Seat(acme.requester)], by=disa, at=NOON)
    with pytest.raises(on_call.MemberTwice):
        on_call.set_members(rota=rota, seats=[Seat(cast.theo.person), Seat(cast.theo.person)], by=disa, at=NOON)
    with pytest.raises(NotAllowed):
        on_call.set_members(rota=rota, seats=[], by=cast.tessa.person, at=NOON)

    assert rota.members.count() == 2


def test_s18_a_rota_that_a_published_plan_needs_does_not_become_empty(cast, disa, rota):
    plan = a_plan(outage_rota=rota)

    with pytest.raises(on_call.RotaNeeded):
        on_call.set_members(rota=rota, seats=[], by=disa, at=NOON)
    plan.published_at = None
    plan.save()
    on_call.set_members(rota=rota, seats=[], by=disa, at=NOON)

    assert on_call.on_call(rota=rota, at=NOON) is None


def test_s18_everybody_on_a_rota_that_is_needed_can_be_replaced_at_once(cast, disa, rota):
    a_plan(outage_rota=rota)

    on_call.set_members(rota=rota, seats=[Seat(disa)], by=disa, at=NOON)

    assert [(member.person, member.position) for member in rota.members.all()] == [(disa, 1)]


def test_s18_the_lead_of_a_rota_that_is_needed_stays_while_nobody_takes_turns(cast, disa):
    rota = a_rota(lead=disa)
    a_plan(outage_rota=rota)
    arrangement = rotas.Arrangement(**{field.name: getattr(rota, field.name) for field in fields(rotas.Arrangement)})

    with pytest.raises(rotas.LeadNeeded):
        rotas.arrange(rota=rota, arrangement=replace(arrangement, lead=None), by=disa, at=NOON)
    on_call.set_members(rota=rota, seats=[Seat(cast.theo.person)], by=disa, at=NOON)
    rotas.arrange(rota=rota, arrangement=replace(arrangement, lead=None), by=disa, at=NOON)

    rota.refresh_from_db()
    assert rota.lead is None


def test_s18_the_secret_of_a_webhook_is_told_once_and_kept_sealed(cast, rota, internet):
    internet.names["hooks.example"] = ["93.184.216.34"]

    secret = rotas.name_webhook(rota=rota, url="https://hooks.example/a", by=cast.ada, at=NOON)
    rota.refresh_from_db()
    seen = rotas.mark_of(rota)
    with pytest.raises(rotas.WebhookKept):
        rotas.name_webhook(rota=rota, url="https://hooks.example/a", by=cast.ada, at=NOON)

    renewed = rotas.renew_secret(rota=rota, seen=seen, by=cast.ada, at=NOON)

    rota.refresh_from_db()
    with pytest.raises(rotas.SecretRenewed):
        rotas.renew_secret(rota=rota, seen=seen, by=cast.ada, at=NOON)
    assert secret != renewed
    assert secret not in rota.webhook_secret
    assert rotas.secret_of(rota) == renewed
    assert sealing.is_current(rota.webhook_secret)


def test_s18_a_webhook_leads_nowhere_inside(cast, rota, internet):
    internet.names["inside.example"] = ["10.0.0.1"]

    with pytest.raises(AddressRefused):
        rotas.name_webhook(rota=rota, url="https://inside.example/", by=cast.ada, at=NOON)
    with pytest.raises(NotAllowed):
        rotas.name_webhook(rota=rota, url="", by=cast.tessa.person, at=NOON)
    with pytest.raises(rotas.NoWebhook):
        rotas.renew_secret(rota=rota, seen="", by=cast.ada, at=NOON)


def test_s18_all_rotas_are_read_by_as_many_queries_as_one(cast, disa, rota, django_assert_num_queries):
    a_rota(cast.theo.person, code="storage")
    on_call.swap(rota=rota, person=cast.theo.person, stretch=(NOON, NOON + HOUR), by=disa, at=NOON)

    with django_assert_num_queries(4):
        found = on_call.schedules(first=NOON, last=NOON + timedelta(weeks=2))

    assert [len(schedule.duties) for schedule in found] == [4, 3]
    assert found[0].now.person == cast.theo.person
