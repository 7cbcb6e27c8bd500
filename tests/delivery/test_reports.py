"""The figures of delivery over a period: judgements, acceptance, estimated and used (rules T2, D1, D3)."""

from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from cases import worklog
from cases.models import CaseTime, DeliveryGround
from cases.triage import Judgement
from clients.models import StaffDuty
from delivery import completion, life, reports, tasks
from delivery.models import Basis, DeliveryTask, EstimateState, TaskState
from tests.cases.opened import a_case, a_dispatcher
from tests.cast import NOON, a_client, a_colleague
from tests.delivery.scene import a_task, a_working, accept, an_offered, delivery_terms
from tests.delivery.working import a_done, use

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TODAY = NOON.date()
PERIOD = {"first": TODAY - 10 * DAY, "last": TODAY}


@pytest.fixture(autouse=True)
def terms(db):
    return delivery_terms()


def judge(client, disa, ground=DeliveryGround.CONFIGURATION, *, minutes=0, at=NOON):
    case = a_case(client, at=at - 2 * HOUR)
    if minutes:
        last = CaseTime.objects.filter(person=disa).order_by("-ended_at").first()
        begun = last.ended_at if last else at - 2 * HOUR
        worklog.log(case=case, person=disa, started_at=begun, ended_at=begun + timedelta(minutes=minutes), note="Looked", by=disa, at=at)
    return tasks.open_from_case(case=case, judgement=Judgement(ground, "So."), by=disa, at=at, cause=f"t:{case.pk}")


@pytest.fixture
def disa(cast):
    return a_dispatcher()


def settle(task, *, upheld, by):
    decision = task.decision
    decision.objected_at, decision.objected_by, decision.objection = NOON, task.contact, "Support"
    decision.settled_at, decision.settled_by, decision.settlement, decision.upheld = NOON, by, "So", upheld
    decision.save()


def offer(cast, client, *, state=None, days=0, at=NOON):
    estimate = an_offered(a_task(client, cast.tessa.person, at=at), cast.tessa.person, cast.max, at=at)
    if state == EstimateState.ACCEPTED:
        accept(estimate, client, at=at + days * DAY)
    elif state is not None:
        life.step_estimate(estimate, to=state, closed_at=at, closed_by=client.approver)
    return estimate


def test_t2_judgements_are_counted_by_client_and_ground_with_objections_and_support(cast, acme, borealis, disa):
    first = judge(acme, disa, minutes=40)
    second = judge(acme, disa, minutes=20)
    judge(acme, disa, DeliveryGround.VISIT)
    judge(borealis, disa, DeliveryGround.VISIT)
    judge(borealis, disa, DeliveryGround.VISIT, at=NOON - 30 * DAY)
    settle(first, upheld=True, by=cast.max)
    settle(second, upheld=False, by=cast.max)

    found = reports.report(cast.fia, **PERIOD)

    assert [
        (row.organisation, row.ground, row.decisions, row.objected, row.upheld, row.overturned, row.support_minutes) for row in found.judged
    ] == [
        ("Acme", "configuration", 2, 2, 1, 1, 60),
        ("Acme", "visit", 1, 0, 0, 0, 0),
        ("Borealis", "visit", 1, 0, 0, 0, 0),
    ]
    assert [(ground.label, ground.decisions, ground.width) for ground in found.grounds] == [
        ("A change of configuration to an agreed service", 2, "100.00%"),
        ("A visit that your plan does not include", 2, "100.00%"),
    ]
    assert (found.all_judged.decisions, found.all_judged.support_minutes) == (4, 60)


def test_d1_the_acceptance_rate_is_of_what_was_answered_and_the_time_is_the_median(cast, acme, borealis):
    for days in (1, 2, 9):
        offer(cast, acme, state=EstimateState.ACCEPTED, days=days)
    offer(cast, acme, state=EstimateState.DECLINED)
    offer(cast, acme, state=EstimateState.EXPIRED)
    offer(cast, acme, state=EstimateState.WITHDRAWN)
    offer(cast, acme)
    offer(cast, borealis)
    offer(cast, borealis, state=EstimateState.ACCEPTED, at=NOON - 30 * DAY)

    acmes, borealis_ = reports.report(cast.ada, **PERIOD).answers

    assert (acmes.offered, acmes.accepted, acmes.declined, acmes.expired, acmes.waits) == (7, 3, 1, 1, 1)
    assert (acmes.rate_percent, acmes.median_minutes, acmes.median_words) == (Decimal(60), 2 * 24 * 60, "2 days")
    assert (borealis_.offered, borealis_.rate_percent, borealis_.median_minutes) == (1, None, None)


def test_d3_estimated_and_used_are_told_of_tasks_with_a_cost_that_were_open_in_the_period(cast, acme):
    running = a_working(cast, acme, basis=Basis.CEILING)
    use(running, 6000)
    done = a_working(cast, acme, basis=Basis.CEILING)
    use(done, 12000)
    completion.accept(a_done(done, cast.max), by=acme.approver, at=NOON)
    a_task(acme, cast.max)
    before = a_working(cast, acme, at=NOON - 60 * DAY)
    DeliveryTask.objects.filter(pk=before.pk).update(state=TaskState.ACCEPTED, closed_at=NOON - 50 * DAY)

    rows = reports.report(cast.fia, **PERIOD).tasks

    assert [(row.number, row.estimated.amount, row.used.amount, row.used_percent, row.width, row.billed.amount) for row in rows] == [
        (done.pk, Decimal(24000), Decimal(12000), Decimal(50), "50.00%", Decimal(12000)),
        (running.pk, Decimal(24000), Decimal(6000), Decimal(25), "25.00%", Decimal(0)),
    ]


def test_the_days_of_the_period_are_the_providers_and_both_count(cast, acme, disa):
    judge(acme, disa, at=NOON)

    for first, last, found in [(TODAY, TODAY, 1), (TODAY - DAY, TODAY - DAY, 0), (TODAY + DAY, TODAY + DAY, 0)]:
        assert len(reports.report(cast.fia, first=first, last=last).judged) == found


def test_an_account_manager_reads_of_own_clients_only(cast, acme, borealis, disa):
    judge(acme, disa)
    moa = a_colleague("Moa", StaffDuty.ACCOUNT_MANAGER)
    borealis.organisation.account_manager = moa
    borealis.organisation.save()
    judge(borealis, disa)
    offer(cast, acme, state=EstimateState.ACCEPTED)
    offer(cast, borealis, state=EstimateState.ACCEPTED)

    for person, names in [(moa, {"Borealis"}), (cast.max, {"Acme"}), (cast.fia, {"Acme", "Borealis"}), (cast.ada, {"Acme", "Borealis"})]:
        found = reports.report(person, **PERIOD)
        for rows in (found.judged, found.answers, found.tasks):
            assert {row.organisation for row in rows} == names


def test_many_clients_take_as_many_queries_as_few(cast, acme, disa):
    def queries():
        with CaptureQueriesContext(connection) as caught:
            reports.report(cast.fia, **PERIOD)
        return len(caught)

    judge(acme, disa)
    offer(cast, acme, state=EstimateState.ACCEPTED)
    few = queries()
    for number in range(5):
        client = a_client(cast, f"Client{number}")
        judge(client, disa)
        offer(cast, client, state=EstimateState.ACCEPTED)

    assert queries() == few <= 5


@pytest.fixture
def full(cast, acme, disa):
    task = judge(acme, disa, minutes=80)
    DeliveryTask.objects.filter(pk=task.pk).update(title="=HYPERLINK(1)")
    accept(an_offered(task, cast.tessa.person, cast.max), acme, at=NOON + DAY)
    return task


@time_machine.travel(NOON, tick=False)
def test_the_page_shows_the_usual_period_and_any_other(cast, full, client_of):
    browser, url = client_of(cast.fia), reverse("desk-delivery-reports")

    shown = browser.get(url)
    other = browser.get(url, {"first": "2026-01-01", "last": "2026-01-31"})
    bad = browser.get(url, {"first": "2026-02-01", "last": "2026-01-31"})

    words = " ".join(shown.content.decode().replace("\N{NO-BREAK SPACE}", " ").split())
    assert "A change of configuration to an agreed service" in words
    assert "1 h 20" in words
    assert "SEK 24,000.00" in words
    assert "100%" in words
    assert "Nothing in this period" in other.content.decode()
    assert bad.status_code == 422
    assert "The period ends before it begins" in bad.content.decode()


@time_machine.travel(NOON, tick=False)
def test_only_managers_finance_and_administrators_have_the_reports(cast, acme, full, client_of):
    pages = [
        reverse("desk-delivery-reports"),
        reverse("desk-delivery-reports-xlsx"),
        *(reverse("desk-delivery-reports-csv", args=[table]) for table in ("judgements", "answers", "tasks")),
    ]
    for url in pages:
        for person, status in [
            (cast.max, 200),
            (cast.fia, 200),
            (cast.ada, 200),
            (cast.tessa.person, 404),
            (acme.approver, 404),
        ]:
            assert client_of(person).get(url).status_code == status, (url, person)
        assert client_of(cast.max).post(url).status_code == 405
    assert client_of(cast.fia).get(reverse("desk-delivery-reports-csv", args=["secrets"])).status_code == 404


@time_machine.travel(NOON, tick=False)
def test_c15_no_title_becomes_a_formula_in_a_file(cast, full, client_of):
    browser = client_of(cast.fia)
    text = browser.get(reverse("desk-delivery-reports-csv", args=["tasks"]))
    book = load_workbook(BytesIO(browser.get(reverse("desk-delivery-reports-xlsx")).content))

    assert "'=HYPERLINK(1)" in text.content.decode()
    assert text["Content-Disposition"] == 'attachment; filename="delivery-tasks-2026-08-21-2026-11-18.csv"'
    sheet = book["Delivery tasks"]
    assert (sheet["B2"].value, sheet["B2"].data_type) == ("'=HYPERLINK(1)", "s")
    assert (sheet["H2"].value, sheet["J2"].value) == (24000, "SEK")
    assert book.sheetnames == ["Judgements", "Answers", "Delivery tasks"]
    assert [cell.value for cell in book["Judgements"][2]] == ["Acme", "A change of configuration to an agreed service", 1, 0, 0, 0, 80]


@time_machine.travel(NOON, tick=False)
def test_p4_a_file_in_swedish_has_semicolons_and_decimal_commas(cast, full, client_of):
    cast.fia.language = "sv"
    cast.fia.save()

    lines = client_of(cast.fia).get(reverse("desk-delivery-reports-csv", args=["tasks"])).content.decode().splitlines()

    assert lines[1].split(";")[4:8] == ["24000,00", "0,00", "0", "24000,00"]


@time_machine.travel(NOON, tick=False)
def test_a_bad_period_makes_no_file(cast, full, client_of):
    response = client_of(cast.fia).get(reverse("desk-delivery-reports-xlsx"), {"first": "tomorrow", "last": "2026-01-31"})

    assert response.status_code == 422
    assert response["Content-Type"].startswith("text/html")
