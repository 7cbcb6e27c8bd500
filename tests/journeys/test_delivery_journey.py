"""The seven steps from a case to a delivery that is done and told, as the people of both sides walk them (rules T1, T2, D1 to D7).

A mail becomes a case; it is judged to be delivery, which the client is told in the case; the case is closed, and a task
opened; its cost is estimated, reviewed by the account manager, and accepted by the client through the link in the mail; it
is worked on, and talked about in its thread; the account manager tells that it is done, the client accepts it, and what
is to be invoiced stands there once.
"""

import re
from decimal import Decimal

import pytest
from django.core import mail
from django.test import Client as Browser

from cases.models import Case, ClosedAs, State
from clients.models import AgreedService, Agreement
from delivery.models import Acceptance, Billable, DeliveryTask, TaskState
from people.models import Language
from tests.cases.opened import a_dispatcher, a_plan, bind
from tests.cast import at_stockholm
from tests.delivery.scene import delivery_terms
from tests.journeys.support_story import SupportStory, at

pytestmark = pytest.mark.django_db
WORDS = {
    "en": {"told": "is delivery work", "done": "Accepted as done", "offer": "SEK 24,000.00"},
    "sv": {"told": "leveransarbete", "done": "Godkänt som klart", "offer": "24 000,00 kr"},
}


class DeliveryStory(SupportStory):
    """The same people, and what they do about deliveries."""

    @property
    def task(self) -> DeliveryTask:
        """The one task, as it is now."""
        return DeliveryTask.objects.select_related("organisation").get()

    def desk(self, person, path, *, to="", having="", button="", **said):
        """One form of the desk's pages of the task, filled in."""
        browser = self.browser(person)
        return browser.send(browser.open(f"/desk/delivery/{path}").form(to=to, having=having, button=button), **said)


@pytest.mark.parametrize("language", ["en", "sv"])
def test_d1_the_seven_steps_from_a_mail_to_a_delivery_that_is_told_to_be_done(cast, acme, language):
    story, disa = DeliveryStory(), a_dispatcher()
    the_scene_is_set(acme, language)

    a_case_comes_by_mail_and_is_judged(story, acme, disa, language)
    its_cost_is_estimated_and_approved(story, cast)
    the_client_accepts_by_the_link_in_the_mail(story, acme, language)
    it_is_worked_on_and_talked_about(story, cast, acme)
    it_is_done_told_and_accepted(story, cast, acme, language)
    what_is_to_be_invoiced_stands_there_once(story)


def the_scene_is_set(acme, language):
    delivery_terms()
    bind(acme, a_plan())
    AgreedService.objects.create(agreement=Agreement.objects.get(organisation=acme.organisation), name="Single sign-on")
    for person in (acme.approver, acme.requester):
        person.language = Language(language)
        person.save()
    acme.organisation.language = Language(language)
    acme.organisation.save()


def a_case_comes_by_mail_and_is_judged(story, acme, disa, language):
    with at(9):
        story.mails("sign-on", acme.requester, "Add our new company to the sign-on")
    with at(10):
        browser = story.browser(disa)
        page = browser.open(f"/desk/delivery/cases/{story.cases['sign-on']}/")
        assert "Single sign-on" in page.text
        (form,) = [form for form in page.forms if form.fields.get("way") == ["delivery"]]
        browser.send(form, ground="configuration")
        story.tick()
    case = story.case("sign-on")
    assert (case.state, case.closed_as) == (State.CLOSED, ClosedAs.DELIVERY)
    assert (story.task.case_id, story.task.state) == (case.pk, TaskState.ESTIMATING)
    told = story.inbox(acme.requester, "sign-on")[-1]
    assert case.messages.order_by("pk").last().text[:40] in told.body
    page = story.browser(acme.requester).open(f"/cases/{case.pk}/")
    assert f"/delivery/{story.task.pk}/" in page.html


def its_cost_is_estimated_and_approved(story, cast):
    with at(11):
        browser = story.browser(cast.tessa.person)
        form = browser.open(f"/desk/delivery/{story.task.pk}/estimates/new/").form(having="basis")
        names = {"kind": "hours", "text": "Add the company", "quantity": "20", "unit_price": "1200"}
        first = {f"line-0-{name}": value for name, value in names.items()}
        page = browser.send(form, basis="ceiling", intro="The company signs on.", **first)
        page = browser.send(page.form(to="/submission/"))
    with at(12):
        estimate = story.task.estimates.get()
        browser = story.browser(cast.max)
        page = browser.open(f"/desk/delivery/estimates/{estimate.pk}/")
        browser.send(page.form(to="/approval/"))
        story.tick()
    assert story.task.state == TaskState.OFFERED


def the_client_accepts_by_the_link_in_the_mail(story, acme, language):
    offered = [message for message in story.sent_to(acme.approver.email) if "/delivery/answer/" in message.body]
    assert len(offered) == 1
    assert WORDS[language]["offer"] in offered[0].body.replace("\u00a0", " ")
    (link,) = re.findall(r"https?://[^/\s]+(/delivery/answer/\S+)", offered[0].body)
    with at(13):
        assert "/login/" in Browser().get(link).headers["Location"]
        browser = story.browser(acme.approver)
        page = browser.open(link)
        assert story.task.state == TaskState.OFFERED
        browser.send(page.form(having="digest"), pays="invoice", order_reference="PO 7")
        story.tick()
    acceptance = Acceptance.objects.get()
    assert (acceptance.person, acceptance.way, acceptance.total) == (acme.approver, "link", Decimal(30000))
    assert acceptance.digest == acceptance.document.digest
    assert acceptance.document.language == language
    assert (story.task.state, story.task.accepted_net) == (TaskState.READY, Decimal(24000))


def it_is_worked_on_and_talked_about(story, cast, acme):
    task = story.task
    with at(8, day=19):
        story.desk(cast.tessa.person, f"{task.pk}/", to="/beginning/")
        story.tick()
    with at(9, day=19):
        browser = story.browser(acme.requester)
        browser.send(browser.open(f"/delivery/{task.pk}/").form(to="/messages/"), text="How far are you?")
        story.tick()
        asked = story.sent_to(cast.tessa.person.email)[-1]
        assert "How far are you?" in asked.body
        story.desk(cast.tessa.person, f"{task.pk}/", to="/messages/", text="Half of it is done.")
        story.tick()
    told = story.sent_to(acme.requester.email)[-1]
    assert "Half of it is done." in told.body
    with at(12, day=19):
        fields = [f"In-Reply-To: {told.extra_headers['Message-ID']}"]
        row = story.comes_in(acme.requester.email, *fields, subject=f"Re: {told.subject}", to=told.extra_headers["Reply-To"], body="Good.")
        assert (row.state, row.route) == ("handled", "task")
        form = story.browser(cast.tessa.person).open("/desk/time/", what=f"D{task.pk}").form(having="note")
        story.browser(cast.tessa.person).send(form, begins="08:00", ends="12:00", on="2026-11-19", note="Added it")
    assert (story.task.state, story.task.used_net) == (TaskState.WORKING, Decimal(4800))
    assert [message.text for message in story.task.messages.order_by("pk")] == ["How far are you?", "Half of it is done.", "Good."]
    assert Case.objects.count() == 1


def it_is_done_told_and_accepted(story, cast, acme, language):
    task = story.task
    with at(13, day=20):
        story.desk(cast.max, f"{task.pk}/done/", having="words", words="Your new company signs on.")
        story.tick()
    assert "Your new company signs on." in story.sent_to(acme.requester.email)[-1].body
    with at(9, day=23):
        browser = story.browser(acme.approver)
        page = browser.send(browser.open(f"/delivery/{task.pk}/completion/").form(having="shown"))
        assert WORDS[language]["done"] in browser.open(f"/delivery/{task.pk}/").text, page.text
        story.desk(cast.max, f"{task.pk}/service/", having="deployment", name="Sign-on of the new company", deployment="hosted")
        story.tick()
    assert (story.task.state, story.task.service.name) == (TaskState.ACCEPTED, "Sign-on of the new company")


def what_is_to_be_invoiced_stands_there_once(story):
    billable = Billable.objects.get()
    assert (billable.net, billable.vat_percent, billable.order_reference) == (Decimal(4800), Decimal(25), "PO 7")
    assert billable.arose_at == at_stockholm(2026, 11, 23, 9)
    kinds = list(story.task.events.order_by("pk").values_list("kind", flat=True))
    steps = ["opened", "estimated", "submitted", "approved", "offered", "accepted", "begun", "done", "completed", "billable"]
    assert [kind for kind in kinds if kind in steps] == steps
    assert not [message for message in mail.outbox if "None" in message.subject]
