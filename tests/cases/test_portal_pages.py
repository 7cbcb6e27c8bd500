"""What a client sees and does with cases: list, page, report, answer, files (rules S1, S3, S6, S15, P4)."""

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases import words
from cases.models import Attachment, Case, Message, State
from cases.words import Said
from clients.models import AgreedService, Agreement, MemberRole, Membership, Plan, Priority
from tests.cases.opened import a_case, a_dispatcher, a_plan, bind
from tests.cast import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


def text(response):
    return " ".join(response.content.decode().replace("\N{NO-BREAK SPACE}", " ").split())


def filled(client, **fields):
    given = {"organisation": client.organisation.pk, "subject": "No users", "text": "None are created.", "kind": "incident"}
    return given | {"priority": 3, "environment": "production", "impact": "", "version": "13", "system": "", "key": "k"} | fields


def report(browser, client, **fields):
    return browser.post(reverse("case-new"), filled(client, **fields))


def test_s1_a_report_gets_a_number_and_its_deadline_at_once(acme, client_of):
    bind(acme, a_plan())

    response = client_of(acme.requester).post(reverse("case-new"), filled(acme), follow=True)

    case = Case.objects.get()
    assert response.redirect_chain == [(reverse("case", args=[case.pk]), 302)]
    assert f"Its number is #{case.pk}." in text(response)
    assert "Our turn: you have an answer by Thu 19 Nov 11:00 at the latest." in text(response)


def test_s1_the_definition_of_every_priority_of_the_plan_stands_beside_it(acme, client_of):
    bind(acme, a_plan())
    Priority.objects.create(number=9, name_en="Elsewhere", name_sv="x", definition_en="Of another plan.", definition_sv="x")

    page = text(client_of(acme.requester).get(reverse("case-new")))

    assert "<span>Business critical.</span> <small>Answer within 2 h of working time" in page
    assert "Of another plan." not in page


def test_s2_a_priority_that_needs_a_call_says_so_and_so_does_one_for_production_only(acme, client_of):
    bind(acme, a_plan())
    Priority.objects.filter(number=1).update(needs_call=True, production_only=True, lowered_to=3)

    page = text(client_of(acme.requester).get(reverse("case-new")))

    assert page.count("It stands as soon as you have also phoned us") == 1
    assert page.count("Only for what is in production.") == 1


def test_s3_the_default_priority_of_the_plan_is_chosen_beforehand(acme, client_of):
    bind(acme, a_plan())

    page = client_of(acme.requester).get(reverse("case-new")).context["form"]

    assert page["priority"].value() == 3
    assert 'value="3" required id="id_priority_2" checked' in str(page["priority"])


def test_s2_a_priority_outside_the_plan_is_refused_and_what_was_typed_stays(acme, client_of):
    bind(acme, a_plan())

    response = report(client_of(acme.requester), acme, priority=7, text="All of it is kept")

    assert response.status_code == 422
    assert "All of it is kept" in text(response)
    assert not Case.objects.exists()


def test_s15_an_urgent_report_is_told_the_number_to_call_and_the_case_to_name(acme, client_of):
    bind(acme, a_plan(phone_numbers={"SE": "+46 8 123"}))
    Priority.objects.filter(number=1).update(call_urged=True)

    response = client_of(acme.requester).post(reverse("case-new"), filled(acme, priority=1), follow=True)

    case = Case.objects.get()
    assert f"phone +46 8 123 and name case #{case.pk}" in text(response)


def test_s2_until_the_call_the_default_priority_stands_and_the_page_says_so(acme, client_of):
    bind(acme, a_plan(phone_numbers={"SE": "+46 8 123"}))
    Priority.objects.filter(number=1).update(needs_call=True)

    response = client_of(acme.requester).post(reverse("case-new"), filled(acme, priority=1), follow=True)

    assert "Priority 1 stands as soon as we have your call; until then it is 3." in text(response)


def test_s2_an_outage_has_its_own_path_with_the_phone_at_all_hours(acme, client_of):
    bind(acme, a_plan(outage_phone="+46 8 999"))
    browser = client_of(acme.requester)

    assert "Is a hosted application down?" in text(browser.get(reverse("case-new")))
    page = browser.get(reverse("case-new"), {"outage": 1})
    browser.post(f"{reverse('case-new')}?outage=1", filled(acme, priority=1))

    assert "Phone +46 8 999 now" in text(page)
    case = Case.objects.get()
    assert (case.is_outage, case.priority) == (True, 1)


def test_s2_what_is_no_outage_of_something_hosted_becomes_an_ordinary_case(acme, client_of):
    bind(acme, a_plan(outage_phone="+46 8 999"))
    agreement = Agreement.objects.get(organisation=acme.organisation)
    own = AgreedService.objects.create(agreement=agreement, name="Theirs", deployment="other")

    client_of(acme.requester).post(f"{reverse('case-new')}?outage=1", filled(acme, priority=1, service=own.pk))

    assert not Case.objects.get().is_outage


def test_p4_who_writes_in_another_language_is_told_in_which_the_answer_will_be(acme, client_of):
    bind(acme, a_plan(languages={"portal": ["en"]}, fallback_language="en"))
    acme.requester.language = "sv"
    acme.requester.save()

    page = text(client_of(acme.requester).get(reverse("case-new")))

    assert 'class="message message-note"' in page
    assert 'class="message message-note"' not in text(client_of(acme.approver).get(reverse("case-new")))


def test_s1_the_same_form_twice_is_one_case_and_with_another_text_it_is_refused(acme, client_of):
    bind(acme, a_plan())
    browser = client_of(acme.requester)

    first, again, other = (report(browser, acme, text=said) for said in ("One", "One", "Another"))

    assert (first.status_code, again.status_code, other.status_code) == (302, 302, 409)
    assert first.headers["Location"] == again.headers["Location"]
    assert (Case.objects.count(), Message.objects.count()) == (1, 1)


def test_s1_files_come_with_the_report_and_stand_on_the_page(acme, client_of):
    bind(acme, a_plan())
    log = SimpleUploadedFile("sync.log", b"ERROR 42", content_type="text/plain")

    response = client_of(acme.requester).post(reverse("case-new"), filled(acme, attached=[log]), follow=True)

    kept = Attachment.objects.get()
    assert reverse("case-file", args=[kept.case_id, kept.pk]) in text(response)
    with kept.content.open() as content:
        assert (kept.name, kept.size, content.read()) == ("sync.log", 8, b"ERROR 42")


def test_s1_a_file_that_cannot_be_taken_is_named_and_nothing_typed_is_lost(acme, client_of):
    bind(acme, a_plan())
    program = SimpleUploadedFile("notes.txt", b"MZ\x90\x00")

    response = report(client_of(acme.requester), acme, attached=[program], text="Every word")

    assert response.status_code == 422
    assert "“notes.txt” is a program." in text(response)
    assert "Every word" in text(response)
    assert not Case.objects.exists()


def test_who_belongs_to_several_organisations_says_for_which(acme, borealis, client_of):
    Membership.objects.create(organisation=borealis.organisation, person=acme.requester, role=MemberRole.REQUESTER)
    bind(borealis, a_plan())
    browser = client_of(acme.requester)

    assert "For which of them is it?" in text(browser.get(reverse("case-new")))
    report(browser, borealis)

    assert Case.objects.get().organisation == borealis.organisation


def test_s1_where_the_plan_has_no_portal_the_page_says_where_to_turn(acme, client_of):
    bind(acme, a_plan(channels=["email", "phone"]))

    page = text(client_of(acme.requester).get(reverse("case-new")))

    assert "Your plan has no support in the portal" in page
    assert "<textarea" not in page


def test_s6_an_answer_by_the_client_lets_the_case_go_on(acme, client_of):
    bind(acme, a_plan(solution={3: 480}))
    case = a_case(acme)
    words.ask(case, Said("Which version?"), by=a_dispatcher(), at=NOON, cause="a")
    browser = client_of(acme.approver)
    assert "It is your turn: we have asked you something." in text(browser.get(reverse("case", args=[case.pk])))

    response = browser.post(reverse("case-answer", args=[case.pk]), {"text": "13", "key": "k"}, follow=True)

    case.refresh_from_db()
    assert case.state == State.OPEN
    assert "Your message is sent." in text(response)


def test_s6_why_a_deadline_is_when_it_is_can_be_read(acme, client_of):
    bind(acme, a_plan())
    case = a_case(acme)

    page = text(client_of(acme.requester).get(reverse("case", args=[case.pk])))

    assert "8 h of working time by “sq”, counted from Wed 18 Nov 12:00." in page
    assert "<td>Wed 18 Nov 12:00–17:00</td>" in page
    assert "<td>Thu 19 Nov 08:00–11:00</td>" in page


def test_notes_of_ours_are_on_no_page_of_the_client(acme, client_of):
    case = a_case(acme)
    words.add_note(case, Said("They are hopeless"), by=a_dispatcher(), at=NOON, cause="n")
    browser = client_of(acme.requester)

    pages = [text(browser.get(url)) for url in (reverse("case", args=[case.pk]), reverse("cases") + "?q=hopeless")]

    assert ["They are" in page or "Internal note" in page for page in pages] == [False, False]
    assert "Nothing found" in pages[1]


def test_a_client_sees_nothing_of_anothers_cases(acme, borealis, client_of):
    case = a_case(acme)
    stranger = client_of(borealis.approver)

    assert stranger.get(reverse("case", args=[case.pk])).status_code == 404
    assert stranger.post(reverse("case-answer", args=[case.pk]), {"text": "x", "key": "k"}).status_code == 404
    assert "Users are not created" not in text(stranger.get(reverse("cases")))


def test_a_case_is_found_by_number_and_by_words_said_in_it(acme, client_of):
    case, other = a_case(acme), a_case(acme, subject="Printer", text="Paper")
    browser = client_of(acme.requester)

    for query, found in ((f"#{case.pk}", case), (str(other.pk), other), ("synchronisation users", case), ("9" * 40, None)):
        page = browser.get(reverse("cases"), {"q": query}).context["page"]
        assert list(page) == ([found] if found else [])


def test_closed_cases_stand_under_a_tab_of_their_own(acme, client_of):
    case = a_case(acme)
    browser = client_of(acme.requester)

    browser.post(reverse("case-withdraw", args=[case.pk]), {"reason": "It was us"})

    assert list(browser.get(reverse("cases")).context["page"]) == []
    assert list(browser.get(reverse("cases"), {"state": "closed"}).context["page"]) == [case]


def test_the_list_asks_as_many_questions_for_many_cases_as_for_one(acme, client_of):
    browser = client_of(acme.requester)
    a_case(acme)
    with CaptureQueriesContext(connection) as one:
        browser.get(reverse("cases"))
    for _ in range(5):
        a_case(acme)

    with CaptureQueriesContext(connection) as six:
        browser.get(reverse("cases"))

    assert len(six) == len(one) <= 13


def test_where_there_are_no_cases_the_way_to_report_is_shown(acme, client_of):
    page = text(client_of(acme.requester).get(reverse("cases")))

    assert "No open cases" in page
    assert reverse("case-new") in page


def test_staff_are_led_to_the_desk(cast, acme, client_of):
    case = a_case(acme)

    response = client_of(cast.tessa.person).get(reverse("case", args=[case.pk]))

    assert response.headers["Location"] == reverse("desk-case", args=[case.pk])


def test_s1_without_a_plan_a_case_is_taken_and_nothing_is_promised(acme, client_of):
    Priority.objects.create(number=3, name_en="General", name_sv="x", definition_en="All.", definition_sv="x")

    response = client_of(acme.requester).post(reverse("case-new"), filled(acme), follow=True)

    assert not Plan.objects.exists()
    assert "No time is guaranteed for this case." in text(response)
