"""Who changes what is agreed says why, and the history of each row keeps it (rules P3, I7, C14; proof SEC15)."""

import pytest

from clients import agreed, plan_money
from clients.models import AgreedService, AgreementPlan, AgreementTarget, AgreementTerm, Priority
from clients.plan_money import PlanMoney
from clients.reasons import ReasonMissing
from core.errors import NotAllowed
from tests.cases.opened import a_plan, bind
from tests.cast import NOON
from tests.profiles.loaded import agreement_of
from worktime.models import BusinessCalendar

pytestmark = pytest.mark.django_db


@pytest.fixture
def verbs(cast, acme):
    """Each verb by its name, with everything but the reason, and something of each sort to take out."""
    said = {"by": cast.max, "at": NOON}
    plan, agreement, a_reason = a_plan(), agreement_of(acme), {"reason": "At first"} | said
    bind(acme, plan)
    term = agreed.set_term(agreement=agreement, name="reopen_days", value=60, **a_reason)
    own = agreed.set_target(agreement=agreement, target=a_target(2), **a_reason)
    service = agreed.cover(service=AgreedService(agreement=agreement, name="Sign-on"), **a_reason)
    row, more = agreement.plans.get(), a_plan("more")
    return {
        "bind": lambda reason: agreed.bind(agreement=agreement, bound=[plan, more], reason=reason, **said),
        "unbind": lambda reason: agreed.bind(agreement=agreement, bound=[plan], reason=reason, **said),
        "set_target": lambda reason: agreed.set_target(agreement=agreement, target=a_target(1), reason=reason, **said),
        "drop_target": lambda reason: agreed.drop_target(target=own, reason=reason, **said),
        "set_term": lambda reason: agreed.set_term(agreement=agreement, name="reopen_days", value=90, reason=reason, **said),
        "drop_term": lambda reason: agreed.drop_term(term=term, reason=reason, **said),
        "cover": lambda reason: agreed.cover(service=AgreedService(agreement=agreement, name="Mail"), reason=reason, **said),
        "uncover": lambda reason: agreed.uncover(service=service, reason=reason, **said),
        "say": lambda reason: plan_money.say(row, PlanMoney(included_account="IT"), reason=reason, **said),
    }


def a_target(number):
    columns = {"response_kind": "within", "response_minutes": 30, "response_calendar": BusinessCalendar.objects.get(code="sq")}
    return AgreementTarget(priority=Priority.objects.get(number=number), **columns)


def kept():
    """What history keeps since the first reasons: which sort of row, what was done, and why."""
    rows = [
        (model.__name__, row.history_type, row.history_change_reason)
        for model in (AgreementPlan, AgreementTarget, AgreementTerm, AgreedService)
        for row in model.history.order_by("history_id")
    ]
    return [row for row in rows if row[2] not in (None, "At first")]


def test_p3_each_change_of_an_agreement_keeps_why_also_of_what_is_removed(verbs):
    for name, act in verbs.items():
        act(f"  {name}:\n they asked ")

    assert kept() == [
        ("AgreementPlan", "+", "bind: they asked"),
        ("AgreementPlan", "-", "unbind: they asked"),
        ("AgreementPlan", "~", "say: they asked"),
        ("AgreementTarget", "+", "set_target: they asked"),
        ("AgreementTarget", "-", "drop_target: they asked"),
        ("AgreementTerm", "~", "set_term: they asked"),
        ("AgreementTerm", "-", "drop_term: they asked"),
        ("AgreedService", "+", "cover: they asked"),
        ("AgreedService", "-", "uncover: they asked"),
    ]


@pytest.mark.parametrize("reason", ["", " \n\0", "x" * 101])
def test_p3_nothing_is_changed_without_a_reason_that_can_be_kept(verbs, reason):
    for act in verbs.values():
        with pytest.raises(ReasonMissing):
            act(reason)

    assert (kept(), AgreementTerm.objects.get().value, AgreedService.objects.count()) == ([], 60, 1)


def test_p3_the_same_again_leaves_no_trace_whatever_is_said(verbs, cast, acme):
    service, term = AgreedService.objects.get(), AgreementTerm.objects.get()
    said = {"reason": "Once more", "by": cast.max, "at": NOON}

    agreed.bind(agreement=agreement_of(acme), bound=[row.plan for row in agreement_of(acme).plans.all()], **said)
    agreed.set_target(agreement=agreement_of(acme), target=a_target(2), **said)
    agreed.set_term(agreement=agreement_of(acme), name=term.name, value=term.value, **said)
    agreed.cover(service=service, **said)
    plan_money.say(agreement_of(acme).plans.get(), PlanMoney(), **said)

    assert kept() == []


def test_p3_what_is_agreed_at_first_has_the_contract_as_its_reason(cast, acme):
    organisation, plan = acme.organisation, a_plan(trial_days=30)
    organisation.agreements.all().delete()

    agreed.start_trial(organisation=organisation, plan=plan, on=NOON.date(), by=cast.max, at=NOON)

    assert (AgreementPlan.objects.get().plan, kept()) == (plan, [])


def test_p3_a_reason_opens_nothing_to_who_may_not_write(verbs, cast, acme):
    with pytest.raises(NotAllowed):
        agreed.bind(agreement=agreement_of(acme), bound=[], reason="I want to", by=cast.fia, at=NOON)

    assert agreement_of(acme).plans.count() == 1
