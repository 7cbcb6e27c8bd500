"""Another technician at the desk: what follows is said, who is free comes first (rule R2)."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from clients.models import StaffDuty
from tests.cast import NOON, a_colleague, a_technician
from tests.sessions.booked import TUESDAY, crew_names
from tests.sessions.factories import a_session, a_started_session

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def session(cast, acme):
    return a_session(cast, acme, starts_at=TUESDAY)


def page_of(session):
    return reverse("desk-session-technician", args=[session.pk])


def text(response):
    return " ".join(response.content.decode().split())


def form(cast, **more):
    return {"leaves": cast.tessa.pk, "takes": cast.theo.pk, "reason": "Tessa is ill"} | more


def test_the_sessions_page_leads_to_it(cast, client_of, session):
    page = text(client_of(cast.max).get(reverse("desk-session", args=[session.pk])))

    assert page_of(session) in page


def test_who_is_free_comes_first_and_what_follows_is_said(cast, acme, client_of, session):
    tom = a_technician("Tom")
    a_session(cast, acme, technicians=[tom], starts_at=TUESDAY)

    page = client_of(cast.max).get(page_of(session), {"takes": cast.theo.pk})

    assert "it costs Acme nothing" in text(page)
    assert [(group, [name for _pk, name in people]) for group, people in page.context["form"].fields["takes"].choices[1:]] == [
        ("Free then", ["Theo Testsson"]),
        ("Not free then", ["Tom Testsson"]),
    ]
    assert f'<option value="{cast.theo.pk}" selected>' in text(page)


def test_r2_it_is_handed_over(cast, client_of, session):
    response = client_of(cast.max).post(page_of(session), form(cast))

    assert response.headers["Location"] == reverse("desk-session", args=[session.pk])
    assert crew_names(session) == ["Theo"]


def test_r2_who_hands_over_their_own_is_led_to_the_week(cast, client_of, session):
    response = client_of(cast.tessa.person).post(page_of(session), form(cast))

    assert response.headers["Location"] == reverse("desk-week")


def test_r2_who_is_not_free_is_refused_with_who_is(cast, acme, client_of, session):
    tom = a_technician("Tom")
    a_session(cast, acme, technicians=[tom], starts_at=TUESDAY - timedelta(minutes=30))

    response = client_of(cast.max).post(page_of(session), form(cast, takes=tom.pk))

    assert response.status_code == 409
    assert "Tom Testsson cannot take this over" in text(response)
    assert "Free then: Theo Testsson." in text(response)
    assert "Tessa is ill" in text(response)


@pytest.mark.parametrize("wrong", [{"reason": ""}, {"takes": ""}, {"takes": "999999"}, {"leaves": "x"}])
def test_a_form_that_is_not_well_filled_in_changes_nothing(cast, client_of, session, wrong):
    response = client_of(cast.max).post(page_of(session), form(cast, **wrong))

    assert (response.status_code, crew_names(session)) == (422, ["Tessa"])


def test_where_it_cannot_be_the_page_leads_back(cast, acme, client_of, session):
    running = a_started_session(cast, acme)
    for person, found in ((cast.tessa.person, running), (cast.ada, session)):
        response = client_of(person).get(page_of(found))

        assert response.headers["Location"] == reverse("desk-session", args=[found.pk])


def test_who_may_see_but_not_change_is_refused(cast, client_of, session):
    assert client_of(cast.ada).post(page_of(session), form(cast)).status_code == 403


def test_a_stranger_finds_nothing(cast, acme, client_of, session):
    for person in (cast.theo.person, a_colleague("Mona", StaffDuty.ACCOUNT_MANAGER), acme.approver):
        assert client_of(person).get(page_of(session)).status_code == 404
