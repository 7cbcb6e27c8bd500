"""Behind every figure a page that says why: the figures, the lots, each line (rules C7, C9, C12, C14, C15, C17)."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from credits import explain, ledger
from credits.models import Entry
from tests.cast import NOON, a_client
from tests.credits.posting import RATE, grant, hold, voucher, worked

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def worked_for(acme):
    """A lot, a deduction with everything on it, and a hold."""
    grant(acme.account, 483, at=NOON - timedelta(days=10))
    held = ledger.claim(account=acme.account, minutes=60, rate=RATE, cause="hold:page", at=NOON)
    said = ledger.Voucher(
        cause="session:1:settlement:1",
        at=NOON,
        by=acme.approver,
        text="Disk is full",
        reason="Agreed by phone",
        raw_minutes=39,
        factor_percent=150,
        occurred_on=NOON.date() - timedelta(days=1),
    )
    ledger.capture(hold=held, minutes=60, voucher=said)
    hold(acme.account, 120)
    acme.account.refresh_from_db()
    return acme


def text(response):
    return " ".join(response.content.decode().split())


def address(client, figure):
    return reverse("why", args=[client.account.pk, figure])


def test_c9_available_is_shown_to_the_minute_beside_its_rounded_figure(worked_for, client_of):
    page = text(client_of(worked_for.requester).get(address(worked_for, "available")))

    assert "On other pages it is shown rounded down, as 5 h." in page
    assert page.count("5 h 03") >= 2


@pytest.mark.parametrize("figure", explain.FIGURES)
def test_c15_every_figure_has_a_page_in_both_languages(cast, worked_for, client_of, figure):
    worked_for.requester.language = "sv"
    worked_for.requester.save()

    english, swedish = (client_of(person).get(address(worked_for, figure)) for person in (worked_for.approver, worked_for.requester))

    assert [english.status_code, swedish.status_code] == [200, 200]
    assert '<html lang="sv">' in text(swedish)
    assert english.context["why"].minutes == swedish.context["why"].minutes


def test_c15_the_statement_leads_to_every_why(worked_for, client_of):
    page = client_of(worked_for.requester).get(reverse("statement", args=[worked_for.account.pk])).content.decode()

    for figure in ("available", "held", "used", "balance"):
        assert f'href="{address(worked_for, figure)}"' in page
    for entry in Entry.objects.all():
        assert f'href="{reverse("entry", args=[entry.pk])}"' in page
    assert f'href="{reverse("lot-why", args=[worked_for.account.lots.get().pk])}"' in page


def test_c7_a_line_says_who_why_and_how_it_came_to_its_figure(worked_for, client_of):
    page = text(client_of(worked_for.requester).get(reverse("entry", args=[Entry.objects.get(number=2).pk])))

    for said in (
        "Hours deducted",
        "Disk is full",
        "Agreed by phone",
        "Anna Testsson",
        "Wed 18 Nov 12:00",
        "Tue 17 Nov",
        "39 min",
        "Counted at 150%",
        "58.5 min",
        "−1 h 00",
        "SEK 1,200.00",
        "7 h 03",
    ):
        assert said in page


def test_c14_a_line_and_the_one_that_takes_it_back_lead_to_each_other(worked_for, client_of):
    entry = Entry.objects.get(number=2)
    reversal = ledger.reverse(entry=entry, voucher=voucher(reason="Counted twice"))
    browser = client_of(worked_for.requester)

    first, second = (text(browser.get(reverse("entry", args=[one.pk]))) for one in (entry, reversal))

    assert f'href="{reverse("entry", args=[reversal.pk])}">Taken back by line 3 of Wed 18 Nov' in first
    assert f'href="{reverse("entry", args=[entry.pk])}">Takes back line 2 of Wed 18 Nov' in second
    assert "Counted twice" in second


def test_c12_a_line_about_a_lot_names_it(worked_for, client_of):
    lot = worked_for.account.lots.get()
    entry = ledger.freeze(lot=lot, voucher=voucher(reason="Invoice overdue"))
    browser = client_of(worked_for.requester)

    page, of_lot = text(browser.get(reverse("entry", args=[entry.pk]))), text(browser.get(reverse("lot-why", args=[lot.pk])))

    assert f'href="{reverse("lot-why", args=[lot.pk])}"' in page
    assert "Frozen since" in of_lot
    assert "Invoice overdue" in of_lot


def test_c14_a_line_that_moved_nothing_says_so(acme, client_of):
    held = ledger.claim(account=acme.account, minutes=10, rate=RATE, cause="hold:none", at=NOON)
    entry = ledger.capture(hold=held, minutes=0, voucher=voucher())

    assert "It moved nothing." in text(client_of(acme.requester).get(reverse("entry", args=[entry.pk])))


def test_what_was_typed_is_text_on_the_pages_that_explain(acme, client_of):
    tag = '"><img src=x onerror=alert(1)>'
    entry = ledger.adjust(
        account=acme.account, minutes=7, voucher=ledger.Voucher(cause="x", at=NOON, by=acme.approver, text=tag, reason=tag)
    )
    browser = client_of(acme.requester)

    for url in (reverse("entry", args=[entry.pk]), reverse("lot-why", args=[acme.account.lots.get().pk]), address(acme, "available")):
        page = browser.get(url).content.decode()
        assert tag not in page
        assert "&lt;img src=x" in page


def test_only_those_who_read_the_statement_read_its_reasons(cast, worked_for, borealis, client_of):
    urls = [address(worked_for, "available"), reverse("lot-why", args=[worked_for.account.lots.get().pk])]
    urls += [reverse("entry", args=[Entry.objects.get(number=1).pk])]

    for url in urls:
        assert [client_of(person).get(url).status_code for person in (borealis.approver, cast.tessa.person)] == [404, 404]
        assert [client_of(person).get(url).status_code for person in (worked_for.requester, cast.max, cast.fia)] == [200] * 3


def test_a_figure_that_there_is_not_is_not_there(acme, client_of):
    assert client_of(acme.requester).get(address(acme, "nonsense")).status_code == 404


@pytest.mark.parametrize("figure", explain.FIGURES)
def test_why_takes_as_many_queries_for_many_things_as_for_few(cast, client_of, figure):
    few, many = a_client(cast, "Few"), a_client(cast, "Many")
    grant(few.account, 60)
    hold(few.account, 10)
    for _ in range(6):
        grant(many.account, 60)
        hold(many.account, 10)
        worked(many.account, 10)
    counts = []
    for client in (few, many):
        browser = client_of(client.requester)
        browser.get(address(client, figure))
        with CaptureQueriesContext(connection) as queries:
            browser.get(address(client, figure))
        counts.append(len(queries))

    assert counts[0] == counts[1]
