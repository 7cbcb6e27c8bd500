"""Statements and notifications of banks are read, whatever their version (rule I3)."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from invoicing import camt
from tests.invoicing.bank_files import IBAN, VERSIONS, Ntry, Tx, balance, camt053, camt054, tag


@pytest.mark.parametrize("version", [*VERSIONS, "001.13"])
@pytest.mark.parametrize(("write", "kind"), [(camt053, camt.Kind.STATEMENT), (camt054, camt.Kind.NOTIFICATION)])
def test_i3_every_version_says_the_same(write, kind, version):
    raw = write(Ntry(details=[Tx(refs=["1234574"], texts=["Tack"], service="TX-9", tx_id="T1", end_to_end="E2E-1")]), version=version)

    read = camt.read(raw)

    [told] = read.transactions
    assert (read.kind, read.version, read.message_id) == (kind, version, "MSG-1")
    assert told == camt.Transaction(
        booked_on=date(2026, 11, 2),
        value_on=date(2026, 11, 3),
        amount=Decimal("1250.00"),
        currency="SEK",
        incoming=True,
        reversal=False,
        service_reference="TX-9",
        transaction_id="T1",
        end_to_end_id="E2E-1",
        remittances=(camt.Remittance(reference="1234574", kind="SCOR"),),
        texts=("Tack",),
        payer_name="Acme AB",
        payer_account="SE3550000000054910000003",
        identity=told.identity,
        entry_identity=told.identity,
        identity_certain=True,
    )


@pytest.mark.parametrize("namespace", ["", "ISO:camt.053.001.02:APC:STUUL:2009-01-08", "urn:swift:xsd:camt.053.001.02"])
def test_i3_the_namespace_does_not_decide(namespace):
    read = camt.read(camt053(Ntry(), namespace=namespace))

    assert read.version == ("001.02" if namespace else "")
    assert len(read.transactions) == 1


def test_i3_a_statement_says_account_and_balances():
    raw = camt053(
        Ntry(amount="1250.00"),
        Ntry(amount="250.50", direction="DBIT"),
        balances=balance("OPBD", "100.00", direction="DBIT", day="2026-11-01") + balance("CLAV", "7.00") + balance("CLBD", "899.50"),
    )

    read = camt.read(raw)

    [statement] = read.statements
    assert read.created == datetime(2026, 11, 3, 5, tzinfo=timezone(timedelta(hours=1)))
    assert statement.created == datetime(2026, 11, 3, 5, 0, 1)
    assert (statement.id, statement.pending) == ("STMT-1", 0)
    assert statement.account == camt.Account(number=IBAN, scheme="IBAN", currency="SEK")
    assert (statement.account.iban, statement.account.bankgiro) == (IBAN, "")
    assert statement.opening == camt.Balance(amount=Decimal("-100.00"), currency="SEK", on=date(2026, 11, 1))
    assert statement.closing == camt.Balance(amount=Decimal("899.50"), currency="SEK", on=date(2026, 11, 2))
    assert statement.moved == Decimal("999.50")


def test_i3_a_statement_with_balances_of_each_day_begins_with_the_first_and_ends_with_the_last():
    days = ["2026-11-03", "2026-11-02"]
    each = "".join(balance("CLBD", f"{number}.00", day=day) + balance("OPBD", f"4{number}.00", day=day) for number, day in enumerate(days))

    [statement] = camt.read(camt053(Ntry(), balances=each)).statements

    assert (statement.opening, statement.closing) == (
        camt.Balance(amount=Decimal("41.00"), currency="SEK", on=date(2026, 11, 2)),
        camt.Balance(amount=Decimal("0.00"), currency="SEK", on=date(2026, 11, 3)),
    )


def test_i3_a_notification_may_know_the_account_as_a_bankgiro():
    account = "<Id><Othr><Id>5050-1055</Id><SchmeNm><Prtry>BGNR</Prtry></SchmeNm></Othr></Id>"

    [statement] = camt.read(camt054(Ntry(), account=account)).statements

    assert statement.account == camt.Account(number="50501055", scheme="BGNR")
    assert (statement.account.iban, statement.account.bankgiro) == ("", "50501055")


def test_i3_a_batch_is_split_into_its_payments():
    batch = Ntry(amount="300.00", declared=2, details=[Tx(amount="100.00", refs=["1234574"]), Tx(amount="200.00", refs=["1000173"])])

    for version in VERSIONS:
        told = camt.read(camt054(batch, version=version)).transactions
        assert [(one.amount, one.references, one.doubt) for one in told] == [
            (Decimal("100.00"), ("1234574",), None),
            (Decimal("200.00"), ("1000173",), None),
        ]
        assert len({one.identity for one in told}) == 2
        assert {one.entry_identity for one in told} == {told[0].entry_identity}


def test_i3_a_batch_may_go_both_ways():
    parts = [Tx(amount="300.00", direction="CRDT"), Tx(amount="50.00", direction="DBIT")]

    told = camt.read(camt053(Ntry(amount="250.00", details=parts), version="001.04")).transactions

    assert [one.signed for one in told] == [Decimal("300.00"), Decimal("-50.00")]


@pytest.mark.parametrize(
    ("entry", "doubt", "count"),
    [
        (Ntry(declared=7), camt.Doubt.WITHOUT_PARTS, 7),
        (Ntry(declared=3, details=[Tx(amount="1250.00")]), camt.Doubt.PARTS_MISSING, 3),
        (Ntry(declared=3, details=[Tx(amount="1250.00"), Tx(amount="0.00")]), camt.Doubt.PARTS_MISSING, 3),
        (Ntry(details=[Tx(amount="1250.00"), Tx(amount=None)]), camt.Doubt.PARTS_WITHOUT_AMOUNT, 2),
        (Ntry(details=[Tx(amount="625.00"), Tx(amount="625.00", currency="EUR")]), camt.Doubt.PARTS_WITHOUT_AMOUNT, 2),
        (Ntry(details=[Tx(amount="625.00"), Tx(amount="625.01")]), camt.Doubt.PARTS_DIFFER, 2),
    ],
)
def test_i3_a_batch_that_does_not_add_up_stays_whole_and_says_why(entry, doubt, count):
    for details in entry.details:
        details.refs = ["1234574"]

    [told] = camt.read(camt053(entry, version="001.04")).transactions

    assert (told.amount, told.doubt, told.count) == (Decimal("1250.00"), doubt, count)
    assert told.references == (("1234574",) if entry.details else ())


def paying(*references):
    said = [
        f'<Strd><RfrdDocAmt><RmtdAmt Ccy="{currency}">{amount}</RmtdAmt></RfrdDocAmt><CdtrRefInf><Ref>{ref}</Ref></CdtrRefInf></Strd>'
        for ref, amount, currency in references
    ]
    return Ntry(amount="300.00", details=[Tx(amount="300.00", more="".join(said))])


def test_i3_a_payment_of_several_references_with_their_amounts_is_several_payments():
    entry = paying(("1234574", "100.00", "SEK"), ("1000173", "150.00", "SEK"), ("1000173", "50.00", "SEK"))

    told = camt.read(camt054(entry)).transactions

    assert [(one.amount, one.references) for one in told] == [
        (Decimal("100.00"), ("1234574",)),
        (Decimal("150.00"), ("1000173",)),
        (Decimal("50.00"), ("1000173",)),
    ]
    assert len({one.identity for one in told}) == 3
    assert {one.entry_identity for one in told} == {one.identity for one in camt.read(camt053(Ntry(amount="300.00"))).transactions}


@pytest.mark.parametrize(
    "references",
    [
        [("1234574", "100.00", "SEK"), ("1000173", "200.01", "SEK")],
        [("1234574", "100.00", "SEK"), ("1000173", "200.00", "EUR")],
        [("1234574", "300.00", "SEK"), ("1000173", "0.00", "SEK")],
        [("1234574", "100.00", "SEK"), ("", "200.00", "SEK")],
    ],
)
def test_i3_references_whose_amounts_do_not_add_up_are_one_payment(references):
    [told] = camt.read(camt054(paying(*references))).transactions

    assert (told.amount, len(told.remittances), told.doubt) == (Decimal("300.00"), 2, None)


def test_i3_a_reversal_says_so():
    [told] = camt.read(camt053(Ntry(direction="DBIT", reversal=True))).transactions

    assert (told.reversal, told.incoming, told.signed) == (True, False, Decimal("-1250.00"))


def test_i3_another_currency_is_told_beside_the_amount_on_the_account():
    ordered = '<AmtDtls><InstdAmt><Amt Ccy="EUR">110.00</Amt></InstdAmt><CntrValAmt><Amt Ccy="SEK">1250.00</Amt></CntrValAmt></AmtDtls>'

    [told] = camt.read(camt053(Ntry(details=[Tx(amount=None, amounts=ordered)]))).transactions

    assert (told.amount, told.currency, told.instructed) == (Decimal("1250.00"), "SEK", (Decimal("110.00"), "EUR"))


def test_i3_only_what_is_booked_counts():
    [statement] = camt.read(camt053(Ntry(status="PDNG"), Ntry(status="INFO"), Ntry(amount="1.00"))).statements

    assert [told.amount for told in statement.transactions] == [Decimal("1.00")]
    assert statement.pending == 1


def test_i3_documents_amounts_and_further_texts_are_kept():
    more = (
        "<Strd><RfrdDocInf><Tp><CdOrPrtry><Cd>CINV</Cd></CdOrPrtry></Tp><Nb>2026-17</Nb></RfrdDocInf>"
        '<RfrdDocAmt><RmtdAmt Ccy="SEK">12.50</RmtdAmt></RfrdDocAmt>'
        "<CdtrRefInf><Ref> RF18 5390 0754 7034 </Ref></CdtrRefInf><AddtlRmtInf>delbetalning</AddtlRmtInf></Strd>"
    )

    [told] = camt.read(camt053(Ntry(info="Insättning", details=[Tx(more=more, texts=["a", "b  c", "a"])]))).transactions

    assert told.remittances == (
        camt.Remittance(reference="RF18539007547034", documents=("2026-17",), amount=Decimal("12.50"), currency="SEK"),
    )
    assert told.texts == ("a", "b c", "delbetalning", "Insättning")


def test_i3_an_entry_without_details_is_a_transaction():
    [told] = camt.read(camt053(Ntry(info="Swish 1234574", booked="<DtTm>2026-11-02T23:59:59+01:00</DtTm>", value=""))).transactions

    assert (told.booked_on, told.value_on) == (date(2026, 11, 2), None)
    assert (told.texts, told.service_reference, told.count) == (("Swish 1234574",), "5490990004:0001", 1)


def test_i3_a_file_may_tell_of_several_accounts():
    one = camt053(Ntry(amount="1.00")).decode()
    other = tag("Stmt", "<Id>STMT-2</Id><Acct><Id><IBAN>SE3550000000054910000003</IBAN></Id></Acct>", Ntry(amount="2.00").xml("001.02"))

    read = camt.read(one.replace("</BkToCstmrStmt>", f"{other}</BkToCstmrStmt>").encode())

    assert [(statement.id, statement.transactions[0].amount) for statement in read.statements] == [
        ("STMT-1", Decimal("1.00")),
        ("STMT-2", Decimal("2.00")),
    ]
    assert read.statements[1].account.number == "SE3550000000054910000003"
    assert len({told.identity for told in read.transactions}) == 2


def test_i3_a_statement_of_a_quiet_day_is_empty():
    assert camt.read(camt053()).transactions == ()


def test_i3_a_message_in_an_envelope_is_read():
    inside = camt053(Ntry()).decode().split("?>", 1)[1]

    assert len(camt.read(f"<BizMsgEnvlp><AppHdr><Fr/></AppHdr>{inside}</BizMsgEnvlp>".encode()).transactions) == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "iso-8859-1", "utf-16", "windows-1252"])
def test_i3_the_declared_encoding_is_used(encoding):
    text = camt053(Ntry(details=[Tx(payer="Åsa Öst")])).decode().replace("UTF-8", encoding.removesuffix("-sig"))

    [told] = camt.read(text.encode(encoding)).transactions

    assert told.payer_name == "Åsa Öst"


def test_i3_an_unreadable_time_of_writing_stops_nothing():
    raw = camt053(Ntry()).replace(b"2026-11-03T05:00:00+01:00", b"yesterday").replace(b"2026-11-03T05:00:01", b"2026-11-03T05:00:01Z")

    read = camt.read(raw)

    assert (read.created, read.statements[0].created) == (None, datetime(2026, 11, 3, 5, 0, 1, tzinfo=UTC))
