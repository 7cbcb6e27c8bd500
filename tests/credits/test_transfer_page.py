"""The pages on which credit moves between accounts (rules C13, C16)."""

from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from credits import transfers
from credits.accounts import open_account
from credits.transfers import Transfer, TransferState, Wish
from tests.approving import an_approver, only
from tests.cast import NOON
from tests.credits.posting import figures, grant

pytestmark = pytest.mark.django_db
LIST, NEW = reverse("transfers"), reverse("transfer-new")


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def dora(acme):
    return an_approver(acme, "Dora")


@pytest.fixture
def branch(acme, dora):
    """Dora's account, empty; Anna's has ten hours."""
    account = open_account(organisation=acme.organisation, name="Branch")
    only(account, dora)
    only(acme.account, acme.approver)
    grant(acme.account, 600)
    return account


@pytest.fixture
def form(acme, branch):
    return {"source": acme.account.pk, "target": branch.pk, "size": "1,5", "reason": "Their share", "key": str(uuid4())}


def text(response):
    return " ".join(response.content.decode().replace("\xa0", " ").split())


def proposed(acme, branch, *, by=None, cause="form:1"):
    wish = Wish(source=acme.account, target=branch, minutes=90, reason="Their share")
    return transfers.propose(wish=wish, cause=cause, by=by or acme.approver, at=NOON)


def to(name, transfer):
    return reverse(name, args=[transfer.pk])


def test_c16_an_approver_proposes_and_the_other_one_agrees(acme, branch, dora, form, client_of):
    page = client_of(acme.approver).post(NEW, form, follow=True)
    transfer = Transfer.objects.get()
    assert "The transfer of 1 h 30 min waits for whoever else decides." in text(page)
    assert "Waits for Dora Testsson" in text(page)

    asked = text(client_of(dora).get(to("transfer", transfer)))
    done = text(client_of(dora).post(to("transfer-approve", transfer), follow=True))

    assert "Agree to 1 h 30" in asked
    assert "1 h 30 min has moved from IT to Branch." in done
    assert figures(branch)[0] == 90


def test_c16_who_decides_about_both_moves_it_at_once(acme, dora, client_of):
    branch = open_account(organisation=acme.organisation, name="Branch")
    grant(acme.account, 600)
    form = {"source": acme.account.pk, "target": branch.pk, "size": "1", "reason": "x", "key": "k"}

    assert "1 h has moved from IT to Branch." in text(client_of(acme.approver).post(NEW, form, follow=True))


def test_c13_the_account_manager_proposes_on_behalf(cast, acme, branch, dora, form, client_of):
    page = client_of(cast.max).post(NEW, form, follow=True)

    transfer = Transfer.objects.get()
    assert (transfer.proposed_by, transfer.state) == (cast.max, TransferState.PROPOSED)
    assert "Waits for Anna Testsson" in text(page)
    assert "Agree to" not in text(page)
    assert client_of(cast.max).post(to("transfer-approve", transfer)).status_code == 403
    assert "is off" in text(client_of(cast.max).post(to("transfer-decline", transfer), follow=True))


def test_c14_the_same_form_twice_proposes_once(acme, form, client_of):
    browser = client_of(acme.approver)

    browser.post(NEW, form)
    browser.post(NEW, form)

    assert Transfer.objects.count() == 1
    assert "already been used for another transfer" in text(browser.post(NEW, form | {"size": "2"}))


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"size": ""}, "This field is required."),
        ({"size": "0"}, "Say how much is to move."),
        ({"size": "-1"}, "greater than or equal to 0"),
        ({"size": "1e12"}, "That is more than an account can hold."),
        ({"size": "0.333"}, "That does not come to whole minutes."),
        ({"reason": ""}, "This field is required."),
        ({"reason": " "}, "This field is required."),
        ({"source": "x"}, "Select a valid choice."),
        ({"target": "99999999999999999999"}, "Select a valid choice."),
    ],
)
def test_c16_what_cannot_be_proposed_is_refused_in_words(acme, form, client_of, typed, said):
    response = client_of(acme.approver).post(NEW, form | typed)

    assert response.status_code == 422
    assert said in text(response)
    assert not Transfer.objects.exists()


def test_c13_from_an_account_to_itself_nothing_moves(acme, form, client_of):
    response = client_of(acme.approver).post(NEW, form | {"target": acme.account.pk})

    assert response.status_code == 409
    assert "Choose another account to move the credit to." in text(response)


def test_c16_an_account_of_another_client_cannot_even_be_chosen(acme, borealis, form, client_of):
    response = client_of(acme.approver).post(NEW, form | {"target": borealis.account.pk})

    assert response.status_code == 422
    assert "Borealis" not in text(response)


def test_c16_an_approver_of_neither_account_is_told_who_may(acme, form, client_of):
    response = client_of(an_approver(acme, "Emil")).post(NEW, form)

    assert response.status_code == 403
    assert "You decide about neither of these accounts" in text(response)


def test_c16_without_the_credit_it_says_so_and_the_proposal_stays(acme, branch, dora, client_of):
    transfer = transfers.propose(
        wish=Wish(source=acme.account, target=branch, minutes=700, reason="x"), cause="form:1", by=acme.approver, at=NOON
    )

    response = client_of(dora).post(to("transfer-approve", transfer))

    assert response.status_code == 409
    assert "1 h 40 min of credit is missing." in text(response)
    assert "Agree to 11 h 40" in text(response)


def test_c16_who_proposed_it_withdraws_it(acme, branch, client_of):
    transfer = proposed(acme, branch)

    page = text(client_of(acme.approver).post(to("transfer-decline", transfer), follow=True))

    assert "Nothing has moved." in page
    assert "Declined" in page


def test_c16_a_requester_reads_and_answers_nothing(acme, branch, form, client_of):
    transfer, browser = proposed(acme, branch), client_of(acme.requester)

    pages = [browser.get(LIST), browser.get(to("transfer", transfer))]
    answers = [
        browser.get(NEW),
        browser.post(NEW, form),
        *(browser.post(to(name, transfer)) for name in ("transfer-approve", "transfer-decline")),
    ]

    assert "1 h 30 min from IT to Branch" in text(pages[0])
    assert '<form method="post" action="/credit/' not in pages[1].content.decode()
    assert NEW not in text(pages[0])
    assert [answer.status_code for answer in answers] == [403] * 4


def test_c16_strangers_find_nothing(cast, acme, borealis, branch, client_of):
    transfer = proposed(acme, branch)

    for person in (borealis.approver, cast.tessa.person):
        browser = client_of(person)
        assert browser.get(to("transfer", transfer)).status_code == 404
        assert [browser.post(to(name, transfer)).status_code for name in ("transfer-approve", "transfer-decline")] == [404, 404]
        assert "Nothing has been moved yet" in text(browser.get(LIST))


def test_opening_an_address_answers_nothing(acme, branch, dora, client_of):
    transfer = proposed(acme, branch)

    assert [client_of(dora).get(to(name, transfer)).status_code for name in ("transfer-approve", "transfer-decline")] == [405, 405]


def test_the_list_takes_as_many_queries_for_six_transfers_as_for_two(acme, branch, dora, client_of):
    def some(first):
        for number in range(first, first + 2):
            transfer = proposed(acme, branch, cause=f"form:{number}")
            if number % 2:
                transfers.approve(transfer=transfer, by=dora, at=NOON)

    browser = client_of(acme.approver)
    some(0)
    with CaptureQueriesContext(connection) as two:
        browser.get(LIST)
    some(2)
    some(4)

    with CaptureQueriesContext(connection) as six:
        browser.get(LIST)

    assert len(six) == len(two)
