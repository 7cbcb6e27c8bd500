"""ER's published terms, walked through pages: severities, Basic and Priority, outages, calls, validity (P3, S1, S2, S9, S13 to S15)."""

import re

import pytest

from cases.models import Case
from clients.models import Plan, Priority
from tests.profiles.walking import a_town, case_of, next_of, promised, promises, public, stored
from worktime.models import BusinessCalendar

pytestmark = pytest.mark.django_db

SUPPORT, OUTAGES = "+46 8 000 00 00", "+46 8 000 00 99"
HEADS = {"en": ["Priority", "When", "Solution", "Counted in"], "sv": ["Prioritet", "När", "Lösning", "Räknat i"]}
ROWS = {
    "en": [
        ["1 · Urgent", "Production is gravely hit, and there is no procedural way round."],
        ["2 · High", "The application works, but severely limited, and there is no way round."],
        ["3 · Normal", "A part does not work as it should; it is not critical."],
        ["4 · Low", "Questions, documentation, wishes."],
    ],
    "sv": [
        ["1 · Akut", "Produktionen är allvarligt drabbad, och det går inte att komma runt med andra arbetssätt."],
        ["2 · Hög", "Programmet fungerar, men är kraftigt begränsat, och det går inte att komma runt."],
        ["3 · Normal", "En del fungerar inte som den ska; det är inte kritiskt."],
        ["4 · Låg", "Frågor, dokumentation, önskemål."],
    ],
}


@pytest.fixture
def town(db):
    return a_town("easyredmine")


@pytest.mark.parametrize(
    ("code", "at", "due"),
    [
        ("ER-basic", "2026-11-25 10:00", "Mon 30 Nov 10:00"),  # a Wednesday: 7, 8, 8 and 1 hours
        ("ER-basic", "2026-12-24 16:00", "Wed 30 Dec 16:00"),  # an hour before Christmas: 1, 8, 8 and 7
        ("ER-basic", "2026-12-25 10:00", "Wed 30 Dec 17:00"),  # on Christmas Day
        ("ER-priority", "2026-11-25 10:00", "Thu 26 Nov 17:00"),
        ("ER-priority", "2026-12-24 16:00", "Mon 28 Dec 17:00"),
        ("ER-priority", "2026-11-27 18:00", "Mon 30 Nov 17:00"),  # a Friday after work
    ],
)
def test_s2_every_severity_of_every_plan_shows_and_keeps_its_deadline(town, code, at, due):
    town.agrees(code)

    pages = {number: town.reports(at, priority=number) for number in (1, 2, 3, 4)}

    assert {number: promises(page) for number, page in pages.items()} == dict.fromkeys(pages, (due, {"solution": due}))
    assert next_of(pages[4]) == f"Our turn: we work on it, and solve it by {due} at the latest."


@pytest.mark.parametrize(
    ("code", "language", "solution", "clock"),
    [
        ("ER-basic", "en", "24 h", "Working hours"),
        ("ER-basic", "sv", "24 tim", "Arbetstid"),
        ("ER-priority", "en", "by the close of the next working day", "Working hours"),
        ("ER-priority", "sv", "senast när nästa arbetsdag slutar", "Arbetstid"),
    ],
)
def test_p2_the_page_of_every_plan_shows_the_same_table_to_everybody(town, code, language, solution, clock):
    assert promised(code, language) == [HEADS[language], *([*row, solution, clock] for row in ROWS[language])]


def test_s1_the_definitions_of_the_severities_stand_where_one_is_chosen(town):
    town.agrees("ER-basic")
    with town.sits(town.client.requester, "2026-11-25 10:00") as requester:
        page = requester.open("/cases/new/")

    assert [row for row in ROWS["en"] if " ".join(row) not in page.text.replace("· unless you say otherwise ", "")] == []
    assert page.form(having="priority").fields["priority"] == ["3"]


def test_s2_priority_ranks_above_basic_and_severity_still_counts(town):
    town.agrees("ER-basic")
    basic = [case_of(town.reports("2026-11-25 10:00", priority=number)) for number in (2, 1)]
    outage = case_of(town.reports("2026-11-25 10:00", path="/cases/new/?outage=1"))
    other = town.neighbour("Borealis")
    other.agrees("ER-priority")
    prior = [case_of(other.reports("2026-11-25 10:00", priority=number)) for number in (4, 1)]

    with town.sits(town.disa, "2026-11-25 11:00") as dispatcher:
        page = dispatcher.open("/desk/cases/", order="rule")

    order = [int(number) for number in re.findall(r'href="/desk/cases/(\d+)/[^"]*" data-open', page.html)]
    assert order == [case.pk for case in (outage, prior[1], prior[0], basic[1], basic[0])]


@pytest.mark.parametrize("code", ["ER-basic", "ER-priority"])
def test_s2_an_outage_of_a_hosted_application_has_its_own_phone_and_path_at_all_hours(town, code):
    town.agrees(code)
    with town.sits(town.client.requester, "2026-11-29 03:00") as requester:
        offered = requester.open("/cases/new/").text
        path = requester.open("/cases/new/?outage=1").text
    by_portal = case_of(town.reports("2026-11-29 03:00", path="/cases/new/?outage=1"))
    by_phone = case_of(town.enters("2026-11-29 03:05", is_outage="on"))

    paged = [letter for letter in town.letters(town.jo, "2026-11-29 03:06") if "/desk/pages/" in letter.text]
    assert OUTAGES in offered
    assert f"Phone {OUTAGES} now: somebody answers at any hour, on every plan." in path
    assert OUTAGES in public(f"/plans/{code}/", "en").text
    assert (by_portal.is_outage, by_portal.priority, by_phone.is_outage, len(paged)) == (True, 1, True, 2)


@pytest.mark.parametrize("code", ["ER-basic", "ER-priority"])
def test_s2_anything_else_that_arrives_there_becomes_an_ordinary_case(town, code):
    town.agrees(code)
    own = town.covers("Our own server", deployment="other")

    town.reports("2026-11-29 03:00", path="/cases/new/?outage=1", service=own)
    town.enters("2026-11-29 03:05", is_outage="on", service=own)
    town.enters("2026-11-29 03:10", by_outage_path="on", kind="question", subject="How do I export?")

    due = {"ER-basic": "Wed 2 Dec 17:00", "ER-priority": "Mon 30 Nov 17:00"}[code]
    assert [(case.is_outage, stored(case)) for case in Case.objects.order_by("pk")] == [(False, {"solution": due})] * 3
    assert [letter for letter in town.letters(town.jo, "2026-11-29 03:11") if "/desk/pages/" in letter.text] == []


@pytest.mark.parametrize(("code", "status"), [("ER-basic", 409), ("ER-priority", 200)])
def test_s1_priority_has_a_phone_and_basic_has_none_but_a_call_that_names_a_case_is_taken(town, code, status):
    town.agrees(code)
    town.enters("2026-11-25 10:00", status=status)
    case = case_of(town.reports("2026-11-25 10:00", priority=1))

    page = town.works(case, "2026-11-25 10:10", "call", text="Rolf phones about it.")

    assert "Rolf phones about it." in page.text


@pytest.mark.parametrize(("code", "answers"), [("ER-basic", 3), ("ER-priority", 1)])
def test_s9_if_so_many_answers_have_not_solved_it_we_phone_the_reporter(town, code, answers):
    town.agrees(code)
    case = case_of(town.reports("2026-11-25 10:00"))
    found = []
    for number in range(1, answers + 1):
        town.answers(case, f"2026-11-25 11:{number:02}", text=f"Try this ({number}).")
        found.append(town.calls_due(f"2026-11-25 11:{number:02}"))

    town.works(case, "2026-11-25 12:00", "call", text="We looked at it together.")

    assert (found, town.calls_due("2026-11-25 12:01")) == ([0] * (answers - 1) + [1], 0)


def test_s14_before_reporting_the_client_is_shown_matching_help_articles(town):
    town.agrees("ER-basic")
    with town.sits(town.ada, "2026-11-25 09:00") as administrator:
        said = {"slug": "restore", "title_en": "Restore a backup", "text_en": "Choose the newest file."}
        administrator.act("/desk/help/new/", **said)
        administrator.act("/desk/help/restore/", "/en/publication/")

    with town.sits(town.client.requester, "2026-11-25 10:00") as requester:
        page = requester.open("/cases/new/")
        asks = re.findall(r'hx-get="([^"]+)"', page.html)
        found = requester.open(asks[0], subject="restoring the backup fails").text

    assert (asks, "Restore a backup" in found) == (["/help/suggestions/"], True)


@pytest.mark.parametrize("severity", [1, 2, 3, 4])
@pytest.mark.parametrize("code", ["ER-basic", "ER-priority"])
def test_s15_the_confirmation_of_an_urgent_report_shows_the_number_to_call_and_the_one_to_name(town, code, severity):
    town.agrees(code)

    page = town.reports("2026-11-25 10:00", priority=severity)
    (receipt,) = town.letters(town.client.requester, "2026-11-25 10:01")

    urged = f"phone {SUPPORT} and name case #{case_of(page).pk}. A call that names a case is taken on every plan."
    also = f"please phone {SUPPORT}, too, and name case #{case_of(page).pk}."
    assert (urged in page.text, also in receipt.text) == (severity <= 2, severity <= 2)


def test_s13_what_is_not_installed_as_recommended_is_marked_and_worked_on(town):
    town.agrees("ER-basic")
    case = case_of(town.reports("2026-11-25 10:00"))
    before = stored(case)

    desk = town.works(case, "2026-11-25 11:00", "external", reason="It does not happen on a clean trial.")

    case.refresh_from_db()
    letter = town.letters(town.client.requester, "2026-11-25 11:01")[-1]
    assert (case.external_cause, case.state, stored(case)) == (True, "new", before)
    assert "Possibly of external cause. Work goes on as best effort." in desk.text
    assert "It does not happen on a clean trial." in letter.text
    assert "https://provider.example/en/recommended-installation/" in letter.text


@pytest.mark.parametrize("code", ["ER-basic", "ER-priority"])
@pytest.mark.parametrize("language", ["en", "sv"])
def test_s13_the_recommended_configuration_is_linked_from_the_page_of_the_plan(town, code, language):
    address = {"en": "en/recommended-installation", "sv": "sv/rekommenderad-installation"}[language]

    assert f'href="https://provider.example/{address}/"' in public(f"/plans/{code}/", language).html


def test_p3_a_trial_of_thirty_days_is_begun_on_the_page_of_the_agreement_and_ends_by_itself(town):
    url = f"/desk/clients/{town.client.organisation.pk}/agreement/"
    with town.sits(town.max, "2026-11-01 09:00") as manager:
        manager.act(url, "/trial/", plan=Plan.objects.get(code="ER-priority").pk, on="2026-11-01")

    assert promises(town.reports("2026-11-30 10:00"))[0] == "Tue 1 Dec 17:00"
    assert stored(case_of(town.reports("2026-12-01 10:00"))) == {}


def test_p3_an_individual_plan_has_targets_and_terms_of_its_own(town):
    town.agrees("ER-priority")
    url = f"/desk/clients/{town.client.organisation.pk}/agreement/"
    with town.sits(town.max, "2026-01-03 09:00") as manager:
        office = BusinessCalendar.objects.get(code="office").pk
        aims = {"response_kind": "within", "response_minutes": 60, "response_calendar": office, "solution_kind": "none"}
        manager.act(url, "/targets/", priority=Priority.objects.get(number=1).pk, reason="An individual plan", **aims)
        manager.act(url, "/terms/", name="call_after_answers", value="2", reason="An individual plan")

    own, others = (town.reports("2026-11-25 10:00", priority=number) for number in (1, 2))

    assert (promises(own), promises(others)[0]) == (("Wed 25 Nov 11:00", {"response": "Wed 25 Nov 11:00"}), "Thu 26 Nov 17:00")
    town.answers(case_of(own), "2026-11-25 10:10")
    assert town.calls_due("2026-11-25 10:11") == 0
    town.answers(case_of(own), "2026-11-25 10:20")
    assert town.calls_due("2026-11-25 10:21") == 1
