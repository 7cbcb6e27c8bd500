"""Everybody finds the way by the words at the top of the page."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory
from django.urls import reverse

from clients.models import StaffDuty
from dashboard import navigation
from people.models import Person
from sessions.models import SessionTerms
from tests import cast
from tests.delivery.scene import delivery_terms
from tests.invoicing.scene import invoicing_terms

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
        (StaffDuty.TECHNICIAN, ["Today", "Cases", "Delivery", "Week", "Sessions", "Time", "Availability"]),
        (StaffDuty.ACCOUNT_MANAGER, ["Today", "Cases", "Delivery", "Week", "Sessions", "Clients", "Disputes"]),
        (StaffDuty.FINANCE, ["Delivery", "Clients", "Top-ups", "Invoices", "Bank", "Books", "Money back"]),
        (
            StaffDuty.ADMINISTRATOR,
            ["Today", "Cases", "Delivery", "Week", "Sessions", "Clients", "Availability", "Disputes", "Top-ups", "Invoices", "Mail"],
        ),
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

    everybodys = ["Help articles", "About you", "Notifications", "Your calendar", "Security"]
    desk = ["Our people", "Working time", "Audit log", "Personal data", "What failed"]
    of_administrators = ["Support plans", "On call", *desk, *everybodys, "Administration"]
    assert [item.label for item in the_top(provider.ada)["nav_links"]] == of_administrators
    assert [item.label for item in the_top(provider.fia)["nav_links"]] == everybodys


def test_the_word_of_the_innermost_page_is_the_current_one():
    words = [("home", "Home"), ("session-new", "Book"), ("sessions", "Sessions")]

    current = {
        path: [item.label for item in navigation._items(words, path) if item.current] for path in ("/", "/sessions/4/", "/sessions/new/")
    }

    assert current == {"/": ["Home"], "/sessions/4/": ["Sessions"], "/sessions/new/": ["Book"]}


def test_a_page_beneath_a_word_of_another_address_makes_that_word_the_current_one():
    words = [("desk-invoices", "Invoices"), ("desk-payouts", "Money back")]
    paths = [reverse("desk-report-penalties"), reverse("desk-settlements"), reverse("desk-clients")]

    current = [[item.label for item in navigation._items(words, path) if item.current] for path in paths]

    assert current == [["Invoices"], ["Money back"], []]


def test_who_is_not_signed_in_sees_the_provider_and_no_words():
    cast.a_provider()

    top = the_top(AnonymousUser())

    assert str(top["provider"]) == "Example Support"
    assert "nav_items" not in top


@pytest.mark.parametrize("sells", [True, False])
@pytest.mark.parametrize("who", ["approver", "requester"])
def test_delivery_is_a_word_where_there_is_room_for_a_fifth_and_a_link_beside_credit(who, sells):
    acme = cast.a_client(cast.a_provider())
    delivery_terms()
    if not sells:
        SessionTerms.objects.all().delete()

    top = the_top(getattr(acme, who))
    words, links = ([item.label for item in top[name]] for name in ("nav_items", "nav_links"))

    assert ("Delivery" in words, "Delivery" in links) == (not sells, sells)
    assert len(words) <= 5


def test_where_no_delivery_is_offered_nothing_leads_to_it():
    provider = cast.a_provider()
    people = [cast.a_client(provider).approver, provider.max, provider.tessa.person, provider.fia, provider.ada]

    found = [item.label for person in people for name in ("nav_items", "nav_links") for item in the_top(person)[name]]

    assert {"Delivery", "Limits for estimates"} & set(found) == set()


def test_d1_account_managers_find_their_limits():
    provider = cast.a_provider()
    delivery_terms()

    found = {
        person.name.split()[0]: [item.url for item in the_top(person)["nav_links"] if item.label == "Limits for estimates"]
        for person in (provider.max, provider.fia, provider.ada, provider.tessa.person)
    }

    assert found == {"Max": ["/desk/delivery/limits/"], "Fia": [], "Ada": [], "Tessa": []}


def test_before_a_profile_is_loaded_there_is_no_provider():
    assert not the_top(AnonymousUser())["provider"]


def test_invoices_are_in_the_menu_where_the_provider_invoices_here():
    acme = cast.a_client(provider := cast.a_provider())
    before = [*words(provider.fia), *words(provider.ada), *(item.label for item in the_top(acme.approver)["nav_links"])]

    invoicing_terms()

    beside = [item.label for item in the_top(acme.requester)["nav_links"]]
    assert ("Invoices" in before, "Invoices" in words(provider.fia), "Invoices" in words(provider.ada)) == (False, True, True)
    assert ("Invoices" in beside, "Invoices" in words(provider.max), len(words(acme.approver)) <= 5) == (True, False, True)


def test_the_top_of_a_page_asks_few_questions(django_assert_max_num_queries):
    acme = cast.a_client(cast.a_provider())

    with django_assert_max_num_queries(5):
        str(the_top(acme.approver)["provider"])
