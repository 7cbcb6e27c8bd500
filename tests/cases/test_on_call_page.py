"""The pages about who is on call, and the page that a mail leads to (rule S18)."""

from zoneinfo import ZoneInfo

import pytest
import time_machine

from cases import paging
from cases.models import Page
from clients import rotas
from clients.models import OnCallRota, OnCallSwap
from notices.models import Notice
from tests.cases.opened import a_case, a_dispatcher
from tests.cast import NOON
from tests.clients.rotas import a_rota

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def disa(cast):
    return a_dispatcher()


@pytest.fixture
def rota(cast, disa):
    return a_rota(cast.tessa.person, cast.theo.person, lead=disa)


@pytest.fixture
def paged(acme, rota):
    return paging.page(a_case(acme), rota=rota, at=NOON)


def test_s18_everybody_who_works_cases_sees_who_is_on_call(cast, client_of, rota):
    page = client_of(cast.tessa.person).get("/desk/on-call/").content.decode()

    assert "<strong>Tessa Testsson</strong>, until Mon 23 Nov 09:00" in page
    assert page.count("Theo Testsson") > 3
    assert "Arrange" not in page


def test_s18_without_a_rota_the_page_says_so(disa, client_of):
    page = client_of(disa).get("/desk/on-call/").content.decode()

    assert "There is no rota" in page
    assert "/desk/on-call/new/" in page


def test_s18_a_dispatcher_makes_a_rota_and_seats_people(cast, disa, client_of):
    browser = client_of(disa)
    typed = {"code": "storage", "name_en": "Storage", "name_sv": "Lagring", "acknowledge_minutes": 5, "turn_days": 1}
    typed |= {"hands_over_at": "08:00", "time_zone": "Europe/Stockholm", "lead": disa.pk}

    made = browser.post("/desk/on-call/new/", typed)
    again = browser.post("/desk/on-call/new/", typed)
    rota = OnCallRota.objects.get()
    seated = browser.post(f"/desk/on-call/{rota.pk}/members/", {"person_1": cast.theo.person.pk, "email_1": "on"})

    assert (made.status_code, made.url) == (302, f"/desk/on-call/{rota.pk}/")
    assert (again.status_code, seated.status_code) == (409, 302)
    assert (rota.lead, rota.acknowledge_minutes, rota.members.get().person) == (disa, 5, cast.theo.person)


@pytest.mark.parametrize("wrong", [{"time_zone": "Mars/Base"}, {"acknowledge_minutes": 0}, {"turn_days": 0}, {"name_sv": ""}])
def test_s18_what_cannot_be_is_not_saved(disa, rota, client_of, wrong):
    typed = {"name_en": "Other", "name_sv": "Annat", "acknowledge_minutes": 5, "turn_days": 1, "hands_over_at": "08:00"}

    answer = client_of(disa).post(f"/desk/on-call/{rota.pk}/arrangement/", typed | {"time_zone": "UTC", "lead": ""} | wrong)

    rota.refresh_from_db()
    assert (answer.status_code, rota.name_en) == (422, "Network")


def test_s18_who_has_no_number_cannot_be_paged_by_sms_only(cast, disa, rota, client_of):
    answer = client_of(disa).post(f"/desk/on-call/{rota.pk}/members/", {"person_1": cast.theo.person.pk, "sms_1": "on"})

    assert answer.status_code == 422
    assert "No mobile phone is known for Theo Testsson." in answer.content.decode()


def test_s18_the_secret_of_the_webhook_is_shown_once(cast, disa, rota, client_of, internet):
    internet.names["hooks.example"] = ["93.184.216.34"]
    browser = client_of(disa)

    told = browser.post(f"/desk/on-call/{rota.pk}/webhook/", {"url": "https://hooks.example/a"})
    rota.refresh_from_db()
    secret = rotas.secret_of(rota)
    renewed = browser.post(f"/desk/on-call/{rota.pk}/webhook/secret/", {"seen": rotas.mark_of(rota)}).content.decode()
    taken = browser.post(f"/desk/on-call/{rota.pk}/webhook/", {"url": ""})

    assert (secret in told.content.decode(), told["Cache-Control"]) == (True, "no-store")
    assert "whsec_" in renewed
    assert secret not in renewed
    assert "whsec_" not in browser.get(f"/desk/on-call/{rota.pk}/").content.decode()
    assert taken.status_code == 302


def test_s18_a_webhook_inside_is_refused_on_the_form(disa, rota, client_of, internet):
    answer = client_of(disa).post(f"/desk/on-call/{rota.pk}/webhook/", {"url": "https://127.0.0.1/"})

    assert answer.status_code == 409


def test_s18_a_member_hands_over_a_night_from_the_page_and_the_other_is_told(cast, rota, client_of):
    browser = client_of(cast.tessa.person)
    typed = {"person": cast.theo.person.pk, "first_on": "2026-11-18", "first_at": "18:00", "last_on": "2026-11-19", "last_at": "08:00"}

    form = browser.get(f"/desk/on-call/{rota.pk}/change/?first=1795024800&last=1795075200")
    answer = browser.post(f"/desk/on-call/{rota.pk}/change/", typed)
    again = browser.post(f"/desk/on-call/{rota.pk}/change/", typed)

    swap = OnCallSwap.objects.get()
    assert (form.status_code, answer.status_code, again.status_code) == (200, 302, 403)
    assert swap.starts_at.astimezone(ZoneInfo("Europe/Stockholm")).hour == 18
    assert Notice.objects.get().subject == "Theo Testsson is on call in Network from Wed 18 Nov 18:00"
    assert browser.post(f"/desk/on-call/changes/{swap.pk}/taking-back/").status_code == 302
    swap.refresh_from_db()
    assert not swap.live


def test_s18_a_turn_of_somebody_else_is_not_handed_over(cast, rota, client_of):
    typed = {"person": cast.tessa.person.pk, "first_on": "2026-11-18", "first_at": "18:00", "last_on": "2026-11-19", "last_at": "08:00"}

    answer = client_of(cast.theo.person).post(f"/desk/on-call/{rota.pk}/change/", typed)

    assert answer.status_code == 403
    assert not OnCallSwap.objects.exists()


@pytest.mark.parametrize("path", ["", "new/", "{rota}/", "{rota}/change/"])
def test_s18_clients_and_finance_learn_of_no_rota(cast, acme, rota, client_of, path):
    for person in (acme.requester, cast.fia):
        assert client_of(person).get(f"/desk/on-call/{path.format(rota=rota.pk)}").status_code == 404


def test_s18_a_technician_arranges_nothing(cast, rota, client_of):
    browser = client_of(cast.tessa.person)

    found = [browser.get(f"/desk/on-call/{rota.pk}/").status_code]
    found += [browser.post(f"/desk/on-call/{rota.pk}/{act}/").status_code for act in ("arrangement", "members", "webhook")]

    assert found == [404] * 4


def test_s18_whoever_is_paged_finds_it_on_their_day_and_acknowledges_it(cast, paged, client_of):
    browser = client_of(cast.tessa.person)
    listed = browser.get("/desk/day/").content.decode()

    page = browser.get(f"/desk/pages/{paged.pk}/").content.decode()
    taken = browser.post(f"/desk/pages/{paged.pk}/acknowledgement/")

    assert f"/desk/pages/{paged.pk}/acknowledgement/" in listed
    assert "Acknowledge: I take it" in page
    assert (taken.status_code, taken.url) == (302, f"/desk/cases/{paged.case_id}/")
    assert Page.objects.get().acknowledged_by == cast.tessa.person
    assert "/acknowledgement/" not in browser.get("/desk/day/").content.decode()


def test_s18_a_link_in_a_mail_acknowledges_nothing(cast, paged, client_of):
    answer = client_of(cast.tessa.person).get(f"/desk/pages/{paged.pk}/acknowledgement/")

    assert answer.status_code == 405
    assert Page.objects.get().acknowledged_at is None


def test_s18_the_second_learns_that_somebody_was_quicker(cast, paged, client_of):
    paging.acknowledge(page=paged, by=cast.theo.person, at=NOON)

    answer = client_of(cast.tessa.person).post(f"/desk/pages/{paged.pk}/acknowledgement/")

    assert answer.status_code == 409
    assert "Theo Testsson acknowledged this page" in answer.content.decode()


def test_s18_the_strangers_learn_of_no_page(cast, acme, borealis, paged, client_of):
    for person in (acme.approver, borealis.approver, cast.fia, cast.max):
        assert client_of(person).get(f"/desk/pages/{paged.pk}/").status_code == 404
        assert client_of(person).post(f"/desk/pages/{paged.pk}/acknowledgement/").status_code == 404


def test_s18_the_overview_costs_as_many_queries_for_three_rotas_as_for_one(cast, rota, client_of, django_assert_max_num_queries):
    browser = client_of(cast.tessa.person)
    for code in ("storage", "database"):
        a_rota(cast.theo.person, cast.tessa.person, code=code)

    with django_assert_max_num_queries(12):
        assert browser.get("/desk/on-call/").status_code == 200


def test_m4_the_number_is_kept_as_gateways_want_it(cast, client_of):
    browser = client_of(cast.tessa.person)
    typed = {"name": "Tessa", "language": "en", "time_zone": "Europe/Stockholm"}

    kept = browser.post("/me/", typed | {"mobile": "0046 70-123 45 67"})
    refused = browser.post("/me/", typed | {"mobile": "070-123 45 67"})

    cast.tessa.person.refresh_from_db()
    assert (kept.status_code, refused.status_code, cast.tessa.person.mobile) == (302, 422, "+46701234567")
