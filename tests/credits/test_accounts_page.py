"""The pages on which approvers arrange their accounts (rule C16)."""

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from credits import accounts, arrangements
from credits.models import CreditAccount, Spender
from tests.approving import a_deputy, a_member, an_approver, only
from tests.cast import NOON
from tests.credits.posting import grant
from tests.credits.test_months import promise

pytestmark = pytest.mark.django_db
LIST, NEW = reverse("accounts"), reverse("account-new")


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


def text(response):
    return " ".join(response.content.decode().replace("\xa0", " ").split())


def page_of(acme):
    return reverse("account", args=[acme.account.pk])


def typed(**fields):
    return {"name": "Branch", "reference": "Cost centre 7", "limit": "12,5"} | fields


def test_c16_an_approver_opens_an_account(acme, client_of):
    response = client_of(acme.approver).post(NEW, typed(spenders=[acme.approver.pk, acme.requester.pk]), follow=True)

    account = CreditAccount.objects.get(name="Branch")
    assert (account.organisation, account.reference, account.monthly_limit_minutes) == (acme.organisation, "Cost centre 7", 750)
    assert set(Spender.objects.values_list("person", flat=True)) == {acme.approver.pk, acme.requester.pk}
    for said in (
        "Branch is saved.",
        "Cost centre 7",
        "Anna Testsson, Rolf Testsson",
        "Used or booked in November 2026: 0 h of 12 h 30 min",
    ):
        assert said in text(response)


def test_c16_the_form_shows_what_is_arranged_and_changes_it(acme, client_of):
    only(acme.account, acme.approver)
    CreditAccount.objects.filter(pk=acme.account.pk).update(reference="Old", monthly_limit_minutes=90)
    browser = client_of(acme.approver)

    shown = browser.get(page_of(acme))
    browser.post(page_of(acme), {"name": "Operations", "reference": "", "limit": ""})

    assert 'value="Old"' in text(shown)
    assert 'value="1.5"' in text(shown)
    assert text(shown).count("checked") == 1
    acme.account.refresh_from_db()
    assert (acme.account.name, acme.account.reference, acme.account.monthly_limit_minutes) == ("Operations", "", None)
    assert not Spender.objects.exists()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": ""}, "This field is required."),
        ({"name": "x" * 81}, "at most 80 characters"),
        ({"limit": "-1"}, "greater than or equal to 0"),
        ({"limit": "0,33"}, "That does not come to whole minutes."),
        ({"limit": "1e9"}, "That is more than an account can hold."),
        ({"limit": "many"}, "Enter a number."),
        ({"limit": "NaN"}, "Enter a number."),
        ({"spenders": ["0"]}, "is not one of the available choices"),
        ({"spenders": ["x"]}, "is not one of the available choices"),
    ],
)
def test_c16_what_cannot_be_arranged_is_refused_in_words(acme, client_of, fields, said):
    response = client_of(acme.approver).post(NEW, typed(**fields))

    assert response.status_code == 422
    assert said in text(response)
    assert CreditAccount.objects.count() == 1


def test_c16_a_refusal_keeps_what_was_typed(acme, client_of):
    accounts.open_account(organisation=acme.organisation, name="Branch")

    response = client_of(acme.approver).post(page_of(acme), typed())

    assert response.status_code == 409
    assert "Your organisation has another account of that name." in text(response)
    assert 'value="Cost centre 7"' in text(response)


def test_c16_a_requester_reads_the_accounts_and_arranges_none(acme, client_of):
    browser = client_of(acme.requester)

    page = text(browser.get(LIST))

    assert "everybody of your organisation" in page
    assert page_of(acme) not in page
    assert NEW not in page
    for url in (NEW, page_of(acme)):
        assert (browser.get(url).status_code, browser.post(url, typed()).status_code) == (403, 403)


def test_c16_a_deputy_arranges_them_too(acme, client_of):
    a_deputy(acme, acme.requester)

    client_of(acme.requester).post(page_of(acme), typed())

    acme.account.refresh_from_db()
    assert acme.account.name == "Branch"


def test_c16_a_member_reads_accounts_from_which_others_spend(acme, client_of):
    only(acme.account, acme.approver)

    assert "Anna Testsson" in text(client_of(acme.requester).get(LIST))


def test_c16_strangers_and_staff_find_no_account_to_arrange(cast, acme, borealis, client_of):
    for person in (borealis.approver, cast.max, cast.fia):
        assert client_of(person).get(page_of(acme)).status_code == 404
        assert client_of(person).post(page_of(acme), typed()).status_code == 404
        assert client_of(person).get(NEW, {"organisation": acme.organisation.pk}).status_code == 404
        assert "Acme" not in text(client_of(person).get(LIST))


@pytest.mark.parametrize("asked", ["0", "x", "9" * 40, "-1", ""])
def test_c16_an_organisation_that_is_none_is_not_found(acme, client_of, asked):
    assert client_of(acme.approver).get(NEW, {"organisation": asked}).status_code == 404


def test_c16_the_list_takes_as_many_queries_for_five_accounts_as_for_one(acme, client_of):
    browser = client_of(acme.approver)
    grant(acme.account, 600)
    CreditAccount.objects.update(monthly_limit_minutes=600)
    promise(acme.account, 60)
    with CaptureQueriesContext(connection) as one:
        browser.get(LIST)
    for number in range(4):
        account = accounts.open_account(organisation=acme.organisation, name=f"Branch {number}")
        only(account, acme.approver, an_approver(acme, f"Dora{number}"), a_member(acme, f"Rita{number}"))
        CreditAccount.objects.filter(pk=account.pk).update(monthly_limit_minutes=60)

    with CaptureQueriesContext(connection) as several:
        assert "1 h of 10 h" in text(browser.get(LIST))

    assert len(several) == len(one)


def test_c16_a_closed_account_says_so(acme, client_of):
    CreditAccount.objects.update(closed_at=NOON)
    browser = client_of(acme.approver)

    assert "Closed" in text(browser.get(LIST))
    assert "This account has been closed." in text(browser.post(page_of(acme), typed()))
    assert arrangements.of(acme.account).name == "IT"
