"""SS's published terms, walked through pages and mails: product codes, channels, around the clock, English in writing (P2, P4, S2, S8)."""

import re

import pytest

from cases.models import Case, Team
from tests.profiles.walking import a_town, case_of, due_shown, promised, promises, public, stored

pytestmark = pytest.mark.django_db

CODES = ["SUPPORT-iaas.base", "SUPPORT-standard", "SUPPORT-premium"]
ROWS = {
    "en": [
        ["1 · Down", "A service that you use in production is down."],
        ["2 · Disturbed", "A service works, but worse than it should."],
        ["3 · Question", "Questions, and help with using the services."],
    ],
    "sv": [
        ["1 · Nere", "En tjänst som du använder i produktion ligger nere."],
        ["2 · Störd", "En tjänst fungerar, men sämre än den ska."],
        ["3 · Fråga", "Frågor, och hjälp att använda tjänsterna."],
    ],
}
HEADS = {"en": ["Priority", "When", "Response", "Counted in"], "sv": ["Prioritet", "När", "Svar", "Räknat i"]}
ENGLISH = re.compile("engelska|English", re.IGNORECASE)
WRITTEN = re.compile("(E-mail|E-post) (English|engelska)", re.IGNORECASE)
HOURS = {"SUPPORT-iaas.base": [4, 8, 24], "SUPPORT-standard": [2, 4, 12], "SUPPORT-premium": [1, 2, 8]}


@pytest.fixture
def town(db):
    return a_town("safespring")


@pytest.mark.parametrize(
    ("code", "at", "dues"),
    [
        # a Wednesday
        ("SUPPORT-iaas.base", "2026-11-25 10:30", ["Wed 25 Nov 14:30", "Wed 25 Nov 18:30", "Thu 26 Nov 10:30"]),
        ("SUPPORT-standard", "2026-11-25 10:30", ["Wed 25 Nov 12:30", "Wed 25 Nov 14:30", "Wed 25 Nov 22:30"]),
        ("SUPPORT-premium", "2026-11-25 10:30", ["Wed 25 Nov 11:30", "Wed 25 Nov 12:30", "Wed 25 Nov 18:30"]),
        # Christmas Eve, half an hour before midnight
        ("SUPPORT-iaas.base", "2026-12-24 23:30", ["Fri 25 Dec 03:30", "Fri 25 Dec 07:30", "Fri 25 Dec 23:30"]),
        ("SUPPORT-standard", "2026-12-24 23:30", ["Fri 25 Dec 01:30", "Fri 25 Dec 03:30", "Fri 25 Dec 11:30"]),
        ("SUPPORT-premium", "2026-12-24 23:30", ["Fri 25 Dec 00:30", "Fri 25 Dec 01:30", "Fri 25 Dec 07:30"]),
        # the night in which the clocks go back
        ("SUPPORT-iaas.base", "2026-10-25 01:30", ["Sun 25 Oct 04:30", "Sun 25 Oct 08:30", "Mon 26 Oct 00:30"]),
    ],
)
def test_s2_every_priority_of_every_plan_shows_and_keeps_its_deadline(town, code, at, dues):
    town.agrees(code)

    found = {number: promises(town.reports(at, priority=number)) for number in (1, 2, 3)}

    assert found == {number: (shown, {"response": shown}) for number, shown in enumerate(dues, start=1)}


def test_w5_an_hour_that_exists_twice_is_shown_with_its_offset(town):
    town.agrees("SUPPORT-premium")

    shown = [due_shown(town.reports("2026-10-25 01:30", priority=number)) for number in (1, 2)]

    assert shown == ["Sun 25 Oct 02:30 (UTC+2)", "Sun 25 Oct 02:30 (UTC+1)"]


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize(("language", "hour", "clock"), [("en", "h", "Around the clock"), ("sv", "tim", "Dygnet runt")])
def test_p2_the_page_of_every_plan_shows_the_same_table_to_everybody(town, code, language, hour, clock):
    rows = [[*words, f"{number} {hour}", clock] for words, number in zip(ROWS[language], HOURS[code], strict=True)]

    assert promised(code, language) == [HEADS[language], *rows]


def test_p2_the_product_codes_stand_on_the_pages_of_the_plans(town):
    listed = re.findall(r'href="/plans/([^"]+)/"', public("/plans/", "en").html)

    assert listed == CODES
    assert [f"Product code {code}" in public(f"/plans/{code}/", "en").text for code in CODES] == [True, True, True]


@pytest.mark.parametrize(
    ("code", "given", "absent"),
    [
        ("SUPPORT-iaas.base", ["Community chat"], ["service manager", "status meetings"]),
        ("SUPPORT-standard", ["Community chat", "A service manager, shared with others", "4 status meetings a year"], ["of your own"]),
        ("SUPPORT-premium", ["Community chat", "A service manager of your own", "4 status meetings a year"], ["shared with others"]),
    ],
)
def test_p2_service_managers_and_quarterly_meetings_come_with_the_plan(town, code, given, absent):
    town.agrees(code)
    with town.sits(town.client.requester, "2026-11-28 10:00") as requester:
        own = requester.open("/support/").text
    plan = public(f"/plans/{code}/", "en").text

    for page in (own, plan):
        assert [words for words in given if words not in page] + [words for words in absent if words in page] == []


@pytest.mark.parametrize("code", CODES)
def test_s2_by_mail_and_by_phone_support_is_there_on_a_sunday_night(town, code):
    town.agrees(code)

    town.writes("2026-11-29 03:00", "A volume is gone.")
    town.enters("2026-11-29 03:00", priority=1)

    hours = HOURS[code]
    dues = [f"Sun 29 Nov {3 + hours[0]:02}:00", "Mon 30 Nov 03:00" if hours[2] == 24 else f"Sun 29 Nov {3 + hours[2]:02}:00"]
    assert [stored(case) for case in Case.objects.order_by("priority")] == [{"response": due} for due in dues]
    assert "Sweden: +46 8 000 00 00" in public(f"/plans/{code}/", "en").text


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize(("via", "premium_only"), [("phone", False), ("chat", False), ("video", True)])
def test_s1_a_case_is_taken_on_the_channels_of_the_plan(town, code, via, premium_only):
    town.agrees(code)
    taken = not premium_only or code == "SUPPORT-premium"

    town.enters("2026-11-28 10:00", via=via, status=200 if taken else 409)

    assert [case.opened_via for case in Case.objects.all()] == [via] * taken


def test_s8_an_answer_by_mail_becomes_part_of_the_case_and_its_history(town):
    town.agrees("SUPPORT-standard")
    town.writes("2026-11-28 10:00", "A volume is gone.", subject="Volume gone")
    case = Case.objects.get()
    town.answers(case, "2026-11-28 10:30", text="Which one?")
    answer = town.letters(town.client.requester, "2026-11-28 10:31")[-1]

    town.writes("2026-11-28 10:40", "The one called db-2.", subject=f"Re: {answer.subject}")

    page = town.reads(Case.objects.get(), "2026-11-28 10:41").text
    assert [words in page for words in ("A volume is gone.", "Which one?", "The one called db-2.")] == [True] * 3


@pytest.mark.parametrize("by_mail", [False, True])
def test_p4_a_case_in_another_language_is_answered_in_english_and_says_so(town, by_mail):
    town.agrees("SUPPORT-standard")
    swede = town.client.requester
    swede.language = "sv"
    swede.save()

    if by_mail:
        town.writes("2026-11-28 10:00", "En volym är borta.")
    else:
        with town.sits(swede, "2026-11-28 10:00") as requester:
            assert ENGLISH.search(requester.open("/cases/new/").text)
        town.reports("2026-11-28 10:00", text="En volym är borta.")
    case = Case.objects.get()
    with town.sits(town.disa, "2026-11-28 10:01") as dispatcher:
        desk = dispatcher.open(f"/desk/cases/{case.pk}/").text

    assert ENGLISH.search(town.reads(case, "2026-11-28 10:01").text)
    assert "English" in desk


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Written support is given in English."), ("sv", "Skriftlig support ges på engelska.")]
)
def test_p4_the_page_of_each_plan_says_in_which_languages_support_is_given(town, language, words):
    pages = [public(f"/plans/{code}/", language).text for code in CODES]

    assert [words in page for page in pages] == [True] * 3
    assert [bool(WRITTEN.search(page)) for page in pages] == [True] * 3


def test_s4_the_next_word_of_the_client_is_due_anew(town):
    town.agrees("SUPPORT-premium")
    case = case_of(town.reports("2026-11-28 22:00", priority=1))
    town.answers(case, "2026-11-28 22:20")

    page = town.says(case, "2026-11-28 23:10")

    assert due_shown(page) == "Sun 29 Nov 00:10"


def test_s17_a_case_is_handed_to_an_inner_team_and_the_clock_runs_on(town):
    town.agrees("SUPPORT-premium")
    case = case_of(town.reports("2026-11-28 22:00", priority=1))

    page = town.works(case, "2026-11-28 22:10", "team", team=Team.objects.get(code="operations").pk, reason="A disk is gone.")

    assert "With Operations. The clocks go on" in page.text
    assert stored(case) == {"response": "Sat 28 Nov 23:00"}
