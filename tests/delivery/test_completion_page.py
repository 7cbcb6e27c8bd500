"""The pages of what is done: what follows is said first, and only sending does it (rules D5, D7)."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.urls import reverse

from clients.models import AgreedService, Agreement, StaffDuty
from delivery import completion
from delivery.completion import FaultSaid
from delivery.estimates import Step
from delivery.models import Basis, DeliveryTask, Fault, Milestone, TaskState
from tests.cast import NOON, a_colleague
from tests.delivery.scene import a_task, a_working, an_offered, delivery_terms
from tests.delivery.working import WORDS, a_done, credit_of, pays_with_credit, use

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def task(cast, acme):
    delivery_terms()
    steps = [Step("Design", Decimal(10000)), Step("Running", Decimal(14000))]
    return a_working(cast, acme, basis=Basis.FIXED, milestones=steps)


@pytest.fixture
def done(task, cast):
    return a_done(task, cast.max)


def text(response):
    return " ".join(response.content.decode().replace("\N{NO-BREAK SPACE}", " ").split())


def page(name, *args):
    return reverse(name, args=args)


def test_d5_the_account_manager_tells_the_client_and_sees_before_what_will_be_invoiced(task, cast, client_of):
    browser, url = client_of(cast.max), page("desk-delivery-done", task.pk)

    shown = text(browser.get(url))
    sent = browser.post(url, {"words": WORDS})

    assert "to accept it, or to list faults, by Wed 2 Dec 12:00." in shown
    assert "SEK 24,000.00 without VAT is invoiced (SEK 30,000.00 with VAT)" in shown
    assert (sent.status_code, sent.url) == (302, page("desk-delivery-task", task.pk))
    assert task.completions.get().words == WORDS
    assert browser.post(url, {"words": WORDS}).status_code == 302
    assert task.completions.count() == 1


def test_d5_what_was_typed_is_kept_where_it_is_refused(task, cast, client_of):
    browser, url = client_of(cast.max), page("desk-delivery-done", task.pk)
    (fault,) = completion.list_faults(
        a_done(task, cast.max), faults=[FaultSaid("Wrong")], by=task.organisation.memberships.get(role="approver").person, at=NOON
    )

    empty, refused = browser.post(url, {"words": ""}), browser.post(url, {"words": "All of it"})

    assert (empty.status_code, refused.status_code) == (422, 409)
    assert "Faults that the client listed are not mended yet. Nothing has changed." in text(refused)
    assert "All of it" in text(refused)
    assert fault.mended_at is None


def test_d5_only_the_account_manager_has_the_pages_that_tell_and_record(task, done, cast, acme, borealis, client_of):
    milestone = Milestone.objects.first()
    pages = [
        page("desk-delivery-done", task.pk),
        page("desk-delivery-record", task.pk),
        page("desk-delivery-service", task.pk),
        page("desk-delivery-milestone", milestone.pk),
    ]
    stranger = a_colleague("Moa", StaffDuty.ACCOUNT_MANAGER)
    for url in pages:
        for person, status in [(cast.tessa.person, 403), (cast.fia, 403), (cast.ada, 403), (stranger, 404), (acme.approver, 404)]:
            for send in (client_of(person).get, client_of(person).post):
                assert send(url).status_code == status, (url, person)
    done.refresh_from_db()
    milestone.refresh_from_db()
    assert (done.answered_at, milestone.reached_at) == (None, None)


def test_d5_an_approver_accepts_what_is_named_on_the_button(task, done, acme, client_of):
    browser, url = client_of(acme.approver), page("delivery-completion", task.pk)

    shown = browser.get(url)
    sent = browser.post(url, {"shown": shown.context["form"]["shown"].value()})

    assert WORDS in text(shown)
    assert "Accept as done: SEK 24,000.00" in text(shown)
    assert "SEK 24,000.00 without VAT is invoiced (SEK 30,000.00 with VAT)" in text(shown)
    assert page("delivery-completion-faults", task.pk) in text(shown)
    assert (sent.status_code, sent.url) == (302, page("delivery-task", task.pk))
    done.refresh_from_db()
    assert (done.accepted, done.answered_by) == (True, acme.approver)
    assert browser.get(url).status_code == 302
    assert browser.post(url, {"shown": "0.00"}).status_code == 302
    assert task.billables.count() == 1


def test_d5_a_sum_that_changed_meanwhile_is_shown_anew_and_can_be_accepted_then(cast, acme, client_of):
    delivery_terms()
    task = a_working(cast, acme, basis=Basis.CEILING)
    use(task, 1000)
    a_done(task, cast.max)
    browser, url = client_of(acme.approver), page("delivery-completion", task.pk)
    shown = browser.get(url).context["form"]["shown"].value()
    use(task, 1500)

    refused = browser.post(url, {"shown": shown})

    assert refused.status_code == 409
    assert "The new sum is shown" in text(refused) or "the new sum is shown" in text(refused)
    assert "Accept as done: SEK 1,500.00" in text(refused)
    again = refused.context["form"]["shown"].value()
    assert browser.post(url, {"shown": again}).status_code == 302
    assert task.billables.get().net == Decimal(1500)


def test_d5_a_requester_sees_it_and_may_not_answer_and_a_stranger_finds_nothing(task, done, cast, acme, borealis, client_of):
    for name in ("delivery-completion", "delivery-completion-faults"):
        url = page(name, task.pk)
        for person, status in [(acme.requester, 403), (borealis.approver, 404), (cast.max, 404), (cast.ada, 404)]:
            assert client_of(person).get(url).status_code == status
            assert client_of(person).post(url, {"shown": "24000.00", "rows": "1", "text_1": "Wrong"}).status_code == status
    done.refresh_from_db()
    assert done.answered_at is None
    shown = text(client_of(acme.requester).get(page("delivery-task", task.pk)))
    assert "One of your approvers answers." in shown
    assert page("delivery-completion", task.pk) not in shown


def test_d5_faults_are_listed_in_as_many_rows_as_it_takes_without_a_script(task, done, acme, client_of):
    browser, url = client_of(acme.approver), page("delivery-completion-faults", task.pk)
    first = browser.get(url)
    typed = {"rows": "3", "text_1": "One", "held_1": "1 000,50", "text_2": "Two", "text_3": "Three"}

    more = browser.post(url, typed | {"more": "1"})
    sent = browser.post(url, typed | {"rows": "4", "text_4": "Four", "held_4": ""})

    assert [first.context["form"].count, more.context["form"].count] == [3, 4]
    assert more.status_code == 200
    assert "1 000,50" in text(more)
    assert "Three" in text(more)
    assert 'name="text_4"' in text(more)
    assert (sent.status_code, sent.url) == (302, page("delivery-task", task.pk))
    assert [(fault.text, fault.disputed_net) for fault in Fault.objects.order_by("number")] == [
        ("One", Decimal("1000.50")),
        ("Two", Decimal(0)),
        ("Three", Decimal(0)),
        ("Four", Decimal(0)),
    ]
    assert task.billables.get().net == Decimal("22999.50")


@pytest.mark.parametrize(
    ("typed", "answered"),
    [
        ({"rows": "3"}, (422, "Name at least one fault.")),
        ({"rows": "1", "held_1": "5"}, (422, "Say what is wrong.")),
        ({"rows": "1", "text_1": "One", "held_1": "-5"}, (422, "greater than or equal to 0")),
        ({"rows": "1", "text_1": "One", "held_1": "much"}, (422, "Enter a number.")),
        ({"rows": "1", "text_1": "x" * 501}, (422, "at most 500 characters")),
        ({"rows": "1", "text_1": "One", "held_1": "24000.01"}, (409, "At most SEK 24,000.00 can be held back")),
    ],
)
def test_d5_a_list_that_is_none_is_refused_and_kept(task, done, acme, client_of, typed, answered):
    status, said = answered

    response = client_of(acme.approver).post(page("delivery-completion-faults", task.pk), typed)

    assert response.status_code == status
    assert said in text(response)
    assert not Fault.objects.exists()
    assert DeliveryTask.objects.get(pk=task.pk).state == TaskState.DONE


@pytest.mark.parametrize("rows", ["", "0", "-1", "51", "999999999999", "many"])
def test_d5_a_number_of_rows_that_is_none_harms_nothing(task, done, acme, client_of, rows):
    browser, url = client_of(acme.approver), page("delivery-completion-faults", task.pk)

    assert browser.post(url, {"rows": rows, "text_1": "One"}).status_code == 422
    assert browser.post(url, {"rows": rows, "text_1": "One", "more": "1"}).status_code == 200
    assert not Fault.objects.exists()


def test_d5_a_fault_is_mended_on_its_page_by_those_who_work(task, done, cast, acme, client_of):
    (fault,) = completion.list_faults(done, faults=[FaultSaid("Guests")], by=acme.approver, at=NOON)
    url = page("desk-delivery-fault", fault.pk)
    assert client_of(cast.fia).get(url).status_code == 403
    assert client_of(a_colleague("Moa", StaffDuty.ACCOUNT_MANAGER)).get(url).status_code == 404
    browser = client_of(cast.tessa.person)
    assert url in text(browser.get(page("desk-delivery-task", task.pk)))

    shown, empty = browser.get(url), browser.post(url, {"reason": ""})
    sent = browser.post(url, {"reason": "So"})

    assert "Guests" in text(shown)
    assert "time on it is never invoiced" in text(shown)
    assert (empty.status_code, sent.status_code) == (422, 302)
    fault.refresh_from_db()
    assert (fault.mended_how, fault.mended_by) == ("So", cast.tessa.person)
    assert browser.post(url, {"reason": "Again"}).status_code == 302
    assert Fault.objects.get().mended_how == "So"


def test_d5_a_milestone_says_what_it_brings_and_brings_it_once(task, cast, client_of):
    milestone = Milestone.objects.get(title="Design")
    browser, url = client_of(cast.max), page("desk-delivery-milestone", milestone.pk)
    assert url in text(browser.get(page("desk-delivery-task", task.pk)))

    shown, sent, again = browser.get(url), browser.post(url), browser.post(url)

    assert "SEK 10,000.00 without VAT is to be invoiced at once" in text(shown)
    assert (sent.status_code, again.status_code) == (302, 302)
    assert task.billables.get().net == Decimal(10000)
    assert url not in text(browser.get(page("desk-delivery-task", task.pk)))


def test_d5_an_answer_by_phone_is_recorded_with_who_gave_it_and_its_evidence(task, done, cast, acme, client_of):
    browser, url = client_of(cast.max), page("desk-delivery-record", task.pk)
    said = {"rows": "3", "person": acme.approver.pk, "way": "phone", "evidence": "Anna, 10:15", "answer": "accepted"}
    assert list(browser.get(url).context["form"].fields["person"].queryset) == [acme.approver]

    both = browser.post(url, said | {"text_1": "Wrong"})
    none = browser.post(url, said | {"answer": "faults"})
    requester = browser.post(url, said | {"person": acme.requester.pk})
    silent = browser.post(url, said | {"evidence": " "})
    recorded = browser.post(url, said)

    assert [response.status_code for response in (both, none, requester, silent, recorded)] == [422, 422, 422, 422, 302]
    assert "it is not accepted as done" in text(both)
    done.refresh_from_db()
    assert (done.accepted, done.answered_by, done.recorded_by, done.evidence) == (True, acme.approver, cast.max, "Anna, 10:15")


def test_d5_faults_by_mail_are_recorded_too(task, done, cast, acme, client_of):
    said = {"rows": "1", "person": acme.approver.pk, "way": "mail", "evidence": "Her mail", "answer": "faults"}

    sent = client_of(cast.max).post(page("desk-delivery-record", task.pk), said | {"text_1": "Guests", "held_1": "100"})

    assert sent.status_code == 302
    assert (Fault.objects.get().listed_by, Fault.objects.get().disputed_net) == (acme.approver, Decimal(100))


def test_d7_an_accepted_delivery_becomes_an_agreed_service_on_its_page(task, done, cast, acme, client_of):
    browser, url = client_of(cast.max), page("desk-delivery-service", task.pk)
    assert browser.get(url).status_code == 302  # not yet accepted as done
    completion.accept(done, by=acme.approver, at=NOON)
    AgreedService.objects.create(agreement=Agreement.objects.get(organisation=acme.organisation), name="Mail")
    said = {"name": "Mail", "description": "For all.", "deployment": "hosted"}

    shown, taken = browser.get(url), browser.post(url, said)
    sent = browser.post(url, said | {"name": "Sign-on"})

    assert shown.context["form"]["name"].value() == "Single sign-on"
    assert (taken.status_code, sent.status_code) == (409, 302)
    assert "names a service so" in text(taken)
    assert "For all." in text(taken)
    task.refresh_from_db()
    assert task.service == AgreedService.objects.get(name="Sign-on")
    assert browser.get(url).status_code == 302


def test_d5_the_task_shows_what_waits_what_is_wrong_and_what_is_invoiced(task, done, cast, acme, client_of):
    desk, portal = page("desk-delivery-task", task.pk), page("delivery-task", task.pk)
    staff, client = client_of(cast.max), client_of(acme.approver)
    assert page("desk-delivery-record", task.pk) in text(staff.get(desk))
    assert page("delivery-completion", task.pk) in text(client.get(portal))
    assert "An answer is asked for by Wed 2 Dec 12:00." in text(client.get(portal))

    completion.list_faults(done, faults=[FaultSaid("Guests", Decimal(4000))], by=acme.approver, at=NOON)

    for shown in (text(staff.get(desk)), text(client.get(portal))):
        assert "1. Guests" in shown
        assert "SEK 4,000.00 without VAT is held back" in shown
        assert "D1 Single sign-on, the undisputed part".replace("D1", f"D{task.pk}") in shown
        assert "SEK 20,000.00" in shown
        assert "Together, without VAT" in shown


def test_d5_when_the_time_is_over_the_manager_sees_that_it_waits(task, done, cast, client_of):
    completion.lapse_due(done.due_at + timedelta(minutes=1))

    assert "The time is over, and the client has not answered." in text(client_of(cast.max).get(page("desk-delivery-task", task.pk)))


def test_d5_the_pages_speak_swedish(task, done, cast, acme, client_of):
    acme.approver.language = "sv"
    acme.approver.save()

    shown = text(client_of(acme.approver).get(page("delivery-completion", task.pk)))

    assert "24 000,00 kr" in shown


def test_d6_what_credit_pays_is_named_in_hours(cast, acme, client_of):
    delivery_terms()
    credit_of(acme, 2400)
    offered = an_offered(a_task(acme, cast.max), cast.tessa.person, cast.max, basis=Basis.FIXED, credit_price_per_hour=Decimal(1200))
    task, _hold = pays_with_credit(offered, acme)
    DeliveryTask.objects.filter(pk=task.pk).update(state=TaskState.WORKING)
    a_done(task, cast.max)

    shown = text(client_of(acme.approver).get(page("delivery-completion", task.pk)))

    assert "When it is accepted, 20 h of the credit is used." in shown
    assert "Accept as done:" not in shown
