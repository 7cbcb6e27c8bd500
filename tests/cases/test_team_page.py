"""Handing a case to an inner team from its page (rule S17)."""

import pytest

from cases.models import Case, Team
from tests.cases.opened import a_case

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(acme):
    return a_case(acme)


@pytest.fixture
def developers(db):
    return Team.objects.create(code="development", name_en="Development", name_sv="Utveckling")


def test_s17_a_technician_hands_it_over_and_takes_it_back(cast, case, developers, client_of):
    browser = client_of(cast.tessa.person)

    form = browser.get(f"/desk/cases/{case.pk}/team/")
    handed = browser.post(f"/desk/cases/{case.pk}/team/", {"team": developers.pk, "reason": "A fault in our code"})
    again = browser.post(f"/desk/cases/{case.pk}/team/", {"team": developers.pk, "reason": "A fault in our code"})
    with_them = Case.objects.get().team
    back = browser.get(f"/desk/cases/{case.pk}/team/taking-back/")
    taken = browser.post(f"/desk/cases/{case.pk}/team/taking-back/", {"reason": "Mended"})

    assert [answer.status_code for answer in (form, handed, again, back, taken)] == [200, 302, 409, 200, 302]
    assert (with_them, Case.objects.get().team) == (developers, None)


def test_s17_without_a_reason_or_a_team_nothing_happens(cast, case, developers, client_of):
    browser = client_of(cast.tessa.person)

    answers = [browser.post(f"/desk/cases/{case.pk}/team/", typed).status_code for typed in ({"team": developers.pk}, {"reason": "x"})]

    assert answers == [422, 422]
    assert Case.objects.get().team is None


def test_s17_where_there_is_no_team_the_page_says_who_adds_one(cast, case, client_of):
    page = client_of(cast.tessa.person).get(f"/desk/cases/{case.pk}/team/").content.decode()

    assert "There is no inner team" in page


def test_s17_an_administrator_reads_but_does_not_hand_over(cast, case, developers, client_of):
    answer = client_of(cast.ada).post(f"/desk/cases/{case.pk}/team/", {"team": developers.pk, "reason": "Why"})

    assert answer.status_code == 403


def test_s17_clients_learn_of_no_team(cast, acme, borealis, case, client_of):
    for person in (acme.approver, borealis.approver, cast.fia):
        assert client_of(person).get(f"/desk/cases/{case.pk}/team/").status_code == 404
