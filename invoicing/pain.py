"""A file of credit transfers for a bank (ISO 20022, pain.001.001.03), as Swedish banks read it.

One group of payments for each currency. A bankgiro number is an account by the scheme BGNR at clearing member 9900, a plusgiro
number a national account (BBAN) at 9960, both of the Swedish clearing system SESBA; an IBAN stands for itself. The end-to-end
number names the payout, so that the bank's statement does too.

Pure: no Django models, no clock, no I/O.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby

from lxml import etree

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.03"
BANKGIRO, PLUSGIRO, IBAN = "bankgiro", "plusgiro", "iban"
CLEARING = {BANKGIRO: "9900", PLUSGIRO: "9960"}
LONGEST_NAME = 70


@dataclass(frozen=True, kw_only=True)
class Account:
    """Where money is: an IBAN with its bank's BIC, or the digits of a giro number."""

    kind: str
    number: str
    bic: str = ""


@dataclass(frozen=True, kw_only=True)
class Transfer:
    """One payment: `identity` is found again in the statement, `words` is what the payee reads."""

    identity: str
    amount: Decimal
    currency: str
    payee: str
    country: str
    account: Account
    words: str


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is asked of the bank: by whom, from which account, when."""

    message_id: str
    made_at: datetime
    pay_on: date
    payer: str
    organisation_number: str
    account: Account


def written(order: Order, transfers: Sequence[Transfer]) -> bytes:
    """The file. Amounts are positive, to the cent; there is at least one."""
    root = etree.Element(_name("Document"), nsmap={None: NAMESPACE})
    initiation = _add(root, "CstmrCdtTrfInitn")
    _header(_add(initiation, "GrpHdr"), order, transfers)
    by_currency = groupby(sorted(transfers, key=lambda one: one.currency), key=lambda one: one.currency)
    for number, (_currency, group) in enumerate(by_currency, start=1):
        _payments(_add(initiation, "PmtInf"), order, number, list(group))
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def _header(header: etree._Element, order: Order, transfers: Sequence[Transfer]) -> None:
    _add(header, "MsgId", order.message_id)
    _add(header, "CreDtTm", order.made_at.strftime("%Y-%m-%dT%H:%M:%S"))
    _totals(header, transfers)
    party = _add(header, "InitgPty")
    _add(party, "Nm", order.payer[:LONGEST_NAME])
    _add_path(party, ["Id", "OrgId", "Othr", "Id"], "".join(filter(str.isdigit, order.organisation_number)))


def _payments(group: etree._Element, order: Order, number: int, transfers: list[Transfer]) -> None:
    _add(group, "PmtInfId", f"{order.message_id}-{number}"[:35])
    _add(group, "PmtMtd", "TRF")
    _totals(group, transfers)
    _add_path(_add(group, "PmtTpInf"), ["SvcLvl", "Cd"], "NURG")
    _add(group, "ReqdExctnDt", order.pay_on.isoformat())
    _add(_add(group, "Dbtr"), "Nm", order.payer[:LONGEST_NAME])
    _account(_add(group, "DbtrAcct"), order.account)
    _agent(_add(group, "DbtrAgt"), order.account)
    for transfer in transfers:
        _transfer(_add(group, "CdtTrfTxInf"), transfer)


def _transfer(element: etree._Element, transfer: Transfer) -> None:
    _add_path(_add(element, "PmtId"), ["EndToEndId"], transfer.identity)
    amount = _add_path(_add(element, "Amt"), ["InstdAmt"], f"{transfer.amount:.2f}")
    amount.set("Ccy", transfer.currency)
    if transfer.account.kind != IBAN or transfer.account.bic:
        _agent(_add(element, "CdtrAgt"), transfer.account)
    payee = _add(element, "Cdtr")
    _add(payee, "Nm", transfer.payee[:LONGEST_NAME])
    if transfer.country:
        _add_path(_add(payee, "PstlAdr"), ["Ctry"], transfer.country)
    _account(_add(element, "CdtrAcct"), transfer.account)
    _add_path(_add(element, "RmtInf"), ["Ustrd"], transfer.words)


def _account(element: etree._Element, account: Account) -> None:
    identity = _add(element, "Id")
    if account.kind == IBAN:
        _add(identity, "IBAN", account.number)
        return
    other = _add(identity, "Othr")
    _add(other, "Id", account.number)
    scheme = _add(other, "SchmeNm")
    if account.kind == BANKGIRO:
        _add(scheme, "Prtry", "BGNR")
    else:
        _add(scheme, "Cd", "BBAN")


def _agent(element: etree._Element, account: Account) -> None:
    institution = _add(element, "FinInstnId")
    if account.kind == IBAN:
        if account.bic:
            _add(institution, "BIC", account.bic)
        else:
            _add_path(_add(institution, "Othr"), ["Id"], "NOTPROVIDED")
        return
    member = _add(institution, "ClrSysMmbId")
    _add_path(_add(member, "ClrSysId"), ["Cd"], "SESBA")
    _add(member, "MmbId", CLEARING[account.kind])


def _totals(element: etree._Element, transfers: Sequence[Transfer]) -> None:
    _add(element, "NbOfTxs", str(len(transfers)))
    _add(element, "CtrlSum", f"{sum((one.amount for one in transfers), Decimal(0)):.2f}")


def _add_path(element: etree._Element, names: Iterable[str], text: str) -> etree._Element:
    """Elements within each other; the last has the text."""
    for name in names:
        element = _add(element, name)
    element.text = _plain(text)
    return element


def _add(element: etree._Element, name: str, text: str | None = None) -> etree._Element:
    added = etree.SubElement(element, _name(name))
    if text is not None:
        added.text = _plain(text)
    return added


def _plain(text: str) -> str:
    """Without what XML cannot hold."""
    return "".join(sign for sign in text if sign.isprintable())


def _name(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"
