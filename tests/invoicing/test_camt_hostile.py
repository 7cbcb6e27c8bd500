"""A bank file is an upload, and hostile until shown otherwise (rule I3)."""

import resource
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import DomainError
from invoicing import camt, camt_xml
from tests.invoicing.bank_files import Ntry, Tx, camt053, tag

GOOD = camt053(Ntry(details=[Tx(refs=["1234574"])]))
LAUGHS = "".join(f'<!ENTITY l{level} "{f"&l{level - 1};" * 10}">' for level in range(1, 10))


def with_doctype(declarations: str, text: str) -> bytes:
    raw = GOOD.decode().replace("?>", f"?><!DOCTYPE Document [{declarations}]>", 1).replace("Acme AB", text)
    return raw.encode()


@pytest.mark.parametrize(
    "raw",
    [
        with_doctype(f'<!ENTITY l0 "ha">{LAUGHS}', "&l9;"),
        with_doctype('<!ENTITY big "' + "a" * 100_000 + '">', "&big;" * 1000),
        with_doctype('<!ENTITY file SYSTEM "file:///etc/passwd">', "&file;"),
        with_doctype('<!ENTITY % outside SYSTEM "http://127.0.0.1:9/x.dtd"> %outside;', "x"),
        with_doctype("", "x"),
        GOOD.replace(b"?>", b'?><!DOCTYPE Document SYSTEM "http://127.0.0.1:9/x.dtd">', 1),
        b"<!DOCTYPE html><html></html>",
        with_doctype("", "x").decode().replace("UTF-8", "UTF-16").encode("utf-16"),
    ],
    ids=range(8),
)
def test_i3_a_document_type_is_refused_before_anything_is_expanded_or_fetched(raw):
    started = time.monotonic()

    with pytest.raises(camt.EntityRefused, match="no bank's file does"):
        camt.read(raw)

    assert time.monotonic() - started < 1


def test_i3_an_entity_that_nobody_declared_is_refused():
    with pytest.raises(camt.NotABankFile):
        camt.read(GOOD.replace(b"Acme AB", b"&xxe;"))


def test_i3_the_words_of_a_document_type_in_a_payers_text_are_words():
    raw = GOOD.replace(b"Acme AB", b"<![CDATA[<!DOCTYPE x> &lol;]]>")

    assert camt.read(raw).transactions[0].payer_name == "<!DOCTYPE x> &lol;"


def test_i3_comments_and_instructions_say_nothing():
    raw = GOOD.replace(b"<Ref>1234574</Ref>", b'<Ref>123<!-- 999 -->45<?xinclude href="file:///etc/passwd"?>74</Ref>')

    assert camt.read(raw).transactions[0].references == ("1234574",)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b" ",
        b"\x00" * 100,
        b"%PDF-1.7",
        b"PK\x03\x04",
        b'{"camt": 53}',
        b"<Document/>",
        b"<Document><BkToCstmrStmt/></Document>",
        b"<Document><CstmrCdtTrfInitn><GrpHdr/></CstmrCdtTrfInitn></Document>",
        b"<Document><BkToCstmrAcctRpt><Rpt/></BkToCstmrAcctRpt></Document>",
        GOOD[:-20],
        GOOD[:300],
        GOOD + b"<x/>",
        GOOD.replace(b"</Ntry>", b"</Entry>"),
        GOOD.replace(b"Acme AB", b"\xff\xfe"),
        GOOD.replace(b"UTF-8", b"no-such-encoding"),
    ],
    ids=range(16),
)
def test_i3_what_is_no_bank_file_is_refused(raw):
    with pytest.raises(camt.NotABankFile, match="Nothing was imported"):
        camt.read(raw)


@pytest.mark.parametrize(
    ("right", "wrong", "what"),
    [
        ('<Amt Ccy="SEK">1250.00</Amt>', "", "amount"),
        ('Ccy="SEK"', "", "amount"),
        ('Ccy="SEK"', 'Ccy="kr"', "amount"),
        ("1250.00", "-1250.00", "amount"),
        ("1250.00", "1 250,00", "amount"),
        ("1250.00", "1e9", "amount"),
        ("1250.00", "NaN", "amount"),
        ("1250.00", "Infinity", "amount"),
        ("1250.00", "١٢٥٠", "amount"),
        ("1250.00", "9" * 400, "amount"),
        ("CRDT", "", "direction"),
        ("CRDT", "crdt", "direction"),
        ("2026-11-02", "2026-13-02", "date"),
        ("2026-11-02", "2026-W45-1", "date"),
        ("2026-11-02", "02.11.2026", "date"),
        ("SE4550000000058398257466", "", "account"),
    ],
)
def test_i3_an_entry_that_cannot_be_read_refuses_the_whole_file_and_says_what(right, wrong, what):
    raw = camt053(Ntry()).decode()
    assert right in raw

    with pytest.raises(camt.Unreadable, match=what):
        camt.read(raw.replace(right, wrong).encode())


def test_i3_an_entry_without_any_date_is_refused():
    with pytest.raises(camt.Unreadable, match="BookgDt"):
        camt.read(camt053(Ntry(booked="", value="")))


@pytest.mark.parametrize(
    "raw",
    [
        GOOD + b" " * camt_xml.MOST_BYTES,
        b"<a>" * 100_000,
        GOOD.replace(b"<Nm>Acme AB</Nm>", b"<Nm>" * camt_xml.DEEPEST + b"</Nm>" * camt_xml.DEEPEST),
        GOOD.replace(b"Acme AB", b"A" * (camt_xml.MOST_TEXT + 1)),
        GOOD.replace(b"<Nm>Acme AB</Nm>", b"<Nm/>" * (camt_xml.MOST_KEPT + 1)),
        GOOD.replace(b"<Id>STMT-1</Id>", b"<Id/>" * (camt_xml.MOST_KEPT + 1)),
    ],
    ids=["bytes", "unclosed", "deep", "long text", "wide entry", "wide statement"],
)
def test_i3_more_than_a_bank_sends_is_refused(raw):
    started = time.monotonic()

    with pytest.raises(camt.TooLarge, match="Nothing was imported"):
        camt.read(raw)

    assert time.monotonic() - started < 5


def test_i3_too_many_elements_or_transactions_are_refused(monkeypatch):
    many = camt053(*(Ntry(service=str(number)) for number in range(50)))
    monkeypatch.setattr(camt, "MOST_TRANSACTIONS", 49)
    with pytest.raises(camt.TooLarge):
        camt.read(many)

    monkeypatch.setattr(camt, "MOST_TRANSACTIONS", 50)
    assert len(camt.read(many).transactions) == 50

    monkeypatch.setattr(camt_xml, "MOST_ELEMENTS", 500)
    with pytest.raises(camt.TooLarge):
        camt.read(many)


def test_i3_the_limits_count_what_is_held_not_what_went_by():
    parts = [Tx(amount="1.00", service=f"T{number}", refs=["1234574"]) for number in range(3_000)]
    raw = camt053(Ntry(amount="3000.00", declared=3_000, details=parts), *(Ntry(service=f"N{number}") for number in range(3_000)))

    assert len(camt.read(raw).transactions) == 6_000


def test_i3_ten_thousand_entries_are_read_in_seconds_and_little_memory():
    entries = [
        Ntry(amount=f"{number}.50", service=f"REF-{number}", details=[Tx(refs=["1234574"], texts=[f"text {number}"], service=f"T{number}")])
        for number in range(10_000)
    ]
    raw = camt053(*entries)
    del entries
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()

    told = camt.read(raw).transactions

    assert time.process_time() - started < 15
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 1024
    assert len({one.identity for one in told}) == 10_000
    assert sum(one.amount for one in told) == sum(range(10_000)) + 5_000


@given(st.binary(max_size=400))
def test_i3_any_bytes_are_read_or_refused(raw):
    assert told_of(raw).endswith(("read", "Nothing was imported."))


@given(st.integers(0, len(GOOD) - 1), st.binary(min_size=1, max_size=4))
def test_i3_a_good_file_with_wrong_bytes_is_read_or_refused(place, wrong):
    assert told_of(GOOD[:place] + wrong + GOOD[place + len(wrong) :]).endswith(("read", "Nothing was imported."))


def told_of(raw):
    try:
        camt.read(raw)
    except DomainError as refusal:
        return str(refusal)
    return "read"


def test_i3_an_empty_part_is_still_one():
    assert len(camt.read(camt053(Ntry()).replace(b"</Ntry>", tag("NtryDtls", "<TxDtls/>").encode() + b"</Ntry>")).transactions) == 1
