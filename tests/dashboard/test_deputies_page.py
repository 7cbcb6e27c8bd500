"""The page on which approvers name deputies (rules: People)."""

from datetime import date

import pytest
import time_machine
from django.urls import reverse

from clients.models import Deputyship, MemberRole, Membership
from notices.models import Notice
from tests.approving import a_deputy, an_approver
from tests.cast import NOON, a_client

pytestmark = pytest.mark.django_db
PAGE = reverse("deputies")


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


def text(response):
    return " ".join(response.content.decode().replace("\xa0", " ").split())


def form(acme, **fields):
    return {
        "organisation": acme.organisation.pk,
        "deputy": acme.requester.pk,
        "first_on": "2026-11-20",
        "last_on": "2026-11-30",
    } | fields


def end(deputyship):
    return reverse("deputy-end", args=[deputyship.pk])


def mails(word):
    return {notice.address.split("@")[0]: notice.body for notice in Notice.objects.filter(cause__endswith=word)}


def test_an_approver_names_a_deputy_who_is_told_like_the_account_manager(acme, client_of):
    page = text(client_of(acme.approver).post(PAGE, form(acme), follow=True))

    deputyship = Deputyship.objects.get()
    assert (deputyship.approver, deputyship.deputy, deputyship.first_on, deputyship.last_on) == (
        acme.approver,
        acme.requester,
        date(2026, 11, 20),
        date(2026, 11, 30),
    )
    assert "Rolf Testsson stands in for you from Fri 20 Nov to Mon 30 Nov, and has been told." in page
    assert "Coming" in page
    told = mails(":named")
    assert set(told) == {"rolf", "max"}
    assert "Anna Testsson has named Rolf Testsson as deputy for Acme, from Fri 20 Nov to Mon 30 Nov." in told["rolf"]
    assert ("/deputies/" in told["rolf"], "/deputies/" in told["max"]) == (True, False)


def test_the_deputy_reads_for_whom_they_stand_in_and_names_nobody(acme, client_of):
    a_deputy(acme, acme.requester)
    browser = client_of(acme.requester)

    page = text(browser.get(PAGE))

    assert "For whom you stand in" in page
    assert "Anna Testsson" in page
    assert "In force" in page
    assert "Name a deputy" not in page
    assert browser.post(PAGE, form(acme)).status_code == 403


def test_a_deputyship_is_ended_early_and_both_are_told(acme, client_of):
    deputyship = a_deputy(acme, acme.requester)

    page = text(client_of(acme.approver).post(end(deputyship), follow=True))

    deputyship.refresh_from_db()
    assert deputyship.ended_at == NOON
    assert "Rolf Testsson no longer stands in for you, and has been told." in page
    assert "Over" in page
    assert set(mails(":ended")) == {"rolf", "max"}


def test_the_same_form_twice_names_once_and_tells_once(acme, client_of):
    browser = client_of(acme.approver)

    browser.post(PAGE, form(acme))
    browser.post(PAGE, form(acme))

    assert (Deputyship.objects.count(), Notice.objects.count()) == (1, 2)


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({"first_on": "2026-11-17"}, 409, "The period begins in the past."),
        ({"last_on": "2026-11-19"}, 409, "The period ends before it begins."),
        ({"first_on": "yesterday"}, 422, "Enter a valid date."),
        ({"first_on": "2026-02-30"}, 422, "Enter a valid date."),
        ({"last_on": "9999-12-31"}, 422, "less than or equal to"),
        ({"last_on": ""}, 422, "This field is required."),
        ({"deputy": ""}, 422, "This field is required."),
        ({"deputy": "x"}, 422, "Select a valid choice."),
        ({"deputy": "99999999999999999999"}, 422, "Select a valid choice."),
        ({"organisation": "0"}, 422, "Select a valid choice."),
    ],
)
def test_what_cannot_be_named_is_refused_in_words(acme, client_of, fields, status, said):
    response = client_of(acme.approver).post(PAGE, form(acme, **fields))

    assert response.status_code == status
    assert said in text(response)
    assert not Deputyship.objects.exists()


def test_neither_oneself_nor_a_stranger_can_be_chosen(acme, borealis, client_of):
    for person in (acme.approver, borealis.requester):
        response = client_of(acme.approver).post(PAGE, form(acme, deputy=person.pk))
        assert response.status_code == 422
        assert "Borealis" not in text(response)


def test_of_two_organisations_a_deputy_is_named_for_one_and_has_to_belong_to_it(cast, acme, client_of):
    other = a_client(cast, "Other")
    Membership.objects.create(organisation=other.organisation, person=acme.approver, role=MemberRole.APPROVER)
    browser = client_of(acme.approver)

    refused = browser.post(PAGE, form(acme, organisation=other.organisation.pk))
    browser.post(PAGE, form(acme, organisation=other.organisation.pk, deputy=other.requester.pk))

    assert (refused.status_code, "Only somebody of your own organisation" in text(refused)) == (409, True)
    assert Deputyship.objects.get().organisation == other.organisation


def test_only_the_approver_ends_it(acme, borealis, client_of):
    deputyship = a_deputy(acme, acme.requester)

    answers = [
        client_of(person).post(end(deputyship)).status_code for person in (acme.requester, an_approver(acme, "Dora"), borealis.approver)
    ]

    assert answers == [403, 404, 404]
    assert client_of(acme.approver).get(end(deputyship)).status_code == 405


def test_staff_and_strangers_find_no_page_of_a_client(cast, client_of):
    for person in (cast.max, cast.fia, cast.ada):
        assert client_of(person).get(PAGE).status_code == 404
        assert client_of(person).post(PAGE).status_code == 404


def test_without_deputies_the_page_says_what_they_are_for(acme, client_of):
    page = text(client_of(acme.approver).get(PAGE))

    assert "Name somebody before you are away" in page
    assert 'value="2026-11-18"' in page
