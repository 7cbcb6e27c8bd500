"""Invoices and credit notes in the form of UN/CEFACT (CII) by EN 16931 (rule I4), to be carried inside a PDF (Factur-X).

It says what the form of Peppol says, and asks for less: a PDF goes also to those who are in no network.
"""

from datetime import date

from invoicing.einvoice.agreement import require_agreement
from invoicing.einvoice.cii_parties import add_party
from invoicing.einvoice.completeness import require_complete
from invoicing.einvoice.identifiers import accounts, is_iban
from invoicing.einvoice.terms import CREDIT_TRANSFER, exemption, has_vat_in_books, is_outside_scope, tax_point, whole_note
from invoicing.einvoice.texts import money, number, one_line, paragraphs
from invoicing.einvoice.trees import Element, Writer, serialised
from invoicing.facts import InvoiceFacts, Line, VatCategory, VatRow

GUIDELINE = "urn:cen.eu:en16931:2017"
CII = "urn:un:unece:uncefact:data:standard"
NAMESPACES = {
    "rsm": f"{CII}:CrossIndustryInvoice:100",
    "ram": f"{CII}:ReusableAggregateBusinessInformationEntity:100",
    "qdt": f"{CII}:QualifiedDataType:100",
    "udt": f"{CII}:UnqualifiedDataType:100",
}
YEAR_MONTH_DAY = "102"


def written_cii(facts: InvoiceFacts) -> bytes:
    """The e-invoice that says `facts`; the same facts give the same bytes.

    Raises NotComplete where something is missing, and NotInAgreement where the figures contradict each other.
    """
    require_complete(facts)
    require_agreement(facts)
    writer = Writer(NAMESPACES)
    root = writer.root("rsm:CrossIndustryInvoice")
    _add_head(writer, root, facts)
    transaction = writer.group(root, "rsm:SupplyChainTradeTransaction")
    for line in facts.lines:
        _add_line(writer, transaction, line)
    _add_agreement(writer, transaction, facts)
    delivery = writer.group(transaction, "ram:ApplicableHeaderTradeDelivery")
    if facts.supplied_on:
        _add_day(writer, writer.group(delivery, "ram:ActualDeliverySupplyChainEvent"), "ram:OccurrenceDateTime", facts.supplied_on)
    _add_settlement(writer, transaction, facts)
    return serialised(root)


def _add_head(writer: Writer, root: Element, facts: InvoiceFacts) -> None:
    context = writer.group(root, "rsm:ExchangedDocumentContext")
    writer.value(writer.group(context, "ram:GuidelineSpecifiedDocumentContextParameter"), "ram:ID", GUIDELINE)
    document = writer.group(root, "rsm:ExchangedDocument")
    writer.value(document, "ram:ID", one_line(facts.number))
    writer.value(document, "ram:TypeCode", facts.kind)
    _add_day(writer, document, "ram:IssueDateTime", facts.issued_on)
    if note := whole_note(facts):
        writer.value(writer.group(document, "ram:IncludedNote"), "ram:Content", note)


def _add_line(writer: Writer, transaction: Element, line: Line) -> None:
    sign = -1 if line.price < 0 else 1  # a price is never below zero (BR-27); what is taken off is a quantity below zero
    group = writer.group(transaction, "ram:IncludedSupplyChainTradeLineItem")
    document = writer.group(group, "ram:AssociatedDocumentLineDocument")
    writer.value(document, "ram:LineID", str(line.position))
    if note := paragraphs(line.note):
        writer.value(writer.group(document, "ram:IncludedNote"), "ram:Content", note)
    writer.value(writer.group(group, "ram:SpecifiedTradeProduct"), "ram:Name", one_line(line.text))
    agreement = writer.group(group, "ram:SpecifiedLineTradeAgreement")
    if order_line := one_line(line.order_line):
        writer.value(writer.group(agreement, "ram:BuyerOrderReferencedDocument"), "ram:LineID", order_line)
    price = writer.group(agreement, "ram:NetPriceProductTradePrice")
    writer.value(price, "ram:ChargeAmount", number(sign * line.price))
    if line.base != 1:
        writer.value(price, "ram:BasisQuantity", number(line.base), unitCode=line.unit)
    delivery = writer.group(group, "ram:SpecifiedLineTradeDelivery")
    writer.value(delivery, "ram:BilledQuantity", number(sign * line.quantity), unitCode=line.unit)
    settlement = writer.group(group, "ram:SpecifiedLineTradeSettlement")
    tax = writer.group(settlement, "ram:ApplicableTradeTax")
    writer.value(tax, "ram:TypeCode", "VAT")
    writer.value(tax, "ram:CategoryCode", line.category)
    if line.category != VatCategory.OUTSIDE_SCOPE:
        writer.value(tax, "ram:RateApplicablePercent", number(line.vat_percent))
    _add_period(writer, settlement, line.period)
    sums = writer.group(settlement, "ram:SpecifiedTradeSettlementLineMonetarySummation")
    writer.value(sums, "ram:LineTotalAmount", money(line.net))


def _add_agreement(writer: Writer, transaction: Element, facts: InvoiceFacts) -> None:
    agreement = writer.group(transaction, "ram:ApplicableHeaderTradeAgreement")
    writer.value(agreement, "ram:BuyerReference", one_line(facts.buyer_reference))
    has_vat = not is_outside_scope(facts)
    add_party(writer, writer.group(agreement, "ram:SellerTradeParty"), facts.seller, vat=has_vat, seller=True)
    add_party(writer, writer.group(agreement, "ram:BuyerTradeParty"), facts.buyer, vat=has_vat, seller=False)
    for name, reference in (("BuyerOrder", facts.order_reference), ("Contract", facts.contract_reference)):
        if said := one_line(reference):
            writer.value(writer.group(agreement, f"ram:{name}ReferencedDocument"), "ram:IssuerAssignedID", said)


def _add_settlement(writer: Writer, transaction: Element, facts: InvoiceFacts) -> None:
    settlement = writer.group(transaction, "ram:ApplicableHeaderTradeSettlement")
    writer.value(settlement, "ram:PaymentReference", one_line(facts.payment.reference))
    if has_vat_in_books(facts):
        writer.value(settlement, "ram:TaxCurrencyCode", facts.books_currency)
    writer.value(settlement, "ram:InvoiceCurrencyCode", facts.currency)
    for institution, account in accounts(facts.payment):
        _add_account(writer, settlement, institution, account)
    for row in facts.vat_rows:
        _add_row(writer, settlement, row, tax_point(facts))
    _add_period(writer, settlement, facts.period)
    _add_terms(writer, settlement, facts)
    _add_sums(writer, settlement, facts)
    for preceding, issued_on in facts.preceding:
        reference = writer.group(settlement, "ram:InvoiceReferencedDocument")
        writer.value(reference, "ram:IssuerAssignedID", one_line(preceding))
        _add_day(writer, reference, "ram:FormattedIssueDateTime", issued_on, "qdt:DateTimeString")


def _add_account(writer: Writer, settlement: Element, institution: str, account: str) -> None:
    means = writer.group(settlement, "ram:SpecifiedTradeSettlementPaymentMeans")
    writer.value(means, "ram:TypeCode", CREDIT_TRANSFER)
    payee = writer.group(means, "ram:PayeePartyCreditorFinancialAccount")
    writer.value(payee, "ram:IBANID" if is_iban(institution) else "ram:ProprietaryID", account)
    if institution:
        writer.value(writer.group(means, "ram:PayeeSpecifiedCreditorFinancialInstitution"), "ram:BICID", institution)


def _add_row(writer: Writer, settlement: Element, row: VatRow, taxed_on: date | None) -> None:
    code, reason = exemption(row)
    tax = writer.group(settlement, "ram:ApplicableTradeTax")
    writer.value(tax, "ram:CalculatedAmount", money(row.vat))
    writer.value(tax, "ram:TypeCode", "VAT")
    writer.value(tax, "ram:ExemptionReason", reason)
    writer.value(tax, "ram:BasisAmount", money(row.net))
    writer.value(tax, "ram:CategoryCode", row.category)
    writer.value(tax, "ram:ExemptionReasonCode", code)
    if taxed_on:
        _add_day(writer, tax, "ram:TaxPointDate", taxed_on, "udt:DateString")
    if row.category != VatCategory.OUTSIDE_SCOPE:
        writer.value(tax, "ram:RateApplicablePercent", number(row.percent))


def _add_terms(writer: Writer, settlement: Element, facts: InvoiceFacts) -> None:
    said = paragraphs(facts.terms)
    if said or facts.due_on:
        terms = writer.group(settlement, "ram:SpecifiedTradePaymentTerms")
        writer.value(terms, "ram:Description", said)
        if facts.due_on:
            _add_day(writer, terms, "ram:DueDateDateTime", facts.due_on)


def _add_sums(writer: Writer, settlement: Element, facts: InvoiceFacts) -> None:
    sums = writer.group(settlement, "ram:SpecifiedTradeSettlementHeaderMonetarySummation")
    writer.value(sums, "ram:LineTotalAmount", money(facts.net))
    writer.value(sums, "ram:TaxBasisTotalAmount", money(facts.net))
    writer.value(sums, "ram:TaxTotalAmount", money(facts.vat), currencyID=facts.currency)
    if has_vat_in_books(facts) and facts.vat_in_books is not None:
        writer.value(sums, "ram:TaxTotalAmount", money(facts.vat_in_books), currencyID=facts.books_currency)
    if facts.rounding:
        writer.value(sums, "ram:RoundingAmount", money(facts.rounding))
    writer.value(sums, "ram:GrandTotalAmount", money(facts.total))
    if facts.prepaid:
        writer.value(sums, "ram:TotalPrepaidAmount", money(facts.prepaid))
    writer.value(sums, "ram:DuePayableAmount", money(facts.payable))


def _add_period(writer: Writer, parent: Element, period: tuple[date, date] | None) -> None:
    if period is not None:
        group = writer.group(parent, "ram:BillingSpecifiedPeriod")
        _add_day(writer, group, "ram:StartDateTime", period[0])
        _add_day(writer, group, "ram:EndDateTime", period[1])


def _add_day(writer: Writer, parent: Element, name: str, when: date, form: str = "udt:DateTimeString") -> None:
    writer.value(writer.group(parent, name), form, f"{when:%Y%m%d}", format=YEAR_MONTH_DAY)
