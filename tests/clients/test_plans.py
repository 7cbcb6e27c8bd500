"""Plans are offered when somebody is on call for them, and cost something else only with notice (rules P2, P3, S18)."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction
from djmoney.money import Money

from clients import fees, plans
from clients.models import OnCallMember, OnCallRota, Plan
from core.errors import NotAllowed
from tests.cases.opened import a_calendar, a_plan, bind
from tests.cast import NOON

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 18)


@pytest.fixture
def rota(cast):
    return OnCallRota.objects.create(code="on-call", name_en="On call", name_sv="Jour")


@pytest.fixture
def around_the_clock(cast, rota):
    """A plan that is not published, whose first priority counts around the clock."""
    plan = a_plan(published_at=None)
    plan.targets.filter(priority__number=1).update(response_calendar=a_calendar("around", always_open=True), rota=rota)
    return plan


def on_call(rota, person):
    return OnCallMember.objects.create(rota=rota, person=person, position=1)


def test_s18_a_plan_around_the_clock_is_not_published_with_an_empty_rota(around_the_clock, cast):
    with pytest.raises(plans.RotaEmpty) as refused:
        plans.publish(plan=around_the_clock, by=cast.ada, at=NOON)

    assert "On call" in str(refused.value)
    assert Plan.objects.get().published_at is None


def test_s18_nobody_who_cannot_sign_in_counts(around_the_clock, rota, cast):
    on_call(rota, cast.tessa.person)
    type(cast.tessa.person).objects.filter(pk=cast.tessa.person.pk).update(is_active=False)

    with pytest.raises(plans.RotaEmpty):
        plans.publish(plan=around_the_clock, by=cast.ada, at=NOON)


def test_s18_with_somebody_on_call_it_is_published_and_needs_them(around_the_clock, rota, cast):
    on_call(rota, cast.tessa.person)
    before = plans.needs_people(rota)

    published = plans.publish(plan=around_the_clock, by=cast.ada, at=NOON)

    assert (before, published.published_at, plans.needs_people(rota)) == (False, NOON, True)
    assert published.history.latest().history_user == cast.ada


def test_s18_a_lead_is_enough(around_the_clock, rota, cast):
    OnCallRota.objects.update(lead=cast.max)

    assert plans.publish(plan=around_the_clock, by=cast.ada, at=NOON).published_at == NOON


def test_s18_a_target_around_the_clock_without_a_rota_is_refused(around_the_clock, cast):
    around_the_clock.targets.update(rota=None)

    with pytest.raises(plans.RotaMissing):
        plans.publish(plan=around_the_clock, by=cast.ada, at=NOON)


def test_s18_the_database_itself_refuses_it(around_the_clock):
    with pytest.raises(DatabaseError, match="somebody on call"), transaction.atomic():
        Plan.objects.update(published_at=NOON)


def test_p2_only_an_administrator_publishes_and_withdraws(cast):
    plan = a_plan()

    with pytest.raises(NotAllowed):
        plans.withdraw(plan=plan, by=cast.max, at=NOON)


def test_p2_publishing_twice_is_told(cast):
    plan = a_plan(published_at=None)
    plans.publish(plan=plan, by=cast.ada, at=NOON)

    with pytest.raises(plans.PlanMoved):
        plans.publish(plan=plan, by=cast.ada, at=NOON)


def test_p3_another_fee_begins_with_notice_where_clients_have_the_plan(acme, cast):
    plan = a_plan()
    bind(acme, plan)
    first = TODAY + timedelta(days=60)
    fee = {"plan": plan, "fee": Money(90, "SEK"), "per": "month", "by": cast.ada, "at": NOON}

    with pytest.raises(fees.NoticeTooShort):
        fees.announce(**fee, starts_on=first - timedelta(days=1))
    fees.announce(**fee, starts_on=first)

    assert fees.fee_on(plan, on=first - timedelta(days=1)) == (Money(0, "SEK"), "")
    assert fees.fee_on(plan, on=first) == (Money(90, "SEK"), "month")


def test_p3_where_nobody_has_the_plan_another_fee_begins_at_once(cast):
    plan = a_plan()

    fees.announce(plan=plan, fee=Money(90, "SEK"), per="month", starts_on=TODAY, by=cast.fia, at=NOON)

    assert fees.fee_on(plan, on=TODAY) == (Money(90, "SEK"), "month")
