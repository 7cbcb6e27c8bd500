"""What a plan guarantees stands on a public page; what a client has, on its own; staff see to both (rules P2, P3, S18)."""

from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from djmoney.money import Money

from clients import agreed
from clients.models import AgreedService, AgreementTarget, AgreementTerm, Plan, PlanFee, Provider, StaffDuty
from tests.cases.opened import a_case, a_plan, bind
from tests.cast import NOON, a_colleague
from tests.profiles.loaded import agreement_of, load, with_people_on_call

pytestmark = pytest.mark.django_db
WHY = {"reason": "As agreed by phone"}


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


def text(response):
    return " ".join(response.content.decode().replace("\N{NO-BREAK SPACE}", " ").split())


def test_p2_anybody_reads_the_plans_without_signing_in():
    with_people_on_call("cloudtalk")

    plans, plan = Browser().get(reverse("plans")), Browser().get(reverse("plan", args=["CT-advanced"]))

    assert (plans.status_code, plan.status_code) == (200, 200)
    assert all(name in text(plans) for name in ("Basic", "Professional", "Advanced", "EUR 150.00 per month"))
    for said in ("complete loss of the service", "1 h", "3 h", "6 h", "around the clock", "Monday–Friday 09:00–17:00", "Prague", "betas"):
        assert said in text(plan), said


def test_p2_the_page_speaks_the_readers_language():
    load("stratiteq")

    page = text(Browser(headers={"accept-language": "sv"}).get(reverse("plan", args=["ONGOING-services"])))

    assert "Din verksamhet står still" in page
    assert "tills ärendet är löst och du har godkänt lösningen" in page


@pytest.mark.parametrize(("reader", "spoken"), [("en", "English, Swedish"), ("sv", "engelska, svenska")])
def test_p4_the_languages_of_support_are_named_in_the_readers(reader, spoken):
    with_people_on_call("safespring")

    page = text(Browser(headers={"accept-language": reader}).get(reverse("plan", args=["SUPPORT-standard"])))

    assert spoken in page


def test_p4_so_are_those_that_an_agreement_sets_itself(cast, acme, client_of):
    bind(acme, a_plan())
    agreed.set_term(agreement=agreement_of(acme), name="languages", value={"email": ["sv"]}, reason="As agreed", by=cast.max, at=NOON)
    agreed.set_term(agreement=agreement_of(acme), name="fallback_language", value="sv", reason="As agreed", by=cast.max, at=NOON)

    page = text(client_of(cast.max).get(reverse("desk-agreement", args=[acme.organisation.pk])))

    assert "E-mail: Swedish" in page


def test_p2_a_plan_that_is_not_published_is_seen_by_staff_only(cast, acme, client_of):
    a_plan("draft", published_at=None)
    url = reverse("plan", args=["draft"])

    answers = [browser.get(url).status_code for browser in (Browser(), client_of(acme.approver), client_of(cast.tessa.person))]

    assert answers == [404, 404, 200]


def test_p2_where_no_profile_is_loaded_there_are_no_plans():
    assert "No plans yet" in text(Browser().get(reverse("plans")))


def test_p3_a_client_sees_plans_times_and_services(cast, acme, borealis, client_of):
    bind(acme, a_plan("standard", name_en="Standard help"))
    agreed.cover(service=AgreedService(agreement=agreement_of(acme), name="Sign-on"), reason="As agreed", by=cast.max, at=NOON)

    mine = text(client_of(acme.requester).get(reverse("support")))
    theirs = text(client_of(borealis.requester).get(reverse("support")))

    assert all(said in mine for said in ("Standard help", "Sign-on", "8 h"))
    assert "Sign-on" not in theirs
    assert "No times are guaranteed." in theirs


def test_p3_the_page_asks_the_database_as_often_whatever_there_is(cast, acme, client_of):
    bind(acme, a_plan("one"))
    browser, url = client_of(acme.requester), reverse("support")
    browser.get(url)

    with CaptureQueriesContext(
        connection,
    ) as few:
        browser.get(url)
    for number in range(4):
        agreed.cover(
            service=AgreedService(agreement=agreement_of(acme), name=f"Service {number}"), reason="As agreed", by=cast.max, at=NOON
        )
    with CaptureQueriesContext(connection) as many:
        browser.get(url)

    assert len(few) == len(many)


def test_s18_publishing_a_plan_without_people_on_call_is_refused_in_words(cast, client_of):
    load("cloudtalk")
    plan = Plan.objects.get(code="CT-advanced")

    page = client_of(cast.ada).post(reverse("desk-plan-publish", args=[plan.pk]), follow=True)

    assert "Nobody is on call in: On call." in text(page)
    assert Plan.objects.get(pk=plan.pk).published_at is None


def test_p2_an_administrator_withdraws_and_publishes(cast, client_of):
    plan, browser = a_plan(), client_of(cast.ada)

    browser.post(reverse("desk-plan-withdraw", args=[plan.pk]))
    withdrawn = Plan.objects.get().published_at
    browser.post(reverse("desk-plan-publish", args=[plan.pk]))

    assert (withdrawn, Plan.objects.get().published_at) == (None, NOON)


@pytest.mark.parametrize(("fee", "announced"), [(Money(0, "SEK"), Money(90, "EUR")), (Money(50, "USD"), Money(90, "USD"))])
def test_p3_another_fee_is_in_the_currency_of_the_first_and_of_a_free_plan_in_that_of_the_books(cast, client_of, fee, announced):
    Provider.objects.update(currency="EUR")
    plan = a_plan(fee=fee, fee_period="month" if fee.amount else "")

    typed = {"amount": "90", "per": "month", "starts_on": "2026-12-01", "reason": "Costs rose"}
    client_of(cast.fia).post(reverse("desk-plan-fee", args=[plan.pk]), typed)

    assert PlanFee.objects.get().fee == announced


def test_p3_the_account_manager_writes_what_is_agreed(cast, acme, client_of):
    plan, browser, agreement = a_plan(), client_of(cast.max), agreement_of(acme)
    sq = plan.targets.get(priority__number=1).response_calendar
    target = {"priority": plan.targets.get(priority__number=1).priority_id, "response_kind": "within", "response_minutes": 45}
    sent: dict[str, dict[str, Any]] = {
        "desk-agreement-plans": {"bound": [plan.pk]},
        "desk-agreement-target": target | {"response_calendar": sq.pk, "solution_kind": "none"},
        "desk-agreement-term": {"name": "phone_numbers", "value": "SE = +46 8 1, FI = +358 9 1"},
        "desk-agreement-service": {"name": "Sign-on", "deployment": "hosted"},
    }

    answers = {name: browser.post(reverse(name, args=[agreement.pk]), typed | WHY).status_code for name, typed in sent.items()}

    assert answers == dict.fromkeys(sent, 302)
    page = text(browser.get(reverse("desk-agreement", args=[acme.organisation.pk])))
    assert all(said in page for said in ("45 min", "FI: +358 9 1, SE: +46 8 1", "Sign-on"))


@pytest.mark.parametrize(
    ("name", "typed", "status"),
    [
        ("desk-agreement-target", {"response_kind": "within", "solution_kind": "none"}, 422),
        ("desk-agreement-term", {"name": "reopen_days", "value": "soon"}, 422),
        ("desk-agreement-term", {"name": "channels", "value": "telepathy"}, 409),
        ("desk-agreement-service", {"name": ""}, 422),
    ],
)
def test_p3_what_is_wrong_stands_on_the_form(cast, acme, client_of, name, typed, status):
    assert client_of(cast.max).post(reverse(name, args=[agreement_of(acme).pk]), typed | WHY).status_code == status


@pytest.mark.parametrize("reason", ["", "  ", "x" * 101])
def test_p3_nothing_is_changed_without_a_reason_and_the_field_says_so(cast, acme, client_of, reason):
    plan, agreement, browser = a_plan(), agreement_of(acme), client_of(cast.max)
    term = agreed.set_term(agreement=agreement, name="reopen_days", value=60, reason="As agreed", by=cast.max, at=NOON)
    service = agreed.cover(service=AgreedService(agreement=agreement, name="Sign-on"), reason="As agreed", by=cast.max, at=NOON)
    target = {"priority": plan.default_priority_id, "response_kind": "none", "solution_kind": "none"}
    sent: dict[tuple[str, int, str], dict[str, Any]] = {
        ("desk-agreement-plans", agreement.pk, "bind"): {"bound": [plan.pk]},
        ("desk-agreement-target", agreement.pk, "target"): target,
        ("desk-agreement-term", agreement.pk, "term"): {"name": "reopen_days", "value": "90"},
        ("desk-agreement-service", agreement.pk, "service"): {"name": "Mail", "deployment": "hosted"},
        ("desk-agreement-term-drop", term.pk, f"agreementterm-{term.pk}"): {},
        ("desk-agreement-service-drop", service.pk, f"agreedservice-{service.pk}"): {},
    }

    for (name, number, form), typed in sent.items():
        answer = browser.post(reverse(name, args=[number]), typed | {"reason": reason})

        assert (answer.status_code, list(answer.context[form].errors)) == (422, ["reason"]), name
        assert f'id="{form}_reason_error"' in text(answer), name
    left = AgreementTerm.objects.get().value, AgreedService.objects.get().name, AgreementTarget.objects.count(), agreement.plans.count()
    assert left == (60, "Sign-on", 0, 0)


def test_p3_what_is_removed_is_removed_with_a_reason_and_what_is_used_stays(cast, acme, client_of):
    bind(acme, a_plan())
    agreement, browser = agreement_of(acme), client_of(cast.max)
    term = agreed.set_term(agreement=agreement, name="reopen_days", value=60, reason="As agreed", by=cast.max, at=NOON)
    service = agreed.cover(service=AgreedService(agreement=agreement, name="Sign-on"), reason="As agreed", by=cast.max, at=NOON)
    a_case(acme, service=service)

    removed = browser.post(reverse("desk-agreement-term-drop", args=[term.pk]), WHY)
    stays = browser.post(reverse("desk-agreement-service-drop", args=[service.pk]), WHY)

    assert (removed.status_code, AgreementTerm.history.latest().history_change_reason) == (302, "As agreed by phone")
    assert (stays.status_code, text(stays).count("so it stays")) == (409, 1)


def test_p3_finance_reads_and_may_not_write(cast, acme, client_of):
    browser = client_of(cast.fia)

    read = browser.get(reverse("desk-agreement", args=[acme.organisation.pk]))
    written = browser.post(reverse("desk-agreement-plans", args=[agreement_of(acme).pk]), {"bound": []})

    assert (read.status_code, written.status_code) == (200, 403)
    assert "Save the plans" not in text(read)


def test_p3_another_manager_finds_nothing(acme, client_of):
    other = client_of(a_colleague("Olle", StaffDuty.ACCOUNT_MANAGER))

    assert other.get(reverse("desk-agreement", args=[acme.organisation.pk])).status_code == 404
