"""What both forms of an e-invoice decide alike (rules I2, I4), by the terms of EN 16931 (BT numbers)."""

from datetime import date

from invoicing.einvoice.texts import number, one_line, paragraphs
from invoicing.facts import InvoiceFacts, Kind, VatCategory, VatRow

CREDIT_TRANSFER = "30"
"""For bankgiro and plusgiro too, told apart by the institution (SE-R-011, SE-R-012)."""
NOT_DEFINED = "1"
F_TAX = "Godkänd för F-skatt"
"""That the seller pays its own income tax and fees: in these words, whatever the language of the invoice (SE-R-005)."""
EXEMPTION_CODES = {VatCategory.REVERSE_CHARGE: "VATEX-EU-AE", VatCategory.OUTSIDE_SCOPE: "VATEX-EU-O"}


def whole_note(facts: InvoiceFacts) -> str:
    """All notes in one, for Peppol carries only one (BT-22), and last the rate by which the VAT was turned into the books' currency."""
    return "\n".join(note for note in (*(paragraphs(note) for note in facts.notes), exchange(facts)) if note)


def exchange(facts: InvoiceFacts) -> str:
    """The rate and its date, in figures that need no translation: `1 EUR = 11.425 SEK (2026-11-20)`; empty where there is none."""
    if facts.rate is None or facts.rate_on is None or not _has_other_books(facts):
        return ""
    return f"1 {facts.currency} = {number(facts.rate)} {facts.books_currency} ({facts.rate_on.isoformat()})"


def has_vat_in_books(facts: InvoiceFacts) -> bool:
    """Whether the VAT is also told in the currency of the books (BT-111)."""
    return facts.vat_in_books is not None and _has_other_books(facts)


def tax_point(facts: InvoiceFacts) -> date | None:
    """The day VAT became due, where that is known and before the invoice's own (BT-7)."""
    if facts.kind == Kind.CREDIT_NOTE or facts.taxed_on is None or is_outside_scope(facts):
        return None
    return facts.taxed_on if facts.taxed_on < facts.issued_on else None


def is_outside_scope(facts: InvoiceFacts) -> bool:
    """Whether nothing on it is subject to VAT: then VAT numbers have no place among the tax identifiers (BR-O-02)."""
    return any(line.category == VatCategory.OUTSIDE_SCOPE for line in facts.lines)


def exemption(row: VatRow) -> tuple[str, str]:
    """Why no VAT is charged, by its code and in words (BT-121, BT-120); both empty where it is."""
    code = EXEMPTION_CODES.get(row.category, "")
    return (code, one_line(row.reason)) if code else ("", "")


def _has_other_books(facts: InvoiceFacts) -> bool:
    return facts.books_currency not in {"", facts.currency}
