"""The square that a banking app reads instead of a person typing (rule I3), as SVG text.

Euro, to an IBAN: the European Payments Council's EPC069-12, a SEPA credit transfer of version 002. Kronor: UsingQR 1.0 (UQR),
the JSON that Swedish banks' apps read, to a bankgiro, a plusgiro or an IBAN. Both are QR codes with error correction M.
The same invoice gives the same bytes.

Pure: no Django models, no clock, no I/O.
"""

import json
import re
from decimal import Decimal
from io import BytesIO

import segno
from django.utils.translation import gettext_lazy as _
from stdnum import iso11649

from core.errors import DomainError
from invoicing import bank_numbers
from invoicing.facts import InvoiceFacts, Kind, PaymentMeans

_CENT = Decimal("0.01")
_LEAST, _MOST = _CENT, Decimal("999999999.99")
_EPC_BYTES = 331
"""EPC069-12, 3.2: version 13 of the code at most, which holds so many bytes at level M."""
_EPC_NAME, _EPC_TEXT = 70, 140
_UQR_NAME = 70
_UQR_INVOICE = 1
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")


class NothingToPay(DomainError):
    """A payment is of one cent at least, and below a milliard."""

    message = _("A payment code needs a sum between 0.01 and 999,999,999.99. Nothing has changed.")


class PayeeUnnamed(DomainError):
    """Apps refuse a code without the name of who is paid."""

    message = _("A payment code needs the name of who is paid. Nothing has changed.")


def for_invoice(facts: InvoiceFacts, *, title: str = "") -> str:
    """The SVG of the code that pays this invoice; `title` is read aloud by screen readers.

    An empty text where no format fits: a credit note, nothing left to pay, or another currency or kind of account.
    """
    payload = payload_of(facts)
    return svg(payload, title=title) if payload else ""


def payload_of(facts: InvoiceFacts) -> str:
    """What the code of this invoice says, or an empty text where no format fits."""
    if facts.kind is not Kind.INVOICE or not _LEAST <= facts.payable <= _MOST:
        return ""
    if facts.currency == "EUR" and facts.payment.iban:
        return sepa(name=facts.seller.name, payment=facts.payment, amount=facts.payable, text=facts.payment.reference or facts.number)
    return using_qr(facts) if facts.currency == "SEK" and any(_account(facts.payment)) else ""


def sepa(*, name: str, payment: PaymentMeans, amount: Decimal, text: str) -> str:
    """The lines of EPC069-12. A creditor reference of ISO 11649 (RF…) goes in its own line, any other text as free text.

    Raises NothingToPay, PayeeUnnamed, NotAnIban or NotABic.
    """
    name = _one_line(name)[:_EPC_NAME].rstrip()
    if not name:
        raise PayeeUnnamed
    structured, free = (iso11649.compact(text), "") if iso11649.is_valid(text) else ("", _one_line(text)[:_EPC_TEXT])
    bic = bank_numbers.bic(payment.bic) if payment.bic else ""
    lines = ["BCD", "002", "1", "SCT", bic, _shortened(name, 140), bank_numbers.iban(payment.iban), f"EUR{_amount(amount)}", "", structured]
    room = _EPC_BYTES - len("\n".join([*lines, ""]).encode())
    return "\n".join([*lines, _shortened(free, room)]).rstrip("\n")


def using_qr(facts: InvoiceFacts) -> str:
    """The JSON of UsingQR 1.0, of an invoice (tp 1). Amounts are numbers with two decimals, dates YYYYMMDD.

    Raises NothingToPay, PayeeUnnamed or what the checks of bank numbers raise.
    """
    kind, account = _account(facts.payment)
    name = _one_line(facts.seller.name)[:_UQR_NAME].rstrip()
    if not name:
        raise PayeeUnnamed
    fields = {
        "uqr": "1",
        "tp": str(_UQR_INVOICE),
        "nme": _quoted(name),
        "cc": _quoted(facts.seller.country),
        "cid": _quoted(facts.seller.organisation_number),
        "iref": _quoted(facts.payment.reference or facts.number),
        "idt": _quoted(facts.issued_on.strftime("%Y%m%d")),
        "ddt": _quoted(facts.due_on.strftime("%Y%m%d")) if facts.due_on else "",
        "due": _amount(facts.payable),
        "vat": f"{facts.vat.quantize(_CENT)}",
        "cur": _quoted(facts.currency),
        "pt": _quoted(kind),
        "acc": _quoted(account),
        "bc": _quoted(bank_numbers.bic(facts.payment.bic)) if kind == "IBAN" and facts.payment.bic else "",
        "adr": _quoted(_one_line(f"{facts.seller.postcode} {facts.seller.city}")),
    }
    return "{" + ",".join(f'"{key}":{value}' for key, value in fields.items() if value not in {"", '""'}) + "}"


def svg(payload: str, *, title: str = "") -> str:
    """The code as SVG: it scales with its place, has its quiet zone and a white ground, and no style that a CSP would refuse."""
    code = segno.make(payload, error="m", boost_error=False, micro=False, mode="byte", encoding="utf-8")
    written = BytesIO()
    look = {"border": 4, "light": "#fff", "omitsize": True, "svgclass": "payment-code", "lineclass": None}
    code.save(written, kind="svg", xmldecl=False, nl=False, title=title or None, **look)
    return written.getvalue().decode()


def _account(payment: PaymentMeans) -> tuple[str, str]:
    """What the payer's bank is told (pt and acc), or nothing. A bankgiro comes first: its payments carry the reference."""
    if payment.bankgiro:
        return "BG", bank_numbers.bankgiro_shown(payment.bankgiro)
    if payment.plusgiro:
        return "PG", bank_numbers.plusgiro_shown(payment.plusgiro).replace(" ", "")
    return ("IBAN", bank_numbers.iban(payment.iban)) if payment.iban else ("", "")


def _amount(amount: Decimal) -> str:
    if not _LEAST <= amount <= _MOST or amount != amount.quantize(_CENT):
        raise NothingToPay
    return f"{amount.quantize(_CENT)}"


def _shortened(text: str, most_bytes: int) -> str:
    """As many whole characters as fit."""
    return text.encode()[:most_bytes].decode(errors="ignore").rstrip()


def _one_line(text: str) -> str:
    return " ".join(_CONTROL.sub(" ", text).split())


def _quoted(text: str) -> str:
    return json.dumps(_one_line(text), ensure_ascii=False)
