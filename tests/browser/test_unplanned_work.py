"""Unplanned work in Chromium, at a desk and on a phone, by keyboard where it is pressed in a hurry (rules R6, R8)."""

import pytest
import time_machine

from credits.audit import audit
from sessions.models import Consent, LateWork, Session, State
from tests.cast import at_stockholm
from tests.sessions.factories import a_lot

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WIDTHS = [390, 1280]


def travel(day, hour, minute=0):
    return time_machine.travel(at_stockholm(2026, 11, day, hour, minute))


@pytest.mark.parametrize("width", WIDTHS)
def test_r8_unplanned_work_is_proposed_agreed_to_paused_and_broken_off(cast, acme, window_of, width):
    a_lot(acme.account, 120)
    with travel(18, 10):
        tessa, anna = window_of(cast.tessa.person, width=width), window_of(acme.approver, width=width)
        propose(tessa, cast, acme)
        session = Session.objects.get()
        anna.open("/")
        anna.open(f"/consents/{Consent.objects.get().pk}/")
        anna.press("button[value=give]")
        assert "30 min is held" in anna.text
        tessa.open("/desk/day/")
        tessa.open(f"/desk/sessions/{session.pk}/")
        by_keyboard(tessa, "form[action$='/start/'] button[type=submit]")
    with travel(18, 10, 10):
        tessa.the("summary:has-text('Pause')").press("Enter")
        tessa.the("form[action$='/pause/'] textarea").fill("Waiting for a restart")
        by_keyboard(tessa, "form[action$='/pause/'] button[type=submit]")
        anna.open(f"/sessions/{session.pk}/")
        assert "Paused since Wed 18 Nov 10:10" in anna.text
        by_keyboard(tessa, "form[action$='/resumption/'] button[type=submit]")
        by_keyboard(tessa, "a[href$='/breaking-off/']")
        tessa.the("#ours_reason").fill("Our VPN broke")
        by_keyboard(tessa, "form:has(#ours_reason) button[type=submit]")
        anna.open(f"/sessions/{session.pk}/")

    assert Session.objects.get().state == State.ABORTED
    assert "Broken off, and the fault is ours" in anna.text
    assert audit().findings == []


@pytest.mark.parametrize("width", WIDTHS)
def test_r6_work_logged_late_is_accepted_where_it_is_asked(cast, acme, window_of, width):
    a_lot(acme.account, 120)
    with travel(18, 10):
        tessa = window_of(cast.tessa.person, width=width)
        propose(tessa, cast, acme, urgent=True)
    with travel(27, 10):
        tessa = window_of(cast.tessa.person, width=width)
        tessa.open(f"/desk/sessions/{Session.objects.get().pk}/")
        for field, value in (("on", "2026-11-18"), ("begins", "10:05"), ("ends", "10:25"), ("note", "Cleaned up")):
            tessa.the(f"#log_{field}").fill(value)
        by_keyboard(tessa, "form[action$='/work/'] button[type=submit]")
        tessa.the("#log_late_reason").fill("I was ill")
        by_keyboard(tessa, "form[action$='/work/'] button[type=submit]")
        anna = window_of(acme.approver, width=width)
        anna.open("/")
        anna.open(f"/late-work/{LateWork.objects.get().pk}/")
        by_keyboard(anna, "button[value=accept]")

    assert LateWork.objects.get().accepted


def propose(tessa, cast, acme, *, urgent=False):
    tessa.open("/desk/sessions/")
    by_keyboard(tessa, "a[href$='/sessions/unplanned/']")
    tessa.the("#id_account").select_option(str(acme.account.pk))
    tessa.the("#id_purpose").select_option(str(cast.purpose.pk))
    tessa.the("#id_title").fill("Disk fills up")
    tessa.the("#id_reason").fill("It is full by tonight")
    if urgent:
        tessa.the("label:has(input[value=at-once])").click()
        tessa.the("#id_urgency").fill("Mail is down")
    by_keyboard(tessa, "main form button[type=submit]")


def by_keyboard(window, selector):
    """Reach it and press Enter, as who has no mouse at hand."""
    with window.page.expect_navigation():
        window.the(selector).press("Enter")
    window.look()
