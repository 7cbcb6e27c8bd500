"""What is missing is asked for in words, all of it at once, and nothing is written."""

from dataclasses import replace
from decimal import Decimal

import pytest

from core.errors import DomainError
from invoicing.einvoice.cii import written_cii
from invoicing.einvoice.completeness import NotComplete
from invoicing.einvoice.ubl import written
from invoicing.facts import PaymentMeans
from tests.invoicing import documents
from tests.invoicing.documents import ACME, BANKGIRO, GLUEHWEIN, NORDLICHT

ORDER = "the buyer's reference or an order number"
SELLERS_ADDRESS = "the seller's electronic address (number and scheme)"
BUYERS_ADDRESS = "the buyer's electronic address (number and scheme)"


def seller(**fields):
    return {"seller": replace(NORDLICHT, **fields)}


def buyer(**fields):
    return {"buyer": replace(ACME, **fields)}


def without_reason():
    facts = documents.reverse_charge()
    return replace(facts, vat_rows=[replace(row, reason=" ") for row in (*facts.vat_rows, *facts.vat_rows)])


BY_LAW = [
    (documents.domestic(number=" \x00"), "the number of the invoice"),
    (documents.domestic(currency="kr"), "the currency, by its three letters"),
    (documents.domestic(**seller(name="\u202e")), "the seller's name"),
    (documents.domestic(**seller(address_lines=(" ",), city="")), "the seller's address"),
    (documents.domestic(**seller(country="")), "the seller's country, by its two letters"),
    (documents.domestic(**seller(organisation_number="")), "the seller's organisation number"),
    (documents.domestic(**seller(organisation_number="556036-0794")), "an organisation number of the seller with a right check digit"),
    (documents.domestic(**seller(organisation_number="556036-079")), "an organisation number of the seller with a right check digit"),
    (documents.domestic(**seller(vat_number="")), "the seller's VAT number"),
    (documents.domestic(**seller(vat_number="SE5560360793")), "a VAT number of the seller in its country's form"),
    (documents.domestic(**buyer(name="")), "the buyer's name"),
    (documents.domestic(**buyer(address_lines=(), city="")), "the buyer's address"),
    (documents.domestic(**buyer(country="se")), "the buyer's country, by its two letters"),
    (documents.domestic(**buyer(organisation_number="5567037486")), "an organisation number of the buyer with a right check digit"),
    (documents.domestic(**buyer(vat_number="556703748501")), "a VAT number of the buyer in its country's form"),
    (documents.reverse_charge(buyer=replace(GLUEHWEIN, vat_number="")), "the VAT number of the buyer, who accounts for the VAT"),
    (documents.facts_of(documents.a_line(text="\x07")), "what line 1 is for"),
    (without_reason(), "why no VAT is charged, in words"),
    (documents.in_euro(vat_in_books=None), "the VAT in SEK"),
    (documents.in_euro(rate=None), "the rate of exchange and its date"),
    (documents.in_euro(rate_on=None), "the rate of exchange and its date"),
    (documents.in_euro(books_currency="kr"), "the currency of the books, by its three letters"),
    (
        documents.reverse_charge(books_currency="kr", vat_in_books=Decimal(0), rate=1, rate_on=1),
        "the currency of the books, by its three letters",
    ),
    (documents.domestic(due_on=None), "the day it is due, or terms of payment"),
    (documents.domestic(payment=PaymentMeans(reference="1234574")), "an account to pay to"),
    (documents.domestic(payment=replace(BANKGIRO, bankgiro="5050-1056")), "a right account number instead of 50501056"),
    (documents.domestic(payment=PaymentMeans(plusgiro="41054685-1")), "a right account number instead of 410546851"),
    (
        documents.domestic(payment=PaymentMeans(iban="SE4550000000058398257467")),
        "a right account number instead of SE4550000000058398257467",
    ),
    (documents.credit_note(preceding=()), "the invoice that is credited"),
    (documents.credit_note(preceding=((" ", documents.ISSUED_ON),)), "the invoice that is credited"),
]
BY_PEPPOL = [
    (documents.domestic(buyer_reference=" "), ORDER),
    (documents.domestic(**seller(endpoint="")), SELLERS_ADDRESS),
    (documents.domestic(**seller(endpoint_scheme="")), SELLERS_ADDRESS),
    (documents.domestic(**buyer(endpoint=" ")), BUYERS_ADDRESS),
    (documents.domestic(**buyer(endpoint_scheme="GLN")), BUYERS_ADDRESS),
    (documents.domestic(**seller(endpoint="5560360794")), "an electronic address of the seller with a right check digit"),
    (documents.domestic(**buyer(endpoint="556703748")), "an electronic address of the buyer with a right check digit"),
]


@pytest.mark.parametrize(("facts", "words"), [*BY_LAW, *BY_PEPPOL])
def test_i4_what_the_network_lacks_is_named(facts, words):
    with pytest.raises(NotComplete) as refused:
        written(facts)

    assert refused.value.missing == (words,)


@pytest.mark.parametrize(("facts", "words"), BY_LAW)
def test_i4_what_the_law_lacks_is_named_for_a_pdf_too(facts, words):
    with pytest.raises(NotComplete) as refused:
        written_cii(facts)

    assert refused.value.missing == (words,)


@pytest.mark.parametrize(("facts", "_words"), BY_PEPPOL)
def test_i4_a_pdf_needs_nothing_of_the_network(facts, _words):
    assert written_cii(facts)


def test_i4_all_that_is_missing_is_named_in_one_sentence():
    facts = documents.domestic(buyer_reference="", **buyer(endpoint=""), **seller(vat_number=""))

    with pytest.raises(DomainError) as refused:
        written(facts)

    assert str(refused.value) == (
        "The e-invoice was not written, for this is missing: the seller's VAT number; the buyer's reference or an order number; "
        "the buyer's electronic address (number and scheme)."
    )


def test_i4_an_invoice_without_lines_is_not_written():
    with pytest.raises(NotComplete) as refused:
        written(documents.facts_of())

    assert refused.value.missing == ("a line", "the VAT by rate")


def test_i4_terms_may_stand_for_a_day_it_is_due():
    assert b"<cbc:Note>On receipt</cbc:Note>" in written(documents.domestic(due_on=None, terms="On receipt"))


def test_i4_where_nothing_is_left_to_pay_no_account_is_asked_for():
    facts = documents.domestic(prepaid=Decimal(12000), due_on=None, payment=PaymentMeans())

    assert b'<cbc:PayableAmount currencyID="SEK">0.00</cbc:PayableAmount>' in written(facts)


def test_i2_outside_the_scope_no_vat_number_is_asked_for():
    assert written(documents.outside_the_eu(seller=replace(NORDLICHT, vat_number="")))
    assert written(documents.outside_the_eu(buyer=replace(documents.FJORD, vat_number="974760673")))
