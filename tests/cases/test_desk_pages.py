"""The desk of cases: queue, page, and reports that staff enter (rules S1, S2, S6, S15)."""

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.urls import reverse

from cases.models import Attachment, CannedAnswer, Case, Message, Opened, SavedView, State
from clients.models import Membership
from sessions.models import Session
from tests.cases.judged import agree_to_credit
from tests.cases.opened import a_case, a_dispatcher, a_plan, bind
from tests.cast import NOON
from tests.sessions.factories import a_lot

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def disa(acme):
    bind(acme, a_plan(solution={1: 480, 2: 960, 3: 2400}))
    return a_dispatcher()


def url(name, case=None):
    return reverse(name, args=[case.pk] if case else [])


def text(response):
    return " ".join(response.content.decode().replace("\N{NO-BREAK SPACE}", " ").split())


def test_s2_the_queue_shows_the_working_time_that_is_left(acme, disa, client_of):
    a_case(acme, priority=1)

    page = text(client_of(disa).get(url("desk-cases")))

    assert "Users are not created" in page
    assert "2 h" in page


def test_s2_the_queue_asks_as_many_questions_however_many_rows(acme, disa, client_of, django_assert_max_num_queries):
    browser = client_of(disa)
    for number in range(30):
        a_case(acme, priority=1 + number % 3)
    browser.get(url("desk-cases"))

    with django_assert_max_num_queries(13):
        browser.get(url("desk-cases") + "?order=due&whose=unassigned&client=acme&breached=")


@pytest.mark.parametrize("typed", ["²", "%23³", "①", "١٢", "9" * 30])
def test_s2_what_only_looks_like_a_number_is_words(acme, disa, client_of, typed):
    assert client_of(disa).get(f"/desk/cases/?q={typed}").status_code == 200


def test_s2_a_client_learns_of_no_desk(acme, disa, client_of):
    case = a_case(acme)

    assert [
        client_of(acme.approver).get(url(name, case if name == "desk-case" else None)).status_code for name in ("desk-cases", "desk-case")
    ] == [404, 404]


def test_s2_a_view_is_kept_and_opens_the_queue(acme, disa, client_of):
    a_case(acme)
    browser = client_of(disa)

    browser.post(url("desk-view-keep"), {"name": "Mine", "query": "whose=mine", "opens": "on"})

    assert SavedView.objects.get().opens
    assert "No case fits" in text(browser.get(url("desk-cases")))


def test_s2_several_cases_are_given_at_once(cast, acme, disa, client_of):
    cases = [a_case(acme), a_case(acme)]

    client_of(disa).post(url("desk-cases-assign"), {"case": [case.pk for case in cases], "person": cast.tessa.person.pk})

    assert set(Case.objects.values_list("owner", flat=True)) == {cast.tessa.person.pk}


@pytest.mark.parametrize(("way", "state", "voice"), [("answer", "open", "staff"), ("ask", "waiting", "staff"), ("note", "new", "note")])
def test_s6_the_button_says_whether_the_client_reads_it(acme, disa, client_of, way, state, voice):
    case = a_case(acme)

    response = client_of(disa).post(url("desk-case-say", case), {"text": "Look at it", "way": way, "key": "k"})

    case.refresh_from_db()
    assert (response.status_code, case.state, Message.objects.latest("pk").voice) == (302, state, voice)


def test_p4_a_canned_answer_comes_in_the_language_of_the_case(acme, disa, client_of):
    case = a_case(acme, language="sv")
    canned = CannedAnswer.objects.create(title="Logs", text_en="Please send logs.", text_sv="Skicka loggar, tack.")

    page = text(client_of(disa).post(url("desk-case-say", case), {"text": "Hej", "canned": canned.pk, "way": "insert", "key": "k"}))

    assert "Hej Skicka loggar, tack." in page
    assert case.messages.count() == 1


def test_s6_the_page_explains_which_intervals_were_counted(acme, disa, client_of):
    case = a_case(acme, at=NOON.replace(hour=8))

    page = text(client_of(disa).get(url("desk-case", case)))

    assert "Wed 18 Nov 09:00–17:00" in page


def test_s1_an_answer_takes_files_and_the_page_lets_them_be_fetched(acme, disa, client_of):
    case, browser = a_case(acme), client_of(disa)
    file = ContentFile(b"a = 1", "setting.txt")
    said = {"text": "Try this setting.\n\n> It does not work", "way": "answer", "key": "k", "attached": file}

    browser.post(url("desk-case-say", case), said)
    page = text(browser.get(url("desk-case", case)))

    assert reverse("case-file", args=[case.pk, Attachment.objects.get().pk]) in page
    assert "What was written before" in page


def test_s17_s18_s10_the_page_tells_the_team_the_time_and_who_books_sessions(acme, disa, client_of):
    case = a_case(acme)

    page = text(client_of(disa).get(url("desk-case", case)))

    assert url("desk-case-team", case) in page
    assert f"{reverse('desk-time')}?what=%23{case.pk}" in page
    assert "A remote session costs the client’s credit" in page


def test_s8_the_queue_leads_dispatchers_to_held_mail_and_calls(acme, disa, client_of):
    page = text(client_of(disa).get(url("desk-cases")))

    assert url("desk-held-mails") in page
    assert url("desk-calls") in page


def test_s15_a_call_that_names_a_case_leads_to_that_case(acme, disa, client_of):
    case = a_case(acme)

    page = text(client_of(disa).get(url("desk-case-new") + f"?q=%23{case.pk}"))

    assert url("desk-case-call", case) in page


def report(acme, browser, **said):
    member = Membership.objects.get(person=acme.requester)
    typed = {"via": "phone", "caller_name": "Rolf", "caller_company": "Acme", "caller_phone": "+46 8 1", "caller_email": "r@acme.example"}
    typed |= {"subject": "Down", "text": "All is down", "kind": "incident", "environment": "production", "key": "k"}
    return browser.post(reverse("desk-case-report", args=[member.pk]), typed | said)


@pytest.mark.parametrize("missing", ["caller_name", "caller_company", "caller_phone", "caller_email"])
def test_s1_a_call_cannot_be_saved_without_its_caller(acme, disa, client_of, missing):
    response = report(acme, client_of(disa), **{missing: ""})

    assert (response.status_code, Case.objects.count()) == (422, 0)


def test_s1_a_report_by_phone_is_entered_once(acme, disa, client_of):
    browser = client_of(disa)

    answers = [report(acme, browser).headers["Location"] for _twice in range(2)]

    case = Case.objects.get()
    assert set(answers) == {url("desk-case", case)}
    assert (case.opened_via, case.caller_phone, case.entered_by, case.reporter) == (Opened.PHONE, "+46 8 1", disa, acme.requester)


def test_s1_a_pasted_chat_becomes_the_form_of_a_case(acme, disa, client_of):
    chat = f"Orders are lost\n{acme.requester.email}: since this morning"

    page = client_of(disa).post(url("desk-case-new"), {"chat": chat})

    assert 'value="Orders are lost"' in page.content.decode()
    assert page.context["form"].member.person == acme.requester


def test_s1_merge_link_and_tag_from_the_page(acme, disa, client_of):
    first, second = a_case(acme), a_case(acme)
    browser = client_of(disa)

    browser.post(url("desk-case-tag", first), {"name": "Sync"})
    browser.post(url("desk-case-link", first), {"other": f"#{second.pk}"})
    refused = browser.post(url("desk-case-merge", first), {"other": "999999", "reason": "x"})
    browser.post(url("desk-case-merge", second), {"other": str(first.pk), "reason": "The same"})

    second.refresh_from_db()
    assert (refused.status_code, second.state, second.merged_into) == (409, State.CLOSED, first)
    assert "sync" in text(browser.get(url("desk-case", first)))


def test_r2_a_session_is_booked_from_a_case(cast, acme, disa, client_of):
    case = a_case(acme)
    a_lot(acme.account, 480)
    agree_to_credit(case, disa, acme.approver)
    browser, new = client_of(cast.max), reverse("desk-session-new", args=[acme.organisation.pk])

    assert 'value="Users are not created"' in browser.get(f"{new}?case={case.pk}").content.decode()
    said = {"account": acme.account.pk, "purpose": cast.purpose.pk, "title": "Look together", "minutes": 60, "technicians": 1}
    said |= {"starts_at": "2026-11-20T09:00:00+01:00", "case": case.pk, "key": "k", "shown_held": 60}
    answer = browser.post(new, said)

    session = Session.objects.get()
    assert (answer.status_code, session.case) == (302, case)
    assert reverse("desk-session", args=[session.pk]) in text(browser.get(url("desk-case", case)))
    assert url("desk-case", case) in text(browser.get(reverse("desk-session", args=[session.pk])))


def test_r8_urgent_work_is_begun_from_a_case_of_the_top_priority_and_nothing_is_booked_unasked(cast, acme, disa, client_of):
    urgent, other = a_case(acme, priority=1), a_case(acme)
    work = reverse("desk-unplanned")

    shown = {case: text(client_of(disa).get(url("desk-case", case))) for case in (urgent, other)}

    assert "Begin urgent work" in shown[urgent]
    assert f"{work}?case={urgent.pk}" in shown[urgent]
    assert f"{work}?case={other.pk}" not in shown[other]
    assert "judge the case as server support" in shown[other]


def test_s2_todays_page_lists_ones_own_cases(acme, disa, client_of):
    browser = client_of(disa)
    browser.post(url("desk-case-take", a_case(acme)))

    assert "Your cases, due next" in text(browser.get(reverse("desk-day")))
