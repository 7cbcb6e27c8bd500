"""The account manager's own limits at the desk (rule D1)."""

from decimal import Decimal

import pytest
import time_machine
from django.urls import reverse

from clients.models import Organisation, StaffDuty
from delivery import limits
from delivery.models import DeliveryTerms, ManagerLimit
from people.models import Person
from tests.cast import NOON, a_colleague
from tests.delivery.scene import delivery_terms

pytestmark = pytest.mark.django_db

PAGE = reverse("desk-delivery-limits")


@pytest.fixture(autouse=True)
def _noon(cast):
    delivery_terms()
    with time_machine.travel(NOON, tick=False):
        yield


def text(response):
    return " ".join(response.content.decode().replace("\xa0", " ").split())


def test_it_works(cast, acme, client_of):
    browser = client_of(cast.max)

    answer = browser.post(PAGE, {"passes_below": "5000", "second_above": "40000.50", "reason": "Small things"}, follow=True)

    page = text(answer)
    assert answer.redirect_chain == [(PAGE, 302)]
    assert "Your limits hold for what is handed in from now on." in page
    assert "Up to SEK 5,000.00 passes by itself. A second account manager above SEK 40,000.50." in page
    assert "<q>Small things</q>" in page
    assert 'value="5000.00"' in page
    assert ManagerLimit.objects.values_list("person", "passes_below", "second_above").get() == (
        cast.max.pk,
        Decimal(5000),
        Decimal("40000.50"),
    )


def test_the_page_says_what_holds_as_long_as_nothing_is_chosen(cast, acme, client_of):
    page = text(client_of(cast.max).get(PAGE))

    assert "Empty: above SEK 100,000.00, as everybody." in page
    assert "Nothing: the provider’s terms hold, and nothing passes by itself." in page
    assert f'<a href="{reverse("desk-client", args=[acme.organisation.pk])}">Acme</a>' in page


def test_the_deputy_of_a_client_is_not_told_that_their_limits_hold_for_it(cast, acme, client_of):
    deputy = a_colleague("Dagny", StaffDuty.ACCOUNT_MANAGER)
    Organisation.objects.update(deputy_manager=deputy)

    assert "You look after no client yet: these limits are about nobody." in text(client_of(deputy).get(PAGE))


def test_both_can_be_taken_back(cast, client_of):
    limits.choose(passes_below=Decimal(5000), second_above=Decimal(9000), reason="Small things", by=cast.max, at=NOON)

    client_of(cast.max).post(PAGE, {"passes_below": "", "second_above": "", "reason": "Small things"})

    assert ManagerLimit.objects.values_list("passes_below", "second_above").get() == (None, None)


def test_limits_that_cross_are_refused_and_what_was_typed_is_kept(cast, client_of):
    answer = client_of(cast.max).post(PAGE, {"passes_below": "50000", "second_above": "40000", "reason": "Small things"})

    page = text(answer)
    assert answer.status_code == 409
    assert "What passes by itself cannot be more than the sum above which a second account manager approves." in page
    assert ('value="50000"' in page, 'value="40000"' in page, ManagerLimit.objects.exists()) == (True, True, False)


@pytest.mark.parametrize("typed", ["-1", "a lot", "0.001", "1000000000"])
def test_what_is_no_sum_is_said_at_its_field(cast, client_of, typed):
    answer = client_of(cast.max).post(PAGE, {"passes_below": typed, "second_above": "", "reason": "Small things"})

    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["passes_below"])
    assert f'value="{typed}"' in text(answer)
    assert not ManagerLimit.objects.exists()


@pytest.mark.parametrize("reason", ["", "  ", "x" * 101])
def test_limits_without_a_reason_are_refused_at_its_field(cast, client_of, reason):
    answer = client_of(cast.max).post(PAGE, {"passes_below": "5000", "second_above": "", "reason": reason})

    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["reason"])
    assert ('value="5000"' in text(answer), ManagerLimit.objects.exists()) == (True, False)


def test_without_terms_the_page_says_so_and_changes_nothing(cast, client_of):
    DeliveryTerms.objects.all().delete()
    browser = client_of(cast.max)

    pages = [browser.get(PAGE), browser.post(PAGE, {"passes_below": "5"})]

    assert ["No delivery is offered" in text(page) for page in pages] == [True, True]
    assert not ManagerLimit.objects.exists()


def test_it_is_read_in_swedish(cast, client_of):
    Person.objects.filter(pk=cast.max.pk).update(language="sv")

    answer = client_of(cast.max).get(PAGE)

    assert (answer.status_code, answer.headers["Content-Language"]) == (200, "sv")


@pytest.mark.parametrize("who", ["tessa", "fia", "ada"])
def test_others_of_ours_do_not_find_it(cast, client_of, who):
    person = getattr(getattr(cast, who), "person", getattr(cast, who))

    assert client_of(person).post(PAGE, {"passes_below": "5"}).status_code == 404
    assert not ManagerLimit.objects.exists()


def test_clients_do_not_find_it(cast, acme, client_of, client):
    assert client_of(acme.approver).get(PAGE).status_code == 404
    assert client.get(PAGE).status_code == 302
