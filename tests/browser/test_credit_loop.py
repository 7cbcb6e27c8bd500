"""The credit loop in Chromium, on a phone, in both languages: from the top-up to confirmed hours (C2 to C8, C10, R1, R2, R6, R7)."""

import pytest
import time_machine

from credits.audit import audit
from sessions.models import Session, State
from tests.cast import at_stockholm

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WORDS = {
    "en": {"left": "8 h", "free": "is free", "cost": "2 h", "penalty": "−2 h 00", "charged": "0 h 40", "statement": "Late change"},
    "sv": {"left": "8 tim", "free": "kostar inget", "cost": "2 tim", "penalty": "−2 h 00", "charged": "0 h 40", "statement": "Sen ändring"},
}


def travel(day, hour, minute=0):
    return time_machine.travel(at_stockholm(2026, 11, day, hour, minute))


def iso(day, hour):
    return at_stockholm(2026, 11, day, hour).isoformat()


@pytest.mark.parametrize("language", ["en", "sv"])
def test_c15_the_credit_loop_on_a_phone(cast, acme, window_of, language):
    everybody = (acme.approver, acme.requester, cast.fia, cast.max, cast.tessa.person, cast.theo.person)
    for person in everybody:
        person.language = language
        person.save()
    words = WORDS[language]

    with travel(18, 10):
        anna, fia = window_of(acme.approver), window_of(cast.fia)
        top_up(anna, fia, acme)
        anna.open("/")
        assert words["left"] in anna.text
        rolf = window_of(acme.requester)
        book(rolf, acme, cast)
    with travel(18, 11):
        postpone(rolf, to=iso(23, 10), saying=words["free"])
    with travel(22, 14):
        postpone(rolf, to=iso(24, 10), saying=words["cost"])
    session = Session.objects.get()
    with travel(24, 10):
        tessa, theo = window_of(cast.tessa.person), window_of(cast.theo.person)
        tessa.open("/desk/")
        tessa.open(f"/desk/sessions/{session.pk}/")
        tessa.press("form[action$='/start/'] button[type=submit]")
    with travel(24, 10, 50):
        log(tessa, session, cast.tessa, "10:00", "10:13")
        log(tessa, session, cast.tessa, "10:15", "10:28")
        log(theo, session, cast.theo, "10:00", "10:13")
        tessa.open(f"/desk/sessions/{session.pk}/")
        tessa.the("form[action$='/submission/'] textarea").fill("Relay rebuilt, test mails went through.")
        tessa.press("form[action$='/submission/'] button[type=submit]")
    with travel(25, 9):
        anna.open("/")
        anna.open(f"/sessions/{session.pk}/hours/")
        assert words["charged"] in anna.text
        anna.press("form[action$='/confirmation/'] button[type=submit]")
        anna.open(f"/credit/{acme.account.pk}/statement/?first=2026-11-01&last=2026-11-30")
        for word in (words["penalty"], words["statement"], "−0 h 40", "5 h 20"):
            assert word in anna.text

    session.refresh_from_db()
    acme.account.refresh_from_db()
    assert (session.state, acme.account.available_minutes) == (State.CONFIRMED, 480 - 120 - 40)
    assert audit().findings == []


@pytest.mark.parametrize("width", [390, 1280])
def test_every_page_of_the_desk_and_the_portal_fits_and_is_accessible(cast, acme, window_of, width):
    with travel(18, 10):
        manager, finance, admin = (window_of(person, width=width) for person in (cast.max, cast.fia, cast.ada))
        for window, pages in (
            (manager, ["day", "sessions", "clients", f"clients/{acme.organisation.pk}", "disputes"]),
            (finance, ["clients", "top-ups"]),
            (admin, ["mail", "sessions", "clients"]),
        ):
            for page in pages:
                window.open(f"/desk/{page}/")
        client = window_of(acme.approver, width=width)
        credit = f"/credit/{acme.account.pk}"
        for page in ("/", "/sessions/", "/sessions/new/", f"{credit}/statement/", f"{credit}/top-ups/", "/me/"):
            client.open(page)


def top_up(anna, fia, acme):
    anna.open(f"/credit/{acme.account.pk}/top-ups/new/")
    anna.press("form:has(input[name=quantity]) button[type=submit]:not([name])")
    fia.open("/desk/top-ups/")
    fia.open(f"/desk/top-ups/{acme.account.top_ups.get().pk}/payment/")
    fia.the("input[name=paid_on]").fill("2026-11-18")
    fia.the("input[name=amount]").fill("12000")
    fia.the("input[name=payment_reference]").fill("BG 4711")
    fia.press("form:has(input[name=amount]) button[type=submit]")


def book(rolf, acme, cast):
    rolf.open("/sessions/new/")
    rolf.the("select[name=purpose]").select_option(str(cast.purpose.pk))
    rolf.the("input[name=title]").fill("Mail relay after the move")
    rolf.the("select[name=minutes]").select_option("60")
    rolf.page.locator("input[name=technicians][value='2']").check()
    rolf.press("main form button[type=submit]")
    rolf.choose_time(iso(20, 10))
    rolf.press("main form:has(input[name=starts_at]) button[type=submit]")
    rolf.page.locator("input[name=access_arranged]").check()
    rolf.press("main form[method=post] button[type=submit]:not([name])")


def postpone(rolf, *, to, saying):
    session = Session.objects.get()
    rolf.open(f"/sessions/{session.pk}/")
    rolf.open(f"/sessions/{session.pk}/postponement/")
    rolf.choose_time(to)
    rolf.press("main form:has(input[name=starts_at]) button[type=submit]")
    assert saying in rolf.text
    rolf.press("main form[method=post] button[type=submit]")


def log(window, session, technician, begins, ends):
    window.open(f"/desk/sessions/{session.pk}/")
    form = "form[action$='/work/']"
    who = window.page.locator(f"{form} select[name=technician]")
    if who.count():
        who.select_option(str(technician.person.pk))
    window.the(f"{form} input[name=on]").fill("2026-11-24")
    window.the(f"{form} input[name=begins]").fill(begins)
    window.the(f"{form} input[name=ends]").fill(ends)
    window.the(f"{form} textarea[name=note]").fill("Relay rebuilt")
    window.press(f"{form} button[type=submit]")
