"""Several plans, and what an agreement says for itself, make one set of terms (rules P2, P3, S2)."""

import json
from typing import Any

import pytest

from cases.models import ClockKind
from clients import agreed, support_terms
from clients.models import AgreedService, AgreementTarget, Plan, Priority
from clients.support_terms import SupportTerms
from core.errors import NotAllowed
from tests.cases.opened import a_calendar, a_case, a_plan, bind
from tests.cast import NOON, at_stockholm
from tests.profiles.loaded import agreement_of

pytestmark = pytest.mark.django_db
MONDAY_THREE = at_stockholm(2026, 11, 23, 15)
FRIDAY_LATE = at_stockholm(2026, 11, 27, 16, 30)


def terms_of(client, at=MONDAY_THREE):
    return support_terms.in_force(client.organisation, on=at.date(), at=at)


def target(number, **columns):
    return AgreementTarget(priority=Priority.objects.get(number=number), **columns)


def test_p3_without_a_plan_nothing_is_guaranteed(acme):
    terms = terms_of(acme)

    assert (terms.plans, terms.channels, terms.targets) == ((), ("portal", "email"), {})


def test_p3_entitlements_add_up_and_channels_and_languages_join(acme):
    one: dict[str, Any] = {
        "channels": ["portal", "email"],
        "languages": {"email": ["en"]},
        "status_meetings": 4,
        "service_manager": "dedicated",
    }
    other: dict[str, Any] = {"channels": ["email", "phone"], "languages": {"email": ["sv"]}, "status_meetings": 1, "community_chat": True}
    bind(acme, a_plan("one", rank=2, architect_hours=10, **one))
    bind(acme, a_plan("other", rank=1, architect_hours=5, **other))

    terms = terms_of(acme)

    assert (terms.plans, terms.rank) == (("one", "other"), 2)
    assert (terms.channels, terms.languages) == (("portal", "email", "phone"), {"email": ["en", "sv"]})
    assert (terms.status_meetings, terms.architect_hours, terms.community_chat) == (5, 15, True)
    assert terms.service_manager == "dedicated"


def test_p3_of_two_targets_the_one_due_earlier_wins(acme):
    around = a_calendar("around", always_open=True)
    bind(acme, a_plan("office", response={1: 120}))
    slow = a_plan("slow", response={})
    slow.targets.filter(priority__number=1).update(response_kind="within", response_minutes=180, response_calendar=around)
    bind(acme, slow)

    monday, friday = (terms_of(acme, at).target(1).response for at in (MONDAY_THREE, FRIDAY_LATE))

    assert (monday.minutes, friday.minutes) == (120, 180)


def test_p3_of_two_targets_due_at_the_same_time_the_one_around_the_clock_wins(acme):
    around = a_calendar("around", always_open=True)
    bind(acme, a_plan("office", rank=2, response={1: 120}))
    bind(acme, same := a_plan("same", rank=1, response={}))
    same.targets.filter(priority__number=1).update(response_kind="within", response_minutes=120, response_calendar=around)

    assert terms_of(acme, MONDAY_THREE).target(1).response.calendar_id == around.pk


def test_p3_response_and_solution_may_come_from_different_plans(acme):
    bind(acme, a_plan("answers", response={1: 60}))
    bind(acme, a_plan("solves", response={1: 120}, solution={1: 480}))

    found = terms_of(acme).target(1)

    assert (found.response.minutes, found.solution.minutes) == (60, 480)


def test_p3_the_agreements_own_terms_go_before_those_of_the_plan(acme, cast):
    bind(acme, a_plan())
    agreement = agreement_of(acme)
    sq = Plan.objects.get().targets.first().response_calendar

    own = target(1, response_kind="within", response_minutes=30, response_calendar=sq)
    agreed.set_target(agreement=agreement, target=own, reason="As agreed", by=cast.max, at=NOON)
    agreed.set_term(agreement=agreement, name="channels", value=["phone", "portal"], reason="As agreed", by=cast.max, at=NOON)
    agreed.set_term(agreement=agreement, name="silence_closes_after_days", value=5, reason="As agreed", by=cast.max, at=NOON)

    terms = terms_of(acme)
    assert (terms.target(1).response.minutes, terms.target(2).response.minutes) == (30, 240)
    assert (terms.channels, terms.silence_closes_after_days) == (("portal", "phone"), 5)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("code", "x"),
        ("published_at", None),
        ("channels", ["telepathy"]),
        ("reopen_days", -1),
        ("reopen_days", True),
        ("call_after_answers", 0),
        ("default_priority", 99),
        ("outage_rota", "nobody"),
        ("visit_included", "yes"),
        ("languages", {"email": ["de"]}),
    ],
)
def test_p3_what_an_agreement_cannot_set_is_refused(acme, cast, name, value):
    a_plan()

    with pytest.raises(agreed.TermRefused):
        agreed.set_term(agreement=agreement_of(acme), name=name, value=value, reason="As agreed", by=cast.max, at=NOON)

    assert not agreement_of(acme).terms.exists()


def test_p3_only_who_looks_after_the_client_writes_it(acme, cast):
    with pytest.raises(NotAllowed):
        agreed.set_term(agreement=agreement_of(acme), name="reopen_days", value=60, reason="As agreed", by=cast.fia, at=NOON)


def test_p3_a_case_keeps_its_terms_whatever_is_agreed_later(acme, cast):
    plan = a_plan()
    bind(acme, plan)
    case = a_case(acme, at=MONDAY_THREE)
    case.refresh_from_db()
    kept, due = case.terms, case.clocks.get(kind=ClockKind.RESPONSE).due_at

    plan.targets.update(response_minutes=15)
    Plan.objects.update(reopen_days=1, response_met_by="troubleshooting")
    agreed.set_term(agreement=agreement_of(acme), name="rank", value=9, reason="As agreed", by=cast.max, at=NOON)

    case.refresh_from_db()
    assert (case.terms, case.clocks.get().due_at, case.plan_rank) == (kept, due, 1)
    assert a_case(acme, at=MONDAY_THREE, cause="later").plan_rank == 9


def test_p3_terms_are_the_same_after_they_were_kept_as_json(acme, cast):
    bind(acme, a_plan(solution={1: 60}, languages={"email": ["en"]}, phone_numbers={"SE": "+46 8 000"}, community_chat=True))
    terms = terms_of(acme)

    assert SupportTerms.from_json(json.loads(json.dumps(terms.to_json()))) == terms


def test_p3_the_same_again_leaves_no_trace(acme, cast):
    agreed.set_term(agreement=agreement_of(acme), name="reopen_days", value=60, reason="As agreed", by=cast.max, at=NOON)

    term = agreed.set_term(agreement=agreement_of(acme), name="reopen_days", value=60, reason="As agreed", by=cast.max, at=NOON)

    assert term.history.count() == 1


def test_p3_a_service_with_cases_stays(acme, cast):
    service = agreed.cover(service=AgreedService(agreement=agreement_of(acme), name="Sign-on"), reason="As agreed", by=cast.max, at=NOON)
    bind(acme, a_plan())
    a_case(acme, service=service)

    with pytest.raises(agreed.ServiceInUse):
        agreed.uncover(service=service, reason="As agreed", by=cast.max, at=NOON)
