"""Clients at the desk: who needs care comes first, and everything about one stands on one page."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from djmoney.money import Money

from clients.models import StaffDuty
from credits import accounts, ledger, topups
from credits.ledger import LotSource, LotTerms, Voucher
from dashboard.views import desk_clients
from invoicing import buyers
from sessions import disputes, no_shows
from sessions.models import State
from tests.cast import NOON, a_client, a_colleague
from tests.invoicing.scene import an_invoice, invoicing_terms
from tests.sessions.factories import a_lot, a_session, a_submitted_session, entry_ids, minutes

pytestmark = pytest.mark.django_db
DAY = 24 * 60


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


def text(response):
    return " ".join(response.content.decode().split())


def listed(browser):
    response = browser.get(reverse("desk-clients"))
    return [(client.name, client.available, client.held, client.owed, client.low) for client in response.context["page"]]


def a_debt(account, size):
    ledger.adjust(account=account, minutes=-size, voucher=Voucher(cause="test:debt", at=NOON, reason="for a test"))


def test_who_owes_comes_first_then_who_awaits_a_top_up_then_who_is_low(cast, client_of):
    well, low, awaits, owes = (a_client(cast, name) for name in ("Alder", "Birch", "Cedar", "Dogwood"))
    for client in (well, awaits):
        a_lot(client.account, 480)
    a_lot(low.account, 119)
    a_debt(owes.account, 40)
    a_session(cast, awaits, credit=0, state=State.AWAITING_TOP_UP, top_up_by=NOON, starts_at=NOON + minutes(60))

    clients = listed(client_of(cast.max))

    assert clients == [
        ("Dogwood", 0, 0, 40, 1),
        ("Cedar", 420, 60, 0, 0),
        ("Birch", 119, 0, 0, 1),
        ("Alder", 480, 0, 0, 0),
    ]
    page = text(client_of(cast.max).get(reverse("desk-clients")))
    for said in ("Owes", "1 awaits top-up", "Low"):
        assert said in page


def test_the_figures_of_a_client_are_those_of_all_its_accounts(cast, acme, client_of):
    a_lot(acme.account, 480)
    a_lot(accounts.open_account(organisation=acme.organisation, name="Development"), 60)

    assert listed(client_of(cast.max)) == [("Acme", 540, 0, 0, 1)]


def test_an_account_manager_sees_their_clients_finance_and_administration_all(cast, acme, client_of):
    mia = a_colleague("Mia", StaffDuty.ACCOUNT_MANAGER)

    names = [[name for name, *_rest in listed(client_of(person))] for person in (cast.max, cast.fia, cast.ada, mia)]

    assert names == [["Acme"], ["Acme"], ["Acme"], []]
    assert "No clients yet" in text(client_of(mia).get(reverse("desk-clients")))


def test_a_long_list_has_pages(cast, acme, borealis, client_of, monkeypatch):
    monkeypatch.setattr(desk_clients, "PAGE_LENGTH", 1)

    assert "Page 1 of 2" in text(client_of(cast.max).get(reverse("desk-clients")))


def test_the_page_of_a_client_shows_everything_of_it(cast, acme, client_of):
    _in_the_middle_of_things(cast, acme)

    page = text(client_of(cast.max).get(reverse("desk-client", args=[acme.organisation.pk])))

    for said in (
        "Acme",
        "IT",
        "SEK 1,200.00",
        "anna@acme.example",
        "rolf@acme.example",
        "Mail is slow",
        "Top-up not paid yet",
        "SEK 12,000.00",
        "The hours are disputed.",
        "No-show: Nobody came",
        "−2 h 00",
    ):
        assert said in page


def test_c14_a_reversed_penalty_says_so(cast, acme, client_of):
    _in_the_middle_of_things(cast, acme)
    penalty = ledger.Entry.objects.get(kind=ledger.EntryKind.NO_SHOW)
    ledger.reverse(entry=penalty, voucher=Voucher(cause="test:waiver", at=NOON, by=cast.max, reason="Our phone was down"))

    page = text(client_of(cast.max).get(reverse("desk-client", args=[acme.organisation.pk])))

    assert "reversed" in page
    assert "Our phone was down" in page


def test_a_client_without_anything_says_so(cast, acme, client_of):
    acme.account.delete()

    page = text(client_of(cast.max).get(reverse("desk-client", args=[acme.organisation.pk])))

    for said in ("No account yet", "Nothing has been posted.", "No session is booked."):
        assert said in page


def test_five_clients_ask_the_database_no_more_often_than_one(cast, acme, client_of):
    browser = client_of(cast.max)

    few = _queries(browser, reverse("desk-clients"))
    for number, name in enumerate(("Birch", "Cedar", "Dogwood", "Elm")):
        a_session(cast, a_client(cast, name), starts_at=NOON + minutes(60 * number))
    many = _queries(browser, reverse("desk-clients"))

    assert few == many


def test_five_of_each_at_a_client_ask_the_database_no_more_often_than_one(cast, acme, client_of):
    url = reverse("desk-client", args=[acme.organisation.pk])
    _in_the_middle_of_things(cast, acme)
    browser = client_of(cast.max)

    few = _queries(browser, url)
    for number in range(1, 5):
        _in_the_middle_of_things(cast, acme, number=number)
        a_lot(accounts.open_account(organisation=acme.organisation, name=f"Department {number}"), 60)
    many = _queries(browser, url)

    assert few == many


def test_strangers_do_not_find_a_client(cast, acme, borealis, client_of):
    strangers = [acme.approver, borealis.approver, cast.tessa.person, a_colleague("Mia", StaffDuty.ACCOUNT_MANAGER)]

    answers = [client_of(person).get(reverse("desk-client", args=[acme.organisation.pk])).status_code for person in strangers]

    assert answers == [404] * 4


def test_clients_and_technicians_do_not_find_the_list(cast, acme, client_of):
    answers = [client_of(person).get(reverse("desk-clients")).status_code for person in (acme.approver, cast.tessa.person)]

    assert answers == [404, 404]


def _in_the_middle_of_things(cast, client, number=0):
    """A paid lot, an unpaid order, a session ahead, a missed one and one in dispute; each at a time of its own."""
    price = LotTerms(source=LotSource.TOP_UP, price_per_hour=Money(1200, "SEK"), total_price=Money(9600, "SEK"), vat_percent=Decimal(25))
    past = NOON - minutes(DAY * (number + 1))
    ledger.grant(account=client.account, minutes=480, terms=price, voucher=Voucher(cause=f"test:paid:{number}", at=NOON))
    topups.order(account=client.account, minutes=480, cause=f"test:order:{number}", by=client.approver, at=NOON)
    a_session(cast, client, title="Mail is slow", starts_at=NOON + minutes(DAY * (number + 1)), credit=0)
    missed = a_session(cast, client, title="Nobody came", starts_at=past, credit=0)
    no_shows.attempt_call(session=missed, by=cast.tessa.person, at=past, reason="No answer")
    no_shows.miss(session=missed, by=cast.tessa.person, at=NOON)
    disputed = a_submitted_session(cast, client, starts_at=past + minutes(120), submitted_at=NOON, credit=0)
    disputes.dispute(session=disputed, claims=dict.fromkeys(entry_ids(disputed), 20), reason="Too long", by=client.approver, at=NOON)


def _queries(browser, url):
    with CaptureQueriesContext(connection) as asked:
        assert browser.get(url).status_code == 200
    return len(asked)


def test_i1_finance_finds_the_clients_invoices_statement_and_settings(cast, acme, client_of):
    invoicing_terms()
    an_invoice(acme, cast.fia, at=NOON - timedelta(days=40))
    an_invoice(acme, cast.fia)
    buyers.stop_reminders(acme.organisation, reason="They moved", by=cast.fia, at=NOON)
    client = acme.organisation.pk

    pages = [text(client_of(person).get(reverse("desk-client", args=[client]))) for person in (cast.fia, cast.ada)]

    ways = [
        f"{reverse('desk-invoices')}?tab=all&amp;client={client}",
        reverse("desk-invoice-account", args=[client]),
        f"{reverse('desk-buyer', args=[client])}#reminders",
    ]
    said = ["SEK 24,000.00", "SEK 12,000.00 of it overdue", "They moved", "Let reminders go out again"]
    assert [words for page in pages for words in ways + said if words not in page] == []


def test_i1_account_managers_are_shown_no_way_that_they_cannot_go(cast, acme, client_of):
    url = reverse("desk-client", args=[acme.organisation.pk])

    not_offered = client_of(cast.fia).get(url)
    invoicing_terms()
    of_max, without = client_of(cast.max).get(url), text(client_of(cast.fia).get(url))

    assert (not_offered.context["invoicing"], of_max.context["invoicing"]) == (None, None)
    assert ("What the client asks of invoices" in without, "All invoices of the client" in without) == (True, False)
