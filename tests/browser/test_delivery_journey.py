"""The seven steps from a mail to a delivery that is done and told, in Chromium, on a phone and at a desk (rules T1, T2, D1 to D5).

Every page that anybody comes to is looked at (see `window.py`); acts in a hurry are done by keyboard. The same story, with
what is stored at each step, is told by HTTP in `tests/journeys/test_delivery_journey.py`.
"""

import re

import pytest
import time_machine

from cases.models import ClosedAs, State
from clients.models import AgreedService, Agreement
from delivery.models import Acceptance, AcceptedBy, Billable, DeliveryTask, TaskState
from people.models import Language, Person
from tests.cases.opened import a_dispatcher, a_plan, bind
from tests.cast import at_stockholm
from tests.delivery.scene import delivery_terms
from tests.journeys.support_story import SupportStory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WORDS = {
    "en": {
        "offer": "SEK 24,000.00",
        "binds": "Accept SEK 30,000.00?",
        "ours": "We are at work",
        "asks": "is done. Do you accept it?",
        "end": "It is done, and you have accepted it.",
    },
    "sv": {
        "offer": "24 000,00 kr",
        "binds": "Godkänna 30 000,00 kr?",
        "ours": "Vi arbetar",
        "asks": "är klart. Godkänner du det?",
        "end": "Den är klar, och du har godkänt den.",
    },
}


@pytest.mark.parametrize(("language", "width"), [("en", 1280), ("sv", 390)])
def test_d1_the_seven_steps_are_walked_by_the_people_of_both_sides(cast, acme, window_of, language, width):
    disa, story = the_scene_is_set(acme, language), SupportStory()
    words = WORDS[language]

    def window(person):
        return window_of(person, width=width)

    with travel(9):
        story.mails("sign-on", acme.requester, "Add our new company to the sign-on")
        it_is_judged_to_be_delivery(window(disa), story)
    with travel(10):
        rolf = window(acme.requester)
        the_client_is_told_in_the_case(rolf, story)
        tessa = window(cast.tessa.person)
        the_cost_is_estimated(tessa)
        max_ = window(cast.max)
        the_account_manager_approves(max_)
        story.tick()
    with travel(11):
        anna = window(acme.approver)
        the_approver_accepts_by_the_link(anna, story, words)
    with travel(12):
        tessa.open("/desk/delivery/")
        by_keyboard(tessa, f"form[action='/desk/delivery/{task().pk}/beginning/'] button")
        they_talk_in_the_thread(rolf, tessa, words)
    with travel(15):
        two_hours_are_logged(tessa)
        it_is_told_to_be_done(max_, story)
    with travel(16):
        the_approver_accepts_what_was_done(anna, words)

    told = story.sent_to(acme.requester.email)
    assert any("Your new company signs on." in message.body for message in told)
    assert task().state == TaskState.ACCEPTED
    assert [(str(each.net), each.order_reference) for each in Billable.objects.all()] == [("2400.00", "PO 7")]


def travel(hour):
    return time_machine.travel(at_stockholm(2026, 11, 18, hour))


def task():
    return DeliveryTask.objects.select_related("case").get()


def the_scene_is_set(acme, language):
    delivery_terms()
    bind(acme, a_plan())
    AgreedService.objects.create(agreement=Agreement.objects.get(organisation=acme.organisation), name="Single sign-on")
    disa = a_dispatcher()
    Person.objects.update(language=Language(language))
    acme.organisation.language = Language(language)
    acme.organisation.save()
    return disa


def it_is_judged_to_be_delivery(disa, story):
    case = story.case("sign-on")
    disa.open(f"/desk/cases/{case.pk}/")
    disa.press(f"a[href='/desk/delivery/cases/{case.pk}/']")
    assert "Single sign-on" in disa.text
    disa.the("label:has(input[name=ground][value=configuration])").click()
    disa.press("form:has(input[name=way][value=delivery]) button[type=submit]")
    assert (task().case.closed_as, task().case.state) == (ClosedAs.DELIVERY, State.CLOSED)


def the_client_is_told_in_the_case(rolf, story):
    rolf.open(f"/cases/{story.case('sign-on').pk}/")
    assert rolf.page.locator("textarea").count() == 0
    assert rolf.the(f"a[href='/delivery/{task().pk}/#write']").is_visible()
    rolf.press(f"a[href='/delivery/{task().pk}/']")
    assert "Add our new company to the sign-on" in rolf.text


def the_cost_is_estimated(tessa):
    tessa.open(f"/desk/delivery/{task().pk}/")
    by_keyboard(tessa, "section:has(#cost) a[href$='/estimates/new/']")
    tessa.page.fill("[name=intro]", "The company signs on.")
    tessa.page.fill("[name=line-0-text]", "Add the company")
    tessa.page.fill("[name=line-0-quantity]", "20")
    tessa.page.fill("[name=line-0-unit_price]", "1200")
    tessa.press("main .btn-primary")
    by_keyboard(tessa, "form[action$='/submission/'] button[type=submit]")
    assert task().state == TaskState.REVIEWING


def the_account_manager_approves(max_):
    estimate = task().estimates.get()
    max_.open("/desk/day/")
    max_.press(f"main a[href='/desk/delivery/estimates/{estimate.pk}/']")
    by_keyboard(max_, "form[action$='/approval/'] button[type=submit]")
    assert task().state == TaskState.OFFERED


def the_approver_accepts_by_the_link(anna, story, words):
    (offered,) = [message for message in story.sent_to(anna.person.email) if "/delivery/answer/" in message.body]
    assert words["offer"] in " ".join(offered.body.split())
    (link,) = re.findall(r"https?://[^/\s]+(/delivery/answer/\S+)", offered.body)
    anna.open(link)
    assert words["binds"] in anna.text
    assert task().state == TaskState.OFFERED
    anna.page.fill("[name=order_reference]", "PO 7")
    by_keyboard(anna, "form:has([name=digest]) button[type=submit]")
    acceptance = Acceptance.objects.get()
    assert (acceptance.person, acceptance.way, acceptance.digest) == (anna.person, AcceptedBy.LINK, acceptance.document.digest)
    assert task().state == TaskState.READY


def they_talk_in_the_thread(rolf, tessa, words):
    rolf.open(f"/delivery/{task().pk}/")
    assert words["ours"] in rolf.text
    rolf.page.fill("textarea[name=text]", "How far are you?")
    rolf.press("section:has(#write) button[type=submit]")
    tessa.open(f"/desk/delivery/{task().pk}/")
    assert "How far are you?" in tessa.text
    tessa.page.fill(".say textarea[name=text]", "Half of it is done.")
    by_keyboard(tessa, ".say button[value=say]")
    rolf.open(f"/delivery/{task().pk}/")
    assert "Half of it is done." in rolf.text


def two_hours_are_logged(tessa):
    tessa.press("main a[href^='/desk/time/']")
    for name, value in (("on", "2026-11-18"), ("begins", "12:30"), ("ends", "14:30"), ("note", "Added it")):
        tessa.page.fill(f"main form [name={name}]", value)
    tessa.press("main form:has([name=note]) button[type=submit]")
    assert str(task().used_net) == "2400.00"


def it_is_told_to_be_done(max_, story):
    max_.open(f"/desk/delivery/{task().pk}/")
    max_.press(f".section-head a[href='/desk/delivery/{task().pk}/done/']")
    max_.page.fill("textarea[name=words]", "Your new company signs on.")
    by_keyboard(max_, "main form button[type=submit]")
    story.tick()
    assert task().state == TaskState.DONE


def the_approver_accepts_what_was_done(anna, words):
    anna.open("/")
    assert words["asks"] in anna.text
    anna.press(f"main a[href='/delivery/{task().pk}/completion/']")
    by_keyboard(anna, "form:has([name=shown]) button[type=submit]")
    anna.open(f"/delivery/{task().pk}/")
    assert words["end"] in anna.text


def by_keyboard(window, selector):
    """Reach it and press Enter, as who has no mouse at hand."""
    with window.page.expect_navigation():
        window.the(selector).press("Enter")
    window.look()
