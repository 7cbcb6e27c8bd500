"""A file of payouts has the structure of pain.001.001.03, as the Swedish banks read it (rule I3)."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from lxml import etree

from invoicing import pain
from invoicing.pain import Account, Order, Transfer

IN_ORDER = {
    "CstmrCdtTrfInitn": ["GrpHdr", "PmtInf"],
    "GrpHdr": ["MsgId", "CreDtTm", "NbOfTxs", "CtrlSum", "InitgPty"],
    "PmtInf": [
        *("PmtInfId", "PmtMtd", "NbOfTxs", "CtrlSum", "PmtTpInf", "ReqdExctnDt", "Dbtr", "DbtrAcct", "DbtrAgt"),
        "CdtTrfTxInf",
    ],
    "CdtTrfTxInf": ["PmtId", "Amt", "CdtrAgt", "Cdtr", "CdtrAcct", "RmtInf"],
    "FinInstnId": ["BIC", "ClrSysMmbId", "Othr"],
    "ClrSysMmbId": ["ClrSysId", "MmbId"],
    "Othr": ["Id", "SchmeNm"],
}
"""The elements that we write, in the order that the schema asks for."""
OURS = Account(kind=pain.IBAN, number="SE4550000000058398257466", bic="ESSESESS")


def order(**fields):
    given: dict[str, Any] = {"message_id": "PAYOUT-1-4", "made_at": datetime(2026, 11, 18, 12, tzinfo=UTC), "pay_on": date(2026, 11, 18)}
    given |= {"payer": "Example Support AB", "organisation_number": "556677-8899", "account": OURS}
    return Order(**(given | fields))


def transfer(amount="100.5", kind=pain.BANKGIRO, number="50501055", **fields):
    given = {"identity": "PAYOUT-1", "currency": "SEK", "payee": "Acme", "country": "SE", "words": "Money back"}
    return Transfer(amount=Decimal(amount), account=Account(kind=kind, number=number, bic=fields.pop("bic", "")), **(given | fields))


def read(content):
    return etree.fromstring(content)


def said(root, *path):
    return [element.text for element in root.iterfind(".//" + "/".join(f"{{{pain.NAMESPACE}}}{name}" for name in path))]


def out_of_order(root):
    """Elements whose children are not those that the schema knows here, in its order."""
    found = []
    for element in root.iter():
        name = etree.QName(element).localname
        children = [etree.QName(child).localname for child in element]
        known = IN_ORDER.get(name)
        if known and ([child for child in known for _ in range(children.count(child))] != children):
            found.append((name, children))
    return found


def test_i3_the_file_has_the_elements_of_the_schema_in_their_order():
    many = [
        transfer(),
        transfer("0.01", pain.PLUSGIRO, "123456", identity="PAYOUT-2"),
        transfer("12000", pain.IBAN, "DE89370400440532013000", bic="COBADEFF", currency="EUR", country="DE", identity="PAYOUT-3"),
        transfer("7", pain.IBAN, "SE4550000000058398257466", identity="PAYOUT-4"),
    ]

    root = read(pain.written(order(), many))

    assert out_of_order(root) == []
    assert said(root, "GrpHdr", "NbOfTxs") + said(root, "GrpHdr", "CtrlSum") == ["4", "12107.51"]
    assert said(root, "PmtInf", "NbOfTxs") == ["1", "3"]
    assert said(root, "PmtInf", "CtrlSum") == ["12000.00", "107.51"]
    assert said(root, "PmtInf", "PmtInfId") == ["PAYOUT-1-4-1", "PAYOUT-1-4-2"]
    assert said(root, "EndToEndId") == ["PAYOUT-3", "PAYOUT-1", "PAYOUT-2", "PAYOUT-4"]
    assert [(element.get("Ccy"), element.text) for element in root.iter(f"{{{pain.NAMESPACE}}}InstdAmt")] == [
        ("EUR", "12000.00"),
        ("SEK", "100.50"),
        ("SEK", "0.01"),
        ("SEK", "7.00"),
    ]


@pytest.mark.parametrize(
    ("kind", "number", "scheme", "clearing"),
    [(pain.BANKGIRO, "50501055", ("Prtry", "BGNR"), "9900"), (pain.PLUSGIRO, "123456", ("Cd", "BBAN"), "9960")],
)
def test_i3_a_giro_number_is_an_account_of_the_swedish_clearing(kind, number, scheme, clearing):
    root = read(pain.written(order(), [transfer(kind=kind, number=number)]))

    assert said(root, "CdtrAcct", "Id", "Othr", "Id") == [number]
    assert said(root, "CdtrAcct", "Id", "Othr", "SchmeNm", scheme[0]) == [scheme[1]]
    assert said(root, "CdtrAgt", "FinInstnId", "ClrSysMmbId", "ClrSysId", "Cd") == ["SESBA"]
    assert said(root, "CdtrAgt", "FinInstnId", "ClrSysMmbId", "MmbId") == [clearing]


def test_i3_money_can_leave_from_a_bankgiro():
    root = read(pain.written(order(account=Account(kind=pain.BANKGIRO, number="50501055")), [transfer()]))

    assert said(root, "DbtrAcct", "Id", "Othr", "Id") == ["50501055"]
    assert said(root, "DbtrAgt", "FinInstnId", "ClrSysMmbId", "MmbId") == ["9900"]


def test_i3_names_that_are_long_or_hostile_stay_text():
    hostile = "</Nm><Amt>1</Amt>\x00\x1b & " + "å" * 100

    root = read(pain.written(order(), [transfer(payee=hostile, words="<b>&")]))

    assert out_of_order(root) == []
    assert said(root, "Cdtr", "Nm") == ["</Nm><Amt>1</Amt> & " + "å" * 48]
    assert said(root, "RmtInf", "Ustrd") == ["<b>&"]
