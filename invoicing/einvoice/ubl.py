"""Invoices and credit notes as Peppol BIS Billing 3.0 (rule I4): UBL 2.1, the form that travels in the Peppol network.

The order of elements is that of the schemas of UBL; an invoice and a credit note differ in it. Nothing is rounded, guessed or made
up here: what the rules ask for and the facts do not say is refused before a byte is written.
"""

from datetime import date

from invoicing.einvoice.agreement import require_agreement
from invoicing.einvoice.completeness import require_complete_for_peppol
from invoicing.einvoice.terms import has_vat_in_books, is_outside_scope, tax_point, whole_note
from invoicing.einvoice.texts import day, money, number, one_line, paragraphs
from invoicing.einvoice.trees import Element, Writer, serialised
from invoicing.einvoice.ubl_money import add_payment, add_tax_category, add_totals
from invoicing.einvoice.ubl_parties import add_party
from invoicing.facts import InvoiceFacts, Kind, Line

CUSTOMIZATION = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
PROFILE = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
UBL = "urn:oasis:names:specification:ubl:schema:xsd"
NAMESPACES = {"cac": f"{UBL}:CommonAggregateComponents-2", "cbc": f"{UBL}:CommonBasicComponents-2"}
ROOTS = {Kind.INVOICE: "Invoice", Kind.CREDIT_NOTE: "CreditNote"}


def written(facts: InvoiceFacts) -> bytes:
    """The e-invoice that says `facts`; the same facts give the same bytes.

    Raises NotComplete where something is missing, and NotInAgreement where the figures contradict each other.
    """
    require_complete_for_peppol(facts)
    require_agreement(facts)
    name = ROOTS[facts.kind]
    writer = Writer({"": f"{UBL}:{name}-2", **NAMESPACES})
    root = writer.root(name)
    _add_head(writer, root, facts)
    _add_references(writer, root, facts)
    add_party(writer, writer.group(root, "cac:AccountingSupplierParty"), facts.seller, vat=not is_outside_scope(facts), seller=True)
    add_party(writer, writer.group(root, "cac:AccountingCustomerParty"), facts.buyer, vat=not is_outside_scope(facts), seller=False)
    if facts.supplied_on:
        writer.value(writer.group(root, "cac:Delivery"), "cbc:ActualDeliveryDate", day(facts.supplied_on))
    add_payment(writer, root, facts)
    add_totals(writer, root, facts)
    for line in facts.lines:
        _add_line(writer, root, facts, line)
    return serialised(root)


def _add_head(writer: Writer, root: Element, facts: InvoiceFacts) -> None:
    due_on, taxed_on = (day(when) if when else "" for when in (facts.due_on, tax_point(facts)))
    writer.value(root, "cbc:CustomizationID", CUSTOMIZATION)
    writer.value(root, "cbc:ProfileID", PROFILE)
    writer.value(root, "cbc:ID", one_line(facts.number))
    writer.value(root, "cbc:IssueDate", day(facts.issued_on))
    if facts.kind == Kind.INVOICE:
        writer.value(root, "cbc:DueDate", due_on)
        writer.value(root, "cbc:InvoiceTypeCode", facts.kind)
        writer.value(root, "cbc:Note", whole_note(facts))
        writer.value(root, "cbc:TaxPointDate", taxed_on)
    else:
        writer.value(root, "cbc:CreditNoteTypeCode", facts.kind)
        writer.value(root, "cbc:Note", whole_note(facts))
    writer.value(root, "cbc:DocumentCurrencyCode", facts.currency)
    if has_vat_in_books(facts):
        writer.value(root, "cbc:TaxCurrencyCode", facts.books_currency)
    writer.value(root, "cbc:BuyerReference", one_line(facts.buyer_reference))


def _add_references(writer: Writer, root: Element, facts: InvoiceFacts) -> None:
    _add_period(writer, root, facts.period)
    if order := one_line(facts.order_reference):
        writer.value(writer.group(root, "cac:OrderReference"), "cbc:ID", order)
    for preceding, issued_on in facts.preceding:
        reference = writer.group(writer.group(root, "cac:BillingReference"), "cac:InvoiceDocumentReference")
        writer.value(reference, "cbc:ID", one_line(preceding))
        writer.value(reference, "cbc:IssueDate", day(issued_on))
    if contract := one_line(facts.contract_reference):
        writer.value(writer.group(root, "cac:ContractDocumentReference"), "cbc:ID", contract)


def _add_line(writer: Writer, root: Element, facts: InvoiceFacts, line: Line) -> None:
    is_invoice = facts.kind == Kind.INVOICE
    sign = -1 if line.price < 0 else 1  # a price is never below zero (BR-27); what is taken off is a quantity below zero
    group = writer.group(root, "cac:InvoiceLine" if is_invoice else "cac:CreditNoteLine")
    writer.value(group, "cbc:ID", str(line.position))
    writer.value(group, "cbc:Note", paragraphs(line.note))
    quantity = "cbc:InvoicedQuantity" if is_invoice else "cbc:CreditedQuantity"
    writer.value(group, quantity, number(sign * line.quantity), unitCode=line.unit)
    writer.value(group, "cbc:LineExtensionAmount", money(line.net), currencyID=facts.currency)
    _add_period(writer, group, line.period)
    if order_line := one_line(line.order_line):
        writer.value(writer.group(group, "cac:OrderLineReference"), "cbc:LineID", order_line)
    item = writer.group(group, "cac:Item")
    writer.value(item, "cbc:Name", one_line(line.text))
    add_tax_category(writer, item, "cac:ClassifiedTaxCategory", line)
    price = writer.group(group, "cac:Price")
    writer.value(price, "cbc:PriceAmount", number(sign * line.price), currencyID=facts.currency)
    if line.base != 1:
        writer.value(price, "cbc:BaseQuantity", number(line.base), unitCode=line.unit)


def _add_period(writer: Writer, parent: Element, period: tuple[date, date] | None) -> None:
    if period is not None:
        group = writer.group(parent, "cac:InvoicePeriod")
        writer.value(group, "cbc:StartDate", day(period[0]))
        writer.value(group, "cbc:EndDate", day(period[1]))
