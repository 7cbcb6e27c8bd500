"""The code on an invoice says to a banking app what the invoice says to a person (rule I3)."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from invoicing import bank_numbers, qr
from invoicing.facts import InvoiceFacts, Kind, Party, PaymentMeans
from tests.invoicing.qr_reading import read

BANKGIRO = PaymentMeans(bankgiro="50501055", reference="1234574")
IBAN = PaymentMeans(iban="SE4550000000058398257466", bic="ESSESESS", reference="1234574")
INVOICE = InvoiceFacts(
    kind=Kind.INVOICE,
    number="2026-17",
    issued_on=date(2026, 11, 2),
    due_on=date(2026, 12, 2),
    currency="SEK",
    seller=Party(name="Åkes Stöd AB", organisation_number="556677-8899", country="SE", city="Malmö", postcode="211 20"),
    buyer=Party(name="Acme AB", organisation_number="556000-0001", country="SE"),
    lines=(),
    vat_rows=(),
    net=Decimal("1000.00"),
    vat=Decimal("250.00"),
    total=Decimal("1250.00"),
    payable=Decimal("1250.00"),
    payment=BANKGIRO,
)
EURO = replace(INVOICE, currency="EUR", payment=IBAN)


def test_i3_kronor_are_paid_by_using_qr():
    assert qr.payload_of(INVOICE) == (
        '{"uqr":1,"tp":1,"nme":"Åkes Stöd AB","cc":"SE","cid":"556677-8899","iref":"1234574","idt":"20261102","ddt":"20261202",'
        '"due":1250.00,"vat":250.00,"cur":"SEK","pt":"BG","acc":"5050-1055","adr":"211 20 Malmö"}'
    )


@pytest.mark.parametrize(
    ("payment", "told"),
    [
        (PaymentMeans(plusgiro="9019506"), {"pt": "PG", "acc": "901950-6"}),
        (
            PaymentMeans(iban="SE45 5000 0000 0583 9825 7466", bic="essesess"),
            {"pt": "IBAN", "acc": "SE4550000000058398257466", "bc": "ESSESESS"},
        ),
        (PaymentMeans(iban="SE4550000000058398257466"), {"pt": "IBAN", "acc": "SE4550000000058398257466"}),
        (replace(IBAN, bankgiro="50501055", plusgiro="9019506"), {"pt": "BG", "acc": "5050-1055"}),
    ],
)
def test_i3_kronor_go_to_the_account_that_carries_a_reference_best(payment, told):
    said = json.loads(qr.payload_of(replace(INVOICE, payment=payment, due_on=None)))

    assert {key: said[key] for key in ("pt", "acc", "bc") if key in said} == told
    assert "ddt" not in said
    assert said["iref"] == (payment.reference or "2026-17")


def test_i3_euro_are_paid_by_a_sepa_credit_transfer():
    assert qr.payload_of(EURO) == "BCD\n002\n1\nSCT\nESSESESS\nÅkes Stöd AB\nSE4550000000058398257466\nEUR1250.00\n\n\n1234574"


def test_i3_a_creditor_reference_of_iso_11649_has_its_own_line_and_the_bic_may_be_left_out():
    lines = qr.payload_of(replace(EURO, payment=replace(IBAN, bic="", reference="RF18 5390 0754 7034"))).split("\n")

    assert lines == ["BCD", "002", "1", "SCT", "", "Åkes Stöd AB", "SE4550000000058398257466", "EUR1250.00", "", "RF18539007547034"]


@pytest.mark.parametrize(
    "changed",
    [
        {"kind": Kind.CREDIT_NOTE},
        {"payable": Decimal(0)},
        {"payable": Decimal("-1")},
        {"payable": Decimal(10) ** 9},
        {"currency": "NOK"},
        {"currency": "EUR"},
        {"payment": PaymentMeans(reference="1234574")},
    ],
)
def test_i3_where_no_format_fits_there_is_no_code(changed):
    assert qr.for_invoice(replace(INVOICE, **changed)) == ""


@pytest.mark.parametrize("amount", ["0", "-0.01", "0.001", "1000000000", "12.345"])
def test_i3_a_sum_that_cannot_be_paid_is_refused(amount):
    with pytest.raises(qr.NothingToPay):
        qr.sepa(name="Åke", payment=IBAN, amount=Decimal(amount), text="1")
    with pytest.raises(qr.NothingToPay):
        qr.using_qr(replace(INVOICE, payable=Decimal(amount)))


@pytest.mark.parametrize("facts", [INVOICE, EURO])
def test_i3_a_payee_without_a_name_is_refused(facts):
    with pytest.raises(qr.PayeeUnnamed):
        qr.for_invoice(replace(facts, seller=replace(INVOICE.seller, name=" \n")))


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        (replace(EURO, payment=replace(IBAN, iban="SE4550000000058398257467")), bank_numbers.NotAnIban),
        (replace(EURO, payment=replace(IBAN, bic="ESSE")), bank_numbers.NotABic),
        (replace(INVOICE, payment=PaymentMeans(bankgiro="50501054")), bank_numbers.NotABankgiro),
        (replace(INVOICE, payment=PaymentMeans(plusgiro="9019507")), bank_numbers.NotAPlusgiro),
    ],
)
def test_i3_money_is_never_sent_to_a_mistyped_account(facts, refusal):
    with pytest.raises(refusal):
        qr.for_invoice(facts)


def test_i3_long_texts_are_cut_where_the_formats_end():
    endless = replace(INVOICE.seller, name="Å" * 200)

    euro = qr.payload_of(replace(EURO, seller=endless, payment=replace(IBAN, reference="ö" * 200))).split("\n")

    assert (euro[5], set(euro[10])) == ("Å" * 70, {"ö"})
    assert len("\n".join(euro).encode()) in {330, 331}
    assert len(qr.payload_of(replace(EURO, payment=replace(IBAN, reference="x" * 200))).split("\n")[10]) == 140
    assert qr.payload_of(replace(EURO, seller=replace(endless, name="x" * 200))).split("\n")[5] == "x" * 70
    assert json.loads(qr.payload_of(replace(INVOICE, seller=endless)))["nme"] == "Å" * 70


@pytest.mark.parametrize("facts", [INVOICE, EURO])
def test_i3_another_reader_reads_the_drawing_back(facts):
    version, text = read(qr.for_invoice(facts))

    assert text == qr.payload_of(facts)
    assert version <= 13


@pytest.mark.parametrize("length", [1, 14, 26, 42, 62, 84, 106, 122, 152, 180, 213, 251, 287, 331])
def test_i3_codes_of_every_size_are_read_back(length):
    text = "0aå"[: length % 3] + "x" * (length - length % 3)

    assert read(qr.svg(text)) == (read(qr.svg("x" * len(text.encode())))[0], text)


@pytest.mark.parametrize("facts", [INVOICE, EURO])
def test_i3_the_same_invoice_gives_the_same_drawing(facts):
    assert qr.for_invoice(facts) == qr.for_invoice(replace(facts))


def test_i3_the_drawing_is_plain_svg_with_a_title_and_without_style_or_script():
    root = etree.fromstring(qr.for_invoice(INVOICE, title='Betala <"1 250 kr">').encode())

    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root.findtext("{*}title") == 'Betala <"1 250 kr">'
    assert {etree.QName(part).localname for part in root.iter()} == {"svg", "title", "path"}
    assert {name for part in root.iter() for name in part.attrib} <= {"viewBox", "class", "d", "stroke", "fill", "transform"}


@given(st.text(min_size=1, max_size=200), st.text(max_size=300), st.integers(1, 10**11 - 1))
@settings(max_examples=40)
def test_i3_a_sepa_code_keeps_its_lines_and_its_size_whatever_the_texts(name, text, cents):
    try:
        payload = qr.sepa(name=name, payment=IBAN, amount=Decimal(cents) / 100, text=text)
    except qr.PayeeUnnamed:
        return

    lines = payload.split("\n")
    assert len(payload.encode()) <= 331
    assert lines[:5] == ["BCD", "002", "1", "SCT", "ESSESESS"]
    assert lines[6:8] == ["SE4550000000058398257466", f"EUR{cents // 100}.{cents % 100:02}"]
    assert 1 <= len(lines[5]) <= 70
    assert len(lines) in {8, 10, 11}
    assert read(qr.svg(payload)) == (read(qr.svg(payload))[0], payload)


@given(st.text(min_size=1, max_size=100), st.text(max_size=30), st.text(max_size=30))
@settings(max_examples=40)
def test_i3_a_using_qr_code_is_json_whatever_the_texts(name, number, city):
    facts = replace(INVOICE, number=number, payment=replace(BANKGIRO, reference=""), seller=replace(INVOICE.seller, name=name, city=city))
    try:
        said = json.loads(qr.using_qr(facts), parse_float=Decimal)
    except qr.PayeeUnnamed:
        return

    assert (said["due"], said["acc"], said["uqr"]) == (Decimal("1250.00"), "5050-1055", 1)
    assert len(said["nme"]) <= 70
