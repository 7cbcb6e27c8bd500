"""The EC sales list and its file (rules I2, I6)."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from clients.models import Provider
from clients.vat import Treatment
from invoicing import ec_sales, vat_return
from invoicing.ec_sales import Contact, ContactIncomplete, NumberOfOurs, SumTooLong
from invoicing.periods import Every
from invoicing.tax_periods import TaxPeriod
from invoicing.vat_boxes import Box, Document, Share
from tests.cast import NOON, a_client
from tests.invoicing.abroad import DANISH, FINNISH, GERMAN, OURS, credited, euro, moved_to, registered, sold
from tests.invoicing.scene import invoicing_terms

NOVEMBER, DECEMBER, QUARTER = TaxPeriod(2026, 11), TaxPeriod(2026, 12), TaxPeriod(2026, 4, Every.QUARTER)
FIA = Contact("Fia Finans", "08-123 45 67", "ekonomi@provider.example")


@pytest.fixture
def fia(cast):
    invoicing_terms()
    registered()
    return cast.fia


@pytest.fixture
def german(acme):
    moved_to(acme, "DE", "de 136 695 976", name="Glühwein; GmbH")
    return acme


def lines(period=NOVEMBER, contact=FIA):
    return ec_sales.file_of(ec_sales.listed(period), our_number=OURS, contact=contact).decode("iso-8859-1").splitlines()


def a_share(net, *, name="Acme", key=1):
    figures = {"treatment": Treatment.REVERSE_CHARGE, "vat_in_books": Decimal(0), "is_credit": net < 0}
    document = Document(key=key, number=str(key), client=name, issued_on=date(2026, 11, 1), rates=[], **figures)
    return Share(document, Decimal(net))


@pytest.mark.django_db
def test_i6_the_file_has_who_reports_and_a_line_for_each_buyer(cast, german, fia):
    dane = a_client(cast, "Dane")
    moved_to(dane, "DK", DANISH)
    sold(german, fia, ("1000.99", 0))
    sold(dane, fia, ("500.60", 0))
    sold(german, fia, ("0.50", 0))

    assert lines() == [
        "SKV574008;",
        "556677889901;2611;Fia Finans;08-1234567;ekonomi@provider.example",
        "DE136695976;;;1001;",
        "DK13585628;;;500;",
    ]
    assert ec_sales.file_of(ec_sales.listed(NOVEMBER), our_number=OURS, contact=FIA).endswith(b"DK13585628;;;500;\r\n")


@pytest.mark.django_db
def test_i6_a_credit_note_takes_away_in_its_own_period(german, fia):
    invoice = sold(german, fia, ("1000.99", 0))
    credited(invoice, "400.50", fia, at=NOON + timedelta(days=30))

    assert lines(NOVEMBER)[2:] == ["DE136695976;;;1000;"]
    assert lines(DECEMBER)[2:] == ["DE136695976;;;-400;"]
    assert lines(QUARTER)[1:] == ["556677889901;26-4;Fia Finans;08-1234567;ekonomi@provider.example", "DE136695976;;;600;"]


@pytest.mark.django_db
def test_i6_a_buyer_whose_sales_were_all_taken_back_is_reported_with_nothing(german, fia):
    credited(sold(german, fia, (1000, 0)), 1000, fia)

    assert lines()[2:] == ["DE136695976;;;0;"]


@pytest.mark.django_db
def test_i6_sales_at_home_and_beyond_the_union_are_not_on_the_list(cast, acme, fia):
    norwegian = a_client(cast, "Fjord")
    moved_to(norwegian, "NO")
    sold(acme, fia, (1000, 25))
    sold(norwegian, fia, (1000, 0))

    found = ec_sales.listed(NOVEMBER)

    assert found.is_empty
    assert len(lines()) == 2


@pytest.mark.django_db
def test_i6_euro_are_reported_in_kronor_and_agree_with_box_39(german, fia):
    euro("11.4231")
    sold(german, fia, ("100.10", 0), currency="EUR")

    assert lines()[2:] == ["DE136695976;;;1143;"]
    (box,) = [found for found in vat_return.figures(NOVEMBER).boxes if found.box == Box.EU_SERVICES]
    assert (box.exact, box.whole) == (Decimal("1143.45"), ec_sales.listed(NOVEMBER).whole)


@pytest.mark.django_db
def test_i6_the_number_is_that_of_the_document_whatever_the_client_has_now(german, fia):
    sold(german, fia, (1000, 0))
    moved_to(german, "FI", FINNISH)
    sold(german, fia, (10, 0))

    assert lines()[2:] == ["DE136695976;;;1000;", "FI20774740;;;10;"]


@pytest.mark.django_db
def test_i6_documents_of_books_in_another_currency_are_named_not_added(german, fia):
    old = sold(german, fia, (1000, 0))
    Provider.objects.update(currency="EUR")

    found = ec_sales.listed(NOVEMBER)

    assert (found.others, found.buyers, found.is_empty) == ([old], [], False)


def test_i6_a_buyer_without_a_valid_number_is_a_fault_and_not_in_the_file():
    sold_to = [("DE", GERMAN, a_share(100)), ("DE", "DE136695977", a_share(200)), ("DK", GERMAN, a_share(300)), ("DE", "", a_share(400))]

    buyers = ec_sales.by_number(sold_to)

    assert [(buyer.number, buyer.exact, buyer.valid) for buyer in buyers] == [
        ("", Decimal(400), False),
        (GERMAN, Decimal(300), False),
        (GERMAN, Decimal(100), True),
        ("DE136695977", Decimal(200), False),
    ]


def test_i6_one_number_is_one_buyer_under_its_latest_name():
    (buyer,) = ec_sales.by_number([("DE", "de 136 695 976", a_share(100, name="Old")), ("DE", GERMAN, a_share(-30, name="New", key=2))])

    assert (buyer.number, buyer.name, buyer.exact) == (GERMAN, "New", Decimal(70))


@pytest.mark.parametrize(
    ("contact", "head"),
    [
        (replace(FIA, name="Eva; =1+1\r\nDE999;;;5;"), "556677889901;2611;Eva =1+1 DE999 5;08-1234567;ekonomi@provider.example"),
        (replace(FIA, name="Björn Åström", phone="+46 (8) 123-45"), "556677889901;2611;Björn Åström;+46812345;ekonomi@provider.example"),
        (replace(FIA, name="Zoë Łuczak 李明 Dvořák", email=""), "556677889901;2611;Zoë uczak Dvorák;08-1234567;"),
        (replace(FIA, name="A" * 60, email="a;b@c\n"), f"556677889901;2611;{'A' * 35};08-1234567;a b@c"),
    ],
)
def test_i6_nothing_typed_breaks_the_file(contact, head):
    empty = ec_sales.SalesList(NOVEMBER, "SEK", [], [], [])

    written = ec_sales.file_of(empty, our_number=OURS, contact=contact)

    assert written.decode("iso-8859-1") == f"SKV574008;\r\n{head}\r\n"


@pytest.mark.parametrize("number", ["", "SE5566778899", "DE136695976", "SE55667788990A"])
def test_i6_who_reports_needs_a_swedish_number(number):
    with pytest.raises(NumberOfOurs):
        ec_sales.file_of(ec_sales.SalesList(NOVEMBER, "SEK", [], [], []), our_number=number, contact=FIA)


@pytest.mark.parametrize(
    "contact", [replace(FIA, name=" ; "), replace(FIA, name="李明"), replace(FIA, phone=""), replace(FIA, phone="call me")]
)
def test_i6_somebody_can_be_called(contact):
    with pytest.raises(ContactIncomplete):
        ec_sales.file_of(ec_sales.SalesList(NOVEMBER, "SEK", [], [], []), our_number=OURS, contact=contact)


def test_i6_a_sum_longer_than_the_format_holds_is_refused():
    buyers = ec_sales.by_number([("DE", GERMAN, a_share(Decimal(10) ** 12))])

    with pytest.raises(SumTooLong):
        ec_sales.file_of(ec_sales.SalesList(NOVEMBER, "SEK", buyers, [], []), our_number=OURS, contact=FIA)
