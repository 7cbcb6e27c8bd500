"""CT's published terms, walked through pages and mails: the matrix, reclassification, betas, the first human answer (S2 to S5, S13, W2)."""

import pytest

from cases.models import Case
from tests.profiles.walking import a_town, case_of, load, next_of, outcome, promised, promises, public, stored, ticks

pytestmark = pytest.mark.django_db

NONE = "Our turn: we answer as soon as we can. No time is guaranteed for this case."
DEFINITIONS = {
    "en": [
        ["1 · Business critical", "In production: complete loss of the service or of a major function, and there is no workaround."],
        [
            "2 · Degraded service",
            "The service works intermittently or with reduced quality; a workaround may exist. Not development or staging.",
        ],
        ["3 · General", "Questions about the product, wishes, and everything in development."],
    ],
    "sv": [
        ["1 · Verksamhetskritisk", "I produktion: hela tjänsten eller en viktig funktion ligger nere, och det går inte att komma runt."],
        [
            "2 · Försämrad tjänst",
            "Tjänsten fungerar ibland eller sämre än den ska; det kan gå att komma runt. Inte utveckling eller test.",
        ],
        ["3 · Allmänt", "Frågor om produkten, önskemål, och allt som rör utveckling."],
    ],
}


@pytest.fixture
def town(db):
    return a_town("cloudtalk")


@pytest.mark.parametrize(
    ("code", "at", "dues"),
    [
        # a Wednesday
        ("CT-professional", "2026-11-25 10:30", ["Wed 25 Nov 13:30", "Wed 25 Nov 16:30", "Thu 26 Nov 11:30"]),
        ("CT-advanced", "2026-11-25 10:30", ["Wed 25 Nov 11:30", "Wed 25 Nov 13:30", "Wed 25 Nov 16:30"]),
        # half an hour before Christmas Eve, Christmas, and a weekend
        ("CT-professional", "2026-12-23 16:30", ["Mon 28 Dec 11:30", "Mon 28 Dec 14:30", "Tue 29 Dec 09:30"]),
        ("CT-advanced", "2026-12-23 16:30", ["Wed 23 Dec 17:30", "Mon 28 Dec 11:30", "Mon 28 Dec 14:30"]),
        # an hour before Easter, in which summer time begins; and the night in which it does
        ("CT-professional", "2027-03-25 16:00", ["Tue 30 Mar 11:00", "Tue 30 Mar 14:00", "Tue 30 Mar 17:00"]),
        ("CT-advanced", "2027-03-28 01:30", ["Sun 28 Mar 03:30", "Tue 30 Mar 12:00", "Tue 30 Mar 15:00"]),
    ],
)
def test_s2_every_priority_of_every_plan_shows_and_keeps_its_deadline(town, code, at, dues):
    town.agrees(code)

    found = {number: promises(town.reports(at, priority=number)) for number in (1, 2, 3)}

    assert found == {number: (shown, {"response": shown}) for number, shown in enumerate(dues, start=1)}


@pytest.mark.parametrize("at", ["2026-11-25 10:30", "2026-12-23 16:30"])
def test_s2_basic_promises_no_time_for_any_priority(town, at):
    town.agrees("CT-basic")

    pages = [town.reports(at, priority=number) for number in (1, 2, 3)]

    assert [(next_of(page), stored(case_of(page))) for page in pages] == [(NONE, {})] * 3


@pytest.mark.parametrize(
    ("code", "language", "head", "times"),
    [
        ("CT-basic", "en", ["Priority", "When"], [[], [], []]),
        ("CT-basic", "sv", ["Prioritet", "När"], [[], [], []]),
        (
            "CT-professional",
            "en",
            ["Priority", "When", "Response", "Counted in"],
            [["3 h", "Business hours"], ["6 h", "Business hours"], ["9 h", "Business hours"]],
        ),
        (
            "CT-professional",
            "sv",
            ["Prioritet", "När", "Svar", "Räknat i"],
            [["3 tim", "Kontorstid"], ["6 tim", "Kontorstid"], ["9 tim", "Kontorstid"]],
        ),
        (
            "CT-advanced",
            "en",
            ["Priority", "When", "Response", "Counted in"],
            [["1 h", "Around the clock"], ["3 h", "Business hours"], ["6 h", "Business hours"]],
        ),
        (
            "CT-advanced",
            "sv",
            ["Prioritet", "När", "Svar", "Räknat i"],
            [["1 tim", "Dygnet runt"], ["3 tim", "Kontorstid"], ["6 tim", "Kontorstid"]],
        ),
    ],
)
def test_p2_the_page_of_every_plan_shows_the_same_table_to_everybody(town, code, language, head, times):
    rows = [[*words, *given] for words, given in zip(DEFINITIONS[language], times, strict=True)]

    assert promised(code, language) == [head, *rows]


def test_s3_without_a_chosen_priority_it_is_three_by_mail_and_in_the_portal(town):
    town.agrees("CT-professional")

    page = town.reports("2026-11-23 15:00")
    town.writes("2026-11-23 15:00", "Nobody hears us.")

    assert [(case.priority, stored(case)) for case in Case.objects.order_by("pk")] == [(3, {"response": "Tue 24 Nov 16:00"})] * 2
    assert promises(page)[0] == "Tue 24 Nov 16:00"
    receipts = [letter.text for letter in town.letters(town.client.requester, "2026-11-23 15:01")]
    assert ["You have an answer by Tue 24 Nov 16:00 at the latest." in text for text in receipts] == [True, True]


@pytest.mark.parametrize("environment", ["staging", "development"])
@pytest.mark.parametrize(("asked", "shorter"), [(1, "Mon 23 Nov 16:00"), (2, "Tue 24 Nov 10:00")])
def test_s5_what_is_not_in_production_is_reclassified_and_the_client_told_why(town, environment, asked, shorter):
    town.agrees("CT-advanced")

    page = town.reports("2026-11-23 15:00", priority=asked, environment=environment)
    case = case_of(page)
    before, letters = promises(page), town.letters(town.client.requester, "2026-11-23 15:01")
    objected = town.asks(case, "2026-11-23 15:10", "objection", reason="Our customers test there today.")

    assert (case.priority, before) == (3, ("Tue 24 Nov 13:00", {"response": "Tue 24 Nov 13:00"}))
    why = f"Priority {asked} is for what is in production, and this is not."
    assert [why in letter.text and f"has priority 3 instead of {asked}" in letter.text for letter in letters] == [False, True]
    assert promises(objected) == (shorter, {"response": shorter})


@pytest.mark.parametrize(("verdict", "priority", "due"), [("yes", 3, "Tue 24 Nov 16:00"), ("no", 1, "Tue 24 Nov 10:00")])
def test_s5_somebody_decides_about_the_objection_and_the_client_is_told(town, verdict, priority, due):
    town.agrees("CT-professional")
    case = case_of(town.reports("2026-11-23 15:00", priority=1, environment="staging"))
    town.asks(case, "2026-11-23 15:10", "objection", reason="Our customers test there today.")
    before = len(town.letters(town.client.requester, "2026-11-23 15:20"))

    town.works(case, "2026-11-23 15:30", "objection", verdict=verdict, reason="We have looked at what is hit.")

    case.refresh_from_db()
    assert (case.priority, promises(town.reads(case, "2026-11-23 15:31"))) == (priority, (due, {"response": due}))
    (told,) = town.letters(town.client.requester, "2026-11-23 15:31")[before:]
    assert "We have looked at what is hit." in told.text


def test_s5_the_agent_raises_and_lowers_by_the_effect_on_the_business(town):
    town.agrees("CT-professional")
    raised = case_of(town.reports("2026-11-23 15:00", priority=3))
    lowered = case_of(town.reports("2026-11-23 15:00", priority=1))

    town.works(raised, "2026-11-24 09:00", "priority", to=1, reason="Nobody can be called.")
    town.works(lowered, "2026-11-23 16:00", "priority", to=3, reason="One extension of many.")

    assert stored(raised) == {"response": "Tue 24 Nov 12:00"}  # from when it was raised
    assert stored(lowered) == {"response": "Tue 24 Nov 16:00"}  # from the report
    letters = "\n".join(letter.text for letter in town.letters(town.client.requester, "2026-11-24 09:01"))
    assert "Response: due Tue 24 Nov 12:00; it was Tue 24 Nov 16:00. The reason: Nobody can be called." in letters
    assert "Response: due Tue 24 Nov 16:00; it was Tue 24 Nov 10:00. The reason: One extension of many." in letters


def test_s5_the_client_asks_for_a_higher_priority_and_somebody_decides(town):
    town.agrees("CT-professional")
    case = case_of(town.reports("2026-11-23 15:00", priority=3))

    town.asks(case, "2026-11-23 16:00", "priority", to=2, reason="It spreads.")
    meanwhile = stored(case)
    town.works(case, "2026-11-24 09:00", "wish", verdict="yes", reason="We see it, too.")

    assert (meanwhile, stored(case)) == ({"response": "Tue 24 Nov 16:00"}, {"response": "Tue 24 Nov 15:00"})


@pytest.mark.parametrize("code", ["CT-professional", "CT-advanced"])
def test_s13_previews_and_betas_are_not_covered(town, code):
    town.agrees(code)
    beta, stable = town.covers("Call summaries (beta)", preview=True), town.covers("Calls")

    unbound = [town.reports("2026-11-23 15:00", priority=number, service=beta) for number in (1, 2, 3)]
    bound = town.reports("2026-11-23 15:00", priority=2, service=stable)

    assert [(next_of(page), stored(case_of(page))) for page in unbound] == [(NONE, {})] * 3
    assert promises(bound)[0] == {"CT-professional": "Tue 24 Nov 13:00", "CT-advanced": "Tue 24 Nov 10:00"}[code]
    assert "Developer previews and betas are not covered by the guaranteed times." in public(f"/plans/{code}/", "en").text


@pytest.mark.parametrize("by_phone", [False, True])
def test_s4_a_person_who_answers_or_calls_meets_the_response_and_nothing_else_does(town, by_phone):
    town.agrees("CT-professional")
    case = case_of(town.reports("2026-11-23 15:00", priority=1))
    town.letters(town.client.requester, "2026-11-23 15:05")  # the receipt
    town.answers(case, "2026-11-23 15:30", way="note", text="Looks like the trunk.")
    town.says(case, "2026-11-23 15:40")
    unanswered = outcome(case)

    if by_phone:
        town.works(case, "2026-11-23 16:00", "call", text="We talked about the trunk.")
    else:
        town.answers(case, "2026-11-23 16:00")
    town.says(case, "2026-11-23 16:30")

    assert (unanswered, outcome(case)) == (("", ""), ("Mon 23 Nov 16:00", ""))
    assert case.clocks.count() == 1  # the client's next word starts none


def test_s7_a_time_that_was_not_kept_is_recorded_and_told(town):
    town.agrees("CT-professional")
    case = case_of(town.reports("2026-11-23 15:00", priority=1))

    ticks("2026-11-24 10:00")
    in_time = outcome(case)
    ticks("2026-11-24 10:01")
    page = town.answers(case, "2026-11-24 10:30")

    assert (in_time, outcome(case)) == (("", ""), ("Tue 24 Nov 10:30", "Tue 24 Nov 10:00"))
    assert page.status == 200


def test_s18_what_is_business_critical_pages_whoever_is_on_call_at_night(town):
    town.agrees("CT-advanced")

    town.reports("2026-11-28 23:30", priority=1)
    town.reports("2026-11-28 23:40", priority=2)

    paged = [letter for letter in town.letters(town.jo, "2026-11-28 23:41") if "/desk/pages/" in letter.text]
    assert len(paged) == 1


def test_s18_advanced_is_offered_as_soon_as_somebody_is_on_call(db):
    said = load("cloudtalk")
    before = {code: public(f"/plans/{code}/", "en").status for code in ("CT-basic", "CT-professional", "CT-advanced")}

    assert "waits for people on call" in said
    assert before == {"CT-basic": 200, "CT-professional": 200, "CT-advanced": 404}
    assert load("cloudtalk").count("\n") <= 2  # nothing but that it waits


def test_s18_the_button_that_publishes_it_is_on_the_page_of_plans(town):
    assert "Advanced" in public("/plans/", "en").text
