"""One page for the time of a technician, whatever they worked on, with a warning where it overlaps (rules R7, S10, D3)."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine

from cases import words, worklog
from cases.models import Case, CaseTime
from delivery.estimates import Line
from delivery.models import Completion, DeliveryTask, DeliveryTime, EstimateLine, Fault, LineKind, TaskState
from sessions.models import WorkEntry
from tests.cases.opened import a_case, a_dispatcher
from tests.cast import NOON
from tests.delivery.scene import a_working, delivery_terms
from tests.sessions.factories import a_started_session, work

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def case(cast, acme):
    return a_case(acme, at=NOON - 5 * HOUR)


@pytest.fixture
def session(cast, acme):
    return a_started_session(cast, acme, starts_at=NOON - 3 * HOUR)


@pytest.fixture
def task(cast, acme):
    delivery_terms()
    lines = [Line(LineKind.HOURS, "Work", Decimal(1), Decimal(1200)), Line(LineKind.TRAVEL, "Travel", Decimal(1), Decimal(800))]
    return a_working(cast, acme, *lines, at=NOON - 5 * HOUR)


@pytest.fixture
def browser(cast, client_of):
    return client_of(cast.tessa.person)


def _typed(what, begins="10:00", ends="11:00", **fields):
    return {"what": what, "on": "2026-11-18", "begins": begins, "ends": ends, "note": "Looked at the log"} | fields


def test_s10_time_is_logged_on_a_case_by_its_number(cast, case, browser):
    answer = browser.post("/desk/time/", _typed(f"#{case.pk}"))

    entry = CaseTime.objects.get()
    assert (answer.status_code, answer.url) == (302, "/desk/time/?date=2026-11-18")
    assert (entry.case, entry.person, entry.minutes) == (case, cast.tessa.person, 60)


@pytest.mark.parametrize("what", ["S{pk}", "s{pk} whatever", "disk is"])
def test_r7_time_is_logged_in_a_session_that_runs_by_number_or_title(session, browser, what):
    answer = browser.post("/desk/time/", _typed(what.format(pk=session.pk)))

    assert answer.status_code == 302
    assert WorkEntry.objects.get().session == session


def test_s10_words_that_fit_two_cases_are_asked_about(cast, acme, case, browser):
    other = a_case(acme, at=NOON - 5 * HOUR)
    Case.objects.update(owner=cast.tessa.person)

    answer = browser.post("/desk/time/", _typed("users"))

    assert answer.status_code == 409
    assert f"#{case.pk} Users are not created; #{other.pk} Users are not created" in _named(answer)


def _named(answer):
    """What could be meant, in the order of the numbers."""
    page = answer.content.decode()
    start = page.index("Several are called that: ") + len("Several are called that: ")
    return "; ".join(sorted(page[start : page.index(". Type the number")].split("; ")))


@pytest.mark.parametrize("what", ["#999999", "nothing of the kind", "S999999", " "])
def test_s10_what_is_not_there_is_said(browser, case, what):
    answer = browser.post("/desk/time/", _typed(what))

    assert answer.status_code in (409, 422)
    assert not CaseTime.objects.exists()


def test_s10_an_overlap_of_case_and_session_needs_a_tick_and_is_then_shown(cast, case, session, browser):
    work(session, cast.tessa, length=30)
    entry = WorkEntry.objects.get()
    begins = (entry.started_at + HOUR).strftime("%H:%M")
    ends = (entry.started_at + HOUR + timedelta(minutes=20)).strftime("%H:%M")

    warned = browser.post("/desk/time/", _typed(f"#{case.pk}", begins, ends))
    logged = browser.post("/desk/time/", _typed(f"#{case.pk}", begins, ends, both_right="on"))

    assert warned.status_code == 409
    assert "Both are right" in warned.content.decode()
    assert f"S{session.pk} Disk is full" in warned.content.decode()
    assert logged.status_code == 302
    assert browser.get("/desk/time/").content.decode().count("overlaps</span>") == 2


def test_s10_an_overlap_on_the_same_side_is_refused_even_with_a_tick(case, browser):
    browser.post("/desk/time/", _typed(f"#{case.pk}"))

    answer = browser.post("/desk/time/", _typed(f"#{case.pk}", "10:30", "11:30", both_right="on"))

    assert answer.status_code == 409
    assert CaseTime.objects.count() == 1


def test_s10_the_day_shows_gaps_and_totals_of_the_day_and_its_week(cast, case, browser):
    for begins in (NOON - 26 * HOUR, NOON - 4 * HOUR, NOON - 2 * HOUR):
        facts = {"started_at": begins, "ended_at": begins + HOUR, "note": "Worked", "logged_at": NOON}
        CaseTime.objects.create(case=case, person=cast.tessa.person, **facts)

    page = browser.get("/desk/time/").content.decode()

    assert "Nothing logged, 1 h" in page
    assert "<strong>2 h</strong> (cases 2 h, sessions 0 h)" in page
    assert "<strong>3 h</strong> (cases 3 h, sessions 0 h)" in page


def test_s4_the_form_begins_where_troubleshooting_began(cast, case, browser):
    words.begin_troubleshooting(case, by=cast.tessa.person, at=NOON - HOUR)

    page = browser.get("/desk/time/").content.decode()

    assert f'value="#{case.pk} Users are not created"' in page
    assert ('value="11:00"' in page, 'value="12:00"' in page) == (True, True)


def test_s10_an_entry_is_taken_back_with_a_reason(cast, case, session, browser):
    entry = worklog.log(
        case=case,
        person=cast.tessa.person,
        started_at=NOON - HOUR,
        ended_at=NOON,
        note="Worked",
        by=cast.tessa.person,
        at=NOON,
    )
    work(session, cast.tessa, length=30)
    in_session = WorkEntry.objects.get()

    asked = browser.post(f"/desk/time/cases/{entry.pk}/taking-back/", {})
    taken = browser.post(f"/desk/time/cases/{entry.pk}/taking-back/", {"reason": "Wrong case"})
    other = browser.post(f"/desk/time/sessions/{in_session.pk}/taking-back/", {"reason": "Wrong session"})

    assert [answer.status_code for answer in (asked, taken, other)] == [422, 302, 302]
    assert not CaseTime.objects.filter(live=True).exists()
    assert not WorkEntry.objects.filter(live=True).exists()


def test_s10_nobody_takes_back_the_time_of_another(cast, case, client_of):
    entry = CaseTime.objects.create(
        case=case, person=cast.tessa.person, started_at=NOON - HOUR, ended_at=NOON, note="Worked", logged_at=NOON
    )

    answer = client_of(a_dispatcher()).post(f"/desk/time/cases/{entry.pk}/taking-back/", {"reason": "Why not"})

    assert answer.status_code == 404


def test_s10_the_page_is_for_those_who_work(cast, acme, client_of):
    found = [client_of(person).get("/desk/time/").status_code for person in (acme.requester, cast.fia, cast.max, cast.tessa.person)]

    assert found == [404, 404, 404, 200]


def test_s10_a_full_day_costs_as_many_queries_as_an_empty_one(cast, case, browser, django_assert_max_num_queries):
    for number in range(8):
        begins = NOON - timedelta(minutes=30 * (number + 1))
        facts = {"started_at": begins, "ended_at": begins + timedelta(minutes=30), "note": "Worked", "logged_at": NOON}
        CaseTime.objects.create(case=case, person=cast.tessa.person, **facts)

    with django_assert_max_num_queries(20):
        assert browser.get("/desk/time/").status_code == 200


@pytest.mark.parametrize("what", ["D{pk}", "d{pk} whatever", "single sign"])
def test_d3_time_is_logged_on_a_delivery_by_number_or_title(cast, task, browser, what):
    answer = browser.post("/desk/time/", _typed(what.format(pk=task.pk)))

    entry = DeliveryTime.objects.get()
    assert (answer.status_code, answer.url) == (302, "/desk/time/?date=2026-11-18")
    assert (entry.task, entry.person, entry.minutes, entry.rate) == (task, cast.tessa.person, 60, Decimal(1200))


def test_d3_what_the_time_counts_as_is_chosen_among_what_was_accepted(task, browser):
    line = EstimateLine.objects.get(kind=LineKind.TRAVEL)

    page = browser.get(f"/desk/time/?what=D{task.pk}").content.decode()
    browser.post("/desk/time/", _typed(f"D{task.pk}", counts=f"line-{line.pk}"))
    answer = browser.post("/desk/time/", _typed(f"D{task.pk}", "11:00", "12:00", counts="line-999999"))

    assert f'<option value="line-{line.pk}">Travel, SEK\xa0800.00 an hour</option>' in page
    assert DeliveryTime.objects.get().line == line
    assert answer.status_code == 422


def test_d5_mending_a_fault_is_chosen_there_and_is_free(cast, acme, task, browser):
    told = {"task": task, "number": 1, "told_at": NOON, "told_by": cast.max, "words": "Done", "due_at": NOON + HOUR}
    listed = {"text": "The logo is wrong", "listed_at": NOON, "listed_by": acme.approver}
    fault = Fault.objects.create(completion=Completion.objects.create(**told), task=task, number=1, **listed)

    page = browser.get(f"/desk/time/?what=D{task.pk}").content.decode()
    browser.post("/desk/time/", _typed(f"D{task.pk}", counts=f"fault-{fault.pk}"))

    entry = DeliveryTime.objects.get()
    assert f'<option value="fault-{fault.pk}">Mends, free: The logo is wrong</option>' in page
    assert (entry.fault, entry.billable, entry.rate) == (fault, False, Decimal(0))
    assert "not invoiced" in browser.get("/desk/time/").content.decode()


def test_s10_the_page_does_not_ask_of_a_case_what_it_counts_as(case, task, browser):
    assert 'name="counts"' not in browser.get(f"/desk/time/?what=%23{case.pk}").content.decode()
    assert 'name="counts"' not in browser.get("/desk/time/").content.decode()


def test_d3_beyond_the_sum_the_page_says_what_is_left_and_offers_to_keep_the_time(task, browser):
    typed = _typed(f"D{task.pk}", "08:00", "10:31")

    refused = browser.post("/desk/time/", typed)
    kept = browser.post("/desk/time/", typed | {"counts": "free"})

    page = refused.content.decode()
    assert refused.status_code == 409
    assert "1 h 40 min (SEK\xa02,000.00) of the accepted sum is left. More needs a change estimate" in page
    assert '<option value="free">Kept, and never invoiced</option>' in page
    assert 'value="10:31"' in page
    assert kept.status_code == 302
    assert DeliveryTime.objects.get().billable is False


def test_d2_a_delivery_that_is_declined_takes_no_time(task, browser):
    DeliveryTask.objects.update(state=TaskState.DECLINED, closed_at=NOON)

    answer = browser.post("/desk/time/", _typed(f"D{task.pk}"))

    assert (answer.status_code, "This task is closed" in answer.content.decode()) == (409, True)
    assert not DeliveryTime.objects.exists()


def test_d3_an_overlap_of_case_and_delivery_needs_a_tick(case, task, browser):
    browser.post("/desk/time/", _typed(f"#{case.pk}"))

    warned = browser.post("/desk/time/", _typed(f"D{task.pk}", "10:30", "11:30"))
    logged = browser.post("/desk/time/", _typed(f"D{task.pk}", "10:30", "11:30", both_right="on"))

    assert (warned.status_code, f"#{case.pk} Users are not created" in warned.content.decode()) == (409, True)
    assert logged.status_code == 302
    page = browser.get("/desk/time/").content.decode()
    assert page.count("overlaps</span>") == 2
    assert f'<a href="/desk/delivery/{task.pk}/">D{task.pk} Single sign-on</a>' in page
    assert "<strong>2 h</strong> (cases 1 h, sessions 0 h, deliveries 1 h)" in page


def test_d3_time_on_a_delivery_is_taken_back_by_whom_it_is_of(cast, task, browser, client_of):
    browser.post("/desk/time/", _typed(f"D{task.pk}"))
    entry = DeliveryTime.objects.get()
    page = f"/desk/time/deliveries/{entry.pk}/taking-back/"

    others = client_of(cast.theo.person).post(page, {"reason": "Why not"})
    asked = browser.post(page, {})
    taken = browser.post(page, {"reason": "Wrong task"})

    entry.refresh_from_db()
    assert [answer.status_code for answer in (others, asked, taken)] == [404, 422, 302]
    assert (entry.live, DeliveryTask.objects.get().used_net) == (False, Decimal(0))


def test_d3_the_delivery_in_work_is_offered_and_one_of_another_is_not(cast, acme, task, browser, client_of):
    option = f'<option value="D{task.pk} Single sign-on"></option>'

    assert option in browser.get("/desk/time/").content.decode()
    assert option not in client_of(cast.theo.person).get("/desk/time/").content.decode()
