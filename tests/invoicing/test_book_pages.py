"""The books at the desk (rule I6): for finance, from the month to the file and from the voucher to what it comes from."""

import re
from datetime import date
from io import BytesIO

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override
from openpyxl import load_workbook

from clients.models import Provider
from invoicing.books import files, posting
from invoicing.models import BookAccount, BookFile, BookPeriod, Books, BookVoucher
from people.models import Person
from tests.cast import a_client, at_stockholm
from tests.invoicing import sie_reading
from tests.invoicing.books_scene import a_chart, a_paid_lot, used
from tests.invoicing.scene import invoicing_terms

pytestmark = pytest.mark.django_db
IN_DECEMBER = at_stockholm(2026, 12, 3, 9)
PAGES = [
    ("desk-books", {}),
    ("desk-books-vouchers", {}),
    ("desk-books-month", {"month": "2026-11"}),
    ("desk-books-lock", {"month": "2026-11"}),
    ("desk-books-month-file", {"month": "2026-11", "kind": "csv"}),
    ("desk-books-month-file", {"month": "2026-11", "kind": "xlsx"}),
]


@pytest.fixture(autouse=True)
def december(cast):
    invoicing_terms()
    a_chart()
    with time_machine.travel(IN_DECEMBER, tick=False):
        yield


@pytest.fixture
def fia(cast, acme):
    a_paid_lot(acme, cast.fia)
    used(acme, 50)
    browser = Browser()
    browser.force_login(cast.fia)
    return browser


def text_of(response):
    return response.content.decode().replace("\xa0", " ")


def test_i6_a_file_is_made_on_the_page_and_fetched_as_sie_and_as_a_list(fia):
    made = fia.post(reverse("desk-books"), {"until": "2026-12-03", "key": "k"}, follow=True)

    assert "The file is made: 3 vouchers." in text_of(made)
    file = BookFile.objects.get()
    sie = fia.get(reverse("desk-books-sie", args=[file.pk]))
    assert sie.content == bytes(file.content)
    assert len(sie_reading.read(sie.content).vouchers) == 3
    assert "tillgodo-2026-12-03" in sie["Content-Disposition"]
    listed = load_workbook(BytesIO(fia.get(reverse("desk-books-list", args=[file.pk])).content)).worksheets[0]
    assert listed.max_row == 1 + 7


def test_i6_where_a_file_ends_with_its_year_it_is_said_and_the_next_one_is_made_by_the_same_form(fia, acme):
    used(acme, 20, on=date(2027, 1, 1), at=at_stockholm(2027, 1, 1, 9))
    with time_machine.travel(at_stockholm(2027, 1, 4, 9), tick=False):
        fia.force_login(Person.objects.get(email__startswith="fia@"))
        first, second = (
            text_of(fia.post(reverse("desk-books"), {"until": "2027-01-03", "key": key}, follow=True)) for key in ("one", "two")
        )

    said = "It ends with 2026, since a file is of one year. What was booked after that goes into the next one: make it now."
    assert ("The file is made: 3 vouchers." in first, said in first) == (True, True)
    assert ("The file is made: 1 voucher." in second, said in second) == (True, False)


def test_i6_the_same_form_twice_makes_one_file_and_nothing_new_is_said(fia):
    fia.post(reverse("desk-books"), {"until": "2026-12-03", "key": "k"})
    fia.post(reverse("desk-books"), {"until": "2026-12-03", "key": "k"})
    refused = fia.post(reverse("desk-books"), {"until": "2026-12-03", "key": "other"})

    assert BookFile.objects.count() == 1
    assert refused.status_code == 409
    assert "There is no voucher until that day" in text_of(refused)


def test_i6_what_waits_is_posted_at_the_press_of_a_button_and_what_cannot_be_says_why(fia):
    BookAccount.objects.filter(meaning="server_support").delete()

    page = fia.post(reverse("desk-books-post"), follow=True)

    assert "3 events posted." in text_of(page)
    assert "The chart of accounts has none for “Server support” at 25 % VAT" in text_of(page)
    assert "1 event waits to be posted." in text_of(page)


def test_i6_a_month_is_locked_after_its_consequence_was_shown(fia):
    asked = text_of(fia.get(reverse("desk-books-lock", args=["2026-11"])))
    assert "No voucher is dated in November 2026 any more, for good." in asked

    done = fia.post(reverse("desk-books-lock", args=["2026-11"]), follow=True)

    assert "November 2026 is locked." in text_of(done)
    assert BookPeriod.objects.get(first_on=date(2026, 11, 1)).locked_at == IN_DECEMBER
    assert "This month was locked by Fia" in text_of(fia.get(reverse("desk-books-lock", args=["2026-11"])))
    assert fia.post(reverse("desk-books-lock", args=["2026-12"])).status_code == 409


def test_i6_the_month_shows_what_clients_have_with_us(fia):
    posting.post(at=IN_DECEMBER)

    page = text_of(fia.get(reverse("desk-books-month", args=["2026-11"])))

    assert "clients have SEK 8,600.00 with us, for 7 h 10 min" in page
    assert "Ties" in page
    assert "Acme · IT" in page
    csv = text_of(fia.get(reverse("desk-books-month-file", args=["2026-11", "csv"])))
    assert "8600.00" in csv


def test_i6_every_figure_of_the_month_stands_under_its_heading(fia):
    posting.post(at=IN_DECEMBER)

    page = text_of(fia.get(reverse("desk-books-month", args=["2026-11"])))

    table = page.partition("All together")[2].partition("</table>")[0]
    headings = re.findall(r'<th scope="col"[^>]*>([^<]+)</th>', table)
    assert headings == re.findall(r'data-label="([^"]+)"', table)
    assert "Price reduced" in headings


def test_i6_the_list_of_vouchers_names_both_sides_in_the_words_of_bookkeeping(fia):
    with override("sv"):
        table = files.table(BookVoucher.objects.none())

    assert table.headings[-2:] == ["Debet", "Kredit"]


def test_i6_a_voucher_leads_to_what_it_comes_from(fia):
    posting.post(at=IN_DECEMBER)
    invoice, payment, entry = (BookVoucher.objects.get(series=series) for series in "FBT")

    pages = [text_of(fia.get(reverse("desk-books-voucher", args=[voucher.pk]))) for voucher in (invoice, payment, entry)]

    address = reverse("desk-invoice", args=[invoice.event.invoice_id])
    assert address in pages[0]
    assert address in pages[1]
    assert "Hours deducted" in pages[2]
    assert "2420 Förskott från kunder" in pages[2]
    listed = text_of(fia.get(reverse("desk-books-vouchers"), {"month": "2026-11"}))
    assert all(f">{voucher}<" in listed for voucher in (invoice, payment, entry))
    assert "No voucher" in text_of(fia.get(reverse("desk-books-vouchers"), {"month": "2026-12"}))


def queries_of(browser, voucher):
    """How many each page takes."""
    found = {}
    for name, arguments in (
        ("desk-books", []),
        ("desk-books-vouchers", []),
        ("desk-books-month", ["2026-11"]),
        ("desk-books-voucher", [voucher.pk]),
    ):
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(reverse(name, args=arguments)).status_code == 200
        found[name] = len(queries)
    return found


def test_i6_pages_take_as_many_queries_however_much_there_is(fia, cast, acme):
    posting.post(at=IN_DECEMBER)
    voucher = BookVoucher.objects.get(series="T")
    queries_of(fia, voucher)
    few = queries_of(fia, voucher)
    a_paid_lot(a_client(cast, "Other"), cast.fia)
    for _number in range(4):
        used(acme, 10)
    posting.post(at=IN_DECEMBER)

    assert queries_of(fia, voucher) == few


@pytest.mark.parametrize("month", ["2026-13", "26-11", "1999-01", "2026-1", "2026-11-01", "x"])
def test_i6_what_is_no_month_is_nowhere(fia, month):
    for name in ("desk-books-month", "desk-books-lock"):
        assert fia.get(reverse(name, args=[month])).status_code == 404
    assert fia.get(reverse("desk-books-vouchers"), {"month": month}).status_code == 404
    assert fia.get(reverse("desk-books-month-file", args=["2026-11", "pdf"])).status_code == 404


@pytest.mark.parametrize(("name", "arguments"), PAGES)
def test_i6_the_books_are_for_finance(fia, cast, acme, name, arguments):
    address = reverse(name, kwargs=arguments)

    assert fia.get(address).status_code == 200
    for person in (cast.max, cast.tessa.person, acme.approver):
        browser = Browser()
        browser.force_login(person)
        assert browser.get(address).status_code == 404


def test_p1_without_a_chart_the_page_says_what_is_missing_and_no_word_leads_there(cast):
    BookAccount.objects.all().delete()
    Books.objects.all().delete()
    browser = Browser()
    browser.force_login(cast.fia)

    page = text_of(browser.get(reverse("desk-books")))

    assert "There is no chart of accounts" in page
    assert f'href="{reverse("desk-books")}"' not in page
    assert browser.post(reverse("desk-books-post"), follow=True).status_code == 200
    assert browser.post(reverse("desk-books"), {"until": "2026-12-03", "key": "k"}).status_code == 409


def test_i6_a_word_leads_finance_to_the_books(fia):
    assert f'href="{reverse("desk-books")}"' in text_of(fia.get(reverse("desk-invoices")))


def test_p4_a_month_is_written_small_inside_a_swedish_sentence_and_large_at_its_beginning(cast, fia):
    Person.objects.filter(pk=cast.fia.pk).update(language="sv")
    fia.post(reverse("desk-books-post"))

    asked, months = (text_of(fia.get(page)) for page in (reverse("desk-books-lock", args=["2026-11"]), reverse("desk-books")))

    assert ("november 2026" in asked, "November 2026" in asked) == (True, False)
    assert "November 2026" in months


@pytest.mark.parametrize(
    ("ours", "in_sie"), [("en", ("Invoice ", "Hours deducted", "Entered by hand")), ("sv", ("Faktura ", "Avdragen tid", "Inskri"))]
)
@pytest.mark.parametrize(("reader", "wanted"), [("en", ("Invoice ", "Hours deducted")), ("sv", ("Faktura ", "Avdragen tid"))])
def test_p4_vouchers_are_read_in_the_readers_language_and_exported_in_the_providers(cast, fia, ours, in_sie, reader, wanted):
    Provider.objects.update(language=ours)
    Person.objects.filter(pk=cast.fia.pk).update(language=reader)

    fia.post(reverse("desk-books"), {"until": "2026-12-03", "key": "k"})

    file = BookFile.objects.get()
    listed = text_of(fia.get(reverse("desk-books-vouchers")))
    one = text_of(fia.get(reverse("desk-books-voucher", args=[BookVoucher.objects.order_by("pk").first().pk])))
    sheet = load_workbook(BytesIO(fia.get(reverse("desk-books-list", args=[file.pk])).content)).active
    cells = " ".join(str(cell) for row in sheet.iter_rows(values_only=True) for cell in row)
    assert [[word in page for word in wanted] for page in (listed, cells)] == [[True, True]] * 2
    assert wanted[0] in one
    assert [word in bytes(file.content).decode("cp437") for word in in_sie] == [True] * 3


def test_p4_a_voucher_of_before_is_shown_as_it_was_written(fia):
    fia.post(reverse("desk-books-post"))
    voucher = BookVoucher.objects.order_by("pk").first()

    voucher.said = None

    assert voucher.told == voucher.text


def test_i6_what_a_voucher_says_stays_in_every_language(fia):
    fia.post(reverse("desk-books-post"))

    with pytest.raises(DatabaseError, match="invoicing_bookvoucher"), transaction.atomic():
        BookVoucher.objects.update(said={"en": "Another", "sv": "En annan"})


def test_i6_why_a_month_cannot_be_locked_yet_is_said_before_the_press(fia):
    posting.post(at=IN_DECEMBER)

    running = text_of(fia.get(reverse("desk-books-lock", args=["2026-12"])))
    months = text_of(fia.get(reverse("desk-books")))

    assert "December 2026 is not over: it can be locked from Friday 1 January" in running
    assert ("Lock December 2026 </button>" in running, "Lock December 2026</button>" in running) == (False, False)
    assert "Lock November 2026</a>" in months
