"""The delivery board by hand, by keyboard and without scripts, and a task's thread from both sides, in Chromium (rules D2 to D4)."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine

from delivery import worklog
from delivery.estimates import Line
from delivery.models import DeliveryTask, LineKind, TaskMessage, TaskState
from delivery.worklog import Worked
from tests.browser.cases import WIDTHS
from tests.cast import NOON, a_client, a_provider
from tests.delivery.scene import a_task, a_working, an_accepted, an_offered, delivery_terms

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
HOUR = timedelta(hours=1)
TWO_HOURS = Line(LineKind.HOURS, "Work", Decimal(2), Decimal(1200))


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON + 5 * HOUR, tick=False):
        yield


@pytest.fixture
def board():
    """Acme with a task at the client, one that is ready, one in work of which most is used, and the cast."""
    cast = a_provider()
    acme, tessa = a_client(cast), cast.tessa.person
    delivery_terms()
    offered = an_offered(a_task(acme, tessa), tessa, cast.max).task
    ready, working = an_accepted(acme, tessa, cast.max), a_working(cast, acme, TWO_HOURS)
    worked = Worked(tessa, NOON, NOON + 1.75 * HOUR, "Configured the identity provider")
    worklog.log(working, worked, by=tessa, at=NOON + 2 * HOUR)
    return cast, acme, {"offered": offered, "ready": ready, "working": working}


def card(task):
    return f"[data-card]:has(a[href='/desk/delivery/{task.pk}/'])"


def state_of(task):
    return DeliveryTask.objects.get(pk=task.pk).state


def test_d2_a_card_is_dragged_where_it_may_go_and_nowhere_else(window_of, board):
    cast, _acme, tasks = board
    window = window_of(cast.tessa.person, width=1280)
    window.open("/desk/delivery/")

    window.the(card(tasks["offered"])).drag_to(window.the("[data-state=working]"))
    with window.page.expect_navigation():
        window.the(card(tasks["ready"])).drag_to(window.the("[data-state=working]"))
    window.look()

    assert (state_of(tasks["offered"]), state_of(tasks["ready"])) == (TaskState.OFFERED, TaskState.WORKING)
    assert f"Work has begun on D{tasks['ready'].pk}" in window.text
    assert window.the("[data-state=working] .count").inner_text() == "2"


def test_d2_a_card_is_moved_by_keyboard_and_what_cannot_be_is_said(window_of, board):
    cast, _acme, tasks = board
    window = window_of(cast.tessa.person, width=1280)
    window.open("/desk/delivery/")

    window.the(f"{card(tasks['offered'])} a[data-open]").focus()
    window.page.keyboard.press("Shift+ArrowRight")
    said = window.the("[data-board-said]").inner_text()
    window.page.keyboard.press("ArrowRight")
    reached = window.page.evaluate("document.activeElement.getAttribute('href')")
    with window.page.expect_navigation():
        window.page.keyboard.press("Shift+ArrowRight")
    window.look()

    assert said == "This task cannot be moved there."
    assert reached == f"/desk/delivery/{tasks['ready'].pk}/"
    assert state_of(tasks["ready"]) == TaskState.WORKING


@pytest.mark.parametrize("width", WIDTHS)
def test_d2_the_board_works_with_buttons_alone(window_of, board, width):
    cast, _acme, tasks = board
    window = window_of(cast.tessa.person, width=width)
    window.open("/desk/delivery/")

    window.press(f"{card(tasks['ready'])} form button")
    window.press(f"{card(tasks['ready'])} a[data-move=ready]")
    window.page.fill("textarea[name=reason]", "Next month")
    window.press(".consequence form button")

    assert state_of(tasks["ready"]) == TaskState.READY


@pytest.mark.parametrize("width", WIDTHS)
def test_d4_the_client_asks_and_we_answer_in_the_task(window_of, board, width):
    cast, acme, tasks = board
    client, desk = window_of(acme.requester, width=width), window_of(cast.tessa.person, width=width)
    client.open("/delivery/")
    client.press(f"a[href='/delivery/{tasks['working'].pk}/']")
    client.page.fill("textarea[name=text]", "How far is it?")
    client.press("section:has(#write) button[type=submit]")

    desk.open(f"/desk/delivery/{tasks['working'].pk}/")
    assert "How far is it?" in desk.text
    assert "SEK 300.00 is left. If that will not be enough" in desk.text
    desk.page.fill(".say textarea[name=text]", "Nearly there.")
    desk.press(".say button[value=say]")
    client.open(f"/delivery/{tasks['working'].pk}/")

    assert "Nearly there." in client.text
    assert TaskMessage.objects.count() == 2
