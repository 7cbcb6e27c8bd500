"""Everybody finds the way by the words at the top of the page."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory

from clients.models import StaffDuty
from dashboard import navigation
from people.models import Person
from tests import cast

pytestmark = pytest.mark.django_db


def the_top(person: Person | AnonymousUser, path: str = "/") -> dict[str, Any]:
    request = RequestFactory().get(path)
    request.user = person
    return navigation.navigation(request)


def words(person: Person) -> list[str]:
    return [item.label for item in the_top(person)["nav_items"]]


def test_an_approver_has_five_words_at_most():
    acme = cast.a_client(cast.a_provider())

    assert set(words(acme.approver)) <= {"Home", "Cases", "Book", "Statement", "Top-up"}
    assert len(navigation.APPROVER_PORTAL) == 5


def test_a_requester_cannot_top_up():
    acme = cast.a_client(cast.a_provider())

    assert "Top-up" not in words(acme.requester)


@pytest.mark.parametrize(
    ("duty", "asked_for"),
    [
        (StaffDuty.TECHNICIAN, ["Today", "Cases", "Week", "Sessions", "Time", "Availability"]),
        (StaffDuty.ACCOUNT_MANAGER, ["Today", "Cases", "Week", "Sessions", "Clients", "Disputes"]),
        (StaffDuty.FINANCE, ["Clients", "Top-ups"]),
        (StaffDuty.ADMINISTRATOR, ["Today", "Cases", "Week", "Sessions", "Clients", "Availability", "Disputes", "Top-ups", "Mail"]),
    ],
)
def test_staff_have_what_their_duties_ask_for(duty, asked_for):
    assert [str(label) for _name, label, duties in navigation.DESK if duty in duties] == asked_for


def test_several_duties_add_up():
    person = cast.a_colleague("Mia", StaffDuty.FINANCE, StaffDuty.TECHNICIAN)

    assert the_top(person)["nav_person"].place == "Technician, Finance"


def test_a_client_is_shown_with_the_organisation():
    acme = cast.a_client(cast.a_provider())

    assert the_top(acme.approver)["nav_person"].place == "Acme"


def test_only_who_may_open_the_administration_finds_it():
    provider = cast.a_provider()

    everybodys = ["Help articles", "About you", "Your calendar", "Change password"]
    of_administrators = ["Support plans", "On call", "Working time", *everybodys, "Administration"]
    assert [item.label for item in the_top(provider.ada)["nav_links"]] == of_administrators
    assert [item.label for item in the_top(provider.fia)["nav_links"]] == everybodys


def test_the_word_of_the_innermost_page_is_the_current_one():
    words = [("home", "Home"), ("session-new", "Book"), ("sessions", "Sessions")]

    current = {
        path: [item.label for item in navigation._items(words, path) if item.current] for path in ("/", "/sessions/4/", "/sessions/new/")
    }

    assert current == {"/": ["Home"], "/sessions/4/": ["Sessions"], "/sessions/new/": ["Book"]}


def test_who_is_not_signed_in_sees_the_provider_and_no_words():
    cast.a_provider()

    top = the_top(AnonymousUser())

    assert str(top["provider"]) == "Example Support"
    assert "nav_items" not in top


def test_before_a_profile_is_loaded_there_is_no_provider():
    assert not the_top(AnonymousUser())["provider"]


def test_the_top_of_a_page_asks_few_questions(django_assert_max_num_queries):
    acme = cast.a_client(cast.a_provider())

    with django_assert_max_num_queries(4):
        str(the_top(acme.approver)["provider"])
