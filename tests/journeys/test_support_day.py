"""A day in the life of support, through the pages and by mail: twenty cases of three clients on three plans (rules S1 to S18)."""

import re

import pytest
from django.core.cache import cache
from django.core.management import call_command

from cases import replay
from cases.models import Case, Clock, EventKind, Page, State
from notices.models import IncomingMail, Notice
from tests.cast import at_stockholm
from tests.journeys import support_chapters as chapters
from tests.journeys import support_outbox as outbox
from tests.journeys.support_day import ALL, BY_MAIL, SupportDay
from tests.journeys.support_story import at

pytestmark = pytest.mark.django_db
AT_THE_END = ["dates", "search", "import", "users", "backup", "test_server", "sign_on"]
AT_THE_END += ["orders", "migration", "labels", "index", "fonts", "archive"]


@pytest.fixture
def day(cast, settings, tmp_path):
    """Everybody at work on Wednesday morning. Nobody has tried to sign in too often before."""
    cache.clear()
    settings.MEDIA_ROOT = tmp_path
    with at(7, 30):
        return SupportDay(cast)


def clock(day, key, kind="response"):
    return Clock.objects.filter(case=day.cases[key], kind=kind).order_by("pk").last()


def in_order(day, page):
    """The cases that a page lists, in its order."""
    keys = {str(number): key for key, number in day.cases.items()}
    found = re.findall(r"/desk/cases/(\d+)/", page.html)
    return list(dict.fromkeys(keys[number] for number in found))


def on(hour, minute=0, date=18):
    return at_stockholm(2026, 11, date, hour, minute)


def subjects(day, person, key):
    """What somebody got about a case, without its number."""
    return [message.subject.partition("] ")[2] for message in day.inbox(person, key)]


def test_s1_twenty_cases_come_in_and_each_reporter_has_a_receipt_with_number_and_deadline(day):
    day.play()

    for key in ALL:
        case, receipts = day.case(key), day.inbox(day.person(key), key)
        due = clock(day, key).due_at
        assert len(receipts) == 1
        assert f"Its number is #{case.pk}." in receipts[0].body
        assert (due - case.opened_at).total_seconds() in {3600, 2 * 3600, 8 * 3600}
        assert case.opened_via == ("email" if key in BY_MAIL else "portal")
    assert Case.objects.count() == 20


def test_s18_whoever_is_on_call_is_paged_then_the_next_and_who_acknowledges_has_it(day):
    day.play(chapters.whoever_is_on_call_is_paged, cases=["relay", "down"])

    paged = [(page.case_id, page.step, page.person, page.acknowledged_by) for page in Page.objects.order_by("case_id", "pk")]
    relay, down = day.cases["relay"], day.cases["down"]
    assert paged == [
        (relay, "on_call", day.tessa, day.tessa),
        (down, "on_call", day.tessa, day.theo),
        (down, "next", day.theo, day.theo),
    ]
    assert [(clock(day, key).due_at, clock(day, key).met_at) for key in ("relay", "down")] == [
        (on(9, 36), on(9)),
        (on(9, 38), on(9)),
    ]


def test_s9_after_three_answers_or_one_a_call_is_owed_and_closed_by_a_note(day):
    day.play(chapters.answers_do_not_solve_it, chapters.the_calls_are_made, cases=["users", "search"])

    tasks = {key: day.case(key).call_tasks.get() for key in ("users", "search")}
    assert [(task.reason, task.raised_at, task.closed_at) for task in tasks.values()] == [
        ("answers", on(9, 25), on(9, 41)),
        ("answers", on(9, 32), on(9, 41)),
    ]
    said = [(message.voice, message.way, message.author) for message in day.case("users").messages.order_by("pk")]
    rolf, tessa = ("client", "email", day.person("users")), ("staff", "portal", day.tessa)
    assert said == [rolf, tessa, rolf, tessa, rolf, tessa, rolf, ("note", "email", day.tessa), ("staff", "phone", day.tessa)]
    with at(9, 45):
        assert "No calls to make" in day.browser(day.disa).open("/desk/calls/").text


def test_s2_what_was_asked_for_by_mail_stands_once_the_call_is_logged(day):
    day.play(chapters.a_call_confirms_a_priority, cases=["orders"])

    receipt, case = day.inbox(day.person("orders"), "orders")[0].body, day.case("orders")
    assert "You asked for priority 2. It stands as soon as you have also phoned us; until then it is 3." in receipt
    assert f"Phone +46 8 123 and name case #{case.pk}." in receipt
    assert "A technician begins troubleshooting by Wed 18 Nov 16:24 at the latest." in receipt.replace("\N{NO-BREAK SPACE}", " ")
    assert (case.priority, clock(day, "orders").due_at, clock(day, "orders").met_at) == (2, on(13, 43), on(9, 44))


def test_s10_more_than_four_hours_of_work_owe_a_call_and_four_exactly_owe_none(day):
    day.play(chapters.work_takes_long, cases=["migration", "index"])

    assert day.seen["calls owed at four hours"] == [0, 0]
    assert [day.case(key).call_tasks.count() for key in ("migration", "index")] == [1, 0]
    with at(14, 15):
        assert f"#{day.cases['migration']} Anna Testsson, Cirrus" in day.browser(day.theo).open("/desk/calls/").text


def test_s5_a_priority_goes_down_and_up_with_its_reason_and_the_client_is_told(day):
    day.play(chapters.priorities_change, cases=["test_server", "dates"])

    lowered, raised = (day.inbox(day.person(key), key)[1].body.replace("\N{NO-BREAK SPACE}", " ") for key in ("test_server", "dates"))
    assert "was 1 and is 3 now" in lowered
    assert "It is a test server." in lowered
    assert "due Wed 18 Nov 16:10; it was Wed 18 Nov 10:10" in lowered
    assert "Invoices go out with the wrong date." in raised
    assert "due Wed 18 Nov 10:30; it was Wed 18 Nov 16:22" in raised
    assert [(day.case(key).priority, clock(day, key).due_at) for key in ("test_server", "dates")] == [(3, on(16, 10)), (1, on(10, 30))]


def test_s6_the_solution_clock_stands_still_until_the_answer_comes_by_mail(day):
    day.play(chapters.a_question_stops_the_clock, cases=["import"])

    case, solution = day.case("import"), clock(day, "import", "solution")
    assert (case.state, clock(day, "import").met_at) == (State.OPEN, on(10, 15))
    assert solution.due_at == on(15, 18, 24)
    assert [event.at for event in case.events.filter(kind__in=[EventKind.WAITING, EventKind.RESUMED]).order_by("pk")] == [
        on(10, 15),
        on(13, 15),
    ]


def test_s17_an_inner_team_has_the_case_for_a_while_and_the_client_keeps_one_contact(day):
    day.play(chapters.an_inner_team_helps, cases=["sign_on"])

    case = day.case("sign_on")
    assert (day.seen["team"], case.team, case.owner) == (day.team, None, day.tessa)
    assert clock(day, "sign_on", "solution").due_at == on(12, 12, 24)
    assert len(day.inbox(day.person("sign_on"), "sign_on")) == 2
    told = [message.subject for message in day.sent_to(day.team.email)]
    assert told == [
        f"For Development: case {case.pk}, Sign-on fails now and then",
        f"No longer with Development: case {case.pk}, Sign-on fails now and then",
    ]


def test_s11_solutions_are_approved_refused_withdrawn_and_reopened(day):
    day.play(chapters.solutions_are_proposed, cases=["reports", "export", "archive", "printer", "password"])

    found = {key: (day.case(key).state, day.case(key).closed_as) for key in ("reports", "export", "archive", "printer", "password")}
    assert found == {
        "reports": ("closed", "solved"),
        "export": ("closed", "solved"),
        "archive": ("open", ""),
        "printer": ("proposed", ""),
        "password": ("closed", "withdrawn"),
    }
    assert [clock(day, key, "solution").met_at for key in ("reports", "export", "archive")] == [on(11, 10), on(13, 30), None]


def test_s11_silence_closes_on_the_day_that_was_announced_after_a_reminder_each_day(day):
    day.play(
        chapters.solutions_are_proposed,
        chapters.silence_closes_what_was_announced,
        cases=["reports", "export", "archive", "printer", "password"],
    )

    case = day.case("printer")
    assert (case.closed_as, case.solutions.get().closes_at, case.closed_at) == ("silence", on(11, 10, 23), on(12, 0, 23))
    assert subjects(day, day.person("printer"), "printer") == [
        "The printer queue is full",
        "Please approve the solution: The printer queue is full",
        "A solution waits for your answer: The printer queue is full",
        "A solution waits for your answer: The printer queue is full",
        "Closed as solved: The printer queue is full",
    ]


def test_s7_deadlines_are_warned_of_and_recorded_once_however_late_and_often_the_jobs_run(day):
    day.play(chapters.deadlines_draw_near_and_pass, cases=["backup", "labels", "fonts"])

    found = {key: (clock(day, key).warned_at, clock(day, key).breached_at, clock(day, key).met_at) for key in ("backup", "labels", "fonts")}
    assert found == {
        "backup": (on(15, 5), on(16, 8), on(9, 0, 19)),
        "labels": (on(15, 5), None, on(15, 10)),
        "fonts": (on(15, 5), on(16, 34), on(9, 0, 19)),
    }
    told = [message.subject for message in day.inbox(day.disa) if "missed" in message.subject or " due " in message.subject]
    assert len(told) == len(set(told)) == 5


def test_r2_a_case_becomes_a_remote_session_with_its_facts_filled_in(day):
    day.play(chapters.a_case_becomes_a_session, cases=["certificate"])

    session = day.case("certificate").sessions.get()
    assert (session.title, session.starts_at, session.state) == ("The certificate ends soon", on(9, 0, 20), "scheduled")
    with at(15):
        assert f"/desk/sessions/{session.pk}/" in day.browser(day.disa).open(f"/desk/cases/{day.cases['certificate']}/").html


def test_s2_s6_s8_played_whole_the_day_adds_up(day):
    day.play(*chapters.EVERYTHING)

    each_case_is_one_thread_for_each_reader(day)
    the_queue_and_the_calls_are_in_order(day)
    call_command("audit")
    assert [list(replay.differences(day.case(key))) for key in ALL] == [[]] * 20


def each_case_is_one_thread_for_each_reader(day):
    assert list(outbox.out_of_thread(day)) == []
    assert list(outbox.gone_astray()) == []
    assert {reader: outbox.letters(day, reader) for reader in outbox.READERS} == outbox.READERS
    assert set(IncomingMail.objects.values_list("state", "route")) == {("handled", "case")}
    assert not Notice.objects.exclude(state="sent").exists()


def the_queue_and_the_calls_are_in_order(day):
    with at(12, 5, day=23):
        queue, calls = (day.browser(day.disa).open(f"/desk/{page}/") for page in ("cases", "calls"))
    closed = {key: day.case(key).closed_as for key in ALL if day.case(key).state == State.CLOSED}
    assert in_order(day, queue) == AT_THE_END
    assert in_order(day, calls) == ["dates", "import", "migration"]
    ended = {"password": "withdrawn", "printer": "silence", "certificate": "server_support"}
    assert closed == dict.fromkeys(("export", "relay", "reports", "down"), "solved") | ended
