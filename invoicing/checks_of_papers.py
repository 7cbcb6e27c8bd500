"""What is recomputed of every issued document, one after the other (rules I1 to I4): its number and reference, its sums, its files.

What was frozen is plain values, which somebody may have spoiled: it is read as text, so that a row that cannot be read is
a fault of its invoice, and never keeps the others from being looked at.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from decimal import ROUND_HALF_UP, Decimal
from hashlib import sha256
from typing import Any

from django.db.models import TextField
from django.db.models.functions import Cast

from invoicing import ocr
from invoicing.facts import VatCategory
from invoicing.faults import Fault
from invoicing.models import Invoice, InvoiceDocument, InvoiceKind, InvoiceLine, PayoutFile

CENT, WHOLE = Decimal("0.01"), Decimal(1)
AT_ONCE, FILES_AT_ONCE = 500, 20
NUMBER = "the number says its year and its place in it"
READABLE = "what an invoice says can be read"
REFERENCE = "the reference of the payment is that of the number"
LINE = "a line is its quantity times its price"
RATES = "VAT is rounded once per rate of the lines"
NET, TAX, TOTAL = "net is the sum of the lines", "VAT is the sum of its rates", "the total is net and VAT"
PAYABLE = "what is to be paid is the total, rounded to whole units or not at all"
BOOKS = "VAT in the books is VAT at the rate of the day"
DIGEST = "a kept document has the fingerprint that was kept"
FILE = "a file of payouts has the fingerprint and the payouts that were kept"
SENTENCES = (READABLE, NUMBER, REFERENCE, LINE, RATES, NET, TAX, TOTAL, PAYABLE, BOOKS, DIGEST, FILE)
FROZEN = ("seller", "buyer", "payment", "vat_rows", "late_terms")
UNREADABLE = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What is raised by reading values that are not what was frozen."""
_AMOUNT = re.compile(r"-?[0-9]{1,14}(\.[0-9]{1,6})?")


def faults() -> Iterator[Fault]:
    """Whatever is wrong with a paper, in order of its key."""
    as_text = {f"{name}_text": Cast(name, TextField()) for name in FROZEN}
    issued = Invoice.objects.issued().defer(*FROZEN).annotate(**as_text).order_by("pk").prefetch_related("lines")
    for invoice in issued.iterator(chunk_size=AT_ONCE):
        yield from _of_one(invoice)
    yield from _documents()
    yield from _files()


def _of_one(invoice: Invoice) -> Iterator[Fault]:
    """Whatever is wrong with one invoice; that it cannot be read is said once."""
    lines = sorted(invoice.lines.all(), key=lambda line: line.position)
    unreadable: Exception | None = None
    for look in LOOKS:
        try:
            yield from look(invoice, lines)
        except UNREADABLE as error:
            unreadable = unreadable or error
    if unreadable is not None:
        yield _fault(READABLE, invoice, type(unreadable).__name__, "what was frozen")


def _said(invoice: Invoice, _lines: list[InvoiceLine]) -> Iterator[Fault]:
    """Seller and buyer, where it is paid, and what late payment costs, can be read by who prints, sends and charges."""
    for name in ("seller", "buyer"):
        party = _frozen(invoice, name, dict)
        _check_texts([party["name"], party["organisation_number"], party["country"]])
        _check_texts(party.get("address_lines", []))
    _check_texts(list(_frozen(invoice, "payment", dict).values()))
    if late := _frozen(invoice, "late_terms", dict):
        for amount in (late["points"], late["compensation"], *late["fees"].values()):
            _amount(amount)
    return iter(())


def _number(invoice: Invoice, _lines: list[InvoiceLine]) -> Iterator[Fault]:
    tail = f"{invoice.year}{invoice.sequence:05}"
    if not (invoice.number or "").endswith(tail) or len(invoice.number or "") > len(tail) + 4:
        yield _fault(NUMBER, invoice, invoice.number, f"…{tail}")


def _reference(invoice: Invoice, _lines: list[InvoiceLine]) -> Iterator[Fault]:
    is_invoice = invoice.kind == InvoiceKind.INVOICE
    expected = ocr.reference(f"{invoice.year}{invoice.sequence:05}") if is_invoice else ""
    if invoice.ocr != expected or (is_invoice and _frozen(invoice, "payment", dict).get("reference") != expected):
        yield _fault(REFERENCE, invoice, invoice.ocr, expected)


def _line_nets(invoice: Invoice, lines: list[InvoiceLine]) -> Iterator[Fault]:
    for line in lines:
        expected = _cents(line.quantity * line.price / line.base)
        if abs(line.net - expected) > CENT:
            yield _fault(LINE, invoice, line.net, expected)


def _rates(invoice: Invoice, lines: list[InvoiceLine]) -> Iterator[Fault]:
    rates, frozen = _by_rate(lines), sorted(map(_vat_row, _frozen(invoice, "vat_rows", list)))
    if rates != frozen:
        yield _fault(RATES, invoice, _written(frozen), _written(rates))


def _sums(invoice: Invoice, lines: list[InvoiceLine]) -> Iterator[Fault]:
    rates = _by_rate(lines)
    net, tax = sum((one[1] for one in rates), Decimal(0)), sum((one[2] for one in rates), Decimal(0))
    if invoice.net != net or not lines:
        yield _fault(NET, invoice, invoice.net, net)
    if invoice.vat != tax:
        yield _fault(TAX, invoice, invoice.vat, tax)


def _totals(invoice: Invoice, _lines: list[InvoiceLine]) -> Iterator[Fault]:
    if invoice.total != invoice.net + invoice.vat:
        yield _fault(TOTAL, invoice, invoice.total, invoice.net + invoice.vat)
    whole = invoice.total.quantize(WHOLE, rounding=ROUND_HALF_UP)
    if invoice.payable != invoice.total + invoice.rounding or invoice.payable not in {invoice.total, whole}:
        yield _fault(PAYABLE, invoice, invoice.payable, invoice.total + invoice.rounding)
    in_books = _cents(invoice.vat * (invoice.rate or 1))
    if invoice.vat_in_books != in_books:
        yield _fault(BOOKS, invoice, invoice.vat_in_books, in_books)


def _documents() -> Iterator[Fault]:
    documents = InvoiceDocument.objects.select_related("invoice").only("kind", "content", "digest", "invoice__number").order_by("pk")
    for document in documents.iterator(chunk_size=FILES_AT_ONCE):
        digest = sha256(bytes(document.content)).hexdigest()
        if digest != document.digest:
            yield Fault(DIGEST, f"{document.kind} of {document.invoice.number}", digest, document.digest)


def _files() -> Iterator[Fault]:
    for file in PayoutFile.objects.order_by("pk").iterator(chunk_size=FILES_AT_ONCE):
        digest, payments = sha256(bytes(file.content)).hexdigest(), file.payouts.count()
        if (digest, payments) != (file.digest, file.payments):
            yield Fault(FILE, f"file {file.message_id}", f"{payments}, {digest}", f"{file.payments}, {file.digest}")


def _frozen(invoice: Invoice, name: str, kind: type[Any]) -> Any:
    """What was frozen under this name. Raises ValueError and TypeError where that is not what stands there."""
    found = json.loads(getattr(invoice, f"{name}_text"))
    if not isinstance(found, kind):
        raise TypeError(name)
    return found


def _vat_row(row: Any) -> tuple[Decimal, Decimal, Decimal]:
    """Percent, net and VAT of a frozen rate, whose category and reason are there too. Raises one of UNREADABLE."""
    VatCategory(row["category"])
    _check_texts([row["reason"]])
    return _amount(row["percent"]), _amount(row["net"]), _amount(row["vat"])


def _amount(said: Any) -> Decimal:
    """A number as it was frozen: digits, and no more of them than an amount has. Raises TypeError, ValueError."""
    if not _AMOUNT.fullmatch(said):
        raise ValueError(said)
    return Decimal(said)


def _check_texts(found: Any) -> None:
    """Raises TypeError where that is no list of texts."""
    if not isinstance(found, list) or not all(isinstance(text, str) for text in found):
        raise TypeError


def _by_rate(lines: Iterable[InvoiceLine]) -> list[tuple[Decimal, Decimal, Decimal]]:
    """Percent, net and VAT of each rate of the lines."""
    nets: dict[Decimal, Decimal] = {}
    for line in lines:
        nets[line.vat_percent] = nets.get(line.vat_percent, Decimal(0)) + line.net
    return sorted((percent, net, _cents(net * percent / 100)) for percent, net in nets.items())


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def _written(rates: Iterable[tuple[Decimal, Decimal, Decimal]]) -> str:
    return "; ".join(f"{percent.normalize():f} %: {net} + {tax}" for percent, net, tax in rates)


def _fault(sentence: str, invoice: Invoice, found: object, expected: object) -> Fault:
    return Fault(sentence, f"{invoice.get_kind_display()} {invoice.number}", str(found), str(expected))


LOOKS: tuple[Callable[[Invoice, list[InvoiceLine]], Iterator[Fault]], ...] = (
    _said,
    _number,
    _reference,
    _line_nets,
    _rates,
    _sums,
    _totals,
)
