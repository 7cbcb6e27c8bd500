"""The client's statement: any period, with running balance, the balance on any day, and as a file (rules C9, C12, C15)."""

import csv
from datetime import date, timedelta
from io import StringIO

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clients.models import Membership
from credits import accounts, ledger
from tests.cast import NOON, a_client
from tests.credits.posting import grant, hold, worked

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


def text(response):
    return " ".join(response.content.decode().split())


def address(client, name="statement"):
    return reverse(name, args=[client.account.pk])


def ago(days):
    return NOON - timedelta(days=days)


def rows(response, separator=","):
    return list(csv.reader(StringIO(response.content.decode("utf-8-sig")), delimiter=separator))


def test_c15_each_line_says_what_why_and_what_was_left(cast, acme, client_of):
    grant(acme.account, 480, at=ago(10))
    held = hold(acme.account, 60, at=ago(5))
    voucher = ledger.Voucher(cause="test:work", at=ago(2), by=acme.approver, text="Disk is full", reason="Agreed by phone", raw_minutes=39)
    ledger.capture(hold=held, minutes=40, voucher=voucher)

    page = text(client_of(acme.requester).get(address(acme)))

    for said in ("Hours deducted: Disk is full", "39 min worked until", "Agreed by phone", "Anna Testsson", "+8 h 00", "−0 h 40", "7 h 20"):
        assert said in page


def test_c15_without_asking_it_is_about_the_last_90_days(acme, client_of):
    page = text(client_of(acme.requester).get(address(acme)))

    assert "Fri 21 Aug to Wed 18 Nov" in page
    assert "Nothing happened in this period." in page


def test_c15_a_period_opens_with_what_there_was_before(acme, client_of):
    grant(acme.account, 480, at=ago(200))
    worked(acme.account, 60, at=ago(20))

    response = client_of(acme.requester).get(address(acme), {"first": "2026-10-01", "last": "2026-10-31"})

    found = response.context["statement"]
    assert (found.opening_minutes, found.closing_minutes, len(found.entries)) == (480, 420, 1)


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        ("2026-11-10", "2026-11-01", "The period ends before it begins."),
        ("soon", "2026-11-01", "Enter a valid date."),
        ("2026-11-01", "", "This field is required."),
        ("0001-01-01", "9999-12-31", "Ensure this value is"),
    ],
)
def test_a_period_that_cannot_be_is_refused_in_words(acme, client_of, first, last, said):
    browser = client_of(acme.requester)

    for name in ("statement", "statement-csv", "statement-xlsx", "statement-pdf"):
        answer = browser.get(address(acme, name), {"first": first, "last": last})
        assert answer.status_code == 400
        assert said in text(answer)


def test_c15_the_balance_on_any_day(acme, client_of):
    grant(acme.account, 480, at=ago(10))
    worked(acme.account, 60, at=ago(5))
    browser = client_of(acme.requester)

    before, between, after = (text(browser.get(address(acme), {"on": day})) for day in ("2026-11-07", "2026-11-08", "2026-11-13"))

    assert "At the end of Sat 7 Nov the balance was <b>0 h</b>" in before
    assert "the balance was <b>8 h</b>" in between
    assert "the balance was <b>7 h</b>" in after


def test_a_day_that_cannot_be_read_is_refused(acme, client_of):
    response = client_of(acme.requester).get(address(acme), {"on": "yesterday"})

    assert response.status_code == 400
    assert "Enter a valid date." in text(response)


def test_c12_the_lots_say_what_is_left_and_until_when(acme, client_of):
    grant(acme.account, 480, expires_on=date(2027, 3, 31))
    grant(acme.account, 60)
    worked(acme.account, 30)

    lots = list(client_of(acme.requester).get(address(acme)).context["lots"])

    assert [(lot.expires_on, lot.available_minutes) for lot in lots] == [(date(2027, 3, 31), 450), (None, 60)]


def test_c15_the_file_holds_every_line_between_opening_and_closing(acme, client_of):
    grant(acme.account, 480, at=ago(10))
    ledger.adjust(
        account=acme.account,
        minutes=-7,
        voucher=ledger.Voucher(cause="test:csv", at=ago(5), by=acme.approver, reason="Agreed", text="Cable"),
    )

    response = client_of(acme.requester).get(address(acme, "statement-csv"), {"first": "2026-11-01", "last": "2026-11-18"})

    assert response.content.startswith(b"\xef\xbb\xbf")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="acme-it-2026-11-01-2026-11-18.csv"'
    assert rows(response)[1:] == [
        ["", "2026-11-01", "", "Opening balance", "", "", "", "", "0", "", "", ""],
        ["1", "2026-11-08", "2026-11-08", "Credit added", "", "", "", "480", "480", "", "", ""],
        ["2", "2026-11-13", "2026-11-13", "Adjustment", "Cable", "", "", "-7", "473", "", "Anna Testsson", "Agreed"],
        ["", "2026-11-18", "", "Closing balance", "", "", "", "", "473", "", "", ""],
    ]


def test_p4_the_file_of_a_swedish_reader_is_separated_by_semicolons(cast, client_of):
    svea = a_client(cast, "Svea", language="sv")
    grant(svea.account, 480)

    response = client_of(svea.requester).get(address(svea, "statement-csv"))

    assert [len(row) for row in rows(response, ";")] == [12, 12, 12, 12]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_what_somebody_typed_never_becomes_a_formula(acme, client_of, start):
    text_typed = f"{start}HYPERLINK(1)"
    ledger.adjust(
        account=acme.account, minutes=-7, voucher=ledger.Voucher(cause="test:formula", at=NOON, reason=text_typed, text=text_typed)
    )

    adjustment = rows(client_of(acme.requester).get(address(acme, "statement-csv")))[2]

    assert adjustment[4].startswith(f"'{start}" if start != "\r" else "'")
    assert adjustment[11].startswith("'")
    assert adjustment[7] == "-7"


@pytest.mark.parametrize("name", ["statement", "statement-csv", "statement-xlsx", "statement-pdf"])
def test_only_the_clients_people_and_those_who_look_after_it_read_its_statement(cast, acme, borealis, client_of, name):
    url = address(acme, name)

    assert [client_of(person).get(url).status_code for person in (borealis.approver, cast.tessa.person)] == [404, 404]
    assert [client_of(person).get(url).status_code for person in (acme.requester, cast.max, cast.fia, cast.ada)] == [200] * 4


def test_with_one_account_the_list_leads_to_its_statement(acme, client_of):
    assert client_of(acme.requester).get(reverse("credit")).url == address(acme)


def test_c16_with_several_accounts_each_is_listed(acme, borealis, client_of):
    accounts.open_account(organisation=acme.organisation, name="Operations")

    page = text(client_of(acme.requester).get(reverse("credit")))

    assert "Acme · Operations" in page
    assert "Borealis" not in page


def test_without_an_account_the_list_says_who_opens_one(acme, client_of):
    Membership.objects.all().delete()

    assert "No account yet" in text(client_of(acme.requester).get(reverse("credit")))


def test_the_statement_takes_as_many_queries_for_five_lines_as_for_one(acme, client_of):
    browser = client_of(acme.requester)
    grant(acme.account, 480)
    with CaptureQueriesContext(connection) as one:
        browser.get(address(acme))
    grant(acme.account, 60)
    for _ in range(4):
        worked(acme.account, 10)

    with CaptureQueriesContext(connection) as several:
        browser.get(address(acme))

    assert len(several) == len(one)
