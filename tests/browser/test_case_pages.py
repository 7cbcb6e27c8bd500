"""Pages about cases in Chromium: help while typing, mails as they looked, held mail, time, a plan in Swedish (rules S8, S14)."""

from datetime import timedelta

import pytest
import time_machine

from cases.models import Case, CaseTime, Opened
from notices import mailroom
from notices.models import IncomingMail
from tests.browser.cases import WIDTHS, a_letter, a_queue
from tests.cases.help_pages import a_shelf
from tests.cases.opened import a_case
from tests.cast import NOON
from tests.sessions.factories import a_started_session, work

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
STRANGER = b"""From: Nils <nils@newcomer.example>
To: support@provider.example
Subject: Access
Message-ID: <a@newcomer.example>

Who lets us in?
"""
HTML = '<p>See <b>below</b></p><img src="https://spy.example/p.png"><script>alert(1)</script>'


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.mark.parametrize("width", WIDTHS)
def test_s14_articles_appear_while_a_report_is_typed_and_nothing_typed_is_lost(window_of, width):
    acme, _disa, _cases = a_queue()
    a_shelf()
    window = window_of(acme.requester, width=width)
    window.open("/cases/new/")

    window.the("textarea[name=text]").fill("Since this morning.")
    window.the("input[name=subject]").press_sequentially("Mail is not delivered")
    window.page.wait_for_selector(".suggestions a")

    window.look()
    assert "may help at once" in window.text
    assert window.page.input_value("textarea[name=text]") == "Since this morning."


@pytest.mark.parametrize("width", WIDTHS)
def test_s8_what_was_quoted_is_folded_and_html_is_shown_without_what_it_fetches(window_of, width):
    _acme, disa, cases = a_queue()
    letter = a_letter(cases[1], text="See below.\n\n> On Monday Anna wrote\n> the old words", html=HTML)
    window = window_of(disa, width=width)
    window.open(f"/desk/cases/{cases[1].pk}/")
    old = window.page.get_by_text("the old words")
    assert not old.is_visible()
    window.the("details.quoted summary").press("Enter")
    assert old.is_visible()

    asked = []
    window.page.on("request", lambda request: asked.append(request.url))
    shown = window.page.goto(f"{window.url}/cases/{cases[1].pk}/messages/{letter.pk}/html/").text()  # no script runs there, nor axe

    assert "1 image is left out" in shown
    assert "<b>below</b>" in shown
    assert "<script" not in shown
    assert [url for url in asked if "spy.example" in url] == []


@pytest.mark.parametrize("width", WIDTHS)
def test_s8_held_mail_is_turned_into_a_case(window_of, width):
    acme, disa, _cases = a_queue()
    mailroom.receive(raw=STRANGER, source="imap", at=NOON)
    mailroom.handle_due(at=NOON)
    window = window_of(disa, width=width)

    window.open("/desk/day/")
    window.press("a:has-text('1 mail to sort')")
    window.press(f"main a[href$='/{IncomingMail.objects.get().pk}/']")
    window.the("select[name=reporter]").select_option(f"{acme.organisation.pk}:{acme.requester.pk}")
    window.press("form:has(select[name=reporter]) button[type=submit]")

    case = Case.objects.get(opened_via=Opened.EMAIL)
    assert (case.subject, case.reporter) == ("Access", acme.requester)
    assert "Who lets us in?" in window.text


@pytest.mark.parametrize("width", WIDTHS)
def test_s10_time_that_overlaps_is_warned_of_before_it_is_logged(cast, acme, window_of, width):
    case = a_case(acme, at=NOON - timedelta(hours=5))
    work(a_started_session(cast, acme, starts_at=NOON - timedelta(hours=3)), cast.tessa, length=30)
    window = window_of(cast.tessa.person, width=width)
    window.open("/desk/time/")
    for name, typed in (("what", f"#{case.pk}"), ("on", "2026-11-18"), ("begins", "09:10"), ("ends", "09:25"), ("note", "Read the log")):
        window.the(f"main [name={name}]").fill(typed)

    window.press("main form:has([name=what]) button[type=submit]")
    assert "This time overlaps" in window.text
    assert not CaseTime.objects.exists()
    window.the("input[name=both_right]").check()
    window.press("main form:has([name=what]) button[type=submit]")

    assert CaseTime.objects.get().minutes == 15
    assert "overlaps" in window.text


@pytest.mark.parametrize("width", WIDTHS)
def test_p2_a_plan_is_read_in_swedish(window_of, width):
    acme, _disa, _cases = a_queue(language="sv")
    window = window_of(acme.requester, width=width)

    window.open("/plans/")
    window.press("main a[href='/plans/standard/']")

    assert window.page.get_attribute("html", "lang") == "sv"
    for said in ("Det här är garanterat", "2 tim", "måndag–fredag 08:00–17:00", "Så når du oss"):
        assert said in window.text
