"""Figures for the VAT return, each traceable to its documents (rules I2, I6)."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.models import Provider
from clients.vat import Treatment, by_rate
from invoicing import charging, drafting, ec_sales, issuing, tax_periods, vat_boxes, vat_return
from invoicing.periods import Every
from invoicing.tax_periods import TaxPeriod
from invoicing.vat_boxes import Box, Document
from tests.cast import NOON, a_client, at_stockholm
from tests.invoicing.abroad import GERMAN, credited, drafted, euro, moved_to, registered, sold
from tests.invoicing.overdue import days_late, late_terms
from tests.invoicing.scene import an_invoice, invoicing_terms, paid

NOVEMBER, DECEMBER = TaxPeriod(2026, 11), TaxPeriod(2026, 12)
MONTH = timedelta(days=30)


@pytest.fixture
def fia(cast):
    invoicing_terms()
    registered()
    return cast.fia


def boxes(period=NOVEMBER):
    return {box.box.value: (box.exact, int(box.whole)) for box in vat_return.figures(period).boxes if box.shares}


def numbers(box, period=NOVEMBER):
    return [share.document.number for found in vat_return.figures(period).boxes if found.box == box for share in found.shares]


def a_document(*rates, **fields):
    whole = sum((vat for _percent, _net, vat in rates), Decimal(0))
    given: dict[str, Any] = {"key": 1, "number": "1", "client": "A", "issued_on": date(2026, 11, 1), "is_credit": False}
    given |= {"treatment": Treatment.DOMESTIC, "rates": rates, "vat_in_books": whole}
    return Document(**(given | fields))


@pytest.mark.django_db
def test_i6_each_rate_has_its_box_and_box_05_has_them_all(acme, fia):
    invoice = sold(acme, fia, ("1000.55", 25), ("200.40", 12), ("100.10", 6), ("50.00", 0))

    assert boxes() == {
        "05": (Decimal("1301.05"), 1301),
        "10": (Decimal("250.14"), 250),
        "11": (Decimal("24.05"), 24),
        "12": (Decimal("6.01"), 6),
        "42": (Decimal("50.00"), 50),
    }
    assert numbers(Box.SALES) == [invoice.number]


@pytest.mark.django_db
def test_i6_services_abroad_have_boxes_without_vat(cast, acme, fia):
    norwegian, stranger = a_client(cast, "Fjord"), a_client(cast, "Ohne")
    moved_to(acme, "DE", GERMAN)
    moved_to(norwegian, "NO")
    moved_to(stranger, "DE")
    sold(acme, fia, (1000, 0))
    sold(norwegian, fia, (700, 0))
    sold(stranger, fia, (400, 25))

    assert boxes() == {"05": (400, 400), "10": (100, 100), "39": (1000, 1000), "40": (700, 700)}


@pytest.mark.django_db
def test_i6_a_credit_note_counts_in_its_own_period(acme, fia):
    invoice = sold(acme, fia, ("1000.99", 25))
    note = credited(invoice, "400.50", fia, at=NOON + MONTH)

    assert boxes(NOVEMBER) == {"05": (Decimal("1000.99"), 1000), "10": (Decimal("250.25"), 250)}
    assert boxes(DECEMBER) == {"05": (Decimal("-400.50"), -400), "10": (Decimal("-100.13"), -100)}
    assert numbers(Box.SALES, DECEMBER) == [note.number]
    assert boxes(TaxPeriod(2026, 4, Every.QUARTER)) == {"05": (Decimal("600.49"), 600), "10": (Decimal("150.12"), 150)}


@pytest.mark.django_db
def test_i6_the_period_is_that_of_the_provider_dates(acme, fia):
    sold(acme, fia, (100, 25), at=at_stockholm(2026, 11, 30, 23, 59))
    sold(acme, fia, (1, 25), at=at_stockholm(2026, 12, 1, 0, 0))

    assert boxes(NOVEMBER)["05"] == (100, 100)
    assert boxes(DECEMBER)["05"] == (1, 1)


@pytest.mark.django_db
def test_i6_another_currency_counts_as_the_document_says_in_the_books(acme, fia):
    euro("11.4231")
    invoice = sold(acme, fia, ("100.10", 25), ("10.00", 12), currency="EUR")

    found = boxes()

    assert found["05"] == (Decimal("1257.68"), 1257)
    assert found["10"][0] + found["11"][0] == invoice.vat_in_books
    assert found["11"][0] == invoice.vat_in_books - Decimal("285.92")


@pytest.mark.django_db
def test_i6_drafts_count_nowhere_and_an_empty_period_says_so(acme, fia):
    drafted(acme, (1000, 25))

    found = vat_return.figures(NOVEMBER)

    assert found.is_empty
    assert [(box.box, box.whole) for box in found.boxes] == [(box, Decimal(0)) for box in Box]
    assert found.output_vat == 0


@pytest.mark.django_db
def test_i6_documents_of_books_in_another_currency_are_named_not_added(acme, fia):
    old = sold(acme, fia, (1000, 25))
    Provider.objects.update(currency="EUR")

    found = vat_return.figures(NOVEMBER)

    assert (found.currency, found.others, boxes()) == ("EUR", [old], {})
    assert not found.is_empty


@pytest.mark.django_db
def test_i2_vat_of_advances_that_were_not_paid_in_the_period_stands_beside(acme, fia):
    """An advance is reported by its invoice: never too late, and what is early can be seen."""
    half_paid, whole_paid, later = an_invoice(acme, fia), an_invoice(acme, fia), an_invoice(acme, fia)
    sold(acme, fia, (9999, 25))
    paid(half_paid, 6000, fia)
    paid(whole_paid, 12000, fia)
    paid(later, 12000, fia, at=NOON + MONTH)

    found = vat_return.figures(NOVEMBER).advances

    assert [(one.invoice, one.vat.amount) for one in found] == [(half_paid, Decimal("1200.00")), (later, Decimal("2400.00"))]
    assert vat_return.figures(DECEMBER).advances == []


@pytest.mark.django_db
def test_i2_an_advance_that_was_credited_is_not_waited_for(acme, fia):
    credited(an_invoice(acme, fia), 9600, fia)

    assert vat_return.figures(NOVEMBER).advances == []


@pytest.mark.django_db
def test_i6_a_return_takes_as_many_queries_for_many_documents_as_for_one(acme, fia, django_assert_num_queries):
    for _ in range(5):
        an_invoice(acme, fia)

    with django_assert_num_queries(4):
        vat_return.figures(NOVEMBER)


@pytest.mark.parametrize(("exact", "whole"), [("0.99", 0), ("-0.99", 0), ("1.99", 1), ("-1.99", -1), ("1000000.00", 1000000)])
def test_i6_ore_are_cut_off_never_rounded(exact, whole):
    is_credit = exact.startswith("-")
    document = a_document((Decimal(0), abs(Decimal(exact)), Decimal(0)), is_credit=is_credit)

    found = vat_boxes.filled([document])[0][-1]

    assert (found.box, found.exact, f"{found.whole:f}") == (Box.EXEMPT, Decimal(exact), str(whole))


def test_i6_a_rate_without_a_box_is_named():
    boxes_found, unboxed = vat_boxes.filled([a_document((Decimal(24), Decimal(100), Decimal(24)))])

    assert [(one.percent, one.vat) for one in unboxed] == [(Decimal(24), Decimal(24))]
    assert [box.exact for box in boxes_found] == [100, 0, 0, 0, 0, 0, 0]


@given(
    lines=st.lists(
        st.tuples(st.decimals("0.01", "99999.99", places=2), st.sampled_from([Decimal(25), Decimal(12), Decimal(6), Decimal(0)])),
        min_size=1,
        max_size=6,
    ),
    rate=st.decimals("0.0001", "99", places=6),
)
def test_i6_the_vat_of_all_boxes_is_the_vat_in_the_books(lines, rate):
    rates = [(percent, net, tax) for percent, (net, tax) in by_rate(lines).items()]
    in_books = (sum((tax for _percent, _net, tax in rates), Decimal(0)) * rate).quantize(Decimal("0.01"), rounding="ROUND_HALF_UP")

    boxes_found, unboxed = vat_boxes.filled([a_document(*rates, rate=rate, vat_in_books=in_books)])

    taxed = sum((box.exact for box in boxes_found if box.box in vat_boxes.OF_RATE.values()), Decimal(0))
    assert not unboxed
    assert abs(taxed - in_books) <= (Decimal("0.02") if not taxed else 0)


def test_i6_periods_by_their_codes():
    november, quarter = tax_periods.written("2026-11"), tax_periods.written("2026-q4")

    assert (november, november.agency_code, november.first, november.last) == (NOVEMBER, "2611", date(2026, 11, 1), date(2026, 11, 30))
    assert (quarter.agency_code, quarter.code, quarter.first, quarter.last) == ("26-4", "2026-q4", date(2026, 10, 1), date(2026, 12, 31))
    assert tax_periods.of(date(2026, 2, 28)).last == date(2026, 2, 28)
    assert tax_periods.of(date(2024, 1, 1), Every.QUARTER).before() == TaxPeriod(2023, 4, Every.QUARTER)
    assert tax_periods.of(date(2026, 1, 1)).before() == TaxPeriod(2025, 12)
    assert [tax_periods.written(code) for code in ("", "2026-13", "2026-q5", "2026-1", "1999-01", "2026-11\n", "٢٠٢٦-11")] == [None] * 7


@pytest.mark.django_db
def test_i6_what_late_payment_costs_is_no_sale_and_in_no_box(cast, acme, fia):
    late_terms()
    invoice = an_invoice(acme, fia)
    paid(invoice, invoice.payable, fia, at=days_late(20))
    charging.charge_due(days_late(21))
    [draft] = drafting.pull(at=days_late(21))

    issued = issuing.issue(draft, by=fia, at=days_late(21))

    january = TaxPeriod(2027, 1)
    assert issued.issued_on.month == 1
    assert vat_return.figures(january).is_empty
    assert ec_sales.listed(january).is_empty
