"""Pages that only say something: what happened, that nothing was lost, and what to do."""

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.views.defaults import server_error

from core.errors import NotAllowed
from core.middleware import RefusalMiddleware
from tests import cast


@pytest.mark.django_db
def test_an_address_that_leads_nowhere_says_so(client: Client):
    cast.a_provider()

    answer = client.get("/nowhere/")

    assert answer.status_code == 404
    assert "There is nothing at this address" in answer.text
    assert "Nothing was changed" in answer.text


@pytest.mark.django_db
def test_a_refusal_is_a_page_with_its_words_and_the_way_back(rf: RequestFactory):
    request = rf.post("/sessions/4/postponement/", headers={"referer": "http://testserver/sessions/4/"})

    answer = RefusalMiddleware(lambda _request: HttpResponse()).process_exception(request, NotAllowed())

    assert answer is not None
    assert answer.status_code == 403
    assert "You may not do that. Nothing has changed." in answer.content.decode()
    assert 'href="http://testserver/sessions/4/"' in answer.content.decode()


def test_a_failure_needs_nothing_to_be_said(rf: RequestFactory):
    answer = server_error(rf.get("/"))

    assert answer.status_code == 500
    assert b"Something failed on our side" in answer.content


@pytest.mark.django_db
def test_a_form_from_an_old_page_is_refused_with_the_way_on(client: Client):
    cast.a_provider()
    careful = Client(enforce_csrf_checks=True)

    answer = careful.post("/accounts/login/", {"login": "anna@acme.example", "password": "x"})

    assert answer.status_code == 403
    assert "Nothing was changed: go back" in answer.text


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["login", "password/reset", "password/reset/done", "password/reset/key/done", "password/reset/key/1-abc-x", "inactive"]
)
def test_the_pages_of_signing_in_name_the_provider(client: Client, path: str):
    cast.a_provider()

    answer = client.get(f"/accounts/{path}/")

    assert answer.status_code == 200
    assert '<p class="provider">Example Support</p>' in answer.text


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["password/change", "logout", "reauthenticate"])
def test_the_pages_of_ones_account_open(client_of, path: str):
    acme = cast.a_client(cast.a_provider())

    answer = client_of(acme.approver).get(f"/accounts/{path}/")

    assert answer.status_code == 200


@pytest.mark.django_db
def test_a_wrong_password_is_said_on_top_of_the_form(client: Client):
    cast.a_client(cast.a_provider())

    answer = client.post("/accounts/login/", {"login": "anna@acme.example", "password": "wrong"})

    assert "Not done yet, and nothing is lost." in answer.text


@pytest.mark.django_db
def test_nobody_adds_or_swaps_their_own_address(client_of):
    acme = cast.a_client(cast.a_provider())

    assert client_of(acme.approver).get("/accounts/email/").status_code == 404
