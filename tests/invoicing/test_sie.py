"""The books get balanced vouchers in a file that their system reads (rule I6)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing import sie
from tests.invoicing.sie_reading import read

CHART = {
    "1510": "Kundfordringar",
    "1930": "Företagskonto",
    "2420": "Förskott från kunder",
    "2611": "Utgående moms 25 %",
    "3041": "Konsulttid",
}
PROVIDER = sie.Company(name='Åkes "Stöd" AB', organisation_number="5566778899")
TODAY = date(2026, 11, 28)


def row(account, amount, text=""):
    return sie.Row(account=account, amount=Decimal(amount), text=text)


INVOICE = sie.Voucher(
    series="B",
    number=17,
    booked_on=date(2026, 11, 2),
    text="Faktura 2026-17, Acme AB",
    rows=[row("1510", "12500"), row("2420", "-10000.00"), row("2611", "-2500.00", "Moms 25 %")],
)
PAYMENT = sie.Voucher(
    series="C", number=None, booked_on=date(2026, 11, 3), text="Inbetalning", rows=[row("1930", "12500.00"), row("1510", "-12500.00")]
)


def write(*vouchers, **changed):
    return sie.write(vouchers, **{"company": PROVIDER, "accounts": CHART, "generated_on": TODAY, **changed})


def test_i6_a_file_is_written_post_by_post():
    assert write(INVOICE, PAYMENT).decode("cp437").split("\r\n") == [
        "#FLAGGA 0",
        '#PROGRAM "Tillgodo" "1"',
        "#FORMAT PC8",
        "#GEN 20261128",
        "#SIETYP 4",
        "#ORGNR 556677-8899",
        '#FNAMN "Åkes \\"Stöd\\" AB"',
        '#KONTO 1510 "Kundfordringar"',
        '#KONTO 1930 "Företagskonto"',
        '#KONTO 2420 "Förskott från kunder"',
        '#KONTO 2611 "Utgående moms 25 %"',
        '#VER "B" "17" 20261102 "Faktura 2026-17, Acme AB"',
        "{",
        "   #TRANS 1510 {} 12500.00",
        "   #TRANS 2420 {} -10000.00",
        '   #TRANS 2611 {} -2500.00 "" "Moms 25 %"',
        "}",
        '#VER "C" "" 20261103 "Inbetalning"',
        "{",
        "   #TRANS 1930 {} 12500.00",
        "   #TRANS 1510 {} -12500.00",
        "}",
        "",
    ]


def test_i6_swedish_letters_are_those_of_code_page_437():
    assert b"\x8fkes" in write(INVOICE)
    assert b"Utg\x86ende" in write(INVOICE)


def test_i6_another_system_reads_it_back():
    found = read(write(INVOICE, PAYMENT))

    assert found.labels() == ["#FLAGGA", "#PROGRAM", "#FORMAT", "#GEN", "#SIETYP", "#ORGNR", "#FNAMN", "#KONTO"]
    assert found.one("#FNAMN") == ['Åkes "Stöd" AB']
    assert [(voucher["series"], voucher["number"], voucher["day"]) for voucher in found.vouchers] == [
        ("B", "17", "20261102"),
        ("C", "", "20261103"),
    ]
    assert found.vouchers[0]["rows"] == [
        ("1510", Decimal("12500.00"), ""),
        ("2420", Decimal("-10000.00"), ""),
        ("2611", Decimal("-2500.00"), "Moms 25 %"),
    ]


def test_i6_the_same_vouchers_give_the_same_bytes():
    assert write(INVOICE, PAYMENT) == write(INVOICE, PAYMENT, accounts=dict(reversed(CHART.items())))


def test_i6_a_month_without_vouchers_is_a_file_too():
    assert read(write()).vouchers == []


@pytest.mark.parametrize(("amounts", "difference"), [(["100", "-99.99"], "0.01"), (["1"], "1"), (["-0.01", "-0.01"], "-0.02")])
def test_i6_a_voucher_that_does_not_balance_is_refused(amounts, difference):
    off = replace(INVOICE, rows=[row("1510", amount) for amount in amounts])

    with pytest.raises(sie.VoucherUnbalanced) as refusal:
        write(PAYMENT, off)

    assert (refusal.value.voucher, refusal.value.difference) == ("B 17", Decimal(difference))
    assert "B 17 does not balance" in str(refusal.value)


@pytest.mark.parametrize("account", ["9999", "", "15 10", '1510"', "1510 {} 1", "abc", "15100000", "١٥١٠", "1510\n"])
def test_i6_an_account_that_the_chart_does_not_have_is_refused(account):
    with pytest.raises(sie.AccountUnknown, match="not in the chart"):
        write(replace(INVOICE, rows=[row(account, "1"), row("1510", "-1")]))


def test_i6_an_account_that_is_no_number_is_refused_even_if_the_chart_has_it():
    with pytest.raises(sie.AccountUnknown):
        write(replace(INVOICE, rows=[row("A 1", "0")]), accounts={"A 1": "odd"})


@pytest.mark.parametrize(
    "changed",
    [
        {"rows": []},
        {"number": 0},
        {"number": -1},
        {"series": "A B"},
        {"series": 'A"'},
        {"series": "Ω"},
        {"rows": [row("1510", "0.001"), row("1930", "-0.001")]},
        {"rows": [row("1510", "NaN")]},
        {"rows": [row("1510", "Infinity"), row("1930", "-Infinity")]},
        {"rows": [row("1510", "1e20"), row("1930", "-1e20")]},
    ],
)
def test_i6_a_voucher_that_is_none_is_refused(changed):
    with pytest.raises(sie.VoucherRefused, match="Nothing was exported"):
        write(replace(INVOICE, **changed))


@pytest.mark.parametrize(
    "company", [sie.Company(name=""), sie.Company(name="\x00"), sie.Company(name="A", organisation_number="SE556677889901")]
)
def test_i6_a_company_without_name_or_with_another_number_is_refused(company):
    with pytest.raises(sie.CompanyRefused):
        write(INVOICE, company=company)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Räksmörgås é ü ñ ß", "Räksmörgås é ü ñ ß"),
        ("A\u030angstrom", "Ångstrom"),
        ("Győr – “Łódź”…", 'Gyor - "Lódz"...'),
        ("10 €, § 5, 3¾", "10 EUR, par. 5, 33/4"),
        ("Ørsted & Søn ApS", "Orsted & Son ApS"),
        ("两 😀", "? ?"),
        ("a\nb\tc\r\n#VER\x00d\u2028e\u00a0f", "a b c #VER d e f"),
        ("C:\\temp\\", "C:/temp/"),
        ("  x  ", "x"),
        ("x\u0302\u200b", "x"),
        ("\ud800", ""),
    ],
)
def test_i6_what_the_code_page_lacks_is_written_alike(text, written):
    assert sie.in_cp437(text) == written


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=20))
def test_i6_no_text_breaks_the_file(voucher_text, row_text, name):
    told = replace(INVOICE, text=voucher_text, rows=[row("1510", "1", row_text), row("1930", "-1")])
    company = sie.Company(name=f"AB {name}")

    found = read(write(told, company=company, accounts={**CHART, "1510": name}))

    assert len(found.vouchers) == 1
    assert found.vouchers[0]["text"] == sie.in_cp437(voucher_text)
    assert found.vouchers[0]["rows"] == [("1510", Decimal(1), sie.in_cp437(row_text)), ("1930", Decimal(-1), "")]
    assert found.one("#FNAMN") == [sie.in_cp437(f"AB {name}")]


@given(st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=20))
def test_i6_amounts_come_back_to_the_ore_and_balance(cents):
    rows = [row("1510", Decimal(amount) / 100) for amount in cents]
    rest = -sum(cents)

    [voucher] = read(write(replace(INVOICE, rows=[*rows, row("1930", Decimal(rest) / 100)]))).vouchers

    assert [amount * 100 for _account, amount, _text in voucher["rows"]] == [*cents, rest]
    assert sum(amount for _account, amount, _text in voucher["rows"]) == 0
