"""The queue of cases by keys, and a case worked to its approved solution, in Chromium (rules S2, S5, S11)."""

import pytest
import time_machine

from cases.models import Case, Message, Reclassification, State
from tests.browser.cases import WIDTHS, a_queue
from tests.cast import NOON

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


def subject_in_focus(window):
    return window.page.evaluate("document.activeElement.textContent")


def key(window, name):
    """Press a key that leads to another page, and look at it."""
    with window.page.expect_navigation():
        window.page.keyboard.press(name)
    window.look()


@pytest.mark.parametrize("width", WIDTHS)
def test_s2_the_queue_is_walked_opened_and_answered_by_keys(window_of, width):
    _acme, disa, cases = a_queue()
    window = window_of(disa, width=width)
    window.open("/desk/cases/")

    seen = []
    for name in ("j", "j", "j", "j", "k"):
        window.page.keyboard.press(name)
        seen.append(subject_in_focus(window))
    window.page.keyboard.press("?")
    assert window.the("dialog[open]").is_visible()
    window.page.keyboard.press("Escape")
    window.page.wait_for_selector("dialog[open]", state="detached")
    key(window, "o")

    assert seen == ["Nothing is delivered", "Export stops", "Pictures are grey", "Pictures are grey", "Export stops"]
    assert window.page.url.endswith(f"/desk/cases/{cases[2].pk}/")
    window.open("/desk/cases/")
    window.page.keyboard.press("j")
    window.page.keyboard.press("r")
    window.page.wait_for_url(f"**/desk/cases/{cases[1].pk}/#reply")


@pytest.mark.parametrize("width", WIDTHS)
def test_s2_j_and_k_lead_through_the_queue_that_was_chosen(window_of, width):
    _acme, disa, cases = a_queue()
    Case.objects.filter(pk=cases[2].pk).update(owner=disa)
    window = window_of(disa, width=width)
    window.open("/desk/cases/?whose=unassigned")
    window.press("a:has-text('Nothing is delivered')")

    key(window, "j")
    assert "Pictures are grey" in window.page.title()
    assert window.page.locator(".neighbours a[rel=next]").count() == 0
    key(window, "k")
    assert "Nothing is delivered" in window.page.title()
    key(window, "u")

    assert window.page.url.endswith("/desk/cases/?whose=unassigned")


@pytest.mark.parametrize("width", WIDTHS)
def test_s11_a_case_is_answered_and_solved_by_keys_and_approved_on_a_phone(window_of, width):
    acme, disa, cases = a_queue()
    desk, phone = window_of(disa, width=width), window_of(acme.approver)
    desk.open(f"/desk/cases/{cases[1].pk}/")
    desk.page.keyboard.press("r")
    desk.page.keyboard.type("The relay refused us. We have a new password.")
    by_enter(desk, "button[value=answer]")
    by_enter(desk, "a[href$='/proposal/']")
    desk.the("main form textarea[name=text]").fill("Mail flows again.")
    by_enter(desk, "main form:has(textarea[name=text]) button[type=submit]")

    phone.open("/cases/")
    phone.press(f"main a[href='/cases/{cases[1].pk}/'] >> nth=0")
    assert "Mail flows again." in phone.text
    phone.press("a[href$='/approval/']")
    phone.press("main form button[type=submit]")

    assert Case.objects.get(pk=cases[1].pk).state == State.CLOSED
    assert Message.objects.filter(case=cases[1], text__startswith="The relay").exists()


@pytest.mark.parametrize("width", WIDTHS)
def test_s5_a_priority_is_changed_with_its_consequences_told(window_of, width):
    _acme, disa, cases = a_queue()
    window = window_of(disa, width=width)
    window.open(f"/desk/cases/{cases[3].pk}/")
    window.press("a[href$='/priority/']")

    assert "Wed 18 Nov 14:00" in window.text
    window.the("input[name=to][value='1']").check()
    window.the("main form textarea").fill("Orders stand still")
    window.press("main form:has(textarea) button[type=submit]")

    change = Reclassification.objects.get()
    assert (change.old, change.new, change.reason) == (3, 1, "Orders stand still")
    assert "Priority 1" in window.text


def by_enter(window, selector):
    """Reach it, press Enter, and look at what comes."""
    with window.page.expect_navigation():
        window.the(selector).press("Enter")
    window.look()
