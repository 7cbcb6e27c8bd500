"""EV's published terms, walked through pages and mails: support case or delivery task (T1, T2, D1, D2, D4, S12, S17).

The way of a delivery task is published in seven steps. What is accepted, done and told stands in a journey of its own.
"""

import re
from decimal import Decimal

import pytest

from cases.models import Case, ClosedAs, DeliveryGround, Team
from cases.triage import Judgement
from clients.models import AgreedService
from delivery import tasks, terms
from delivery.models import DeliveryTask, EstimateState, TaskState
from tests.delivery.scene import a_draft
from tests.profiles.walking import a_town, case_of, instant, promised, promises, public, stored

pytestmark = pytest.mark.django_db

REASON = "Reading a second directory changes how the synchronisation is configured: that is delivery, at a cost."
JUDGED = "2026-11-25 11:00"


@pytest.fixture
def town(db):
    town = a_town("eventful")
    town.agrees("EV-support")
    return town


def judged(town, *, service=None):
    """A case that Disa judges to be delivery; the task that it became, and the case."""
    case = case_of(town.reports("2026-11-25 10:00", subject="Read our second directory too", text="We have a new subsidiary."))
    judgement = Judgement(DeliveryGround.CONFIGURATION, REASON, service)
    task = tasks.open_from_case(case=case, judgement=judgement, by=town.disa, at=instant(JUDGED), cause="walk:1")
    case.refresh_from_db()
    return case, task


@pytest.mark.parametrize("at", ["2026-11-25 10:00", "2026-11-28 22:00"])
def test_s2_no_times_are_published_and_no_page_promises_any(town, at):
    found = {number: promises(town.reports(at, priority=number)) for number in (1, 2, 3)}

    assert found == {number: ("", {}) for number in (1, 2, 3)}


@pytest.mark.parametrize(
    ("language", "support", "delivery"),
    [
        ("en", "troubleshooting of the services that your agreement names", "are not support: they are delivery"),
        ("sv", "felsökning av de tjänster som ditt avtal nämner", "är inte support: de är leverans"),
    ],
)
def test_t1_the_page_of_the_plan_says_to_everybody_what_is_support_and_what_is_delivery(town, language, support, delivery):
    page = public("/plans/EV-support/", language).text

    assert (support in page.lower() or support in page, delivery in page) == (True, True)
    assert re.findall(r"\d+ (h|tim)\b", " ".join(" ".join(row) for row in promised("EV-support", language))) == []


@pytest.mark.parametrize("deployment", ["hosted", "recommended", "other"])
def test_t1_an_agreed_service_is_supported_whoever_implemented_it(town, deployment):
    service = town.covers("User synchronisation", deployment=deployment)

    case = case_of(town.reports("2026-11-25 10:00", subject="A user is not created in the target system", service=service))
    town.works(case, "2026-11-25 10:30", "troubleshooting")

    case.refresh_from_db()
    assert (case.service_id, case.state, case.owner) == (service, "open", town.disa)


def test_t1_a_user_that_is_not_created_by_the_synchronisation_is_support_to_the_end(town):
    town.covers("User synchronisation", deployment="other")
    case = case_of(town.reports("2026-11-25 10:00", subject="A user is not created in the target system by the synchronisation"))
    town.answers(case, "2026-11-25 10:20", text="We read the log of the synchronisation.")
    town.logs(case, "2026-11-25 10:20", "11:05")
    town.works(case, "2026-11-25 11:10", "proposal", text="Her group was not among those that are read. Now it is.")

    town.asks(case, "2026-11-25 13:00", "approval")

    case.refresh_from_db()
    assert (case.state, case.closed_as, case.triage_decisions.count()) == ("closed", ClosedAs.SOLVED, 0)
    assert not DeliveryTask.objects.exists()


def test_t2_steps_1_to_4_told_in_the_case_closed_with_that_reason_and_a_task_inside(town):
    service = AgreedService.objects.get(pk=town.covers("User synchronisation"))

    case, task = judged(town, service=service)

    page = town.reads(case, "2026-11-25 11:01")
    assert REASON in page.text
    assert (case.state, case.closed_as, case.closed_at) == ("closed", ClosedAs.DELIVERY, instant(JUDGED))
    assert (task.case, task.decision.service, task.contact, task.state) == (case, service, town.client.requester, TaskState.ESTIMATING)
    told = [letter.text for letter in town.letters(town.client.requester, "2026-11-25 11:02")]
    assert sum(REASON in text for text in told) == 1


def test_t2_the_account_manager_hears_of_the_task_and_its_pages_open_for_both_sides(town):
    _case, task = judged(town)

    (heard,) = [letter for letter in town.letters(town.max, "2026-11-25 11:02") if f"/delivery/{task.pk}/" in letter.text]

    assert "Read our second directory too" in heard.subject + heard.text
    for person, url in ((town.max, f"/desk/delivery/{task.pk}/"), (town.client.requester, f"/delivery/{task.pk}/")):
        with town.sits(person, "2026-11-25 11:03") as reader:
            page = reader.open(url)
            assert (page.status, "Read our second directory too" in page.text) == (200, True)


def test_t2_another_client_does_not_find_the_task(town):
    _case, task = judged(town)
    other = town.neighbour("Borealis")

    with town.sits(other.client.approver, "2026-11-25 11:03") as stranger:
        assert stranger.open(f"/delivery/{task.pk}/").status == 404
        assert "Read our second directory too" not in stranger.open("/delivery/").text


def test_t2_time_spent_until_then_stays_support(town):
    case = case_of(town.reports("2026-11-25 09:00", subject="Read our second directory too"))
    town.logs(case, "2026-11-25 09:10", "09:40")
    judgement = Judgement(DeliveryGround.CONFIGURATION, REASON)

    task = tasks.open_from_case(case=case, judgement=judgement, by=town.disa, at=instant("2026-11-25 10:00"), cause="walk:2")

    assert (task.decision.support_minutes, task.used_net, task.time_entries.count()) == (30, Decimal(0), 0)


def test_d1_step_5_the_cost_is_estimated_and_the_client_sees_nothing_of_it_before_the_account_manager_approved(town):
    _case, task = judged(town)

    estimate = a_draft(task, town.disa, at=instant("2026-11-25 14:00"))

    assert (estimate.state, estimate.net, estimate.vat, estimate.total) == (
        EstimateState.DRAFT,
        Decimal(24_000),
        Decimal(6_000),
        Decimal(30_000),
    )
    with town.sits(town.client.approver, "2026-11-25 14:01") as approver:
        assert "24,000" not in approver.open(f"/delivery/{task.pk}/").text


def test_d1_below_a_sum_of_the_managers_own_choice_an_estimate_passes_by_itself(town):
    with town.sits(town.max, "2026-11-25 09:00") as manager:
        before = manager.open("/desk/delivery/limits/").text
        after = manager.act("/desk/delivery/limits/", passes_below="5000", second_above="", reason="Small costs").text

    assert "Nothing: the provider’s terms hold, and nothing passes by itself." in before
    assert "Up to SEK 5,000.00 passes by itself." in after
    assert terms.limits_of(town.client.organisation).passes_below == 5000


def test_d4_the_task_has_a_space_and_an_address_of_its_own_which_is_not_that_of_the_closed_case(town):
    case, task = judged(town)

    with town.sits(town.client.requester, "2026-11-25 11:03") as requester:
        listed = requester.open("/delivery/")

    assert f"/delivery/{task.pk}/" in listed.html
    assert DeliveryTask.objects.get().mail_token == task.mail_token
    assert (len(task.mail_token), task.mail_token == Case.objects.get(pk=case.pk).mail_token) == (20, False)


def test_s17_a_case_is_handed_to_an_inner_team_and_the_client_keeps_one_contact(town):
    case = case_of(town.reports("2026-11-25 10:00"))
    town.works(case, "2026-11-25 10:05", "troubleshooting")
    before = town.letters(town.client.requester, "2026-11-25 10:06")

    page = town.works(case, "2026-11-25 10:10", "team", team=Team.objects.get(code="development").pk, reason="A fault in a rule")

    assert "With Development." in page.text
    assert town.letters(town.client.requester, "2026-11-25 10:11") == before
    assert Case.objects.get().owner == town.disa
    assert stored(case) == {}
