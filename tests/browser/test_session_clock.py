"""The page of a session goes on counting while it is open, in words and figures that keep their places (rules C5, C8)."""

import re

import pytest
import time_machine

from sessions import access, extensions, notes
from sessions.models import Session
from tests.cast import NOON
from tests.sessions.factories import a_session, a_started_session, minutes

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WIDTHS = [390, 1280]


def opened(window, path):
    """The page, with the browser's own clock in our hands."""
    window.page.clock.install()
    window.open(path)
    return window


def spoken(window, selector):
    return re.sub(r"\s+", " ", window.the(selector).text_content()).strip()


@pytest.mark.parametrize("width", WIDTHS)
def test_c5_used_time_counts_on_and_warns_at_the_share(cast, acme, window_of, width):
    session = a_started_session(cast, acme)
    with time_machine.travel(NOON + minutes(46), tick=False):
        windows = [
            opened(window_of(acme.requester, width=width), f"/sessions/{session.pk}/"),
            opened(window_of(cast.tessa.person, width=width), f"/desk/sessions/{session.pk}/"),
        ]
    for window in windows:
        assert spoken(window, "[data-used]") == "46 min"
        place = window.the("[data-bar-used]").bounding_box()

        window.page.clock.run_for(60_000)
        assert spoken(window, "[data-used]") == "47 min"
        assert not window.the("[data-warning]").is_visible()
        window.page.clock.run_for(60_000)

        assert window.the("[data-warning]").is_visible()
        assert "At least 80% of what is held is used." in window.text
        assert window.the("[data-bar-used]").bounding_box()["y"] == place["y"]
        window.page.clock.run_for(60 * 60_000)
        assert spoken(window, "[data-used]") == "1 h 48 min"
        window.look()


def test_a_paused_clock_stands_still_and_a_countdown_goes_on_in_swedish(cast, acme, window_of):
    acme.requester.language = "sv"
    acme.requester.save()
    coming = a_session(cast, acme, starts_at=NOON + minutes(24 * 60 + 121))
    running = a_started_session(cast, acme)
    Session.objects.filter(pk=running.pk).update(state="paused")
    with time_machine.travel(NOON, tick=False):
        window = opened(window_of(acme.requester), f"/sessions/{coming.pk}/")
        assert spoken(window, "[data-countdown]") == "1 dag 2 tim"
        window.page.clock.run_for(2 * 60_000)
        assert spoken(window, "[data-countdown]") == "1 dag 1 tim"
        window.page.clock.fast_forward(24 * 60 * 60_000)
        assert spoken(window, "[data-countdown]") == "1 tim 59 min"
        window.page.clock.fast_forward(24 * 60 * 60_000)
        assert spoken(window, "[data-countdown]") == "0 tim"


@pytest.mark.parametrize("width", WIDTHS)
def test_r3_c8_in_is_told_shown_and_more_time_agreed_to_by_one_tap(cast, acme, window_of, width):
    session = a_started_session(cast, acme, credit=200)
    access.write(session=session, text="Ask Bo", by=acme.requester, at=NOON)
    notes.add_note(session=session, text="Bo is at hand", cause="note:1", by=acme.requester, at=NOON)
    with time_machine.travel(NOON + minutes(51), tick=False):
        tessa = window_of(cast.tessa.person, width=width)
        tessa.open(f"/desk/sessions/{session.pk}/")
        tessa.press("form[action$='/instructions/look/'] button")
        assert "Ask Bo" in tessa.text
        extensions.ask(session=session, minutes=120, reason="More", by=cast.tessa.person, at=NOON + minutes(51))
        rolf = window_of(acme.requester, width=width)
        rolf.open(f"/sessions/{session.pk}/")
        assert "Tessa Testsson looked Wed 18 Nov 12:51" in rolf.text
        rolf.press("button[value=give]")

    assert "Agreed. The session goes on until 14:00." in rolf.text
    assert "Ask Bo" not in rolf.text
