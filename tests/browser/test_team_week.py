"""The week of the team in Chromium: by drag, by keyboard and on a phone; and hours written, a session handed over (rule R2)."""

import pytest
import time_machine

from sessions.models import Reservation, Session, WeeklyHours
from tests.cast import STOCKHOLM, at_stockholm
from tests.sessions.factories import a_session

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TUESDAY, THURSDAY = at_stockholm(2026, 11, 24, 9), at_stockholm(2026, 11, 26, 9)
WEEK = "/desk/week/?date=2026-11-24"


@pytest.fixture(autouse=True)
def wednesday():
    with time_machine.travel(at_stockholm(2026, 11, 18, 12)):
        yield


def starts_at():
    start = Session.objects.get().starts_at
    assert start is not None
    return start.astimezone(STOCKHOLM)


def drawn(window):
    """The session in the calendar, once it is drawn."""
    window.page.wait_for_selector("#team-calendar .ec-event.booked")
    window.look()
    return window.the("#team-calendar .ec-event.booked")


def drag(window, event, *, right=0.0, down=0.0):
    """Take the event by its middle, and drop it so many pixels further."""
    box, mouse = event.bounding_box(), window.page.mouse
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + right / 2, y + down / 2, steps=5)
    mouse.move(x + right, y + down, steps=5)
    with window.page.expect_navigation():
        mouse.up()
    window.look()


def between(window, first, second):
    """How many pixels lie between two days of the calendar: `tue` and `thu`."""
    left, right = (window.page.locator(f"#team-calendar .ec-body .ec-day.ec-{day}").first.bounding_box() for day in (first, second))
    return right["x"] - left["x"]


def test_r2_a_drag_moves_nothing_and_leads_to_the_page_that_does(cast, acme, window_of):
    a_session(cast, acme, starts_at=TUESDAY)
    tessa = window_of(cast.tessa.person, width=1280)
    tessa.open(WEEK)
    event = drawn(tessa)

    drag(tessa, event, right=between(tessa, "tue", "thu"))

    assert "Open times from Thu 26 Nov" in tessa.text
    assert tessa.the("input[name=starts_at]:checked").input_value() == THURSDAY.isoformat()
    assert starts_at() == TUESDAY
    tessa.the("textarea[name=reason]").fill("A clash")
    tessa.press("form:has(textarea) button[type=submit]")
    assert starts_at() == THURSDAY


def test_r2_a_drag_to_somebody_else_leads_to_the_page_that_hands_over(cast, acme, window_of):
    session = a_session(cast, acme, starts_at=TUESDAY)
    max_ = window_of(cast.max, width=1280)
    max_.open(WEEK)
    event = drawn(max_)

    drag(max_, event, down=event.bounding_box()["height"] + 8)

    assert max_.page.url.endswith(f"/desk/sessions/{session.pk}/technician/?leaves={cast.tessa.pk}&takes={cast.theo.pk}")
    assert max_.the("select[name=takes]").input_value() == str(cast.theo.pk)
    max_.the("textarea[name=reason]").fill("Tessa is ill")
    max_.press("form:has(textarea) button[type=submit]")
    assert Reservation.objects.get(live=True).technician == cast.theo


@pytest.mark.parametrize("width", [390, 1280])
def test_r2_the_table_works_by_keyboard_and_on_a_phone(cast, acme, borealis, window_of, width):
    a_session(cast, acme, starts_at=TUESDAY)
    a_session(cast, borealis, technicians=[cast.theo], starts_at=TUESDAY)
    tessa = window_of(cast.tessa.person, width=width)
    tessa.open(WEEK)

    assert "Busy" in tessa.text
    assert "Borealis" not in tessa.page.content()
    with tessa.page.expect_navigation():
        tessa.the(".team-week a.move").press("Enter")
    tessa.look()
    assert "Move the session" in tessa.text


@pytest.mark.parametrize("width", [390, 1280])
def test_r2_hours_are_written_and_exceptions_made(cast, window_of, width):
    tessa = window_of(cast.tessa.person, width=width)
    tessa.open("/desk/availability/")
    tessa.the("#week_day1").fill("8-12, 11-15")
    tessa.press("form[action$='/week/'] button[type=submit]")
    assert "Tuesday: 08:00–12:00 and 11:00–15:00 overlap." in tessa.text
    tessa.the("#week_day1").fill("8-12, 13-15")
    tessa.press("form[action$='/week/'] button[type=submit]")
    tessa.the("#exception_first_on").fill("2026-12-24")
    tessa.press("form[action$='/exceptions/'] button[type=submit]")
    assert "Thu 24 Dec" in tessa.text
    tessa.press("form[action$='/exceptions/removal/'] button[type=submit]")

    assert "None is ahead" in tessa.text
    assert WeeklyHours.objects.filter(technician=cast.tessa, weekday=1).count() == 2
