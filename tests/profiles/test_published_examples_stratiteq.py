"""SQ's published terms, walked through pages and mails: working hours, calls, work until approval (S2 to S4, S10 to S12, W2)."""

import pytest

from cases.models import Case
from tests.cast import a_technician
from tests.profiles.walking import a_town, case_of, outcome, promised, promises, public, stored, ticks

pytestmark = pytest.mark.django_db

PHONE = "+46 8 000 00 00"


@pytest.fixture
def town(db):
    town = a_town("stratiteq")
    town.agrees("ONGOING-services")
    return town


@pytest.mark.parametrize(
    ("at", "dues"),
    [
        ("2026-11-25 10:00", ["Wed 25 Nov 12:00", "Wed 25 Nov 14:00", "Thu 26 Nov 09:00"]),  # a Wednesday
        ("2026-11-23 15:00", ["Mon 23 Nov 17:00", "Tue 24 Nov 10:00", "Tue 24 Nov 14:00"]),  # the published example
        ("2026-12-23 16:00", ["Thu 24 Dec 09:30", "Thu 24 Dec 11:30", "Mon 28 Dec 09:30"]),  # Christmas Eve is a short day
        ("2026-12-24 13:30", ["Mon 28 Dec 09:30", "Mon 28 Dec 11:30", "Mon 28 Dec 15:30"]),  # right before it closes
        ("2027-03-25 13:00", ["Tue 30 Mar 09:00", "Tue 30 Mar 11:00", "Tue 30 Mar 15:00"]),  # the short day before Easter
    ],
)
def test_s2_every_priority_shows_and_keeps_its_deadline_once_a_call_has_confirmed_it(town, at, dues):
    found = {}
    for number in (1, 2, 3):
        case = case_of(town.reports(at, priority=number))
        if number < 3:
            town.works(case, at, "call", text=f"Rolf asks for priority {number}.")
        found[number] = promises(town.reads(case, at))

    assert found == {number: (shown, {"response": shown}) for number, shown in enumerate(dues, start=1)}


@pytest.mark.parametrize(
    ("language", "table", "hours"),
    [
        (
            "en",
            [
                ["Priority", "When", "Response", "Counted in"],
                ["1 · Business critical", "Your business stands still, wholly or in an essential part.", "2 h", "Working hours"],
                [
                    "2 · Critical",
                    "An important function is down or hardly usable, and work suffers, but goes on.",
                    "4 h",
                    "Working hours",
                ],
                ["3 · Standard", "All other incidents, and whatever has no priority chosen.", "8 h", "Working hours"],
            ],
            "Monday–Friday 08:00–17:00, the day before a holiday 08:30–14:00, closed on holidays (Stockholm time)",
        ),
        (
            "sv",
            [
                ["Prioritet", "När", "Svar", "Räknat i"],
                ["1 · Verksamhetskritisk", "Din verksamhet står still, helt eller i en väsentlig del.", "2 tim", "Arbetstid"],
                [
                    "2 · Kritisk",
                    "En viktig funktion ligger nere eller går knappt att använda; arbetet blir lidande men fortsätter.",
                    "4 tim",
                    "Arbetstid",
                ],
                ["3 · Standard", "Alla andra incidenter, och allt där ingen prioritet har valts.", "8 tim", "Arbetstid"],
            ],
            "08:00–17:00",
        ),
    ],
)
def test_p2_the_plans_page_shows_the_same_table_to_everybody(town, language, table, hours):
    assert promised("ONGOING-services", language) == table
    assert hours in public("/plans/ONGOING-services/", language).text


def test_w3_reported_on_a_monday_at_three_by_mail_it_is_due_on_tuesday_at_two(town):
    town.writes("2026-11-23 15:00", "Nobody can sign in.")

    case = Case.objects.get()
    (receipt,) = town.letters(town.client.requester, "2026-11-23 15:01")

    assert (case.priority, promises(town.reads(case, "2026-11-23 15:01"))) == (3, ("Tue 24 Nov 14:00", {"response": "Tue 24 Nov 14:00"}))
    assert "Tue 24 Nov 14:00" in receipt.text


@pytest.mark.parametrize(
    ("at", "due"),
    [
        ("2026-06-18 16:00", "Mon 22 Jun 09:30"),  # 1 h, Midsummer Eve 5 h 30, Monday 1 h 30
        ("2026-06-19 13:00", "Mon 22 Jun 15:00"),
        ("2026-10-30 08:30", "Mon 2 Nov 10:30"),  # the Friday before All Saints’ Day, a Saturday
        ("2026-11-28 12:00", "Mon 30 Nov 16:00"),  # a Saturday
    ],
)
def test_w2_the_day_before_a_holiday_is_open_from_half_past_eight_to_two(town, at, due):
    assert promises(town.reports(at)) == (due, {"response": due})


@pytest.mark.parametrize(("asked", "due"), [(1, "Tue 24 Nov 09:00"), (2, "Tue 24 Nov 11:00")])
def test_s2_until_the_call_is_logged_it_is_three_and_the_receipt_says_so_with_the_number(town, asked, due):
    page = town.reports("2026-11-23 15:00", priority=asked)
    case = case_of(page)
    (receipt,) = town.letters(town.client.requester, "2026-11-23 15:01")
    before = (case.priority, promises(page))

    town.works(case, "2026-11-23 16:00", "call", text="Rolf confirms it.")

    case.refresh_from_db()
    assert before == (3, ("Tue 24 Nov 14:00", {"response": "Tue 24 Nov 14:00"}))
    assert all(word in text.lower() for text in (page.text, receipt.text) for word in (f"priority {asked}", PHONE, f"#{case.pk}"))
    assert (case.priority, stored(case)) == (asked, {"response": due})


def test_s2_asked_for_by_phone_at_registration_it_stands_at_once(town):
    case = case_of(town.enters("2026-11-23 15:00", priority=1))

    assert (case.priority, promises(town.reads(case, "2026-11-23 15:00"))) == (1, ("Mon 23 Nov 17:00", {"response": "Mon 23 Nov 17:00"}))


def test_s1_a_call_cannot_be_saved_without_name_company_number_and_e_mail(town):
    for name in ("caller_name", "caller_company", "caller_phone", "caller_email"):
        town.enters("2026-11-23 15:00", status=422, **{name: ""})

    assert not Case.objects.exists()


def test_s4_troubleshooting_begun_by_a_named_technician_is_the_response_and_an_answer_is_not(town):
    case = case_of(town.reports("2026-11-23 15:00"))
    town.answers(case, "2026-11-23 16:00")
    town.works(case, "2026-11-23 16:30", "call", text="We talked.")
    answered = outcome(case)
    before = len(town.letters(town.client.requester, "2026-11-24 08:59"))

    town.works(case, "2026-11-24 09:00", "troubleshooting")

    assert (answered, outcome(case)) == (("", ""), ("Tue 24 Nov 09:00", ""))
    (told,) = town.letters(town.client.requester, "2026-11-24 09:01")[before:]
    assert "Disa Testsson" in told.text
    with town.sits(town.disa, "2026-11-24 09:40") as dispatcher:
        form = dispatcher.open("/desk/time/").form(having="what")
    assert (form.fields["what"], form.fields["begins"], form.fields["ends"]) == ([f"#{case.pk} {case.subject}"], ["09:00"], ["09:40"])


def test_s10_more_than_four_hours_of_work_are_phoned_about_and_again_after_each_further_four(town):
    case, theo = case_of(town.reports("2026-11-23 08:00")), a_technician("Theo").person
    found = []
    for begins, ends, by in (
        ("2026-11-23 08:00", "10:00", town.disa),
        ("2026-11-23 09:00", "11:00", theo),  # four hours exactly, over both
        ("2026-11-23 13:00", "13:01", town.disa),
    ):
        town.logs(case, begins, ends, by=by)
        found.append(town.calls_due(f"2026-11-23 {ends}"))
    town.works(case, "2026-11-23 13:10", "call", text="We go on.")
    for begins, ends in (("2026-11-24 08:00", "11:59"), ("2026-11-24 13:00", "13:01")):  # eight exactly, then a minute more
        town.logs(case, begins, ends)
        found.append(town.calls_due(f"2026-11-24 {ends}"))

    assert found == [0, 0, 1, 0, 1]


@pytest.mark.parametrize(("hours", "calls"), [("4", 0), ("4.5", 1)])
def test_s10_the_technicians_own_estimate_counts_as_well(town, hours, calls):
    case = case_of(town.reports("2026-11-23 08:00"))

    town.works(case, "2026-11-23 09:00", "estimate", hours=hours)

    assert town.calls_due("2026-11-23 09:01") == calls


def test_s11_work_goes_on_until_it_is_solved_and_the_client_has_approved(town):
    case = case_of(town.reports("2026-11-23 08:00"))
    town.works(case, "2026-11-23 09:00", "proposal", text="The certificate is renewed.")
    town.asks(case, "2026-11-23 10:00", "refusal", reason="Still the same.")
    refused = Case.objects.get(pk=case.pk).state
    town.works(case, "2026-11-23 11:00", "proposal", text="Now on both servers.")
    for day in range(1, 29):
        ticks(f"2027-01-{day:02} 18:00")
    silent = Case.objects.get(pk=case.pk).state

    town.asks(case, "2027-01-29 09:00", "approval")

    case.refresh_from_db()
    assert (refused, silent, case.state, case.closed_as) == ("open", "proposed", "closed", "solved")
    reminders = [letter for letter in town.letters(town.client.requester, "2027-01-29 09:01") if "Now on both servers." in letter.text]
    assert len(reminders) > 3


def test_s11_the_client_reopens_for_thirty_days(town):
    case = case_of(town.reports("2026-11-23 08:00"))
    town.works(case, "2026-11-23 09:00", "proposal", text="The certificate is renewed.")
    town.asks(case, "2026-11-23 10:00", "approval")

    town.asks(case, "2026-12-23 10:00", "reopening", reason="It is back.")

    assert Case.objects.get(pk=case.pk).state == "open"


def test_s11_a_whole_working_day_without_work_alarms_the_dispatcher_unless_it_waits_for_the_client(town):
    lies, worked, waits = (case_of(town.reports("2026-11-23 08:00", subject=name)) for name in ("Lies", "Worked", "Waits"))
    for case in (lies, worked, waits):
        town.works(case, "2026-11-23 09:00", "troubleshooting")
    town.answers(waits, "2026-11-23 10:00", way="ask", text="Which version?")
    town.logs(worked, "2026-11-24 09:00", "09:30")

    ticks("2026-11-24 16:59")
    early = _alarms(town, "2026-11-24 16:59")
    ticks("2026-11-24 17:00")

    assert (early, _alarms(town, "2026-11-24 17:01")) == ([], ["Lies"])


def _alarms(town, at):
    """Of which cases Disa was told that nobody works on them."""
    letters = [letter for letter in town.letters(town.disa, at) if "without work" in letter.subject]
    return [name for name in ("Lies", "Worked", "Waits") if any(name in letter.subject + letter.text for letter in letters)]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            [
                "4 status meetings a year",
                "What cannot be solved remotely brings a consultant to you, at no extra cost.",
                "A response is troubleshooting that has begun by a named technician. An answer alone does not count.",
                "If a case needs more than 4 h of work, we phone you to agree on how to go on.",
                "A case is solved when you have approved the solution.",
                "Without a chosen priority a case has 3 · Standard.",
                "1 · Business critical stands when you also ask for it by phone.",
                "2 · Critical stands when you also ask for it by phone.",
            ],
        ),
        (
            "sv",
            [
                "Fyra avstämningsmöten om året: servicenivåer, tillgänglighet, ärenden, drift och förbättringar.",
                "Det som inte kan lösas per telefon eller på distans löser en konsult hos dig, som planeras in genast.",
                "En namngiven tekniker har börjat felsöka inom svarstiden; bara ett svar räknas inte.",
                "Behövs mer än fyra timmars arbete ringer vi dig, så att vi kommer överens om hur vi går vidare.",
            ],
        ),
    ],
)
def test_s10_s11_s12_m1_the_plans_page_and_the_clients_own_say_what_is_included(town, language, words):
    page = public("/plans/ONGOING-services/", language).text

    assert [sentence for sentence in words if sentence not in page] == []


def test_s12_m1_the_client_reads_of_visits_and_meetings_among_what_is_theirs(town):
    with town.sits(town.client.requester, "2026-11-23 09:00") as requester:
        page = requester.open("/support/").text

    assert "4 status meetings a year" in page
    assert "What cannot be solved remotely brings a consultant to you, at no extra cost." in page
