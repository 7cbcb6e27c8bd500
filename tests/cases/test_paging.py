"""Whoever is on call is paged, then the next, then the lead, until one acknowledges (rule S18)."""

import json
from datetime import timedelta

import pytest

from cases import objections, paging, priorities, solutions, validity
from cases.models import Case, CaseEvent, Environment, EventKind, Page, PageStep
from cases.validity import Facts
from clients import rotas
from clients.models import CaseKind, OnCallMember, PlanTarget
from core.errors import NotAllowed
from notices.models import Channel, Notice
from tests.cases.opened import a_case, a_dispatcher, a_plan, bind
from tests.cast import NOON
from tests.clients.rotas import a_rota
from tests.racing import race

TEN = timedelta(minutes=10)


@pytest.fixture
def disa(cast):
    return a_dispatcher()


@pytest.fixture
def rota(cast, disa):
    """Tessa is on call, Theo is the next, Disa leads."""
    return a_rota(cast.tessa.person, cast.theo.person, lead=disa)


@pytest.fixture
def plan(acme, rota):
    """Priority 1 names the rota."""
    plan = a_plan()
    PlanTarget.objects.filter(plan=plan, priority__number=1).update(rota=rota)
    bind(acme, plan)
    return plan


def _paged(case):
    return [(page.step, page.person and page.person.name.split()[0]) for page in case.pages.order_by("pk")]


def test_s18_a_case_whose_target_names_a_rota_pages_who_is_on_call(cast, acme, plan):
    case = a_case(acme, priority=1)

    page = case.pages.get()
    assert (page.step, page.person, page.paged_at, page.next_at) == (PageStep.ON_CALL, cast.tessa.person, NOON, NOON + TEN)
    event = CaseEvent.objects.get(case=case, kind=EventKind.PAGED)
    assert (event.internal, event.facts["person"]) == (True, cast.tessa.person.pk)
    mail = Notice.objects.get(cause__startswith="page:", person=cast.tessa.person)
    assert mail.subject == f"You are paged: priority 1, case {case.pk}: Users are not created"
    assert f"/desk/pages/{page.pk}/" in mail.body


@pytest.mark.parametrize("fields", [{"priority": 2}, {"priority": 3}])
def test_s18_a_case_whose_target_names_none_pages_nobody(acme, plan, fields):
    case = a_case(acme, **fields)

    assert not case.pages.exists()


def test_s18_an_outage_goes_to_the_rota_for_outages(cast, acme, plan):
    plan.outage_rota = a_rota(cast.theo.person, code="outages")
    plan.save()

    case = a_case(acme, priority=3, is_outage=True)

    assert [(page.rota.code, page.person) for page in case.pages.all()] == [("outages", cast.theo.person)]


def test_s18_unacknowledged_it_goes_to_the_next_the_lead_and_the_dispatchers(cast, acme, plan, disa):
    case = a_case(acme, priority=1)

    done = [paging.follow_up_due(at=NOON + minutes * timedelta(minutes=1)) for minutes in (9, 10, 19, 20, 30, 40, 50)]

    assert done == [0, 1, 0, 1, 1, 0, 0]
    assert _paged(case) == [("on_call", "Tessa"), ("next", "Theo"), ("lead", "Disa"), ("lead", None)]
    assert CaseEvent.objects.filter(case=case, kind=EventKind.PAGED).count() == 4
    assert Notice.objects.filter(cause__endswith=":dispatchers", person=disa).count() == 1


def test_s18_a_job_that_runs_late_or_twice_gives_each_step_its_full_time(acme, plan):
    case = a_case(acme, priority=1)
    late = NOON + timedelta(hours=3)

    done = [paging.follow_up_due(at=at) for at in (late, late, late + TEN, late + TEN)]

    assert done == [1, 0, 1, 0]
    assert [page.paged_at for page in case.pages.order_by("pk")] == [NOON, late, late + TEN]


def test_s18_an_acknowledgement_stops_it_and_is_on_record(cast, acme, plan):
    case = a_case(acme, priority=1)

    page = paging.acknowledge(page=case.pages.get(), by=cast.tessa.person, at=NOON + TEN / 2)

    assert (page.acknowledged_by, page.acknowledged_at, page.next_at) == (cast.tessa.person, NOON + TEN / 2, None)
    assert paging.follow_up_due(at=NOON + TEN) == 0
    assert CaseEvent.objects.get(case=case, kind=EventKind.PAGE_ACKNOWLEDGED).by == cast.tessa.person
    assert not Notice.objects.filter(cause__startswith="page:").exists()


def test_s18_the_first_of_two_has_it_and_the_other_learns_who(cast, acme, plan):
    case = a_case(acme, priority=1)
    paging.follow_up_due(at=NOON + TEN)
    first, second = case.pages.order_by("pk")
    paging.acknowledge(page=first, by=cast.tessa.person, at=NOON + TEN)

    with pytest.raises(paging.PageAcknowledged) as refused:
        paging.acknowledge(page=second, by=cast.theo.person, at=NOON + 2 * TEN)
    again = paging.acknowledge(page=first, by=cast.tessa.person, at=NOON + 2 * TEN)

    assert str(refused.value).startswith("Tessa Testsson acknowledged this page at ")
    assert again.acknowledged_at == NOON + TEN


def test_s18_strangers_and_clients_acknowledge_nothing(cast, acme, plan):
    page = a_case(acme, priority=1).pages.get()

    for person in (acme.requester, cast.fia):
        with pytest.raises(NotAllowed):
            paging.acknowledge(page=page, by=person, at=NOON)


def test_s18_where_nobody_takes_turns_the_lead_is_paged_and_without_a_lead_the_dispatchers_are_told(acme, plan, disa, rota):
    OnCallMember.objects.all().delete()
    led = a_case(acme, priority=1)
    rota.lead = None
    rota.save()

    unled = a_case(acme, priority=1)

    assert (_paged(led), _paged(unled)) == ([("lead", "Disa")], [("lead", None)])
    assert Notice.objects.filter(cause__contains=f":{rota.pk}:0:dispatchers", person=disa).count() == 1
    assert list(paging.waiting_for(disa)) == list(Page.objects.order_by("pk"))


def test_s18_the_same_case_pages_once_until_something_new_happens(cast, acme, plan):
    case = a_case(acme, priority=1)
    first = case.pages.get()

    again = paging.page_if_on_call(case, at=NOON + TEN / 2)
    paging.acknowledge(page=first, by=cast.tessa.person, at=NOON + TEN / 2)
    same = paging.page_if_on_call(case, at=NOON + TEN)
    CaseEvent.objects.create(case=case, kind=EventKind.PRIORITY_CHANGED, at=NOON + TEN)
    anew = paging.page_if_on_call(case, at=NOON + TEN)

    assert (again, same) == (first, first)
    assert (anew != first, anew.paged_at) == (True, NOON + TEN)


def test_s18_a_case_that_is_reopened_pages_whoever_is_on_call_then(cast, acme, plan):
    case = a_case(acme, priority=1)
    paging.acknowledge(page=case.pages.get(), by=cast.tessa.person, at=NOON)
    solutions.withdraw(case, reason="It works again", by=acme.requester, at=NOON + TEN)

    solutions.reopen(case, reason="It does not", by=acme.requester, at=NOON + timedelta(days=7))

    assert _paged(case) == [("on_call", "Tessa"), ("on_call", "Theo")]
    assert case.pages.get(next_at__isnull=False).paged_at == NOON + timedelta(days=7)


def test_s18_a_case_that_is_reopened_at_a_priority_without_a_rota_pages_nobody(acme, plan):
    case = a_case(acme, priority=2)
    solutions.withdraw(case, reason="It works again", by=acme.requester, at=NOON + TEN)

    solutions.reopen(case, reason="It does not", by=acme.requester, at=NOON + 2 * TEN)

    assert _paged(case) == []


def test_s18_a_raise_to_a_target_that_names_a_rota_pages_and_a_lowering_does_not(acme, plan, disa):
    case = a_case(acme, priority=3)

    priorities.reclassify(case, to=2, reason="More are hit", by=disa, at=NOON)
    assert _paged(case) == []
    priorities.reclassify(case, to=1, reason="Everybody is hit", by=disa, at=NOON + TEN)
    priorities.reclassify(case, to=2, reason="A few", by=disa, at=NOON + 2 * TEN)

    assert _paged(case) == [("on_call", "Tessa")]


def test_s18_a_raise_that_the_client_asked_for_pages_when_it_is_granted(acme, plan, disa):
    case = a_case(acme, priority=3)
    asked = priorities.ask_higher(case, to=1, reason="Everybody is hit", by=acme.requester, at=NOON)
    assert _paged(case) == []

    priorities.grant(asked, answer="", by=disa, at=NOON + TEN)

    assert _paged(case) == [("on_call", "Tessa")]


def test_s18_an_objection_that_lets_the_shorter_target_run_pages_once(cast, acme, plan, disa):
    case = a_case(acme, priority=1)
    paging.acknowledge(page=case.pages.get(), by=cast.tessa.person, at=NOON)
    lowering = priorities.reclassify(case, to=2, reason="A few", by=disa, at=NOON)

    objections.object_to(lowering, reason="It is all of us", by=acme.requester, at=NOON + TEN)
    objections.decide(lowering, upheld=False, reason="Right", by=cast.max, at=NOON + TEN)

    assert [page.paged_at for page in case.pages.order_by("pk")] == [NOON, NOON + TEN]


def test_s18_a_case_to_which_guarantees_come_to_bind_pages(acme, plan, disa):
    plan.guaranteed_kinds = ["incident"]
    plan.save()
    case = a_case(acme, priority=1, kind=CaseKind.QUESTION)
    assert _paged(case) == []

    validity.change_facts(case, Facts(kind=CaseKind.INCIDENT, environment=Environment.PRODUCTION), by=disa, at=NOON + TEN)

    assert _paged(case) == [("on_call", "Tessa")]


def test_s18_a_closed_case_is_followed_no_further(acme, plan):
    case = a_case(acme, priority=1)
    Case.objects.filter(pk=case.pk).update(state="closed", closed_as="withdrawn", closed_at=NOON)

    assert paging.follow_up_due(at=NOON + TEN) == 0
    assert case.pages.count() == 1


def test_s18_a_member_is_paged_as_they_chose_and_the_webhook_gets_it_too(cast, acme, plan, rota, internet):
    internet.names["hooks.example"] = ["93.184.216.34"]
    rotas.name_webhook(rota=rota, url="https://hooks.example/", by=cast.ada, at=NOON)
    cast.tessa.person.mobile = "+46701234567"
    cast.tessa.person.save()
    rota.members.filter(person=cast.tessa.person).update(by_sms=True, by_email=False)

    case = a_case(acme, priority=1)

    text, event = Notice.objects.filter(cause__startswith="page:").order_by("channel")
    assert (text.channel, text.address) == (Channel.SMS, "+46701234567")
    assert text.body.startswith(f"Page: case {case.pk}, priority 1, Acme: Users are not created. Acknowledge by 12:10:")
    assert (event.channel, event.address) == (Channel.WEBHOOK, "rota:network")
    told = json.loads(event.body)
    assert (told["type"], told["data"]["case"], told["data"]["step"]) == ("case.paged", case.pk, "on_call")


def test_s18_a_member_without_a_number_gets_a_mail_rather_than_nothing(cast, acme, plan, rota):
    rota.members.update(by_sms=True, by_email=False)

    a_case(acme, priority=1)

    assert [notice.channel for notice in Notice.objects.filter(cause__startswith="page:")] == [Channel.EMAIL]


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_s18_follow_ups_at_one_moment_page_the_next_once(cast, acme, plan):
    case = a_case(acme, priority=1)

    outcome = race(6, lambda _number: paging.follow_up_due(at=NOON + TEN))

    assert (outcome.errors, sorted(outcome.results)) == ([], [0, 0, 0, 0, 0, 1])
    assert outcome.most_inside > 1
    assert _paged(case) == [("on_call", "Tessa"), ("next", "Theo")]


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_s18_two_acknowledge_while_it_moves_on_and_one_has_it(cast, acme, plan, disa):
    case = a_case(acme, priority=1)
    page = case.pages.get()
    people = [cast.tessa.person, cast.theo.person, disa]

    def run(number: int):
        if number < 3:
            return paging.acknowledge(page=page, by=people[number], at=NOON + TEN)
        return paging.follow_up_due(at=NOON + TEN)

    outcome = race(6, run)

    assert [type(error) for error in outcome.errors] == [paging.PageAcknowledged] * 2
    assert CaseEvent.objects.filter(case=case, kind=EventKind.PAGE_ACKNOWLEDGED).count() == 1
    assert len({page.acknowledged_by_id for page in case.pages.all()}) == 1
    assert paging.follow_up_due(at=NOON + 9 * TEN) == 0


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_s18_the_same_occasion_told_at_one_moment_pages_once(acme, plan):
    case = a_case(acme, priority=1)
    Page.objects.all().delete()

    outcome = race(4, lambda _number: paging.page_if_on_call(case, at=NOON))

    assert outcome.errors == []
    assert case.pages.count() == 1
