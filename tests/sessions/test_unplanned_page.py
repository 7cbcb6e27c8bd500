"""Unplanned work at the desk: proposing it, beginning it, withdrawing it, and where it stands in lists (rules R8, C6)."""

import pytest
import time_machine
from django.urls import reverse

from clients.models import StaffDuty
from sessions import consents
from sessions.models import Consent, Session, SessionKind, State
from sessions.models.sessions import EventKind
from tests.cast import NOON, a_colleague, a_person
from tests.sessions.factories import a_session, account_of, minutes
from tests.sessions.proposing import agreed, begun, proposed, question, urgent

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def ten_past():
    with time_machine.travel(NOON + minutes(10), tick=False):
        yield


def text(response):
    return " ".join(response.content.decode().split())


def propose(browser, cast, acme, **said):
    typed = {
        "account": acme.account.pk,
        "purpose": cast.purpose.pk,
        "worker": cast.tessa.pk,
        "title": "Disk fills up",
        "reason": "It is full by tonight",
        "minutes": "30",
        "when": "asked",
        "urgency": "",
        "key": "k",
    }
    return browser.post(reverse("desk-unplanned"), typed | said)


def page_of(session, browser):
    return text(browser.get(reverse("desk-session", args=[session.pk])))


def test_r8_a_technician_proposes_and_the_session_says_whom_it_waits_for(cast, acme, client_of):
    browser = client_of(cast.tessa.person)

    form, listed = text(browser.get(reverse("desk-unplanned"))), text(browser.get(reverse("desk-sessions")))
    response = propose(browser, cast, acme)

    session = Session.objects.get()
    assert "Acme · IT" in form
    assert reverse("desk-unplanned") in listed
    assert (response.status_code, session.kind, session.state, session.worker) == (302, SessionKind.UNPLANNED, State.REQUESTED, cast.tessa)
    assert "Waits for the client" in page_of(session, browser)
    assert "Start the session" not in page_of(session, browser)


def test_r8_a_double_click_proposes_once(cast, acme, client_of):
    browser = client_of(cast.tessa.person)

    first, second = propose(browser, cast, acme), propose(browser, cast, acme)

    assert (first.url, Session.objects.count(), Consent.objects.count()) == (second.url, 1, 1)


def test_r8_urgent_work_begins_at_once_and_says_why(cast, acme, client_of):
    browser = client_of(cast.tessa.person)

    refused = propose(browser, cast, acme, when="at-once")
    response = propose(browser, cast, acme, when="at-once", urgency="Mail is down")

    session = Session.objects.get()
    assert (refused.status_code, response.status_code) == (422, 302)
    assert "Please say why it cannot wait." in text(refused)
    assert (session.kind, session.state) == (SessionKind.URGENT, State.IN_PROGRESS)
    assert session.events.get(kind=EventKind.STARTED).reason == "Mail is down"
    assert "Mail is down" in page_of(session, browser)


def test_r8_where_urgent_work_is_not_offered_it_cannot_be_chosen(cast, acme, client_of):
    type(cast.session_terms).objects.update(urgent_cap_minutes=0)
    browser = client_of(cast.tessa.person)

    response = propose(browser, cast, acme, when="at-once", urgency="Mail is down")

    assert "At once" not in text(browser.get(reverse("desk-unplanned")))
    assert (response.status_code, Session.objects.count()) == (422, 0)


def test_r8_a_refusal_keeps_what_was_typed(cast, acme, client_of):
    cast.tessa.purposes.create(code="mail", name_en="Mail", name_sv="Post", position=3)

    response = propose(client_of(cast.tessa.person), cast, acme, title="Typed with care")

    assert response.status_code == 409
    assert "does not do this kind of work" in text(response)
    assert "Typed with care" in text(response)


def test_r8_an_account_manager_proposes_for_clients_of_their_own_and_names_who_does_it(cast, acme, borealis, client_of):
    mia = a_colleague("Mia", StaffDuty.ACCOUNT_MANAGER)
    type(borealis.organisation).objects.filter(pk=borealis.organisation.pk).update(account_manager=mia)
    browser = client_of(mia)

    form = text(browser.get(reverse("desk-unplanned")))
    refused = propose(browser, cast, acme)
    response = propose(browser, cast, borealis, worker=cast.theo.pk)

    assert "Acme" not in form
    assert (refused.status_code, response.status_code, Session.objects.get().worker) == (422, 302, cast.theo)


def test_r8_who_does_no_such_work_does_not_find_the_page(cast, acme, client_of):
    people = [cast.fia, cast.ada, acme.approver, a_person("Nobody")]

    assert [client_of(person).get(reverse("desk-unplanned")).status_code for person in people] == [404] * 4


def test_r8_agreed_work_is_started_from_its_page_and_stands_in_the_day(cast, acme, client_of):
    session, browser = agreed(cast, acme, credit=60), client_of(cast.tessa.person)

    day = text(browser.get(reverse("desk-day")))
    response = browser.post(reverse("desk-session-start", args=[session.pk]))
    running = text(browser.get(reverse("desk-day")))

    assert "The client has agreed. It can be started." in day
    assert (response.status_code, Session.objects.get().state) == (302, State.IN_PROGRESS)
    assert "So far 0 h of 30 min" in running


def test_c6_without_credit_it_is_not_started_and_the_account_manager_can_allow_it(cast, acme, client_of):
    session = agreed(cast, acme, credit=20)
    tessa, max_ = client_of(cast.tessa.person), client_of(cast.max)
    allow = reverse("desk-session-allow", args=[session.pk])

    refused = tessa.post(reverse("desk-session-start", args=[session.pk]))
    page = text(max_.get(allow))
    allowed = max_.post(allow, {"reason": "Mail is down"})

    assert refused.status_code == 409
    assert "still awaits a top-up" in text(refused)
    assert "10 min of credit is missing" in page
    assert allowed.status_code == 302
    assert tessa.post(reverse("desk-session-start", args=[session.pk])).status_code == 302
    assert account_of(session).held_minutes == 20


def test_r8_it_is_withdrawn_with_a_reason_before_it_begins(cast, acme, client_of):
    session, browser = proposed(cast, acme), client_of(cast.tessa.person)
    url = reverse("desk-session-call-off", args=[session.pk])

    page, response = browser.get(url), browser.post(url, {"reason": "Not needed"})

    assert "Withdraw" in page_of(proposed(cast, acme), browser)
    assert (page.status_code, response.status_code) == (200, 302)
    assert Session.objects.get(pk=session.pk).state == State.CANCELLED


def test_r8_after_a_no_the_desk_says_to_stop(cast, acme, client_of):
    session = urgent(cast, acme, credit=60)
    consents.refuse_consent(consent=question(session), by=acme.approver, at=NOON + minutes(5))

    assert "The client has said no. Stop the work" in page_of(session, client_of(cast.tessa.person))


def test_r8_lists_show_it_where_it_was_begun_and_who_does_it(cast, acme, client_of):
    a_session(cast, acme, title="Tomorrow", starts_at=NOON + minutes(24 * 60))
    a_session(cast, acme, title="Yesterday", starts_at=NOON - minutes(24 * 60))
    begun(cast, acme, credit=60)
    browser = client_of(cast.max)

    found = browser.get(reverse("desk-sessions"), {"first": "2026-11-18", "last": "2026-11-18"})
    listed = browser.get(reverse("desk-sessions"))

    assert [(session.title, crew) for session, crew in found.context["rows"]] == [("Disk fills up", ["Tessa Testsson"])]
    assert [session.title for session, _crew in listed.context["rows"]] == ["Tomorrow", "Disk fills up", "Yesterday"]
    assert "Unplanned work" in text(listed)


def test_r8_another_technician_does_not_see_it_and_a_dispatcher_does(cast, acme, client_of):
    session = begun(cast, acme, credit=60)
    url, disa = reverse("desk-session", args=[session.pk]), a_colleague("Disa", StaffDuty.DISPATCHER)

    answers = [client_of(person).get(url).status_code for person in (cast.tessa.person, disa, cast.max, cast.theo.person, acme.approver)]

    assert answers == [200, 200, 200, 404, 404]
    assert "Disk fills up" in text(client_of(disa).get(reverse("desk-day")))
    assert "Disk fills up" not in text(client_of(cast.theo.person).get(reverse("desk-day")))


def test_r8_the_account_managers_page_of_the_client_shows_it(cast, acme, client_of):
    proposed(cast, acme)

    page = text(client_of(cast.max).get(reverse("desk-client", args=[acme.organisation.pk])))

    assert "Disk fills up" in page
    assert "Unplanned work" in page
