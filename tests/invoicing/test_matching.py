"""A payment pays an invoice by its reference and to the öre, or a person decides (rule I3)."""

import time
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing import camt, ocr
from invoicing.camt_entries import Remittance, Transaction
from invoicing.matching import MOST_CANDIDATES, Candidate, Ground, Invoice, Kind, Matched, Proposed, Standing, match, match_all, match_each
from tests.invoicing.bank_files import Ntry, Tx, camt053

ACME = Invoice(
    number="2026-17",
    reference="1234574",
    open_amount=Decimal("1250.00"),
    currency="SEK",
    buyer_name="Acme AB",
    buyer_accounts=("SE35 5000 0000 0549 1000 0003",),
)
BOREALIS = Invoice(number="2026-18", reference="1000173", open_amount=Decimal("99.50"), currency="SEK", buyer_name="Borealis AB")
KNOWN = [ACME, BOREALIS]


def paid(amount="1250.00", *refs, **facts):
    plain = {
        "booked_on": date(2026, 11, 2),
        "value_on": None,
        "amount": Decimal(amount),
        "currency": "SEK",
        "incoming": True,
        "reversal": False,
        "remittances": tuple(Remittance(reference=ref) for ref in refs),
    }
    return Transaction(**(plain | facts))


def grounds(answer):
    return [(candidate.invoice.number, candidate.grounds) for candidate in answer.candidates]


@pytest.mark.parametrize(
    "payment",
    [
        paid("1250.00", "1234574"),
        paid("1250", "0000000000000000001234574"),
        paid("1250.00", "1234574", "1234574"),
        paid("1250.00", "RF711234574"),
        paid(texts=("Faktura 1234574",)),
        paid(texts=("Ert nr 77", "OCR:1234574, tack")),
        paid("1250.00", "1234574", texts=("1000173",)),
        paid("1250.00", "1234574", payer_name="Somebody else"),
    ],
)
def test_i3_a_reference_and_the_exact_sum_match(payment):
    assert match(payment, KNOWN) == Matched(invoice=ACME, amount=Decimal("1250.00"))


def test_i3_a_reference_with_check_digit_only_matches_too():
    plain = replace(ACME, reference=ocr.reference("12345", length_digit=False))

    assert match(paid("1250.00", "123455"), [plain]) == Matched(invoice=plain, amount=Decimal("1250.00"))


@pytest.mark.parametrize(
    ("amount", "kind", "difference"),
    [("1249.99", Kind.UNDER, "-0.01"), ("0.01", Kind.UNDER, "-1249.99"), ("1250.01", Kind.OVER, "0.01"), ("2500.00", Kind.OVER, "1250.00")],
)
def test_i3_one_ore_less_or_more_is_proposed_with_the_difference(amount, kind, difference):
    answer = match(paid(amount, "1234574"), KNOWN)

    assert answer == Proposed(kind=kind, candidates=(Candidate(invoice=ACME, grounds=(Ground.REFERENCE,)),), difference=Decimal(difference))
    assert ("less" if kind is Kind.UNDER else "more") in answer.why


def test_i3_what_is_left_after_a_part_payment_is_what_is_open():
    rest = replace(ACME, open_amount=Decimal("250.00"))

    assert match(paid("250.00", "1234574"), [rest]) == Matched(invoice=rest, amount=Decimal("250.00"))
    assert match(paid("1250.00", "1234574"), [rest]).kind is Kind.OVER


@pytest.mark.parametrize(
    "changed",
    [
        (replace(ACME, standing=Standing.PAID, open_amount=Decimal(0)), Kind.DOUBLE),
        (replace(ACME, open_amount=Decimal(0)), Kind.DOUBLE),
        (replace(ACME, standing=Standing.CREDITED), Kind.CREDITED),
        (replace(ACME, currency="EUR"), Kind.WRONG_CURRENCY),
    ],
)
def test_i3_of_an_invoice_that_is_not_open_or_in_another_currency_the_payment_is_proposed(changed):
    invoice, kind = changed

    answer = match(paid("1250.00", "1234574"), [invoice, BOREALIS])

    assert (answer.kind, grounds(answer)) == (kind, [("2026-17", (Ground.REFERENCE,))])


def test_i3_what_is_only_looked_at_pays_nothing():
    told = [paid("1250.00", "1234574"), paid("1250.00", "1234574"), paid("1.00")]

    assert match_each(told, iter(KNOWN)) == [match(one, KNOWN) for one in told]


def test_i3_the_second_payment_of_a_file_is_double():
    first, second, third = match_all([paid("1250.00", "1234574"), paid("1250.00", "1234574"), paid("99.50", "1000173")], KNOWN)

    assert first == Matched(invoice=ACME, amount=Decimal("1250.00"))
    assert (second.kind, second.difference) == (Kind.DOUBLE, Decimal("1250.00"))
    assert third == Matched(invoice=BOREALIS, amount=Decimal("99.50"))


@pytest.mark.parametrize(
    ("payment", "kind"),
    [
        (paid("1349.50", "1234574", "1000173"), Kind.SEVERAL),
        (paid("1250.00", "1234574", "77"), Kind.SEVERAL),
        (paid(texts=("1234574 1000173",)), Kind.SEVERAL),
        (paid("1250.00", incoming=False), Kind.OUTGOING),
        (paid("0.00", "1234574"), Kind.OUTGOING),
        (paid("1250.00", "1234574", reversal=True), Kind.REVERSAL),
        (paid("1250.00", "1234574", reversal=True, incoming=False), Kind.REVERSAL),
        (paid("1250.00", "1234574", doubt=camt.Doubt.PARTS_DIFFER), Kind.NOT_SPLIT),
        (paid(), Kind.UNKNOWN),
        (paid("1250.00", "7654326"), Kind.UNKNOWN),
        (paid("1250.00", "1234575"), Kind.UNKNOWN),
        (paid("1250.00", "12345"), Kind.UNKNOWN),
        (paid("1250.00", "91234574"), Kind.UNKNOWN),
        (paid("1250.00", "RF001234574"), Kind.UNKNOWN),
        (paid("1250.00", "7654326", texts=("1234574",)), Kind.UNKNOWN),
        (paid("1250.00", "OCR1234574"), Kind.UNKNOWN),
        (paid("1250.00", "0", texts=("1234574",)), Kind.UNKNOWN),
        (paid(texts=("12345 74",)), Kind.UNKNOWN),
        (paid(payer_name="Acme AB", payer_account="SE3550000000054910000003", texts=("Faktura 2026-17",)), Kind.UNKNOWN),
    ],
)
def test_i3_everything_else_is_for_a_person(payment, kind):
    answer = match(payment, KNOWN)

    assert isinstance(answer, Proposed)
    assert answer.kind is kind
    assert answer.why.endswith(".")


@pytest.mark.parametrize(("number", "kind"), [("1", Kind.UNKNOWN), ("123", Kind.UNKNOWN), ("1234", Kind.EXACT)])
def test_i3_a_short_number_in_a_text_is_no_reference_but_a_hint(number, kind):
    short = replace(ACME, reference=ocr.reference(number))

    in_text = match(paid(texts=(f"tack {short.reference}",)), [short])

    assert in_text.kind is kind
    assert match(paid("1250.00", short.reference), [short]).kind is Kind.EXACT
    assert kind is Kind.EXACT or grounds(in_text)[0][1][0] is Ground.REFERENCE


def test_i3_a_reference_that_two_invoices_have_decides_nothing():
    twin = replace(BOREALIS, reference="1234574", open_amount=Decimal("1250.00"))

    answer = match(paid("1250.00", "1234574"), [ACME, twin])

    assert answer.kind is Kind.SEVERAL
    assert [number for number, _grounds in grounds(answer)] == ["2026-17", "2026-18"]


def test_i3_what_may_be_meant_is_told_with_its_grounds_strongest_first():
    other = replace(BOREALIS, number="2026-19", reference="1000272", open_amount=Decimal("1250.00"), buyer_name="ACME  ab")
    payment = paid(texts=("faktura 2026-18, 12345 74",), payer_name="Acme AB", payer_account="se35 5000 0000 0549 1000 0003")

    assert grounds(match(payment, [other, BOREALIS, ACME])) == [
        ("2026-17", (Ground.REFERENCE_IN_GROUPS, Ground.ACCOUNT, Ground.NAME, Ground.AMOUNT)),
        ("2026-18", (Ground.NUMBER,)),
        ("2026-19", (Ground.NAME, Ground.AMOUNT)),
    ]


def test_i3_every_kind_ground_and_doubt_is_told_in_words():
    told = [Proposed(kind=kind).why for kind in Kind if kind is not Kind.EXACT]
    told += [ground.said for ground in Ground] + [doubt.said for doubt in camt.Doubt]

    assert len({*told}) == len(told)
    assert all(len(words) > 15 for words in told)


def test_i3_the_payers_document_number_is_a_ground():
    payment = paid("1.00", remittances=(Remittance(documents=("2026-17",)),))

    assert grounds(match(payment, KNOWN)) == [("2026-17", (Ground.NUMBER,))]


def test_i3_closed_invoices_are_proposed_only_by_their_reference():
    closed = replace(ACME, standing=Standing.CREDITED)

    assert match(paid(payer_name="Acme AB"), [closed]).candidates == ()
    assert grounds(match(paid("9.00", "1234574", "1000173"), [closed])) == [("2026-17", (Ground.REFERENCE,))]


def test_i3_the_list_of_candidates_is_short_and_always_the_same():
    many = [replace(ACME, number=f"2026-{number}", reference=ocr.reference(str(number))) for number in range(100, 130)]

    answer = match(paid(payer_name="Acme AB"), reversed(many))

    assert [number for number, _grounds in grounds(answer)] == [f"2026-{number}" for number in range(100, 100 + MOST_CANDIDATES)]


def test_i3_from_the_banks_file_to_the_invoice():
    raw = camt053(
        Ntry(details=[Tx(refs=["1234574"])]),
        Ntry(service="B", amount="100.00", declared=2, details=[Tx(amount="99.50", texts=["1000173"]), Tx(amount="0.50")]),
    )

    answers = match_all(camt.read(raw).transactions, KNOWN)

    assert answers[:2] == [Matched(invoice=ACME, amount=Decimal("1250.00")), Matched(invoice=BOREALIS, amount=Decimal("99.50"))]
    assert [answer.kind for answer in answers] == [Kind.EXACT, Kind.EXACT, Kind.UNKNOWN]


@given(st.integers(1, 10**9), st.integers(1, 10**9))
def test_i3_a_match_is_exact_or_there_is_none(owed, sent):
    invoice = replace(ACME, open_amount=Decimal(owed) / 100)

    answer = match(paid(str(Decimal(sent) / 100), "1234574"), [invoice, BOREALIS])

    assert isinstance(answer, Matched) == (owed == sent)
    if owed != sent:
        assert answer.difference == (Decimal(sent) - owed) / 100


@given(st.text(max_size=100), st.text(max_size=40))
def test_i3_no_text_without_a_reference_of_ours_ever_matches(text, field):
    payment = paid("1250.00", field, texts=(text,)) if field else paid(texts=(text,))

    answer = match(payment, KNOWN)

    named = {"1234574"} & {*ocr.unbroken_in(text), *ocr.unbroken_in(field)}
    assert isinstance(answer, Proposed) or named


def test_i3_what_very_many_invoices_have_in_common_tells_nothing():
    fees = [
        replace(ACME, number=f"F{number}", reference=ocr.reference(str(number)), buyer_name=f"Client {number}") for number in range(1, 202)
    ]

    assert grounds(match(paid(payer_name="client 7"), fees)) == [("F7", (Ground.NAME,))]
    assert grounds(match(paid(payer_name="client 7"), fees[:50]))[0] == ("F7", (Ground.NAME, Ground.AMOUNT))
    assert match(paid(payer_name=" "), [replace(ACME, buyer_name="", open_amount=Decimal(1))]).candidates == ()


def test_i3_ten_thousand_unknown_payments_are_looked_at_in_seconds():
    invoices = [replace(ACME, number=f"F{number}", reference=ocr.reference(str(number))) for number in range(1, 10_001)]
    started = time.process_time()

    answers = match_all([paid(payer_name="Acme AB", texts=(f"tack {number}",)) for number in range(10_000)], invoices)

    assert {answer.kind for answer in answers} == {Kind.UNKNOWN}
    assert time.process_time() - started < 20


def test_i3_ten_thousand_payments_are_matched_in_seconds():
    invoices = [replace(ACME, number=f"F{number}", reference=ocr.reference(str(number))) for number in range(1, 10_001)]
    payments = [paid("1250.00", invoice.reference) for invoice in invoices]
    started = time.process_time()

    answers = match_all(payments, invoices)

    assert all(isinstance(answer, Matched) for answer in answers)
    assert time.process_time() - started < 10
