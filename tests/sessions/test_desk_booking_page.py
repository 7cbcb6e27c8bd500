"""The account manager books on a client's behalf, within the limits for clients or beyond them with a reason (rules C5, C6, R2)."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse

from clients.models import StaffDuty
from credits.accounts import open_account
from sessions.models import Purpose, Session, State
from sessions.models.sessions import EventKind
from tests.cast import NOON, a_colleague, at_stockholm
from tests.sessions.booked import TUESDAY, book, crew_names, figures, mails
from tests.sessions.factories import a_lot

pytestmark = pytest.mark.django_db
SOON = at_stockholm(2026, 11, 18, 12, 30)
FAR = at_stockholm(2027, 2, 2, 9)


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def max_(cast, client_of):
    """Max's browser."""
    return client_of(cast.max)


@pytest.fixture
def what(cast, acme):
    """What the first step asks for."""
    asked = {"account": acme.account.pk, "purpose": cast.purpose.pk, "title": "Disk is full", "minutes": 60, "technicians": 1}
    return asked | {"technician": cast.tessa.pk}


def page_of(client):
    return reverse("desk-session-new", args=[client.organisation.pk])


def everything(what, starts_at=TUESDAY, **more):
    return {**what, "starts_at": starts_at.isoformat(), "description": "Every night.", "key": str(uuid4())} | more


def text(response):
    return " ".join(response.content.decode().split())


def test_the_clients_page_leads_to_it(cast, acme, max_, client_of):
    address = reverse("desk-client", args=[acme.organisation.pk])

    assert page_of(acme) in text(max_.get(address))
    assert page_of(acme) not in text(client_of(cast.ada).get(address))


def test_r1_what_is_asked_first(acme, max_):
    page = text(max_.get(page_of(acme)))

    for said in ("For Acme, on their behalf. They are told.", "Processes", "Tessa Testsson", "the client pays what is worked"):
        assert said in page


def test_r2_open_times_a_week_at_a_time_those_beyond_the_clients_limits_say_so(acme, max_, what):
    a_lot(acme.account, 480, at=NOON)
    page = text(max_.get(page_of(acme), what))

    assert f'value="{SOON.isoformat()}"' in page
    assert "<small>with a reason</small>" in page
    assert "1 h of the client’s 8 h of credit would be held." in page
    assert "Wed 25 Nov to Tue 1 Dec" in text(max_.get(page_of(acme), {**what, "from": "2026-11-25"}))


def test_c5_what_follows_is_said_before_it_is_done(acme, max_, what):
    a_lot(acme.account, 480, at=NOON)

    page = text(max_.get(page_of(acme), {**what, "starts_at": TUESDAY.isoformat()}))

    assert "<b>1 h of credit is held.</b> Acme would have 7 h left to book." in page
    assert "The client may change it free until Mon 23 Nov 09:00." in page
    assert "Book and hold 1 h 00" in page
    assert "Why at this time" not in page


def test_r2_it_is_booked_and_the_client_is_told(cast, acme, max_, what):
    a_lot(acme.account, 480, at=NOON)

    response = max_.post(page_of(acme), everything(what))

    session = Session.objects.get()
    assert response.headers["Location"] == reverse("desk-session", args=[session.pk])
    assert (session.state, session.requested_by, session.starts_at, session.description) == (
        State.SCHEDULED,
        cast.max,
        TUESDAY,
        "Every night.",
    )
    assert (crew_names(session), figures(acme.account)) == (["Tessa"], (420, 60, 0))
    assert {"anna", "tessa"} <= set(mails("Disk is full"))


def test_c14_the_same_form_twice_books_once(acme, max_, what):
    a_lot(acme.account, 480, at=NOON)
    form = everything(what)

    answers = [max_.post(page_of(acme), form).headers["Location"] for _ in range(2)]

    assert answers[0] == answers[1]
    assert Session.objects.count() == 1


def test_c6_where_credit_is_missing_the_time_is_kept(acme, max_, what):
    page = text(max_.get(page_of(acme), {**what, "starts_at": TUESDAY.isoformat()}))
    max_.post(page_of(acme), everything(what))

    assert "<b>1 h is missing</b>. The time is kept for Acme until Mon 23 Nov 09:00" in page
    assert Session.objects.get().state == State.AWAITING_TOP_UP


@pytest.mark.parametrize("starts_at", [SOON, FAR])
def test_r2_a_time_beyond_the_clients_limits_takes_a_reason_that_is_kept(acme, max_, what, starts_at):
    a_lot(acme.account, 480, at=NOON)
    local = {"on": f"{starts_at:%Y-%m-%d}", "clock": "09:00" if starts_at == FAR else "12:30"}
    page = text(max_.get(page_of(acme), what | local))

    refused = max_.post(page_of(acme), everything(what, starts_at))
    booked = max_.post(page_of(acme), everything(what, starts_at, override_reason="They asked by phone"))

    assert "Why at this time <" not in page
    assert 'name="override_reason"' in page
    assert (refused.status_code, booked.status_code) == (422, 302)
    assert list(refused.context["form"].errors) == ["override_reason"]
    event = Session.objects.get().events.get(kind=EventKind.BOOKED)
    assert (event.session.starts_at, event.reason) == (starts_at, "They asked by phone")


def test_r2_a_reason_that_is_not_needed_is_not_kept(acme, max_, what):
    a_lot(acme.account, 480, at=NOON)
    max_.post(page_of(acme), everything(what, override_reason="Because"))

    assert Session.objects.get().events.get(kind=EventKind.BOOKED).reason == ""


def test_r2_the_past_is_refused_whatever_the_reason(acme, max_, what):
    response = max_.post(page_of(acme), everything(what, NOON - timedelta(hours=1), override_reason="They asked"))

    assert (response.status_code, "That is too soon" in text(response)) == (409, True)


def test_r2_a_time_that_is_taken_meanwhile_leads_to_the_nearest(cast, acme, borealis, max_, what):
    book(cast, borealis, credit=480, technician=cast.tessa)

    response = max_.post(page_of(acme), everything(what))

    assert response.status_code == 409
    assert "Nearest open times" in text(response)
    assert 'name="description" value="Every night."' in text(response)


def test_w5_a_typed_time_that_does_not_exist_is_refused(acme, max_, what):
    response = max_.get(page_of(acme), what | {"on": "2027-03-28", "clock": "02:30"})

    assert response.status_code == 422
    assert "This time does not exist on that day" in text(response)


def test_r1_a_technician_who_does_not_do_it_is_refused(cast, acme, max_, what):
    cast.tessa.purposes.add(Purpose.objects.create(code="disks", name_en="Disks", name_sv="Diskar", position=2))

    assert max_.get(page_of(acme), what).status_code == 422


def test_c16_only_accounts_of_this_client_pay(acme, borealis, max_, what):
    for account in (borealis.account, open_account(organisation=borealis.organisation, name="Other")):
        assert max_.post(page_of(acme), everything(what, account=account.pk)).status_code == 422

    assert not Session.objects.exists()


def test_a_client_without_an_account_can_not_be_booked_for(acme, max_):
    acme.account.delete()

    assert "No account yet" in text(max_.get(page_of(acme)))


def test_nobody_else_finds_it(cast, acme, client_of):
    others = [cast.tessa.person, cast.fia, cast.ada, acme.approver, a_colleague("Mona", StaffDuty.ACCOUNT_MANAGER)]

    assert {client_of(person).get(page_of(acme)).status_code for person in others} == {404}
