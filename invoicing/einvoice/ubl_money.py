"""Payment, VAT and totals as UBL writes them (rules I2, I3, I4)."""

from datetime import date

from invoicing.einvoice.identifiers import accounts
from invoicing.einvoice.terms import CREDIT_TRANSFER, NOT_DEFINED, exemption, has_vat_in_books
from invoicing.einvoice.texts import day, money, number, one_line, paragraphs
from invoicing.einvoice.trees import Element, Writer
from invoicing.facts import InvoiceFacts, Kind, Line, VatCategory, VatRow


def add_payment(writer: Writer, root: Element, facts: InvoiceFacts) -> None:
    """One credit transfer for each account, all with the same reference, and the terms in words."""
    known = accounts(facts.payment)
    reference = one_line(facts.payment.reference)
    paid_by = facts.due_on if facts.kind == Kind.CREDIT_NOTE else None  # which has no due date of its own in UBL
    for place, (institution, account) in enumerate(known):
        means = _means(writer, root, CREDIT_TRANSFER, None if place else paid_by)  # only once (UBL-SR-45)
        writer.value(means, "cbc:PaymentID", reference)
        payee = writer.group(means, "cac:PayeeFinancialAccount")
        writer.value(payee, "cbc:ID", account)
        if institution:
            writer.value(writer.group(payee, "cac:FinancialInstitutionBranch"), "cbc:ID", institution)
    if not known and paid_by:
        _means(writer, root, NOT_DEFINED, paid_by)
    if terms := paragraphs(facts.terms):
        writer.value(writer.group(root, "cac:PaymentTerms"), "cbc:Note", terms)


def add_totals(writer: Writer, root: Element, facts: InvoiceFacts) -> None:
    """The VAT by rate, the VAT in the currency of the books, and the sums of the document."""
    currency = facts.currency
    tax = writer.group(root, "cac:TaxTotal")
    writer.value(tax, "cbc:TaxAmount", money(facts.vat), currencyID=currency)
    for row in facts.vat_rows:
        _add_row(writer, tax, row, currency)
    if has_vat_in_books(facts) and facts.vat_in_books is not None:
        in_books = writer.group(root, "cac:TaxTotal")
        writer.value(in_books, "cbc:TaxAmount", money(facts.vat_in_books), currencyID=facts.books_currency)
    sums = writer.group(root, "cac:LegalMonetaryTotal")
    writer.value(sums, "cbc:LineExtensionAmount", money(facts.net), currencyID=currency)
    writer.value(sums, "cbc:TaxExclusiveAmount", money(facts.net), currencyID=currency)
    writer.value(sums, "cbc:TaxInclusiveAmount", money(facts.total), currencyID=currency)
    if facts.prepaid:
        writer.value(sums, "cbc:PrepaidAmount", money(facts.prepaid), currencyID=currency)
    if facts.rounding:
        writer.value(sums, "cbc:PayableRoundingAmount", money(facts.rounding), currencyID=currency)
    writer.value(sums, "cbc:PayableAmount", money(facts.payable), currencyID=currency)


def add_tax_category(writer: Writer, parent: Element, name: str, taxed: Line | VatRow) -> None:
    """How VAT is treated, with its rate; outside the scope there is none (BR-O-05). Of a row also why it is not charged."""
    group = writer.group(parent, name)
    writer.value(group, "cbc:ID", taxed.category)
    if taxed.category != VatCategory.OUTSIDE_SCOPE:
        percent = taxed.vat_percent if isinstance(taxed, Line) else taxed.percent
        writer.value(group, "cbc:Percent", number(percent))
    if isinstance(taxed, VatRow):
        code, reason = exemption(taxed)
        writer.value(group, "cbc:TaxExemptionReasonCode", code)
        writer.value(group, "cbc:TaxExemptionReason", reason)
    writer.value(writer.group(group, "cac:TaxScheme"), "cbc:ID", "VAT")


def _add_row(writer: Writer, tax: Element, row: VatRow, currency: str) -> None:
    subtotal = writer.group(tax, "cac:TaxSubtotal")
    writer.value(subtotal, "cbc:TaxableAmount", money(row.net), currencyID=currency)
    writer.value(subtotal, "cbc:TaxAmount", money(row.vat), currencyID=currency)
    add_tax_category(writer, subtotal, "cac:TaxCategory", row)


def _means(writer: Writer, root: Element, code: str, paid_by: date | None) -> Element:
    means = writer.group(root, "cac:PaymentMeans")
    writer.value(means, "cbc:PaymentMeansCode", code)
    writer.value(means, "cbc:PaymentDueDate", day(paid_by) if paid_by else "")
    return means
