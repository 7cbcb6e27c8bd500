"""Reports for the tax agency and the accountant at the desk, and their files (rules I2, I6)."""

import csv
from datetime import timedelta
from decimal import Decimal
from io import BytesIO, StringIO

import pytest
import time_machine
from django.urls import reverse
from openpyxl import load_workbook

from clients.models import Provider
from invoicing.models import InvoicingTerms
from tests.cast import NOON, a_client
from tests.credits.posting import grant
from tests.invoicing.abroad import DANISH, GERMAN, credited, moved_to, registered, sold
from tests.invoicing.scene import an_invoice, invoicing_terms
from tests.sessions.penalised import a_late_cancellation

pytestmark = pytest.mark.django_db
VAT, SALES, FILE, PENALTIES = (reverse(f"desk-report{name}") for name in ("s", "-ec", "-ec-file", "-penalties"))
PAGES = [VAT, SALES, PENALTIES]
NOVEMBER = {"period": "2026-11"}
HOSTILE = '=HYPERLINK("http://evil");\n+1,\'李明'


@pytest.fixture(autouse=True)
def _noon(cast):
    invoicing_terms()
    registered()
    with time_machine.travel(NOON, tick=False):
        yield


def text(response):
    return " ".join(response.content.decode().replace("\xa0", " ").split())


def of(report, kind, *place):
    return reverse(f"desk-report-{kind}", args=[report, *place])


def cells(response, separator=","):
    return list(csv.reader(StringIO(response.content.decode("utf-8-sig")), delimiter=separator))


@pytest.fixture
def sales(cast, acme, borealis):
    """A sale at home, one abroad, to people with terrible names; part of the second is credited in December."""
    moved_to(acme, "SE", name=HOSTILE[:100])
    moved_to(borealis, "DE", GERMAN, name="@SUM(A1); GmbH")
    home, abroad = sold(acme, cast.fia, ("1000.55", 25)), sold(borealis, cast.fia, ("2000.99", 0))
    return home, abroad, credited(abroad, "500.50", cast.fia, at=NOON + timedelta(days=30))


@pytest.mark.parametrize("page", PAGES)
def test_i6_it_works_and_an_empty_period_says_so(cast, client_of, page):
    response = client_of(cast.fia).get(page)

    assert response.status_code == 200
    assert response.context["period"].code == "2026-10"
    assert "October 2026" in text(response)
    assert 'class="empty"' in text(response) or "empty" in text(response)


def test_i6_the_vat_return_shows_boxes_with_their_documents(cast, client_of, sales):
    home, abroad, _note = sales

    shown = text(client_of(cast.fia).get(VAT, NOVEMBER))

    for words in ("SEK 1,000.55", "<b>1,000</b>", "SEK 2,000.99", "<b>2,000</b>", str(home.number), str(abroad.number)):
        assert words in shown
    assert "HYPERLINK(&quot;" in shown


def test_i6_advances_that_were_not_paid_stand_beside(cast, acme, client_of):
    an_invoice(acme, cast.fia)

    assert "SEK 2,400.00" in text(client_of(cast.fia).get(VAT, NOVEMBER)).split("Advances that were not paid")[1]


def test_i6_a_credit_note_is_taken_off_in_its_own_month(cast, client_of, sales):
    assert "−500" in text(client_of(cast.fia).get(SALES, {"period": "2026-12"}))
    assert "1,500" in text(client_of(cast.fia).get(SALES, {"period": "2026-q4"}))


def test_i6_the_file_for_the_tax_agency(cast, client_of, sales):
    response = client_of(cast.fia).get(FILE, NOVEMBER)

    assert response["Content-Disposition"] == 'attachment; filename="SKV5740-2026-11.txt"'
    assert response.content.decode("iso-8859-1").splitlines() == [
        "SKV574008;",
        "556677889901;2611;Fia Testsson;+4681234567;support@provider.example",
        f"{GERMAN};;;2000;",
    ]


def test_i6_a_file_that_nobody_can_be_asked_about_is_refused_in_words(cast, client_of, sales):
    Provider.objects.update(phone="")

    response = client_of(cast.fia).get(FILE, NOVEMBER)

    assert response.status_code == 409
    assert "telephone number" in text(response)


@pytest.mark.parametrize(("language", "separator"), [("en", ","), ("sv", ";")])
def test_i6_no_name_becomes_a_formula_in_a_file(cast, client_of, sales, language, separator):
    cast.fia.language = language
    cast.fia.save()
    browser = client_of(cast.fia)

    tables = [cells(browser.get(of(*where), NOVEMBER), separator) for where in (("vat", "csv", 2), ("ec-sales", "csv", 1))]
    book = load_workbook(BytesIO(browser.get(of("ec-sales", "xlsx"), NOVEMBER).content))

    names = [row[2] for row in tables[0][1:]]
    assert any("HYPERLINK" in name for name in names)
    assert all(name.startswith("'") for name in names)
    assert tables[1][1][1].startswith("'@SUM")
    assert not any(cell.data_type == "f" for sheet in book for row in sheet for cell in row)


def test_i6_the_boxes_as_files(cast, client_of, sales):
    browser = client_of(cast.fia)

    table = cells(browser.get(of("vat", "csv", 1), NOVEMBER))
    book = load_workbook(BytesIO(browser.get(of("vat", "xlsx"), NOVEMBER).content))

    assert [row[0] for row in table[1:]] == ["05", "10", "11", "12", "39", "40", "42"]
    assert table[1][2:] == ["1000.55", "1000", "SEK"]
    assert [[cell.value for cell in row][2:4] for row in book.worksheets[0].iter_rows(min_row=6, max_row=6)] == [[2000.99, 2000]]
    assert book.worksheets[1].max_row == 4


def test_i6_penalties_on_the_page_and_in_files(cast, acme, client_of):
    grant(acme.account, 300)
    a_late_cancellation(cast, acme, credit=0)
    browser = client_of(cast.fia)

    shown, table = text(browser.get(PENALTIES, NOVEMBER)), cells(browser.get(of("penalties", "csv", 1), NOVEMBER))

    for words in ("Late change", "Disk is full", "2 h 00", "SEK 1,920.00", "SEK 3,840.00", "SEK 960.00"):
        assert words in shown
    assert [(row[4], Decimal(row[7]), Decimal(row[9]), row[10]) for row in table[1:]] == [("120", Decimal(3840), Decimal(960), "SEK")]


def test_i6_what_cannot_be_a_period_is_said(cast, client_of):
    browser = client_of(cast.fia)

    assert [browser.get(page, {"period": "2026-99"}).status_code for page in PAGES] == [422] * 3
    assert browser.get(VAT, {"period": "2019-q2"}).context["period"].code == "2019-q2"
    for url in (of("vat", "csv", 1), of("vat", "xlsx")):
        assert browser.get(url, {"period": "x"}).status_code == 404
    assert browser.get(FILE, {"period": "x"}).status_code == 422


@pytest.mark.parametrize(
    "url", [of("vat", "csv", 0), of("vat", "csv", 3), of("penalties", "csv", 2), of("profit", "csv", 1), of("x", "xlsx")]
)
def test_i6_there_is_no_such_file(cast, client_of, url):
    assert client_of(cast.fia).get(url, NOVEMBER).status_code == 404


@pytest.mark.parametrize("page", [*PAGES, FILE, of("vat", "xlsx"), of("vat", "csv", 1)])
def test_i6_only_finance_and_administrators_read_it(cast, acme, client_of, page):
    statuses = [client_of(person).get(page, NOVEMBER).status_code for person in (cast.ada, cast.max, cast.tessa.person, acme.approver)]

    assert statuses[0] == 200
    assert statuses[1:] == [404, 404, 404]


@pytest.mark.parametrize("page", PAGES)
def test_p1_where_nothing_is_invoiced_there_are_no_reports(cast, client_of, page):
    InvoicingTerms.objects.all().delete()

    assert client_of(cast.fia).get(page).status_code == 404


@pytest.mark.parametrize("page", PAGES)
def test_i6_many_documents_take_as_many_queries_as_few(cast, acme, client_of, page, django_assert_max_num_queries):
    for number in range(4):
        client = a_client(cast, f"Buyer{number}")
        moved_to(client, "DK", DANISH)
        sold(client, cast.fia, (100, 0))
        an_invoice(acme, cast.fia)
    browser = client_of(cast.fia)
    browser.get(page, NOVEMBER)

    with django_assert_max_num_queries(14):
        assert browser.get(page, NOVEMBER).status_code == 200
