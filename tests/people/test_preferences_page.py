"""Everybody chooses their own language and time zone (rule P4)."""

import pytest

pytestmark = pytest.mark.django_db
URL = "/me/"


def test_p4_a_person_changes_language_and_zone(acme, client_of):
    response = client_of(acme.requester).post(URL, {"name": "Rolf", "language": "sv", "time_zone": "Europe/Helsinki"})

    assert response.status_code == 302
    acme.requester.refresh_from_db()
    assert (acme.requester.language, acme.requester.time_zone) == ("sv", "Europe/Helsinki")


def test_p4_the_page_is_in_the_language_chosen(acme, client_of):
    acme.requester.language = "sv"
    acme.requester.save()

    assert '<html lang="sv">' in client_of(acme.requester).get(URL).content.decode()


@pytest.mark.parametrize("wrong", [{"time_zone": "Mars/Olympus"}, {"language": "xx"}, {"name": ""}])
def test_p4_what_does_not_exist_is_refused_and_nothing_changes(acme, client_of, wrong):
    response = client_of(acme.requester).post(URL, {"name": "Rolf", "language": "sv", "time_zone": "Europe/Helsinki"} | wrong)

    assert response.status_code == 422
    acme.requester.refresh_from_db()
    assert acme.requester.language == "en"


def test_nobody_changes_what_is_not_theirs_to_change(acme, client_of):
    fields = {"name": "Rolf", "language": "sv", "time_zone": "UTC", "is_staff": "on", "is_superuser": "on", "email": "x@y.example"}
    client_of(acme.requester).post(URL, fields)

    acme.requester.refresh_from_db()
    assert (acme.requester.is_staff, acme.requester.is_superuser, acme.requester.email) == (False, False, "rolf@acme.example")


def test_a_stranger_who_is_not_signed_in_is_asked_to(client, db):
    assert client.get(URL).url.startswith("/accounts/login/")


def test_signing_out_works_and_ends_on_the_sign_in_page(acme, client_of):
    response = client_of(acme.requester).post("/accounts/logout/", follow=True)

    assert response.redirect_chain[-1][0].startswith("/accounts/login/")
