"""What is recomputed of every issued document, one after the other (rules I1 to I4): its number and reference, its sums, its files."""

from collections.abc import Callable, Iterable, Iterator
from decimal import ROUND_HALF_UP, Decimal
from hashlib import sha256

from invoicing import ocr
from invoicing.faults import Fault
from invoicing.models import Invoice, InvoiceDocument, InvoiceKind, InvoiceLine, PayoutFile

CENT, WHOLE = Decimal("0.01"), Decimal(1)
AT_ONCE, FILES_AT_ONCE = 500, 20
NUMBER = "the number says its year and its place in it"
REFERENCE = "the reference of the payment is that of the number"
LINE = "a line is its quantity times its price"
RATES = "VAT is rounded once per rate of the lines"
NET, TAX, TOTAL = "net is the sum of the lines", "VAT is the sum of its rates", "the total is net and VAT"
PAYABLE = "what is to be paid is the total, rounded to whole units or not at all"
BOOKS = "VAT in the books is VAT at the rate of the day"
DIGEST = "a kept document has the fingerprint that was kept"
FILE = "a file of payouts has the fingerprint and the payouts that were kept"
SENTENCES = (NUMBER, REFERENCE, LINE, RATES, NET, TAX, TOTAL, PAYABLE, BOOKS, DIGEST, FILE)


def faults() -> Iterator[Fault]:
    """Whatever is wrong with a paper, in order of its key."""
    for invoice in Invoice.objects.issued().order_by("pk").prefetch_related("lines").iterator(chunk_size=AT_ONCE):
        lines = sorted(invoice.lines.all(), key=lambda line: line.position)
        for look in LOOKS:
            yield from look(invoice, lines)
    yield from _documents()
    yield from _files()


def _number(invoice: Invoice, _lines: list[InvoiceLine]) -> Iterator[Fault]:
    tail = f"{invoice.year}{invoice.sequence:05}"
    if not (invoice.number or "").endswith(tail) or len(invoice.number or "") > len(tail) + 4:
        yield _fault(NUMBER, invoice, invoice.number, f"…{tail}")


def _reference(invoice: Invoice, _lines: list[InvoiceLine]) -> Iterator[Fault]:
    is_invoice = invoice.kind == InvoiceKind.INVOICE
    expected = ocr.reference(f"{invoice.year}{invoice.sequence:05}") if is_invoice else ""
    if invoice.ocr != expected or (is_invoice and invoice.payment.get("reference") != expected):
        yield _fault(REFERENCE, invoice, invoice.ocr, expected)


def _line_nets(invoice: Invoice, lines: list[InvoiceLine]) -> Iterator[Fault]:
    for line in lines:
        expected = _cents(line.quantity * line.price / line.base)
        if abs(line.net - expected) > CENT:
            yield _fault(LINE, invoice, line.net, expected)


def _sums(invoice: Invoice, lines: list[InvoiceLine]) -> Iterator[Fault]:
    nets: dict[Decimal, Decimal] = {}
    for line in lines:
        nets[line.vat_percent] = nets.get(line.vat_percent, Decimal(0)) + line.net
    rates = sorted((percent, net, _cents(net * percent / 100)) for percent, net in nets.items())
    frozen = sorted((Decimal(row["percent"]), Decimal(row["net"]), Decimal(row["vat"])) for row in invoice.vat_rows)
    if rates != frozen:
        yield _fault(RATES, invoice, _written(frozen), _written(rates))
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


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def _written(rates: Iterable[tuple[Decimal, Decimal, Decimal]]) -> str:
    return "; ".join(f"{percent.normalize():f} %: {net} + {tax}" for percent, net, tax in rates)


def _fault(sentence: str, invoice: Invoice, found: object, expected: object) -> Fault:
    return Fault(sentence, f"{invoice.get_kind_display()} {invoice.number}", str(found), str(expected))


LOOKS: tuple[Callable[[Invoice, list[InvoiceLine]], Iterator[Fault]], ...] = (_number, _reference, _line_nets, _sums, _totals)
