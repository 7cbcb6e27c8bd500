"""The pages of series: begun in three steps, read by the whole client, ended with its consequence said (rules C5, C16, C17, R1, R2, W5)."""

from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from sessions import changes, series, series_due
from sessions.models import PassedOver, Series, Session, TimeBand
from tests.approving import a_member, only
from tests.cast import NOON, at_stockholm
from tests.sessions.booked import book
from tests.sessions.factories import a_lot, a_session
from tests.sessions.recurring import DECEMBER, FIRST, JANUARY, SECOND, a_series

pytestmark = pytest.mark.django_db
NEW = "/series/new/"


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def what(cast, acme):
    """What the first step asks for."""
    facts = {"account": acme.account.pk, "purpose": cast.purpose.pk, "title": "Maintenance", "minutes": 60}
    return facts | {"technicians": 1, "technician": ""}


@pytest.fixture
def when():
    """What the second asks for."""
    days = {"ordinal": 1, "weekday": 1, "every_months": 1, "at_clock": "09:00", "time_zone": "Europe/Stockholm"}
    return days | {"first_on": "2026-11-18", "last_on": ""}


@pytest.fixture
def everything(what, when):
    """All that the last sends."""
    return {**what, **when, "description": "Patches and a look at the logs.", "key": str(uuid4())}


def text(response):
    return " ".join(response.content.decode().split())


def test_the_first_step_asks_what_and_the_second_on_which_days(acme, client_of, what):
    browser = client_of(acme.requester)

    first, second = text(browser.get(NEW)), text(browser.get(NEW, what))

    assert "hold credit for each only when its time comes" in first
    for said in ("Which of the month", ">last<", ">Tuesday<", ">Every second month<", 'value="09:00"', 'value="2026-11-18"', ">Stockholm<"):
        assert said in second
    assert f'type="hidden" name="account" value="{acme.account.pk}"' in second


def test_w5_the_clock_is_that_of_the_person_or_of_the_provider(acme, client_of, what):
    acme.requester.time_zone = "America/New_York"
    acme.requester.save()

    page = text(client_of(acme.requester).get(NEW, what))

    assert '<option value="America/New_York" selected>New York</option><option value="Europe/Stockholm">Stockholm</option>' in page


def test_c5_the_last_step_says_what_each_date_holds_and_when_and_that_nothing_is_held_now(acme, client_of, what, when):
    a_lot(acme.account, 480)

    page = text(client_of(acme.requester).get(NEW, what | when))

    for said in (
        "The next 6 dates",
        "<b>Tue 1 Dec</b> 09:00",
        "It is booked, and its credit held, in a moment. Free to change until Mon 30 Nov 09:00.",
        "<b>Tue 5 Jan 2027</b> 09:00",
        "It is booked, and its credit held, on Sun 6 Dec. Free to change until Mon 4 Jan 2027 09:00.",
        "The first Tuesday of each month, 09:00",
        "<b>The first date is booked at once, and 1 h of credit is held for it.</b>",
        "IT has 8 h left to book today",
        "free until 24 h before it",
    ):
        assert said in page, said
    assert "nobody is free then" not in page


def test_c5_a_series_that_begins_later_says_that_nothing_is_held_now(acme, client_of, what, when):
    page = text(client_of(acme.requester).get(NEW, what | when | {"first_on": "2027-01-01"}))

    assert "<b>Nothing is held now.</b>" in page
    assert "1 h of credit is held for it then" in page


def test_c17_a_date_in_a_band_says_what_it_comes_to(acme, client_of, what, when):
    band = {"code": "eve", "name_en": "Twelfth Night", "name_sv": "Trettondagsafton", "position": 1, "factor_percent": 200}
    TimeBand.objects.create(**band, dates=["2027-01-05"], opens="00:00", closes="00:00")

    page = text(client_of(acme.requester).get(NEW, what | when))

    assert "<strong>2 h of credit</strong> <p>Twelfth Night 200%</p>" in page


def test_r2_a_date_on_which_nobody_is_free_is_said_before(acme, client_of, what, when):
    page = text(client_of(acme.requester).get(NEW, what | when | {"at_clock": "20:00"}))

    assert page.count("As things stand nobody is free then.") == 2


def test_w5_a_time_that_the_clocks_skip_is_said_before(acme, client_of, what, when):
    sunday = {"ordinal": -1, "weekday": 6, "at_clock": "02:30", "first_on": "2027-03-01"}

    page = text(client_of(acme.requester).get(NEW, what | when | sunday))

    assert page.count("The clocks skip the time on that day: it begins right after, at 03:00.") == 1


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"at_clock": "09:10"}, "choose 09:00 or 09:30"),
        ({"at_clock": "25:00"}, "Enter a valid time."),
        ({"time_zone": "Europe/Atlantis"}, "is not a time zone"),
        ({"first_on": "2026-11-03"}, "The first date would have passed already."),
        ({"first_on": "2029-01-01"}, "more than two years ahead"),
        ({"last_on": "2026-11-20"}, "There is no such day before the series ends."),
        ({"ordinal": "5"}, "Select a valid choice."),
        ({"every_months": "5"}, "Select a valid choice."),
    ],
)
def test_r2_days_that_cannot_be_are_asked_again_and_nothing_typed_is_lost(acme, client_of, what, when, typed, said):
    response = client_of(acme.requester).get(NEW, what | when | typed)

    assert response.status_code == 422
    assert said in text(response)
    assert "Show the dates" in text(response)


def test_one_can_turn_back_to_every_step(acme, client_of, what, when):
    browser = client_of(acme.requester)

    assert "Say when" in text(browser.get(NEW, what | when | {"step": "what"}))
    assert 'value="09:30"' in text(browser.get(NEW, what | when | {"step": "when", "at_clock": "09:30"}))


def test_r2_a_series_is_begun_once_however_often_it_is_sent(acme, client_of, everything):
    browser = client_of(acme.requester)

    answers = [browser.post(NEW, everything) for _ in range(2)]

    begun = Series.objects.get()
    assert {answer.headers["Location"] for answer in answers} == {f"/series/{begun.pk}/"}
    assert (begun.title, begun.description, begun.made_by) == ("Maintenance", "Patches and a look at the logs.", acme.requester)
    assert "The series has begun." in text(browser.get(f"/series/{begun.pk}/"))


def test_r2_a_refusal_at_the_last_step_keeps_what_was_typed(cast, acme, client_of, everything):
    for _ in range(series.MOST_RUNNING):
        a_series(cast, acme)

    response = client_of(acme.requester).post(NEW, everything)

    assert response.status_code == 409
    assert "The account has 20 running series." in text(response)
    assert "Patches and a look at the logs." in text(response)


def test_c16_who_may_not_spend_is_offered_no_account(acme, client_of, everything):
    only(acme.account, acme.approver)

    assert "None of your accounts is yours to spend from" in text(client_of(acme.requester).get(NEW))
    assert client_of(acme.requester).post(NEW, everything).status_code == 422
    assert not Series.objects.exists()


def test_r2_the_page_of_a_series_shows_each_date_booked_passed_over_or_ahead(cast, acme, borealis, client_of):
    a_lot(acme.account, 480)
    begun = a_series(cast, acme)
    a_session(cast, borealis, starts_at=SECOND, technicians=[cast.tessa, cast.theo])
    series_due.book_due(at=NOON)

    with time_machine.travel(at_stockholm(2026, 12, 7, 9), tick=False):
        series_due.book_due(at=at_stockholm(2026, 12, 7, 9))
        page = text(client_of(acme.approver).get(f"/series/{begun.pk}/"))

    for said in (
        "The first Tuesday of each month, 09:00 Stockholm time",
        "<b>Tue 1 Dec</b> 09:00–10:00",
        "Nothing was booked",
        "Nobody was free at that time.",
        f"/sessions/new/?account={acme.account.pk}&amp;purpose={cast.purpose.pk}&amp;title=Maintenance&amp;minutes=60",
        "<b>Tue 2 Feb 2027</b> 09:00",
        "It will be booked, and its credit held, on Sun 3 Jan 2027.",
        "Each date is booked 30 days before it",
        "End the series",
    ):
        assert said in page, said


def test_r2_booking_by_hand_begins_filled_in_at_the_week_of_the_date(cast, acme, client_of):
    over = PassedOver.objects.create(series=a_series(cast, acme), on=DECEMBER, at=NOON, reason="taken")
    browser = client_of(acme.requester)
    page = text(browser.get(f"/series/{over.series_id}/"))
    address = page.partition('<a href="/sessions/new/?')[2].partition('"')[0].replace("&amp;", "&")

    assert "Tue 1 Dec to Mon 7 Dec" in text(browser.get(f"/sessions/new/?{address}"))


def test_c16_everybody_of_the_client_reads_it_and_who_may_spend_ends_it(cast, acme, client_of):
    begun = a_series(cast, acme)
    only(acme.account, acme.approver)
    reader = client_of(a_member(acme, "Lars"))

    assert "End the series" not in text(reader.get(f"/series/{begun.pk}/"))
    assert reader.post(f"/series/{begun.pk}/ending/").status_code == 403
    assert client_of(acme.approver).post(f"/series/{begun.pk}/ending/").status_code == 302


def test_r2_ending_says_what_stays_booked_before_it_is_done(cast, acme, client_of):
    a_lot(acme.account, 480)
    begun = a_series(cast, acme)
    series_due.book_due(at=NOON)
    browser = client_of(acme.requester)

    page = text(browser.get(f"/series/{begun.pk}/ending/"))
    answers = [browser.post(f"/series/{begun.pk}/ending/").headers["Location"] for _ in range(2)]
    after = text(browser.get(f"/series/{begun.pk}/"))

    assert "No further date will be booked. It costs nothing, and cannot be undone" in page
    assert "1 session that is booked stays booked" in page
    assert answers == [f"/series/{begun.pk}/"] * 2
    assert "Rolf Testsson ended it Wed 18 Nov: no further date is booked." in after
    assert "This series has ended already." in after
    assert "Not booked yet" not in after


def test_the_list_shows_running_and_ended_series_and_the_way_to_a_new_one(cast, acme, client_of):
    browser = client_of(acme.requester)
    empty = text(browser.get("/series/"))
    a_series(cast, acme, title="Patches")
    series.end(series=a_series(cast, acme, title="Backups", ordinal=-1, weekday=4), by=acme.requester, at=NOON)

    page = text(browser.get("/series/"))

    assert "No series yet" in empty
    for said in ("Patches", "The first Tuesday of each month · 1 h · Acme · IT", "Backups", "The last Friday of each month", "ended Wed"):
        assert said in page, said
    assert 'href="/series/"' in text(browser.get("/sessions/"))


@pytest.mark.parametrize("address", ["/series/", "/series/{}/"])
def test_twelve_dates_and_series_ask_the_database_no_more_often_than_two(cast, acme, client_of, address):
    browser = client_of(acme.requester)
    begun = a_series(cast, acme)

    def queries():
        with CaptureQueriesContext(connection) as asked:
            assert browser.get(address.format(begun.pk)).status_code == 200
        return len(asked)

    with_a_date(cast, acme, begun, 0)
    few = queries()
    for number in range(1, 6):
        with_a_date(cast, acme, begun, number)
        a_series(cast, acme)
    assert queries() == few


def with_a_date(cast, acme, begun, number):
    """One date that is booked, another that was passed over."""
    starts_at = begun.starts_at(DECEMBER.replace(month=12 - number))
    a_session(cast, acme, starts_at=starts_at, series=begun, series_on=starts_at.date())
    PassedOver.objects.create(series=begun, on=JANUARY.replace(day=6 + number), at=NOON, reason="taken")


def test_a_session_of_a_series_says_so_on_both_sides(cast, acme, client_of):
    a_lot(acme.account, 480)
    begun = a_series(cast, acme)
    series_due.book_due(at=NOON)
    session = Session.objects.get()
    moved = changes.postpone(session=session, starts_at=FIRST.replace(day=2), shown_minutes=0, by=acme.requester, at=NOON)

    mine, theirs = (
        text(client_of(person).get(reverse(page, args=[moved.pk])))
        for person, page in ((acme.requester, "session"), (cast.max, "desk-session"))
    )

    for page in (mine, theirs):
        assert "Part of “Maintenance”, the first Tuesday of each month." in page
    assert f'href="/series/{begun.pk}/"' in mine
    assert f'href="/series/{begun.pk}/"' not in theirs
    assert "Part of" not in text(client_of(acme.requester).get(reverse("session", args=[book(cast, acme).pk])))


def test_the_desk_reads_a_clients_running_series(cast, acme, client_of):
    a_series(cast, acme, title="Patches")
    series.end(series=a_series(cast, acme, title="Backups"), by=acme.requester, at=NOON)

    page = text(client_of(cast.max).get(reverse("desk-client", args=[acme.organisation.pk])))

    assert "Patches" in page
    assert "The first Tuesday of each month · 1 h · Rolf Testsson" in page
    assert "Backups" not in page


@pytest.mark.parametrize("page", ["series", "series-end"])
def test_strangers_do_not_find_it(cast, acme, borealis, client_of, page):
    begun = a_series(cast, acme)

    for person in (borealis.approver, cast.tessa.person, cast.max, cast.ada):
        assert client_of(person).get(reverse(page, args=[begun.pk])).status_code == 404
        assert client_of(person).post(reverse(page, args=[begun.pk])).status_code in (404, 405)
    assert "Maintenance" not in text(client_of(borealis.approver).get("/series/"))
